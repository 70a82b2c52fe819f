"""Letters with and without their accents, as the finding of words takes them: for the same. Pure.

Latin and Greek letters, ё for е, and letters like ø that have nothing to take off. In other scripts what is set on a
letter makes it another one (й, が, a syllable of Hangul), and stays.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

ACCENT = re.compile("[\u0300-\u036f]")
"""An accent that is a character of its own."""
_BLOCKS = (range(0xC0, 0x250), range(0x1E00, 0x1F00), range(0x386, 0x3CF), range(0x1F00, 0x1FFD))
_ALIKE = {"o": "øØ", "l": "łŁ", "d": "đĐðÐ", "h": "ħĦ", "i": "ı", "е": "ёЁ", "σ": "ς"}


def bare(text: str) -> str:
    """The text without accents; a letter that had one is a small letter."""
    return text if text.isascii() else ACCENT.sub("", unicodedata.normalize("NFC", text).translate(bare_letters()))


@cache
def bare_letters() -> dict[int, str]:
    """Letter with something on it → the letter."""
    return {ord(char): base for base, chars in _accented().items() for char in chars}


def letter(char: str) -> str:
    """A pattern for this bare letter in either case, with any accent or none.

    By name: re.IGNORECASE takes twice the time to compile, and this is compiled at each key.
    """
    lower, upper = char.lower(), char.upper()
    more = _accented().get(lower, "")
    # A letter may also be followed by its accent as a character of its own.
    if more:
        return f"[{lower}{upper}{more}][\u0300-\u036f]?"
    return f"[{lower}{upper}]" if lower != upper and len(lower + upper) == 2 else re.escape(char)


@cache
def _accented() -> dict[str, str]:
    """Letter → all letters that are this one with something on it."""
    table = dict(_ALIKE)
    for block in _BLOCKS:
        for char in map(chr, block):
            base = unicodedata.normalize("NFKD", char)[0].lower()
            if base.isalpha() and base != char.lower():
                table[base] = table.get(base, "") + char
    return table
