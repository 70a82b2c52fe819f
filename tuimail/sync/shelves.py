"""Folders made, renamed, deleted and subscribed to: the verbs, and what the server is told. `Mail.shelves`."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from tuimail.changes import Change, FoldersChanged
from tuimail.errors import NotFound, ServerRefused, Unfit
from tuimail.model import Folder, Role
from tuimail.net.remote import Remote
from tuimail.store import shelf_asks as asks
from tuimail.store import shelf_deeds as deeds
from tuimail.store import shelves
from tuimail.store.database import USER, Database
from tuimail.store.history import Done
from tuimail.store.shelf_order import HOLDS_FOLDERS, NOT_EMPTY, Wish

_LONGEST = 200


class Shelves:
    """may: raises ReadOnly where nothing may be changed. done, tell: what became of a deed, and that folders changed.

    Each verb is one durable deed, undone like any other, and is told to the server when the line allows.
    """

    def __init__(
        self,
        database: Database,
        may: Callable[[], None],
        done: Callable[[Done], str],
        folders: Callable[[], list[Folder]],
        tell: Callable[[Change], None],
        subscribable: Callable[[int], bool],
    ) -> None:
        self._database = database
        self._may = may
        self._done = done
        self._folders = folders
        self._tell = tell
        self.subscribable = subscribable
        """Does the server of this account tell which folders are subscribed to?"""

    async def create(self, account_id: int, name: str) -> str:
        """Make a folder. Raises Unfit, saying why, for a name no folder can have; ReadOnly, StoreError."""
        self._may()
        separator = self._fits(account_id, name)
        now = int(time.time())
        return await self._do(lambda db: deeds.create(db, account_id, name, separator, now))

    def may_rename(self, folder: Folder) -> None:
        """Raises Unfit where it keeps its name, ReadOnly."""
        self._may()
        if folder.role is Role.INBOX:
            raise Unfit("The inbox keeps its name.")

    async def rename(self, folder: Folder, name: str) -> str:
        """Call it otherwise, and what is below it. Raises as `create`, and where others are below that name already.

        Those would be its own from then on, and go back with it when this is undone.
        """
        self.may_rename(folder)
        separator = self._fits(folder.account_id, name)
        others = (f.name for f in self._folders() if f.account_id == folder.account_id and f != folder)
        if separator and any(
            one.startswith(name + separator) and not one.startswith(folder.name + separator) for one in others
        ):
            raise Unfit(f"There are folders below “{name}” already.", "Choose another name.")
        now = int(time.time())
        return await self._do(lambda db: deeds.rename(db, folder.id, folder.name, name, now))

    def may_delete(self, folder: Folder) -> None:
        """Raises Unfit where that is not to be, ReadOnly."""
        self._may()
        if folder.role is not Role.NONE:
            raise Unfit(f"This folder is needed: it is the {folder.role.value} of its account.")
        above = folder.name + folder.separator
        if folder.separator and any(
            f.account_id == folder.account_id and f.name.startswith(above) for f in self._folders()
        ):
            raise Unfit("There are folders below this one.", "Delete those first.")

    async def delete(self, folder: Folder) -> str:
        """Its messages to the trash, and the folder away.

        Raises as `may_delete`, NotFound where there is no trash (`lacks_trash`), StoreError.
        """
        self.may_delete(folder)
        if self.lacks_trash(folder):
            raise NotFound("This account has no trash for what is in it.")
        mine = (f for f in self._folders() if f.account_id == folder.account_id)
        trash = next((f for f in mine if f.role is Role.TRASH), None)
        trash_id, now = trash.id if trash is not None else None, int(time.time())
        return await self._do(lambda db: deeds.delete(db, folder.id, folder.name, trash_id, now))

    def lacks_trash(self, folder: Folder) -> bool:
        """Has its account none, and would need one for what is in this folder?"""
        some = folder.total or not folder.complete
        return bool(some) and not any(
            f.account_id == folder.account_id and f.role is Role.TRASH for f in self._folders()
        )

    async def subscribe(self, folder: Folder, *, on: bool) -> str:
        """Subscribe to it, or not any more. Raises ReadOnly, StoreError."""
        self._may()
        now = int(time.time())
        return await self._do(lambda db: deeds.subscribe(db, folder.id, folder.name, on, now))

    async def _do(self, work: Callable[[Any], Done]) -> str:
        words = self._done(await self._database.write(work, USER))
        self._tell(FoldersChanged())
        return words

    def _fits(self, account_id: int, name: str) -> str:
        """The account's separator. Raises Unfit for a name no folder can have."""
        mine = [f for f in self._folders() if f.account_id == account_id]
        separator = next((f.separator for f in mine if f.separator), "")
        levels = name.split(separator) if separator else [name]
        if not all(level.strip() == level and level for level in levels):
            raise Unfit("A folder needs a name." if not name.strip() else "This is no name for a folder.")
        if not name.isprintable() or "%" in name or "*" in name or len(name) > _LONGEST:
            raise Unfit("A folder's name is not longer than 200 letters, and has no % or * in it.")
        if any(f.name == name or (f.role is Role.INBOX and name.upper() == "INBOX") for f in mine):
            raise Unfit(f"There is a folder “{name}” already.")
        return separator


async def push_folders(remote: Remote, database: Database, account_id: int) -> tuple[set[int], list[str]]:
    """Tell the server what is wished of folders. Returns those that are to be pulled now, and refusals in words."""
    due: set[int] = set()
    said: list[str] = []
    told: set[tuple[int, str]] = set()
    while (wish := await database.write(lambda db: asks.next_asked(db, account_id, told))) is not None:
        told.add((wish.id, wish.what))
        try:
            if await _tell(remote, database, wish):
                due.add(wish.id)
        except (ServerRefused, NotFound) as refusal:
            words = str(refusal)
            if await database.write(lambda db, w=wish, why=words: asks.refused(db, w.id, why), USER):  # type: ignore[misc]
                said.append(f"{wish.name}: {words}")
    return due, said


async def _tell(remote: Remote, database: Database, wish: Wish) -> bool:
    """Say one thing. Returns whether the folder is to be pulled now."""
    if wish.what == "delete":
        return await _delete(remote, database, wish)
    if wish.what == "create":
        await remote.create(wish.becomes + (wish.separator if wish.level else b""))
        await database.write(lambda db: asks.made(db, wish.id))
        return not wish.level
    if wish.what == "rename":
        await remote.rename(wish.remote_name, wish.becomes)
        await database.write(lambda db: asks.renamed(db, wish.id, wish.remote_name, wish.becomes))
    else:
        await remote.subscribe(wish.remote_name, on=wish.on)
        await database.write(lambda db: asks.subscribed(db, wish.id, wish.on))
    return False


async def _delete(remote: Remote, database: Database, wish: Wish) -> bool:
    """Delete a folder that is empty; what is in it goes to the trash before. Says whether it is to be read first."""
    if (left := await _empty(remote, database, wish)) is not None:
        return left
    if await database.write(lambda db: asks.holds_folders(db, wish.id)):
        await database.write(lambda db: asks.hindered(db, wish.id, HOLDS_FOLDERS), USER)
    elif await database.write(lambda db: asks.ask_to_delete(db, wish)):
        await remote.delete(wish.remote_name)
        await database.write(lambda db: asks.deleted(db, wish.id))
    return False


async def _empty(remote: Remote, database: Database, wish: Wish) -> bool | None:
    """Have what is in a folder leave it. Returns None when it is empty, else whether it is to be read first."""
    now = int(time.time())
    try:
        state = await remote.look(wish.remote_name)
    except (NotFound, ServerRefused) as refusal:
        if wish.level:
            return None
        if isinstance(refusal, ServerRefused):
            raise
        await database.write(lambda db: asks.deleted(db, wish.id))
        return False
    if wish.level and not await database.write(lambda db: asks.opened(db, wish.id)):
        return True
    if not await database.write(lambda db: shelves.sweep_out(db, wish.id, now)):
        await database.write(lambda db: asks.hindered(db, wish.id, NOT_EMPTY), USER)
        return False
    return None if await database.write(lambda db: shelves.is_empty(db, wish.id, state.exists)) else True
