"""The one door: what is asked is answered from the store, what is done is durable, and the network comes after."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.fakes.fake_remote import FakeServer
from tests.servers.dovecot import Dovecot
from tests.sync.house import folder, id_of, letter, opened, subjects, until
from tuimail.changes import BodyArrived, Change, FoldersChanged, MessagesChanged
from tuimail.errors import NotFound, Offline, ReadOnly, StoreError
from tuimail.mail import Mail
from tuimail.model import Account, Flag, Role
from tuimail.net.remote import Remote
from tuimail.store.database import Database

INBOX, ARCHIVE, TRASH = b"INBOX", b"Archive", b"Trash"


async def _no_password(account: Account) -> str:
    raise AssertionError("nobody asks for a password here")


@asynccontextmanager
async def mail_over(data: Path, servers: Mapping[str, FakeServer], *, online: bool = True) -> AsyncIterator[Mail]:
    """A Mail with an account for each of these servers."""

    class Wired(Mail):
        def _connector(self, account: Account, account_id: int) -> Callable[[], Awaitable[Remote]]:
            return servers[account.name].connect

    accounts = [Account(name, "nowhere.invalid", 1, name) for name in servers]
    async with Wired(data, accounts, _no_password) as mail:
        if online:
            mail.start()
            await until(mail, lambda: all(_whole(mail, name, server) for name, server in servers.items()))
        yield mail


def _whole(mail: Mail, name: str, server: FakeServer) -> bool:
    have = {f.name: f.total for f in mail.folders() if f.account == name and f.complete}
    return have == {n.decode(): len(box.messages) for n, box in server.folders.items()}


def server(*names: str, **abilities: bool) -> FakeServer:
    """A server with these letters in its inbox."""
    made = FakeServer(idles=True, **abilities)
    for name in names:
        made.put(INBOX, name)
    return made


def find(mail: Mail, subject: str) -> int:
    return next(row.id for f in mail.folders() for row in mail.page(f.id, 0, 100) if row.subject == subject)


def names(mail: Mail, account: str, role: Role) -> list[str]:
    (where,) = (f for f in mail.folders() if f.account == account and f.role is role)
    return sorted(row.subject for row in mail.page(where.id, 0, 100))


# --- do ------------------------------------------------------------------------------------------


async def test_archive_over_two_accounts_is_one_deed_and_one_undo(tmp_path: Path) -> None:
    servers = {"a": server("a1", "a2"), "b": server("b1")}
    async with mail_over(tmp_path, servers) as mail:
        assert await mail.archive([find(mail, n) for n in ("a1", "b1")]) == "archived 2 messages"
        assert names(mail, "a", Role.ARCHIVE) == ["a1"]
        assert names(mail, "b", Role.ARCHIVE) == ["b1"]
        await until(mail, lambda: mail.pending_count() == 0)
        assert servers["a"].where()["a1"] == servers["b"].where()["b1"] == [ARCHIVE]
        assert [d.count for d in mail.history()] == [2]
        assert await mail.undo() == "undid: archived 2 messages"
        await until(mail, lambda: mail.pending_count() == 0)
        assert servers["a"].where()["a1"] == servers["b"].where()["b1"] == [INBOX]
        assert await mail.undo() == ""
        assert await mail.redo() == "did again: archived 2 messages"
        assert await mail.redo() == ""


async def test_a_move_to_another_account_is_refused_in_words_and_changes_nothing(tmp_path: Path) -> None:
    async with mail_over(tmp_path, {"a": server("a1"), "b": server("b1")}) as mail:
        (theirs,) = (f.id for f in mail.folders() if f.account == "b" and f.role is Role.ARCHIVE)
        with pytest.raises(NotFound, match="within their account"):
            await mail.move([find(mail, "a1")], theirs)
        with pytest.raises(NotFound):
            await mail.move([find(mail, "a1")], 999)
        assert names(mail, "a", Role.INBOX) == ["a1"]
        assert mail.pending_count() == 0
        assert mail.history() == []


async def test_without_an_archive_folder_nothing_is_moved_until_one_is_made(tmp_path: Path) -> None:
    one = server("letter")
    del one.folders[ARCHIVE]
    async with mail_over(tmp_path, {"a": one}) as mail:
        with pytest.raises(NotFound, match="no archive folder"):
            await mail.archive([find(mail, "letter")])
        assert names(mail, "a", Role.INBOX) == ["letter"]
        made = await mail.create_folder(mail.folders()[0].account_id, "Archive", Role.ARCHIVE)
        assert made.role is Role.ARCHIVE
        await mail.archive([find(mail, "letter")])
        assert names(mail, "a", Role.ARCHIVE) == ["letter"], "at once, whatever the server does"
        await until(mail, lambda: mail.pending_count() == 0)
    assert one.where() == {"letter": [ARCHIVE]}


async def test_of_two_accounts_one_without_an_archive_nothing_is_half_done(tmp_path: Path) -> None:
    poor = server("b1")
    del poor.folders[ARCHIVE]
    async with mail_over(tmp_path, {"a": server("a1"), "b": poor}) as mail:
        with pytest.raises(NotFound):
            await mail.archive([find(mail, "a1"), find(mail, "b1")])
        assert names(mail, "a", Role.INBOX) == ["a1"]


async def test_a_verb_says_what_it_did_and_nothing_when_nothing_changed(tmp_path: Path) -> None:
    async with mail_over(tmp_path, {"a": server("one", "two")}) as mail:
        ids = [find(mail, "one"), find(mail, "two")]
        assert await mail.flag(ids, add=Flag.FLAGGED) == "starred 2 messages"
        assert await mail.flag(ids, add=Flag.FLAGGED) == ""
        assert await mail.flag([*ids, 999], remove=Flag.FLAGGED) == "unstarred 2 messages"
        assert await mail.trash(ids[:1]) == "moved to trash 1 message"
        assert await mail.trash(ids[:1]) == ""
        assert await mail.archive([]) == ""


async def test_the_screen_is_told_of_what_was_done_before_the_server_heard(tmp_path: Path) -> None:
    async with mail_over(tmp_path, {"a": server("one")}, online=True) as mail:
        told: list[Change] = []
        stop = mail.subscribe(told.append)
        row = mail.summary(find(mail, "one"))
        assert row is not None
        await mail.archive([row.id])
        archive = mail.folder_by_role(1, Role.ARCHIVE)
        assert archive is not None
        here, there = MessagesChanged(row.folder_id), MessagesChanged(archive.id)
        in_a_row = list(zip(told, told[1:], told[2:], strict=False))  # the sync may have something to tell, too
        assert (here, there, FoldersChanged()) in in_a_row or (there, here, FoldersChanged()) in in_a_row, told
        stop()
        count = len(told)
        await mail.undo()
        assert len(told) == count


@pytest.mark.parametrize("online", [True, False], ids=["online", "offline"])
async def test_a_folder_made_and_filled_reaches_a_real_server(dovecot: Dovecot, tmp_path: Path, online: bool) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [letter(1), letter(2)])
    async with opened(user, dovecot.port, tmp_path) as mail:
        await until(mail, lambda: mail.folders() and len(subjects(mail, Role.INBOX)) == 2)
        await until(mail, lambda: mail.folder_by_role(1, Role.TRASH))
    async with opened(user, dovecot.port, tmp_path, online=online) as mail:
        made = await mail.create_folder(1, "Reisen & Büro")
        assert made.name in [f.name for f in mail.folders()]
        await mail.move([id_of(mail, Role.INBOX, "letter 1")], made.id)
        assert [row.subject for row in mail.page(made.id, 0, 9)] == ["letter 1"]
    async with opened(user, dovecot.port, tmp_path) as mail:
        await until(mail, lambda: mail.pending_count() == 0)
        assert [row.subject for row in mail.page(made.id, 0, 9)] == ["letter 1"]
        assert folder(mail, Role.INBOX).total == 1
    with dovecot.client(user) as other:
        assert other.select('"Reisen &- B&APw-ro"', readonly=True) == ("OK", [b"1"])


# --- read ----------------------------------------------------------------------------------------------


async def test_a_text_asked_for_twice_is_fetched_once_and_then_kept(tmp_path: Path) -> None:
    one = server("letter")
    async with mail_over(tmp_path, {"a": one}) as mail:
        told: list[Change] = []
        mail.subscribe(told.append)
        id_ = find(mail, "letter")
        first, second = await asyncio.gather(mail.message(id_, prefetch=True), mail.message(id_))
        assert first.subject == second.subject == "letter"
        assert told.count(BodyArrived(id_)) == 1
        raws = await asyncio.gather(mail.raw(id_), mail.raw(id_))
        assert b"text" in raws[0]
        row = mail.summary(id_)
        assert row is not None
        assert row.cached
    assert one.commands_seen.count("body") == 1
    async with mail_over(tmp_path, {"a": one}, online=False) as mail:
        assert (await mail.message(id_)).subject == "letter", "read offline"


async def test_a_reader_who_goes_on_does_not_stop_the_fetching(tmp_path: Path) -> None:
    one = server("letter")
    async with mail_over(tmp_path, {"a": one}) as mail:
        id_ = find(mail, "letter")
        reader = asyncio.create_task(mail.message(id_))
        await asyncio.sleep(0)
        reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)
        await until(mail, lambda: (row := mail.summary(id_)) and row.cached)
    assert one.commands_seen.count("body") == 1


async def test_a_text_that_is_not_here_needs_the_line(tmp_path: Path) -> None:
    one = server("letter")
    async with mail_over(tmp_path, {"a": one}) as mail:
        id_ = find(mail, "letter")
    async with mail_over(tmp_path, {"a": one}, online=False) as mail:
        for ask in (mail.message, mail.raw):
            with pytest.raises(Offline, match="not here"):
                await asyncio.wait_for(ask(id_), 2)
        with pytest.raises(NotFound):
            await mail.message(999)


async def test_a_text_is_fetched_from_where_the_message_was_moved_meanwhile(tmp_path: Path) -> None:
    one = server("letter")
    async with mail_over(tmp_path, {"a": one}) as mail:
        id_ = find(mail, "letter")
        asked: list[asyncio.Task[bytes]] = []

        async def ask(command: str) -> None:
            if command == "move":
                asked.append(asyncio.create_task(mail.raw(id_)))
                await asyncio.sleep(0)

        one.before = ask
        await mail.archive([id_])
        await until(mail, lambda: mail.pending_count() == 0)
        assert b"letter" in await asyncio.wait_for(asked[0], 5)


async def test_a_message_that_is_gone_when_it_is_asked_for_is_said(tmp_path: Path) -> None:
    one = server("letter")
    async with mail_over(tmp_path, {"a": one}) as mail:
        id_ = find(mail, "letter")
        one.folders[INBOX].messages.clear()
        with pytest.raises(NotFound):
            await mail.message(id_)


# --- opening -------------------------------------------------------------------------------------------


async def test_the_second_to_open_reads_and_does_nothing(tmp_path: Path) -> None:
    one = server("letter", "other")
    async with mail_over(tmp_path, {"a": one}) as first:
        id_ = find(first, "letter")
        await first.message(id_)
        async with mail_over(tmp_path, {"a": one}, online=False) as second:
            second.start()
            assert "looking only" in second.read_only
            assert (await second.message(id_)).subject == "letter"
            assert names(second, "a", Role.INBOX) == ["letter", "other"]
            with pytest.raises(Offline, match="looking only"):
                await second.message(find(second, "other"))
            verbs: list[Callable[[], Awaitable[object]]] = [
                lambda: second.archive([id_]),
                lambda: second.trash([id_]),
                lambda: second.flag([id_], add=Flag.FLAGGED),
                lambda: second.create_folder(1, "New"),
                second.undo,
                second.redo,
            ]
            for verb in verbs:
                with pytest.raises(ReadOnly):
                    await verb()
        assert first.pending_count() == 0


async def test_the_second_to_open_sees_what_the_first_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuimail.mail.LOOK_AGAIN", 0.01)
    one = server("letter", "other")
    async with mail_over(tmp_path, {"a": one}) as first, mail_over(tmp_path, {"a": one}, online=False) as second:
        second.start()
        inbox = next(f.id for f in second.folders() if f.role is Role.INBOX)
        assert len(names(second, "a", Role.INBOX)) == second.count(inbox) == 2
        told: set[object] = set()
        second.subscribe(told.add)
        await first.archive([find(first, "letter")])
        await until(second, lambda: MessagesChanged(inbox) in told and FoldersChanged() in told)
        assert names(second, "a", Role.INBOX) == ["other"]


async def test_a_mail_that_could_not_be_entered_lets_go_of_the_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object) -> None:
        raise StoreError("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(Database, "write", full)
        with pytest.raises(StoreError):
            async with mail_over(tmp_path, {"a": server()}):
                pass
    async with mail_over(tmp_path, {"a": server("letter")}) as mail:
        assert mail.read_only == ""


async def test_leaving_pushes_what_it_can_and_no_longer_than_its_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuimail.mail.DRAIN", 1.0)
    quick, stuck = server("a1"), server("b1")
    async with mail_over(tmp_path, {"a": quick, "b": stuck}) as mail:

        async def hang(command: str) -> None:
            if command == "move":
                await asyncio.Event().wait()

        stuck.before = hang
        await mail.archive([find(mail, "a1"), find(mail, "b1")])
        began = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - began < 20
    assert quick.where() == {"a1": [ARCHIVE]}
    stuck.before = None
    async with mail_over(tmp_path, {"a": quick, "b": stuck}, online=False) as mail:
        assert [change.subject for change in mail.pending()] == ["a1", "b1"] or [
            change.subject for change in mail.pending()
        ] == ["b1"]
        mail.start()
        await until(mail, lambda: mail.pending_count() == 0)
    assert stuck.where() == {"b1": [ARCHIVE]}


async def test_reading_marks_read_and_is_not_what_undo_undoes(tmp_path: Path) -> None:
    async with mail_over(tmp_path, {"a": server("one", "two")}) as mail:
        inbox = folder(mail, Role.INBOX)
        await mail.archive([find(mail, "one")])
        await mail.flag([find(mail, "two")], add=Flag.SEEN, remember=False)
        unread = mail.folder(inbox.id)
        assert unread is not None
        assert unread.unread == 0
        assert mail.next_unread(inbox.id, None, 1) is None
        assert await mail.undo() == "undid: archived 1 message"


async def test_pages_and_positions_agree_while_rows_leave(tmp_path: Path) -> None:
    async with mail_over(tmp_path, {"a": server(*(f"m{n:02}" for n in range(30)))}) as mail:
        inbox = folder(mail, Role.INBOX)
        for start in (0, 12, 24, 5):
            page = mail.page(inbox.id, start, 6)
            assert [mail.position(inbox.id, row.id) for row in page] == list(range(start, start + len(page)))
            with contextlib.suppress(IndexError):
                await mail.archive([page[0].id, page[-1].id])
        assert mail.count(inbox.id) == len(mail.page(inbox.id, 0, 100)) == 22
