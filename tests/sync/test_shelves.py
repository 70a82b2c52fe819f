"""Folders made, renamed, deleted and subscribed to: wished offline, told later, undone, refused in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.fake_remote import FakeFolder, FakeServer
from tests.sync.house import until
from tests.test_mail import INBOX, TRASH, find, mail_over, server
from tuimail.changes import Change, Trouble
from tuimail.errors import ConnectionLost, Unfit
from tuimail.mail import Mail
from tuimail.model import Folder


def shelf(mail: Mail, name: str) -> Folder:
    return next(f for f in mail.folders() if f.name == name)


def all_names(mail: Mail) -> set[str]:
    return {f.name for f in mail.folders()}


def with_travel(*letters: str) -> FakeServer:
    one = server()
    one.folders |= {b"Travel": FakeFolder(), b"Travel/2024": FakeFolder()}
    for name in letters:
        one.put(b"Travel/2024", name)
    return one


async def told(mail: Mail, one: FakeServer, *names: bytes) -> None:
    """The server has these folders besides its own."""
    await until(mail, lambda: set(one.folders) == {INBOX, b"Archive", TRASH, *names})


async def test_a_folder_made_renamed_and_undone(tmp_path: Path) -> None:
    one = server()
    async with mail_over(tmp_path, {"a": one}) as mail:
        assert await mail.shelves.create(1, "Reise") == "made folder Reise"
        await told(mail, one, b"Reise")
        await until(mail, lambda: shelf(mail, "Reise").complete)
        assert await mail.shelves.rename(shelf(mail, "Reise"), "Travel") == "renamed Reise to Travel"
        assert "Travel" in all_names(mail) and "Reise" not in all_names(mail)
        await told(mail, one, b"Travel")
        assert await mail.undo() == "undid: renamed Reise to Travel"
        await told(mail, one, b"Reise")
        assert await mail.undo() == "undid: made folder Reise"
        await told(mail, one)
        assert "Reise" not in all_names(mail)


async def test_what_is_below_goes_with_a_renamed_folder_and_messages_keep_their_rows(tmp_path: Path) -> None:
    one = with_travel("m")
    async with mail_over(tmp_path, {"a": one}) as mail:
        m = find(mail, "m")
        await mail.shelves.rename(shelf(mail, "Travel"), "Trips")
        assert all_names(mail) >= {"Trips", "Trips/2024"}
        await told(mail, one, b"Trips", b"Trips/2024")
        assert [c for c in one.commands if c[0] == "rename"] == [("rename", b"Travel", b"Trips")]
        await mail.flag([m], add=mail.summary(m).flags.FLAGGED)  # type: ignore[union-attr]
        await until(mail, lambda: mail.pending_count() == 0)
        assert one.folders[b"Trips/2024"].messages[1].flags, "its row is still the same"


async def test_a_rename_whose_answer_was_lost_is_seen_in_the_list(tmp_path: Path) -> None:
    one = with_travel("m")
    async with mail_over(tmp_path, {"a": one}) as mail:
        m = find(mail, "m")
        cut = [True]

        async def after(command: str) -> None:
            if command == "rename" and cut.pop():
                raise ConnectionLost("cut")

        one.after = after
        await mail.shelves.rename(shelf(mail, "Travel"), "Trips")
        await until(mail, lambda: not cut)
        mail.sync_now()
        await until(mail, lambda: mail.states()[0].line.value == "online")
        await until(mail, lambda: mail.summary(m) is not None and shelf(mail, "Trips/2024").complete)
        assert all_names(mail) == {"INBOX", "Archive", "Trash", "Trips", "Trips/2024"}
        assert [c[0] for c in one.commands].count("rename") == 1
        assert find(mail, "m") == m


async def test_a_deleted_folders_messages_go_to_the_trash_first_and_undo_brings_all_back(tmp_path: Path) -> None:
    one = with_travel("m", "n")
    async with mail_over(tmp_path, {"a": one}) as mail:
        late = one.put(b"Travel/2024", "late")  # which we have not heard of
        said = await mail.shelves.delete(shelf(mail, "Travel/2024"))
        assert said == "deleted folder Travel/2024 with 2 messages"
        await told(mail, one, b"Travel")
        await until(mail, lambda: mail.pending_count() == 0)
        assert late and set(one.where()) == {"m", "n", "late"}
        assert set(map(tuple, one.where().values())) == {(TRASH,)}
        await mail.undo()
        await told(mail, one, b"Travel", b"Travel/2024")
        await until(mail, lambda: mail.pending_count() == 0)
        assert set(map(tuple, one.where().values())) == {(b"Travel/2024",)}


async def test_a_refusal_is_said_and_the_folder_stays_as_it_is(tmp_path: Path) -> None:
    one = with_travel()
    one.refused = {b"Travel"}
    heard: list[Change] = []
    async with mail_over(tmp_path, {"a": server(), "b": server()}) as mail:
        assert mail.folders()
    async with mail_over(tmp_path / "other", {"a": one}, online=False) as mail:
        mail.subscribe(heard.append)
        mail.start()
        await until(mail, lambda: "Travel" in all_names(mail))
        await mail.shelves.rename(shelf(mail, "Travel"), "Trips")
        await until(mail, lambda: any(isinstance(c, Trouble) and "stays as it is" in c.sentence for c in heard))
        assert "Travel" in all_names(mail) and "Trips" not in all_names(mail)


async def test_subscriptions_are_told_and_undone(tmp_path: Path) -> None:
    one = with_travel()
    async with mail_over(tmp_path, {"a": one}) as mail:
        assert await mail.shelves.subscribe(shelf(mail, "Travel"), on=False) == "unsubscribed from Travel"
        await until(mail, lambda: one.unsubscribed == {b"Travel"})
        assert not shelf(mail, "Travel").subscribed
        await mail.undo()
        await until(mail, lambda: one.unsubscribed == set())


async def test_names_no_folder_can_have_are_refused_in_words(tmp_path: Path) -> None:
    async with mail_over(tmp_path, {"a": with_travel()}) as mail:
        for name in ("", " ", "a//b", "50%", "INBOX", "Travel", "x\x1b"):
            with pytest.raises(Unfit):
                await mail.shelves.create(1, name)
        with pytest.raises(Unfit, match="inbox"):
            await mail.shelves.rename(shelf(mail, "INBOX"), "Other")
        with pytest.raises(Unfit, match="is needed"):
            await mail.shelves.delete(shelf(mail, "Trash"))
        with pytest.raises(Unfit, match="below"):
            await mail.shelves.delete(shelf(mail, "Travel"))
