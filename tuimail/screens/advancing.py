"""Where the reader goes from a message that has left the list: to the next, the previous, or back to the list."""

from __future__ import annotations

from typing import NamedTuple

from tuimail.screens.selecting import SelectingScreen
from tuimail.widgets.message_list import REACH


class Stood(NamedTuple):
    """Where the cursor was before something was done."""

    message_id: int | None
    pane: str
    where: str
    above: list[int]
    """For "previous": the messages above it, the nearest first, for some may leave with it."""
    moves_on: bool
    """Also where the message stays, as among the hits of a search: the key says so, and it is about this message."""


class AdvancingScreen(SelectingScreen):
    """Auto-advance; the list itself puts its cursor on what took the place of a message."""

    def place_of_cursor(self, where: str = "") -> Stood:
        """To be asked before, and given to `advance` after. where to go: as `Settings.advance`; "": that."""
        moves_on = bool(where) and not self.list.selected
        where = where or self.settings.advance
        cursor = self.list.cursor
        above = range(cursor - 1, max(-1, cursor - REACH), -1) if where == "previous" else ()
        rows = map(self.list.summary_at, above)
        return Stood(self.list.cursor_id, self._at, where, [row.id for row in rows if row is not None], moves_on)

    async def advance(self, stood: Stood) -> None:
        """Go on, if the message under the cursor has left the list, or the key says so."""
        if self.source is None:
            return
        if self.list.cursor_id == stood.message_id:
            if not stood.moves_on:
                return
            self.list.action_cursor(-1 if stood.where == "previous" else 1)
            if self.list.cursor_id == stood.message_id:
                return
            stood = stood._replace(above=[])
        there = self.source.position
        if (above := next((id_ for id_ in stood.above if there(id_) is not None), None)) is not None:
            self.list.go_to(above)
        if stood.pane != "view":
            return
        if stood.where == "list" or self.list.cursor_id is None:
            self.focus_pane("list")
        else:
            await self._open(self.list.cursor_id)
