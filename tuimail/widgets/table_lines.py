"""A table laid out for a width: columns share the room there is, long cells wrap; too narrow, rows become records.

Pure; widths are terminal cells.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich.cells import cell_len

from tuimail.model import Block, Cell, Span
from tuimail.widgets.lines import chop, cut_spans, wrap
from tuimail.widgets.safe import safe_text

NARROWEST = 6
"""Cells below which a column that has to wrap is no longer read with pleasure."""
RULED, OPEN = " │ ", "   "


class TableLine(NamedTuple):
    """A line without prefix."""

    text: str
    spans: list[Span]


def lay_out_table(block: Block, width: int) -> list[TableLine]:
    """The lines of a block with rows, in at most `width` cells each."""
    ruled = block.kind == "table"
    between = RULED if ruled else OPEN
    columns = max(sum(cell.columns for cell in row) for row in block.rows)
    room = width - len(between) * (columns - 1)
    wanted = _wanted(block.rows, columns, len(between))
    widths = _shared(wanted, room)
    if room < columns or any(got < min(want, NARROWEST) for got, want in zip(widths, wanted, strict=True)):
        return list(_records(block.rows, width))
    return list(_grid(block.rows, widths, between, ruled))


def _wanted(rows: Sequence[Sequence[Cell]], columns: int, between: int) -> list[int]:
    """The widest line of each column; what spans several gives the last of them what is missing."""
    wanted = [0] * columns
    for several in (False, True):
        for row in rows:
            place = 0
            for cell in row:
                if several == (cell.columns > 1):
                    widest = max(cell_len(line) for line in cell.text.split("\n"))
                    last = place + cell.columns - 1
                    others = sum(wanted[place:last]) + between * (cell.columns - 1)
                    wanted[last] = max(wanted[last], widest - others)
                place += cell.columns
    return wanted


def _shared(wanted: Sequence[int], room: int) -> list[int]:
    """Columns that want no more than their share get it; the others share what is left."""
    widths = list(wanted)
    if sum(wanted) <= room:
        return widths
    waiting = sorted(range(len(wanted)), key=wanted.__getitem__)
    for taken, place in enumerate(waiting):
        share = max(0, room) // (len(waiting) - taken)
        widths[place] = min(wanted[place], share)
        room -= widths[place]
    return widths


def _grid(rows: Sequence[Sequence[Cell]], widths: Sequence[int], between: str, ruled: bool) -> Iterator[TableLine]:
    rule = TableLine("─┼─".join("─" * width for width in widths), [])
    rule.spans.append(Span(0, len(rule.text), "rule"))
    tall = False
    for number, row in enumerate(rows):
        pieces: list[list[tuple[str, tuple[Span, ...]]]] = []
        places: list[int] = []
        place = 0
        for cell in row:
            places.append(sum(widths[place : place + cell.columns]) + len(between) * (cell.columns - 1))
            pieces.append(list(_wrapped(cell, max(1, places[-1]))))
            place += cell.columns
        height = max(map(len, pieces))
        after_head = number == 1 and any(cell.head for cell in rows[0])
        if ruled and number and (after_head or tall or (height > 1 and number > 1)):
            yield rule
        tall = height > 1
        for line in range(height):
            yield _side_by_side(row, places, pieces, line, between)


def _side_by_side(
    row: Sequence[Cell],
    widths: Sequence[int],
    pieces: Sequence[Sequence[tuple[str, tuple[Span, ...]]]],
    line: int,
    between: str,
) -> TableLine:
    parts: list[str] = []
    spans: list[Span] = []
    length = 0
    for number, (cell, width, lines) in enumerate(zip(row, widths, pieces, strict=True)):
        if number:
            parts.append(between)
            if between.strip():
                spans.append(Span(length, length + len(between), "rule"))
            length += len(between)
        text, own = lines[line] if line < len(lines) else ("", ())
        blanks = max(0, width - cell_len(text))
        before = blanks if cell.right else 0
        parts.append(" " * before + text + " " * (blanks - before))
        start = length + before
        if cell.head and text:
            spans.append(Span(start, start + len(text), "bold"))
        spans += [Span(start + span.start, start + span.end, span.style) for span in own]
        length += len(parts[-1])
    text = "".join(parts).rstrip()
    kept = [span for span in spans if span.start < len(text)]
    return TableLine(text, [Span(span.start, min(span.end, len(text)), span.style) for span in kept])


def _wrapped(cell: Cell, width: int) -> Iterator[tuple[str, tuple[Span, ...]]]:
    text = safe_text(cell.text).replace("\t", " ")
    pieces: list[tuple[int, int]] = []
    start = 0
    for paragraph in text.split("\n"):
        pieces += [(start + a, start + b) for a, b in wrap(paragraph, width)]
        start += len(paragraph) + 1
    for (first, last), spans in zip(pieces, cut_spans(pieces, cell.spans), strict=True):
        yield text[first:last], spans


def _records(rows: Sequence[Sequence[Cell]], width: int) -> Iterator[TableLine]:
    """Each row as lines of its own, with the heading of the column before each cell."""
    heads = rows[0] if any(cell.head for cell in rows[0]) else ()
    for number, row in enumerate(rows[1:] if heads else rows):
        if number:
            yield TableLine("", [])
        place = 0
        for cell in row:
            head = heads[place].text.replace("\n", " ") if place < len(heads) else ""
            place += cell.columns
            if not cell.text.strip():
                continue
            label = f"{safe_text(head)}: " if head and head != cell.text else ""
            text = label + safe_text(cell.text).replace("\t", " ").replace("\n", " ")
            shift = len(label)
            spans = [Span(0, shift, "dim")] if label else []
            spans += [Span(span.start + shift, span.end + shift, span.style) for span in cell.spans]
            pieces = wrap(text, width) if width > 1 else chop(text, 1)
            for (start, end), own in zip(pieces, cut_spans(pieces, spans), strict=True):
                yield TableLine(text[start:end], list(own))
