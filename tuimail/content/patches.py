"""Patches in a text: which of its lines are one, and the colours one knows them in. Lists send them in the open.

A hunk says how many lines it has (unified format, as diffutils documents it), so that a signature below, which begins
with "-- ", is no line taken away.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from tuimail.model import Span

_HUNK = re.compile(r"@@ -\d{1,9}(?:,(\d{1,9}))? \+\d{1,9}(?:,(\d{1,9}))? @@")
_FILES = (
    "diff ", "index ", "--- ", "+++ ", "Index: ", "=====", "rename ", "copy ", "new file", "deleted file",
    "similarity ", "dissimilarity ", "old mode", "new mode",
)  # fmt: skip


def patches(lines: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """(number of its first line, a style for each of its lines) of each file that lines change, in their order.

    A style is "bold" for what names the file, "code" for where a hunk stands, "added", "removed", or "".
    """
    place = done = 0
    while place < len(lines):
        if not _HUNK.match(lines[place]):
            place += 1
            continue
        start = place
        while start > done and lines[start - 1].startswith(_FILES):
            start -= 1
        styles = ["bold"] * (place - start)
        while place < len(lines) and (hunk := _HUNK.match(lines[place])):
            styles.append("code")
            styles += _hunk(lines, place + 1, int(hunk[1] or 1), int(hunk[2] or 1))
            place = start + len(styles)
        yield start, styles
        done = place


def _hunk(lines: Sequence[str], place: int, old: int, new: int) -> Iterator[str]:
    """The styles of the lines of a hunk that is to have so many old and new ones; what is none of them ends it."""
    while place < len(lines) and (old > 0 or new > 0 or lines[place].startswith("\\")):
        sign = lines[place][:1]
        if sign not in ("", " ", "+", "-", "\\"):
            return
        old -= sign in ("", " ", "-")
        new -= sign in ("", " ", "+")
        yield {"+": "added", "-": "removed"}.get(sign, "")
        place += 1


def patch_spans(lines: Sequence[str], styles: Sequence[str]) -> Iterator[Span]:
    """The styles of lines, for the text that they are when they are joined; one span for neighbours of one style."""
    place = number = 0
    for style, run in groupby(styles):
        count = len(list(run))
        end = place + sum(len(line) + 1 for line in lines[number : number + count])
        if style:
            yield Span(place, end - 1, style)
        place, number = end, number + count
