"""Rows are the same whoever stores them, and no helper process is needed to store them."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tuimail.model import Flag
from tuimail.net.remote import Head
from tuimail.store import folders, messages
from tuimail.store.database import USER, Database
from tuimail.sync.attention import Attention
from tuimail.sync.importing import Importer
from tuimail.sync.rows import row

COLUMNS = """remote_id, flags, keywords, rank, date, size, has_attachment, sender, email, recipient, subject,
    message_id, refs, list_id, addressed"""
INBOX = 1


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(tmp_path)
    account = await database.write(lambda db: folders.put_account(db, "a"))
    listed = [folders.Listed(b"INBOX", "INBOX", "/", "inbox", True)]
    await database.write(lambda db: folders.put_folders(db, account, listed))
    yield database
    database.close()


def heads(first: int, count: int) -> list[Head]:
    def block(n: int) -> bytes:
        return f"From: A <a{n}@x.org>\r\nSubject: =?utf-8?Q?=C3=A9{n}?=\r\n\r\n".encode()

    return [Head(n, Flag.SEEN, "$Label1", 1_700_000_000 + n, 500, block(n)) for n in range(first, first + count)]


def importer(database: Database, many: bool = True) -> Importer:
    return Importer(database, INBOX, Attention(), many)


def stored(database: Database) -> list[messages.Row]:
    return database.read.execute(f"SELECT {COLUMNS} FROM message ORDER BY id").fetchall()


@pytest.mark.parametrize("many", [True, False])
async def test_windows_are_stored_in_order_and_whole(many: bool, database: Database) -> None:
    one, two = heads(1, 950), heads(951, 120)
    async with importer(database, many) as bringing:
        bringing.begin(one)
        bringing.begin(two)
        assert await bringing.store() == (one, 950)
        assert bringing.begun == 1
        assert await bringing.store() == (two, 120)
        bringing.begin(two)
        assert await bringing.store() == (two, 0), "they were known already"
    assert stored(database) == [row(head) for head in one + two]


async def test_a_helper_that_cannot_start_is_done_without(monkeypatch: pytest.MonkeyPatch, database: Database) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    async with importer(database) as bringing:
        assert not bringing.ahead
        bringing.begin(heads(1, 250))
        assert (await bringing.store())[1] == 250


async def test_a_helper_that_dies_in_the_middle_costs_no_row(database: Database) -> None:
    one, two, three = heads(1, 500), heads(501, 300), heads(801, 10)
    async with importer(database) as bringing:
        bringing.begin(one)
        await bringing.store()
        bringing.begin(two)
        assert bringing._helper is not None
        bringing._helper._process.kill()
        await bringing._helper._process.wait()
        bringing.begin(three)
        assert await bringing.store() == (two, 300)
        assert await bringing.store() == (three, 10)
    assert stored(database) == [row(head) for head in one + two + three]


async def test_the_helper_writes_only_in_its_turn(database: Database) -> None:
    """What the user does while a window is being made is not kept waiting by it."""
    async with importer(database) as bringing:
        bringing.begin(heads(1, 50))
        assert bringing._helper is not None
        assert await bringing._helper._process.stdout.readexactly(1)  # type: ignore[union-attr]
        assert await database.write(lambda db: db.execute("DELETE FROM message").rowcount, USER) == 0
        assert stored(database) == []
        bringing._helper._process.stdout.feed_data(b"r")  # type: ignore[union-attr]
        assert (await bringing.store())[1] == 50


async def test_the_helper_makes_the_next_rows_while_it_waits_for_its_turn(database: Database) -> None:
    windows = [heads(1, 300), heads(301, 300), heads(601, 300)]
    async with importer(database) as bringing:
        for window in windows:
            bringing.begin(window)
        assert bringing._helper is not None
        assert await bringing._helper._process.stdout.readexactly(3) == b"rrr"  # type: ignore[union-attr]
        assert stored(database) == []
        bringing._helper._process.stdout.feed_data(b"rrr")  # type: ignore[union-attr]
        for window in windows:
            assert await bringing.store() == (window, 300)
    assert stored(database) == [row(head) for window in windows for head in window]


async def test_who_gives_up_in_the_middle_leaves_a_store_that_can_be_written(database: Database) -> None:
    async with importer(database) as bringing:
        bringing.begin(heads(1, 2000))
    assert stored(database) == []
    assert await database.write(lambda db: db.execute("UPDATE folder SET total = 0").rowcount) == 1
