"""The state of `imap_server`: folders with letters, who looks at them, and a letter as the items of a FETCH."""

from __future__ import annotations

import email
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import Message
from hashlib import sha256

DATE = "03-Feb-2026 10:11:12 +0000"


@dataclass(eq=False)
class Letter:
    """One message in one folder."""

    uid: int
    raw: bytes
    flags: set[str] = field(default_factory=set)
    date: str = DATE

    @property
    def object_id(self) -> bytes:
        """EMAILID (RFC 8474): the same for the same octets."""
        return b"M" + sha256(self.raw).hexdigest()[:15].encode()

    @property
    def message_id(self) -> str:
        """As it stands in the header."""
        found = re.search(rb"(?im)^message-id:\s*(\S+)", self.raw)
        return found[1].decode() if found else ""


def plain_letter(uid: int, subject: str = "") -> bytes:
    """A small letter known by its number."""
    return (
        f"From: Alice <alice@a.test>\r\nTo: you@user.test\r\nSubject: {subject or f'message {uid}'}\r\n"
        f"Date: Tue, 03 Feb 2026 10:11:{uid % 60:02} +0000\r\nMessage-ID: <m{uid}@a.test>\r\nMIME-Version: 1.0\r\n"
        f"Content-Type: text/plain; charset=utf-8\r\n\r\nBody of message {uid}. MARK-{uid}\r\n"
    ).encode()


class Box:
    """One folder. `lookers` are told the untagged lines of what changes: the connections that have it selected."""

    def __init__(self, uidvalidity: int = 1000) -> None:
        self.uidvalidity = uidvalidity
        self.uidnext = 1
        self.letters: list[Letter] = []
        self.lookers: list[Callable[[bytes], None]] = []

    def add(self, raw: bytes, flags: set[str] | None = None, *, uid: int | None = None, date: str = DATE) -> Letter:
        """Put a letter in; whoever looks is told."""
        letter = Letter(uid or self.uidnext, raw, set(flags or ()), date)
        self.uidnext = max(self.uidnext, letter.uid + 1)
        self.letters.append(letter)
        self._tell(b"* %d EXISTS\r\n" % len(self.letters))
        return letter

    def remove(self, letter: Letter, *, tell: bool = True) -> None:
        """Expunge it; whoever looks is told."""
        number = self.letters.index(letter) + 1
        self.letters.remove(letter)
        if tell:
            self._tell(b"* %d EXPUNGE\r\n" % number)

    def numbered(self, sequence: str, *, uid: bool) -> list[Letter]:
        """The letters of a sequence-set, in the order of the folder."""
        top = max((letter.uid for letter in self.letters), default=0) if uid else len(self.letters)
        ranges = []
        for piece in sequence.split(","):
            low, _, high = piece.partition(":")
            ends = [top if end == "*" else int(end) for end in (low, high or low)]
            ranges.append((min(ends), max(ends)))
        return [
            letter
            for number, letter in enumerate(self.letters, 1)
            if any(low <= (letter.uid if uid else number) <= high for low, high in ranges)
        ]

    def _tell(self, line: bytes) -> None:
        for looker in self.lookers:
            looker(line)


def quoted(text: str | bytes | None) -> bytes:
    """An nstring."""
    if text is None:
        return b"NIL"
    octets = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
    if re.search(rb'[\r\n\0"\\\x80-\xff]', octets):
        return b"{%d}\r\n%b" % (len(octets), octets)
    return b'"%b"' % octets


_SECTION = re.compile(r"BODY(?:\.PEEK)?\[([^\]]*)\](?:<(\d+)\.(\d+)>)?")
_FIELDS = re.compile(r"HEADER\.FIELDS \(([^)]*)\)", re.IGNORECASE)


def fetched(letter: Letter, items: str, *, uid: bool) -> bytes:
    """The list of a FETCH response for these items."""
    return b"(%b)" % b" ".join(_items(letter, items, uid))


def _items(letter: Letter, items: str, uid: bool) -> Iterator[bytes]:
    asked = items.upper()
    plain = _SECTION.sub("", asked)
    if uid or re.search(r"\bUID\b", plain):
        yield b"UID %d" % letter.uid
    if "FLAGS" in plain:
        yield b"FLAGS (%b)" % " ".join(sorted(letter.flags)).encode()
    if "INTERNALDATE" in plain:
        yield b'INTERNALDATE "%b"' % letter.date.encode()
    if "RFC822.SIZE" in plain:
        yield b"RFC822.SIZE %d" % len(letter.raw)
    if "EMAILID" in plain:
        yield b"EMAILID (%b)" % letter.object_id
    if "X-GM-MSGID" in plain:
        yield b"X-GM-MSGID %d" % int(letter.object_id[1:], 16)
    if "PREVIEW" in plain:
        yield b"PREVIEW " + quoted(section(letter.raw, "TEXT")[:200])
    if "BODYSTRUCTURE" in plain:
        yield b"BODYSTRUCTURE " + structure(email.message_from_bytes(letter.raw))
    for found in _SECTION.finditer(asked):
        octets, name = section(letter.raw, found[1]), b"BODY[%b]" % found[1].encode()
        if found[2] is not None:
            start, length = int(found[2]), int(found[3])
            octets, name = octets[start : start + length], name + b"<%d>" % start
        yield b"%b {%d}\r\n%b" % (name, len(octets), octets)


def section(raw: bytes, name: str) -> bytes:
    """The octets of "", HEADER, TEXT, HEADER.FIELDS (…) and of numbered parts."""
    head, _, text = raw.partition(b"\r\n\r\n")
    if name == "":
        return raw
    if name == "HEADER":
        return head + b"\r\n\r\n"
    if name == "TEXT":
        return text
    if fields := _FIELDS.fullmatch(name):
        wanted = {field.strip('"').lower().encode() for field in fields[1].split()}
        lines = re.findall(rb"([^\s:]+):((?:[^\r\n]|\r\n[ \t])*)", head)
        return b"".join(b"%b:%b\r\n" % line for line in lines if line[0].lower() in wanted) + b"\r\n"
    part = email.message_from_bytes(raw)
    for number in re.findall(r"\d+", name):
        if part.is_multipart():
            part = part.get_payload(int(number) - 1)  # type: ignore[assignment]
    if name.endswith("MIME"):
        return b"".join(f"{key}: {value}\r\n".encode() for key, value in part.items()) + b"\r\n"
    return str(part.get_payload()).encode("utf-8", "surrogateescape")


def structure(part: Message) -> bytes:
    """BODYSTRUCTURE without extension data."""
    if part.get_content_maintype() == "multipart" and part.is_multipart():
        inner = b"".join(structure(one) for one in part.get_payload() if isinstance(one, Message))
        return b"(%b %b)" % (inner, quoted(part.get_content_subtype()))
    text = part.get_payload()
    octets = text if isinstance(text, str) else ""
    params = [quoted(word) for pair in (part.get_params([])[1:]) for word in pair]
    fields = [
        quoted(part.get_content_maintype()),
        quoted(part.get_content_subtype()),
        b"(%b)" % b" ".join(params) if params else b"NIL",
        b"NIL",
        b"NIL",
        quoted(str(part.get("content-transfer-encoding", "7bit"))),
        b"%d" % len(octets),
    ]
    if part.get_content_maintype() == "text":
        fields.append(b"%d" % octets.count("\n"))
    return b"(%b)" % b" ".join(fields)
