"""What a message begins with, for the rows in sight, once they rest there: asked for when everything else is done."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import work

from tuimail.screens.reading import ReadingScreen
from tuimail.screens.settings import Settings
from tuimail.widgets.message_row import WIDE

if TYPE_CHECKING:
    from tuimail.mail import Mail


class ForesightScreen(ReadingScreen):
    """A list with room for more than subjects shows first words of texts that are not here."""

    def __init__(self, mail: Mail, settings: Settings) -> None:
        super().__init__(mail, settings)
        self._stirred = asyncio.Event()
        """There may be other rows in sight, or more room."""

    def on_mount(self) -> None:
        self.watch(self.list, "scroll_y", self._stirred.set, init=False)
        self._look_ahead()

    def on_resize(self) -> None:
        self._stirred.set()

    def _show_folders(self) -> None:
        """Called whenever the list changes."""
        super()._show_folders()
        self._stirred.set()

    def action_toggle_preview(self) -> None:
        super().action_toggle_preview()
        self._stirred.set()

    @work(group="foresight", exit_on_error=False)
    async def _look_ahead(self) -> None:
        while True:
            await self._stirred.wait()
            await asyncio.sleep(self.settings.foresight)
            self._stirred.clear()
            while ids := self._unforeseen():
                if not await self.mail.previews.bring(ids):
                    break

    def _unforeseen(self) -> list[int]:
        """Messages in sight of which nothing but the header is here; none where there is no room to say more."""
        if self.list.size.width < WIDE:
            return []
        top = self.list.scroll_offset.y
        rows = [self.list.summary_at(index) for index in range(top, top + self.list.size.height)]
        return [row.id for row in rows if row is not None and not row.cached and not row.preview]
