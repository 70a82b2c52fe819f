"""A message while it is being put together: the draft of its text, its attachments, and what the reader should know."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from importlib.util import find_spec

from tuimail.content.addresses import MOST_ADDRESSES, parse_addresses, tricks
from tuimail.content.charset import codec_of, cousins, decode, decode_exactly, read_as
from tuimail.content.choose import REPORT_TYPES
from tuimail.content.clean import clean_body, clean_line
from tuimail.content.dates import parse_date
from tuimail.content.draft import Draft
from tuimail.content.elsewhere import elsewhere
from tuimail.content.filenames import clean_name
from tuimail.content.headers import LONGEST_SUBJECT, MOST_FIELDS
from tuimail.content.headers import MOST_OCTETS as MOST_HEADER_OCTETS
from tuimail.content.hypertext import write_html
from tuimail.content.reports import write_report
from tuimail.content.seals import CONTROL, OPENPGP_SIGNATURE, SMIME, SMIME_SIGNATURES, Seals
from tuimail.content.text import write_plain
from tuimail.content.transfer import undo
from tuimail.content.words import decode_text
from tuimail.model import Address, Attachment, Inside, Message, Opened, Piece, Span
from tuimail.records import replace

log = logging.getLogger(__name__)

MOST_TEXT_OCTETS = 2_000_000
"""Of all text shown for one message, as transferred; the rest is cut with a note."""
MOST_NOTES = 30
MOST_EVENTS = 2
"""Of a calendar part that is shown above the text."""
LONGEST_NOTE = 500
_SHORTEST_DATA = 200
"""Characters; a shorter text is shown whatever it is."""
_UNREADABLE = re.compile("[\0-\x08\x0e-\x1a\x1c-\x1f\ufffd]")
_MARK = "\ufffd".encode()
LONGEST_FIELD = 4_000
"""Characters of one header field in the full view."""
LONGEST_RAW_HEADERS = 200_000

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
EXTERNAL = "message/external-body"
TNEF = ("application/ms-tnef", "application/vnd.ms-tnef")
Fields = list[tuple[bytes, bytes]]


class Reading:
    """A message being put together: the draft of its text, its attachments, its notes."""

    def __init__(self, charset: str = "", opened: Mapping[str, Opened] | None = None) -> None:
        self.draft = Draft()
        self.seals = Seals(opened or {})
        self.attachments: list[Attachment] = []
        self.pieces: list[Piece] = []
        self.forms: tuple[str, ...] = ()
        self.form = ""
        self.charset = charset
        self.read_as = ""
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
        if type_ in REPORT_TYPES:
            write_report(self.draft, undo(data, encoding)[0])
            self.texts += 1
            return
        told = len(self.notes)
        text = self.decoded(params, encoding, data)
        if not text.strip():
            return
        if not self.charset and _is_data(text):
            del self.notes[told:]  # of what charset it is not, too
            self.note(f"A part of {len(data):,} octets is called text and is none; choose a charset to see it.")
            return
        last = self.draft.blocks[-1] if self.draft.blocks else None
        if self.texts and last is not None and last.kind != "rule" and last.seal == self.draft.seal:
            self.draft.add("rule", "")
        self.texts += 1
        if type_ == "text/html":
            self.form = self.form or "html"
            write_html(self.draft, text)
        else:
            self.form = self.form or "plain"
            flowed = params.get("format", "").lower() == "flowed"
            write_plain(self.draft, text, flowed=flowed, delsp=params.get("delsp", "").lower() == "yes")

    def invitation(self, data: bytes) -> bool:
        """Add a calendar file of one event or two as cards; False where that is not to be had, or for a whole year's.

        The file is among the attachments, where it can be seen as it is.
        """
        if not 0 < data.upper().count(b"\nBEGIN:VEVENT") <= MOST_EVENTS or find_spec("icalendar") is None:
            return False
        from tuimail.content.preview.invite import read

        card = Draft()
        try:
            if not read(card, data, True, frozenset()):
                return False
        except Exception:  # whatever a stranger's file makes a library raise
            log.info("an invitation could not be shown", exc_info=True)
            return False
        self.draft.blocks += [replace(block, seal=self.draft.seal) for block in card.blocks]
        self.texts += 1
        return True

    def decoded(self, params: Mapping[str, str], encoding: str, data: bytes) -> str:
        """A text part as text, not cleaned; what had to be guessed is noted."""
        octets, known = undo(data, encoding)
        if not known:
            self.note(f"The transfer encoding “{clean_line(encoding)[:40]}” is unknown; the text is shown as sent.")
        label = params.get("charset", "")
        if self.charset:
            text, codec = decode_exactly(octets, self.charset)
        else:
            text, codec = read_as(octets, label)
            claimed = codec_of(label)
            if label and claimed is None and not label.lower().startswith(("unknown", "x-unknown")):
                self.note(f"The charset “{clean_line(label)[:40]}” is not known; the text is read as {_people(codec)}.")
            elif claimed not in (None, "ascii") and text.strip() and not _kin(codec, claimed):
                self.note(f"The text is not in {_people(claimed)}, as it says; it is read as {_people(codec)}.")
        if _UNREADABLE.search(text) and _MARK not in octets:
            self.note("Some of the text cannot be read; \ufffd stands in its place.")
        self.read_as = self.read_as or codec
        return text

    def forwarded(self, header: Fields) -> None:
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

    def attach(
        self, section: str, type_: str, filename: str, size: int, title: str = "", inside: Inside | None = None
    ) -> None:
        """List an attachment. title: what it is about, where it has no name. inside: as in Attachment."""
        name, trouble = clean_name(filename, section, type_, title)
        if trouble:
            self.note(trouble)
        self.attachments.append(Attachment(name, clean_line(type_), size, section, inside=inside))

    def attach_elsewhere(self, section: str, params: Mapping[str, str]) -> bool:
        """List a message/external-body that can be fetched; False for another one."""
        place = elsewhere(params)
        if place is None:
            return False
        name, trouble = clean_name(place.path, section, "")
        if trouble and not trouble.endswith("which is ignored."):  # a path is what it should have
            self.note(trouble)
        size = params.get("size", "")
        octets = int(size) if size.isascii() and size.isdigit() and len(size) < 16 else 0
        self.attachments.append(Attachment(name, EXTERNAL, octets, section, place))
        self.note(f"“{name}” is not in this mail: it lies at {place.host}. Saved like an attachment, it is fetched.")
        return True

    def note_wrapped(self, names: list[str]) -> None:
        """What is inside a winmail.dat."""
        if names:
            self.note(f"Inside of winmail.dat: {', '.join(names)}.")

    def note_kind(self, type_: str, params: Mapping[str, str], filename: str) -> None:
        """What cannot be shown is at least named."""
        name = clean_line(filename or type_)[:100]
        if type_ in SMIME:
            if params.get("smime-type", "").lower() == "signed-data":
                self.note(f"Signed with S/MIME, the text inside of the signature ({name}); tuimail cannot open it.")
            else:
                self.note(f"Encrypted with S/MIME ({name}); tuimail cannot open it.")
        elif type_ == CONTROL:
            self.note(f"A part is encrypted ({name}), not in the form that RFC 3156 has; it is not opened here.")
        elif type_ == OPENPGP_SIGNATURE or type_ in SMIME_SIGNATURES:
            self.note(f"There is a signature ({name}), but nothing says of what; it has not been checked.")
        elif type_ == EXTERNAL:
            where = (params.get(name, "") for name in ("access-type", "name", "directory", "site", "server", "url"))
            told = clean_line(", ".join(filter(None, where)))[:200]
            self.note(f"A part lies somewhere else ({told or 'message/external-body'}); it is not fetched.")
        elif type_ == "message/partial":
            number, total = (clean_line(params.get(name, "?"))[:20] for name in ("number", "total"))
            self.note(f"This is fragment {number} of {total} of a message; it is shown as it is.")
        elif type_ in TNEF:
            self.note("An attachment is in Outlook's own format (winmail.dat); it is not unpacked.")

    def message(self, message_id: int, header: Fields, raw_header: bytes) -> Message:
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
        if len(header) >= MOST_FIELDS or len(raw_header) > MOST_HEADER_OCTETS:
            self.note("The header is too long to show in full; the rest was cut.")
        to, cc = _all_addresses(header, b"to"), _all_addresses(header, b"cc")
        if max(len(to), len(cc)) >= MOST_ADDRESSES:
            self.note(f"There are {MOST_ADDRESSES:,} recipients or more; the others are not shown.")
        for sentence in self.draft.notes():
            self.note(sentence)
        return Message(
            id=message_id,
            subject=decode_text(first.get(b"subject", b""))[:LONGEST_SUBJECT],
            sender=sender,
            to=to,
            cc=cc,
            reply_to=parse_addresses(first.get(b"reply-to", b"")),
            date=parse_date(first.get(b"date", b"")),
            headers=tuple((clean_line(name.decode("latin-1")).title(), _shown(name, value)) for name, value in header),
            document=replace(self.draft.document(), seals=self.seals.cards(sender)),
            attachments=tuple(self.attachments),
            notes=tuple(self.notes),
            raw_headers=clean_body(decode(raw_header[:LONGEST_RAW_HEADERS], None)),
            pieces=tuple(self.pieces),
            forms=self.forms,
            form=self.form if self.forms else "",
            charset=self.read_as,
        )


def _is_data(text: str) -> bool:
    """A tenth or more of what should be text is what no text holds."""
    return len(text) >= _SHORTEST_DATA and len(_UNREADABLE.findall(text)) * 10 >= len(text)


def _people(codec: str | None) -> str:
    """A codec as people know it: "windows-1252"."""
    return (codec or "").replace("cp125", "windows-125").replace("_", "-")


def _kin(codec: str, claimed: str | None) -> bool:
    """The text was read as claimed, or as the same thing by a longer name (utf_16_le, iso2022_jp_2)."""
    return claimed is not None and (codec.startswith(claimed) or claimed.startswith(codec) or codec in cousins(claimed))


def _all_addresses(header: Fields, name: bytes) -> tuple[Address, ...]:
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
