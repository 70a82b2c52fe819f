"""The text of a message: the parts that are shown, one after the other, each under the seal that covers it.

What is decrypted is read as a message of its own and joined to nothing: neither its HTML nor its text can become part
of what stands beside it (EFAIL, USENIX Security 2018).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tuimail.content.armour import stretches
from tuimail.content.charset import decode
from tuimail.content.choose import ENCRYPTED, SHOWN_TYPES, STUB_OCTETS, is_message, leaves, shown_parts
from tuimail.content.clean import clean_line
from tuimail.content.enclosed import CALENDAR, list_enclosed
from tuimail.content.reading import Reading
from tuimail.content.seals import CONTROL, OPENPGP_SIGNATURE, SIGNED, SMIME_SIGNATURES
from tuimail.content.source import Described, Node, Source, whole_source
from tuimail.content.structure import read_structure
from tuimail.content.transfer import undo
from tuimail.content.words import decode_text
from tuimail.model import Envelope, Span
from tuimail.records import replace

DEEPEST_INDENT = 8
NOT_HERE = "only a part of this message is here; D in the viewer fetches the rest."
_STUB_WORDS = ("html", "browser", "view this", "online version")


def write_body(reading: Reading, source: Source[Node], form: str) -> set[int]:
    """Put the text into a reading. form: as for `mime.parse`. Returns the `id` of every part that is shown."""
    shown: set[int] = set()
    signed = _signed_above(source.root)
    outer = reading.draft.seal
    on_card = _write_invitation(reading, source, signed)
    reading.draft.seal = outer
    for part, depth in _chosen(source, form):
        if part is on_card:  # all the mail is; its lines say no more
            continue
        reading.draft.indent = "│ " * min(depth, DEEPEST_INDENT)
        reading.draft.seal = _seal(reading, source, signed.pop(id(part), None)) or outer
        if is_message(part):
            shown.add(id(part))
            if header := source.header_of(part.parts[0]):
                reading.forwarded(header)
                reading.texts = 0
        elif part.type == ENCRYPTED:
            _write_encrypted(reading, source, part, form)
        elif (data := source.octets_of(part)) is not None:
            shown.add(id(part))
            below_a_head, first = not reading.texts, len(reading.draft.blocks)
            _write_text(reading, source, part, data)
            if below_a_head and 0 < first < len(reading.draft.blocks):
                reading.draft.blocks[first] = replace(reading.draft.blocks[first], gap=True)
    reading.draft.indent = ""
    for container in {
        id(each): each for each in signed.values()
    }.values():  # nothing in it is text: a card all the same
        known = len(reading.seals)
        reading.draft.seal = _seal(reading, source, container)
        if len(reading.seals) > known:
            reading.draft.add("sealed", "")
    reading.draft.seal = outer
    return shown


def _write_invitation(reading: Reading, source: Source[Node], signed: Mapping[int, Node]) -> Node | None:
    """The message's own calendar part (RFC 6047) as a card above the text, which is often a poorer copy of it.

    Returns the part, None when there is no card.
    """
    found = sorted(filter(_is_calendar, _own_leaves(source.root)), key=lambda part: part.type != CALENDAR[0])
    if found and (data := source.octets_of(found[0])) is not None:
        reading.draft.seal = _seal(reading, source, signed.get(id(found[0]))) or reading.draft.seal
        if reading.invitation(undo(data, found[0].encoding)[0]):
            return found[0]
    return None


def _is_calendar(part: Described) -> bool:
    return part.type in CALENDAR or part.filename.lower().endswith(".ics")


def _own_leaves(root: Node) -> Iterator[Node]:
    """All parts without parts, but for those of messages inside."""
    waiting = [root]
    while waiting:
        part = waiting.pop()
        if not part.parts:
            yield part
        elif not is_message(part):
            waiting.extend(reversed(part.parts))


def _chosen(source: Source[Node], form: str) -> list[tuple[Node, int]]:
    def is_stub(part: Node) -> bool:
        data = source.octets_of(part)
        if data is None:
            return part.size <= STUB_OCTETS
        if len(data) > 1_500:
            return False
        words = decode(undo(data, part.encoding)[0], part.params.get("charset")).strip().lower()
        return not words or (len(words) < 300 and any(word in words for word in _STUB_WORDS))

    chosen = list(shown_parts(source.root, is_stub, form))
    texts = [part for part, _ in chosen if not (is_message(part) or part.type == ENCRYPTED)]
    if texts and all(source.octets_of(part) is None for part in texts):  # of two forms the other one was fetched
        return [
            (part, 0) for part in leaves(source.root) if part.type in SHOWN_TYPES and source.octets_of(part) is not None
        ]
    return chosen


def _signed_above(root: Node) -> dict[int, Node]:
    """By `id` of each part that a multipart/signed signs (its first one and all in it) the innermost such multipart."""
    above: dict[int, Node] = {}
    waiting: list[tuple[Node, Node | None]] = [(root, None)]
    while waiting:
        part, signed = waiting.pop()
        if signed is not None:
            above[id(part)] = signed
        for place, child in enumerate(part.parts):
            waiting.append((child, part if part.type == SIGNED and not place else signed))
    return above


def _seal(reading: Reading, source: Source[Node], container: Node | None) -> int:
    """The number of the seal of a multipart/signed; 0 without one."""
    if container is None:
        return 0
    if (number := reading.seals.number(source.key(container))) is not None:
        return number
    envelope, why_not = None, ""
    kind = container.parts[1].type if len(container.parts) == 2 else ""
    if kind in SMIME_SIGNATURES:
        name = clean_line(container.parts[1].filename or kind)[:100]
        why_not = f"it is S/MIME ({name}), which tuimail does not check."
    elif kind != OPENPGP_SIGNATURE:
        why_not = "it is not made as RFC 1847 says."
    else:
        octets, signature = source.sent_of(container.parts[0]), source.octets_of(container.parts[1])
        if octets is None or signature is None:
            why_not = NOT_HERE
        else:
            signature = undo(signature, container.parts[1].encoding)[0]
            envelope = Envelope(source.key(container), _with_crlf(octets), signature)
    whole = source.whole and container is source.root
    return reading.seals.put(source.key(container), envelope, encrypted=False, whole=whole, why_not=why_not)


def _with_crlf(octets: bytes) -> bytes:
    """As it went over the wire; files hold LF alone, and a signature covers CRLF (RFC 3156 §5)."""
    return octets if b"\r\n" in octets else octets.replace(b"\n", b"\r\n")


def _write_text(reading: Reading, source: Source[Node], part: Node, data: bytes) -> None:
    """A text part; OpenPGP in a plain one under seals of its own. In HTML it is left alone, for HTML can hide it."""
    plain = part.type == "text/plain" and (part.encoding == "base64" or b"-----BEGIN PGP " in data)
    pieces = stretches(undo(data, part.encoding)[0]) if plain else []
    if not any(piece.kind for piece in pieces):
        reading.text(part.type, part.params, part.encoding, data)
        return
    outer = reading.draft.seal
    for number, (octets, kind, readable) in enumerate(pieces, 1):
        if not kind:
            reading.text(part.type, part.params, "8bit", octets)
            continue
        key = source.key(part, number)
        whole = source.whole and part is source.root and len(pieces) == 1
        envelope = Envelope(key, octets, encrypted=kind == "message")
        reading.draft.seal = reading.seals.put(key, envelope, encrypted=envelope.encrypted, whole=whole) or outer
        text, known = reading.seals.text(key), len(reading.draft.blocks)
        reading.text(part.type, part.params, "8bit", readable if text is None else text)
        if known == len(reading.draft.blocks):
            reading.draft.add("sealed", "")
        reading.draft.seal = outer


def _write_encrypted(reading: Reading, source: Source[Node], part: Node, form: str) -> None:
    """A multipart/encrypted (RFC 3156 §4): its card, and below it the message that was inside once it is opened."""
    outer, known = reading.draft.seal, len(reading.draft.blocks)
    key, envelope, why_not = source.key(part), None, ""
    if [each.type for each in part.parts] != [CONTROL, "application/octet-stream"]:
        why_not = "it is not made as RFC 3156 says."
    elif (data := source.octets_of(part.parts[1])) is None:
        why_not = NOT_HERE
    else:
        envelope = Envelope(key, undo(data, part.parts[1].encoding)[0], encrypted=True)
    whole = source.whole and part is source.root
    reading.draft.seal = reading.seals.put(key, envelope, encrypted=True, whole=whole, why_not=why_not) or outer
    if (text := reading.seals.text(key)) is not None:
        reading.draft.secret = True
        _write_inside(reading, text, key, whole, form)
        reading.draft.secret = bool(source.inside)
    if known == len(reading.draft.blocks):
        reading.draft.add("sealed", "")
    reading.draft.seal = outer


def _write_inside(reading: Reading, raw: bytes, key: str, whole: bool, form: str) -> None:
    """What was encrypted: its own subject, its text, its attachments."""
    root = read_structure(raw).root
    subject = dict(reversed(root.header)).get(b"subject")
    if subject:
        words = f"Subject: {decode_text(subject)[:300]}"
        reading.draft.add("text", words, (Span(0, len(words), "dim"),))
    source = whole_source(raw, root, key, whole)
    list_enclosed(reading, source, write_body(reading, source, form))
