"""The cursor's law: it stays on its message whatever happens to the others."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.strip import Strip

from tests.widgets.made_up import ListSource, Stage, now
from tuimail.widgets.message_list import MessageList

HEIGHT = 10


@st.composite
def changes(draw: st.DrawFn) -> tuple[list[int], list[int], int, int]:
    """Rows before, rows after (some gone, some new anywhere), the cursor's row, the top line."""
    before = list(range(draw(st.integers(1, 150))))
    gone = draw(st.sets(st.sampled_from(before), max_size=len(before)))
    after = [id for id in before if id not in gone]
    for new in range(draw(st.integers(0, 12))):
        after.insert(draw(st.integers(0, len(after))), 1000 + new)
    cursor = draw(st.sampled_from(before))
    return before, after, cursor, draw(st.integers(max(0, cursor - HEIGHT + 1), cursor))


async def test_the_cursor_keeps_its_message_or_goes_to_the_next_one_left() -> None:
    widget = MessageList(now=now)
    stage = Stage(widget)
    async with stage.play(80, HEIGHT):

        @settings(max_examples=300, deadline=None)
        @given(changes())
        def check(change: tuple[list[int], list[int], int, int]) -> None:
            before, after, cursor, top = change
            source = ListSource(before)
            widget.show(source, cursor_id=cursor)
            widget.scroll_to(y=top, animate=False)
            top = widget.scroll_offset.y
            for line in range(HEIGHT):
                widget.render_line(line)
            source.ids = after
            widget.refresh_rows()

            left = [id for id in before if id in after]
            new = [id for id in after if id >= 1000]
            below = [id for id in left if id >= cursor]
            if below and below[0] < cursor + 50:
                assert widget.cursor_id == below[0] or (cursor not in after and widget.cursor_id in new)
            elif left:
                assert widget.cursor_id in {*left, *new}
            elif after:
                assert widget.cursor_id in after
            else:
                assert widget.cursor_id is None
            if after:
                assert after[widget.cursor] == widget.cursor_id
                shown = range(widget.scroll_offset.y, widget.scroll_offset.y + HEIGHT)
                assert widget.cursor in shown
                highest = max(0, len(after) - HEIGHT)
                if top == 0:
                    assert widget.scroll_offset.y == max(0, widget.cursor - HEIGHT + 1)
                else:
                    assert widget.scroll_offset.y == min(max(0, widget.cursor - (cursor - top)), highest)

        check()


async def laid_out(widget: MessageList, ids: list[int], cursor: int, top: int) -> ListSource:
    source = ListSource(ids)
    widget.show(source, cursor_id=cursor)
    widget.scroll_to(y=top, animate=False)
    for line in range(HEIGHT):
        widget.render_line(line)
    return source


async def test_new_mail_above_moves_nothing_on_the_screen() -> None:
    widget = MessageList(now=now)
    stage = Stage(widget)
    async with stage.play(80, HEIGHT) as pilot:
        source = await laid_out(widget, list(range(100)), 50, 45)
        await pilot.pause()
        before = stage.painted()
        source.ids = [1001, 1002, *source.ids]
        widget.refresh_rows()
        await pilot.pause()
        assert widget.cursor == 52
        assert [line[:60] for line in stage.painted()] == [line[:60] for line in before]


async def test_at_the_very_top_new_mail_is_seen_arriving() -> None:
    widget = MessageList(now=now)
    stage = Stage(widget)
    async with stage.play(80, HEIGHT) as pilot:
        source = await laid_out(widget, list(range(1, 101)), 1, 0)
        source.ids = [1001, *source.ids]
        widget.refresh_rows()
        await pilot.pause()
        assert (widget.cursor, widget.cursor_id, widget.scroll_offset.y) == (1, 1, 0)
        assert "message 1001" in stage.painted()[0]


async def test_after_an_archive_the_next_message_down_has_the_cursor() -> None:
    widget = MessageList(now=now)
    stage = Stage(widget)
    async with stage.play(80, HEIGHT) as pilot:
        source = await laid_out(widget, list(range(1, 101)), 50, 45)
        for gone in ([50], [51, 52, 53], [49]):
            source.ids = [id for id in source.ids if id not in gone]
            widget.refresh_rows()
        await pilot.pause()
        assert widget.cursor_id == 54
        assert [told.message_id for told in stage.told(MessageList.Highlighted)][-3:] == [50, 51, 54]


async def test_after_the_last_row_goes_the_one_above_has_the_cursor() -> None:
    widget = MessageList(now=now)
    async with Stage(widget).play(80, HEIGHT):
        source = await laid_out(widget, [1, 2, 3], 3, 0)
        source.ids = [1, 2]
        widget.refresh_rows()
        assert widget.cursor_id == 2
        source.ids = []
        widget.refresh_rows()
        assert widget.cursor_id is None
        source.ids = [7]
        widget.refresh_rows()
        assert widget.cursor_id == 7


async def test_the_row_at_the_foot_of_a_page_gives_way_to_the_one_not_yet_asked_for() -> None:
    widget = MessageList(now=now)
    async with Stage(widget).play(80, HEIGHT):
        source = await laid_out(widget, list(range(200)), 63, 54)
        source.ids.remove(63)
        widget.refresh_rows()
        assert widget.cursor_id == 64


async def test_what_has_gone_is_no_longer_selected() -> None:
    widget = MessageList(now=now)
    stage = Stage(widget)
    async with stage.play(80, HEIGHT) as pilot:
        source = await laid_out(widget, [1, 2, 3, 4], 1, 0)
        await pilot.press("x", "x", "x")
        source.ids = [2, 4]
        widget.refresh_rows()
        await pilot.pause()
        assert widget.selected == {2}
        assert stage.told(MessageList.SelectionChanged)[-1].count == 1


async def test_while_a_list_fills_a_cursor_nobody_moved_stays_on_the_first_row() -> None:
    widget = MessageList(now=now)
    async with Stage(widget).play(80, HEIGHT) as pilot:
        source = ListSource([])
        widget.show(source)
        for ids in ([50], [9, 10, 50], [1, 9, 10, 50]):
            source.ids = ids
            widget.refresh_rows(filling=True)
            assert (widget.cursor, widget.cursor_id) == (0, ids[0])
        await pilot.press("j")
        source.ids = [0, 1, 9, 10, 50]
        widget.refresh_rows(filling=True)
        assert widget.cursor_id == 9


async def test_rows_that_come_below_the_screen_paint_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    widget = MessageList(now=now)
    async with Stage(widget).play(80, HEIGHT) as pilot:
        source = await laid_out(widget, list(range(200)), 3, 0)
        await pilot.pause()
        painted: list[int] = []
        paint = widget._paint

        def noted(index: int, y: int, width: int) -> Strip:
            painted.append(index)
            return paint(index, y, width)

        monkeypatch.setattr(widget, "_paint", noted)
        source.ids[150] = 1500
        widget.refresh_rows()
        await pilot.pause()
        assert painted == []
        source.ids[5] = 1005
        widget.refresh_rows()
        await pilot.pause()
        assert painted == [5]
