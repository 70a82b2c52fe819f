"""A raw message, or the parts of one that were fetched, to the Message a reader opens.

What is shown, listed and saved comes from the same reading of the structure. Any bytes give a Message: where the
structure is broken the text is shown as it stands, and a note says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from tuimail.content import tnef
from tuimail.content.body import write_body
from tuimail.content.choose import forms_of, leaves, shown_parts
from tuimail.content.clean import clean_body, clean_line
from tuimail.content.enclosed import list_enclosed
from tuimail.content.filenames import clean_name
from tuimail.content.headers import fields
from tuimail.content.reading import TNEF, Reading
from tuimail.content.source import Node, Source, whole_source
from tuimail.content.structure import MOST_PARTS, Part, read_structure
from tuimail.content.transfer import undo
from tuimail.model import Envelope, Message, Opened, Piece


def parse(
    raw: bytes,
    message_id: int = 0,
    *,
    form: str = "",
    charset: str = "",
    opened: Mapping[str, Opened] | None = None,
) -> Message:
    """Read a whole message. Never raises, whatever the bytes; terminates in time linear in their number.

    form: one of choose.FORMS, "" for the better one of a text given in both. charset: what the reader says that the
    texts are written in, "" to believe the message and guess where it is wrong. opened: what gpg said of the
    `envelopes`, by their keys.
    """
    reading, root, raw = _read(raw, form, charset, opened)
    return reading.message(message_id, root.header, raw[: root.start])


def envelopes(raw: bytes, opened: Mapping[str, Opened]) -> list[Envelope]:
    """What is signed or encrypted in a message as `parse` shows it, and not among those opened already."""
    reading, _, _ = _read(raw, "", "", opened)
    return [envelope for envelope in reading.seals.envelopes if envelope.key not in opened]


def _read(raw: bytes, form: str, charset: str, opened: Mapping[str, Opened] | None) -> tuple[Reading, Part, bytes]:
    reading = Reading(charset, opened)
    raw, root = _opened(raw, reading.note)
    _write(reading, whole_source(raw, root), form)
    for part in leaves(root):
        if part.type in TNEF or part.filename.lower() == "winmail.dat":
            reading.note_wrapped(tnef.names(undo(raw[part.start : part.end], part.encoding)[0]))
    return reading, root, raw


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
    _write(reading, Source(root, lambda part: sections.get(part.section), lambda part: [], lambda part: None), form)
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


def content_ids(raw: bytes) -> dict[str, str]:
    """For each Content-ID of a whole message (RFC 2392; cleaned, without brackets) the number of its part."""
    _, root = _opened(raw, lambda sentence: None)
    named = ((dict(part.header).get(b"content-id", b""), part.section) for part in leaves(root))
    return {clean_line(value.decode("latin-1")).strip("<> "): section for value, section in named if value}


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


def _write(reading: Reading, source: Source[Node], form: str) -> None:
    """Put the text, the attachments, the part tree and the notes of a tree into a reading."""
    root = source.root
    reading.forms = forms_of(root)
    shown = write_body(reading, source, form)
    for part, depth in _tree(root):
        if len(reading.pieces) < MOST_PARTS:
            name = clean_name(part.filename, part.section, part.type)[0] if part.filename else ""
            reading.pieces.append(Piece(part.section, clean_line(part.type), name, part.size, depth))
    list_enclosed(reading, source, shown)


def _tree(root: Node) -> Iterator[tuple[Node, int]]:
    """Every part of a tree and how deep it lies, in the order of the message."""
    waiting = [(root, 0)]
    while waiting:
        part, depth = waiting.pop()
        yield part, depth
        waiting.extend((child, depth + 1) for child in reversed(part.parts))
