"""Going about in mail: folders, the cursor, the viewer, the next unread. Nothing here changes mail but reading it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Hashable, Sequence
from math import inf
from typing import TYPE_CHECKING, cast

from textual import on, work
from textual.content import Content

from tuimail.changes import AccountState, Line
from tuimail.errors import Offline, TuimailError
from tuimail.keys import display
from tuimail.model import Flag, Folder, Role, Summary
from tuimail.screens.outages import Outages, what_next
from tuimail.screens.panes import PaneScreen
from tuimail.screens.settings import Settings
from tuimail.screens.sources import FolderRows, IdRows, Source, Unified, shown_name
from tuimail.screens.turns import TakesTurns
from tuimail.widgets.folder_tree import FolderTree
from tuimail.widgets.message_list import CHECKED_AT_ONCE, MessageList

if TYPE_CHECKING:
    from tuimail.mail import Mail

log = logging.getLogger(__name__)

TEXT_SOON = 0.3
"""Seconds the keys after Enter wait for the text at most."""

ROWS_SOON = 0.3
"""Seconds the keys wait at most for the row that the cursor belongs to."""

LOW = 30
"""Lines of a window in which list and text together leave too few to read in: what is opened has all of it."""

UNIFIED = "unified"
"""The key of the list of all inboxes."""

# Where `.` does not look for unread mail of its own accord.
_QUIET_ROLES = frozenset({Role.JUNK, Role.TRASH, Role.DRAFTS, Role.SENT, Role.ALL})


class ReadingScreen(PaneScreen):
    """Which folder and which message are on the screen."""

    def __init__(self, mail: Mail, settings: Settings) -> None:
        super().__init__(mail, settings)
        self._folder_id: int | None = None
        self.source: Source | None = None
        """What stands in the list: the folder as it is, or another list."""
        self._title = ""
        self._cursors: dict[Hashable, int] = {}
        self._recent: list[int] = []
        self._lacking: int | None = None
        """The message whose text was wanted last while there was no line."""
        self._elsewhere: int | None = None
        self._filling = False
        self._outages = Outages()
        self._moved = -inf
        """When the cursor came to its message, by the monotonic clock."""

    # --- folders ---------------------------------------------------------------------------------------
    @property
    def folder(self) -> Folder | None:
        """The folder on the screen; in a list of several that of the message under the cursor."""
        folder_id = self._folder_id
        if folder_id is None and self.list.cursor_id is not None:
            summary = self.mail.summary(self.list.cursor_id)
            folder_id = summary.folder_id if summary is not None else None
        return None if folder_id is None else self.mail.folder(folder_id)

    def _show_folders(self) -> None:
        self.folder_tree.update(self.mail.folders(), self._states())
        self.folder_tree.current = self._list_key
        if self.source is not None:
            self._show_title()

    @property
    def _list_key(self) -> Hashable:
        """What is shown, as the tree of folders knows it."""
        return self.source.key if self._folder_id is None and self.source is not None else self._folder_id

    def _show_title(self) -> None:
        """What is in the list, above it."""
        folder = None if self._folder_id is None else self.mail.folder(self._folder_id)
        selected = len(self.list.selected)
        self.list_title.update(
            Content.assemble(
                (self._title or (shown_name(folder) if folder else ""), "bold"),
                (f"  {self._counted(folder)}", "$text-muted"),
                (f"  ✓ {selected:,} selected", "bold $text-accent") if selected else "",
                (f" · {display(self._keys_of('select.range'))} or Esc ends", "$text-muted")
                if self.list.in_range
                else "",
            ),
            layout=False,  # one line whatever it says; a layout would paint the whole screen anew
        )
        if folder is not None and not self._title:
            # Of a folder that is here in full the server may hold more: what is deleted, moved or only marked so.
            more = not folder.complete and folder.exists > self.mail.count(folder.id)
            self.list.empty_text = "Fetching…" if more else "Nothing here."
        else:
            self.list.empty_text = "Nothing here."

    def _counted(self, folder: Folder | None) -> str:
        """What is in the list, in words; of all inboxes as of one."""
        if self.source is not None and self.source.key == UNIFIED:
            folders = [each for each in self.mail.folders() if each.id in (self.source.where or ())]
        elif self._title or folder is None:
            count = self.list.row_count
            return f"{count:,}" if count else "empty"
        else:
            folders = [folder]
        count = sum(self.mail.count(each.id) for each in folders)
        unread = sum(each.unread for each in folders)
        total = f"{count:,}" if count else "empty"
        return f"{unread:,} unread of {total}" if unread else total

    def _states(self) -> list[AccountState]:
        """How the accounts stand, for people."""
        return self._outages.follow(self.mail.states())

    def open_folder(self, folder_id: int) -> None:
        """Show a folder, the cursor where it was last time."""
        self._recent = [folder_id, *(each for each in self._recent if each != folder_id)][:12]
        self.mail.show(folder_id)
        self.open_list(self._rows_of(folder_id), folder_id=folder_id)

    def _rows_of(self, folder_id: int) -> Source:
        """How a folder is shown."""
        return FolderRows(self.mail, folder_id)

    def open_list(
        self,
        source: Source,
        title: str = "",
        *,
        folder_id: int | None = None,
        cursor_id: int | None = None,
        line: int | None = None,
    ) -> None:
        """Show a list, the cursor where it was last time, or on a message and on a line of the widget.

        title: its name; "" when it is the folder itself. folder_id: the folder it is of, if it is of one.
        """
        if self.source is not None and self.list.cursor_id is not None:
            self._cursors[self.source.key] = self.list.cursor_id
        self.source = source
        self._title = title
        self._folder_id = folder_id
        self._elsewhere = None
        self.say("")
        folder = None if folder_id is None else self.mail.folder(folder_id)
        self._filling = folder is not None and not folder.complete
        wanted = self._cursors.get(source.key) if cursor_id is None else cursor_id
        self.list.show(source, wanted, line)
        self._show_folders()
        if isinstance(source, IdRows):
            shown = asyncio.Event()
            self._gather_opened(source, wanted, line, shown)
            if wanted not in (None, self.list.cursor_id):
                cast(TakesTurns, self.app).turns.hold_until(shown, ROWS_SOON)
        if self._at != "list":
            self.focus_pane("list")

    @work(group="list", exit_on_error=False)
    async def _gather_opened(self, source: IdRows, wanted: int | None, line: int | None, shown: asyncio.Event) -> None:
        """Only its first rows were known at once: the one that the cursor belongs to may come with the others."""
        here = self.list.cursor_id
        try:
            await self._gathered(source, filling=True)
            if wanted in (None, here) or self.source is not source or self.list.cursor_id != here:
                return
            if source.position(wanted) not in (None, self.list.cursor):
                self.list.show(source, wanted, line)
        finally:
            shown.set()

    @work(group="list", exit_on_error=False)
    async def _gather(self, source: IdRows) -> None:
        await self._gathered(source)

    async def _gathered(self, source: IdRows, *, filling: bool = False) -> None:
        """Gather all of a list again, and show it if it is still the one on the screen."""
        await source.renew()
        if self.source is source:
            self.list.refresh_rows(filling=filling)
            self._show_folders()

    def _refresh_list(self) -> None:
        """The refresh that brings the last rows of a first sync still belongs to it."""
        folder = None if self._folder_id is None else self.mail.folder(self._folder_id)
        was_filling, self._filling = self._filling, folder is not None and not folder.complete
        self.list.refresh_rows(filling=was_filling or self._filling)
        if isinstance(self.source, IdRows):
            self._gather(self.source)
        if len(self.list.selected) > CHECKED_AT_ONCE:
            self._check_selection()

    @work(exclusive=True, group="selection", exit_on_error=False)
    async def _check_selection(self) -> None:
        """Many are selected: those that somebody else took away are found off the loop."""
        if self.source is not None:
            self.list.keep_selected(set(await self.source.every()))

    def action_go_unified(self) -> None:
        """The inboxes of all accounts as one list."""
        self.open_unified()

    def open_unified(self, cursor_id: int | None = None) -> None:
        """The inboxes of all accounts, the cursor on a message or where it was last time."""
        inboxes = [folder for folder in self.mail.folders() if folder.role is Role.INBOX]
        for folder in inboxes:
            self.mail.show(folder.id)
        self.open_list(self._rows_of_all(UNIFIED, [each.id for each in inboxes]), "All inboxes", cursor_id=cursor_id)

    def _rows_of_all(self, key: str, folders: Sequence[int]) -> Source:
        """How several folders are shown as one list."""
        return IdRows(self.mail, Unified(self.mail, key, folders))

    @on(FolderTree.FolderChosen)
    def _folder_chosen(self, event: FolderTree.FolderChosen) -> None:
        self.open_folder(event.folder_id)

    def action_next_folder(self, direction: int) -> None:
        folder_id = self.folder_tree.next_folder(direction)
        if folder_id is None:
            self.say("This is the last folder." if direction > 0 else "This is the first folder.")
        else:
            self.open_folder(folder_id)

    def action_next_unread_folder(self, direction: int) -> None:
        """Round the accounts; what nobody reads (trash, junk, sent) is passed over."""
        others = self._unread_elsewhere(direction)
        if others:
            self.open_folder(others[0].id)
        else:
            self.say("No unread mail in another folder.")

    def _unread_elsewhere(self, direction: int) -> list[Folder]:
        """The other folders with unread mail, from this one on round all of them."""
        folders = self.mail.folders()[::direction]
        place = next((n for n, folder in enumerate(folders) if folder.id == self._folder_id), -1)
        return [
            folder
            for folder in folders[place + 1 :] + folders[: max(place, 0)]
            if folder.unread and folder.selectable and folder.role not in _QUIET_ROLES
        ]

    def action_go_to_role(self, role: str) -> None:
        recent = (folder for id_ in self._recent if (folder := self.mail.folder(id_)) is not None)
        here = self.folder or next(recent, None)  # a list without a row, a folder that is gone
        folder = self.mail.folder_by_role(here.account_id, Role(role)) if here else None
        if folder is None:
            self.say(f"This account has no {role} folder.")
        else:
            self.open_folder(folder.id)

    # --- reading -----------------------------------------------------------------------------------------
    @on(MessageList.Highlighted)
    def _highlighted(self, event: MessageList.Highlighted) -> None:
        now = time.monotonic()
        held, self._moved = now - self._moved < self.settings.dwell, now
        self.hush(event.message_id)
        if event.left and self._at == "view" and self.view.message_id != event.message_id:
            self.focus_pane("list")  # somebody else took it away: the next key is not meant for what follows
            self.say("The message you were reading has left this list.")
        if not held:  # a held key runs through the list; painting each text on its way would slow it
            self._show_at_once(event.message_id)
        self._read(event.message_id)

    @property
    def _dwell(self) -> float:
        """Seconds that the cursor rests on a message before its text is wanted."""
        return self.settings.dwell

    def _show_at_once(self, message_id: int | None) -> None:
        """What has been made ready is shown in the frame in which the cursor comes to it."""
        if message_id is None or not self.view_is_shown or (ready := self.mail.ready(message_id)) is None:
            return
        shown = self.view.message
        known = shown is not None and shown.id == message_id and shown.document.seals  # opened or verified meanwhile
        if shown is not ready and not known:
            self.view.show(ready)

    @on(MessageList.Opened)
    async def _opened(self, event: MessageList.Opened) -> None:
        if self.is_low:
            self.add_class("zoomed")
        await self._open(event.message_id)

    @property
    def is_low(self) -> bool:
        """List and text do not fit one below the other."""
        return self.size.height < LOW and not self.has_class("-broad")

    @on(MessageList.SelectionChanged)
    def _selection_changed(self) -> None:
        self._show_folders()

    async def _open(self, message_id: int) -> None:
        """The reader wants to read this one: viewer, focus, and no longer unread."""
        self._expect(message_id)
        self.focus_pane("view")
        await self._mark_read(message_id)

    def _expect(self, message_id: int) -> None:
        """The viewer shows this message from now on, its text as soon as it is here: the next keys are for it.

        A text that is in the store is here in a moment, and the next key waits for it.
        """
        self._show_at_once(message_id)
        if self.view.message_id == message_id and self.view.has_text:
            return
        if self.view.message_id != message_id and (summary := self.mail.summary(message_id)) is not None:
            self.view.show_placeholder(summary, "" if summary.cached else "Fetching the text…")
        shown = asyncio.Event()
        self._read(message_id, shown)
        cast(TakesTurns, self.app).turns.hold_until(shown, TEXT_SOON)

    async def _mark_read(self, message_id: int) -> None:
        summary = self.mail.summary(message_id)
        if summary is not None and Flag.SEEN not in summary.flags and not self.mail.read_only:
            await self.mail.flag([message_id], add=Flag.SEEN, remember=False)

    @work(exclusive=True, group="body", exit_on_error=False)
    async def _read(self, message_id: int | None, shown: asyncio.Event | None = None) -> None:
        """Show a message in the viewer. Each call ends the one before, so a held key leaves one fetch, not thirty.

        shown: set when the text is there or will not be; who waits for that does not want the cursor to rest first.
        """
        if message_id is None:
            self.view.clear()
            return
        try:
            if shown is None:
                await asyncio.sleep(self._dwell)
            await self._show_text(message_id)
        finally:
            if shown is not None:
                shown.set()
        await self._verify(message_id)
        await self._prefetch_neighbours(message_id)

    async def _show_text(self, message_id: int) -> None:
        here = self.view.message
        if self.view_is_shown and self.view.message_id == message_id and self.view.has_text:
            if here is not None and here.beginning and (ready := await self.mail.message(message_id)) != here:
                self.view.renew(ready)  # all of it has come, for it was saved or piped
            return
        summary = self.mail.summary(message_id)
        shown = self.view_is_shown
        if shown and summary is not None and not summary.cached:
            self.view.show_placeholder(summary, "Fetching the text…")
        try:
            message = await self.mail.message(message_id, prefetch=not shown)
        except Offline as error:
            self._lacking = message_id
            if self.view_is_shown:
                self.view.show_placeholder(summary, self._why_not_here(summary, error))
        except TuimailError as error:
            if self.view_is_shown:
                self.view.show_placeholder(summary, str(error))
        except Exception:
            log.exception("message %d could not be shown", message_id)
            self.view.show_placeholder(summary, "This message could not be shown; the log has the details.")
        else:
            if self.list.cursor_id == message_id and self.view_is_shown:
                self.view.show(message)

    async def _verify(self, message_id: int) -> None:
        """Signatures are verified by themselves, after the text is there; nothing is decrypted or fetched for that."""
        here = self.view.message
        if here is None or here.id != message_id:
            return
        if any(seal.word == "waiting" for seal in here.document.seals):
            try:
                checked = await self.mail.looked_into(message_id)
            except TuimailError as error:
                log.debug("signatures of %d: %s", message_id, error)
                return
            if self.view.message is here:
                self.view.renew(checked)
        if any(seal.word == "closed" for seal in here.document.seals):
            self.say_here(f"Encrypted · {display(self._keys_of('read.decrypt').split(',')[0])} opens it")

    def _read_again(self) -> None:
        """The line is back, and with it the text that could not be fetched."""
        if (lacking := self._lacking) is None or (summary := self.mail.summary(lacking)) is None:
            return
        folder = self.mail.folder(summary.folder_id)
        up = {state.account for state in self.mail.states() if state.line in (Line.ONLINE, Line.SYNCING)}
        if folder is not None and folder.account in up:
            self._lacking = None
            if self.list.cursor_id == lacking:
                self._read(lacking)

    def _why_not_here(self, summary: Summary | None, error: Offline) -> str:
        folder = None if summary is None else self.mail.folder(summary.folder_id)
        states = [state for state in self.mail.states() if folder and state.account == folder.account]
        if not states or states[0].line is not Line.OFFLINE:
            return str(error)
        return f"{error.sentence} {what_next(states[0], worked=True, key=self._sync_key)}"

    @property
    def _sync_key(self) -> str:
        return display(self._keys_of("sync.now").split(",")[0])

    async def _prefetch_neighbours(self, message_id: int) -> None:
        """The next and the previous one, text only; nobody waits for them, so nobody hears of their errors."""
        if self.list.cursor_id != message_id:
            return
        for neighbour in (self.list.cursor + 1, self.list.cursor - 1):
            if (row := self.list.summary_at(neighbour)) is not None:
                try:
                    message = await self.mail.message(row.id, prefetch=True)
                    if self.view_is_shown:
                        await self.view.prepare(message)
                except TuimailError as error:
                    log.debug("prefetch of %d: %s", row.id, error)

    async def action_read_on(self) -> None:
        """Space: the message under the cursor, page by page, then the next unread."""
        here = self.list.cursor_id
        if here is None:
            self.say("No message here.")
            return
        if not self.view_is_shown or self.view.message_id != here:
            await self._open(here)
            return
        await self._mark_read(here)
        if not self.view.has_text and (row := self.mail.summary(here)) is not None and row.cached:
            return  # it is about to be shown; nobody has read it yet
        if not self.view.page_down_or_end():
            await self.action_next_unread(1)
        elif self.view.at_end:
            self.say(f"End of the message · {display(self._keys_of('read.on').split(',')[0])} next unread")

    async def action_step(self, direction: int) -> None:
        """From the viewer to the message below or above this one in the list."""
        before = self.list.cursor
        self.list.move_cursor(before + direction)
        if self.list.cursor == before:
            self.say("This is the last message." if direction > 0 else "This is the first message.")
        elif self.list.cursor_id is not None:
            await self._open(self.list.cursor_id)

    async def action_next_unread(self, direction: int) -> None:
        if self.source is None:
            return
        found = await self.source.next_unread(self.list.cursor_id, direction)
        if found is None and (found := await self.source.next_unread(None, direction)) is not None:
            self.say("Went on from the top." if direction > 0 else "Went on from the bottom.")
        if found is not None and found != self.list.cursor_id:
            self._elsewhere = None
            self.list.go_to(found)
            if self._at == "view":
                await self._open(found)
        else:
            self._look_elsewhere(direction)

    def _look_elsewhere(self, direction: int) -> None:
        """No unread mail in this folder: name the next folder that has some; asked again, go there."""
        if not (others := self._unread_elsewhere(direction)):
            self.say("No unread mail.")
        elif self._elsewhere == others[0].id:
            self.open_folder(others[0].id)
            unread = self.mail.next_unread(others[0].id, None, direction)
            if unread is not None:
                self.list.go_to(unread)
        else:
            self._elsewhere = others[0].id
            key = display(self._keys_of("cursor.next_unread" if direction > 0 else "cursor.previous_unread"), " or ")
            self.say(f"No more unread here · {key} again goes to {shown_name(others[0])} ({others[0].unread:,} unread)")

    def action_cycle_headers(self) -> None:
        self.view.action_cycle_headers()

    def focus_pane(self, pane: str) -> None:
        """Also by way of a click or a key: the viewer, when it comes on, shows the message under the cursor."""
        super().focus_pane(pane)
        here = self.list.cursor_id
        if pane == "view" and here is not None and self.view.message_id != here:
            self._expect(here)

    def action_toggle_preview(self) -> None:
        self._preview = not self._preview
        self.set_class(not self._preview, "no-preview")
        self.say("Preview on" if self._preview else "Preview off · Enter opens a message")
        if self._preview:
            self._read(self.list.cursor_id)
