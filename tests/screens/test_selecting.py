from __future__ import annotations

import pytest

from tests.fakes.fake_mail import FakeMail
from tests.screens.run import running
from tuimail.model import Flag
from tuimail.screens import reading
from tuimail.widgets import message_list


def rows(mail: FakeMail) -> list[int]:
    return [row.id for row in mail.page(mail.by_name("INBOX").id, 0, 1000)]


async def test_all_messages_are_selected_and_unselected() -> None:
    async with running() as app:
        await app.press("asterisk", "a")
        assert app.main.list.selected == set(rows(app.mail))
        assert f"✓ {len(rows(app.mail))} selected" in app.text
        await app.press("asterisk", "n")
        assert not app.main.list.selected


async def test_a_kind_of_messages_is_selected() -> None:
    async with running() as app:
        there = {id_: app.mail.summary(id_) for id_ in rows(app.mail)}
        await app.press("asterisk", "u")
        assert app.main.list.selected == {id_ for id_, row in there.items() if row and Flag.SEEN not in row.flags}
        await app.press("asterisk", "n", "asterisk", "s")
        assert app.main.list.selected == {id_ for id_, row in there.items() if row and Flag.FLAGGED in row.flags}


async def test_all_from_one_sender_are_selected() -> None:
    async with running() as app:
        here = app.mail.summary(rows(app.mail)[0])
        assert here is not None
        await app.press("asterisk", "f")
        same = {id_ for id_ in rows(app.mail) if (row := app.mail.summary(id_)) and row.email == here.email}
        assert app.main.list.selected == same and app.cursor == here.id


async def test_a_thread_of_one_selects_itself() -> None:
    async with running() as app:
        await app.press("asterisk", "t")
        assert app.main.list.selected == {app.cursor}


async def test_a_range_follows_the_cursor_both_ways_and_is_kept() -> None:
    async with running() as app:
        ids = rows(app.mail)
        await app.press("j", "V", "j", "j")
        assert app.main.list.selected == set(ids[1:4])
        await app.press("k")
        assert app.main.list.selected == set(ids[1:3])
        await app.press("V", "j", "j", "x")
        assert app.main.list.selected == {*ids[1:3], ids[4]}


async def test_escape_ends_a_range_first_and_then_the_selection() -> None:
    async with running() as app:
        ids = rows(app.mail)
        await app.press("V", "j", "escape")
        assert app.main.list.selected == set(ids[:2]) and not app.main.list.in_range
        await app.press("escape")
        assert not app.main.list.selected


async def test_a_range_to_the_end_is_archived_in_one_and_comes_back_in_one() -> None:
    async with running() as app:
        ids = rows(app.mail)
        await app.press("V", "G", "e")
        assert rows(app.mail) == [] and app.says.startswith(f"Archived {len(ids)} messages")
        await app.press("z")
        assert rows(app.mail) == ids


async def test_in_the_viewer_a_key_is_for_the_message_that_is_read_and_the_selection_stays() -> None:
    async with running() as app:
        ids = rows(app.mail)
        await app.press("x", "x", "j", "enter", "d")
        assert app.says == "Trashed 1 message · z undo"
        assert rows(app.mail) == [*ids[:3], *ids[4:]] and app.main.list.selected == set(ids[:2])
        await app.press("q", "d")
        assert rows(app.mail) == [ids[2], *ids[4:]] and not app.main.list.selected


async def test_shift_and_click_selects_up_to_there() -> None:
    async with running() as app:
        ids = rows(app.mail)
        await app.pilot.click("#list", offset=(20, 4), shift=True)
        await app.settle()
        assert app.main.list.selected == set(ids[:5])


async def test_all_inboxes_are_one_list_and_its_cursor_is_remembered() -> None:
    async with running() as app:
        ids = rows(app.mail)
        await app.press("g", "u", "j", "j")
        unread = sum(not row.flags & Flag.SEEN for row in app.mail.page(app.mail.by_name("INBOX").id, 0, 1000))
        assert f"All inboxes  {unread} unread of {len(ids)}" in app.text and app.cursor == ids[2]
        await app.press("g", "a", "g", "u")
        assert app.cursor == ids[2]


async def test_what_is_archived_in_all_inboxes_leaves_at_once_and_comes_back() -> None:
    async with running() as app:
        ids = rows(app.mail)
        await app.press("g", "u", "j", "e")
        assert app.cursor == ids[2] and app.main.list.row_count == len(ids) - 1
        await app.press("z")
        assert app.cursor == ids[1] and app.main.list.row_count == len(ids)


async def test_new_mail_joins_all_inboxes_without_moving_the_cursor() -> None:
    async with running() as app:
        await app.press("g", "u", "j", "j")
        before = app.cursor
        app.mail.arrive("a new one")
        await app.settle()
        assert app.cursor == before and "a new one" in app.text


async def test_of_many_selected_those_that_somebody_took_away_are_found_a_moment_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(message_list, "CHECKED_AT_ONCE", 2)
    monkeypatch.setattr(reading, "CHECKED_AT_ONCE", 2)
    async with running() as app:
        ids = rows(app.mail)
        await app.press("asterisk", "a")
        await app.mail.move(ids[:3], app.mail.by_name("Receipts").id)
        await app.settle()
        assert app.main.list.selected == set(ids[3:])
