from __future__ import annotations

import pytest

from tests.fakes.fake_mail import FakeMail
from tests.screens.run import running
from tuimail.model import Flag


def rows(mail: FakeMail) -> list[int]:
    return [row.id for row in mail.page(mail.by_name("INBOX").id, 0, 1000)]


@pytest.mark.parametrize(("advance", "row"), [("next", 3), ("previous", 1), ("list", 3)])
async def test_in_the_list_the_cursor_goes_where_the_reader_has_set_it(advance: str, row: int) -> None:
    async with running(advance=advance) as app:
        ids = rows(app.mail)
        await app.press("j", "j", "e")
        assert (app.cursor, app.pane) == (ids[row], "list")


async def test_in_the_viewer_the_next_message_is_open_and_read() -> None:
    async with running() as app:
        ids = rows(app.mail)
        await app.press("j", "enter", "e")
        assert (app.cursor, app.pane, app.main.view.message_id) == (ids[2], "view", ids[2])
        row = app.mail.summary(ids[2])
        assert row is not None and Flag.SEEN in row.flags


async def test_in_the_viewer_one_may_come_back_to_the_list() -> None:
    async with running(advance="list") as app:
        await app.press("j", "enter", "d")
        assert app.pane == "list"


async def test_the_last_message_gone_the_list_has_the_focus() -> None:
    async with running() as app:
        ids = rows(app.mail)
        await app.press("asterisk", "a", "x", "e", "enter", "e")
        assert rows(app.mail) == [] and app.pane == "list" and len(ids) > 1


async def test_brackets_archive_and_go_their_way() -> None:
    async with running() as app:
        ids = rows(app.mail)
        await app.press("j", "j", "left_square_bracket")
        assert app.cursor == ids[1]
        await app.press("right_square_bracket")
        assert app.cursor == ids[3]


async def test_brackets_go_their_way_where_what_is_archived_stays() -> None:
    async with running() as app:
        await app.press("g", "slash", *"the", "enter", "j", "j")
        ids = [row.id for n in range(5) if (row := app.main.list.summary_at(n)) is not None]
        assert len(ids) == 5
        await app.press("right_square_bracket")
        assert app.says.startswith("Archived 1 message") and app.cursor == ids[3]
        await app.press("left_square_bracket")
        assert app.cursor == ids[2]
        await app.press("enter", "right_square_bracket")
        assert (app.cursor, app.main.view.message_id, app.pane) == (ids[3], ids[3], "view")
        await app.press("q", "e")
        assert app.cursor == ids[3], "a plain e stays on what stays"
        await app.press("g", "g", "x", "j")
        here = app.cursor
        await app.press("right_square_bracket")
        assert app.cursor == here, "it was about the selected one"


async def test_back_to_the_inbox_from_the_archive() -> None:
    async with running() as app:
        ids = rows(app.mail)
        await app.press("e", "g", "a", "home", "E")
        assert app.says.startswith("Moved to the inbox 1 message")
        assert len(rows(app.mail)) == len(ids)


async def test_the_next_folder_with_unread_mail_round_all_of_them() -> None:
    async with running() as app:
        with_unread = [f.name for f in app.mail.folders() if f.unread and f.role.value in ("", "inbox", "archive")]
        seen = []
        for _ in with_unread:
            seen.append(app.folder)
            await app.press("g", "j")
        assert seen == with_unread and app.folder == "INBOX"
        await app.press("g", "k")
        assert app.folder == with_unread[-1]


async def test_the_previous_of_a_range_is_what_stands_above_all_of_it() -> None:
    async with running() as app:
        await app.press("j", "V", "j", "j", "left_square_bracket")
        assert app.says.startswith("Archived 3 messages")
        assert app.cursor == 1
        await app.press("G", "V", "k", "left_square_bracket")
        assert app.main.list.cursor == app.main.list.row_count - 1
