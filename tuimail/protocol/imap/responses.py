"""What a server can say, as nouns. Bytes stay bytes; nothing here is clean enough for a screen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from tuimail.protocol.imap import sets
from tuimail.protocol.imap.sets import Ranges
from tuimail.protocol.imap.tokens import Value, whole
from tuimail.records import Record


class CopyUid(Record):
    """RFC 4315 §3: the n-th UID of `source` has become the n-th of `target`; ranges in the order they were sent."""

    uidvalidity: int
    source: tuple[tuple[int, int], ...]
    target: tuple[tuple[int, int], ...]

    def mapping(self, asked: Ranges) -> dict[int, int]:
        """Old UID → new UID for the UIDs we asked to copy; costs what we asked, not what the server claims."""
        return {
            old: new_low + old - old_low
            for old_low, new_low, length in self._runs()
            for old in sets.numbers(sets.intersection(asked, ((old_low, old_low + length - 1),)))
        }

    def _runs(self) -> Iterator[tuple[int, int, int]]:
        targets = iter(self.target)
        new, new_high = 1, 0
        for low, high in self.source:
            while low <= high:
                if new > new_high:
                    pair = next(targets, None)
                    if pair is None:
                        return
                    new, new_high = pair
                length = min(high - low, new_high - new) + 1
                yield low, new, length
                low += length
                new += length


class ResponseCode(Record):
    """The bracketed code of a status response: `[UIDNEXT 4392]`."""

    name: str
    """Upper case."""
    args: bytes = b""
    """What stands behind the name, as sent."""

    @property
    def number(self) -> int | None:
        """The argument of UIDNEXT, UIDVALIDITY, UNSEEN, HIGHESTMODSEQ … as a number; None when it is none."""
        return whole(self.args.strip())

    @property
    def words(self) -> tuple[bytes, ...]:
        """The arguments of CAPABILITY, PERMANENTFLAGS, BADCHARSET … one by one, without parentheses."""
        return tuple(self.args.replace(b"(", b" ").replace(b")", b" ").split())

    @property
    def capabilities(self) -> frozenset[str]:
        """The names of a CAPABILITY code."""
        return capability_names(self.words)

    @property
    def copyuid(self) -> CopyUid | None:
        """The COPYUID code decoded; None when it is another code or its sets are empty (Exchange) or do not match."""
        parts = self.args.split()
        if self.name != "COPYUID" or len(parts) != 3 or not parts[0].isdigit() or len(parts[0]) > 10:
            return None
        try:
            source, target = sets.parse_in_order(parts[1]), sets.parse_in_order(parts[2])
        except ValueError:
            return None
        if sets.count(source) != sets.count(target):
            return None
        return CopyUid(int(parts[0]), tuple(source), tuple(target))

    @property
    def appenduid(self) -> tuple[int, Ranges] | None:
        """(UIDVALIDITY, UIDs) of an APPENDUID code."""
        parts = self.args.split()
        if self.name != "APPENDUID" or len(parts) != 2 or not parts[0].isdigit() or len(parts[0]) > 10:
            return None
        try:
            return int(parts[0]), sets.parse(parts[1])
        except ValueError:
            return None


def capability_names(words: tuple[bytes, ...]) -> frozenset[str]:
    """Upper-case names; mends the `LITERAL +` that some servers write (MailKit#1654)."""
    names: list[str] = []
    for word in words:
        name = word.decode("ascii", "replace").upper()
        if name in ("+", "-") and names:
            names[-1] += name
        else:
            names.append(name)
    return frozenset(names)


class Greeting(Record):
    """The first line of a connection."""

    status: str
    """OK, PREAUTH or BYE."""
    code: ResponseCode | None
    text: str


class Tagged(Record):
    """A command is complete."""

    tag: bytes
    status: str
    """OK, NO or BAD."""
    code: ResponseCode | None
    text: str


class StatusLine(Record):
    """An untagged OK, NO, BAD or PREAUTH: news, or a word about a command in progress."""

    status: str
    code: ResponseCode | None
    text: str


class Bye(Record):
    """The server is about to close the connection."""

    code: ResponseCode | None
    text: str


class Closed(Record):
    """End of file: the last event of a connection."""

    in_response: bool
    """The stream ended inside a response."""


class Continue(Record):
    """`+`: the server waits for more. What the machine itself had to send for it is in its output already."""

    text: str
    tag: bytes | None = None
    """The command it is for; None when nothing asked for it."""


class Capability(Record):
    """What the server can do."""

    names: frozenset[str]
    """Upper case."""


class Enabled(Record):
    """RFC 5161: what has just been switched on."""

    names: frozenset[str]
    """Upper case."""


class Flags(Record):
    """The flags defined in the selected mailbox."""

    flags: tuple[bytes, ...]
    """As sent; their case means nothing."""


class Exists(Record):
    """How many messages the selected mailbox holds; the server's word, so no table of that size."""

    count: int


class Recent(Record):
    """Gone in IMAP4rev2; nothing relies on it."""

    count: int


class Expunge(Record):
    """A message is gone and all behind it move up."""

    seq: int
    """Never 0: go-imap's `* 0 EXPUNGE` is Unparsed."""


class Vanished(Record):
    """UIDs that are gone (RFC 7162 §3.2.10)."""

    earlier: bool
    """Told in answer to a question about the past: sequence numbers stay."""
    uids: Ranges


class Fetch(NamedTuple):
    """What is told about one message. None: not told. A tuple, because it comes by the hundred thousand."""

    seq: int
    uid: int | None = None
    flags: tuple[bytes, ...] | None = None
    internaldate: bytes | None = None
    """As sent: `17-Jul-1996 02:44:25 -0700`, perhaps with a leading blank."""
    size: int | None = None
    modseq: int | None = None
    sections: Mapping[bytes, bytes | None] = MappingProxyType({})
    """Upper-case section name → octets, or None for NIL. Lists of header fields are dropped from the name:
    b"BODY[]", b"BODY[1.MIME]", b"BODY[HEADER.FIELDS]", b"BODY[2]<0>", b"BINARY[1]", b"RFC822.HEADER"."""
    bodystructure: Value = None
    """As `bodystructure.read` takes it; also of a plain BODY."""
    extra: Mapping[bytes, Value] = MappingProxyType({})
    """Every other item by upper-case name: ENVELOPE, X-GM-MSGID, X-GM-LABELS, EMAILID, PREVIEW …"""


class Fetches(NamedTuple):
    """Fetches of one section each that came one behind the other, told at once: see `Command.many`."""

    told: list[tuple[int, bytes, bytes, int, bytes, bytes]]
    """(uid, flags separated by blanks, internaldate, size, section's name, octets); b"" and 0: not told."""


class ListEntry(Record):
    """LIST, LSUB or XLIST."""

    attributes: frozenset[bytes]
    """Lower case: b"\\\\noselect"; Cyrus and others differ in case."""
    separator: bytes | None
    """One octet, or None where there are no levels."""
    name: bytes
    """The wire name, opaque."""
    kind: str = "LIST"
    extended: Value = None


class StatusData(Record):
    """The answer to STATUS."""

    name: bytes
    items: Mapping[str, int]
    """Upper case; items that are no numbers are left out."""
    mailbox_id: bytes = b""
    """MAILBOXID (RFC 8474), the same after a rename; b"" when not told."""


class Search(Record):
    """The answer to SEARCH or SORT without ESEARCH; it does not say whose it is."""

    numbers: tuple[int, ...]
    modseq: int | None = None


class ESearch(Record):
    """The answer to SEARCH with RETURN (RFC 4731)."""

    tag: bytes | None
    """Whose answer it is."""
    uid: bool
    """Whether the numbers are UIDs."""
    all: Ranges | None = None
    """None: no ALL, which is how an empty result is told."""
    count: int | None = None
    min: int | None = None
    max: int | None = None
    modseq: int | None = None
    partial: Ranges | None = None
    """The page of RETURN (PARTIAL …), RFC 9394; () when nothing lies in it."""


class Namespace(Record):
    """RFC 2342: (prefix, separator) pairs."""

    personal: tuple[tuple[bytes, bytes | None], ...]
    other_users: tuple[tuple[bytes, bytes | None], ...]
    shared: tuple[tuple[bytes, bytes | None], ...]


class Id(Record):
    """RFC 2971, keys in lower case."""

    fields: Mapping[bytes, bytes | None]


class Other(Record):
    """A well-formed untagged response the reader itself never asks for (ACL, QUOTA, THREAD …): see `meanings`."""

    name: str
    values: tuple[Value, ...]


class Unparsed(Record):
    """A response we could not read. It costs itself and nothing else."""

    raw: bytes
    """Its text, literals left out."""
    reason: str


Event: TypeAlias = (
    Greeting
    | Tagged
    | StatusLine
    | Bye
    | Closed
    | Continue
    | Capability
    | Enabled
    | Flags
    | Exists
    | Recent
    | Expunge
    | Vanished
    | Fetch
    | Fetches
    | ListEntry
    | StatusData
    | Search
    | ESearch
    | Namespace
    | Id
    | Other
    | Unparsed
)
