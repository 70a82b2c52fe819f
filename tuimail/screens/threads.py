"""Conversations in the list: flat or threaded, folded or not, stepping through one, and muting."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

from tuimail.model import Role
from tuimail.screens.reading import UNIFIED
from tuimail.screens.settings import Settings
from tuimail.screens.shelving import ShelvingScreen
from tuimail.screens.sources import Source
from tuimail.screens.thread_rows import Folds, ThreadRows

if TYPE_CHECKING:
    from tuimail.mail import Mail


class ThreadingScreen(ShelvingScreen):
    """`T`, `-`, `_`, `n`, `p` and `M`."""

    def __init__(self, mail: Mail, settings: Settings) -> None:
        super().__init__(mail, settings)
        self._threaded: bool | None = None
        self._folds: dict[Hashable, Folds] = {}

    @property
    def threaded(self) -> bool:
        """Folders are shown as threads."""
        if self._threaded is None:
            remembered = self.mail.threads.threaded()
            self._threaded = self.settings.threads if remembered is None else remembered
        return self._threaded

    @property
    def _threads(self) -> ThreadRows | None:
        """The list, when it is a threaded one."""
        return self.source if isinstance(self.source, ThreadRows) else None

    # --- the list ---------------------------------------------------------------------------------------
    def _rows_of(self, folder_id: int) -> Source:
        return self._in_threads(folder_id, [folder_id]) if self.threaded else super()._rows_of(folder_id)

    def _rows_of_all(self, key: str, folders: Sequence[int]) -> Source:
        return self._in_threads(key, folders) if self.threaded else super()._rows_of_all(key, folders)

    def _in_threads(self, key: Hashable, folders: Sequence[int]) -> ThreadRows:
        folds = self._folds.setdefault(key, Folds())
        return ThreadRows(self.mail, key, folders, folds, lambda: self.list.cursor_id, self.list.refresh_rows)

    async def action_toggle_threads(self) -> None:
        """The cursor stays on its message."""
        here, folder_id = self.list.cursor_id, self._folder_id
        unified = self.source is not None and self.source.key == UNIFIED
        if folder_id is None and not unified:
            self.say("This list has no threads.")
            return
        self._threaded = not self.threaded
        if unified:
            self.open_unified(here)
        elif folder_id is not None:
            self.open_list(self._rows_of(folder_id), folder_id=folder_id, cursor_id=here)
        self.say("Threads" if self._threaded else "No threads: every message on its own line", "info")
        await self.mail.threads.set_threaded(self._threaded)

    async def action_fold(self) -> None:
        here = self.list.cursor_id
        if self._threads is None:
            self.say(f"Every message stands on its own line · {self._key_of('list.threads')} shows threads")
        elif here is None or not await self._threads.turn(here):
            self.say("No thread here.")
        self._show_title()

    async def action_fold_all(self) -> None:
        threads = self._threads
        if threads is None:
            self.say(f"Every message stands on its own line · {self._key_of('list.threads')} shows threads")
            return
        folds = threads.order.folds
        folds.unfolded = not (folds.unfolded or folds.but)
        folds.but.clear()
        await self._gathered(threads)

    async def action_next_unread(self, direction: int) -> None:
        await super().action_next_unread(direction)
        self._show_title()

    # --- stepping through one -------------------------------------------------------------------------------
    async def action_hit_or_step(self) -> None:
        """`n` in the viewer: the next hit, and while no words are looked for, the next message of the thread."""
        if self.view.finds:
            self.action_find_next(1)
        else:
            await self.action_thread_step(1)

    async def action_thread_step(self, direction: int) -> None:
        """To the next message of the thread that can be shown in this list."""
        here = self.list.cursor_id
        if here is None or self.source is None:
            self.say("No message here.")
            return
        threads = self._threads
        tree = [branch.id for branch in await self.mail.threads.tree(here, self.source.where or ())]
        if threads is not None and here not in threads.order.drawings and len(tree) > 1:
            await threads.turn(here)
        begin = tree.index(here) + direction if here in tree else 0
        following = tree[begin:] if direction > 0 else tree[begin::-1] if begin >= 0 else []
        found = next((id_ for id_ in following if self.source.position(id_) is not None), None)
        if found is None:
            self.say("This is the last message of the thread." if direction > 0 else "This is the first of the thread.")
            return
        self.list.go_to(found)
        if self._at == "view":
            await self._open(found)

    # --- what is done to a thread ---------------------------------------------------------------------------
    def whole(self, ids: Sequence[int]) -> list[int]:
        """These messages, and what is folded under their rows."""
        return list(ids) if self._threads is None else self._threads.whole(ids)

    async def action_mute(self) -> None:
        """New mail of a muted thread goes straight to the archive."""
        await self._act(self.mail.threads.mute, Role.ARCHIVE)
