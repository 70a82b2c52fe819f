"""The FETCH response, item by item, forgiving each item by itself.

msg-att         = "(" (msg-att-dynamic / msg-att-static) *(SP (msg-att-dynamic / msg-att-static)) ")"
msg-att-dynamic = "FLAGS" SP "(" [flag-fetch *(SP flag-fetch)] ")" / "MODSEQ" SP "(" mod-sequence-value ")"
msg-att-static  = "ENVELOPE" SP envelope / "INTERNALDATE" SP date-time / "RFC822.SIZE" SP number64 /
                  "BODY" ["STRUCTURE"] SP body / "BODY" section ["<" number ">"] SP nstring /
                  "BINARY" section-binary SP (nstring / literal8) / "UID" SP uniqueid      (RFC 9051 §9, RFC 7162)
"""

from __future__ import annotations

import re
from typing import Final

from tuimail.protocol.imap.responses import Fetch
from tuimail.protocol.imap.tokens import ParseError, Value, atoms, number, whole

_SECTION = re.compile(rb"(BODY|BINARY(?:\.SIZE)?)(?:\.PEEK)?\[([^] (]*)[^]]*\]?(<[0-9]+>)?", re.IGNORECASE)
_RFC822: Final = frozenset((b"RFC822", b"RFC822.HEADER", b"RFC822.TEXT"))
_FLOAT = re.compile(rb"[0-9]{1,3}(?:\.[0-9]{1,20})?[eE]\+?[0-9]{1,2}\Z")
_ITEMS: Final = frozenset((b"UID", b"FLAGS", b"INTERNALDATE", b"RFC822.SIZE", b"MODSEQ", b"ENVELOPE", b"BODYSTRUCTURE"))


def section_name(name: bytes) -> bytes:
    """`body[1.header.fields ("To")]<0>` → b"BODY[1.HEADER.FIELDS]<0>"; Courier quotes the fields, others do not."""
    found = _SECTION.match(name)
    if not found:
        return name.upper()
    return b"%b[%b]%b" % (found[1].upper(), found[2].upper(), found[3] or b"")


def read_fetch(seq: int, data: tuple[Value, ...]) -> Fetch:
    """The Fetch of message `seq`. Raises ParseError when there is no list of items, or message 0 is meant."""
    if not seq:
        raise ParseError("message 0 fetched")
    if not data or not isinstance(data[0], tuple):
        raise ParseError("FETCH without its list")
    items = list(data[0])
    items += data[1:]  # Xeams puts items behind the closing parenthesis
    uid = size = modseq = flags = internaldate = None
    structure: Value = None
    sections: dict[bytes, bytes | None] = {}
    extra: dict[bytes, Value] = {}
    value_missing = len(items) % 2 == 1  # Yandex leaves that of a section out (MailKit#1708)
    at = 0
    while at < len(items):
        name = items[at]
        value = items[at + 1] if at + 1 < len(items) else None
        at += 2
        if isinstance(name, tuple) and len(name) == 2:  # Domino: (ENVELOPE (…)) (MailKit#943)
            name, value = name
            at -= 1
        if not isinstance(name, bytes):
            raise ParseError("a FETCH item without a name")
        name = name.upper() if b"[" not in name else section_name(name)
        if b"[" in name or name in _RFC822:
            if value_missing and isinstance(value, bytes) and value.upper() in _ITEMS:
                value = None
                value_missing = False
                at -= 1
            if isinstance(value, tuple):
                raise ParseError(f"{name!r} is a list")
            sections[name] = value
        elif name == b"UID":
            uid = number(value)
        elif name == b"FLAGS":
            flags = atoms(value) if isinstance(value, tuple) else ()
        elif name == b"INTERNALDATE":
            internaldate = value if isinstance(value, bytes) else None
        elif name == b"RFC822.SIZE":
            size = _size(value)
        elif name == b"MODSEQ":
            modseq = _modseq(value)
        elif name in (b"BODYSTRUCTURE", b"BODY"):
            structure = value
        else:
            extra[name] = value
    return Fetch(seq, uid, flags, internaldate, size, modseq, sections, structure, extra)


def _size(value: Value) -> int | None:
    """mail.ru writes 9.3736e+06 (MailKit#1838); others go below zero."""
    if isinstance(value, bytes) and _FLOAT.match(value):
        value = b"%d" % float(value)
    return whole(value)


def _modseq(value: Value) -> int | None:
    """Zoho says (-1) where it has none (MailKit#1686)."""
    inner = value[0] if isinstance(value, tuple) and value else value
    return whole(inner)
