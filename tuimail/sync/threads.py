"""`Mail.threads`: conversations as the lists show them, and muting."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from array import array
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TypeVar

from tuimail.model import Folder, Role
from tuimail.store import conversations, muting
from tuimail.store.conversations import Held
from tuimail.store.database import USER, Database
from tuimail.store.history import Done
from tuimail.store.tree import Branch

T = TypeVar("T")


class Threads:
    """What is not awaited is bounded, and answers at once."""

    def __init__(
        self,
        database: Database,
        may_change: Callable[[], None],
        done: Callable[[Done], str],
        folders: Callable[[], Sequence[Folder]],
    ) -> None:
        """may_change: raises where nothing may. done: tells what a deed changed; returns its words."""
        self._database = database
        self._may_change = may_change
        self._done = done
        self._folders = folders

    def first_heads(self, folders: Sequence[int], limit: int = 200) -> list[int]:
        """The first of `heads`."""
        return self._database.look(lambda db: conversations.first_heads(db, folders, limit), [])

    async def heads(self, folders: Sequence[int]) -> array[int]:
        """Ids of the newest message of each thread in these folders, the newest thread first."""
        return await self._gather(lambda db: conversations.heads(db, folders))

    def held(self, folders: Collection[int], threads: Iterable[int]) -> dict[int, Held]:
        """What the rows of these threads (of one page) stand for."""
        return self._database.look(lambda db: conversations.held(db, folders, threads), {})

    async def trees(self, message_ids: Iterable[int], folders: Sequence[int]) -> dict[int, list[Branch]]:
        """Message → all of its thread as it is shown in a list of these folders."""
        return await self._gather(lambda db: {id_: conversations.tree(db, id_, folders) for id_ in message_ids})

    async def of(self, message_ids: Sequence[int], folders: Sequence[int]) -> array[int]:
        """Ids of all messages of the threads of these that are in these folders, newest first."""
        return await self._gather(lambda db: conversations.of(db, message_ids, folders))

    def muted(self, threads: Iterable[int]) -> set[int]:
        """Those of these threads (of one page) that are muted."""
        return self._database.look(lambda db: muting.muted(db, threads), set())

    async def mute(self, ids: Sequence[int]) -> str:
        """Mute the threads of these messages and archive what is in an inbox; if all are muted, end that.

        One deed for undo. Returns what was done in words, "" for messages whose thread is not known yet. Raises
        ReadOnly, StoreError.
        """
        self._may_change()
        goals = {folder.account_id: folder.id for folder in self._folders() if folder.role is Role.ARCHIVE}
        now = int(time.time())
        return self._done(await self._database.write(lambda db: muting.toggle(db, ids, goals, now), USER))

    async def _gather(self, work: Callable[[sqlite3.Connection], T]) -> T:
        def gather() -> T:
            with self._database.reading() as db:
                return work(db)

        return await asyncio.to_thread(gather)
