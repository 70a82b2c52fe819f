"""The history as a screen asks for it: read in a thread, for a line may be of ten thousand messages.

`Mail.past` is one of these.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from tuimail.model import DeedLine
from tuimail.store import past
from tuimail.store.database import USER, Database
from tuimail.store.history import Done

T = TypeVar("T")


async def looked_up(database: Database, work: Callable[[Any], T]) -> T:
    """What `work`, given a connection of its own in a thread, finds."""

    def read() -> T:
        with database.reading() as db:
            return work(db)

    return await asyncio.to_thread(read)


class Past:
    """What was done; any line can be reversed, and done again. done: says what became of it, and tells the others."""

    def __init__(self, database: Database, done: Callable[[str, Done | None], str]) -> None:
        self._database = database
        self._done = done

    async def lines(self, limit: int) -> list[DeedLine]:
        """The newest deeds, newest first, with how they stand."""
        return await looked_up(self._database, lambda db: past.lines(db, limit))

    async def messages_of(self, deed_id: int, limit: int) -> list[tuple[int, str, str, str]]:
        """(Message, sender, subject, how it stands); see `store.past`."""
        return await looked_up(self._database, lambda db: past.messages_of(db, deed_id, limit))

    async def reverse(self, deed_id: int) -> str:
        """Reverse what can be reversed of a deed, in one transaction. Returns it in words, "" when that is nothing."""
        work = partial(past.reverse, deed_id=deed_id, now=int(time.time()))
        return self._done("undid: ", await self._database.write(work, USER))

    async def repeat(self, deed_id: int) -> str:
        """Do a reversed deed again; as `reverse`."""
        work = partial(past.repeat, deed_id=deed_id, now=int(time.time()))
        return self._done("did again: ", await self._database.write(work, USER))
