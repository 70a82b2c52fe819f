"""The selected mailbox as the server tells it: by SELECT first, and then with every response, whoever asked."""

from __future__ import annotations

from dataclasses import dataclass

from tuimail.protocol.imap import sets
from tuimail.protocol.imap.responses import (
    Event,
    Exists,
    Expunge,
    Flags,
    Recent,
    ResponseCode,
    StatusLine,
    Tagged,
    Vanished,
)


@dataclass(slots=True)
class Selected:
    """RFC 9051 §7.1, §7.3, §7.4. Everything but `exists` may be missing: Courier sends no UIDNEXT, for one."""

    wire: bytes
    """The name as it was sent."""
    exists: int = 0
    recent: int = 0
    """Gone in IMAP4rev2; rely on nothing."""
    flags: frozenset[str] = frozenset()
    """Defined in this mailbox, as sent."""
    permanent_flags: frozenset[str] | None = None
    """What a STORE keeps; `\\*`: any keyword. None: the server does not say, so everything."""
    uidvalidity: int | None = None
    uidnext: int | None = None
    unseen: int | None = None
    """Sequence number of the first message without \\Seen; gone in IMAP4rev2."""
    highestmodseq: int | None = None
    mailbox_id: str | None = None
    """MAILBOXID (RFC 8474)."""
    read_only: bool = False
    """May change while it is selected (imaplib's `readonly`)."""

    def fold(self, event: Event) -> None:
        """Take in one event."""
        match event:
            case Exists(count=count):
                self.exists = count
            case Recent(count=count):
                self.recent = count
            case Expunge():
                self.exists = max(0, self.exists - 1)
            case Vanished(earlier=False, uids=uids):
                self.exists = max(0, self.exists - sets.count(uids))
            case Flags(flags=flags):
                self.flags = frozenset(flag.decode("latin-1") for flag in flags)
            case StatusLine(code=ResponseCode() as code) | Tagged(status="OK", code=ResponseCode() as code):
                self._notice(code)

    def _notice(self, code: ResponseCode) -> None:
        match code.name:
            case "READ-ONLY" | "READ-WRITE":
                self.read_only = code.name == "READ-ONLY"
            case "PERMANENTFLAGS":
                self.permanent_flags = frozenset(word.decode("latin-1") for word in code.words)
            case "UIDVALIDITY":
                self.uidvalidity = code.number
            case "UIDNEXT":
                self.uidnext = code.number
            case "UNSEEN":
                self.unseen = code.number
            case "HIGHESTMODSEQ":
                self.highestmodseq = code.number
            case "NOMODSEQ":
                self.highestmodseq = None
            case "MAILBOXID" if code.words:
                self.mailbox_id = code.words[0].decode("latin-1")
