"""The screen that is nearly always there: what the keys do to mail, and what Mail tells the eye.

It only routes: a key becomes a verb of Mail, a Change becomes a repaint. What a verb does to mail
is Mail's business; here is where the cursor goes and what the status line says.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import cached_property
from inspect import isawaitable
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on
from textual.message import Message as Posted
from textual.worker import Worker, WorkerState

from tuimail.changes import AccountState, Line, Trouble
from tuimail.errors import NotFound
from tuimail.keys import display
from tuimail.model import Account, Flag, Role
from tuimail.records import replace
from tuimail.screens.news import News
from tuimail.screens.outages import in_a_line
from tuimail.screens.panes import UNEXPECTED
from tuimail.screens.settings import Settings
from tuimail.screens.sources import IdRows, Source
from tuimail.screens.threads import ThreadingScreen
from tuimail.widgets.folder_tree import FolderTree

if TYPE_CHECKING:
    from textual.timer import Timer

    from tuimail.mail import Mail
    from tuimail.screens.save import Progress, Saver
    from tuimail.screens.sheet import LedgerScreen

log = logging.getLogger(__name__)


class MainScreen(ThreadingScreen):
    """Folders, list, viewer, and a line that says what happened."""

    class MailChanged(Posted):
        """Something has changed since the last repaint."""

    def __init__(self, mail: Mail, settings: Settings) -> None:
        super().__init__(mail, settings)
        self._unsubscribe: Callable[[], None] | None = None
        self._news = News(lambda: self.post_message(self.MailChanged()))
        self._repaint_timer: Timer | None = None
        self._painted = float("-inf")
        self._sheet: LedgerScreen | None = None
        """The queue or the history, while it is shown."""
        self._deleted_said: str | None = ""
        """What was said when something was deleted last; None once its undoing was explained."""
        self._early: list[Trouble] = []
        """Told before there was a folder to open; said again then."""
        self._lost: dict[str, str] = {}
        """Account → what was said when it lost its line."""

    def on_mount(self) -> None:
        self._unsubscribe = self.mail.subscribe(self._news.hear)
        self._show_folders()
        self._show_states()
        self.focus_pane("list")
        self._open_first_folder()
        if said := self.mail.trouble or self.mail.read_only:
            self.say(said, "trouble")
        self.call_after_refresh(self.mail.start)  # the first picture needs no network, and comes before it

    def _open_first_folder(self) -> None:
        inbox = next((folder for folder in self.mail.folders() if folder.role is Role.INBOX), None)
        first = inbox or next((folder for folder in self.mail.folders() if folder.selectable), None)
        if first is not None:
            self.open_folder(first.id)
        else:
            self.list.empty_text = "Fetching the folders…"

    def on_unmount(self) -> None:
        if self._unsubscribe is not None:
            self._unsubscribe()

    # --- what Mail says ------------------------------------------------------------------------
    @on(MailChanged)
    def _changed(self) -> None:
        """At once when nothing was painted lately (a key's own work), else when it is due: a sync may tell much."""
        due = self._painted + self.settings.repaint - asyncio.get_running_loop().time()
        if due <= 0:
            self._repaint()
        elif self._repaint_timer is None:
            self._repaint_timer = self.set_timer(due, self._repaint)

    def _repaint(self) -> None:
        if self._repaint_timer is not None:
            self._repaint_timer.stop()
            self._repaint_timer = None
        self._painted = asyncio.get_running_loop().time()
        news = self._news.take()
        opens = self.source is None and news.folders
        if self.source is None and news.folders:
            self._open_first_folder()
        elif news.folders and self._folder_id is not None and not self._folder_is_there(self._folder_id):
            self._leave_folder()
        elif self.source is not None and news.lists and _concerns(self.source, news.lists):
            self._refresh_list()
            self._renew_notes()
        if news.folders or news.lists or news.states:
            self._show_folders()
            self._show_states()
        if news.states:
            self._read_again()
        if opens:  # what was said before there was a list is not to go with its coming
            for said in self._lost.values():
                self.say(said, "trouble")
        if self.list.cursor_id in news.bodies and self.view_is_shown:
            self._read(self.list.cursor_id)
        if news.fresh:
            many = f"{news.fresh:,} new messages" if news.fresh > 1 else "1 new message"
            self.say(f"{many} · {display(self._keys_of('cursor.next_unread'), ' or ')} next unread")
        troubles = news.troubles or self._early
        for trouble in troubles[-1:]:
            self.say(f"{trouble.sentence} {trouble.next_step}".strip(), "trouble")
        self._early = troubles if self.source is None else []

    def _folder_is_there(self, folder_id: int) -> bool:
        """Of a store that cannot be read nobody knows."""
        folders = self.mail.folders()
        return not folders or any(folder.id == folder_id for folder in folders)

    def _leave_folder(self) -> None:
        """The folder in the list was deleted; who stands among the folders stays there."""
        at = self._at
        self._open_first_folder()
        if at == "folders":
            self.focus_pane(at)
        self.say("The folder that was open here is deleted.")

    def _renew_notes(self) -> None:
        """What the viewer says of its message's labels, and where it stands (POP3), may have changed with its row."""
        here = self.view.message
        ready = self.mail.ready(here.id) if here is not None else None
        if here is None or ready is None or ready.form != here.form:
            return
        if (ready.notes, ready.labels) != (here.notes, here.labels):
            self.view.renew(replace(here, notes=ready.notes, labels=ready.labels))

    def _show_states(self) -> None:
        states = self._states()
        self.status.set_states(states)
        for lost in self._outages.take_news():
            self._say_lost(lost)
        for mended in (state.account for state in states if state.line in (Line.ONLINE, Line.SYNCING)):
            if (said := self._lost.pop(mended, "")) and said == self.status.message:
                self.say("")
        self.status.set_pending(self.mail.pending_count())
        if self._sheet is not None and self._sheet.is_attached:
            self._sheet.renew()

    def _say_lost(self, lost: AccountState) -> None:
        """Once for each time an account loses its line."""
        worked = any(folder.account == lost.account for folder in self.mail.folders())
        words = in_a_line(lost, worked, self._sync_key)
        self.say(words, "info" if worked and lost.again else "trouble")
        self._lost[lost.account] = self.status.message
        if self.source is None:  # nothing else is there yet, so that all of it can be read
            self.list.empty_text = "There is nothing here yet."
            self.view.show_placeholder(None, words)

    @on(FolderTree.AccountChosen)
    def _account_chosen(self, event: FolderTree.AccountChosen) -> None:
        """It has no folders yet: what stands in the way?"""
        for state in self._states():
            if state.account == event.account:
                self.say(in_a_line(state, False, self._sync_key), "trouble" if state.line is Line.OFFLINE else "info")

    async def action_back(self) -> None:
        """One step back; from the list it is the way out."""
        if self._at != "list":
            self.focus_pane("list")
        elif not self.end_search():
            self._leave()

    def action_escape(self) -> None:
        if self.give_up_fetching() or (self._at == "view" and self.end_viewing()):
            return
        if self._at != "list":
            self.focus_pane("list")
        elif self.list.in_range:
            self.list.end_range()
            self._show_folders()
        elif self.list.selected:
            self.list.clear_selection()
        elif not self.end_search():
            self.say("")

    def _leave(self) -> None:
        from tuimail.screens.ask import AskScreen

        async def leave(yes: bool) -> None:
            if yes:
                self.app.exit(0)

        # With a line there is no question: leaving Mail sends what waits.
        stays = any(state.line in (Line.OFFLINE, Line.CONNECTING) for state in self.mail.states())
        if stays and (count := self.mail.pending_count()):
            waits = "1 change waits" if count == 1 else f"{count:,} changes wait"
            they = "it is safe and will be sent" if count == 1 else "they are safe and will be sent"
            self.ask(AskScreen(f"{waits} for the server; {they} next time. Quit?"), leave)
        else:
            self.app.exit(0)

    # --- doing -----------------------------------------------------------------------------------------------
    @property
    def targets(self) -> list[int]:
        """What a verb acts on: what is selected, if anything is, else the row under the cursor; of a folded thread all.

        Who reads means what is read: in the viewer the selection may not even be on the screen.
        """
        if self._at != "view" and (selected := self.list.selected):
            return self.whole(list(selected))
        return [] if self.list.cursor_id is None else self.whole([self.list.cursor_id])

    async def _act(
        self,
        verb: Callable[[Sequence[int]], Awaitable[str]],
        missing: Role = Role.NONE,
        targets: Sequence[int] | None = None,
        advance: str = "",
        undo: bool = True,
    ) -> None:
        """Run a verb on the targets and say what was done. `missing`: the role of a folder it may lack.

        targets: those of the moment when a question was put, for rows move while it is thought over. advance: where
        the cursor goes from a message that left the list, as `Settings.advance`; "": as the reader has set it.
        undo: there is a way back.
        """
        targets = self.targets if targets is None else targets
        if not targets:
            self.say("No message here.")
            return
        stood = self.place_of_cursor(advance)
        try:
            done = await verb(targets)
        except NotFound:
            if missing is Role.NONE:
                raise
            self.offer_folder(missing, verb, targets)
        else:
            if done:
                self.forget(targets)
                self.list.end_range()
                self.list.keep_selected(self.list.selected.difference(targets))
            self._repaint()  # the next key acts on what follows
            await self.advance(stood)
            way_back = f" · {self._undo_key} undo" if undo else ""
            self.say(f"{done}{way_back}" if done else "Nothing to change.", "done")

    @property
    def _undo_key(self) -> str:
        return display(self._keys_of("undo").split(",")[0])

    async def action_archive(self, advance: str = "") -> None:
        await self._act(self.mail.archive, Role.ARCHIVE, advance=advance)

    async def action_to_inbox(self) -> None:
        """Back to the inbox of its account, from wherever it was put."""
        await self._act(self.mail.to_inbox)

    async def action_trash(self) -> None:
        """In the trash it is for good, and asks."""
        if (targets := self.targets) and self.mail.filing.all_in(targets, Role.TRASH):
            self.action_delete()
        else:
            await self._act(self.mail.trash, Role.TRASH)
            if self._deleted_said is not None:
                self._deleted_said = self.status.message

    async def _toggle(self, flag: Flag) -> None:
        """If any lacks the flag all get it, else all lose it."""
        if self.mail.any_lacks(self.targets, flag):
            await self._act(lambda ids: self.mail.flag(ids, add=flag))
        else:
            await self._act(lambda ids: self.mail.flag(ids, remove=flag))

    async def action_toggle_star(self) -> None:
        await self._toggle(Flag.FLAGGED)

    async def action_toggle_read(self) -> None:
        """Right after a deletion `u` was meant to undelete, as in mutt: the first time it is told what does that."""
        after_deletion = self._deleted_said and self.status.message == self._deleted_said
        await self._toggle(Flag.SEEN)
        if after_deletion:
            self._deleted_said = None
            key = self._undo_key
            self.say(f"{self.status.message.partition(' · ')[0]} · {key} undoes this, {key} again the deletion", "done")

    async def action_mark_read(self) -> None:
        await self._act(lambda ids: self.mail.flag(ids, add=Flag.SEEN))

    async def action_mark_unread(self) -> None:
        await self._act(lambda ids: self.mail.flag(ids, remove=Flag.SEEN))

    async def action_undo(self) -> None:
        undone = await self.mail.undo()
        if not undone:
            self.say("Nothing to undo.")
            return
        self._repaint()
        if isinstance(self.source, IdRows):  # what came back is there for the cursor and the next key
            await self._gathered(self.source)
        turned = self.mail.turned_last()
        if turned is not None and self.source is not None and self._belongs(turned, self.source):
            self.list.go_to(turned)
        self.focus_pane(self._at)  # the viewer goes along
        self.say(f"{undone} · {display(self._keys_of('redo').split(',')[0])} redo", "done")

    def _belongs(self, message_id: int, source: Source) -> bool:
        """It is one of the list's own, not of another folder and only of a thread that is in this one, too."""
        return bool(source.still([message_id]) or self.mail.lists.still_in([message_id], source.where))

    async def action_redo(self) -> None:
        redone = await self.mail.redo()
        self._repaint()
        if isinstance(self.source, IdRows):  # what goes again is not there for the next key
            await self._gathered(self.source)
        self.focus_pane(self._at)  # the viewer goes along
        self.say(f"{redone} · {self._undo_key} undo" if redone else "Nothing to redo.", "done")

    @cached_property
    def saver(self) -> Saver:
        from tuimail.screens.save import Saver

        return Saver(self, self.say, self.settings.save_directory)

    async def action_attachments(self) -> None:
        from tuimail.screens.attachments import AttachmentsScreen

        here, shown = self.list.cursor_id, self.view.message
        summary = None if here is None else self.mail.summary(here)
        if here is None or summary is None:
            self.say("No message here.")
            return
        if not summary.cached:
            self._expect(here)
            self.say("The text of this message is still on its way.")
            return
        if shown is not None and shown.id == here and any(seal.secret for seal in shown.document.seals):
            message = shown  # what was encrypted is nowhere else
        else:
            message = await self.mail.message(here)
        if self.lacks_rest(message):
            return
        if message.attachments:
            self.app.push_screen(AttachmentsScreen(self.mail, message, self.saver))
        else:
            self.say_here("No attachments in this message.")

    def action_save_raw(self) -> None:
        from tuimail.screens.save import Wanted

        message_id = self.list.cursor_id
        summary = None if message_id is None else self.mail.summary(message_id)
        if message_id is None or summary is None:
            self.say("No message here.")
            return

        def save(directory: Path, progress: Progress) -> Awaitable[Path]:
            return self.mail.attached.save_message(summary.id, summary.subject, directory, progress)

        self.saver.add(Wanted(summary.subject or "the message", save, Path.cwd()))

    # --- the program -----------------------------------------------------------------------------------------
    def action_sync_now(self) -> None:
        self.mail.sync_now()
        self._open_sheet("queue")

    def action_history(self) -> None:
        self._open_sheet("history")

    def _open_sheet(self, name: str) -> None:
        from tuimail.screens.history import HistoryScreen
        from tuimail.screens.queue import QueueScreen

        async def closed(another: str | None) -> None:
            self._sheet = None
            if sheet.acted:
                self.say("")  # the undo it may speak of is of something else now
            if another:
                self._open_sheet(another)

        now = self.settings.now
        history = name == "history"
        self._sheet = sheet = HistoryScreen(self.mail, now) if history else QueueScreen(self.mail, now, self._states)
        self.ask(sheet, closed)

    def action_account(self) -> None:
        from tuimail.screens.account import AccountScreen

        async def done(wanted: str | None) -> None:
            if wanted == "wire":
                self.action_wire()

        if (account := self._account_in_view()) is not None:
            self.ask(AccountScreen(self.mail, account, self.settings.now()), done)

    def action_wire(self) -> None:
        from tuimail.screens.wire import WireScreen

        if (account := self._account_in_view()) is not None:
            self.app.push_screen(WireScreen(self.mail, account.name, lambda: self.saver.directory))

    def _account_in_view(self) -> Account | None:
        """The account of the open folder; before there is one, the first."""
        name = self.folder.account if self.folder is not None else ""
        return next((a for a in self.mail.accounts if a.name == name), next(iter(self.mail.accounts), None))

    def action_help(self) -> None:
        from tuimail.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self.settings.keys, self.settings.preset))

    def action_command_palette(self) -> None:
        from tuimail.screens.palette import Command, Palette

        async def run(command: Command | None) -> None:
            if command is not None and isawaitable(doing := command()):
                await doing

        self.ask(Palette(self), run)

    def set_theme(self, theme: str) -> None:
        self.app.theme = theme

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR:
            log.error("%s failed", event.worker.name, exc_info=event.worker.error)
            self.say(UNEXPECTED, "trouble")


def _concerns(source: Source, folders: set[int]) -> bool:
    """Rows of these folders changed: may that be seen in this list?"""
    return source.folders is None or not folders.isdisjoint(source.folders)
