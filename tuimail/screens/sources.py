"""What stands in the message list: a folder as it is, or any other list of messages as an order of ids.

A folder is read page by page. Every other list is an `Order`: its first rows are known at once, all of it is gathered
off the event loop, again whenever mail changes.
"""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Collection, Hashable, Sequence
from typing import TYPE_CHECKING, Protocol

from tuimail.model import Folder, Only, Role, Summary
from tuimail.records import replace
from tuimail.widgets.rows import RowSource, Rule
from tuimail.widgets.safe import safe_line

if TYPE_CHECKING:
    from tuimail.mail import Mail

LOOKED_THROUGH = 2_000
"""Rows that are looked through at once for the next unread one."""


def shown_name(folder: Folder) -> str:
    """The name for people: the protocol's INBOX (RFC 9051 §5.1) is a word like any other."""
    return "Inbox" if folder.role is Role.INBOX else safe_line(folder.name)


class Source(RowSource, Protocol):
    """Rows, and what the screen must know of the list they are."""

    @property
    def key(self) -> Hashable:
        """What is the same whenever this list is opened: the cursor is kept for it."""

    @property
    def folders(self) -> Sequence[int] | None:
        """Whose changes concern this list; None: every folder's."""

    @property
    def where(self) -> Sequence[int] | None:
        """The folders it is a list of, in which a filter looks; None: all."""

    async def next_unread(self, message_id: int | None, direction: int) -> int | None:
        """The nearest unread message below (1) or above (-1); from the edge when message_id is None."""

    async def every(self, only: Only = Only.ALL, like: int = 0) -> Sequence[int]:
        """The ids of all rows of one kind, in their order."""

    def forget(self, ids: Collection[int]) -> None:
        """Something was done to these messages: those that belong elsewhere now leave the list at once."""


class FolderRows:
    """The rows of one folder, newest first."""

    def __init__(self, mail: Mail, folder_id: int) -> None:
        self._mail = mail
        self._folder_id = folder_id
        self.key = folder_id
        self.folders = self.where = (folder_id,)

    def count(self) -> int:
        return self._mail.count(self._folder_id)

    def page(self, offset: int, limit: int) -> Sequence[Summary]:
        return self._mail.page(self._folder_id, offset, limit)

    def position(self, message_id: int) -> int | None:
        return self._mail.position(self._folder_id, message_id)

    def still(self, ids: Collection[int]) -> set[int]:
        return self._mail.lists.still_in(ids, self.folders)

    def between(self, start: int, end: int) -> Sequence[int]:
        return self._mail.lists.between(self._folder_id, start, end)

    async def next_unread(self, message_id: int | None, direction: int) -> int | None:
        return self._mail.next_unread(self._folder_id, message_id, direction)

    async def every(self, only: Only = Only.ALL, like: int = 0) -> Sequence[int]:
        return await self._mail.lists.every(self.folders, only, like)

    def forget(self, ids: Collection[int]) -> None:
        """Nothing: the store is asked for every page."""


class Order(Protocol):
    """How a list that is no plain folder comes about."""

    @property
    def key(self) -> Hashable:
        """See `Source`."""

    @property
    def folders(self) -> Sequence[int] | None:
        """See `Source`."""

    def first(self) -> Sequence[int]:
        """The ids of the first rows, by a bounded question; empty when nothing can be known at once."""

    async def all(self) -> Sequence[int]:
        """The ids of all rows."""

    def dress(self, rows: list[Summary | None]) -> list[Summary | None]:
        """A page of rows with what this list shows besides (folder, branch)."""


class IdRows:
    """The rows of an Order."""

    def __init__(self, mail: Mail, order: Order) -> None:
        self._mail = mail
        self.order = order
        self._ids: array[int] = array("q", order.first())
        self._stale = False
        self._renewing: asyncio.Task[None] | None = None

    @property
    def key(self) -> Hashable:
        return self.order.key

    @property
    def folders(self) -> Sequence[int] | None:
        return self.order.folders

    @property
    def where(self) -> Sequence[int] | None:
        return self.order.folders

    def count(self) -> int:
        return len(self._ids)

    def page(self, offset: int, limit: int) -> Sequence[Summary | Rule | None]:
        return self.order.dress(self._mail.lists.rows(self._ids[offset : offset + limit]))

    def position(self, message_id: int) -> int | None:
        try:
            return self._ids.index(message_id)
        except ValueError:
            return None

    def still(self, ids: Collection[int]) -> set[int]:
        return set(ids).intersection(self._ids) if ids else set()

    def between(self, start: int, end: int) -> Sequence[int]:
        return self._ids[start:end]

    async def next_unread(self, message_id: int | None, direction: int) -> int | None:
        place = None if message_id is None else self.position(message_id)
        ids = self._ids if direction > 0 else self._ids[::-1]
        begin = 0 if place is None else (place if direction > 0 else len(ids) - 1 - place) + 1
        for start in range(begin, len(ids), LOOKED_THROUGH):
            if found := await self._mail.lists.kind_of(ids[start : start + LOOKED_THROUGH], Only.UNREAD):
                return found[0]
        return None

    async def every(self, only: Only = Only.ALL, like: int = 0) -> Sequence[int]:
        return self._ids if only is Only.ALL else await self._mail.lists.kind_of(self._ids, only, like)

    def forget(self, ids: Collection[int]) -> None:
        if gone := set(ids) - self._mail.lists.still_in(ids, self.folders):
            self._ids = array("q", (id_ for id_ in self._ids if id_ not in gone))

    async def renew(self) -> None:
        """Gather all of it again; who comes while that is under way waits for one more time."""
        self._stale = True
        if self._renewing is None or self._renewing.done():
            self._renewing = asyncio.create_task(self._renew(), name="list")
        await asyncio.shield(self._renewing)

    async def _renew(self) -> None:
        while self._stale:
            self._stale = False
            self._ids = array("q", await self.order.all())


class Unified:
    """Several folders as one list, newest first."""

    def __init__(self, mail: Mail, key: Hashable, folders: Sequence[int]) -> None:
        self._mail = mail
        self.key = key
        self.folders = tuple(folders)

    def first(self) -> Sequence[int]:
        return self._mail.lists.newest(self.folders)

    async def all(self) -> Sequence[int]:
        return await self._mail.lists.every(self.folders)

    def dress(self, rows: list[Summary | None]) -> list[Summary | None]:
        return placed(self._mail, rows)


def placed(mail: Mail, rows: list[Summary | None]) -> list[Summary | None]:
    """Rows with the names of their folders; of their accounts, too, when there are several."""
    folders = {folder.id: folder for folder in mail.folders()}
    several = len({folder.account for folder in folders.values()}) > 1

    def place(row: Summary) -> str:
        if (folder := folders.get(row.folder_id)) is None:
            return ""
        if not several:
            return shown_name(folder)
        account = safe_line(folder.account)
        return account if folder.role is Role.INBOX else f"{account} {shown_name(folder)}"

    return [row and replace(row, place=place(row)) for row in rows]
