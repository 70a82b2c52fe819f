"""Letters with and without their accents, as the finding of words takes them: for the same. Pure.

Latin and Greek letters, ё for е, and letters like ø that have nothing to take off; the vowel marks of Hebrew and
Arabic, which are written or not. In other scripts what is set on a letter makes it another one (й, が, a syllable of
Hangul), and stays. The index and the screen both take this for their word: see `store.words` for what hangs on it.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

VOWELS = (
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    "\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"
)
"""For a class of a pattern: points of Hebrew; vowels and the like of Arabic, and the stroke that only makes a word
longer."""
_ACCENTS = "\u0300-\u036f"
MARK = re.compile(f"[{_ACCENTS}{VOWELS}]")
"""An accent or a vowel that is a character of its own."""
_BLOCKS = (
    range(0xC0, 0x250), range(0x1E00, 0x1F00), range(0x386, 0x3CF), range(0x1F00, 0x1FFD),
    range(0x400, 0x402), range(0x450, 0x452), range(0xFB1D, 0xFB4F),
)  # fmt: skip
_ALIKE = {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ς": "σ"}


def bare(text: str) -> str:
    """The text (NFC or NFKC) without accents; a letter that had one is a small letter."""
    if not text.isascii():
        letters = bare_letters()
        for char in set(_marked().findall(text)):
            text = text.replace(char, letters.get(ord(char), ""))
    return text


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
    if has_vowels(char):
        return f"[{char}{more}][{VOWELS}]*"
    # A letter may also be followed by its accent as a character of its own.
    if more:
        return f"[{lower}{upper}{more}][{_ACCENTS}]?"
    return f"[{lower}{upper}]" if lower != upper and len(lower + upper) == 2 else re.escape(char)


def has_vowels(char: str) -> bool:
    """A letter of Hebrew or Arabic, on which they may be written."""
    return "\u0590" <= char < "\u0700"


@cache
def _marked() -> re.Pattern[str]:
    """What `bare` does away with."""
    return re.compile(f"[{''.join(map(chr, bare_letters()))}{_ACCENTS}{VOWELS}]")


@cache
def _accented() -> dict[str, str]:
    """Letter → all letters that are this one with something on it."""
    table: dict[str, str] = {}
    for block in _BLOCKS:
        for char in map(chr, block):
            base = unicodedata.normalize("NFKD", char)[0].lower()
            base = _ALIKE.get(base, base)
            if base.isalpha() and base != char.lower():
                table[base] = table.get(base, "") + char
    return table
