"""A raw message, or the parts of one that were fetched, to the Message a reader opens.

What is shown, listed and saved comes from the same reading of the structure. Any bytes give a Message: where the
structure is broken the text is shown as it stands, and a note says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Protocol, TypeVar

from tuimail.content import tnef
from tuimail.content.charset import decode
from tuimail.content.choose import SHOWN_TYPES, STUB_OCTETS, Structure, forms_of, is_message, leaves, shown_parts
from tuimail.content.clean import clean_body, clean_line
from tuimail.content.filenames import clean_name
from tuimail.content.headers import fields
from tuimail.content.reading import TNEF, Fields, Reading
from tuimail.content.structure import MOST_PARTS, Part, read_structure
from tuimail.content.transfer import decoded_size, undo
from tuimail.model import Message, Piece

DEEPEST_INDENT = 8
_STUB_WORDS = ("html", "browser", "view this", "online version")


class Described(Structure, Protocol):
    """A node of a part tree that says what reading needs: `structure.Part` and `net.remote.RemotePart`."""

    @property
    def params(self) -> Mapping[str, str]: ...
    @property
    def encoding(self) -> str: ...
    @property
    def filename(self) -> str: ...


Node = TypeVar("Node", bound=Described)


def parse(raw: bytes, message_id: int = 0, *, form: str = "", charset: str = "") -> Message:
    """Read a whole message. Never raises, whatever the bytes; terminates in time linear in their number.

    form: one of choose.FORMS, "" for the better one of a text given in both. charset: what the reader says that the
    texts are written in, "" to believe the message and guess where it is wrong.
    """
    reading = Reading(charset)
    raw, root = _opened(raw, reading.note)
    _write(reading, root, form, lambda part: raw[part.start : part.end], lambda part: part.header)
    for part in leaves(root):
        if part.type in TNEF or part.filename.lower() == "winmail.dat":
            reading.note_wrapped(tnef.names(undo(raw[part.start : part.end], part.encoding)[0]))
    return reading.message(message_id, root.header, raw[: root.start])


def assemble(
    header: bytes,
    root: Node,
    sections: Mapping[str, bytes],
    message_id: int = 0,
    *,
    form: str = "",
    charset: str = "",
) -> Message:
    """Read a message of which the structure, the header block and some text parts were fetched.

    sections: number to octets as transferred. A form that was not fetched gives way to the one that was; every
    attachment is listed. Otherwise as `parse`.
    """
    reading = Reading(charset)
    _write(reading, root, form, lambda part: sections.get(part.section), lambda part: [])
    return reading.message(message_id, fields(header), header)


def part_octets(raw: bytes, section: str) -> bytes | None:
    """The octets of one part of a whole message, transfer encoding undone; None when there is no such part.

    A message inside ("2", of type message/rfc822) comes out as a message of its own: to `parse`, or to save.
    """
    raw, root = _opened(raw, lambda sentence: None)
    for part in _tree(root):
        if part[0].section == section and not (part[0].type.startswith("multipart/") and section):
            return undo(raw[part[0].start : part[0].end], part[0].encoding)[0]
    return None


def html_source(raw: bytes, charset: str = "") -> str:
    """The HTML of a whole message as its sender wrote it, decoded and cleaned; "" when there is none."""
    raw, root = _opened(raw, lambda sentence: None)
    reading = Reading(charset)
    sources = [
        reading.decoded(part.params, part.encoding, raw[part.start : part.end])
        for part, _ in shown_parts(root, lambda part: False, "html")
        if part.type == "text/html"
    ]
    return clean_body("\n\n".join(sources))


def _opened(raw: bytes, note: Callable[[str], None]) -> tuple[bytes, Part]:
    """The octets as they can be read (line ends made so), and their part tree."""
    if raw[:1] in b"\r\n":  # empty lines before the header are no header
        raw = raw.lstrip(b"\r\n")
    head = raw[:65_536]
    if b"\n" not in head and b"\r" in head:
        raw = raw.replace(b"\r", b"\n")
        note("The lines end in CR alone, as no mail system writes them.")
    structure = read_structure(raw)
    for sentence in structure.notes:
        note(sentence)
    return raw, structure.root


def _write(
    reading: Reading,
    root: Node,
    form: str,
    octets_of: Callable[[Node], bytes | None],
    header_of: Callable[[Node], Fields],
) -> None:
    """Put the text, the attachments, the part tree and the notes of a tree into a reading."""

    def is_stub(part: Node) -> bool:
        data = octets_of(part)
        if data is None:
            return part.size <= STUB_OCTETS
        if len(data) > 1_500:
            return False
        words = decode(undo(data, part.encoding)[0], part.params.get("charset")).strip().lower()
        return not words or (len(words) < 300 and any(word in words for word in _STUB_WORDS))

    reading.forms = forms_of(root)
    chosen = list(shown_parts(root, is_stub, form))
    texts = [part for part, _ in chosen if not is_message(part)]
    if texts and all(octets_of(part) is None for part in texts):  # of two forms the other one was fetched
        chosen = [(part, 0) for part in leaves(root) if part.type in SHOWN_TYPES and octets_of(part) is not None]
    shown = set()
    for part, depth in chosen:
        reading.draft.indent = "│ " * min(depth, DEEPEST_INDENT)
        if is_message(part):
            shown.add(id(part))
            if header := header_of(part.parts[0]):
                reading.forwarded(header)
                reading.texts = 0
        elif (data := octets_of(part)) is not None:
            shown.add(id(part))
            below_a_head, first = not reading.texts, len(reading.draft.blocks)
            reading.text(part.type, part.params, part.encoding, data)
            if below_a_head and 0 < first < len(reading.draft.blocks):
                reading.draft.blocks[first] = replace(reading.draft.blocks[first], gap=True)
    reading.draft.indent = ""
    for part, depth in _tree(root):
        if len(reading.pieces) < MOST_PARTS:
            name = clean_name(part.filename, part.section, part.type)[0] if part.filename else ""
            reading.pieces.append(Piece(part.section, clean_line(part.type), name, part.size, depth))
    for part in leaves(root):
        reading.note_kind(part.type, part.params, whole=root.type == "multipart/signed")
        if _listed(part, id(part) in shown):
            reading.attach(part.section, part.type, part.filename, _decoded_size(octets_of(part), part))


def _tree(root: Node) -> Iterator[tuple[Node, int]]:
    """Every part of a tree and how deep it lies, in the order of the message."""
    waiting = [(root, 0)]
    while waiting:
        part, depth = waiting.pop()
        yield part, depth
        waiting.extend((child, depth + 1) for child in reversed(part.parts))


def _listed(part: Described, shown: bool) -> bool:
    """An attachment is what has a name, asks to be one, or is not (and cannot be) shown as text."""
    if part.filename or part.disposition == "attachment" or is_message(part):
        return True
    return not shown and part.type not in SHOWN_TYPES


def _decoded_size(data: bytes | None, part: Described) -> int:
    if data is not None and part.encoding == "base64":  # near enough without decoding: four characters are three octets
        return max(0, len(data) - data.count(b"\n") * 2) * 3 // 4
    return decoded_size(part.size, part.encoding)
