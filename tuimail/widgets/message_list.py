"""The message list: paints only the lines in sight, so a folder of a million messages costs what one of ten does.

The cursor and the selection hold message ids, not row numbers: when rows come or go, the cursor
stays on its message, and on its line of the screen.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.cache import LRUCache
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tuimail.model import Summary
from tuimail.widgets.bindings import bindings_for
from tuimail.widgets.dates import Now
from tuimail.widgets.marking import Wanted, mark_strip
from tuimail.widgets.message_row import MARKS, paint, paint_rule
from tuimail.widgets.rows import NoRows, Rows, RowSource, Rule
from tuimail.widgets.safe import fit

REACH = 100
"""How many remembered neighbours are asked for a place when the cursor's message has gone."""

CHECKED_AT_ONCE = 1_000
"""Selected messages of which a refresh sees at once whether they are still there; of more, `keep_selected` is told."""

LOOK_AT_DAY = 60.0
"""Seconds between two looks whether another day has begun."""

_STYLES = ("row", "unread", "dot", "star", "date", "pending", "placeholder", "mark", "label", "empty")


class MessageList(ScrollView, can_focus=True, inherit_bindings=False):
    """Rows of a RowSource with a cursor and a selection.

    Data down: `show`, `refresh_rows`, `empty_text`. Messages up: Highlighted, Opened, SelectionChanged.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"message-list--{name}" for name in _STYLES),
        "message-list--cursor",
        "message-list--selected",
        "message-list--found",
    }
    DEFAULT_CSS = """
    MessageList {
        background: $background;
        color: $foreground;
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
        scrollbar-background: $background;
        scrollbar-background-hover: $background;
        scrollbar-background-active: $background;
        scrollbar-color: $foreground 20%;

        & .message-list--row { color: $foreground 80%; background: $background; }
        & .message-list--unread { color: $foreground; text-style: bold; background: $background; }
        & .message-list--dot { color: $accent; text-style: bold; background: $background; }
        & .message-list--star { color: $warning; background: $background; }
        & .message-list--date { color: $foreground 60%; background: $background; }
        & .message-list--pending { color: $warning; background: $background; }
        & .message-list--placeholder { color: $foreground 40%; background: $background; }
        & .message-list--label { color: $secondary; background: $background; }
        & .message-list--mark { color: $accent; text-style: bold; background: $background; }
        & .message-list--empty { color: $foreground 60%; background: $background; }
        & .message-list--found { color: $text-warning; text-style: underline; }
        & .message-list--selected { background: $accent 15%; }
        & .message-list--cursor { background: $foreground 12%; color: $foreground; }
        &:focus .message-list--cursor { background: $primary 45%; color: $foreground; }

        &:nocolor:focus .message-list--cursor { text-style: reverse; }
        &:ansi .message-list--date { text-style: dim; }
        &:ansi .message-list--placeholder { text-style: dim; }
        &:ansi .message-list--selected { background: ansi_default; text-style: bold; }
        &:ansi .message-list--cursor { background: ansi_default; }
        &:ansi:focus .message-list--cursor {
            background: $block-cursor-background;
            color: $block-cursor-foreground;
        }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings_for(
        {"list", "mail"}, {"cursor", "jump", "half_page", "page", "open_message", "select", "select_range"}
    )

    empty_text: reactive[str] = reactive("Nothing here")
    """What stands in the list when it has no rows ("Fetching…")."""

    class Highlighted(Message):
        """The cursor came to another message; None when its row is empty or still on its way.

        left: it did not move, the message it was on has left the list.
        """

        def __init__(self, message_id: int | None, *, left: bool = False) -> None:
            super().__init__()
            self.message_id = message_id
            self.left = left

    class Opened(Message):
        """The reader wants to read this message (Enter, double click)."""

        def __init__(self, message_id: int) -> None:
            super().__init__()
            self.message_id = message_id

    class SelectionChanged(Message):
        """So many messages are selected now."""

        def __init__(self, count: int) -> None:
            super().__init__()
            self.count = count

    def __init__(
        self,
        source: RowSource | None = None,
        *,
        now: Now = time.time,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._now = now
        self._rows = Rows(source or NoRows())
        self._cursor = 0
        self._cursor_id: int | None = None
        self._touched = False
        self._selected: set[int] = set()
        self._range: tuple[int, set[int]] | None = None
        """Where a range began (a message), and what was selected before."""
        self._marked: Wanted | None = None
        self._strips: LRUCache[int, Strip] = LRUCache(512)
        self._style_sets: dict[tuple[bool, bool], dict[str, Style]] = {}
        self._found_look: Style | None = None
        self._day = self._today.date()

    # --- state --------------------------------------------------------------------------------
    @property
    def cursor(self) -> int:
        """Row of the cursor, from 0."""
        return self._cursor

    @property
    def cursor_id(self) -> int | None:
        """Message under the cursor; None when the list is empty or the row is still on its way."""
        return self._cursor_id

    @property
    def selected(self) -> set[int]:
        """Ids of the selected messages (a copy)."""
        return set(self._selected)

    @property
    def source(self) -> RowSource:
        """Where the rows come from."""
        return self._rows.source

    @property
    def line(self) -> int:
        """On which line of the widget the cursor stands."""
        return self._cursor - self.scroll_offset.y

    @property
    def in_range(self) -> bool:
        """The cursor is selecting what it passes over."""
        return self._range is not None

    @property
    def row_count(self) -> int:
        """Rows, placeholders included."""
        return self._rows.count

    def summary_at(self, index: int) -> Summary | None:
        """The row's Summary; None when there is no such row or it is still on its way."""
        return self._rows.at(index)

    # --- data down ----------------------------------------------------------------------------
    def show(self, source: RowSource, cursor_id: int | None = None, line: int | None = None) -> None:
        """Show other rows, the cursor on `cursor_id` or at the top; nothing is selected. Posts Highlighted.

        line: on which line of the widget the cursor is to stand, as `line` told; None: wherever it is well seen.
        """
        self._rows = Rows(source)
        self.clear_selection()
        self._touched = cursor_id is not None
        place = None if cursor_id is None else source.position(cursor_id)
        self._cursor = place or 0
        row = self._rows.at(self._cursor)
        self._cursor_id = row.id if row else None
        self._rows_changed()
        if line is None:
            line = self._height // 2 if self._cursor >= self._height else self._cursor
        self._scroll_line_to_top(self._cursor - line)
        self.post_message(self.Highlighted(self._cursor_id))

    def refresh_rows(self, *, filling: bool = False) -> None:
        """The data changed: ask again. The cursor keeps its message and its line on the screen.

        When its message has gone, the cursor stands on the one that took its place. A list at its
        very top stays there, so new mail is seen arriving. filling: the rows are still coming for
        the first time, in any order; then a cursor nobody has moved stays on the first row.
        """
        before = self._rows
        top = self.scroll_offset.y
        line = self._cursor - top
        self._rows = Rows(before.source)
        place = 0 if filling and not self._touched else self._place_of_cursor(before)
        was, self._cursor = self._cursor, self._beside_rules(max(0, min(place, self._rows.count - 1)), 1)
        if self._rows.count == before.count and self._cursor == was:
            self._repaint_differences(before)
        else:
            self._rows_changed()
        if top == 0:
            self._scroll_line_to_top(0)
            if 0 <= line < self._height:
                self._reveal_cursor()
        else:
            self._scroll_line_to_top(self._cursor - line)
        if len(self._selected) <= CHECKED_AT_ONCE:
            self._set_selection(before.source.still(self._selected))
        here = self._cursor_id
        self._tell_cursor(left=here is not None and before.source.position(here) is None)

    def go_to(self, message_id: int) -> bool:
        """Put the cursor on a message; False when it is not in this list."""
        place = self._rows.source.position(message_id)
        if place is None:
            return False
        self.move_cursor(place)
        return True

    def move_cursor(self, index: int, *, scroll_by: int = 0) -> None:
        """Put the cursor on a row (held within the list) and bring it into sight, after scrolling `scroll_by` lines."""
        old = self._cursor
        self._touched = True
        self._cursor = self._beside_rules(max(0, min(index, self._rows.count - 1)), 1 if index >= old else -1)
        self._repaint(old)
        self._repaint(self._cursor)
        if scroll_by:
            self._scroll_line_to_top(self.scroll_offset.y + scroll_by)
        self._reveal_cursor()
        self._tell_cursor()
        self._extend_range()

    def toggle_selected(self, index: int) -> None:
        """Select or unselect the message of a row; a row still on its way cannot be selected."""
        row = self._rows.at(index)
        if row is not None:
            self._set_selection(self._selected ^ {row.id})

    def select(self, ids: Iterable[int]) -> None:
        """Select these messages besides those that are selected."""
        self._set_selection(self._selected.union(ids))

    def keep_selected(self, ids: Collection[int]) -> None:
        """Of what is selected, only these are still there."""
        self._set_selection(self._selected.intersection(ids))

    def mark(self, wanted: Wanted | None) -> None:
        """Mark these words in senders and subjects."""
        if wanted != self._marked:
            self._marked = wanted
            self._strips.clear()
            self._repaint_rows()

    def clear_selection(self) -> None:
        """Unselect everything."""
        self._range = None
        self._set_selection(set())

    def end_range(self) -> None:
        """What the cursor has passed over stays selected."""
        self._range = None

    def _extend_range(self) -> None:
        if self._range is None:
            return
        began, before = self._range
        place = self._rows.source.position(began)
        if place is None:
            self._range = None
            return
        low, high = sorted((place, self._cursor))
        self._set_selection(before.union(self._rows.source.between(low, high + 1)))

    # --- the cursor's law -----------------------------------------------------------------------
    def _place_of_cursor(self, before: Rows) -> int:
        """Where the cursor belongs now, given what was remembered of the rows before the change."""
        if self._cursor_id is None:
            return self._cursor
        position = before.source.position
        place = position(self._cursor_id)
        if place is not None:
            return place
        for index in range(self._cursor + 1, self._cursor + REACH):
            row = before.remembered(index)
            if row is None:
                break
            if not isinstance(row, Rule) and (place := position(row.id)) is not None:
                return place
        # Nothing below is known to have survived; what follows the nearest survivor above took the place.
        for index in range(self._cursor - 1, self._cursor - REACH, -1):
            row = before.remembered(index)
            if row is None:
                break
            if not isinstance(row, Rule) and (place := position(row.id)) is not None:
                return place + 1
        return self._cursor

    def _beside_rules(self, index: int, step: int) -> int:
        """The row itself, or its neighbour when it is a rule and not all there is."""
        if not isinstance(self._rows.line(index), Rule) or self._rows.count == 1:
            return index
        return index + step if 0 <= index + step < self._rows.count else index - step

    def _tell_cursor(self, *, left: bool = False) -> None:
        row = self._rows.at(self._cursor)
        now_at = row.id if row else None
        if now_at != self._cursor_id:
            self._cursor_id = now_at
            self.post_message(self.Highlighted(now_at, left=left))

    def _set_selection(self, selected: set[int]) -> None:
        if selected != self._selected:
            self._selected = selected
            self._strips.clear()
            self.refresh()
            self.post_message(self.SelectionChanged(len(selected)))

    # --- scrolling and repainting -----------------------------------------------------------------
    @property
    def _height(self) -> int:
        return max(1, self.scrollable_content_region.height)

    def _rows_changed(self) -> None:
        self._strips.clear()
        size = Size(self.scrollable_content_region.width, self._rows.count)
        if size != self.virtual_size:
            # Not as Textual does it: more or fewer rows change the scrollbar, not the layout of the screen.
            self.set_reactive(MessageList.virtual_size, size)
            self._scroll_update(size)
        self._repaint_rows()

    def _scroll_line_to_top(self, line: int) -> None:
        line = max(0, min(line, self._rows.count - self._height))
        if not self.scroll_y == self.scroll_target_y == line:
            self.scroll_to(y=line, animate=False, force=True)

    def _reveal_cursor(self) -> None:
        top = self.scroll_offset.y
        if self._cursor < top:
            self._scroll_line_to_top(self._cursor)
        elif self._cursor >= top + self._height:
            self._scroll_line_to_top(self._cursor - self._height + 1)

    def _repaint(self, index: int) -> None:
        """Two lines change when the cursor moves; the other forty stay as they are."""
        self._strips.discard(index)
        self.refresh(Region(0, index - self.scroll_offset.y, self.scrollable_content_region.width, 1))

    def _repaint_rows(self) -> None:
        """All of them; the scrollbar beside them knows itself when it is another."""
        self.refresh(self.scrollable_content_region.size.region)

    def _repaint_differences(self, before: Rows) -> None:
        """What a sync brings below the screen changes no line on it: paint only those that are not as they were."""
        top = self.scroll_offset.y
        for index in range(top, min(top + self._height, self._rows.count)):
            if self._rows.line(index) != before.remembered(index):
                self._repaint(index)
        for index in set(self._strips.keys()).difference(range(top, top + self._height)):
            self._strips.discard(index)

    @property
    def _today(self) -> datetime:
        return datetime.fromtimestamp(self._now())

    def _look_at_day(self) -> None:
        """At midnight what shows its hour is of yesterday."""
        if (day := self._today.date()) != self._day:
            self._day = day
            self._strips.clear()
            self._repaint_rows()

    def on_mount(self) -> None:
        self._tell_cursor()
        self.set_interval(LOOK_AT_DAY, self._look_at_day)

    def on_resize(self) -> None:
        self._rows_changed()
        self._reveal_cursor()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._strips.clear()
        self._style_sets.clear()
        self._found_look = None

    # --- keys -----------------------------------------------------------------------------------------
    def action_cursor(self, lines: int) -> None:
        self.move_cursor(self._cursor + lines)

    def action_jump(self, where: str) -> None:
        self.move_cursor(0 if where == "top" else self._rows.count - 1)

    def action_page(self, pages: int) -> None:
        lines = pages * max(1, self._height - 1)
        self.move_cursor(self._cursor + lines, scroll_by=lines)

    def action_half_page(self, halves: int) -> None:
        lines = halves * max(1, self._height // 2)
        self.move_cursor(self._cursor + lines, scroll_by=lines)

    def action_open_message(self) -> None:
        if self._cursor_id is not None:
            self._touched = True
            self.post_message(self.Opened(self._cursor_id))

    def action_select(self) -> None:
        self.toggle_selected(self._cursor)
        self.move_cursor(self._cursor + 1)

    def action_select_range(self) -> None:
        """From here to where the cursor goes; once more: that is all of it."""
        if self._range is not None or self._cursor_id is None:
            self.end_range()
            return
        self._range = (self._cursor_id, self.selected)
        self._extend_range()

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None or (index := offset.y + self.scroll_offset.y) >= self._rows.count:
            return
        if event.shift and self._cursor_id is not None:
            low, high = sorted((self._cursor, index))
            self.select(self._rows.source.between(low, high + 1))
            self.move_cursor(index)
            return
        if event.ctrl or offset.x < MARKS:
            self.toggle_selected(index)
            return
        self.move_cursor(index)
        if event.chain == 2:
            self.action_open_message()

    # --- painting -------------------------------------------------------------------------------------
    def _styles_for(self, cursor: bool, selected: bool) -> dict[str, Style]:
        """Styles of a row in this state; looked up once per theme and focus, a lookup costs 25 µs."""
        styles = self._style_sets.get((cursor, selected))
        if styles is None:
            styles = {name: self._style(name) for name in _STYLES}
            if cursor or selected:
                over = self._style("cursor" if cursor else "selected")
                ground = Style(bgcolor=over.bgcolor, reverse=over.reverse, bold=over.bold)
                words = ground + Style(color=over.color) if cursor else ground
                styles = {
                    name: style + (ground if name in ("dot", "star", "pending", "mark", "label") else words)
                    for name, style in styles.items()
                }
            self._style_sets[cursor, selected] = styles
        return styles

    def _style(self, name: str, *, partial: bool = False) -> Style:
        """As the terminal shows it: what Textual would filter in each line (NO_COLOR, colours of ANSI) is done here."""
        segments = [Segment(" ", self.get_component_rich_style(f"message-list--{name}", partial=partial))]
        for each in self.get_line_filters():
            segments = each.apply(segments, self.background_colors[1])
        return segments[0].style or Style.null()

    @property
    def _look_of_marks(self) -> Style:
        if self._found_look is None:
            found = self._style("found", partial=True)
            self._found_look = Style(color=found.color, underline=found.underline)
        return self._found_look

    def render_lines(self, crop: Region) -> list[Strip]:
        """Not by Textual's cache of styled lines: there is no border or padding to add, and it takes 0.1 ms a row."""
        top, width = self.scroll_offset.y, self.scrollable_content_region.width
        strips = [self._line(y, y + top, width) for y in crop.line_range]
        whole = crop.x == 0 and crop.right >= width
        return strips if whole else [strip.crop(*crop.column_span) for strip in strips]

    def render_line(self, y: int) -> Strip:
        return self._line(y, y + self.scroll_offset.y, self.scrollable_content_region.width)

    def _line(self, y: int, index: int, width: int) -> Strip:
        strip = self._strips.get(index)
        if strip is None:
            strip = self._strips[index] = self._paint(index, y, width)
        return strip

    def _paint(self, index: int, y: int, width: int) -> Strip:
        if index >= self._rows.count:
            text = "  " + self.empty_text if not self._rows.count and y == 1 else ""
            return Strip([Segment(fit(text, width), self._styles_for(cursor=False, selected=False)["empty"])], width)
        summary = self._rows.line(index)
        if isinstance(summary, Rule):
            return paint_rule(summary.words, width, self._styles_for(cursor=False, selected=False))
        cursor = index == self._cursor
        selected = summary is not None and summary.id in self._selected
        styles = self._styles_for(cursor, selected)
        strip = paint(summary, width, self._today, styles, cursor=cursor, selected=selected)
        if self._marked is None:
            return strip
        return mark_strip(strip, self._marked, (styles["row"], styles["unread"]), self._look_of_marks)

    def watch_empty_text(self) -> None:
        if not self._rows.count:
            self._strips.clear()
            self.refresh()
