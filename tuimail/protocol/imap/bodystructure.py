"""BODYSTRUCTURE as a tree of parts, forgiving: no two servers write it alike, and a wrong guess costs one field.

body            = "(" (body-type-1part / body-type-mpart) ")"
body-type-mpart = 1*body SP media-subtype [SP body-ext-mpart]
body-type-1part = (body-type-basic / body-type-msg / body-type-text) [SP body-ext-1part]
body-type-basic = media-basic SP body-fields
body-type-msg   = media-message SP body-fields SP envelope SP body SP body-fld-lines
body-type-text  = media-text SP body-fields SP body-fld-lines
body-fields     = body-fld-param SP body-fld-id SP body-fld-desc SP body-fld-enc SP body-fld-octets
body-fld-dsp    = "(" string SP body-fld-param ")" / nil                                    (RFC 9051 §9)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from tuimail.protocol.imap.tokens import Value, whole
from tuimail.records import Record, field

MAX_DEPTH: Final = 100
"""Deeper parts are left out; a reader has lost the thread long before."""
MAX_PARTS: Final = 2000
"""Parts of one message that are told of; a line of two million empty ones must not hold up the screen."""


class Part(Record):
    """One node. Texts are lower case where case means nothing; bytes are as sent, encoded words and all."""

    section: str
    """"" the root multipart, "1" the only part or the first of it, "2.1" …; "2.TEXT" the multipart of a message/rfc822
    at "2", whose parts are "2.1" …"""
    type: str
    """"text/plain", "multipart/mixed"; "application/octet-stream" when unreadable."""
    params: Mapping[str, bytes]
    encoding: str = ""
    size: int = 0
    """Octets in transfer encoding."""
    content_id: bytes = b""
    disposition: str = ""
    disposition_params: Mapping[str, bytes] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    """Of a multipart its parts, of a message/rfc822 the one message in it."""

    def walk(self) -> Iterator[Part]:
        """This part and all below it, in the order of the text."""
        yield self
        for part in self.parts:
            yield from part.walk()


def read(structure: Value) -> Part:
    """The tree of `Fetch.bodystructure`. Never raises: what makes no sense becomes application/octet-stream."""
    return _read(structure, _Place("", "1", ""), 0, iter(range(MAX_PARTS)))


class _Place(NamedTuple):
    """How the part at a place is numbered: RFC 9051 §6.4.5.1 gives a multipart and a single part different names."""

    multipart: str
    single: str
    prefix: str
    """In front of the numbers of a multipart's parts."""

    def child(self, number: int) -> _Place:
        section = f"{self.prefix}.{number}" if self.prefix else str(number)
        return _Place(section, section, section)


def _read(body: Value, place: _Place, depth: int, room: Iterator[int]) -> Part:
    """room: gives as many numbers as there may be more parts in the whole tree."""
    if not isinstance(body, tuple) or not body or depth > MAX_DEPTH:
        return Part(place.single, "application/octet-stream", {})
    children = 0
    while children < len(body) and isinstance(body[children], tuple):
        children += 1
    subtype = body[1] if len(body) > 1 else None
    if children:
        return _multipart(body, children, place, depth, room)
    if body[0] is None and isinstance(subtype, bytes):
        # NIL "alternative": childless, even from Dovecot (MailKit#1393)
        return _multipart(body[1:], 0, place, depth, room)
    if isinstance(body[0], bytes) and not isinstance(subtype, bytes):
        return _multipart(body, 0, place, depth, room)  # ("RELATED" NIL ("ATTACHMENT" NIL) NIL): Gmail (MailKit#777)
    return _single(body, place.single, depth, room)


def _multipart(body: tuple[Value, ...], children: int, place: _Place, depth: int, room: Iterator[int]) -> Part:
    parts = [
        _read(child, place.child(at), depth + 1, room)
        for at, (child, _) in enumerate(zip(body[:children], room, strict=False), 1)
    ]
    subtype, params, *tail = (*body[children:], None, None)
    disposition, disposition_params = _disposition(tail)
    return Part(
        place.multipart,
        f"multipart/{_text(subtype) or 'mixed'}",
        _params(params),
        disposition=disposition,
        disposition_params=disposition_params,
        parts=tuple(parts),
    )


def _single(body: tuple[Value, ...], section: str, depth: int, room: Iterator[int]) -> Part:
    media, subtype, params, content_id, _, encoding, octets, *tail = (*body, *(None,) * 7)
    kind = f"{_text(media)}/{_text(subtype)}"
    parts: tuple[Part, ...] = ()
    # An envelope and a body stand only behind a whole message; Gmail leaves them out of some (MailKit#32).
    if kind.startswith("message/") and len(tail) > 1 and isinstance(tail[0], tuple) and isinstance(tail[1], tuple):
        parts = (_read(tail[1], _Place(f"{section}.TEXT", f"{section}.1", section), depth + 1, room),)
        tail = tail[2:]
    disposition, disposition_params = _disposition(tail)
    return Part(
        section,
        kind if media and subtype else "application/octet-stream",
        _params(params),
        _text(encoding),
        whole(octets) or 0,
        content_id if isinstance(content_id, bytes) else b"",
        disposition,
        disposition_params,
        parts,
    )


def _disposition(tail: Sequence[Value]) -> tuple[str, dict[str, bytes]]:
    """The first thing in the extension data that looks like one: servers disagree about what stands before it."""
    for value in tail:
        if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], bytes):
            if value[1] is None or isinstance(value[1], tuple):
                return _text(value[0]), _params(value[1])
        elif isinstance(value, bytes) and value.lower() in (b"inline", b"attachment"):
            return _text(value), {}  # Exchange (MailKit#919)
    return "", {}


def _params(value: Value) -> dict[str, bytes]:
    if not isinstance(value, tuple):
        return {}
    return {
        _text(key): word
        for key, word in zip(value[::2], value[1::2], strict=False)
        if isinstance(key, bytes) and isinstance(word, bytes)
    }


def _text(value: Value) -> str:
    return value.decode("latin-1").strip().lower() if isinstance(value, bytes) else ""
