from __future__ import annotations

import pytest

from tests.widgets.made_up import ListSource, Million, Stage, now, summary
from tuimail.model import Summary
from tuimail.widgets import message_list
from tuimail.widgets.message_list import MessageList
from tuimail.widgets.rows import PAGE


def a_list(rows: int = 200) -> tuple[MessageList, Stage]:
    """A list of messages 1 … rows on a stage."""
    widget = MessageList(ListSource(range(1, rows + 1)), now=now)
    return widget, Stage(widget)


@pytest.mark.parametrize(
    ("keys", "row"),
    [
        (["j"], 1),
        (["down", "down", "up"], 1),
        (["k"], 0),
        (["j", "j", "k"], 1),
        (["G"], 199),
        (["end", "home"], 0),
        (["pagedown"], 19),
        (["pagedown", "pageup"], 0),
        (["ctrl+d"], 10),
        (["ctrl+d", "ctrl+d", "ctrl+u"], 10),
        (["x"], 1),
    ],
)
async def test_a_key_moves_the_cursor(keys: list[str], row: int) -> None:
    widget, stage = a_list()
    async with stage.play() as pilot:
        await pilot.press(*keys)
        assert widget.cursor == row
        assert widget.cursor_id == row + 1
        top = widget.scroll_offset.y
        assert top <= row < top + 20
        assert stage.painted()[row - top][0] == "▌"
        assert sum(line[0] == "▌" for line in stage.painted()) == 1


async def test_a_page_leaves_the_cursor_on_its_line_of_the_screen() -> None:
    widget, stage = a_list()
    async with stage.play() as pilot:
        await pilot.press("j", "j", "pagedown", "ctrl+d")
        assert widget.cursor - widget.scroll_offset.y == 2


async def test_each_message_reached_is_told_once() -> None:
    widget, stage = a_list(2)
    async with stage.play() as pilot:
        await pilot.press("j", "j", "j")
        widget.refresh_rows()
        await pilot.pause()
        assert [told.message_id for told in stage.told(MessageList.Highlighted)] == [1, 2]


async def test_enter_and_o_open_the_message() -> None:
    _, stage = a_list()
    async with stage.play() as pilot:
        await pilot.press("j", "enter", "j", "o")
        assert [told.message_id for told in stage.told(MessageList.Opened)] == [2, 3]


async def test_at_midnight_the_hours_of_yesterday_become_dates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(message_list, "LOOK_AT_DAY", 0.01)
    clock = [now()]
    widget = MessageList(ListSource([1, 2]), now=lambda: clock[0])
    stage = Stage(widget)
    async with stage.play() as pilot:
        assert ":" in stage.painted()[1]
        clock[0] += 86_400
        await pilot.pause(0.05)
        assert ":" not in stage.painted()[1]


async def test_an_empty_list_says_why_and_opens_nothing() -> None:
    widget = MessageList(now=now)
    stage = Stage(widget)
    async with stage.play() as pilot:
        widget.empty_text = "Fetching…"
        await pilot.press("j", "k", "G", "pagedown", "x", "enter")
        assert any("Fetching…" in line for line in stage.painted())
        assert stage.told(MessageList.Opened) == []
        assert (widget.cursor, widget.cursor_id) == (0, None)


async def test_x_selects_and_moves_on_and_again_unselects() -> None:
    widget, stage = a_list()
    async with stage.play() as pilot:
        await pilot.press("x", "x", "k", "x")
        assert widget.selected == {1}
        assert [told.count for told in stage.told(MessageList.SelectionChanged)] == [1, 2, 1]
        assert [line[1] for line in stage.painted()[:3]] == ["✓", " ", " "]
        widget.clear_selection()
        await pilot.pause()
        assert "✓" not in "".join(stage.painted())


async def test_a_click_moves_a_double_click_opens_and_the_margin_selects() -> None:
    widget, stage = a_list()
    async with stage.play() as pilot:
        await pilot.click(widget, offset=(20, 5))
        assert widget.cursor_id == 6
        await pilot.click(widget, offset=(0, 3))
        await pilot.click(widget, offset=(30, 8), control=True)
        assert widget.selected == {4, 9} and widget.cursor_id == 6
        await pilot.click(widget, offset=(20, 7), times=2)
        assert [told.message_id for told in stage.told(MessageList.Opened)] == [8]


async def test_a_click_below_the_last_row_does_nothing() -> None:
    widget, stage = a_list(3)
    async with stage.play() as pilot:
        await pilot.click(widget, offset=(20, 10))
        assert widget.cursor == 0


async def test_the_wheel_scrolls_and_leaves_the_cursor() -> None:
    widget, stage = a_list()
    async with stage.play() as pilot:
        widget.action_jump("top")
        widget.scroll_to(y=50, animate=False)
        await pilot.pause()
        assert widget.cursor == 0 and "message 51" in stage.painted()[0]


async def test_showing_other_rows_starts_at_the_top_or_where_asked() -> None:
    widget, stage = a_list()
    async with stage.play() as pilot:
        await pilot.press("x", "G")
        widget.show(ListSource(range(1000, 1100)))
        assert (widget.cursor, widget.cursor_id, widget.scroll_offset.y, widget.selected) == (0, 1000, 0, set())
        widget.show(ListSource(range(1000, 1100)), cursor_id=1050)
        await pilot.pause()
        assert widget.cursor == 50
        assert any(line.startswith("▌") and "message 1050" in line for line in stage.painted())


async def test_rows_on_their_way_are_painted_and_cannot_be_opened_or_selected() -> None:
    source = ListSource([1, 2], on_their_way=3)
    widget = MessageList(source, now=now)
    stage = Stage(widget)
    async with stage.play() as pilot:
        await pilot.press("G", "enter", "x")
        assert [line.split() for line in stage.painted()[2:5]] == [["…"], ["…"], ["▌", "…"]]
        assert widget.cursor_id is None and not widget.selected and not stage.told(MessageList.Opened)
        source.ids, source.on_their_way = [1, 2, 3, 4, 5], 0
        widget.refresh_rows()
        assert widget.cursor_id == 5


async def test_a_million_rows_cost_a_page_for_each_page_seen() -> None:
    source = Million()
    widget = MessageList(source, now=now)
    stage = Stage(widget)
    async with stage.play(120, 40) as pilot:
        assert source.asked == [0]
        for _ in range(45):
            widget.action_cursor(1)
        stage.painted()
        assert source.asked == [0]
        await pilot.press("G")
        assert widget.cursor_id == 1_000_000
        assert len(source.asked) <= 3
        for _ in range(6):
            widget.action_page(-1)
            stage.painted()
        assert len(source.asked) <= 3 + 6 * 39 // PAGE + 1
        for place in range(0, 1_000_000, 25_000):
            before = len(source.asked)
            widget.scroll_to(y=place, animate=False)
            stage.painted()
            assert len(source.asked) - before <= 2
        before = len(source.asked)
        widget.refresh_rows()
        stage.painted()
        assert len(source.asked) - before <= 3
        assert sum(map(len, widget._rows._pages.values())) <= 16 * PAGE


async def test_the_cursor_shows_without_focus_and_without_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    _, stage = a_list()
    async with stage.play() as pilot:
        stage.screen.set_focus(None)
        await pilot.pause()
        assert stage.painted()[0].startswith("▌")
        assert not any(line.startswith("▌") for line in stage.painted()[1:])


@pytest.mark.parametrize("theme", ["ansi-dark", "ansi-light", "textual-light"])
async def test_the_focused_cursor_row_differs_in_every_theme(theme: str) -> None:
    widget = MessageList(ListSource(range(1, 10)), now=now)
    stage = Stage(widget, theme)
    async with stage.play() as pilot:
        await pilot.pause()
        rows = stage.segments()
        styles = [{segment.style for segment in row if segment.text.strip()} for row in rows[:2]]
        assert styles[0] != styles[1]


@pytest.mark.parametrize("width", [40, 80, 160])
async def test_every_line_is_as_wide_as_the_window(width: int) -> None:
    class Strange(ListSource):
        def page(self, offset: int, limit: int) -> list[Summary]:
            return [summary(id, sender="田中太郎" * 5, subject="👩‍👩‍👧 שלום e\u0301 " * 20) for id in self.ids]

    widget = MessageList(Strange(range(1, 10)), now=now)
    stage = Stage(widget)
    async with stage.play(width) as pilot:
        await pilot.pause()
        assert {strip.cell_length for strip in stage.screen._compositor.render_strips()} == {width}


async def test_a_smaller_window_keeps_the_cursor_in_sight() -> None:
    _, stage = a_list()
    async with stage.play(80, 30) as pilot:
        await pilot.press("pagedown")
        await pilot.resize_terminal(50, 8)
        await pilot.pause()
        assert any(line.startswith("▌") for line in stage.painted())
