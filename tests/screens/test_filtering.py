"""Filter as you type: every key narrows the list, Enter keeps what is found, Esc brings back what was there."""

from __future__ import annotations

import asyncio

import pytest

from tests.fakes.fake_mail import FakeMail
from tests.screens.run import Running, running
from tuimail.model import Flag
from tuimail.widgets.search_box import SearchBox


def subjects(app: Running) -> list[str]:
    rows = [app.main.list.summary_at(n) for n in range(app.main.list.row_count)]
    return [row.subject for row in rows if row]


async def test_every_key_narrows_the_list_and_the_title_counts() -> None:
    async with running() as app:
        await app.press("slash", "b")
        many = app.main.list.row_count
        await app.press(*"ridge")
        assert 0 < app.main.list.row_count < many
        assert subjects(app)[0] == "Re: The bridge works again"
        assert "Inbox / bridge" in app.text


async def test_no_picture_shows_a_letter_without_its_hits() -> None:
    async with running() as app:
        await app.press("slash")
        painted: list[tuple[str, str]] = []

        def note() -> None:
            box, hits = app.main.query_one(SearchBox), app.main.hits
            if app.main.list._repaint_regions or box.input._repaint_regions:
                return  # this picture is of something else
            painted.append((box.words, hits.query.text if hits else ""))

        app.app.post_display_hook = note  # type: ignore[method-assign]
        await app.press(*"bridge")
        assert painted and all(words == answered for words, answered in painted), painted


async def test_while_words_are_typed_no_picture_waits_for_the_viewer(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running() as app:
        await app.press("slash")
        wanted: list[int] = []
        monkeypatch.setattr(app.mail, "ready", wanted.append)
        await app.press(*"your")
        assert wanted == [] and app.main.view.message_id == app.cursor
        await app.press("down")
        assert wanted == [app.cursor]


async def test_escape_brings_back_cursor_and_line() -> None:
    async with running() as app:
        await app.press(*["j"] * 12)
        before = app.cursor, app.main.list.line, app.main.list.scroll_offset.y
        assert before[2] > 0
        await app.press("slash", *"your")
        assert app.cursor != before[0]
        await app.press("down", "escape")
        assert (app.cursor, app.main.list.line, app.main.list.scroll_offset.y) == before
        assert app.pane == "list" and app.main.list.row_count == 30


async def test_escape_brings_back_what_was_selected() -> None:
    async with running() as app:
        await app.press("j", "x", "j", "x")
        selected = app.main.list.selected
        assert len(selected) == 2
        await app.press("slash", *"your")
        assert app.main.list.selected == set()
        await app.press("escape")
        assert app.main.list.selected == selected
        await app.press("slash", *"your", "enter", "escape")
        assert app.main.list.selected == selected
        await app.press("slash", *"your")
        app.mail.leave(min(selected))
        await app.press("escape")
        assert app.main.list.selected == {max(selected)}


async def test_enter_keeps_the_filter_and_escape_then_ends_it() -> None:
    async with running() as app:
        await app.press("j", "j", "slash", *"your", "enter")
        assert app.pane == "list"
        found = subjects(app)
        assert "Inbox / your  3" in app.text and len(found) == 3
        await app.press("j")
        assert app.cursor is not None and subjects(app)[1] == found[1]
        await app.press("escape")
        assert app.cursor == 3 and app.main.list.row_count == 30


async def test_q_in_a_kept_filter_ends_the_filter_and_not_the_program() -> None:
    async with running() as app:
        await app.press("slash", *"your", "enter", "q")
        assert app.main.list.row_count == 30 and not app.app._exit


async def test_arrows_walk_the_hits_while_typing() -> None:
    async with running() as app:
        await app.press("slash", *"your", "down", "ctrl+n")
        third = app.cursor
        await app.press("ctrl+p", "up", "pagedown")
        assert app.cursor == third
        await app.press("pageup", "down", "down", *" desk")
        assert app.main.list.row_count == 1


async def test_a_cursor_that_was_walked_keeps_its_message_while_it_is_found() -> None:
    async with running() as app:
        await app.press("slash", *"your", "down", "down")
        here = app.cursor
        await app.press("backspace")
        assert app.cursor == here and app.main.list.cursor == 4


async def test_typing_quickly_acts_on_what_the_words_found() -> None:
    async with running() as app:
        app.mail.finds.slow = asyncio.Event()
        for key in ("slash", *"trajectory", "enter", "e"):
            await app.pilot.press(key)
            if key == "y":
                app.mail.finds.slow.set()
        await app.settle()
        assert app.says.startswith("Archived 1 message")
        archived = app.mail.page(app.mail.by_name("Archive").id, 0, 10)
        assert "Trajectory, checked by hand" in [row.subject for row in archived]


async def test_a_newer_key_breaks_the_older_question_off() -> None:
    async with running() as app:
        app.mail.finds.slow = asyncio.Event()
        await app.press("slash", *"you")
        assert app.mail.finds.broken_off[-2:] == ["y", "yo"]
        app.mail.finds.slow.set()
        await app.settle()
        assert len(app.mail.finds.asked) == 3 and "Inbox / you" in app.text


async def test_deleting_the_words_shows_the_folder_again() -> None:
    async with running() as app:
        await app.press("j", "slash", *"you", *["backspace"] * 3)
        assert app.main.list.row_count == 30 and app.cursor == 2
        await app.press("enter")
        assert app.pane == "list" and "/" not in app.text.splitlines()[0]


async def test_a_mistake_is_told_beside_the_words_and_the_rest_searches() -> None:
    async with running(size=(150, 36)) as app:
        await app.press("slash", *"your form:ada")
        assert "There is no “form:”. Did you mean “from:”?" in app.text.splitlines()[0]
        assert app.main.list.row_count == 3 and app.says == ""


async def test_a_mistake_without_room_beside_the_words_is_told_below() -> None:
    async with running(size=(80, 24)) as app:
        await app.press("slash", *"your form:ada")
        assert app.says == "There is no “form:”. Did you mean “from:”?"
        await app.press(*["backspace"] * 9)
        assert app.says == ""


async def test_what_is_archived_leaves_the_filter_at_once_and_undo_brings_it_back() -> None:
    async with running() as app:
        await app.press("slash", *"your", "enter", "j", "e")
        assert app.main.list.row_count == 2
        await app.press("z")
        assert app.main.list.row_count == 3


async def test_all_hits_are_selected_and_archived_in_one() -> None:
    async with running() as app:
        await app.press("slash", *"your", "enter", "asterisk", "a", "e")
        assert app.says.startswith("Archived 3 messages")
        await app.press("escape")
        assert app.main.list.row_count == 27


async def test_escape_after_the_cursors_message_has_gone_stands_on_the_next() -> None:
    async with running() as app:
        await app.press("j", "j", "slash", *"subject:mill", "enter", "e", "escape")
        assert app.cursor == 4


async def test_what_is_read_stays_among_the_unread_until_asked_again() -> None:
    async with running() as app:
        await app.press("slash", *"is:unread", "enter")
        found = subjects(app)
        await app.press("enter", "q")
        row = app.main.list.summary_at(0)
        assert row is not None and Flag.SEEN in row.flags and subjects(app) == found


async def test_new_mail_joins_the_filter_without_moving_the_cursor() -> None:
    async with running() as app:
        await app.press("slash", *"your", "enter", "j")
        before = app.cursor
        app.mail.arrive("your letter")
        await app.settle()
        assert app.cursor == before and subjects(app)[0] == "your letter"


async def test_how_far_the_index_is_is_said_and_hits_join_as_it_goes_on() -> None:
    async with running() as app:
        app.mail.finds.index_behind = (10, 0)
        await app.press("slash", *"your")
        assert "3 · 30 of 40 indexed" in app.text
        app.mail.finds.index_behind = (0, 0)
        app.main._look_at_index()
        await app.settle()
        assert "indexed" not in app.text


async def test_a_filter_that_is_taken_everywhere_says_so_above_what_it_finds() -> None:
    async with running() as app:
        await app.press("slash", *"your", "enter")
        assert "Inbox / your" in app.text
        await app.press("g", "slash", "enter")
        assert "Everywhere / your" in app.text


async def test_a_filter_that_finds_nothing_says_so_also_when_it_is_kept() -> None:
    async with running() as app:
        await app.press("slash", *"from:zz")
        assert "Nothing found." in app.text
        await app.press("enter")
        assert "Nothing found." in app.text
        await app.press("g", "b", "J")
        assert "Nothing found." not in app.text


async def test_another_folder_ends_the_filter() -> None:
    async with running() as app:
        await app.press("slash", *"your", "enter", "g", "a")
        assert app.folder == "Archive" and app.main.hits is None
        await app.press("escape")
        assert app.folder == "Archive"


async def test_a_click_into_the_list_keeps_the_filter() -> None:
    async with running() as app:
        await app.press("slash", *"your")
        await app.pilot.click("#list", offset=(20, 1))
        await app.settle()
        assert app.pane == "list" and app.main.list.row_count == 3 and app.main.list.cursor == 1
        assert "Inbox / your  3" in app.text


async def test_slash_again_goes_on_with_the_words() -> None:
    async with running() as app:
        await app.press("slash", *"your", "enter", "slash", *" desk")
        assert app.main.list.row_count == 1
        await app.press("escape")
        assert app.main.list.row_count == 30


async def test_the_next_unread_is_looked_for_among_the_hits() -> None:
    async with running() as app:
        await app.press("slash", *"on", "enter")
        ids = [row.id for n in range(app.main.list.row_count) if (row := app.main.list.summary_at(n))]
        unread = [i for i in ids if (row := app.mail.summary(i)) and Flag.SEEN not in row.flags]
        await app.press("full_stop")
        assert app.cursor in unread


async def test_f1_in_the_prompt_shows_what_can_be_searched_for() -> None:
    async with running() as app:
        await app.press("slash", "f1")
        assert app.shown == "HelpScreen" and "newer:7d" in app.text
        await app.press("escape", *"your")
        assert app.main.list.row_count == 3


async def test_one_pane_at_a_time_the_list_and_the_prompt_are_seen() -> None:
    async with running(size=(60, 20)) as app:
        await app.press("slash", *"your")
        assert "Inbox / your" in app.text and app.main.list.row_count == 3
        await app.press("enter", "enter")
        assert app.pane == "view"
        await app.press("q", "q")
        assert app.main.list.row_count == 30


async def test_without_any_mail_there_is_nothing_to_filter() -> None:
    mail = FakeMail()
    mail._folders = []
    async with running(mail) as app:
        await app.press("slash")
        assert app.says == "There is no mail yet."
