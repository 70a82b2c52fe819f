"""Which HTML tables are tables to their reader; every other one only places things and is read cell by cell.

A table of data has heading cells or borders. Columns are tables without either whose cells are a few words each,
as in receipts: they read best side by side too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from tuimail.content.htmltree import Node
from tuimail.content.width import cells
from tuimail.model import Cell
from tuimail.records import replace

LONGEST_CELL = 400
"""Characters in a cell of data."""
LONGEST_IN_COLUMNS = 48
"""Characters in a cell of columns: more is prose, which is no better for standing beside something."""
WIDEST_COLUMNS = 90
MOST_COLUMNS = 20
MOST_ROWS = 500
SHORT = 28
"""Characters of a cell that may stand in one line with others (Home · Shop · Help)."""
WIDEST_LINE = 76

_PLACES = frozenset("table ul ol dl blockquote pre hr h1 h2 h3 h4 h5 h6 form center".split(" "))
"""Elements that no cell of a table of ours holds."""
_PIXELS = re.compile(r"\s{0,9}(\d{1,4})")


class Grid(NamedTuple):
    """A table that is laid out as one."""

    rows: list[list[Node]]
    ruled: bool
    """With lines: data. Without: columns."""


def read_table(table: Node) -> Grid | None:
    """The cells of a table of data or columns; None for layout. Looks at each node of nested tables once."""
    rows: list[list[Node]] = []
    heads = lines = longest = 0
    waiting = table.kids[::-1]
    while waiting:
        node = waiting.pop()
        tag = node.tag
        if tag in _PLACES:
            return None
        if tag == "tr":
            rows.append([])
        elif tag in ("td", "th"):
            if not rows:
                rows.append([])
            rows[-1].append(node)
            heads += tag == "th"
            style = node.attributes.get("style", "")[:2_000]
            lines += "border" in style and "solid" in style
        waiting.extend(reversed(node.kids))
    rows = [row for row in rows if row]
    several = sum(1 for row in rows if sum(1 for cell in row if not is_empty(cell)) > 1)
    if len(rows) < 2 or several < 2 or len(rows) > MOST_ROWS:
        return None
    if max(sum(spans_of(cell) for cell in row) for row in rows) > MOST_COLUMNS:
        return None
    every = sum(map(len, rows))
    ruled = table.attributes.get("role") != "presentation" and bool(
        heads or _number(table.attributes.get("border")) or lines * 2 > every
    )
    widest = 0
    for row in rows:
        lengths = [_length(cell) for cell in row]
        longest = max(longest, *lengths)
        if len(row) > 1:
            widest = max(widest, sum(lengths))
    if ruled:
        return Grid(rows, True) if longest <= LONGEST_CELL else None
    alone = sum(1 for row in rows if len(row) == 1)
    if longest > LONGEST_IN_COLUMNS or widest > WIDEST_COLUMNS or alone > several or _broken(rows):
        return None
    return Grid(rows, False)


def short_cells(row: Node) -> list[Node]:
    """The cells of a row of layout that may be read as one line; [] when there are not several short ones."""
    found = [cell for cell in row.kids if cell.tag in ("td", "th")]
    if len(found) < 2 or len(found) > MOST_COLUMNS:
        return []
    total = kept = 0
    for cell in found:
        length = boxes = 0
        for node in cell.below():
            if node.tag in _PLACES or node.tag in ("br", "tr", "p"):
                return []
            boxes += node.tag == "div"
            length += _visible_length(node)
        if length > SHORT or boxes > 2:
            return []
        total += length
        kept += length > 0
    return found if kept > 1 and total <= WIDEST_LINE else []


def written(grid: Grid, write: Callable[[Node], Cell]) -> list[tuple[Cell, ...]]:
    """The rows with each cell written; empty rows are left out, and what reaches down leaves empty cells below."""
    rows: list[tuple[Cell, ...]] = []
    taken: dict[int, int] = {}  # column to the rows a cell from above still takes
    for row in grid.rows:
        line: list[Cell] = []
        column = 0
        for node in row:
            while taken.get(column, 0) > 0:
                taken[column] -= 1
                line.append(Cell(""))
                column += 1
            cell = write(node)
            line.append(cell)
            if (down := rows_down(node)) > 1:
                taken.update(dict.fromkeys(range(column, column + cell.columns), down - 1))
            column += cell.columns
        if any(cell.text for cell in line):
            rows.append(tuple(line))
    if grid.ruled and len(rows) > 1 and len(rows[0]) == len(rows[1]):
        rows[0] = _headings(rows[0], rows[1])
    return rows


def _headings(first: tuple[Cell, ...], second: tuple[Cell, ...]) -> tuple[Cell, ...]:
    """The first row; bold above what is not makes headings, and a heading stands where its column does."""
    bold = all(_is_bold(cell) or not cell.text for cell in first) and not all(map(_is_bold, second))
    return tuple(
        replace(head, head=head.head or bold, right=head.right or below.right)
        for head, below in zip(first, second, strict=True)
    )


def _is_bold(cell: Cell) -> bool:
    return any(span.style == "bold" and span.end - span.start >= len(cell.text) for span in cell.spans)


def spans_of(cell: Node) -> int:
    """Columns a cell takes."""
    return max(1, min(MOST_COLUMNS, _number(cell.attributes.get("colspan"))))


def rows_down(cell: Node) -> int:
    """Rows a cell takes."""
    return max(1, min(MOST_ROWS, _number(cell.attributes.get("rowspan"))))


def is_empty(cell: Node) -> bool:
    """Nothing to see: no words, no picture with words."""
    return not any(_visible_length(node) for node in cell.below())


def as_text(rows: list[tuple[Cell, ...]], ruled: bool) -> str:
    """The table as lines of its natural width, for whoever does not lay it out."""
    columns = max(sum(cell.columns for cell in row) for row in rows)
    widths = [0] * columns
    between = 3
    for row in rows:
        place = 0
        for cell in row:
            if cell.columns == 1:
                widths[place] = max(widths[place], cells(cell.text))
            place += cell.columns
    lines = []
    for number, row in enumerate(rows):
        place, parts = 0, []
        for cell in row:
            width = sum(widths[place : place + cell.columns]) + between * (cell.columns - 1)
            text = cell.text.replace("\n", " / ")
            blanks = " " * max(0, width - cells(text))
            parts.append(blanks + text if cell.right else text + blanks)
            place += cell.columns
        lines.append((" │ " if ruled else "   ").join(parts).rstrip())
        if number == 0 and any(cell.head for cell in row):
            lines.append("─┼─".join("─" * width for width in widths))
    return "\n".join(lines)


def _broken(rows: list[list[Node]]) -> bool:
    """Whether cells hold several paragraphs, which columns of a few words do not."""
    return any(sum(1 for node in cell.below() if node.tag in ("p", "div", "br")) > 2 for row in rows for cell in row)


def _length(cell: Node) -> int:
    return sum(map(_visible_length, cell.below()))


def _visible_length(node: Node) -> int:
    if node.tag == "#text":
        return len(" ".join(node.text.replace("\xa0", " ").replace("\u200c", "").split()))
    return len(node.attributes.get("alt", "").strip()) if node.tag == "img" else 0


def _number(value: str | None) -> int:
    found = _PIXELS.match(value or "")
    return int(found[1]) if found else 0
