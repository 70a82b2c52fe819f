"""The words of a search where they stand: a pattern that finds them as the index does, at the beginning of a word.

In any case, with or without accents; what stands between the words of a phrase is all the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tuimail.accents import MARK, VOWELS, bare, bare_letters, has_vowels, letter
from tuimail.records import Record

MOST_WORDS = 20
"""Words that are marked; who types more of them sees the first ones."""


def pattern_of_words(texts: Iterable[str]) -> re.Pattern[str] | None:
    """What finds each of these (words, or several as a phrase); None when there is nothing to find."""
    return _pattern(texts, lambda word: "".join(map(letter, word)))


def _pattern(texts: Iterable[str], spelt: Callable[[str], str], flags: int = 0) -> re.Pattern[str] | None:
    phrases = []
    for text in list(texts)[:MOST_WORDS]:
        words = re.findall(r"\w+", bare(unicodedata.normalize("NFKC", text)))
        if words:
            phrases.append(_before(words[0][0]) + r"\W+".join(map(spelt, words)))
    return re.compile("|".join(sorted(phrases, key=len, reverse=True)), flags) if phrases else None


def _before(first: str) -> str:
    """Where a word that begins with this letter may begin; in scripts without spaces: anywhere."""
    if ord(first) > 0x2E00:
        return ""
    return rf"(?<![\w{VOWELS}])" if has_vowels(first) else r"(?<!\w)"


class Wanted(Record):
    """Finds what `pattern_of_words` finds, for rows that are painted once a key: that pattern takes a millisecond to
    compile, for it knows each letter with all its accents. Here the accents are taken off the text instead."""

    texts: tuple[str, ...]
    _bare: re.Pattern[str]

    @classmethod
    def of(cls, texts: Iterable[str]) -> Wanted | None:
        """None when there is nothing to find."""
        texts = tuple(texts)
        bare = _pattern(texts, re.escape, re.IGNORECASE)
        return None if bare is None else cls(texts, bare)

    def stretches(self, text: str) -> list[tuple[int, int]]:
        """Offsets [start, end) of what is found."""
        pattern: re.Pattern[str] | None = self._bare
        if not text.isascii():
            if MARK.search(text):  # a character of its own: there is no taking it off without moving the others
                pattern = pattern_of_words(self.texts)
            else:
                text = text.translate(bare_letters())
        return [found.span() for found in pattern.finditer(text)] if pattern is not None else []


def mark_strip(strip: Strip, wanted: Wanted, within: Sequence[Style], look: Style) -> Strip:
    """The strip with what is found in `look`; only in pieces that have one of the very styles `within`."""
    ours = {id(style) for style in within}
    pieces: list[Segment] = []
    for piece in strip:
        text, style, _ = piece
        if style is None or id(style) not in ours or not (stretches := wanted.stretches(text)):
            pieces.append(piece)
            continue
        marked, last = style + look, 0
        for start, end in stretches:
            if start > last:
                pieces.append(Segment(text[last:start], style))
            pieces.append(Segment(text[start:end], marked))
            last = end
        if last < len(text):
            pieces.append(Segment(text[last:], style))
    return Strip(pieces, strip.cell_length)
