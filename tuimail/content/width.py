"""How many terminal cells a text takes, near enough to align the columns of a small table."""

from __future__ import annotations

import unicodedata


def cells(text: str) -> int:
    """East Asian wide and fullwidth characters take two cells (UAX #11), combining marks and joiners none."""
    if text.isascii():
        return len(text)
    return sum(map(_cell, text))


def _cell(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
