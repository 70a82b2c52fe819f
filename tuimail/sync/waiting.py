"""The queue as a screen asks for it. `Mail.waiting` is one of these."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial

from tuimail.changes import Change, FoldersChanged
from tuimail.errors import Unfit
from tuimail.model import Conflict, PendingChange, QueueGroup
from tuimail.store import conflicts, maildrop, waiting
from tuimail.store.database import USER, Database
from tuimail.store.history import Done
from tuimail.sync.past import looked_up


class Waiting:
    """What waits for the servers.

    done: says what became of a deed; retry: has the accounts try again; tell: that folders changed.
    """

    def __init__(
        self,
        database: Database,
        done: Callable[[Done], str],
        retry: Callable[[], None],
        tell: Callable[[Change], None],
    ) -> None:
        self._database = database
        self._done = done
        self._retry = retry
        self._tell = tell

    async def groups(self) -> list[QueueGroup]:
        """All that waits: what was refused, then the oldest first, at last what is only to be confirmed."""
        return await looked_up(self._database, waiting.groups)

    async def leaving(self) -> list[tuple[str, int]]:
        """(account, messages) of POP3: what the next visit deletes on the server."""
        return await looked_up(self._database, maildrop.leaving)

    async def members(self, key: str, limit: int) -> list[PendingChange]:
        """The newest messages of a group, of a folder none; `what` is the sender."""
        return await looked_up(self._database, lambda db: waiting.members(db, key, limit))

    async def retry(self, key: str, only: Sequence[int] = ()) -> None:
        """What the server refused of this group is tried again, now. only: these of its messages."""
        await self._database.write(partial(waiting.retry, key=key, only=only), USER)
        self._retry()

    async def drop(self, key: str, only: Sequence[int] = ()) -> str:
        """The group stays as the server has it. A deed that undo takes back; returns it in words.

        Raises Unfit for a folder that is needed for mail which is to go into it.
        """
        done = await self._database.write(partial(waiting.drop, key=key, now=int(time.time()), only=only), USER)
        if not done.label:
            raise Unfit("There is nothing left to drop, or mail is to go into this folder.", "Drop that first.")
        words = self._done(done)
        self._tell(FoldersChanged())
        return words

    def conflicts(self, limit: int = 20) -> list[Conflict]:
        """Wishes that others made pointless, newest first."""
        return self._database.look(lambda db: conflicts.latest(db, limit), [])
