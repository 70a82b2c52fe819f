"""Mail, the one door: ask (folders, page, message) and do (archive, trash, flag, move, undo).

Asking reads SQLite only and answers at once (bounded queries, under a millisecond, safe to call
from a key handler). Doing writes the wish and the history in one durable transaction and
returns; the network is somebody else's business. What changes is told to subscribers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tuimail.changes import AccountState, Change
from tuimail.model import Account, Deed, Flag, Folder, Message, PendingChange, Role, Summary

Secret = Callable[[Account], "object"]


class Mail:
    """An async context manager: entering opens the store, `start()` begins to talk to servers, leaving logs out."""

    def __init__(self, data_dir: Path, accounts: Sequence[Account], **_: object) -> None: ...

    async def __aenter__(self) -> Self: ...
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    # --- be told -------------------------------------------------------------------------
    def subscribe(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Call `listener` on the event loop after each change; returns a function that stops it."""

    # --- ask (synchronous) -----------------------------------------------------------------
    @property
    def accounts(self) -> Sequence[Account]: ...
    @property
    def read_only(self) -> str:
        """ "" normally; else the sentence that says why nothing may be changed from here."""

    def states(self) -> list[AccountState]: ...
    def folders(self) -> list[Folder]:
        """All folders, account by account, roles first."""

    def folder(self, folder_id: int) -> Folder | None: ...
    def folder_by_role(self, account_id: int, role: Role) -> Folder | None: ...
    def count(self, folder_id: int) -> int:
        """Rows the list has now."""

    def page(self, folder_id: int, offset: int, limit: int) -> list[Summary]:
        """Rows offset … offset+limit, newest first."""

    def position(self, folder_id: int, message_id: int) -> int | None:
        """At which row a message stands; None when it is not in this folder (any more)."""

    def next_unread(self, folder_id: int, message_id: int | None, direction: int) -> int | None:
        """Id of the nearest unread message below (1) or above (-1) this one; None: from the edge."""

    def summary(self, message_id: int) -> Summary | None: ...
    def pending(self, limit: int = 500) -> list[PendingChange]: ...
    def pending_count(self) -> int: ...
    def history(self, limit: int = 200) -> list[Deed]: ...

    # --- read (may need the network) ---------------------------------------------------------
    async def message(self, message_id: int, *, prefetch: bool = False) -> Message:
        """The message, parsed. Raises Offline when its text is not here and there is no line, NotFound when gone."""

    async def raw(self, message_id: int) -> bytes:
        """The whole message as sent. Raises as `message`."""

    # --- do (durable when it returns) -----------------------------------------------------------
    async def archive(self, ids: Sequence[int]) -> str:
        """Move to the account's archive. Returns what was done in words. Raises NotFound when there is no archive."""

    async def trash(self, ids: Sequence[int]) -> str: ...
    async def move(self, ids: Sequence[int], folder_id: int) -> str: ...
    async def flag(self, ids: Sequence[int], add: Flag = Flag.NONE, remove: Flag = Flag.NONE) -> str: ...
    async def create_folder(self, account_id: int, name: str, role: Role = Role.NONE) -> Folder: ...
    async def undo(self) -> str:
        """Reverse the newest deed not yet undone; "" when there is none."""

    async def redo(self) -> str: ...

    # --- the network ---------------------------------------------------------------------------------
    def show(self, folder_id: int) -> None:
        """The user is looking at this folder: sync it first and watch it."""

    def sync_now(self) -> None:
        """Retry now, whatever the back-off says."""
