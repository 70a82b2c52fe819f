"""Keys that put mail where it belongs: moving, copying, spam, labels, deleting for good."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from tuimail.errors import Unfit
from tuimail.model import Role
from tuimail.screens.advancing import AdvancingScreen
from tuimail.widgets.safe import safe_line

if TYPE_CHECKING:
    from tuimail.screens.pick_label import Labelling


class FilingScreen(AdvancingScreen):
    """What it acts on, and how a verb is run, is the main screen's."""

    if TYPE_CHECKING:

        @property
        def targets(self) -> list[int]:
            raise NotImplementedError

        @property
        def _undo_key(self) -> str:
            raise NotImplementedError

        def _repaint(self) -> None:
            raise NotImplementedError

        async def _act(
            self,
            verb: Callable[[Sequence[int]], Awaitable[str]],
            missing: Role = Role.NONE,
            targets: Sequence[int] | None = None,
            advance: str = "",
            undo: bool = True,
        ) -> None:
            raise NotImplementedError

    # --- where to -----------------------------------------------------------------------------------------

    def action_move_to(self) -> None:
        self._choose("Move", self.mail.move)

    def action_copy_to(self) -> None:
        self._choose("Copy", self.mail.filing.copy)

    def _choose(self, what: str, verb: Callable[[Sequence[int], int], Awaitable[str]]) -> None:
        """Ask for a folder, the likeliest first: where mail like this was filed before."""
        from tuimail.screens.pick_folder import PickFolder

        targets = self.targets
        if not (count := len(targets)):
            self.say("No message here.")
            return
        usual = dict(self.mail.filing.usual(targets))
        recent = [folder_id for folder_id in self._recent if folder_id != self._folder_id and folder_id not in usual]

        async def chosen(folder_id: int | None) -> None:
            if folder_id is None:
                return
            self._recent = [folder_id, *(each for each in self._recent if each != folder_id)][:12]
            await self._act(lambda ids: verb(ids, folder_id), targets=targets)

        title = f"{what} {count:,} message{'s' * (count != 1)} to"
        self.ask(PickFolder(title, self.mail.filing.choices(targets), [*usual, *recent], usual), chosen)

    def offer_folder(self, role: Role, verb: Callable[[Sequence[int]], Awaitable[str]], targets: Sequence[int]) -> None:
        """A folder is missing that the verb needs: of one account after the other ask what to do, then do it."""

        async def act() -> None:
            await self._act(verb, role, targets)

        for account_id, account in self.mail.filing.lacking(targets, role)[:1]:
            self.ask_for_role(role, account_id, account, act)

    def ask_for_role(self, role: Role, account_id: int, account: str, then: Callable[[], Awaitable[None]]) -> None:
        """An account has no folder for this: make one, or say which one it is, and go on."""
        from tuimail.screens.ask_role import Answer, AskRole
        from tuimail.screens.pick_folder import PickFolder

        name = role.value.capitalize()
        where = f"in {account}" if len(self.mail.accounts) > 1 else "here"
        others = [
            folder
            for folder in self.mail.folders()
            if folder.account_id == account_id and folder.role is Role.NONE and folder.selectable
        ]

        async def go_on(folder_id: int | None) -> None:
            if folder_id is not None:
                await self.mail.filing.give_role(folder_id, role)
                await then()

        async def answered(answer: Answer | None) -> None:
            if answer == "create":
                await self.mail.create_folder(account_id, name, role)
                await then()
            elif answer == "choose":
                self.ask(PickFolder(f"{name} folder {where}", others), go_on)

        question = f"No {name} folder {safe_line(where)}. Create “{name}”?"
        self.ask(AskRole(question, others=bool(others)), answered)

    # --- what it is ---------------------------------------------------------------------------------------

    async def action_spam(self) -> None:
        """In the spam folder it is the way back."""
        filing, targets = self.mail.filing, self.targets
        if targets and filing.all_in(targets, Role.JUNK):
            await self._act(filing.not_spam, targets=targets)
        else:
            await self._act(filing.spam, Role.JUNK, targets=targets)

    def action_delete(self) -> None:
        """Asks first, for there is no way back."""
        from tuimail.screens.ask import AskScreen

        targets = self.targets
        if not (count := len(targets)):
            self.say("No message here.")
            return
        them = "message" if count == 1 else f"{count:,} messages"
        only_marked = (
            " Others remove what this server is told is deleted." if self.mail.filing.only_marks(targets) else ""
        )

        async def delete(yes: bool) -> None:
            if yes:
                await self._act(self.mail.filing.delete, targets=targets, undo=False)

        self.ask(
            AskScreen(f"Delete {'this ' * (count == 1)}{them} for good? It cannot be undone.{only_marked}"), delete
        )

    async def action_label(self) -> None:
        from tuimail.screens.pick_label import PickLabel

        targets = self.targets
        if not (count := len(targets)):
            self.say("No message here.")
            return

        async def label(chosen: Labelling | None) -> None:
            if chosen is None:
                return
            try:
                await self._act(lambda ids: self.mail.filing.label(ids, chosen.name, on=chosen.on), targets=targets)
            except Unfit as error:
                self.say(error.sentence, "trouble")

        labels = await self.mail.filing.labels(targets)
        self.ask(PickLabel(f"Label {count:,} message{'s' * (count != 1)}", labels, count), label)
