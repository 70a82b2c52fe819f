"""Lists other than one whole folder: what is shown at once, and what is gathered off the event loop."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeVar

from tuimail.model import Only, Summary
from tuimail.store import lists
from tuimail.store.database import Database

T = TypeVar("T")


class Lists:
    """What `Mail.lists` is. What is not awaited is bounded, and answers at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def rows(self, ids: Sequence[int]) -> list[Summary | None]:
        """The rows of these messages (a page of them), in their order; None for one that is nowhere any more."""
        found: dict[int, Summary] = self._database.look(lambda db: lists.rows(db, ids), {})
        return [found.get(id_) for id_ in ids]

    def newest(self, folders: Sequence[int], limit: int = 200) -> list[int]:
        """Ids of the newest messages of several folders together."""
        return self._database.look(lambda db: lists.newest(db, folders, limit), [])

    def between(self, folder_id: int, start: int, end: int) -> Sequence[int]:
        """Ids of the rows [start, end) of a folder's list."""
        return self._database.look(lambda db: lists.between(db, folder_id, start, end), array("q"))

    def still_in(self, ids: Collection[int], folders: Sequence[int] | None = None) -> set[int]:
        """Those of these messages that are in one of the folders; without folders: that are anywhere."""
        return self._database.look(lambda db: lists.still_in(db, ids, folders), set(ids)) if ids else set()

    async def every(self, folders: Sequence[int], only: Only = Only.ALL, like: int = 0) -> array[int]:
        """Ids of all messages of these folders (of one kind), newest first."""
        return await self._gather(lambda db: lists.every(db, folders, only, like))

    async def kind_of(self, ids: Sequence[int], only: Only, like: int = 0) -> array[int]:
        """Those of these messages that are of one kind, in their order."""

        def gather(db: Any) -> array[int]:
            kind = lists.kind_of(db, ids, only, like)
            return array("q", (id_ for id_ in ids if id_ in kind))

        return await self._gather(gather)

    async def _gather(self, work: Callable[[Any], T]) -> T:
        def gather() -> T:
            with self._database.reading() as db:
                return work(db)

        return await asyncio.to_thread(gather)
