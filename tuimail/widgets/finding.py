"""Finding words in a message that is open: the stretches that hold them, over line ends and in folds. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from tuimail.accents import bare, letter
from tuimail.model import Block, Document, Span
from tuimail.records import replace
from tuimail.widgets.lines import Line

MOST_HITS = 2_000
"""Marked at most; who has more of them needs a longer word."""
HIT = "hit"
"""Style of a hit, with its number: "hit:3"."""


def pattern_of(words: str) -> re.Pattern[str] | None:
    """What finds these words in any case, with any accents and any white space between them; None for nothing."""
    pieces = ("".join(map(letter, piece)) for piece in bare(unicodedata.normalize("NFC", words)).split())
    pattern = r"\s+".join(pieces)
    return re.compile(pattern, re.IGNORECASE) if pattern else None


def mark_lines(lines: Sequence[Line], pattern: re.Pattern[str], number: int = 0) -> tuple[list[Line], int]:
    """Lines with their hits as spans, counted on from `number`; the last number."""
    marked: list[Line] = []
    for line in lines:
        spans, number = _spans(line.text, pattern, number)
        marked.append(line._replace(spans=(*line.spans, *spans)) if spans else line)
    return marked, number


def mark(document: Document, pattern: re.Pattern[str], number: int = 0) -> tuple[Document, int]:
    """The document with its hits as spans, counted on from `number`; the last number."""
    blocks: list[Block] = []
    for block in document.blocks:
        spans, number = _spans(block.text, pattern, number)
        blocks.append(replace(block, spans=(*block.spans, *spans)) if spans else block)
    return replace(document, blocks=tuple(blocks)), number


def folds_with_hits(document: Document) -> set[int]:
    """Places of the folds in which something has been found."""
    return {
        place
        for place, fold in enumerate(document.folds)
        if any(span.style.startswith(HIT) for block in document.blocks[fold.start : fold.end] for span in block.spans)
    }


def places(lines: Sequence[Line]) -> list[int]:
    """For each hit the line on which it begins."""
    found: dict[int, int] = {}
    for place, line in enumerate(lines):
        for span in line.spans:
            if span.style.startswith("hit:"):
                found.setdefault(int(span.style[4:]), place)
    return [found[number] for number in sorted(found)]


def _spans(text: str, pattern: re.Pattern[str], number: int) -> tuple[list[Span], int]:
    spans: list[Span] = []
    for found in pattern.finditer(text):
        if number >= MOST_HITS:
            break
        number += 1
        spans.append(Span(found.start(), found.end(), f"{HIT}:{number}"))
    return spans, number
