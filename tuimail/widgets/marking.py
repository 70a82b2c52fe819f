"""The words of a search where they stand: a pattern that finds them as the index does, at the beginning of a word.

In any case, with or without accents; what stands between the words of a phrase is all the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

MOST_WORDS = 20
"""Words that are marked; who types more of them sees the first ones."""
_LATIN = (range(0xC0, 0x250), range(0x1E00, 0x1F00))


def pattern_of_words(texts: Iterable[str]) -> re.Pattern[str] | None:
    """What finds each of these (words, or several as a phrase); None when there is nothing to find."""
    phrases = []
    for text in list(texts)[:MOST_WORDS]:
        words = re.findall(r"\w+", _plain(text))
        if words:
            begins = "" if ord(words[0][0]) > 0x2E00 else r"(?<!\w)"  # scripts without spaces: anywhere
            phrases.append(begins + r"\W+".join("".join(map(_letter, word)) for word in words))
    return re.compile("|".join(sorted(phrases, key=len, reverse=True))) if phrases else None


def mark_strip(strip: Strip, pattern: re.Pattern[str], within: Sequence[Style], look: Style) -> Strip:
    """The strip with what the pattern finds in `look`; only in pieces that have one of the styles `within`."""
    pieces: list[Segment] = []
    for piece in strip:
        text, style, _ = piece
        last = 0
        for found in pattern.finditer(text) if style in within else ():
            if found.start() > last:
                pieces.append(Segment(text[last : found.start()], style))
            pieces.append(Segment(found[0], style + look if style else look))
            last = found.end()
        pieces.append(piece if not last else Segment(text[last:], style))
    return Strip(pieces, strip.cell_length)


def _plain(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))


@cache
def _accented() -> dict[str, str]:
    """Letter → all Latin letters that are this one with something on it."""
    table: dict[str, str] = {}
    for block in _LATIN:
        for char in map(chr, block):
            base = unicodedata.normalize("NFKD", char)[0].lower()
            if base.isascii() and base.isalpha():
                table[base] = table.get(base, "") + char
    return table


def _letter(char: str) -> str:
    """In either case by name: re.IGNORECASE takes twice the time to compile, and this is compiled at each key."""
    lower, upper = char.lower(), char.upper()
    more = _accented().get(lower, "")
    # A letter may also be followed by its accent as a character of its own.
    if more:
        return f"[{lower}{upper}{more}][\u0300-\u036f]?"
    return f"[{lower}{upper}]" if lower != upper and len(lower + upper) == 2 else re.escape(char)
