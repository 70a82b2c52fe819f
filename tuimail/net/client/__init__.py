"""Everything an IMAP server can be asked, as typed async methods."""

from tuimail.net.client.client import ImapClient as ImapClient
