"""A thread and a connection of its own for questions that may take a while and are often taken back.

One question at a time; one that is called off is broken off in the middle, so that the next key's question need not
wait for the answer to the last one's. Who needs the answer for the next picture may stand still for it a moment:
SQLite works without the interpreter's lock, and a clock bounds it, whatever the question costs.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from typing import Generic, TypeVar

from tuimail.errors import StoreError
from tuimail.store.database import Database

T = TypeVar("T")


class Question(Generic[T]):
    """A question that was put to a Reader."""

    def __init__(self, future: Future[T], break_off: Callable[[], None]) -> None:
        self._future = future
        self._break_off = break_off

    def within(self, seconds: float) -> T | None:
        """Stand still until it is answered, so long at most. None: `answer` will tell, or why not."""
        try:
            return None if self._future.exception(seconds) else self._future.result()
        except (TimeoutError, CancelledError):
            return None

    async def answer(self) -> T:
        """What was found. A caller who is cancelled breaks the question off. Raises StoreError."""
        if self._future.done():
            return self._future.result()
        try:
            return await asyncio.wrap_future(self._future)
        except asyncio.CancelledError:
            self.break_off()
            raise

    def break_off(self) -> None:
        """Nobody wants the answer any more: the Reader is free for the next question at once."""
        if not self._future.cancel():
            self._break_off()


class Reader:
    """`ask` it, or `put` a question; `close` it before the database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="tuimail-search")
        self._lock = threading.Lock()
        self._asked: object = None
        """Whose question is being answered."""
        self._open = contextlib.ExitStack()
        self._db: sqlite3.Connection | None = None

    async def ask(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """What `work` finds. Raises StoreError."""
        return await self.put(work).answer()

    def put(self, work: Callable[[sqlite3.Connection], T]) -> Question[T]:
        """Have `work` done, in the order of the questions."""

        def break_off() -> None:
            with self._lock:
                if self._asked is work and self._db is not None:
                    self._db.interrupt()

        return Question(self._thread.submit(self._answer, work), break_off)

    def _answer(self, work: Callable[[sqlite3.Connection], T]) -> T:
        if self._db is None:
            self._db = self._open.enter_context(self._database.reading())
            self._db.execute("PRAGMA cache_size = -8000")
        with self._lock:
            self._asked = work
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
