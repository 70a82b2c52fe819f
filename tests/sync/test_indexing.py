"""The indexer over a store of its own: how much it does at once, and when it leaves the writer to others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.store.letters import Letter, bring
from tuimail.changes import Change, MessagesChanged
from tuimail.query import parse
from tuimail.store import folders, search
from tuimail.store.database import Database
from tuimail.sync import indexing
from tuimail.sync.attention import Attention
from tuimail.sync.indexing import Indexer

LETTERS = [Letter(f"<{n}>", f"Plan {n}", (f"<{n % 5}>",), day=n) for n in range(23)]


@asynccontextmanager
async def filled(home: Path, letters: list[Letter]) -> AsyncIterator[Database]:
    """A store with these in its inbox, none looked at."""
    database = Database(home)

    def fill(db):  # type: ignore[no-untyped-def]
        account = folders.put_account(db, "a")
        folders.put_folders(db, account, [folders.Listed(b"INBOX", "INBOX", "/", "inbox", True)])
        return bring(db, letters)

    await database.write(fill)
    yield database
    database.close()


def indexer(database: Database, told: list[Change], *, syncing: bool = False) -> Indexer:
    return Indexer(database, Attention(), lambda: syncing, told.append, lambda: None)


async def test_many_new_rows_get_words_and_threads_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, size in (("ROWS", 3), ("LOT", 10), ("TAKEN", 4)):
        monkeypatch.setattr(indexing, name, size)
    async with filled(tmp_path, LETTERS) as database:
        done: list[int] = []
        told: list[Change] = []
        await indexer(database, told).catch_up(lambda count, of: done.append(count))
        assert done[-1] == 23 and max(done[i + 1] - done[i] for i in range(len(done) - 1)) == 3
        assert told == [MessagesChanged(1)]
        with database.reading() as db:
            assert len(search.every(db, parse("plan", 0).node)) == 23
            assert db.execute("SELECT count(DISTINCT thread) FROM message WHERE thread IS NOT NULL").fetchone() == (5,)
