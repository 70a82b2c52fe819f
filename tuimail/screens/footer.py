"""The line of the most useful keys of the focused pane; a click on one does what the key does."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from tuimail.keys import Key, first

# Shorter words than the table's, most useful first: what does not fit is left out from the end.
_OFFERED: dict[str, tuple[tuple[str, str], ...]] = {
    "list": (
        ("read.open", "open"),
        ("mail.archive", "archive"),
        ("mail.trash", "trash"),
        ("undo", "undo"),
        ("mail.move", "move"),
        ("mail.select", "select"),
        ("list.filter", "filter"),
        ("mail.star", "star"),
        ("mail.read", "read/unread"),
        ("cursor.next_unread", "next unread"),
        ("folder.go", "folder"),
        ("search", "search"),
        ("list.threads", "threads"),
        ("mail.label", "label"),
    ),
    "view": (
        ("read.on", "read on"),
        ("read.back", "back"),
        ("mail.archive", "archive"),
        ("mail.trash", "trash"),
        ("undo", "undo"),
        ("read.links", "links"),
        ("view.find", "find"),
        ("read.quotes", "quotes"),
        ("view.zoom", "zoom"),
        ("mail.star", "star"),
        ("mail.move", "move"),
        ("read.headers", "headers"),
        ("read.save", "save"),
    ),
    "folders": (
        ("folders.open", "open"),
        ("folders.fold", "fold"),
        ("read.back", "back"),
        ("folder.go", "find a folder"),
        ("sync.now", "queue"),
    ),
}
_ALWAYS = (("help", "keys"),)


class KeyFooter(Static):
    """`offer(pane)` shows what that pane's keys do. Pressed: a click chose one of them."""

    class Pressed(Message):
        """The reader clicked the key of this action."""

        def __init__(self, key_id: str) -> None:
            super().__init__()
            self.key_id = key_id

    def __init__(self, keys: Sequence[Key], *, id: str | None = None) -> None:
        super().__init__("", markup=False, id=id)
        self._keys = {key.id: key for key in keys}
        self._pane = "list"
        self._told: Sequence[tuple[str, str]] = ()
        self._places: list[tuple[range, str]] = []

    def offer(self, pane: str) -> None:
        """Show the keys of this pane."""
        self._pane, self._told = pane, ()
        self._lay_out()

    def tell(self, keys: Sequence[tuple[str, str]]) -> None:
        """Show these (key, word) until a pane's are offered again: the keys of a prompt, that of its help last."""
        self._told = keys
        self._lay_out()

    def on_resize(self) -> None:
        self._lay_out()

    def on_click(self, event: events.Click) -> None:
        for cells, key_id in self._places:
            if event.x in cells:
                self.post_message(self.Pressed(key_id))

    def _lay_out(self) -> None:
        if self._told:
            self._places = []
            *some, help = self._told
            room = self.size.width - _cells(*help)
            told: list[Content] = []
            for entry in some:
                if _cells(*entry) <= room:
                    room -= _cells(*entry)
                    told.append(_piece(*entry))
            self.update(Content("").join([*told, _piece(*help)]), layout=False)
            return
        room = self.size.width - sum(self._width(*entry) for entry in _ALWAYS)
        shown: list[tuple[str, str]] = []
        for entry in _OFFERED[self._pane]:
            if 0 < self._width(*entry) <= room:
                room -= self._width(*entry)
                shown.append(entry)
        pieces: list[Content] = []
        self._places = []
        x = 0
        for key_id, word in [*shown, *_ALWAYS]:
            if not (width := self._width(key_id, word)):
                continue
            self._places.append((range(x, x + width), key_id))
            key = first(self._keys[key_id].keys)
            pieces.append(_piece(key, word))
            x += width
        self.update(Content("").join(pieces), layout=False)

    def _width(self, key_id: str, word: str) -> int:
        """Cells of " e archive "; 0 for an action without a key."""
        key = first(self._keys[key_id].keys)
        return _cells(key, word) if key else 0


def _cells(key: str, word: str) -> int:
    return cell_len(f" {key} {word} ")


def _piece(key: str, word: str) -> Content:
    return Content.assemble(" ", (key, "bold $text-accent"), (f" {word} ", "$text-muted"))
