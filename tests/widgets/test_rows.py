from __future__ import annotations

from tests.widgets.made_up import ListSource, Million
from tuimail.widgets.rows import PAGE, PAGES_KEPT, Rows


def test_a_page_is_asked_for_once_and_whole() -> None:
    source = ListSource(range(200))
    rows = Rows(source)
    for index in range(PAGE * 2):
        row = rows.at(index)
        assert row is not None and row.id == index
    assert source.asked == [(0, PAGE), (PAGE, PAGE)]


def test_only_a_few_pages_are_remembered_and_the_one_in_use_is_not_forgotten() -> None:
    source = Million()
    rows = Rows(source)
    for page in range(100):
        rows.at(page * PAGE)
        rows.at(0)
    assert sum(rows.remembered(page * PAGE) is not None for page in range(100)) == PAGES_KEPT
    assert source.asked.count(0) == 1


def test_outside_the_rows_nothing_is_asked() -> None:
    source = ListSource(range(3))
    rows = Rows(source)
    assert rows.at(-1) is None and rows.at(3) is None and rows.remembered(-1) is None
    assert source.asked == []


def test_a_row_on_its_way_is_not_asked_for_again() -> None:
    source = ListSource([1], on_their_way=30)
    rows = Rows(source)
    assert [rows.at(index) for index in range(1, 31)] == [None] * 30
    assert len(source.asked) == 1
