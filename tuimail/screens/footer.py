"""The line of the most useful keys of the focused pane; a click on one does what the key does."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from textual.content import Content
from textual.widgets import Static

from tuimail.keys import Key, first

# Shorter words than the table's, most useful first: what does not fit is left out from the end.
_OFFERED: dict[str, tuple[tuple[str, str], ...]] = {
    "list": (
        ("read.open", "open"),
        ("mail.archive", "archive"),
        ("mail.trash", "trash"),
        ("undo", "undo"),
        ("mail.star", "star"),
        ("mail.read", "read/unread"),
        ("mail.select", "select"),
        ("mail.move", "move"),
        ("cursor.next_unread", "next unread"),
        ("folder.go", "folder"),
    ),
    "view": (
        ("read.on", "read on"),
        ("read.back", "back"),
        ("mail.archive", "archive"),
        ("mail.trash", "trash"),
        ("undo", "undo"),
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
    """`offer(pane)` shows what that pane's keys do."""

    def __init__(self, keys: Sequence[Key], *, id: str | None = None) -> None:
        super().__init__("", markup=False, id=id)
        self._keys = {key.id: key for key in keys}
        self._pane = "list"

    def offer(self, pane: str) -> None:
        self._pane = pane
        self._lay_out()

    def on_resize(self) -> None:
        self._lay_out()

    def _lay_out(self) -> None:
        room = self.content_size.width
        always = [self._item(*entry) for entry in _ALWAYS]
        room -= sum(width for width, _ in always)
        pieces: list[Content] = []
        for entry in _OFFERED[self._pane]:
            width, piece = self._item(*entry)
            if width and width <= room:
                room -= width
                pieces.append(piece)
        self.update(Content.assemble(*pieces, *(piece for _, piece in always)))

    def _item(self, key_id: str, word: str) -> tuple[int, Content]:
        """(cells, " e archive  "); (0, nothing) for an action without a key."""
        shown = first(self._keys[key_id].keys)
        if not shown:
            return 0, Content("")
        item = Content.from_markup(
            f"[@click=screen.press('{key_id}')] [b $text-accent]$key[/] [$text-muted]$word[/] [/]", key=shown, word=word
        )
        return cell_len(item.plain), item
