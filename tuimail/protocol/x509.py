"""Who a certificate says it is for, read from its DER (RFC 5280 §4.1), so that one that is refused can be explained.

Python shows these fields only of certificates it has verified. Nothing here verifies anything.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from tuimail.records import Record

_UTC_TIME = 0x17
_VERSION, _EXTENSIONS = 0xA0, 0xA3
_DNS_NAME, _IP_ADDRESS = 0x82, 0x87
_SUBJECT_ALT_NAME = bytes.fromhex("551d11")
_ATTRIBUTES: Final = {
    bytes.fromhex("550403"): "CN",
    bytes.fromhex("55040a"): "O",
    bytes.fromhex("55040b"): "OU",
    bytes.fromhex("550406"): "C",
    bytes.fromhex("550408"): "ST",
    bytes.fromhex("550407"): "L",
    bytes.fromhex("2a864886f70d010901"): "email",
}
_TEXTS: Final = {0x1E: "utf-16-be", 0x0C: "utf-8", 0x13: "ascii", 0x14: "latin-1", 0x16: "ascii"}
MAX_NAMES: Final = 20
"""Names taken from one certificate."""


class Certificate(Record):
    """What stands in a certificate. Text is as sent: not clean. Empty fields: not readable."""

    fingerprint: str
    """SHA-256 of the whole, 64 lower-case hex digits."""
    subject: str = ""
    """"CN=mail.example.org, O=Example"."""
    issuer: str = ""
    names: tuple[str, ...] = ()
    """DNS names and addresses of its subjectAltName."""
    since: int | None = None
    """Epoch seconds."""
    until: int | None = None


def read(der: bytes) -> Certificate:
    """The certificate; of one that cannot be read, the fingerprint only. Never raises."""
    fingerprint = hashlib.sha256(der).hexdigest()
    try:
        ((_, certificate),) = _elements(der)
        _, body = next(_elements(certificate))
        fields = [field for field in _elements(body) if field[0] != _VERSION]
        _, _, (_, issuer), (_, validity), (_, subject), *rest = fields
        (since_kind, since), (until_kind, until) = _elements(validity)
        names = next((_alternative_names(value) for kind, value in rest if kind == _EXTENSIONS), ())
        return Certificate(
            fingerprint,
            _name(subject),
            _name(issuer),
            names,
            _time(since_kind, since),
            _time(until_kind, until),
        )
    except (ValueError, IndexError, StopIteration, OverflowError):
        return Certificate(fingerprint)


def _elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(tag, content) of each element in `data` (X.690 §8.1). Raises ValueError when one is cut short."""
    at = 0
    while at < len(data):
        tag, length = data[at], data[at + 1]
        at += 2
        if length & 0x80:
            octets = length & 0x7F
            if not 1 <= octets <= 4:
                raise ValueError("a length of no sensible form")
            length = int.from_bytes(data[at : at + octets])
            at += octets
        if at + length > len(data):
            raise ValueError("an element is longer than what holds it")
        yield tag, data[at : at + length]
        at += length


def _name(rdns: bytes) -> str:
    """RDNSequence ::= SEQUENCE OF SET OF SEQUENCE { type OBJECT IDENTIFIER, value }"""
    parts: list[str] = []
    for _, rdn in _elements(rdns):
        for _, attribute in _elements(rdn):
            (_, oid), (kind, value) = _elements(attribute)
            if oid in _ATTRIBUTES and len(parts) < MAX_NAMES:
                parts.append(f"{_ATTRIBUTES[oid]}={value.decode(_TEXTS.get(kind, 'latin-1'), 'replace')}")
    return ", ".join(parts)


def _alternative_names(explicit: bytes) -> tuple[str, ...]:
    """Extension ::= SEQUENCE { extnID, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING }"""
    ((_, extensions),) = _elements(explicit)
    for _, extension in _elements(extensions):
        parts = list(_elements(extension))
        if parts[0][1] == _SUBJECT_ALT_NAME:
            ((_, general_names),) = _elements(parts[-1][1])
            found = [_general_name(kind, value) for kind, value in _elements(general_names)]
            return tuple(name for name in found if name)[:MAX_NAMES]
    return ()


def _general_name(kind: int, value: bytes) -> str:
    if kind == _DNS_NAME:
        return value.decode("ascii", "replace")
    if kind == _IP_ADDRESS and len(value) == 4:
        return ".".join(map(str, value))
    if kind == _IP_ADDRESS and len(value) == 16:
        return ":".join(f"{value[n] << 8 | value[n + 1]:x}" for n in range(0, 16, 2))
    return ""


def _time(kind: int, value: bytes) -> int:
    """UTCTime has two digits for the year: RFC 5280 §4.1.2.5.1 has 50 … 99 mean 1950 … 1999."""
    text = value.decode("ascii")
    if kind == _UTC_TIME:
        text = ("19" if text[:2] >= "50" else "20") + text
    return int(datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC).timestamp())
