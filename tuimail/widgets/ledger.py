"""Lines with a cursor and a word at their right end, for the history and the queue: some are headings, some unfold."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tuimail.records import Record
from tuimail.widgets.safe import fit, safe_line

Piece = tuple[str, str]
"""(Text, one of STYLES)."""
STYLES = ("plain", "bold", "muted", "struck", "accent", "warning", "error")
_GAP = 2


class Entry(Record):
    """One line. key: what the cursor holds; None: a heading or a remark, which the cursor steps over."""

    key: Hashable | None
    left: tuple[Piece, ...] = ()
    right: tuple[Piece, ...] = ()


class Ledger(ScrollView, can_focus=True, inherit_bindings=False):
    """Entries down by `show`; up come Moved (the cursor is on another line) and Chosen (Enter, double click)."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {*(f"ledger--{name}" for name in STYLES), "ledger--cursor"}
    DEFAULT_CSS = """
    Ledger {
        background: $surface;
        color: $foreground;
        overflow-x: hidden;
        scrollbar-size-vertical: 1;

        & .ledger--plain { color: $foreground; background: $surface; }
        & .ledger--bold { color: $foreground; background: $surface; text-style: bold; }
        & .ledger--muted { color: $text-muted; background: $surface; }
        & .ledger--struck { color: $text-muted; background: $surface; text-style: strike; }
        & .ledger--accent { color: $text-accent; background: $surface; }
        & .ledger--warning { color: $text-warning; background: $surface; }
        & .ledger--error { color: $text-error; background: $surface; }
        & .ledger--cursor { background: $primary 30%; color: $foreground; }

        &:nocolor .ledger--cursor { text-style: reverse; }
        &:ansi .ledger--muted { text-style: dim; }
        &:ansi .ledger--cursor { background: $block-cursor-background; color: $block-cursor-foreground; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "walk(1)", "Down", show=False),
        Binding("k,up", "walk(-1)", "Up", show=False),
        Binding("pagedown,ctrl+d", "walk_page(1)", "Page down", show=False),
        Binding("pageup,ctrl+u", "walk_page(-1)", "Page up", show=False),
        Binding("g,home", "edge(False)", "Top", show=False),
        Binding("G,end", "edge(True)", "End", show=False),
        Binding("enter", "choose", "Choose", show=False),
    ]

    class Moved(Message):
        """The cursor is on this entry now; None: there is none to be on."""

        def __init__(self, key: Hashable | None) -> None:
            super().__init__()
            self.key = key

    class Chosen(Message):
        """Enter, or a double click."""

        def __init__(self, key: Hashable) -> None:
            super().__init__()
            self.key = key

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.entries: Sequence[Entry] = ()
        self._at = 0

    @property
    def key(self) -> Hashable | None:
        """Of the entry under the cursor."""
        return self.entries[self._at].key if self._at < len(self.entries) else None

    @property
    def room(self) -> int:
        """Cells of a line; one is left free beside the scroll bar."""
        return max(0, self.scrollable_content_region.width - 1)

    @property
    def from_end(self) -> int:
        """Lines below the cursor."""
        return len(self.entries) - 1 - self._at

    def show(self, entries: Sequence[Entry]) -> None:
        """Show these; the cursor stays on its entry, or else where it was as far as there is one."""
        before = self.key
        self.entries = entries
        places = [n for n, entry in enumerate(entries) if entry.key is not None]
        same = [n for n in places if entries[n].key == before]
        at = self._at
        self._at = same[0] if same else min(places, key=lambda n: (abs(n - at), n), default=0)
        self.virtual_size = Size(self.scrollable_content_region.width, len(entries))
        self.refresh()
        self._reveal()
        if self.key != before:
            self.post_message(self.Moved(self.key))

    def _go(self, places: Sequence[int]) -> None:
        """To the first of these lines that can be stood on."""
        found = next((n for n in places if self.entries[n].key is not None), None)
        if found is not None and found != self._at:
            self._at = found
            self.refresh()
            self.post_message(self.Moved(self.key))
        self._reveal()

    def _reveal(self) -> None:
        height = max(1, self.scrollable_content_region.height)
        top = self.scroll_offset.y
        first = self._at
        while first and self.entries[first - 1].key is None and self._at - first < 2:
            first -= 1  # the heading above the first of its lines is worth seeing, too
        if first < top:
            self.scroll_to(y=first, animate=False, force=True)
        elif self._at >= top + height:
            self.scroll_to(y=self._at - height + 1, animate=False, force=True)

    def action_walk(self, lines: int) -> None:
        self._go(range(self._at + 1, len(self.entries)) if lines > 0 else range(self._at - 1, -1, -1))

    def action_walk_page(self, pages: int) -> None:
        lines = pages * max(1, self.scrollable_content_region.height - 1)
        goal = max(0, min(self._at + lines, len(self.entries) - 1))
        self._go([*range(goal, self._at, -1 if lines > 0 else 1)])

    def action_edge(self, end: bool) -> None:
        self._go(range(len(self.entries) - 1, -1, -1) if end else range(len(self.entries)))

    def action_choose(self) -> None:
        if self.key is not None:
            self.post_message(self.Chosen(self.key))

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        place = offset.y + self.scroll_offset.y if offset is not None else len(self.entries)
        if place < len(self.entries) and self.entries[place].key is not None:
            self._go([place])
            if event.chain == 2:
                self.action_choose()

    def on_resize(self) -> None:
        self._reveal()

    def render_line(self, y: int) -> Strip:
        width = self.room
        index = y + self.scroll_offset.y
        if index >= len(self.entries):
            return Strip.blank(self.size.width, self.rich_style)
        entry = self.entries[index]
        here = index == self._at and entry.key is not None and self.has_focus_within
        right = [(safe_line(text), style) for text, style in entry.right]
        taken = min(sum(cell_len(text) for text, _ in right), max(0, width // 2))
        segments: list[Segment] = []
        room = width - taken - _GAP * bool(right)
        for place, (text, style) in enumerate(entry.left):
            length = room if place == len(entry.left) - 1 else min(room, cell_len(safe_line(text)))
            segments.append(Segment(fit(text, length), self._style(style, here)))
            room -= length
        segments.append(Segment(" " * (room + _GAP * bool(right)), self._style("plain", here)))
        for text, style in right:
            length = min(taken, cell_len(text))
            segments.append(Segment(fit(text, length), self._style(style, here)))
            taken -= length
        return Strip(segments).adjust_cell_length(self.size.width, self._style("plain", here))

    def _style(self, name: str, here: bool) -> Style:
        style = self.get_component_rich_style(f"ledger--{name}")
        if not here:
            return style
        cursor = self.get_component_rich_style("ledger--cursor")
        words = Style(color=cursor.color) if name in ("plain", "bold", "muted", "struck") else Style()
        return style + Style(bgcolor=cursor.bgcolor, reverse=cursor.reverse) + words
