"""Keys of the folders pane that change folders: new, rename, delete, subscribe, what they are for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from tuimail.errors import Unfit
from tuimail.model import Folder, Role
from tuimail.screens.filing import FilingScreen
from tuimail.widgets.safe import safe_line

PURPOSES = (Role.NONE, Role.ARCHIVE, Role.TRASH, Role.JUNK, Role.SENT, Role.DRAFTS)


class ShelvingScreen(FilingScreen):
    """What is under the cursor of the folders pane."""

    @property
    def _shelf(self) -> Folder | None:
        here = self.folder_tree.cursor_folder
        folder = None if here is None else self.mail.folder(here)
        if folder is None:
            self.say("No folder here.")
        return folder

    async def _shelve(self, doing: Awaitable[str]) -> None:
        done = await doing
        self._repaint()
        self.say(f"{done} · {self._undo_key} undo", "done")

    def _ask_name(self, label: str, value: str, doing: Callable[[str], Awaitable[str]]) -> None:
        """Ask for a name until it is one that a folder can have: what was typed is not lost. As it was is no answer."""
        from tuimail.screens.prompt import PromptScreen

        async def named(name: str | None) -> None:
            if name is None or name.strip() == value:
                return
            try:
                await self._shelve(doing(name.strip()))
            except Unfit as error:
                self.ask(PromptScreen(label, name, trouble=str(error)), named)

        self.ask(PromptScreen(label, value), named)

    def action_new_folder(self) -> None:
        if (folder := self._shelf) is None:
            return
        above = folder.name.rpartition(folder.separator)[0] if folder.separator else ""
        make = partial(self.mail.shelves.create, folder.account_id)
        self._ask_name("New folder ", f"{above}{folder.separator}" if above else "", make)

    def action_rename_folder(self) -> None:
        if self.folder_tree.cursor_list is not None:
            self.action_rename_search()
            return
        if (folder := self._shelf) is None:
            return
        self.mail.shelves.may_rename(folder)
        rename = partial(self.mail.shelves.rename, folder)
        self._ask_name(f"Rename {safe_line(folder.name)} to ", folder.name, rename)

    def action_delete_folder(self) -> None:
        from tuimail.screens.ask import AskScreen

        if self.folder_tree.cursor_list is not None:
            self.action_forget_search()
            return
        if (folder := self._shelf) is None:
            return
        self.mail.shelves.may_delete(folder)

        async def do() -> None:
            await self._shelve(self.mail.shelves.delete(folder))

        async def delete(yes: bool) -> None:
            if not yes:
                return
            if self.mail.shelves.lacks_trash(folder):
                self.ask_for_role(Role.TRASH, folder.account_id, folder.account, do)
            else:
                await do()

        count = max(folder.total, folder.exists)
        many = "1 message goes" if count == 1 else f"{count:,} messages go"
        what = f"Its {many} to the trash; undo brings all back." if count else "It is empty; undo makes it again."
        self.ask(AskScreen(f"Delete the folder {safe_line(folder.name)}? {what}"), delete)

    async def action_subscribe_folder(self) -> None:
        """Where the server tells which folders are subscribed to."""
        if (folder := self._shelf) is None:
            return
        if not self.mail.shelves.subscribable(folder.account_id):
            self.say("This server does not tell which folders are subscribed to.")
            return
        await self._shelve(self.mail.shelves.subscribe(folder, on=not folder.subscribed))

    def action_folder_purpose(self) -> None:
        """What was answered to the question for a missing folder is changed here."""
        from tuimail.screens.pick import Choice, Pick

        if (folder := self._shelf) is None:
            return
        if folder.role is Role.INBOX:
            self.say("The inbox is for what comes in, always.")
            return
        name = safe_line(folder.name)
        having = {other.role: other for other in self.mail.folders() if other.account_id == folder.account_id}

        async def chosen(role: Role | None) -> None:
            if role is None:
                return
            other = having.get(role)
            if role is not Role.NONE and other is not None and other.id != folder.id:
                self.say(f"{safe_line(other.name)} is for that; first let it be for nothing special.", "trouble")
                return
            await self.mail.filing.give_role(folder.id, role)
            purpose = f"the {role.value} folder" if role else "for nothing special, unless its server says otherwise"
            self.say(f"{name} is {purpose}", "done")

        choices = [
            Choice(
                role.value.capitalize() or "Nothing special",
                safe_line(having[role].name) if role and role in having else "",
                role,
            )
            for role in PURPOSES
        ]
        self.ask(Pick(f"{name} is for", choices), chosen)
