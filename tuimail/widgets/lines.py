"""Screen lines of a readable text, and how a paragraph is broken into them. Pure; widths are terminal cells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from rich.cells import cell_len, split_graphemes

from tuimail.model import Span


class Line(NamedTuple):
    """One line as it will be painted: no newline, no tab, no control character, no more cells than the width asked."""

    text: str
    spans: tuple[Span, ...] = ()
    """Styled stretches in offsets of `text`."""
    level: int = 0
    """Quote depth, 0 = the author's own words."""
    halves: bytes = b""
    """Of a picture, which has no text: for each cell the colours of its upper and lower half, three octets each."""


EMPTY = Line("")

_NOT_FIRST = frozenset(
    "、。，．・：；？！ー〜々ゝゞヽヾぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ）」』】〉》〕］｝”’)]},.:;!?%[…‥"
)
"""What may not begin a line beside wide characters (JIS X 4051), and the bracket of a link's number."""
_NOT_LAST = frozenset("（「『【〈《〔［｛“‘({")
"""What may not end one."""


def wrap(text: str, width: int) -> list[tuple[int, int]]:
    """Break one line of text (no newline) at spaces into pieces of at most `width` cells.

    Returns offsets [start, end) of the pieces; only spaces lie between them. A word wider than the
    width is cut between graphemes. Linear in the text, whatever it holds.
    """
    if len(text) <= width and (text.isascii() or cell_len(text) <= width):
        return [(0, len(text))]
    if text.isascii() or all(cell_len(character) == 1 for character in set(text)):
        return _wrap_single(text, width)
    return _wrap_graphemes(text, width)


def chop(text: str, width: int) -> list[tuple[int, int]]:
    """Cut one line of text (no newline) into pieces of at most `width` cells, spaces kept."""
    if len(text) <= width and (text.isascii() or cell_len(text) <= width):
        return [(0, len(text))]
    return _chop_graphemes(split_graphemes(text)[0], width)


def hanging(text: str, pieces: list[tuple[int, int]], width: int) -> list[tuple[int, int]]:
    """The pieces, the last two as one line where that takes no more than `width` cells: no full stop stands alone."""
    if len(pieces) > 1:
        start, end = pieces[-2][0], pieces[-1][1]
        if end - start <= width * 2 and cell_len(text[start:end]) <= width:
            return [*pieces[:-2], (start, end)]
    return pieces


def _chop_graphemes(graphemes: Sequence[tuple[int, int, int]], width: int) -> list[tuple[int, int]]:
    """A grapheme wider than the width gets a piece of its own."""
    pieces: list[tuple[int, int]] = []
    start, end, cells = graphemes[0][0], graphemes[-1][1], 0
    for first, _, size in graphemes:
        if cells + size > width and first > start:
            pieces.append((start, first))
            start, cells = first, 0
        cells += size
    pieces.append((start, end))
    return pieces


def _wrap_single(text: str, width: int) -> list[tuple[int, int]]:
    """Every character is one cell: look back for a space from where the line must end."""
    pieces: list[tuple[int, int]] = []
    start, length = 0, len(text)
    while length - start > width:
        following = end = text.rfind(" ", start, start + width + 1)
        while end > start and text[end - 1] == " ":
            end -= 1
        if end <= start:  # one word, or nothing but spaces, up to the edge
            following = end = start + width
        pieces.append((start, end))
        start = following
        while start < length and text[start] == " ":
            start += 1
    if start < length:
        pieces.append((start, length))
    return pieces


def _words(text: str) -> Iterator[list[tuple[int, int, int]]]:
    """Graphemes between two chances to break: at spaces, and on both sides of a wide one, for CJK is written without
    spaces; but no line begins with a closing mark or ends with an opening one."""
    word: list[tuple[int, int, int]] = []
    wide = False  # the last of the word is
    closed = True
    for grapheme in split_graphemes(text)[0]:
        start, end, size = grapheme
        character = text[start:end]
        space = character == " "
        if word and (space or (closed and (wide or size == 2) and character not in _NOT_FIRST)):
            yield word
            word = []
        if not space:
            word.append(grapheme)
            wide, closed = size == 2, character not in _NOT_LAST
    if word:
        yield word


def _wrap_graphemes(text: str, width: int) -> list[tuple[int, int]]:
    """As `_wrap_single`, for graphemes of any width."""
    pieces: list[tuple[int, int]] = []
    start = end = cells = 0
    for word in _words(text):
        first, last, size = word[0][0], word[-1][1], sum(grapheme[2] for grapheme in word)
        gap = first - end  # nothing but spaces, one cell each
        if cells + gap + size <= width:
            end, cells = last, cells + gap + size
            continue
        if end > start:
            pieces.append((start, end))
        *full, (start, end) = _chop_graphemes(word, width)
        pieces += full
        cells = size if not full else cell_len(text[start:end])
    if end > start or not pieces:
        pieces.append((start, end))
    return pieces


def cut_spans(pieces: Iterable[tuple[int, int]], spans: Sequence[Span]) -> Iterator[tuple[Span, ...]]:
    """For each piece of a text the spans that touch it, in the piece's own offsets."""
    waiting = sorted(spans, key=lambda span: span.start)
    active: list[Span] = []
    taken = 0
    for start, end in pieces:
        while taken < len(waiting) and waiting[taken].start < end:
            active.append(waiting[taken])
            taken += 1
        active = [span for span in active if span.end > start]
        yield tuple(
            Span(max(span.start, start) - start, min(span.end, end) - start, span.style)
            for span in active
            if span.start < end
        )
