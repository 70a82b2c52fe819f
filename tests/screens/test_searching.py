"""Search everywhere: ours at once with the folder of each row, the servers' below a rule, and nothing moves."""

from __future__ import annotations

import asyncio

import pytest

from tests.screens.run import Running, running
from tuimail.errors import StoreError
from tuimail.widgets.rows import Rule

THESIS, NOTE_G, PEP = 32, 34, 37


def lines(app: Running) -> list[str]:
    """Subjects, and what the rule says."""
    rows = [app.main.list._rows.line(n) for n in range(app.main.list.row_count)]
    return [f"── {row.words}" if isinstance(row, Rule) else row.subject for row in rows if row]


async def test_hits_of_all_folders_tell_where_they_are() -> None:
    async with running() as app:
        await app.press("g", "slash", *"note")
        assert "Everywhere / note" in app.text
        assert lines(app)[:2] == ["Note G", "Notes on the instruction code"]
        line = next(line for line in app.text.splitlines() if "Note G" in line)
        assert " Sent " in line
        await app.press("enter", "escape")
        assert app.folder == "INBOX" and app.main.list.row_count == 30


async def test_tab_goes_between_here_and_everywhere_and_keeps_the_words_and_the_cursor() -> None:
    async with running() as app:
        await app.press("slash", *"note")
        here = app.cursor
        assert lines(app) == ["Notes on the instruction code"]
        await app.press("tab")
        assert len(lines(app)) == 3 and app.cursor == here, "with the rule"
        await app.press("tab")
        assert app.cursor == here and "Inbox / note" in app.text


async def test_what_the_server_knows_joins_below_a_rule_and_the_cursor_stays() -> None:
    async with running() as app:
        app.mail.finds.there = [[PEP, THESIS], [NOTE_G, 2]]
        app.mail.finds.answers = asyncio.Semaphore(0)
        await app.press("g", "slash", *"note", "enter", "j")
        before = app.cursor, app.main.list.line
        assert lines(app)[2:] == ["── asking the server…"]
        app.mail.finds.answers.release()
        await app.settle()
        assert (app.cursor, app.main.list.line) == before
        assert lines(app)[2:] == [
            "── 2 more from the server, asking on…",
            "PEP 999: a small proposal",
            "Thesis, final copy",
        ]
        app.mail.finds.answers.release()
        await app.settle()
        assert (app.cursor, app.main.list.line) == before
        assert lines(app)[2] == "── 3 more from the server" and len(set(lines(app))) == 6, "Note G is not repeated"
        assert "2 + 3 from the server" in app.text


async def test_the_cursor_passes_over_the_rule_and_opens_what_stands_below() -> None:
    async with running() as app:
        app.mail.finds.there = [[PEP]]
        await app.press("g", "slash", *"note", "enter", "j", "j")
        assert app.cursor == PEP
        await app.press("k")
        assert lines(app)[app.main.list.cursor] == "Notes on the instruction code"
        await app.press("G", "enter")
        assert app.pane == "view" and app.main.view.message_id == PEP


async def test_servers_alone_may_have_hits() -> None:
    async with running() as app:
        app.mail.finds.there = [[PEP]]
        app.mail.finds.answers = asyncio.Semaphore(0)
        await app.press("g", "slash", *"nowhere here", "enter")
        assert app.cursor is None and lines(app) == ["── asking the server…"]
        await app.press("j", "k", "e")
        assert app.says == "No message here."
        app.mail.finds.answers.release()
        await app.settle()
        assert app.cursor == PEP


async def test_the_server_is_asked_when_the_typing_rests_and_once() -> None:
    async with running(search_rest=3600.0) as app:
        await app.press("g", "slash", *"note")
        assert app.mail.finds.asked_there == []
        await app.press("enter")
        assert app.mail.finds.asked_there == ["note"]
        assert lines(app)[-1] == "── nothing more on the server"


async def test_escape_stops_asking_the_server() -> None:
    async with running() as app:
        app.mail.finds.there = [[PEP]]
        app.mail.finds.answers = asyncio.Semaphore(0)
        await app.press("g", "slash", *"note", "enter", "escape")
        app.mail.finds.answers.release()
        await app.settle()
        assert app.main.list.row_count == 30 and not [
            w for w in app.app.workers if w.group == "search" and w.is_running
        ]


async def test_offline_the_reason_stands_below() -> None:
    async with running() as app:
        app.mail.go_offline()
        await app.press("g", "slash", *"note")
        assert lines(app)[-1] == "── offline: the server cannot be asked now"
        assert app.mail.finds.asked_there == []


async def test_without_words_no_server_is_asked() -> None:
    async with running() as app:
        await app.press("g", "slash", *"is:starred")
        assert not any(line.startswith("──") for line in lines(app))


async def test_a_line_that_is_lost_meanwhile_is_told() -> None:
    async with running() as app:
        app.mail.finds.lost = True
        await app.press("g", "slash", *"note")
        assert lines(app)[-1] == "── the server had found nothing when the line was lost"
        app.mail.finds.there = [[PEP]]
        await app.press("escape", "g", "slash", *"note")
        assert lines(app)[2] == "── 1 more from the server, then the line was lost"


async def test_a_search_that_the_store_refuses_is_told() -> None:
    async with running() as app:
        app.mail.finds.trouble = StoreError("The mail store could not be searched.")
        await app.press("slash", "x")
        assert "The mail store could not be searched." in app.says


async def test_g_slash_in_a_kept_filter_searches_the_same_words_everywhere() -> None:
    async with running() as app:
        await app.press("slash", *"note", "enter", "g", "slash")
        assert "Everywhere / note" in app.text and "Note G" in lines(app)


async def test_what_is_trashed_leaves_the_hits_and_what_is_archived_tells_its_new_folder() -> None:
    async with running() as app:
        await app.press("g", "slash", *"note", "enter", "d")
        assert "Note G" not in lines(app)
        await app.press("z", "g", "g", "e")
        line = next(line for line in app.text.splitlines() if "Note G" in line)
        assert " Archive " in line


async def test_what_was_searched_for_is_found_in_the_text_that_is_opened() -> None:
    async with running() as app:
        await app.press("slash", *"relay", "enter", "enter")
        assert app.main.view.finds and app.main.view.found.startswith("1 of")
        count = app.main.view.found.rpartition(" ")[2]
        await app.press("n")
        assert app.says.startswith(f"2 of {count}")


@pytest.mark.parametrize("width", [40, 60, 80])
async def test_the_keys_of_the_prompt_are_whole_and_its_help_is_among_them(width: int) -> None:
    async with running(size=(width, 20)) as app:
        await app.press("slash")
        shown = app.main.footer.render_line(0).text
        assert shown.split()[:2] == ["Enter", "keep"] and "F1 words" in shown
        assert ("F2" in shown) == ("F2 save" in shown) == (width == 80)
