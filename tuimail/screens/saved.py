"""Searches that are kept by name: lines of the folder tree with live counts, opened, renamed and forgotten there."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable
from importlib import import_module
from typing import TYPE_CHECKING, cast

from textual import on, work

from tuimail.errors import TuimailError
from tuimail.model import Role, Saved
from tuimail.screens.filtering import ANSWER_SOON, FilteringScreen
from tuimail.screens.hits import Hits
from tuimail.screens.reading import UNIFIED
from tuimail.screens.settings import Settings
from tuimail.screens.turns import TakesTurns
from tuimail.widgets.folder_lines import OtherList
from tuimail.widgets.folder_tree import FolderTree
from tuimail.widgets.safe import safe_line
from tuimail.widgets.search_box import SearchBox

if TYPE_CHECKING:
    from tuimail.mail import Mail
    from tuimail.screens.pick import Choice

_AT_MOST_EACH = 1.0
"""Seconds between two counts."""


class SavedScreen(FilteringScreen):
    """Lists beside the folders: kept searches, and all inboxes when there are several accounts."""

    def __init__(self, mail: Mail, settings: Settings) -> None:
        super().__init__(mail, settings)
        self._kept: list[Saved] = []
        self._counts: dict[str, tuple[int, int]] = {}
        self._counting = False
        self._count_again = False

    def on_mount(self) -> None:
        self.call_after_refresh(self._read_kept)

    @work(group="saved", exit_on_error=False)
    async def _read_kept(self) -> None:
        # Not before the first picture, and not on the event loop: the search wants a few modules.
        await asyncio.to_thread(import_module, "tuimail.sync.searching")
        self._renew_kept()

    def _renew_kept(self) -> None:
        self._kept = self.mail.searching.saved()
        self._put_lists()
        self._count_soon()

    def _put_lists(self) -> None:
        self.folder_tree.put_lists(self._above(), [self._line(kept) for kept in self._kept])

    def _above(self) -> list[OtherList]:
        folders = self.mail.folders()
        if len({folder.account_id for folder in folders}) < 2:
            return []
        return [OtherList(UNIFIED, "All inboxes", sum(each.unread for each in folders if each.role is Role.INBOX))]

    def _line(self, kept: Saved) -> OtherList:
        total, unread = self._counts.get(kept.name, (None, 0))
        return OtherList(("saved", kept.name), safe_line(kept.name), unread, total)

    # --- counting -------------------------------------------------------------------------------------
    def _show_folders(self) -> None:
        super()._show_folders()
        self._put_lists()
        self._count_soon()

    def _count_soon(self) -> None:
        self._count_again = bool(self._kept)
        if self._count_again and not self._counting:
            self._counting = True
            self._count()

    @work(group="saved", exit_on_error=False)
    async def _count(self) -> None:
        """Once now, and once more for all that changes in the next second."""
        try:
            while self._count_again:
                self._count_again = False
                self._counts = await self.mail.searching.counts()
                self._put_lists()
                await asyncio.sleep(_AT_MOST_EACH)
        finally:
            self._counting = False

    # --- opening ----------------------------------------------------------------------------------------
    @on(FolderTree.ListChosen)
    def _list_chosen(self, event: FolderTree.ListChosen) -> None:
        self._open_other(event.key)

    def _open_other(self, key: Hashable) -> None:
        if key == UNIFIED:
            self.action_go_unified()
        elif (kept := self._kept_under(key)) is not None:
            self._open_kept(kept)

    def _kept_under(self, key: Hashable) -> Saved | None:
        return next((kept for kept in self._kept if ("saved", kept.name) == key), None)

    def _open_kept(self, kept: Saved) -> None:
        """What it finds is there in a moment, and the next key waits for it: it is for that list."""
        opened = asyncio.Event()
        self._gather_kept(kept, opened)
        cast(TakesTurns, self.app).turns.hold_until(opened, ANSWER_SOON)

    @work(exclusive=True, group="search", exit_on_error=False)
    async def _gather_kept(self, kept: Saved, opened: asyncio.Event) -> None:
        hits = Hits(self.mail, self.mail.searching.parse(kept.query), key=("saved", kept.name))
        try:
            await hits.renew()
            self.open_list(hits, safe_line(kept.name))
        except TuimailError as error:
            self.say_error(error)
        finally:
            opened.set()

    def action_go_to_folder(self) -> None:
        from tuimail.screens.pick import Choice, Pick
        from tuimail.screens.pick_folder import folder_choices

        others = [Choice[Hashable](each.label, "all accounts", each.key) for each in self._above()]
        for kept in self._kept:
            total, unread = self._counts.get(kept.name, (0, 0))
            beside = f"search · {unread:,} unread" if unread else f"search · {total:,}"
            others.append(Choice(safe_line(kept.name), beside, ("saved", kept.name)))
        recent = [folder_id for folder_id in self._recent if folder_id != self._folder_id]
        folders = cast("list[Choice[Hashable]]", folder_choices(self.mail.folders(), recent))

        async def go(chosen: Hashable) -> None:
            if isinstance(chosen, int):
                self.open_folder(chosen)
            elif chosen is not None:
                self._open_other(chosen)

        self.ask(Pick[Hashable]("Go to a folder", [*folders, *others]), go)

    # --- keeping ----------------------------------------------------------------------------------------
    @on(SearchBox.Pressed)
    def _save_pressed(self, event: SearchBox.Pressed) -> None:
        if event.what == "save":
            self.action_keep_search()

    def action_keep_search(self) -> None:
        """While it is typed, and as long as what it found stands in the list."""
        from tuimail.screens.prompt import PromptScreen

        if self._before is None:
            kept = self._kept_under(self._list_key)
            self.say("No search is open." if kept is None else f"It is kept already, as “{safe_line(kept.name)}”.")
            return
        if self._query is None or self._query.empty:
            self.say("There is nothing to keep yet.")
            return
        text = self._within(self._query.text.strip())

        async def keep(name: str | None) -> None:
            if name and name.strip():
                other = next((kept.query for kept in self._kept if kept.name == name.strip()), text)
                await self.mail.searching.save(name.strip(), text)
                self._renew_kept()
                instead = "" if other == text else f", in the place of: {safe_line(other)}"
                self.say(f"Kept as “{safe_line(name.strip())}”, below the folders{instead}", "done")

        self.ask(PromptScreen("Keep this search as", self._query.text.strip()), keep)

    def _within(self, text: str) -> str:
        """The words with the folder in which they are looked for."""
        before = self._before
        if self._everywhere or before is None:
            return text
        if isinstance(before.source, Hits):
            return f"({before.source.query.text}) ({text})"
        folder = None if before.folder_id is None else self.mail.folder(before.folder_id)
        if folder is None:
            return f"in:inbox ({text})"
        account = f'account:"{folder.account}" ' if len(self.mail.accounts) > 1 else ""
        return f'{account}in:"{folder.name}" ({text})'

    def action_forget_search(self) -> None:
        from tuimail.screens.ask import AskScreen

        if (kept := self._kept_under(self.folder_tree.cursor_list)) is None:
            self.say("No kept search here.")
            return

        async def forget(yes: bool) -> None:
            if yes:
                await self.mail.searching.forget(kept.name)
                self._renew_kept()
                self.say(f"Forgotten; it searched for {safe_line(kept.query)}", "done")

        self.ask(AskScreen(f"Forget the search “{safe_line(kept.name)}”? No mail is deleted."), forget)

    def action_rename_search(self) -> None:
        from tuimail.screens.prompt import PromptScreen

        if (kept := self._kept_under(self.folder_tree.cursor_list)) is None:
            self.say("No kept search here.")
            return

        async def rename(name: str | None) -> None:
            if not name or not name.strip() or name.strip() == kept.name:
                return
            if any(name.strip() == other.name for other in self._kept):
                self.say(f"Another search is called “{safe_line(name.strip())}” already.", "trouble")
            else:
                await self.mail.searching.save(name.strip(), kept.query)
                await self.mail.searching.forget(kept.name)
                self._renew_kept()

        self.ask(PromptScreen("Another name", kept.name), rename)
