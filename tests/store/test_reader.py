"""Questions with a thread of their own: bounded waiting, and breaking off."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tuimail.errors import StoreError
from tuimail.store.database import Database
from tuimail.store.reader import Reader

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


@pytest.fixture
async def reader(tmp_path: Path) -> AsyncIterator[Reader]:
    database = Database(tmp_path)
    reader = Reader(database)
    yield reader
    await reader.close()
    database.close()


def one(db: sqlite3.Connection) -> object:
    return db.execute("SELECT 1").fetchone()


async def test_what_is_answered_soon_is_had_without_a_turn_of_the_loop(reader: Reader) -> None:
    assert reader.put(one).within(30) == (1,)


async def test_standing_still_ends_when_the_time_is_up_and_the_answer_comes_later(reader: Reader) -> None:
    gate = threading.Event()
    question = reader.put(lambda db: gate.wait(30) and one(db))
    assert question.within(0.001) is None
    gate.set()
    assert await question.answer() == (1,)


async def test_a_question_that_is_broken_off_leaves_the_next_one_alone(reader: Reader) -> None:
    begun = threading.Event()

    def ask(db: sqlite3.Connection) -> object:
        begun.set()
        return db.execute(ENDLESS).fetchone()

    endless, waiting = reader.put(ask), reader.put(ask)
    begun.wait(30)
    waiting.break_off()
    question = reader.put(one)
    while question.within(0.01) is None:  # it may have begun a moment before SQLite had
        endless.break_off()
    assert await question.answer() == (1,)
    assert waiting.within(0.001) is None


async def test_a_caller_who_is_called_off_breaks_the_question_off(reader: Reader) -> None:
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()

    def first() -> int:  # SQLite is at work now; a moment before it could not be broken off
        loop.call_soon_threadsafe(begun.set)
        return 1

    def ask(db: sqlite3.Connection) -> None:
        db.create_function("first", 0, first)
        db.execute(ENDLESS.replace("SELECT 1", "SELECT first()")).fetchone()

    question = asyncio.create_task(reader.ask(ask))
    await begun.wait()
    question.cancel()
    with pytest.raises(asyncio.CancelledError):
        await question
    assert await asyncio.wait_for(reader.ask(one), 5) == (1,)


async def test_what_the_store_refuses_is_told_to_who_waits_for_the_answer(reader: Reader) -> None:
    question = reader.put(lambda db: db.execute("SELECT nothing").fetchone())
    assert question.within(30) is None
    with pytest.raises(StoreError, match="could not be searched"):
        await question.answer()
