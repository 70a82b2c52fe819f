"""Where the reader goes from a message that has left the list: to the next, the previous, or back to the list."""

from __future__ import annotations

from typing import NamedTuple

from tuimail.screens.selecting import SelectingScreen


class Stood(NamedTuple):
    """Where the cursor was before something was done."""

    message_id: int | None
    row: int
    pane: str


class AdvancingScreen(SelectingScreen):
    """Auto-advance; the list itself puts its cursor on what took the place of a message."""

    def place_of_cursor(self) -> Stood:
        """To be asked before, and given to `advance` after."""
        return Stood(self.list.cursor_id, self.list.cursor, self._at)

    async def advance(self, stood: Stood, where: str = "") -> None:
        """Go on, if the message under the cursor has left the list. where: as `Settings.advance`; "": that."""
        if self.list.cursor_id == stood.message_id:
            return
        where = where or self.settings.advance
        if where == "previous" and stood.row > 0:
            self.list.move_cursor(stood.row - 1)
        if stood.pane != "view":
            return
        if where == "list" or self.list.cursor_id is None:
            self.focus_pane("list")
        else:
            await self._open(self.list.cursor_id)
