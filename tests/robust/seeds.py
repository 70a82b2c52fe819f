"""What the fuzzers start from: the responses of real servers, their oddities, and a few whole conversations."""

from __future__ import annotations

from tests.protocol.streams import SERVER_WORDS
from tests.robust.quirks import GREETINGS, QUIRKS

_CONVERSATIONS = (
    b"* OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN] ready\r\na1 OK go\r\n",
    b'+ go on\r\n+ go on\r\na1 OK [CAPABILITY IMAP4rev1 MOVE IDLE CONDSTORE] in\r\n* NAMESPACE (("" "/")) NIL NIL\r\n',
    b"* FLAGS (\\Seen)\r\n* 3 EXISTS\r\n* OK [UIDVALIDITY 7] v\r\n* OK [UIDNEXT 10] n\r\na2 OK [READ-WRITE] in\r\n"
    b"* 1 FETCH (UID 7 FLAGS ())\r\n* 2 FETCH (UID 8 FLAGS (\\Seen))\r\na3 OK done\r\n",
    b"* SEARCH 1 2 3 (MODSEQ 9)\r\na4 OK\r\n* OK [COPYUID 7 1:3 11:13] x\r\n* VANISHED 1:3\r\na5 OK moved\r\n",
    b"a1 OK\r\na2 OK\r\na3 OK\r\na4 OK\r\na5 OK\r\n"
    b"+ idling\r\n* 4 EXISTS\r\n* 1 FETCH (FLAGS (\\Seen))\r\na6 OK done\r\n",
)

SEEDS = (*SERVER_WORDS, *(quirk.said for quirk in (*GREETINGS, *QUIRKS)), *_CONVERSATIONS)
