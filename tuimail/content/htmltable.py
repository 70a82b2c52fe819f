"""Which HTML tables hold data, and those as aligned lines; every other table is layout and is read cell by cell."""

from __future__ import annotations

import re
from typing import NamedTuple

from tuimail.content.clean import clean_line
from tuimail.content.htmltree import Node
from tuimail.content.width import cells

WIDEST_CELL = 60
MOST_COLUMNS = 20
MOST_ROWS = 500
_BLANKS = re.compile(r"\s+")
_RICH = frozenset(["p", "div", "img", "ul", "ol", "a", "h1", "h2", "h3", "table"])
_PIXELS = re.compile(r"\s{0,9}(\d{1,4})")


class Cell(NamedTuple):
    """One td or th."""

    text: str
    right: bool
    head: bool
    span: int


def data_table(table: Node) -> list[str] | None:
    """The lines of a table of data; None for layout: a nested table, anything but short words in a cell,
    fewer than two rows or columns, or neither a heading cell nor a border."""
    if table.attributes.get("role") == "presentation":
        return None
    inside = []
    for node in table.below():  # a table in a table ends this at once, so deep nesting stays linear
        if node.tag in _RICH:
            return None
        inside.append(node)
    if not (any(node.tag == "th" for node in inside) or _number(table.attributes.get("border"))):
        return None
    rows: list[list[Cell]] = []
    for row in (node for node in inside if node.tag == "tr"):
        line = [_cell(cell) for cell in row.kids if cell.tag in ("td", "th")]
        if any(cells(cell.text) > WIDEST_CELL for cell in line) or len(rows) >= MOST_ROWS:
            return None
        if line:
            rows.append(line)
    columns = max((sum(cell.span for cell in row) for row in rows), default=0)
    if len(rows) < 2 or not 2 <= columns <= MOST_COLUMNS:
        return None
    return _aligned(rows, columns)


def _cell(node: Node) -> Cell:
    style = node.attributes.get("style", "")[:2_000].replace(" ", "")
    right = node.attributes.get("align") == "right" or "text-align:right" in style
    text = clean_line(_BLANKS.sub(" ", node.all_text()).strip())
    return Cell(text, right, node.tag == "th", max(1, min(MOST_COLUMNS, _number(node.attributes.get("colspan")))))


def _number(value: str | None) -> int:
    found = _PIXELS.match(value or "")
    return int(found[1]) if found else 0


def _aligned(rows: list[list[Cell]], columns: int) -> list[str]:
    widths = [0] * columns
    for row in rows:
        place = 0
        for cell in row:
            if cell.span == 1:
                widths[place] = max(widths[place], cells(cell.text))
            place += cell.span
    lines = []
    for number, row in enumerate(rows):
        place, parts = 0, []
        for cell in row:
            width = sum(widths[place : place + cell.span]) + 3 * (cell.span - 1)
            blanks = " " * max(0, width - cells(cell.text))
            parts.append(blanks + cell.text if cell.right else cell.text + blanks)
            place += cell.span
        lines.append(" │ ".join(parts).rstrip())
        if number == 0 and any(cell.head for cell in row):
            lines.append("─┼─".join("─" * width for width in widths))
    return lines
