"""Who leaves in the middle of a visit to a maildrop leaves no line open and no half-made visit behind."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.pop_server import PASSWORD, USER, Conversation, PopServer, letter
from tuimail.errors import ConnectionLost, ServerRefused
from tuimail.model import Account, Security
from tuimail.net.pop import session
from tuimail.net.pop.login import open_pop
from tuimail.net.pop.session import PopSession
from tuimail.store import folders, maildrop
from tuimail.store.database import Database
from tuimail.sync import visits
from tuimail.sync.pop import connect_pop
from tuimail.sync.visits import Maildrop, Visit


@pytest.fixture(autouse=True)
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visits, "LINGER", 30.0)
    monkeypatch.setattr(visits, "READING", 30.0)
    monkeypatch.setattr(visits, "FRESH", 0.0)
    monkeypatch.setattr(visits, "FAREWELL", 0.05)
    monkeypatch.setattr(session, "FAREWELL_SECONDS", 0.05)


@contextlib.asynccontextmanager
async def maildrop_of(server: PopServer, directory: Path) -> AsyncIterator[Maildrop]:
    database = Database(directory)
    account_id = await database.write(lambda db: folders.put_account(db, "a", maildrop=True))
    await database.write(lambda db: maildrop.begin(db, account_id, removes=False))

    async def secret() -> str:
        return PASSWORD

    async def open_session() -> PopSession:
        return await open_pop(Account("a", "127.0.0.1", server.port, USER, Security.PLAIN), secret)

    try:
        yield Maildrop(database, account_id, open_session)
    finally:
        database.close()


def deaf_to(verb: str, monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """From now on the server has no answer to that until the line is closed; the event: it was asked."""
    asked = asyncio.Event()

    async def silent(self: Conversation, rest: str) -> None:
        asked.set()
        while await self.reader.read(100):
            pass

    monkeypatch.setattr(Conversation, f"do_{verb}", silent)
    return asked


def others() -> set[asyncio.Task[Any]]:
    return {task for task in asyncio.all_tasks() if task.get_name() == "visit to a maildrop"}


@pytest.mark.parametrize("verb", ["capa", "apop", "stat", "uidl"])
async def test_a_beginning_that_is_called_off_leaves_nothing_behind(
    verb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with PopServer([letter(0)]) as server, maildrop_of(server, tmp_path) as drop:
        with monkeypatch.context() as patch:
            asked = deaf_to(verb, patch)
            entering = asyncio.create_task(connect_pop(drop))
            await asked.wait()
            entering.cancel()
            await asyncio.wait([entering])
        assert entering.cancelled()
        assert not others()
        remote = await connect_pop(drop)
        assert (await remote.look(maildrop.INBOX)).exists == 1, "the next visit is a whole one"
        await remote.close()


async def test_an_end_that_the_server_does_not_answer_is_cut_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with PopServer([letter(0)]) as server, maildrop_of(server, tmp_path) as drop:
        remote = await connect_pop(drop)
        asked = deaf_to("quit", monkeypatch)
        await remote.close()
        assert asked.is_set()
        assert drop.session is not None and drop.session.driver.stream.closed
        assert not others()


async def test_an_end_that_is_called_off_itself_closes_the_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visits, "FAREWELL", 30.0)
    async with PopServer([letter(0)]) as server, maildrop_of(server, tmp_path) as drop:
        remote = await connect_pop(drop)
        asked = deaf_to("quit", monkeypatch)
        closing = asyncio.create_task(remote.close())
        await asked.wait()
        closing.cancel()
        await asyncio.wait([closing])
        assert drop.session is not None and drop.session.driver.stream.closed
        assert not others()


async def test_a_refused_list_ends_the_visit_and_the_next_one_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with PopServer([letter(0)]) as server, maildrop_of(server, tmp_path) as drop:

        async def refuse(self: Conversation, rest: str) -> None:
            self.say("-ERR not now")

        with monkeypatch.context() as patch:
            patch.setattr(Conversation, "do_stat", refuse)
            with pytest.raises(ServerRefused):
                await connect_pop(drop)
        assert not others()
        await drop.look()
        assert await drop.work(lambda visit: asyncio.sleep(0, len(visit.numbers))) == 1
        await drop.close()


async def test_an_old_visit_that_broke_is_made_anew_and_a_new_one_that_breaks_is_told(tmp_path: Path) -> None:
    async with PopServer([letter(0)]) as server, maildrop_of(server, tmp_path) as drop:
        await drop.look()
        tries = 0

        async def breaks(visit: Visit) -> None:
            nonlocal tries
            tries += 1
            raise ConnectionLost("gone")

        with pytest.raises(ConnectionLost):
            await drop.work(breaks)
        assert (tries, server.sessions) == (2, 2)
        await drop.close()
        tries = 0
        with pytest.raises(ConnectionLost):
            await drop.work(breaks)
        assert (tries, server.sessions) == (1, 3)
        await drop.close()


async def test_two_who_come_at_once_share_a_visit(tmp_path: Path) -> None:
    async with PopServer([letter(0), letter(1)]) as server, maildrop_of(server, tmp_path) as drop:
        texts = await asyncio.gather(*(drop.work(lambda visit, n=n: visit.session.retr(n)) for n in (1, 2)))  # type: ignore[misc]
        assert texts == [letter(0), letter(1)]
        assert server.sessions == 1
        await drop.close()
