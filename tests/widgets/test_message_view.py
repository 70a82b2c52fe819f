from __future__ import annotations

import asyncio

import pytest
from textual.geometry import Offset

from tests.widgets.made_up import Stage, message, now, summary
from tuimail.model import Attachment, Block, Document, Link, Span
from tuimail.records import replace
from tuimail.widgets.message_view import MEASURE, MessageView

LONG = "\n".join(f"line {number}" for number in range(200))
LINKED = Document(
    (Block("text", "go to the page [1] or not [2]", (Span(10, 18, "link:1"), Span(26, 29, "warning:2"))),),
    (Link("https://one.example", "the page"), Link("https://two.example", "[/] [@click=app.exit]", "goes elsewhere")),
)


def a_view(theme: str = "textual-dark") -> tuple[MessageView, Stage]:
    widget = MessageView(now=now)
    return widget, Stage(widget, theme)


async def test_a_message_shows_header_and_body() -> None:
    widget, stage = a_view()
    async with stage.play() as pilot:
        widget.show(message(3, text="Hello there"))
        await pilot.pause()
        lines = [line.strip() for line in stage.painted()]
        assert lines[0] == "Subject  message 3"
        assert lines[6] == "Hello there"
        assert widget.message_id == 3


async def test_a_message_without_text_says_so_and_how_to_see_what_comes_with_it() -> None:
    widget, stage = a_view()
    async with stage.play() as pilot:
        for attachments, words in (
            ((), "This message has no text."),
            ((Attachment("a.pdf", "application/pdf", 9, "1"),), "This message has no text. A shows what is attached."),
        ):
            widget.show(replace(message(3), document=Document(), attachments=attachments))
            await pilot.pause()
            assert words in [line.strip() for line in stage.painted()]


async def test_a_message_on_its_way_shows_its_header_at_once() -> None:
    widget, stage = a_view()
    async with stage.play() as pilot:
        widget.show_placeholder(summary(3), "Offline.\nIt comes when the line is back.")
        await pilot.pause()
        lines = [line.strip() for line in stage.painted()]
        assert lines[0] == "Subject  message 3"
        assert "It comes when the line is back." in lines
        widget.show_placeholder(None, "Nothing here")
        await pilot.pause()
        assert "Nothing here" in "".join(stage.painted()) and widget.message_id is None
        widget.clear()
        await pilot.pause()
        assert not "".join(stage.painted()).strip()


@pytest.mark.parametrize(
    ("keys", "top"),
    [
        (["j"], 1),
        (["down", "down", "k"], 1),
        (["pagedown"], 19),
        (["pagedown", "pageup"], 0),
        (["ctrl+d"], 10),
        (["ctrl+d", "ctrl+u"], 0),
        (["G"], 186),
        (["end", "home"], 0),
    ],
)
async def test_a_key_scrolls(keys: list[str], top: int) -> None:
    widget, stage = a_view()
    async with stage.play() as pilot:
        widget.show(message(text=LONG))
        await pilot.press(*keys)
        assert widget.scroll_offset.y == top


async def test_space_pages_to_the_end_and_then_says_so() -> None:
    widget, stage = a_view()
    async with stage.play() as pilot:
        widget.show(message(text="\n".join(map(str, range(40)))))
        await pilot.pause()
        assert [widget.page_down_or_end() for _ in range(3)] == [True, True, False]
        widget.show(message(2, text="short"))
        await pilot.pause()
        assert widget.page_down_or_end() is False


async def test_the_next_message_begins_at_its_top() -> None:
    widget, stage = a_view()
    async with stage.play() as pilot:
        widget.show(message(1, text=LONG))
        await pilot.press("G")
        widget.show(message(2, text=LONG))
        await pilot.pause()
        assert widget.scroll_offset.y == 0 and "message 2" in stage.painted()[0]


async def test_h_goes_from_short_to_full_to_raw_and_back() -> None:
    widget, stage = a_view()
    async with stage.play() as pilot:
        widget.show(message())
        seen = []
        for _ in range(4):
            await pilot.pause()
            seen.append(stage.painted()[0].strip())
            await pilot.press("h")
        assert seen == [
            "Subject  message 1",
            "From: Ada Lovelace <ada@example.org>",
            "From: =?utf-8?q?Ada?= <ada@example.org>",
            "Subject  message 1",
        ]


async def test_a_click_on_a_link_tells_its_address_and_no_more() -> None:
    widget, stage = a_view()
    async with stage.play() as pilot:
        widget.show(message(document=LINKED))
        await pilot.pause()
        line = next(place for place, text in enumerate(stage.painted()) if "go to" in text)
        await pilot.click(widget, offset=(14, line))
        await pilot.click(widget, offset=(29, line))
        await pilot.click(widget, offset=(3, line))
        assert [told.link.url for told in stage.told(MessageView.LinkClicked)] == [
            "https://one.example",
            "https://two.example",
        ]
        segments = [segment for row in stage.segments() for segment in row]
        assert not any("@click" in (segment.style.meta if segment.style else {}) for segment in segments)
        # The terminal learns of the honest link only; the other one is opened from the list, or not at all.
        assert {segment.style.link for segment in segments if segment.style} == {None, "https://one.example"}


async def test_a_link_number_out_of_range_is_no_link() -> None:
    widget, stage = a_view()
    async with stage.play() as pilot:
        widget.show(message(document=replace(LINKED, links=())))
        await pilot.pause()
        line = next(place for place, text in enumerate(stage.painted()) if "go to" in text)
        await pilot.click(widget, offset=(14, line))
        assert stage.told(MessageView.LinkClicked) == []


async def test_dragging_selects_text_for_the_clipboard() -> None:
    widget, stage = a_view()
    async with stage.play() as pilot:
        widget.show(message(text="copy these words please"))
        await pilot.pause()
        line = next(place for place, text in enumerate(stage.painted()) if "copy" in text)
        await pilot.mouse_down(widget, offset=(7, line))
        await pilot.hover(widget, offset=(17, line))
        await pilot.mouse_up(widget, offset=(17, line))
        await pilot.pause()
        assert (stage.screen.get_selected_text() or "").startswith("these word")
        widget.show(message(2))
        assert stage.screen.get_selected_text() is None


async def test_a_wide_pane_keeps_a_readable_measure() -> None:
    widget, stage = a_view()
    async with stage.play(160) as pilot:
        widget.show(message(text="word " * 100))
        await pilot.pause()
        assert max(len(line.rstrip()) for line in stage.painted()) <= MEASURE + 2


@pytest.mark.parametrize("width", [40, 80, 160])
async def test_another_width_lays_the_text_out_again(width: int) -> None:
    widget, stage = a_view()
    async with stage.play(100) as pilot:
        widget.show(message(text="word " * 500))
        await pilot.press("G")
        await pilot.resize_terminal(width, 20)
        await pilot.pause()
        assert {strip.cell_length for strip in stage.screen._compositor.render_strips()} == {width}
        assert all(len(line.text) <= min(MEASURE, width - 4) for line in widget.lines)
        assert any("word" in line for line in stage.painted())


async def test_a_long_text_is_laid_out_in_a_thread_and_the_last_one_shown_wins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    widget, stage = a_view()
    handed_over: list[object] = []
    to_thread = asyncio.to_thread

    async def counted(work: object, *args: object) -> object:
        handed_over.append(work)
        return await to_thread(work, *args)  # type: ignore[arg-type]

    monkeypatch.setattr("tuimail.widgets.message_view.asyncio.to_thread", counted)
    async with stage.play() as pilot:
        widget.show(message(1, text="first " * 50_000))
        widget.show(message(2, text="second " * 50_000))
        assert "message 2" in widget.lines[0].text
        await stage.workers.wait_for_complete([worker for worker in stage.workers if not worker.is_cancelled])
        await pilot.pause()
        assert handed_over and "second" in widget.lines[-1].text
        widget.show(message(3, text="third " * 50_000))
        widget.show(message(4, text="short"))
        assert all(worker.is_cancelled or worker.is_finished for worker in stage.workers)
        assert widget.lines[-1].text == "short"


@pytest.mark.parametrize("theme", ["ansi-dark", "ansi-light", "textual-light"])
async def test_styles_exist_in_every_theme(theme: str) -> None:
    widget, stage = a_view(theme)
    styles = ("bold", "italic", "underline", "strike", "code", "dim", "heading", "link:1", "warning:1", "unheard-of:x")
    async with stage.play() as pilot:
        blocks = tuple(Block("text", style, (Span(0, 4, style),), level=level) for level, style in enumerate(styles))
        widget.show(message(document=Document(blocks, LINKED.links)))
        await pilot.pause()
        assert all(segment.style is not None for row in stage.segments() for segment in row)


async def test_offsets_for_the_mouse_are_those_of_the_text() -> None:
    widget, stage = a_view()
    async with stage.play() as pilot:
        widget.show(message(text="東京 x"))
        await pilot.pause()
        line = next(place for place, text in enumerate(stage.painted()) if "東京" in text)
        _, offset = stage.screen.get_widget_and_offset_at(2 + 5, line)
        assert offset == Offset(3, line)
