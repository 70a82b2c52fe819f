"""Contacts (vCard, RFC 6350 and the older 2.1 and 3.0) as cards, the lines that people look for."""

from __future__ import annotations

import re
from binascii import a2b_qp
from collections.abc import Iterator

from tuimail.content.charset import decode
from tuimail.content.clean import clean_line
from tuimail.content.draft import Draft
from tuimail.content.preview import cut
from tuimail.model import Span

MOST_CARDS = 200
MOST_LINES = 40
"""Of one card."""
LONGEST = 500
_LABELS = {
    "ORG": "Organisation", "TITLE": "Title", "ROLE": "Role", "EMAIL": "E-mail", "TEL": "Telephone", "ADR": "Address",
    "URL": "Web", "BDAY": "Birthday", "NICKNAME": "Called", "IMPP": "Chat", "NOTE": "Note",
}  # fmt: skip
_SEPARATOR = re.compile(r"(?<!\\)[;,]")
_ESCAPE = re.compile(r"\\([nN,;:\\])")
_UNUSED = frozenset("PREF INTERNET VOICE TYPE UTF-8 CHARSET QUOTED-PRINTABLE ENCODING".split())


def read(draft: Draft, data: bytes, whole: bool, me: frozenset[str]) -> bool:
    """Write the cards; False when there is none."""
    text = decode(data, "utf-8")
    cards = 0
    card: list[tuple[str, str, str]] = []
    name = ""
    for key, kinds, value in _fields(text):
        if key == "BEGIN" and value.upper() == "VCARD":
            card, name = [], ""
        elif key == "END" and value.upper() == "VCARD":
            cards += 1
            if cards <= MOST_CARDS:
                _write(draft, name, card)
        elif key == "FN" or (key == "N" and not name):
            name = value if key == "FN" else _name(value)
        elif key in _LABELS and value.strip(" ;,") and len(card) < MOST_LINES:
            card.append((_LABELS[key], _value(value), kinds))
    if cards > MOST_CARDS or not whole:
        cut(draft)
    return cards > 0


def _write(draft: Draft, name: str, card: list[tuple[str, str, str]]) -> None:
    title = _value(name) or "A contact without a name"
    draft.add("text", title, (Span(0, len(title), "heading"),))
    for label, value, kinds in card:
        prefix = f"{label:<13}"
        text = f"{value}  {kinds}" if kinds else value
        spans = (Span(len(value), len(text), "dim"),) if kinds else ()
        draft.add("text", text, spans, first=prefix, rest=" " * 13, gap=False)


def _fields(text: str) -> Iterator[tuple[str, str, str]]:
    """(name, kinds, value), unfolded (RFC 6350 §3.2), quoted-printable of vCard 2.1 undone."""
    lines = re.sub(r"\r?\n[ \t]", "", text).splitlines()
    place = 0
    while place < len(lines):
        line = lines[place]
        place += 1
        head, colon, value = line.partition(":")
        if not colon:
            continue
        name, *params = head.upper().split(";")
        if any(param.endswith("QUOTED-PRINTABLE") for param in params):
            while value.endswith("=") and place < len(lines):
                value = value[:-1] + lines[place]
                place += 1
            value = decode(a2b_qp(value.encode("utf-8", "replace")), "utf-8")
        words = [word for param in params for word in param.removeprefix("TYPE=").split(",") if "=" not in word]
        kinds = ", ".join(clean_line(word[:20]).lower() for word in words[:3] if word not in _UNUSED)
        yield name.rpartition(".")[2], kinds, value[: 4 * LONGEST]


def _name(value: str) -> str:
    """N is family; given; additional; prefixes; suffixes."""
    family, given, additional, prefix, suffix = ([*_SEPARATOR.split(value), "", "", "", "", ""])[:5]
    return " ".join(word for word in (prefix, given, additional, family, suffix) if word.strip())


def _value(value: str) -> str:
    pieces = (piece.strip() for piece in _SEPARATOR.split(value))
    text = ", ".join(piece for piece in pieces if piece)
    return clean_line(_ESCAPE.sub(lambda found: "\n" if found[1] in "nN" else found[1], text))[:LONGEST]
