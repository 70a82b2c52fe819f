"""Cells of a table written: as a block with rows, or a row of short ones as one line."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from tuimail.content.htmlcss import Style
from tuimail.content.htmltable import Grid, as_text, spans_of, written
from tuimail.content.htmltree import Node
from tuimail.content.paragraph import Paragraph
from tuimail.content.text import link_spans
from tuimail.model import Cell

if TYPE_CHECKING:
    from tuimail.content.htmlwriter import Writer


def write_line_of_cells(writer: Writer, cells: list[Node], style: Style) -> None:
    """Home · Shop · Help"""
    writer.flush(gap=bool(style.above))
    paragraph = writer.paragraph
    writer.instead_of_break = " "
    look = writer.look
    row = writer.looks.inside(look, style)

    def between(cell: Node, first: bool) -> Callable[[], None]:
        own = writer.looks.style(cell)

        def step() -> None:
            before = paragraph.length
            writer.look = writer.looks.inside(row, own)
            if not first and before:
                paragraph.drop_blank()
                paragraph.words(" · ", keeps_lines=True)
            after = paragraph.length

            def done() -> None:
                if not first and before and paragraph.length == after:  # the cell was empty
                    paragraph.pieces.pop()
                    paragraph.length -= 3
                    paragraph.at_blank = False

            writer.steps.append(done)
            writer.steps.extend(reversed(cell.kids if not own.gone or writer.show_all else []))

        return step

    def leave() -> None:
        writer.look = look
        writer.instead_of_break = ""
        writer.flush(gap=bool(style.below))

    writer.steps.append(leave)
    writer.steps.extend(between(cell, number == 0) for number, cell in reversed(list(enumerate(cells))))


def write_table(writer: Writer, node: Node, grid: Grid, style: Style) -> None:
    """A table of data or columns as a block with rows."""
    writer.flush()
    for caption in node.kids:
        if caption.tag == "caption":
            writer.text(caption.all_text())
            writer.flush(gap=False)
    outside, writer.look = writer.look, writer.looks.inside(writer.look, style)
    rows = written(grid, partial(_cell, writer))
    writer.look = outside
    if rows:
        writer.gap = True
        writer.add("table" if grid.ruled else "columns", as_text(rows, grid.ruled), rows=tuple(rows))
    writer.gap = True


def _cell(writer: Writer, node: Node) -> Cell:
    """A cell written as a paragraph of its own."""
    style = writer.looks.style(node)
    columns = spans_of(node)
    if style.gone and not writer.show_all:
        writer.leave_out(node)
        return Cell("", columns=columns)
    outer = writer.steps, writer.paragraph, writer.look, writer.instead_of_break
    writer.steps, writer.paragraph, writer.instead_of_break = list(reversed(node.kids)), Paragraph(), "\n"
    around = writer.anchors.set_aside()
    writer.look = writer.looks.inside(writer.look, style)
    right = writer.look.right
    if not right:
        inner = next((kid for kid in node.kids if kid.tag in ("p", "div")), None)
        right = bool(inner and writer.looks.style(inner).right)
    writer.run()
    text, marks = writer.paragraph.take()
    writer.steps, writer.paragraph, writer.look, writer.instead_of_break = outer
    writer.anchors.stack = around
    bare = [span for span in marks if span.style.startswith(("link", "warning"))]
    return Cell(text.strip("\n"), marks + tuple(link_spans(writer.draft, text, bare)), right, node.tag == "th", columns)
