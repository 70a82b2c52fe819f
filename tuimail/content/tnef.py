"""winmail.dat ([MS-OXTNEF]): the names of what Outlook wrapped in it, and nothing more. It is never unpacked."""

from __future__ import annotations

from tuimail.content.charset import decode
from tuimail.content.clean import clean_line

MOST_ATTRIBUTES = 10_000
MOST_NAMES = 20
_SIGNATURE = (0x223E9F78).to_bytes(4, "little")
_ATTACHMENT_TITLE = 0x00018010
_HEADER = 9
"""Octets before an attribute's data: level, id, length; two of checksum follow it."""


def names(data: bytes) -> list[str]:
    """File names inside, cleaned; [] for what is no TNEF. Never raises."""
    found: list[str] = []
    if not data.startswith(_SIGNATURE):
        return found
    position = 6
    for _ in range(MOST_ATTRIBUTES):
        head = data[position : position + _HEADER]
        if len(head) < _HEADER or len(found) >= MOST_NAMES:
            break
        start = position + _HEADER
        end = start + int.from_bytes(head[5:9], "little")
        if int.from_bytes(head[1:5], "little") == _ATTACHMENT_TITLE:
            found.append(clean_line(decode(data[start : min(end, start + 1_000)].rstrip(b"\0"), None)))
        position = end + 2
    return found
