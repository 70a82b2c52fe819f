"""Folders made, renamed, deleted and subscribed to: wished offline, told later, undone, refused in words."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.fakes.fake_remote import FakeFolder, FakeServer
from tests.servers.dovecot import Dovecot
from tests.store.rows import row
from tests.sync.house import folder, id_of, letter, subjects, until
from tests.sync.test_pop import looked_again, no_waiting, on_server, synced
from tests.sync.test_pop import opened as pop_opened
from tests.test_mail import INBOX, TRASH, find, mail_over, server
from tuimail.changes import Change, Trouble
from tuimail.errors import ConnectionLost, Unfit
from tuimail.mail import Mail
from tuimail.model import Folder, QueueGroup, Role
from tuimail.store import messages, waiting

__all__ = ["no_waiting"]


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


async def make_new(mail: Mail, one: FakeServer) -> None:
    """A folder "New" is made, and known to be."""
    await mail.shelves.create(1, "New")
    await told(mail, one, b"New")
    await until(mail, lambda: mail.pending_count() == 0)


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


async def test_folders_deleted_at_once_leave_no_name_behind(tmp_path: Path) -> None:
    one = with_travel()
    async with mail_over(tmp_path, {"a": one}) as mail:
        assert mail.folders()
    async with mail_over(tmp_path, {"a": one}, online=False) as mail:
        await mail.shelves.delete(shelf(mail, "Travel/2024"))
        await mail.shelves.delete(shelf(mail, "Travel"))
    async with mail_over(tmp_path, {"a": one}) as mail:
        await told(mail, one)
        await until(mail, lambda: mail.pending_count() == 0)
        assert one.levels == set()


async def test_a_level_that_was_made_by_the_way_is_taken_away_by_undo(tmp_path: Path) -> None:
    one = server("m")
    async with mail_over(tmp_path, {"a": one}) as mail:
        await mail.shelves.create(1, "Trips/2024/May")
        await told(mail, one, b"Trips/2024/May")
        await until(mail, lambda: mail.pending_count() == 0)
        assert one.levels == {b"Trips", b"Trips/2024"}
    async with mail_over(tmp_path, {"a": one}) as mail:
        await mail.undo()
        await told(mail, one)
        await until(mail, lambda: mail.pending_count() == 0 and not one.levels)


async def test_a_level_that_another_client_has_made_a_folder_of_stays(tmp_path: Path) -> None:
    one = server("m")
    async with mail_over(tmp_path, {"a": one}) as mail:
        await mail.shelves.create(1, "Trips/May")
        await told(mail, one, b"Trips/May")
        await until(mail, lambda: mail.pending_count() == 0)
        one.levels.discard(b"Trips")
        one.folders[b"Trips"] = FakeFolder()
        one.put(b"Trips", "theirs")
        await mail.undo()
        await told(mail, one, b"Trips")
        mail.sync_now()
        await until(mail, lambda: "Trips" in all_names(mail) and shelf(mail, "Trips").total == 1)
        assert one.where()["theirs"] == [b"Trips"]


async def test_a_folder_is_not_deleted_while_another_client_has_folders_below_it(tmp_path: Path) -> None:
    one = server()
    async with mail_over(tmp_path, {"a": one}) as mail:
        await make_new(mail, one)
        one.folders[b"New/Theirs"] = FakeFolder()
        mail.sync_now()
        await until(mail, lambda: "New/Theirs" in all_names(mail))
        await mail.undo()

        def says() -> bool:
            groups: list[QueueGroup] = mail._database.look(waiting.groups, [])
            return [group.error for group in groups] == ["There are folders below it by now."]

        await until(mail, says)
        del one.folders[b"New/Theirs"]
        mail.sync_now()
        await told(mail, one)


async def test_a_refusal_does_not_hold_up_what_was_wished_meanwhile(tmp_path: Path) -> None:
    one = with_travel()
    one.folders[b"Trips"] = FakeFolder()
    async with mail_over(tmp_path, {"a": one}) as mail:
        del one.folders[b"Travel/2024"]
        await mail.shelves.delete(shelf(mail, "Travel/2024"))
        await until(mail, lambda: mail.pending_count() == 0)
        better: list[str] = []

        async def before(command: str) -> None:
            if command == "rename" and not better:
                one.folders[b"Reise"] = FakeFolder()  # another client was faster
                better.append(await mail.shelves.delete(shelf(mail, "Reise")))

        one.before = before
        await mail.shelves.rename(shelf(mail, "Travel"), "Reise")
        await until(mail, lambda: better and mail.pending_count() == 0)
        assert b"Travel" not in one.folders


async def test_a_refusal_is_said_and_waits_in_the_queue_to_be_tried_again_or_dropped(tmp_path: Path) -> None:
    one = with_travel()
    heard: list[Change] = []
    async with mail_over(tmp_path, {"a": one}) as mail:
        one.refused = {b"Travel"}
        mail.subscribe(heard.append)
        await mail.shelves.rename(shelf(mail, "Travel"), "Trips")
        await until(mail, lambda: any(isinstance(c, Trouble) and "You may not rename" in c.sentence for c in heard))
        (group,) = await mail.waiting.groups()
        assert (group.what, group.count) == ("rename the folder Travel to Trips", 1), "with what is below it"
        assert group.error == "You may not rename this folder." and mail.pending_count() == 1
        mail.sync_now()
        await until(mail, lambda: mail.states()[0].line.value == "online")
        assert [c[0] for c in one.commands].count("rename") == 0
        assert await mail.waiting.drop(group.key) == "dropped the change of folder Trips"
        assert all_names(mail) >= {"Travel", "Travel/2024"} and mail.pending_count() == 0
        one.refused = set()
        assert await mail.undo() == "undid: dropped the change of folder Trips"
        await told(mail, one, b"Trips", b"Trips/2024")
        await until(mail, lambda: mail.pending_count() == 0)


async def test_folders_wait_in_the_queue_while_there_is_no_line(tmp_path: Path) -> None:
    one = with_travel()
    async with mail_over(tmp_path, {"a": one}) as mail:
        assert mail.folders()
    async with mail_over(tmp_path, {"a": one}, online=False) as mail:
        await mail.shelves.create(1, "New")
        await mail.shelves.delete(shelf(mail, "Travel/2024"))
        await mail.shelves.rename(shelf(mail, "Travel"), "Trips")
        await mail.shelves.subscribe(shelf(mail, "Archive"), on=False)
        groups = {group.what: group for group in await mail.waiting.groups()}
        assert set(groups) == {
            "make the folder New",
            "delete the folder Trips/2024",
            "rename the folder Travel to Trips",
            "unsubscribe from Archive",
        }
        assert mail.pending_count() == 4 and all(group.since and not group.error for group in groups.values())
        for group in groups.values():
            await mail.waiting.drop(group.key)
        assert all_names(mail) == {"INBOX", "Archive", "Trash", "Travel", "Travel/2024"}
        assert await mail.waiting.groups() == []
        for _ in groups:
            await mail.undo()
        assert {group.what for group in await mail.waiting.groups()} == set(groups)
        await mail.sync()
        assert set(one.folders) == {INBOX, b"Archive", TRASH, b"New", b"Trips"}
        assert await mail.waiting.groups() == []


async def test_a_folder_that_mail_waits_for_cannot_be_dropped(tmp_path: Path) -> None:
    one = server("m")
    async with mail_over(tmp_path, {"a": one}) as mail:
        one.refused = {b"New"}
        await mail.shelves.create(1, "New")
        await mail.move([find(mail, "m")], shelf(mail, "New").id)
        key = next(group.key for group in await mail.waiting.groups() if group.what == "make the folder New")
        with pytest.raises(Unfit):
            await mail.waiting.drop(key)
        await mail.undo()
        assert await mail.waiting.drop(key) == "dropped the change of folder New"


async def test_mail_that_came_into_a_folder_whose_making_is_undone_keeps_it(tmp_path: Path) -> None:
    one = server()
    async with mail_over(tmp_path, {"a": one}) as mail:
        await mail.shelves.create(1, "New")
        await told(mail, one, b"New")
        await until(mail, lambda: shelf(mail, "New").complete)
        one.put(b"New", "late")
        await mail.undo()
        mail.sync_now()

        def says() -> bool:
            groups: list[QueueGroup] = mail._database.look(waiting.groups, [])
            return [group.error for group in groups] == ["There is mail in it by now."]

        await until(mail, says)
        assert one.where()["late"] == [b"New"]


async def test_a_message_that_turns_up_nowhere_keeps_no_folder(tmp_path: Path) -> None:
    one = server()
    async with mail_over(tmp_path, {"a": one}) as mail:
        await make_new(mail, one)
    async with mail_over(tmp_path, {"a": one}, online=False) as mail:
        new = shelf(mail, "New").id
        await mail.undo()

        def lose(db: sqlite3.Connection) -> None:
            messages.put_heads(db, new, [row(1)])
            db.execute("UPDATE message SET remote_id = NULL")

        await mail._database.write(lose)
    async with mail_over(tmp_path, {"a": one}) as mail:
        await told(mail, one)


@pytest.mark.parametrize("command", ["create", "rename", "delete", "subscribe"])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("cut", [False, True], ids=["heard", "cut"])
async def test_what_is_thought_better_of_while_the_server_is_told_is_undone(
    tmp_path: Path, command: str, when: str, cut: bool
) -> None:
    """The command is on the line, obeyed or not yet, its answer heard or lost; and just then the user says z."""
    one = with_travel("m")
    async with mail_over(tmp_path, {"a": one}) as mail:
        undone: list[str] = []

        async def meanwhile(said: str) -> None:
            if said == command and not undone:
                undone.append(await mail.undo())
                if cut:
                    raise ConnectionLost("cut")

        setattr(one, when, meanwhile)
        travel = shelf(mail, "Travel/2024" if command == "delete" else "Travel")
        await {
            "create": lambda: mail.shelves.create(1, "New"),
            "rename": lambda: mail.shelves.rename(travel, "Trips"),
            "delete": lambda: mail.shelves.delete(travel),
            "subscribe": lambda: mail.shelves.subscribe(travel, on=False),
        }[command]()
        await until(mail, lambda: undone)
        mail.sync_now()
        await until(mail, lambda: mail.pending_count() == 0 and mail.states()[0].line.value == "online")
        await told(mail, one, b"Travel", b"Travel/2024")
        await until(mail, lambda: mail.pending_count() == 0)
        assert all_names(mail) == {"INBOX", "Archive", "Trash", "Travel", "Travel/2024"}
        assert one.unsubscribed == set()
        assert one.where()["m"] == [b"Travel/2024"]


async def test_lines_of_folders_tell_whether_they_can_be_reversed(tmp_path: Path) -> None:
    one = with_travel("m")
    async with mail_over(tmp_path, {"a": one}) as mail:

        async def told_of(label: str) -> tuple[int, tuple[tuple[str, int], ...]]:
            line = next(line for line in await mail.past.lines(20) if line.deed.label == label)
            return line.able, line.whys

        await mail.shelves.create(1, "New")
        await mail.shelves.rename(shelf(mail, "Travel"), "Trips")
        assert await told_of("made folder New") == (1, ())
        assert await told_of("renamed Travel to Trips") == (1, ())
        await mail.move([find(mail, "m")], shelf(mail, "New").id)
        assert await told_of("made folder New") == (0, (("later", 1),))
        await mail.undo()
        await mail.shelves.delete(shelf(mail, "Trips/2024"))
        assert await told_of("renamed Travel to Trips") == (0, (("later", 1),))
        assert await told_of("deleted folder Trips/2024 with 1 message") == (2, ())
        await mail.shelves.create(1, "Travel")
        first = next(line.deed.id for line in await mail.past.lines(20) if line.deed.label == "made folder New")
        assert await mail.past.reverse(first) == "undid: made folder New"
        assert "New" not in all_names(mail)
        await mail.undo()
        await mail.undo()
        assert await told_of("renamed Travel to Trips") == (1, ())


async def test_subscriptions_are_told_and_undone(tmp_path: Path) -> None:
    one = with_travel()
    async with mail_over(tmp_path, {"a": one}) as mail:
        assert await mail.shelves.subscribe(shelf(mail, "Travel"), on=False) == "unsubscribed from Travel"
        await until(mail, lambda: one.unsubscribed == {b"Travel"})
        assert not shelf(mail, "Travel").subscribed
        await mail.undo()
        await until(mail, lambda: one.unsubscribed == set())


@pytest.mark.parametrize("carries", [True, False])
async def test_a_renamed_folder_is_subscribed_to_as_before_whatever_the_server_makes_of_it(
    tmp_path: Path, carries: bool
) -> None:
    one = with_travel()
    one.unsubscribed = {b"Travel/2024"}
    one.carries = carries
    async with mail_over(tmp_path, {"a": one}) as mail:
        await mail.shelves.rename(shelf(mail, "Travel"), "Trips")
        await told(mail, one, b"Trips", b"Trips/2024")
        await until(mail, lambda: mail.pending_count() == 0)
        assert one.unsubscribed - {b"Travel", b"Travel/2024"} == {b"Trips/2024"}
        assert shelf(mail, "Trips").subscribed and not shelf(mail, "Trips/2024").subscribed
        subscriptions = [command for command in one.commands if command[0] == "subscribe"]
        assert subscriptions == [("subscribe", b"Trips", True)] * (not carries)


async def test_a_folder_brought_back_is_subscribed_to_as_the_user_said_last(tmp_path: Path) -> None:
    one = with_travel()
    del one.folders[b"Travel/2024"]
    async with mail_over(tmp_path, {"a": one}) as mail:
        await mail.shelves.subscribe(shelf(mail, "Travel"), on=False)
        await until(mail, lambda: mail.pending_count() == 0)
        for on in (False, True):
            if on:
                one.refused = {b"Travel"}  # the wish has not come true when the folder goes
                await mail.undo()
            await mail.shelves.delete(shelf(mail, "Travel"))
            one.refused = set()
            await told(mail, one)
            await mail.undo()
            await told(mail, one, b"Travel")
            await until(mail, lambda: mail.pending_count() == 0)
            assert (b"Travel" not in one.unsubscribed, shelf(mail, "Travel").subscribed) == (on, on)


async def test_a_subscription_taken_back_while_its_folder_is_gone_is_so_when_it_comes_back(tmp_path: Path) -> None:
    one = with_travel()
    del one.folders[b"Travel/2024"]
    async with mail_over(tmp_path, {"a": one}) as mail:
        await mail.shelves.delete(shelf(mail, "Travel"))
        await mail.shelves.create(1, "Travel")
        await mail.shelves.subscribe(shelf(mail, "Travel"), on=False)
        made = next(line.deed.id for line in await mail.past.lines(20) if line.deed.label == "made folder Travel")
        await mail.past.reverse(made)
        await told(mail, one)
        assert await mail.undo() == "undid: unsubscribed from Travel (the folder Travel is not there any more)"
        assert await mail.undo() == "undid: deleted folder Travel"
        await told(mail, one, b"Travel")
        await until(mail, lambda: mail.pending_count() == 0)
        assert shelf(mail, "Travel").subscribed and b"Travel" not in one.unsubscribed


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


async def test_a_folder_gets_no_name_that_others_are_below_for_undo_would_take_them_along(tmp_path: Path) -> None:
    one = with_travel()
    one.folders[b"Old/2023"] = FakeFolder()
    async with mail_over(tmp_path, {"a": one}) as mail:
        with pytest.raises(Unfit, match="below"):
            await mail.shelves.rename(shelf(mail, "Travel"), "Old")
        assert await mail.shelves.rename(shelf(mail, "Travel"), "Olden")
        await told(mail, one, b"Old/2023", b"Olden", b"Olden/2024")


async def test_a_maildrops_own_folders_are_made_renamed_deleted_and_all_of_it_undone(
    dovecot: Dovecot, tmp_path: Path
) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [letter(n) for n in range(2)])
    async with pop_opened(user, dovecot.pop_port, tmp_path) as mail:
        await until(mail, lambda: mail.folders() and len(subjects(mail, Role.INBOX)) == 2)
        await mail.shelves.create(1, "Reise")
        await mail.move([id_of(mail, Role.INBOX, "letter 0")], shelf(mail, "Reise").id)
        await synced(mail)
        await mail.shelves.rename(shelf(mail, "Reise"), "Travel")
        await synced(mail)
        row = find(mail, "letter 0")
        assert b"text 0" in await mail.raw(row)
    async with pop_opened(user, dovecot.pop_port, tmp_path) as mail:
        await synced(mail)
        assert [row.subject for row in mail.page(shelf(mail, "Travel").id, 0, 9)] == ["letter 0"]
        assert await mail.shelves.delete(shelf(mail, "Travel")) == "deleted folder Travel with 1 message"
        await synced(mail)
        assert "Travel" not in all_names(mail) and subjects(mail, Role.TRASH) == ["letter 0"]
        await mail.undo()
        await synced(mail)
        assert [row.subject for row in mail.page(shelf(mail, "Travel").id, 0, 9)] == ["letter 0"]
        for _ in range(3):
            await mail.undo()
        await synced(mail)
        assert all_names(mail).isdisjoint({"Travel", "Reise"})
        assert sorted(subjects(mail, Role.INBOX)) == ["letter 0", "letter 1"]
        assert b"text 0" in await mail.raw(id_of(mail, Role.INBOX, "letter 0"))
    assert on_server(dovecot, user) == ["letter 0", "letter 1"]


async def test_an_undone_copy_of_a_maildrop_is_gone_and_the_message_stays_on_the_server(
    dovecot: Dovecot, tmp_path: Path
) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [letter(0)])
    async with pop_opened(user, dovecot.pop_port, tmp_path) as mail:
        await until(mail, lambda: mail.folders() and subjects(mail, Role.INBOX) == ["letter 0"])
        await mail.filing.copy([id_of(mail, Role.INBOX, "letter 0")], folder(mail, Role.ARCHIVE).id)
        await synced(mail)
        await until(mail, lambda: subjects(mail, Role.ARCHIVE) == ["letter 0"])
        assert await mail.undo() == "undid: copied to Archive 1 message"
        await synced(mail)
        await looked_again(mail)
        await synced(mail)
        assert (subjects(mail, Role.ARCHIVE), subjects(mail, Role.TRASH)) == ([], [])
        assert subjects(mail, Role.INBOX) == ["letter 0"]
    assert on_server(dovecot, user) == ["letter 0"]
