"""What the client's methods answer with: plain, typed, immutable. Texts are a server's: clean them for a screen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from tuimail.errors import ServerRefused
from tuimail.net import internaldate
from tuimail.protocol.imap import bodystructure, meanings, sets, utf7
from tuimail.protocol.imap.responses import Fetch, ResponseCode
from tuimail.protocol.imap.sets import Ranges
from tuimail.protocol.imap.tokens import Value
from tuimail.records import Record


class NotOffered(ServerRefused):
    """The server has never said that it can do this, so it was not even asked.

    Some servers hang up after a few commands they do not know (pymap after five).
    """


class MailboxEntry(Record):
    """One mailbox of LIST or LSUB (RFC 9051 §7.3.1)."""

    name: str
    """For people, modified UTF-7 undone."""
    wire: bytes
    """As the server spells it; every method takes this too, and it is always right."""
    separator: str
    """Between the levels of its name; "" where there are none."""
    attributes: frozenset[str]
    """Lower case, with the backslash: `\\noselect`, `\\haschildren`, `\\subscribed`, `\\sent`."""
    status: Mapping[str, int] | None = None
    """Upper-case item → number, where LIST-STATUS was asked for."""
    extended: Mapping[str, Value] | None = None
    """RFC 5258 extended data by upper-case name: CHILDINFO, OLDNAME."""


class Found(Record):
    """What a search found (RFC 9051 §7.3.4, RFC 4731)."""

    ranges: Ranges
    """UIDs, or sequence numbers where those were asked for; ascending."""
    count: int
    """Of all hits, also when only a page of them was asked for."""
    modseq: int | None = None
    """The greatest mod-sequence of the hits, where the server tells (RFC 7162 §3.1.5)."""

    @property
    def numbers(self) -> tuple[int, ...]:
        """One by one. Costs what the server claims, so look at `count` first when you do not trust it."""
        return tuple(sets.numbers(self.ranges))

    @property
    def min(self) -> int | None:
        return self.ranges[0][0] if self.ranges else None

    @property
    def max(self) -> int | None:
        return self.ranges[-1][1] if self.ranges else None

    def __iter__(self) -> Iterator[int]:
        return sets.numbers(self.ranges)


class Appended(Record):
    """Where messages went (APPENDUID, RFC 4315)."""

    uidvalidity: int
    uids: Ranges


class Stored(Record):
    """The answer to STORE."""

    messages: tuple[Message, ...]
    """The new flags, unless `silent`."""
    modified: Ranges
    """With `unchanged_since`: what was left alone because somebody else had changed it (RFC 7162 §3.1.3)."""


class Reply(Record):
    """The whole answer to a raw command."""

    text: str
    code: ResponseCode | None
    told: tuple[object, ...]
    """Every untagged event that came while it ran (`tuimail.protocol.imap.responses`)."""


class Message(Record):
    """What FETCH told about one message; whatever was not asked for is None."""

    fetched: Fetch
    """As the parser gave it; sections by upper-case name, everything unusual in `extra`."""

    @property
    def seq(self) -> int:
        return self.fetched.seq

    @property
    def uid(self) -> int | None:
        return self.fetched.uid

    @property
    def flags(self) -> frozenset[str] | None:
        """As sent, `\\Seen`; compare without regard to case."""
        flags = self.fetched.flags
        return None if flags is None else frozenset(flag.decode("latin-1") for flag in flags)

    @property
    def received(self) -> datetime | None:
        """INTERNALDATE in UTC; None also when it cannot be read."""
        return _when(self.fetched.internaldate)

    @property
    def size(self) -> int | None:
        """RFC822.SIZE in octets."""
        return self.fetched.size

    @property
    def modseq(self) -> int | None:
        return self.fetched.modseq

    @property
    def envelope(self) -> meanings.Envelope | None:
        return meanings.envelope(self.fetched.extra.get(b"ENVELOPE"))

    @property
    def structure(self) -> bodystructure.Part | None:
        """BODYSTRUCTURE or BODY as a tree."""
        found = self.fetched.bodystructure
        return None if found is None else bodystructure.read(found)

    @property
    def preview(self) -> str | None:
        """RFC 8970; None also when the server has none at hand."""
        return _text(self.fetched.extra.get(b"PREVIEW"))

    @property
    def saved(self) -> datetime | None:
        """SAVEDATE (RFC 8514): when it came into this mailbox."""
        value = self.fetched.extra.get(b"SAVEDATE")
        return _when(value) if isinstance(value, bytes) else None

    @property
    def email_id(self) -> str | None:
        """OBJECTID (RFC 8474): the same wherever a message is moved."""
        return _object(self.fetched.extra.get(b"EMAILID"))

    @property
    def thread_id(self) -> str | None:
        """OBJECTID (RFC 8474); None also where the server has none."""
        return _object(self.fetched.extra.get(b"THREADID"))

    @property
    def labels(self) -> frozenset[str] | None:
        """X-GM-LABELS: Gmail's labels as mailbox names (modified UTF-7 undone) and system labels (`\\Inbox`)."""
        value = self.fetched.extra.get(b"X-GM-LABELS")
        if not isinstance(value, tuple):
            return None
        return frozenset(utf7.decode(label) for label in value if isinstance(label, bytes))

    @property
    def gmail_message_id(self) -> int | None:
        """X-GM-MSGID: 64 bits, the same in every mailbox."""
        return _number(self.fetched.extra.get(b"X-GM-MSGID"))

    @property
    def gmail_thread_id(self) -> int | None:
        """X-GM-THRID."""
        return _number(self.fetched.extra.get(b"X-GM-THRID"))

    def section(self, name: str = "", offset: int | None = None) -> bytes | None:
        """BODY[name], "" the whole message; with an offset the window that begins there."""
        return self._part("BODY", name, offset)

    def binary(self, name: str, offset: int | None = None) -> bytes | None:
        """BINARY[name]: the part without its transfer encoding (RFC 3516)."""
        return self._part("BINARY", name, offset)

    def binary_size(self, name: str) -> int | None:
        """BINARY.SIZE[name]."""
        return _number(self.fetched.sections.get(f"BINARY.SIZE[{name.upper()}]".encode()))

    def _part(self, kind: str, name: str, offset: int | None) -> bytes | None:
        window = "" if offset is None else f"<{offset}>"
        return self.fetched.sections.get(f"{kind}[{name.upper()}]{window}".encode())


def _when(date: bytes | None) -> datetime | None:
    seconds = internaldate.epoch(date) if date else 0
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def _text(value: Value) -> str | None:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else None


def _object(value: Value) -> str | None:
    return _text(value[0]) if isinstance(value, tuple) and len(value) == 1 else None


def _number(value: Value) -> int | None:
    return int(value) if isinstance(value, bytes) and value.isdigit() and len(value) <= 20 else None
