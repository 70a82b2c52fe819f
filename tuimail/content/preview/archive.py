"""A zip archive by the names in it. Nothing is unpacked, so nothing can explode or escape.

Read by hand: `zipfile` raises a dozen kinds of exceptions for broken archives and builds an object for each of a
million entries.
"""

from __future__ import annotations

import struct

from tuimail.content.clean import clean_line
from tuimail.content.draft import Draft
from tuimail.content.width import cells

MOST_NAMES = 1_000
LONGEST_NAME = 120
_END = b"PK\x05\x06"
_ENTRY = b"PK\x01\x02"
_END_TAIL = 65_557
"""Octets from the end in which the end record stands (APPNOTE 4.3.16: 22 and a comment)."""


def read(draft: Draft, data: bytes, whole: bool, me: frozenset[str]) -> bool:
    """Write the list; False when it is no zip archive."""
    if not data.startswith((b"PK\x03\x04", _END)):
        return False
    if not whole:
        draft.add(
            "text", "This is a zip archive. It is too large to be looked into here; save it to see what is in it."
        )
        return True
    entries, total = _entries(data)
    if total is None:
        draft.add("text", "This begins like a zip archive, but its list of names is damaged or missing.")
        return True
    unpacked = sum(size for _, size, _ in entries)
    draft.add("text", f"A zip archive of {total:,} entries; {len(data):,} octets packed. Nothing was unpacked.")
    if unpacked > 100 * max(len(data), 1_000_000):
        draft.add("text", f"It claims to unpack to {unpacked:,} octets: beware of a bomb.")
    width = max((len(f"{size:,}") for _, size, _ in entries), default=0)
    lines = [f"{f'{size:,}':>{width}}  {name}{'  (encrypted)' if locked else ''}" for name, size, locked in entries]
    draft.add("pre", "\n".join(lines))
    if total > len(entries):
        draft.add("text", f"and {total - len(entries):,} more")
    return True


def _entries(data: bytes) -> tuple[list[tuple[str, int, bool]], int | None]:
    """([(name, octets unpacked as claimed, encrypted)], entries in all or None when it cannot be read)."""
    end = data.rfind(_END, max(0, len(data) - _END_TAIL))
    if end < 0 or end + 22 > len(data):
        return [], None
    (total,) = struct.unpack_from("<H", data, end + 10)
    size, place = struct.unpack_from("<II", data, end + 12)
    if place + size > end:
        place = max(0, end - size)  # something stands before the archive, such as a program that unpacks it
    entries: list[tuple[str, int, bool]] = []
    while len(entries) < MOST_NAMES and data[place : place + 4] == _ENTRY and place + 46 <= len(data):
        (flags,) = struct.unpack_from("<H", data, place + 8)
        (unpacked,) = struct.unpack_from("<I", data, place + 24)
        name_length, extra, comment = struct.unpack_from("<HHH", data, place + 28)
        name = data[place + 46 : place + 46 + name_length]
        entries.append((_shown(name, utf8=bool(flags & 0x800)), unpacked, bool(flags & 1)))
        place += 46 + name_length + extra + comment
    if total and not entries:
        return [], None
    return entries, max(total, len(entries))


def _shown(name: bytes, *, utf8: bool) -> str:
    """General purpose bit 11 says UTF-8, else it is the code page of MS-DOS (APPNOTE appendix D)."""
    try:
        text = name.decode("utf-8" if utf8 else "ascii")
    except UnicodeDecodeError:
        text = name.decode("cp437")
    text = clean_line(text)
    return text if cells(text) <= LONGEST_NAME else text[:LONGEST_NAME] + "…"
