"""Kept searches are lists like folders: in the tree with their counts, opened, found by name, renamed, forgotten."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Sequence

import pytest
from textual import events

from tests.fakes.fake_mail import FakeMail
from tests.screens.run import Running, running
from tuimail.query import Query
from tuimail.records import replace
from tuimail.screens import saved


async def keep(app: Running, words: str, name: str, *chord: str) -> None:
    await app.press(*chord, "slash", *words, "f2")
    await app.press("ctrl+u", *name, "enter", "escape")
    await app.settle()


def tree(app: Running) -> list[str]:
    return [line[:26].strip("▌› ") for line in app.text.splitlines()[:30]]


async def test_a_kept_search_stands_below_the_folders_with_its_counts() -> None:
    async with running() as app:
        await keep(app, "pep", "peps", "g")
        lines = [" ".join(line.split()) for line in tree(app)]
        assert "Searches ▾" in lines and "/ peps 2/2" in lines
        app.mail.arrive("a pep for you", folder="Lists/python-dev")
        app.main._counting = False
        app.main._count_soon()
        await app.settle()
        assert "/ peps 3/3" in [" ".join(line.split()) for line in tree(app)]


async def test_a_filter_of_a_folder_is_kept_with_its_folder() -> None:
    async with running() as app:
        await keep(app, "note", "notes")
        assert "/ notes" in app.text
        assert app.mail.finds.saved()[0].query == 'in:"INBOX" (note)'


async def test_what_was_found_can_be_kept_after_enter_too() -> None:
    async with running() as app:
        await app.press("g", "slash", *"pep", "enter", "f2", "ctrl+u", *"peps", "enter")
        assert app.says == "Kept as “peps”, below the folders"
        assert app.mail.finds.saved()[0].query == "pep" and "Everywhere / pep" in app.text
        await app.press("1", "G", "enter", "f2")
        assert app.says == "It is kept already, as “peps”." and app.shown == "MainScreen"
        await app.press("slash", *"eight", "enter", "colon", *"save search", "enter")
        await app.press("ctrl+u", *"eight", "enter")
        assert app.mail.finds.saved()[0].query == "(pep) (eight)"


async def test_the_search_that_had_the_name_before_is_said() -> None:
    async with running() as app:
        await keep(app, "pep", "mine", "g")
        await app.press("g", "slash", *"note", "f2", "ctrl+u", *"mine", "enter")
        assert app.says == "Kept as “mine”, below the folders, in the place of: pep"
        assert [kept.query for kept in app.mail.finds.saved()] == ["note"]


async def test_a_kept_search_is_opened_from_the_tree_and_its_cursor_is_remembered() -> None:
    async with running() as app:
        await keep(app, "note", "notes", "g")
        await app.press("1", "G", "enter")
        assert app.pane == "list" and "notes  2" in app.text and app.main.list.row_count == 2
        await app.press("j")
        here = app.cursor
        await app.press("g", "i", "1", "G", "enter")
        assert app.cursor == here


async def test_what_is_archived_leaves_a_kept_filter_of_its_folder_at_once() -> None:
    async with running() as app:
        await keep(app, "a", "some")
        await app.press("1", "G", "enter")
        count, first = app.main.list.row_count, app.cursor
        await app.press("e")
        assert app.main.list.row_count == count - 1 and app.cursor != first
        await app.press("e")
        assert app.says.startswith("Archived 1") and app.main.list.row_count == count - 2


async def test_a_filter_within_a_kept_search_narrows_it_and_escape_goes_back_to_it() -> None:
    async with running() as app:
        await keep(app, "note", "notes", "g")
        await app.press("1", "G", "enter")
        await app.press("slash", *"instruction")
        assert "notes / instruction" in app.text and app.main.list.row_count == 1
        await app.press("escape")
        assert app.main.list.row_count == 2 and "notes  2" in app.text


async def test_the_key_behind_enter_on_a_kept_search_is_for_what_it_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved, "ANSWER_SOON", 30.0)
    async with running() as app:
        await keep(app, "note", "notes", "g")
        await app.press("1", "G")
        ids, answered = app.mail.finds.ids, asyncio.Event()

        async def slowly(query: Query, folders: Sequence[int] | None = None) -> array[int]:
            await answered.wait()
            return await ids(query, folders)

        monkeypatch.setattr(app.mail.finds, "ids", slowly)
        for key in ("enter", "j", "s"):
            app.app.post_message(events.Key(key, key))
        await app.pilot.pause()
        answered.set()
        await app.settle()
        assert app.says == "Starred 1 message · z undo" and "notes  2" in app.text and app.main.list.cursor == 1


async def test_a_kept_search_is_found_by_name() -> None:
    async with running() as app:
        await keep(app, "note", "zettel", "g")
        await app.press("c", *"zett", "enter")
        assert "zettel  2" in app.text


async def test_a_kept_search_is_renamed_and_forgotten_in_the_tree() -> None:
    async with running() as app:
        await keep(app, "note", "notes", "g")
        await app.press("1", "G", "R", "ctrl+u", *"Other", "enter")
        assert [kept.name for kept in app.mail.finds.saved()] == ["Other"] and "/ Other" in app.text
        await app.press("G", "delete")
        assert "Forget the search “Other”? No mail is deleted." in app.text
        await app.press("y")
        assert app.mail.finds.saved() == [] and "Searches" not in app.text


async def test_a_kept_search_does_not_take_the_name_of_another() -> None:
    async with running() as app:
        await keep(app, "note", "notes", "g")
        await keep(app, "bridge", "other", "g")
        await app.press("1", "G", "R", "ctrl+u", *"notes", "enter")
        assert app.says == "Another search is called “notes” already."
        assert [kept.name for kept in app.mail.finds.saved()] == ["notes", "other"]


async def test_on_a_folder_the_same_keys_are_about_the_folder() -> None:
    async with running() as app:
        await app.press("1", "G", "delete")
        assert "Delete the folder" in app.text
        await app.press("n", "R")
        assert "Rename" in app.text and app.shown == "PromptScreen"


async def test_with_two_accounts_all_inboxes_stand_on_top() -> None:
    mail = FakeMail()
    mail._folders.append(replace(mail.by_name("INBOX"), id=99, account_id=2, account="work"))
    async with running(mail) as app:
        assert "All inboxes" in app.text.splitlines()[1]
        await app.press("1", "g", "g", "enter")
        assert app.main.list_title.visual and "All inboxes" in app.text.splitlines()[0]
        await app.press("c", *"all inb", "enter")
        assert app.main.folder_tree.current == "unified"
