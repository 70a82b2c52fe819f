"""Selecting many messages at once: all of them, a kind of them, or those like the one under the cursor."""

from __future__ import annotations

from tuimail.model import Only
from tuimail.screens.saved import SavedScreen

_WORDS = {
    Only.ALL: "No message here.",
    Only.UNREAD: "Nothing unread here.",
    Only.STARRED: "Nothing starred here.",
}


class SelectingScreen(SavedScreen):
    """The list's selection; what is done with it is the main screen's."""

    async def action_select_only(self, only: str) -> None:
        """Add these to the selection; the cursor stays."""
        kind, here = Only(only), self.list.cursor_id
        if self.source is None or (here is None and kind in (Only.SENDER, Only.THREAD)):
            self.say("No message here.")
            return
        found = await self.source.every(kind, here or 0)
        if len(found):
            self.list.end_range()
            self.list.select(found)
        else:
            self.say(_WORDS.get(kind, _WORDS[Only.ALL]))

    def action_select_none(self) -> None:
        self.list.clear_selection()
