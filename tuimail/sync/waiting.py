"""The queue as a screen asks for it. `Mail.waiting` is one of these."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial

from tuimail.model import Conflict, PendingChange, QueueGroup
from tuimail.store import conflicts, waiting
from tuimail.store.database import USER, Database
from tuimail.store.history import Done
from tuimail.sync.past import looked_up


class Waiting:
    """What waits for the servers. done: says what became of a deed; retry: has the accounts try again."""

    def __init__(self, database: Database, done: Callable[[Done], str], retry: Callable[[], None]) -> None:
        self._database = database
        self._done = done
        self._retry = retry

    async def groups(self) -> list[QueueGroup]:
        """All that waits: what was refused, then the oldest first, at last what is only to be confirmed."""
        return await looked_up(self._database, waiting.groups)

    async def members(self, key: str, limit: int) -> list[PendingChange]:
        """The newest messages of a group; `what` is the sender."""
        return await looked_up(self._database, lambda db: waiting.members(db, key, limit))

    async def ids_of(self, key: str) -> list[int]:
        """All messages of a group."""
        return await looked_up(self._database, lambda db: waiting.ids_of(db, key))

    async def retry(self, ids: Sequence[int]) -> None:
        """What the server refused of these is tried again, now."""
        await self._database.write(partial(waiting.retry, ids=ids), USER)
        self._retry()

    async def drop(self, ids: Sequence[int]) -> str:
        """These stay as the server has them. A deed that undo takes back; returns it in words."""
        return self._done(await self._database.write(partial(waiting.drop, ids=ids, now=int(time.time())), USER))

    def conflicts(self, limit: int = 20) -> list[Conflict]:
        """Wishes that others made pointless, newest first."""
        return self._database.look(lambda db: conflicts.latest(db, limit), [])
