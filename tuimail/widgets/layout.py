"""A Document laid out for a width: blocks become lines, quotes keep their bars, spans keep their place. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby

from rich.cells import cell_len, set_cell_size

from tuimail.model import Block, Document, Fold, Span
from tuimail.widgets.lines import EMPTY, Line, chop, cut_spans, hanging, wrap
from tuimail.widgets.right_lines import at_right
from tuimail.widgets.safe import fit, safe_line, safe_text
from tuimail.widgets.seal_lines import GUTTER, beside, under
from tuimail.widgets.table_lines import lay_out_table

ROOM = 20
"""Cells a block gets for its text however deep it is nested (in a narrow pane two thirds of it); its prefix is cut."""
TAB = 8
RULE = 40

_NO_PICTURES: Mapping[int, Sequence[Line]] = {}
PREFIX = "prefix"
"""Style of quote bars and list marks, beside the styles of `model.Span`."""


def plain(blocks: Sequence[Block]) -> str:
    """The words of blocks, line by line, an empty line where one stands."""
    return "\n".join("\n" * (block.gap and place > 0) + block.text for place, block in enumerate(blocks))


def lay_out(
    document: Document,
    width: int,
    unfolded: Collection[int] | None = None,
    hang: int = 0,
    pictures: Mapping[int, Sequence[Line]] = _NO_PICTURES,
) -> list[Line]:
    """The lines of a document in at most `width` cells each (one grapheme when even that is wider).

    unfolded: places in `document.folds` of what is shown in full, None for all of it without a word.
    hang: cells more that a line may take when nothing would be left over for the next one.
    pictures: the lines of those that are shown, by number; a picture stands below the block that has its words.
    """
    if not document.seals:
        return _lay_out_run(document, 0, len(document.blocks), width, unfolded, hang, pictures)
    lines: list[Line] = []
    start = 0
    for seal, run in groupby(document.blocks, lambda block: block.seal):
        end = start + len(list(run))
        # No pictures: one beside the text could draw the bar of a seal.
        inner = _lay_out_run(document, start, end, width - GUTTER, unfolded, hang, _NO_PICTURES)
        if seal:
            card = under(document.seals[seal - 1], [EMPTY, *inner] if inner else [], width)
            lines += [EMPTY, *card, EMPTY] if start else [*card, EMPTY]
        else:
            lines += map(beside, inner)
        start = end
    return lines


def _lay_out_run(
    document: Document,
    start: int,
    end: int,
    width: int,
    unfolded: Collection[int] | None,
    hang: int,
    pictures: Mapping[int, Sequence[Line]],
) -> list[Line]:
    """Blocks [start, end). A fold that goes beyond them stays open: nothing is hidden together with what is signed."""
    lines: list[Line] = []
    folds = {} if unfolded is None else {fold.start: n for n, fold in enumerate(document.folds) if fold.end <= end}
    blocks = document.blocks
    index = start
    while index < end:
        block = blocks[index]
        if block.gap and index > start:
            lines.append(_gap(blocks[index - 1], block, width))
        if (place := folds.get(index)) is not None and unfolded is not None:
            fold = document.folds[place]
            lines.append(_fold(fold, place, place in unfolded, width))
            if place not in unfolded:
                index = fold.end
                continue
        if block.kind != "sealed":
            above, below = _pictures_of(block, pictures) if pictures else ([], [])
            lines += [*above, *_lay_out_block(block, max(1, width), hang), *below]
        index += 1
    return lines


def _pictures_of(block: Block, pictures: Mapping[int, Sequence[Line]]) -> tuple[list[Line], list[Line]]:
    """The lines of a block's pictures: without words above it, the others below."""
    above: list[Line] = []
    below: list[Line] = []
    cells = [span for row in block.rows for cell in row for span in cell.spans]
    for span in (*block.spans, *cells):
        kind, _, number = span.style.partition(":")
        if kind == "picture":
            (below if span.end else above).extend(pictures.get(int(number), ()))
    return above, below


def _fold(fold: Fold, place: int, is_open: bool, width: int) -> Line:
    """The line that stands for a fold, or above one that is open; a click anywhere on it turns it over."""
    text = fit(f"{'▾' if is_open else '▸'} {fold.words}", width).rstrip()
    return Line(text, (Span(0, len(text), f"fold:{place + 1}"),))


def _gap(above: Block, below: Block, width: int) -> Line:
    """The empty line between two blocks; inside a quotation or beside a bar its bars go on."""
    level = min(above.level, below.level)
    if level:
        bars = safe_line((below if below.level == level else above).rest).rstrip()
    else:
        short, long = sorted((above.rest, below.rest), key=len)
        bars = safe_line(short).rstrip() if long.startswith(short) else ""
    if not bars or above.right or below.right:
        return EMPTY
    bars = set_cell_size(bars, min(cell_len(bars), width))
    return Line(bars, (Span(0, len(bars), PREFIX),), level)


def _prefix(prefix: str, width: int) -> str:
    """The prefix, cut when it would leave too little room for the text."""
    line = safe_line(prefix[: width * 4])
    return set_cell_size(line, min(cell_len(line), max(width - ROOM, width // 3)))


def _lay_out_block(block: Block, width: int, hang: int = 0) -> list[Line]:
    first, rest = _prefix(block.first, width), _prefix(block.rest, width)
    if block.kind == "rule":
        return [_line(first, "─" * min(RULE, width - cell_len(first)), (), block.level, "dim")]
    over = {"heading": "heading", "signature": "dim"}.get(block.kind)
    edge = max(cell_len(first), cell_len(rest))  # one edge, so that one width serves all lines
    first, rest = set_cell_size(first, edge), set_cell_size(rest, edge)
    if block.rows:
        table = lay_out_table(block, max(1, width - edge))
        return [_line(rest if n else first, line.text, line.spans, block.level, None) for n, line in enumerate(table)]
    text, spans = _expand_tabs(safe_text(block.text), block.spans)
    pieces = list(_pieces(text, max(1, width - edge), hang, keep=block.kind == "pre"))
    if block.right:
        moved = zip(pieces, cut_spans(pieces, spans), strict=True)
        return [
            at_right(_line("", text[start:end], own, block.level, over), rest if n else first, width, PREFIX)
            for n, ((start, end), own) in enumerate(moved)
        ]
    if not spans:
        lines = [_line(rest, text[start:end], (), block.level, over) for start, end in pieces]
    else:
        lines = [
            _line(rest, text[start:end], own, block.level, over)
            for (start, end), own in zip(pieces, cut_spans(pieces, spans), strict=True)
        ]
    if first != rest:
        start, end = pieces[0]
        own = next(cut_spans(pieces[:1], spans))
        lines[0] = _line(first, text[start:end], own, block.level, over)
    return lines


def _pieces(text: str, width: int, hang: int, *, keep: bool) -> Iterator[tuple[int, int]]:
    """Offsets of the lines of a text that may hold newlines; `keep` keeps its spaces."""
    start = 0
    for paragraph in text.split("\n"):
        for a, b in hanging(paragraph, (chop if keep else wrap)(paragraph, width), width + hang):
            yield start + a, start + b
        start += len(paragraph) + 1


def _expand_tabs(text: str, spans: Sequence[Span]) -> tuple[str, Sequence[Span]]:
    """Tabs as spaces up to the next stop, with the spans moved along. A tab after wide characters may be cells off."""
    if "\t" not in text:
        return text, spans
    pieces: list[str] = []
    moved: list[int] = []
    column = place = 0
    for character in text:
        moved.append(place)
        piece = " " * (TAB - column % TAB) if character == "\t" else character
        column = 0 if character == "\n" else column + len(piece)
        place += len(piece)
        pieces.append(piece)
    moved.append(place)
    last = len(text)
    return "".join(pieces), [
        Span(moved[min(span.start, last)], moved[min(span.end, last)], span.style) for span in spans
    ]


def _line(prefix: str, text: str, spans: Sequence[Span], level: int, over: str | None) -> Line:
    if not prefix and not spans and not over:
        return Line(text, (), level)
    shift = len(prefix)
    styled = [Span(0, shift, PREFIX)] if prefix.strip() else []
    if over and text:
        styled.append(Span(shift, shift + len(text), over))
    styled += [Span(span.start + shift, span.end + shift, span.style) for span in spans]
    return Line(prefix + text, tuple(styled), level)
