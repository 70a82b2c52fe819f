"""A raw message to its tree of parts (RFC 2046), in one pass over the lines that may be boundaries.

No recursion and no copies: a part is a range of the message. Depth and number are capped, so a message nested
6,000 deep costs no more than an ordinary one. Preamble and epilogue are never shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tuimail.content.headers import fields
from tuimail.content.params import Parametered, parse_params
from tuimail.content.transfer import PLAIN_ENCODINGS
from tuimail.content.words import raw_text

DEEPEST = 100
MOST_PARTS = 2_000
WINDOW = 1 << 20
"""Octets that are searched for boundaries at once, and the rest of their last line."""

_CANDIDATE = re.compile(rb"^--[^\r\n]*", re.MULTILINE)
_EMPTY_LINE = re.compile(rb"^\r?\n", re.MULTILINE)
_HEADER_END = re.compile(rb"^(?:\r?\n|(?=--))", re.MULTILINE)
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")


@dataclass(slots=True)
class Part:
    """A node of the tree; satisfies choose.Structure."""

    section: str
    """IMAP section number (RFC 3501 §6.4.5); "" for the root when it is a multipart."""
    type: str
    params: dict[str, str]
    encoding: str
    disposition: str
    filename: str
    """Decoded, not cleaned."""
    header: list[tuple[bytes, bytes]]
    start: int
    """The body is raw[start:end]."""
    end: int
    head: int = 0
    """Its header begins here: raw[head:end] is what a signature of it covers (RFC 1847 §2.1)."""
    boundary: bytes = b""
    parts: list[Part] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Octets as transferred."""
        return self.end - self.start


@dataclass(slots=True)
class Structure:
    """What reading the structure found."""

    root: Part
    notes: list[str]


def read_structure(raw: bytes) -> Structure:
    """The tree of a whole message. Never raises; trouble becomes notes."""
    return _Reader(raw).read()


class _Reader:
    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.notes: list[str] = []
        self.chain: list[Part] = []  # open parts, outermost first
        self.boundaries: dict[bytes, list[int]] = {}  # of open multiparts, to their places in the chain
        self.beginnings: tuple[bytes, ...] = ()
        self.count = 0

    def read(self) -> Structure:
        raw = self.raw
        end = _EMPTY_LINE.search(raw)
        root = self.open(0, end.end() if end else len(raw), None)
        if not root.header:
            self.note("There is no readable header.")
            root.start = 0
        for candidate in self.candidates(root.start):
            key = candidate[0][2:].rstrip(b" \t")
            boundary, last = self.delimits(key)
            if not boundary:
                continue
            place = self.boundaries[boundary][-1]
            self.close(place + 1, self.before(candidate.start()))
            if last:
                self.forget(place)
            elif self.count >= MOST_PARTS:
                self.note(f"There are more than {MOST_PARTS} parts; the rest is not shown.")
                self.boundaries.clear()
            else:
                newline = raw.find(b"\n", candidate.end())
                position = newline + 1 if newline >= 0 else len(raw)
                header_end = _HEADER_END.search(raw, position)
                self.open(position, header_end.end() if header_end else len(raw), self.chain[place])
        if self.boundaries and self.count < MOST_PARTS:
            self.note("The end of the message is missing.")
        self.close(0, len(raw))
        return Structure(root, self.notes)

    def candidates(self, start: int) -> Iterator[re.Match[bytes]]:
        """Lines that may delimit, as long as there are boundaries; no search holds the interpreter for long."""
        raw = self.raw
        while self.boundaries and start < len(raw):
            newline = raw.find(b"\n", start + WINDOW)
            end = newline + 1 if newline >= 0 else len(raw)
            for candidate in _CANDIDATE.finditer(raw, start, end):
                if not self.boundaries:
                    return
                yield candidate
            start = end

    def delimits(self, key: bytes) -> tuple[bytes, bool]:
        """The boundary that a line beginning with -- names, b"" for none, and whether it is the closing one.

        "It is sufficient that the boundary appear in its entirety following the CRLF" (RFC 2046 §5.1.1): of
        boundaries that only begin the line the longest counts, as in Dovecot, but such a line closes nothing.
        """
        if key in self.boundaries:
            return key, False
        if key[-2:] == b"--" and key[:-2] in self.boundaries:
            return key[:-2], True
        if not key.startswith(self.beginnings):
            return b"", False
        return max(filter(key.startswith, self.beginnings), key=len), False

    def note(self, sentence: str) -> None:
        if sentence not in self.notes:
            self.notes.append(sentence)

    def before(self, delimiter: int) -> int:
        """The line break before a delimiter belongs to the delimiter (RFC 2046 §5.1.1)."""
        if self.raw[delimiter - 1 : delimiter] == b"\n":
            delimiter -= 1
        if self.raw[delimiter - 1 : delimiter] == b"\r":
            delimiter -= 1
        return delimiter

    def close(self, keep: int, end: int) -> None:
        for part in self.chain[keep:]:
            part.end = max(part.start, end)
            if part.boundary and not part.parts and self.raw[part.start : part.end].strip():  # else a returned header
                self.note("A multipart holds no part; it is shown as text.")
                part.type = "text/plain"
        del self.chain[keep:]
        self.forget(keep)

    def forget(self, first: int) -> None:
        """The boundaries of parts from this place of the chain on delimit no more."""
        known = ((key, [place for place in places if place < first]) for key, places in self.boundaries.items())
        self.boundaries = {key: places for key, places in known if places}
        self.beginnings = tuple(self.boundaries)

    def open(self, position: int, start: int, container: Part | None) -> Part:
        """Begin the part whose header is raw[position:start], and what stands directly inside it."""
        outermost: Part | None = None
        while True:
            self.count += 1
            part = self.head(position, start, container)
            outermost = outermost or part
            if container is not None:
                container.parts.append(part)
            self.chain.append(part)
            if part.type.startswith("multipart/"):
                if not part.boundary:
                    self.note("A multipart has no boundary; it is shown as text.")
                    part.type, part.boundary = "text/plain", b""
                elif len(self.chain) >= DEEPEST:
                    self.note(f"Parts are nested too deep; below {DEEPEST} levels nothing is shown.")
                    part.boundary = b""
                else:  # of two with the same boundary the inner one is meant until it is closed, as in Dovecot
                    self.boundaries.setdefault(part.boundary, []).append(len(self.chain) - 1)
                    self.beginnings = tuple(self.boundaries)
                return outermost
            if part.type not in ("message/rfc822", "message/global") or part.encoding not in PLAIN_ENCODINGS:
                return outermost
            if len(self.chain) >= DEEPEST or self.count >= MOST_PARTS:
                self.note(f"Parts are nested too deep; below {DEEPEST} levels nothing is shown.")
                return outermost
            container, position = part, start
            header_end = _HEADER_END.search(self.raw, position)
            start = header_end.end() if header_end else len(self.raw)

    def head(self, position: int, start: int, container: Part | None) -> Part:
        header = fields(self.raw[position:start])
        if not header and self.raw[position:start].strip():
            start = position  # no field in it: words that stand where a header should are to be read all the same
        first = dict(reversed(header))
        for name in (b"content-type", b"content-transfer-encoding"):
            if len({value for known, value in header if known == name}) > 1:
                self.note(f"A part has several {name.decode().title()} fields; the first one counts.")
        digest = container is not None and container.type == "multipart/digest"
        kind = parse_params(first[b"content-type"]) if b"content-type" in first else Parametered("")
        disposition = parse_params(first.get(b"content-disposition", b""))
        names = [n for n in (disposition.params.get("filename"), kind.params.get("name")) if n]
        if len(set(names)) > 1 or "filename" in disposition.disputed or "name" in kind.disputed:
            self.note(f"A part has several different file names; “{names[0] if names else ''}” is used.")
        type_ = kind.value if _MEDIA_TYPE.fullmatch(kind.value) else "text/plain"
        if not kind.value and digest:
            type_ = "message/rfc822"
        encoding = raw_text(first.get(b"content-transfer-encoding", b"")[:80])
        return Part(
            section=_section(container, type_.startswith("multipart/")),
            type=type_,
            params=kind.params,
            encoding=encoding.partition(";")[0].partition("(")[0].strip().lower(),
            disposition=disposition.value,
            filename=names[0] if names else "",
            header=header,
            start=start,
            end=start,
            head=position,
            boundary=kind.boundary if type_.startswith("multipart/") else b"",
        )


def _section(container: Part | None, multipart: bool) -> str:
    if container is None:
        return "" if multipart else "1"
    if container.type.startswith("multipart/"):
        number = str(len(container.parts) + 1)
        return f"{container.section}.{number}" if container.section else number
    return container.section if multipart else f"{container.section}.1"
