"""What comes with a text: the attachments of a message, their names, and what is said of parts that are none."""

from __future__ import annotations

import re

from tuimail.content.choose import ENCRYPTED, SHOWN_TYPES, is_message, leaves
from tuimail.content.reading import EXTERNAL, Reading
from tuimail.content.seals import CONTROL, OPENPGP_SIGNATURE, SIGNED, SMIME_SIGNATURES
from tuimail.content.source import Described, Node, Source
from tuimail.content.transfer import decoded_size, undo
from tuimail.content.words import decode_text

CALENDAR = ("text/calendar", "application/ics")
LONGEST_CARD = 65_536
"""Octets of a calendar file in which the name of its event is looked for."""
_EVENT = re.compile(rb"BEGIN:VEVENT\r?\n(.*)", re.DOTALL | re.IGNORECASE)
_SUMMARY = re.compile(rb"^SUMMARY(?:;[^:\r\n]{0,200})?:([^\r\n]{1,500})", re.MULTILINE | re.IGNORECASE)


def list_enclosed(reading: Reading, source: Source[Node], shown: set[int]) -> None:
    """Add the attachments of a tree to a reading, and notes about what cannot be shown. shown: `id` of shown parts."""
    on_cards = _on_cards(reading, source)
    for part in leaves(source.root):
        if id(part) in on_cards or (part.type == EXTERNAL and reading.attach_elsewhere(part.section, part.params)):
            continue
        reading.note_kind(part.type, part.params, part.filename)
        if _listed(part, id(part) in shown):
            inside = source.inside_of(part)
            section = f"{source.inside}:{part.section}" if inside is not None else part.section
            size = _decoded_size(source.octets_of(part), part)
            reading.attach(section, part.type, part.filename, size, _title(source, part), inside)


def _on_cards(reading: Reading, source: Source[Node]) -> set[int]:
    """The `id` of the parts a card stands for: what makes a signature or an encryption, and what has been opened.

    Only what can be nothing else counts: whatever else lies beside a signed part is a part like any other.
    """
    told: set[int] = set()
    waiting = [source.root]
    while waiting:
        part = waiting.pop()
        waiting.extend(part.parts)
        if part.type == ENCRYPTED:
            told.update(id(each) for each in part.parts[:1] if each.type == CONTROL)
            if reading.seals.text(source.key(part)) is not None:
                told.update(map(id, part.parts[1:2]))
        elif part.type == SIGNED:
            told.update(id(each) for each in part.parts[1:2] if each.type in (OPENPGP_SIGNATURE, *SMIME_SIGNATURES))
    return told


def _listed(part: Described, shown: bool) -> bool:
    """An attachment is what has a name, asks to be one, or is not (and cannot be) shown as text."""
    if part.filename or part.disposition == "attachment" or is_message(part):
        return True
    return not shown and part.type not in SHOWN_TYPES


def _decoded_size(data: bytes | None, part: Described) -> int:
    if data is not None and part.encoding == "base64":  # near enough without decoding: four characters are three octets
        return max(0, len(data) - data.count(b"\n") * 2) * 3 // 4
    return decoded_size(part.size, part.encoding)


def _title(source: Source[Node], part: Node) -> str:
    """What a part without a name is about: the subject of a letter, the event of an invitation; "" when unknown."""
    if part.filename:
        return ""
    if is_message(part) and part.parts:
        return decode_text(dict(reversed(source.header_of(part.parts[0]))).get(b"subject", b""))
    if part.type in CALENDAR:
        data = source.octets_of(part)
        return (_event(undo(data[:LONGEST_CARD], part.encoding)[0]) if data is not None else "") or "invitation"
    return ""


def _event(card: bytes) -> str:
    """The summary of the first event (RFC 5545 §3.8.1.12), "" without one."""
    event = _EVENT.search(card)
    found = _SUMMARY.search(re.sub(rb"\r?\n[ \t]", b"", event[1])) if event else None
    return found[1].decode("utf-8", "replace").replace("\\", "") if found else ""
