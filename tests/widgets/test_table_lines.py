from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.widgets.made_up import fastest
from tuimail.model import Block, Cell, Document, Span
from tuimail.widgets.layout import lay_out
from tuimail.widgets.table_lines import lay_out_table

PRICES = (
    (Cell("Item", head=True), Cell("Price", head=True, right=True)),
    (Cell("東京 tea"), Cell("5", right=True)),
    (Cell("A long name of a thing", (Span(2, 6, "bold"),)), Cell("12.50", right=True)),
)
WORDS = st.lists(st.sampled_from([*"ab \n東éש.-", "e\u0301", "👩‍👩‍👧"]), max_size=40).map("".join)
CELLS = st.builds(Cell, WORDS, right=st.booleans(), head=st.booleans(), columns=st.integers(1, 3))
ROWS = st.lists(st.lists(CELLS, min_size=1, max_size=5).map(tuple), min_size=1, max_size=5).map(tuple)


def texts(rows: tuple[tuple[Cell, ...], ...], width: int, kind: str = "table") -> list[str]:
    return [line.text for line in lay_out_table(Block(kind, "", rows=rows), width)]


def test_a_table_that_fits_has_its_natural_width() -> None:
    assert texts(PRICES, 60) == [
        "Item                   │ Price",
        "───────────────────────┼──────",
        "東京 tea               │     5",
        "A long name of a thing │ 12.50",
    ]


def test_long_cells_wrap_and_lines_part_the_rows() -> None:
    assert texts(PRICES, 22) == [
        "Item           │ Price",
        "───────────────┼──────",
        "東京 tea       │     5",
        "───────────────┼──────",
        "A long name of │ 12.50",
        "a thing        │",
    ]


def test_too_narrow_rows_become_records() -> None:
    shown = ["Item: 東京", "tea", "Price: 5", "", "Item: A long", "name of a", "thing", "Price: 12.50"]
    assert texts(PRICES, 12) == shown


def test_columns_without_lines_are_parted_by_room() -> None:
    assert texts(((Cell("When"), Cell("Thursday")), (Cell("Where"), Cell("Roof"))), 40, "columns") == [
        "When    Thursday",
        "Where   Roof",
    ]


def test_a_cell_over_several_columns_takes_their_room() -> None:
    rows = ((Cell("a"), Cell("bb"), Cell("ccc")), (Cell("sum", columns=2, right=True), Cell("9", right=True)))
    assert texts(rows, 40) == ["a │ bb │ ccc", "   sum │   9"]


def test_spans_stay_on_their_words() -> None:
    for width in (60, 22, 12):
        for line in lay_out(Document((Block("table", "", rows=PRICES),)), width):
            for span in line.spans:
                if span.style == "bold" and line.text[span.start : span.end] not in ("Item", "Price"):
                    assert line.text[span.start : span.end] == "long"


def test_a_quoted_table_keeps_its_bar() -> None:
    lines = lay_out(Document((Block("table", "", first="▌ ", rest="▌ ", level=1, rows=PRICES),)), 40)
    assert all(line.text.startswith("▌ ") and line.level == 1 for line in lines)


@given(ROWS, st.integers(2, 50), st.sampled_from(["table", "columns"]))
def test_no_letter_is_lost_and_no_line_too_wide(rows: tuple[tuple[Cell, ...], ...], width: int, kind: str) -> None:
    lines = lay_out_table(Block(kind, "", rows=rows), width)
    assert all(cell_len(line.text) <= width for line in lines)
    assert all(0 <= span.start <= span.end <= len(line.text) for line in lines for span in line.spans)
    shown = "".join(line.text for line in lines)
    headed = {cell.text for cell in rows[0]} if any(cell.head for cell in rows[0]) else set()
    for cell in (cell for row in rows for cell in row if cell.text not in headed):
        assert all(shown.count(letter) >= cell.text.count(letter) for letter in set(cell.text) if letter.strip())


def test_five_hundred_rows_are_laid_out_in_no_time() -> None:
    rows = tuple((Cell(f"row {n}"), Cell("some words that wrap " * 3), Cell("東京")) for n in range(500))
    assert fastest(lambda: lay_out_table(Block("table", "", rows=rows), 60)) < 0.3
