"""Keys that put mail where it belongs: spam, labels, deleting for good."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from tuimail.errors import Unfit
from tuimail.model import Role
from tuimail.screens.advancing import AdvancingScreen

if TYPE_CHECKING:
    from tuimail.screens.pick_label import Labelling


class FilingScreen(AdvancingScreen):
    """What it acts on, and how a verb is run, is the main screen's."""

    if TYPE_CHECKING:

        @property
        def targets(self) -> list[int]:
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
