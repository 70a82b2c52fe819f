"""A threaded list: one row a thread, or all of its messages as a tree where it is unfolded."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tuimail.model import Flag, Only, Summary
from tuimail.records import replace
from tuimail.screens.people import shortened
from tuimail.screens.sources import LOOKED_THROUGH, IdRows, placed

if TYPE_CHECKING:
    from tuimail.mail import Mail

MUTED = "⊘ "
FOLLOWED = 200
"""Messages whose threads are looked up at once."""


@dataclass
class Folds:
    """Which threads of a list are unfolded."""

    unfolded: bool = False
    """All are, but those in `but`; else only those in `but` are."""
    but: set[int] = field(default_factory=set)

    def is_open(self, thread: int) -> bool:
        return (thread in self.but) is not self.unfolded

    def turn(self, thread: int) -> None:
        """Fold what is unfolded, and the other way round."""
        self.but ^= {thread}


class Threaded:
    """The order of a threaded list (see `sources.Order`)."""

    def __init__(
        self, mail: Mail, key: Hashable, where: Sequence[int], folds: Folds, pinned: Callable[[], int | None]
    ) -> None:
        """where: the folders it is of. pinned: the message under the cursor, which stands for its thread as long as it
        is there, whatever newer ones come."""
        self._mail = mail
        self.key = key
        self.where = tuple(where)
        self.folds = folds
        self._pinned = pinned
        self.drawings: dict[int, str] = {}
        """What is drawn before each message of an unfolded thread."""
        self.aside: set[int] = set()
        """Rows of other folders."""

    @property
    def folders(self) -> Sequence[int] | None:
        """Of unfolded threads messages of any folder are shown."""
        return None if self.drawings else self.where

    def first(self) -> Sequence[int]:
        return self._with_pinned(array("q", self._mail.threads.first_heads(self.where)))

    async def all(self) -> Sequence[int]:
        ids, self.drawings = await self._mail.threads.laid_out(
            self.where, unfolded=self.folds.unfolded, but=self.folds.but
        )
        return self._with_pinned(ids)

    def _with_pinned(self, ids: array[int]) -> array[int]:
        pinned = self._pinned()
        if pinned is not None and pinned not in ids and self._mail.lists.still_in([pinned], self.where):
            head = self._mail.threads.head_of(pinned, self.where)
            if head is not None and head in ids:
                ids[ids.index(head)] = pinned
        return ids

    def dress(self, rows: list[Summary | None]) -> list[Summary | None]:
        several = len(self.where) > 1
        self.aside |= {row.id for row in rows if row is not None and row.folder_id not in self.where}
        names = placed(self._mail, rows) if several or self.aside else rows
        threads = {row.thread for row in rows if row is not None and row.thread}
        held = self._mail.threads.held(self.where, threads)
        muted = self._mail.threads.muted(threads)

        def dressed(row: Summary | None, named: Summary | None) -> Summary | None:
            if row is None or named is None:
                return None
            aside = row.folder_id not in self.where
            place = named.place if several or aside else ""
            if row.id in self.drawings:
                return replace(row, branch=self.drawings[row.id], place=place, aside=aside)
            row = replace(row, place=place, branch=MUTED if row.thread in muted else "")
            inside = held.get(row.thread)
            if inside is None or inside.all < 2:
                return row
            flags = row.flags & ~Flag.SEEN if inside.unread else row.flags
            flags = flags | Flag.FLAGGED if inside.starred else flags
            return replace(row, held=inside.all - 1, flags=flags, sender=shortened(inside.people))

        return [dressed(row, named) for row, named in zip(rows, names, strict=True)]


class ThreadRows(IdRows):
    """The rows of a threaded list."""

    order: Threaded

    def __init__(
        self,
        mail: Mail,
        key: Hashable,
        folders: Sequence[int],
        folds: Folds,
        pinned: Callable[[], int | None],
        turned: Callable[[], None],
    ) -> None:
        """turned: called when a thread was folded or unfolded."""
        super().__init__(mail, Threaded(mail, key, folders, folds, pinned))
        self._turned = turned

    @property
    def where(self) -> Sequence[int]:
        """Without the folders of what unfolded threads show besides."""
        return self.order.where

    def position(self, message_id: int) -> int | None:
        """Of a message folded under a row, that row; what an unfolded thread does not show has left it."""
        place = super().position(message_id)
        if place is None:
            head = self._mail.threads.head_of(message_id, self.order.where)
            if head is not None and head != message_id and head not in self.order.drawings:
                place = super().position(head)
        return place

    def forget(self, ids: Collection[int]) -> None:
        """What belongs elsewhere now leaves the list; messages that were of other folders anyway stay."""
        there = self._mail.lists.still_in(ids, self.order.where) | (set(ids) & self.order.aside)
        if gone := set(ids) - there:
            self._ids = array("q", (id_ for id_ in self._ids if id_ not in gone))

    def whole(self, ids: Sequence[int]) -> list[int]:
        """With what is folded under these rows, in this list's folders."""
        folded = [id_ for id_ in ids if id_ not in self.order.drawings]
        single = [id_ for id_ in ids if id_ in self.order.drawings]
        return list(dict.fromkeys([*single, *folded, *self._mail.threads.of(folded, self.order.where)]))

    def between(self, start: int, end: int) -> Sequence[int]:
        """Without the messages of other folders, as `every`: a range is not to take one's own replies out of Sent."""
        ids = super().between(start, end)
        if not self.order.drawings:
            return ids
        here = self._mail.lists.still_in(ids, self.order.where)
        return [id_ for id_ in ids if id_ in here]

    async def every(self, only: Only = Only.ALL, like: int = 0) -> Sequence[int]:
        """As the rows show it: a folded one is unread or starred when something under it is.

        Without the messages of other folders: what is done to all of them is done in this one.
        """
        kind = await self._mail.lists.every(self.order.where, only, like)
        here, under = set(kind), set[int]()
        if only in (Only.UNREAD, Only.STARRED):
            for start in range(0, len(kind), FOLLOWED):
                under.update(self._mail.threads.of(kind[start : start + FOLLOWED], self.order.where))
                await asyncio.sleep(0)
        return [id_ for id_ in self._ids if id_ in here or (id_ in under and id_ not in self.order.drawings)]

    async def next_unread(self, message_id: int | None, direction: int) -> int | None:
        """A row that is unread, or has unread messages folded under it."""
        place = None if message_id is None else self.position(message_id)
        ids = self._ids if direction > 0 else self._ids[::-1]
        begin = 0 if place is None else (place if direction > 0 else len(ids) - 1 - place) + 1
        for start in range(begin, len(ids), LOOKED_THROUGH):
            found = await self._unread(ids[start : start + LOOKED_THROUGH])
            if found is not None:
                return found
        return None

    async def _unread(self, ids: Sequence[int]) -> int | None:
        """The first of these rows; where what is unread is folded under it, it is unfolded."""
        folded = [id_ for id_ in ids if id_ not in self.order.drawings]
        under = await self._mail.threads.unread(folded, self.order.where)
        rows = [id_ for id_ in ids if id_ in self.order.drawings and id_ not in self.order.aside]
        single = (await self._mail.lists.kind_of(rows, Only.UNREAD))[:1]
        found = min((id_ for id_ in (under, *single) if id_ is not None), key=ids.index, default=None)
        if found is None or found != under or await self._mail.lists.kind_of([found], Only.UNREAD):
            return found
        tree = [branch.id for branch in await self._mail.threads.tree(found, self.order.where)]
        here = self._mail.lists.still_in(tree, self.order.where)
        unread = await self._mail.lists.kind_of([id_ for id_ in tree if id_ in here], Only.UNREAD)
        if not unread:
            return found
        await self.turn(found)
        return unread[0]

    async def turn(self, message_id: int) -> bool:
        """Unfold or fold the thread of a message; False when it is in none, or all of one."""
        row = self._mail.summary(message_id)
        if row is None or not row.thread or len(await self._mail.threads.tree(message_id, self.order.where)) < 2:
            return False
        self.order.folds.turn(row.thread)
        await self.renew()
        self._turned()
        return True
