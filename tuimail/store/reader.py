"""A thread and a connection of its own for questions that may take a while and are often taken back.

One question at a time; a caller who is called off breaks its question off in the middle, so that the next key's
question need not wait for the answer to the last one's.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from tuimail.errors import StoreError
from tuimail.store.database import Database

T = TypeVar("T")


class Reader:
    """`ask` it; `close` it before the database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="tuimail-search")
        self._lock = threading.Lock()
        self._asked: object = None
        """Whose question is being answered."""
        self._open = contextlib.ExitStack()
        self._db: sqlite3.Connection | None = None

    async def ask(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """What `work` finds, in the order of the questions. Raises StoreError."""
        question = object()
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._answer, question, work)
        except asyncio.CancelledError:
            with self._lock:
                if self._asked is question and self._db is not None:
                    self._db.interrupt()
            raise

    def _answer(self, question: object, work: Callable[[sqlite3.Connection], T]) -> T:
        if self._db is None:
            self._db = self._open.enter_context(self._database.reading())
            self._db.execute("PRAGMA cache_size = -8000")
        with self._lock:
            self._asked = question
        try:
            return work(self._db)
        except sqlite3.Error as error:
            raise StoreError(f"The mail store could not be searched: {error}.") from error
        finally:
            with self._lock:
                self._asked = None

    async def close(self) -> None:
        """After the question that is being answered."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._open.close)
        self._thread.shutdown()
