"""Layouts of documents: with what is looked for marked in them, and kept, so that going back is one frame."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator, Mapping

from tuimail.model import Document, Span
from tuimail.widgets.finding import folds_with_hits, mark
from tuimail.widgets.layout import lay_out
from tuimail.widgets.lines import Line, wrap
from tuimail.widgets.safe import safe_text

KEPT = 24
HANG = 1
"""Cells a line may take of the free one before the scrollbar, so that no full stop stands alone."""


class Layouts:
    """The last ones, by document, width and what is unfolded."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[int, int, frozenset[int]], tuple[Document, list[Line]]] = OrderedDict()

    def __iter__(self) -> Iterator[Document]:
        """The documents of those kept."""
        return (document for document, _ in self._kept.values())

    def known(self, document: Document, width: int, unfolded: frozenset[int]) -> list[Line] | None:
        """The lines of a layout made before."""
        kept = self._kept.get((id(document), width, unfolded))
        return kept[1] if kept is not None else None

    def keep(self, document: Document, width: int, unfolded: frozenset[int], lines: list[Line]) -> None:
        """Remember these; the document too, so that no other one gets its id."""
        self._kept[id(document), width, unfolded] = document, lines
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)


def lay_out_found(
    document: Document,
    width: int,
    unfolded: frozenset[int],
    pattern: re.Pattern[str] | None,
    number: int,
    pictures: Mapping[int, list[Line]],
) -> tuple[frozenset[int], list[Line]]:
    """What is unfolded, for there is no hit in a fold that is closed, and the lines. Pure, for a thread."""
    if pattern is not None:
        document, _ = mark(document, pattern, number)
        unfolded |= folds_with_hits(document)
    return unfolded, lay_out(document, width, unfolded, HANG, pictures)


def measure(document: Document) -> int:
    """Characters, an empty line counted as some."""
    return sum(len(block.text) + 40 for block in document.blocks) + sum(
        block.text.count("\n") * 40 for block in document.blocks
    )


def quiet_lines(text: str, width: int) -> list[Line]:
    """Our own words in place of a body."""
    lines: list[Line] = []
    for paragraph in safe_text(text).split("\n"):
        for start, end in wrap(paragraph, width):
            lines.append(Line(paragraph[start:end], (Span(0, end - start, "dim"),)))
    return lines
