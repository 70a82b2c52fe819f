"""`Mail.threads`: conversations as the lists show them, and muting."""

from __future__ import annotations

import asyncio
import time
from array import array
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, TypeVar

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

    async def laid_out(
        self, folders: Sequence[int], *, unfolded: bool = False, but: Collection[int] = ()
    ) -> tuple[array[int], dict[int, str]]:
        """Ids of the newest message of each thread in these folders, the newest thread first.

        Of an unfolded thread all messages stand there as a tree, and what is drawn before each is the second answer.
        unfolded: all threads are, but those in `but`; else only those are.
        """
        but = frozenset(but)
        return await self._gather(lambda db: conversations.laid_out(db, folders, unfolded=unfolded, but=but))

    def head_of(self, message_id: int, folders: Sequence[int]) -> int | None:
        """The newest message of its thread in these folders; None when there is none, or no thread yet."""
        return self._database.look(lambda db: conversations.head_of(db, message_id, folders), None)

    def held(self, folders: Collection[int], threads: Iterable[int]) -> dict[int, Held]:
        """What the rows of these threads (of one page) stand for."""
        return self._database.look(lambda db: conversations.held(db, folders, threads), {})

    async def tree(self, message_id: int, folders: Sequence[int]) -> list[Branch]:
        """All of the thread of a message as it is shown in a list of these folders."""
        return await self._gather(lambda db: conversations.tree(db, message_id, folders))

    def of(self, message_ids: Sequence[int], folders: Sequence[int]) -> array[int]:
        """Ids of all messages of the threads of these that are in these folders, newest first. Costs the answer."""
        return self._database.look(lambda db: conversations.of(db, message_ids, folders), array("q"))

    async def unread(self, message_ids: Sequence[int], folders: Sequence[int]) -> int | None:
        """The first of these that has unread messages in its thread and in these folders."""
        return await self._gather(lambda db: conversations.unread(db, message_ids, folders))

    def threaded(self) -> bool | None:
        """Whether lists were threaded when that was said last; None when it never was."""
        return self._database.look(lambda db: conversations.threaded(db), None)

    async def set_threaded(self, threaded: bool) -> None:
        """Remember it, where anything may be remembered. Raises StoreError."""
        if not self._database.read_only:
            await self._database.write(lambda db: conversations.set_threaded(db, threaded), USER)

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

    async def _gather(self, work: Callable[[Any], T]) -> T:
        def gather() -> T:
            with self._database.reading() as db:
                return work(db)

        return await asyncio.to_thread(gather)
