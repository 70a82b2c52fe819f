"""A raw message, or the parts of one that were fetched, to the Message a reader opens.

What is shown, listed and saved comes from the same reading of the structure. Any bytes give a Message: where the
structure is broken the text is shown as it stands, and a note says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from tuimail.content.addresses import parse_addresses, tricks
from tuimail.content.charset import decode
from tuimail.content.choose import SHOWN_TYPES, choose_text, is_message, leaves, shown_parts
from tuimail.content.clean import clean_body, clean_line
from tuimail.content.dates import parse_date
from tuimail.content.draft import Draft
from tuimail.content.filenames import clean_name
from tuimail.content.headers import LONGEST_SUBJECT, fields
from tuimail.content.hypertext import write_html
from tuimail.content.structure import Part, read_structure
from tuimail.content.text import write_plain
from tuimail.content.transfer import undo
from tuimail.content.words import decode_text, decode_words
from tuimail.model import Address, Attachment, Message, Span

__all__ = ["LeafPart", "assemble", "choose_text", "parse"]

MOST_TEXT_OCTETS = 2_000_000
"""Of all text shown for one message, as transferred; the rest is cut with a note."""
MOST_NOTES = 30
LONGEST_NOTE = 500
LONGEST_FIELD = 4_000
"""Characters of one header field in the full view."""
LONGEST_RAW_HEADERS = 200_000
DEEPEST_INDENT = 8

_ADDRESS_FIELDS = frozenset(
    [
        b"from",
        b"to",
        b"cc",
        b"bcc",
        b"sender",
        b"reply-to",
        b"resent-from",
        b"resent-to",
        b"disposition-notification-to",
    ]
)
_ONCE = (b"from", b"sender", b"reply-to", b"subject", b"date", b"message-id")  # RFC 5322 §3.6
_STUB_WORDS = ("html", "browser", "view this", "online version")


@dataclass(frozen=True, slots=True)
class LeafPart:
    """A part that is no multipart, known from BODYSTRUCTURE; `data` as transferred, None if not fetched."""

    section: str
    type: str
    params: Mapping[str, str] = field(default_factory=dict)
    encoding: str = ""
    disposition: str = ""
    filename: str = ""
    size: int = 0
    data: bytes | None = None


def parse(raw: bytes, message_id: int = 0) -> Message:
    """Read a whole message. Never raises, whatever the bytes; terminates in time linear in their number."""
    reading = _Reading()
    if raw[:1] in b"\r\n":  # empty lines before the header are no header
        raw = raw.lstrip(b"\r\n")
    head = raw[:65_536]
    if b"\n" not in head and b"\r" in head:
        raw = raw.replace(b"\r", b"\n")
        reading.note("The lines end in CR alone, as no mail system writes them.")
    structure = read_structure(raw)
    root = structure.root
    for sentence in structure.notes:
        reading.note(sentence)
    shown = {id(part) for part in _write_shown(reading, raw, root)}
    for part in leaves(root):
        reading.note_kind(part.type, part.params)
        if _listed(part, id(part) in shown):
            reading.attach(part.section, part.type, part.filename, _decoded_size(raw, part))
    return reading.message(message_id, root.header, raw[: root.start])


def assemble(header: bytes, parts: Sequence[LeafPart], message_id: int = 0) -> Message:
    """Read a message of which the header block and some text parts were fetched.

    parts: every leaf in order; those with `data` are shown, the named and the non-text ones are listed.
    Upper and lower case and encoded words are as the server sent them. Never raises.
    """
    reading = _Reading()
    for sent in parts:
        params = {name.lower(): value for name, value in sent.params.items()}
        name = decode_words(sent.filename or params.get("name", ""))
        part = replace(sent, type=sent.type.lower(), disposition=sent.disposition.lower(), filename=name)
        reading.note_kind(part.type, params)
        shown = part.data is not None and part.disposition != "attachment"
        if shown and part.data is not None:
            reading.text(part.type, params, part.encoding, part.data)
        if _listed(part, shown):
            reading.attach(part.section, part.type, name, part.size)
    return reading.message(message_id, fields(header), header)


def _write_shown(reading: _Reading, raw: bytes, root: Part) -> list[Part]:
    """Write what is shown of the tree, and return those parts."""

    def is_stub(part: Part) -> bool:
        if part.size > 1_500:
            return False
        octets, _ = undo(raw[part.start : part.end], part.encoding)
        words = decode(octets, part.params.get("charset")).strip().lower()
        return not words or (len(words) < 300 and any(word in words for word in _STUB_WORDS))

    shown = []
    for part, depth in shown_parts(root, is_stub):
        shown.append(part)
        reading.draft.indent = "│ " * min(depth, DEEPEST_INDENT)
        if is_message(part):
            reading.forwarded(part.parts[0].header)
            reading.texts = 0
        else:
            reading.text(part.type, part.params, part.encoding, raw[part.start : part.end])
    reading.draft.indent = ""
    return shown


def _listed(part: Part | LeafPart, shown: bool) -> bool:
    """An attachment is what has a name, asks to be one, or is not (and cannot be) shown as text."""
    if part.filename or part.disposition == "attachment" or is_message(part):
        return True
    return not shown and part.type not in SHOWN_TYPES


def _decoded_size(raw: bytes, part: Part) -> int:
    if part.encoding == "base64":  # near enough without decoding: four characters are three octets
        return max(0, part.size - raw.count(b"\n", part.start, part.end) * 2) * 3 // 4
    return part.size


class _Reading:
    """A message being put together: the draft of its text, its attachments, its notes."""

    def __init__(self) -> None:
        self.draft = Draft()
        self.attachments: list[Attachment] = []
        self.notes: list[str] = []
        self.octets_left = MOST_TEXT_OCTETS
        self.texts = 0

    def note(self, sentence: str) -> None:
        """Tell the reader, once. Notes quote the mail, so they pass the gate like everything else."""
        sentence = clean_line(sentence[:LONGEST_NOTE])
        if sentence not in self.notes and len(self.notes) < MOST_NOTES:
            self.notes.append(sentence)

    def text(self, type_: str, params: Mapping[str, str], encoding: str, data: bytes) -> None:
        """Add a text part to the draft; a rule stands between two."""
        if len(data) > self.octets_left:
            data = data[: self.octets_left]
            self.draft.cut = True
        self.octets_left -= len(data)
        octets, known = undo(data, encoding)
        if not known:
            self.note(f"The transfer encoding “{clean_line(encoding)[:40]}” is unknown; the text is shown as sent.")
        text = decode(octets, params.get("charset"))
        if not text.strip():
            return
        if self.texts and self.draft.blocks and self.draft.blocks[-1].kind != "rule":
            self.draft.add("rule", "")
        self.texts += 1
        if type_ == "text/html":
            write_html(self.draft, text)
        else:
            flowed = params.get("format", "").lower() == "flowed"
            write_plain(self.draft, text, flowed=flowed, delsp=params.get("delsp", "").lower() == "yes")

    def forwarded(self, header: list[tuple[bytes, bytes]]) -> None:
        """A compact header above the text of a message inside the message."""
        first = dict(reversed(header))
        lines = [
            f"{name.decode().title()}: {_shown(name, first[name])[:300]}"
            for name in (b"from", b"to", b"date", b"subject")
            if name in first
        ]
        if self.draft.blocks:
            self.draft.add("rule", "")
        text = "\n".join(lines) or "A message without a header"
        self.draft.add("text", text, (Span(0, len(text), "dim"),), first="│ ", rest="│ ")

    def attach(self, section: str, type_: str, filename: str, size: int) -> None:
        name, trouble = clean_name(filename, section, type_)
        if trouble:
            self.note(trouble)
        self.attachments.append(Attachment(name, clean_line(type_), size, section))

    def note_kind(self, type_: str, params: Mapping[str, str]) -> None:
        """What cannot be shown is at least named."""
        if type_ in ("application/pgp-encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"):
            self.note(f"A part is encrypted or wrapped ({type_}); it is not opened here.")
        elif type_ in ("application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"):
            self.note("A part is signed; the signature has not been checked.")
        elif type_ == "message/external-body":
            self.note("A part lies somewhere else (message/external-body); it is not fetched.")
        elif type_ == "message/partial":
            number, total = (clean_line(params.get(name, "?"))[:20] for name in ("number", "total"))
            self.note(f"This is fragment {number} of {total} of a message; it is shown as it is.")
        elif type_ in ("application/ms-tnef", "application/vnd.ms-tnef"):
            self.note("An attachment is in Outlook's own format (winmail.dat); it is not unpacked.")

    def message(self, message_id: int, header: list[tuple[bytes, bytes]], raw_header: bytes) -> Message:
        first = dict(reversed(header))
        for name in _ONCE:
            values = [value for known, value in header if known == name]
            if len(values) > 1:
                others = "; ".join(_shown(name, value)[:120] for value in values[1:4])
                self.note(
                    f"There are {len(values)} {name.decode().title()} fields; the first one counts. Also: {others}"
                )
        sender = parse_addresses(first.get(b"from") or first.get(b"sender") or b"")
        for address in sender[:3]:
            for sentence in tricks(address):
                self.note(sentence)
        for sentence in self.draft.notes():
            self.note(sentence)
        return Message(
            id=message_id,
            subject=decode_text(first.get(b"subject", b""))[:LONGEST_SUBJECT],
            sender=sender,
            to=_all_addresses(header, b"to"),
            cc=_all_addresses(header, b"cc"),
            reply_to=parse_addresses(first.get(b"reply-to", b"")),
            date=parse_date(first.get(b"date", b"")),
            headers=tuple((clean_line(name.decode("latin-1")).title(), _shown(name, value)) for name, value in header),
            document=self.draft.document(),
            attachments=tuple(self.attachments),
            notes=tuple(self.notes),
            raw_headers=clean_body(decode(raw_header[:LONGEST_RAW_HEADERS], None)),
        )


def _all_addresses(header: list[tuple[bytes, bytes]], name: bytes) -> tuple[Address, ...]:
    return tuple(address for known, value in header if known == name for address in parse_addresses(value))


def _shown(name: bytes, value: bytes) -> str:
    """A field value for people; in address fields the address itself is never decoded."""
    if name in _ADDRESS_FIELDS:
        pieces = [
            f"{address.name} <{address.email}>" if address.name and address.email else address.name or address.email
            for address in parse_addresses(value)
        ]
        text = ", ".join(pieces) or decode_text(value[:LONGEST_FIELD])
    else:
        text = decode_text(value[: 4 * LONGEST_FIELD])
    return text if len(text) <= LONGEST_FIELD else text[: LONGEST_FIELD - 1] + "…"
