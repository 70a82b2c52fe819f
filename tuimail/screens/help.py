"""All keys on one screen, made from the key table, the user's own keys marked; the signs of the list; what can be
searched for. `/` leaves of all this what holds the words that are typed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input, Static

from tuimail.keys import Key, display, distinct
from tuimail.presets import table
from tuimail.query import OPERATORS
from tuimail.widgets.message_row import SIGNS

KEY_COLUMN = 13
"""Cells for the keys; a longer entry pushes its text to the right."""

SEARCH_COLUMN = 26
"""Cells for what is typed."""

_UNDO = (
    ("undo", "Takes back what was done last, then what came before it, also after a restart; redo does it again"),
    ("deleted for good", "Undo says once that this cannot be undone; pressed again it goes on to what came before"),
    ("a copy", "Is deleted again where the server told which message it is; elsewhere it goes to the trash"),
    ("history", "Any line of it can be taken back, in any order, as far as nothing newer stands on it"),
)
_WORDS = (
    ("bridge rel", "mail with both, the last one perhaps unfinished"),
    ('"second relay"', "these words, one after the other"),
    ("-relay", "not this; also before an operator or parentheses"),
    ("grace or ada", "one of them; ( ) group"),
)


class Row(NamedTuple):
    """One line of the help."""

    shown: str
    """What is pressed, typed or seen."""
    words: str
    """What it means."""
    own: bool = False
    """The user chose this key."""


def groups(keys: Sequence[Key]) -> list[tuple[str, list[Key]]]:
    """The table by heading, each heading once, in the order of first appearance."""
    order = {group: n for n, group in enumerate(dict.fromkeys(key.group for key in keys))}
    in_order = sorted(keys, key=lambda key: order[key.group])
    return [(group, list(members)) for group, members in groupby(in_order, lambda key: key.group)]


class Section(Widget):
    """A heading and its rows; what is too long goes on below itself, not below the keys."""

    DEFAULT_CSS = "Section { height: auto; margin-bottom: 1; }"

    def __init__(self, heading: str, rows: Sequence[Row], column: int, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._heading = heading
        self._rows = self._all = rows
        self._column = column

    def narrow(self, query: str) -> bool:
        """Show only the rows with all these words, or with this key; False when there are none."""
        words = query.lower().split()
        key = query.replace(" ", "")
        self._rows = [
            row
            for row in self._all
            if (key and key in row.shown.split())
            or all(word in f"{row.words} {self._heading}".lower() for word in words)
        ]
        self.display = bool(self._rows)
        self.refresh(layout=True)
        return bool(self._rows)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return 1 + sum(len(self._wrapped(row, width)) for row in self._rows)

    def _wrapped(self, row: Row, width: int) -> list[Content]:
        return Content(row.words + " •" * row.own).wrap(max(10, width - self._place(row)))

    def _place(self, row: Row) -> int:
        """The column of its words."""
        return max(self._column, cell_len(row.shown) + 1)

    def render(self) -> Content:
        lines = [Content.styled(self._heading, "bold")]
        for row in self._rows:
            place = self._place(row)
            first, *rest = self._wrapped(row, self.size.width)
            gap = " " * (place - cell_len(row.shown))
            lines.append(Content.assemble((row.shown, "bold $text-accent"), gap, first))
            lines += [Content.assemble(" " * place, line) for line in rest]
        return Content("\n").join(lines)


class HelpScreen(ModalScreen[None]):
    """Esc, q or ? closes it; two columns where there is room."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,question_mark,f1,enter", "dismiss", "Close"),
        Binding("escape", "escape", "Close"),
        Binding("slash", "filter", "Filter"),
        Binding("j,down", "scroll(1)", "Down", show=False),
        Binding("k,up", "scroll(-1)", "Up", show=False),
        Binding("space,pagedown,ctrl+d,ctrl+f", "scroll(12)", "Down", show=False),
        Binding("pageup,ctrl+u,ctrl+b", "scroll(-12)", "Up", show=False),
        Binding("g,home", "scroll(-10000)", "Top", show=False),
        Binding("G,end", "scroll(10000)", "End", show=False),
    ]

    def __init__(self, keys: Sequence[Key], preset: str = "", *, search: bool = False) -> None:
        """preset: what the keys were before the user changed them. search: what can be searched for is in sight."""
        super().__init__()
        self._keys = keys
        self._preset = preset
        self._search = search
        standing = {key.id: key.keys for key in table(preset)}
        self._own = {key.id for key in keys if key.keys != standing[key.id]}

    def _row(self, key: Key) -> Row:
        return Row(display(key.keys, "  ") or "–", key.text, key.id in self._own)

    def compose(self) -> ComposeResult:
        parts = [(group, [self._row(key) for key in members]) for group, members in groups(distinct(self._keys))]
        parts.append(("Signs", [Row(*sign) for sign in SIGNS]))
        # The first column takes groups until half of the lines are placed.
        total = sum(len(rows) + 2 for _, rows in parts)
        left: list[Section] = []
        right: list[Section] = []
        placed = 0
        for heading, rows in parts:
            (left if placed + len(rows) / 2 < total / 2 else right).append(Section(heading, rows, KEY_COLUMN))
            placed += len(rows) + 2
        operators = ((f"{operator.name}:{operator.takes}", operator.words) for operator in OPERATORS)
        searching = [Row(*pair) for pair in (*_WORDS, *operators)]
        with Vertical(classes="sheet"):
            title = Content.assemble("Keys", (f" · {self._preset}", "$text-muted") if self._preset else "")
            yield Static(title, classes="title")
            with VerticalScroll(id="keys-all"):
                with Horizontal(id="keys-columns"):
                    yield Vertical(*left)
                    yield Vertical(*right)
                yield Section("What undo does", [Row(*pair) for pair in _UNDO], SEARCH_COLUMN)
                yield Section("Words to search for", searching, SEARCH_COLUMN, id="searching")
                yield Static("No key and no sign has these words.", id="keys-nothing", classes="muted")
            own = "     • your own key" if self._own else ""
            yield Static(f"Esc  close     ↑ ↓ Space  scroll     /  filter{own}", markup=False, id="keys-foot")
            with Horizontal(id="keys-filter"):
                yield Static("Filter", markup=False)
                yield Input(placeholder="words, or a key")
                yield Static("Enter  keep     Esc  all", markup=False, classes="muted")

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()
        if self._search:
            self.query_one("#searching").scroll_visible(animate=False, top=True)

    def action_scroll(self, lines: int) -> None:
        self.query_one("#keys-all", VerticalScroll).scroll_relative(y=lines, animate=False)

    # --- the filter ------------------------------------------------------------------------------------------
    def action_filter(self) -> None:
        self.add_class("filtering")
        self.query_one(Input).focus()

    def action_escape(self) -> None:
        """Ends the filter; without one, the help."""
        if not self.has_class("filtering"):
            self.dismiss()
            return
        self.remove_class("filtering")
        self.query_one(VerticalScroll).focus()
        self.query_one(Input).value = ""

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        found = [section.narrow(event.value.strip()) for section in self.query(Section)]
        self.set_class(not any(found), "nothing")
        self.query_one(VerticalScroll).scroll_home(animate=False)

    @on(Input.Submitted)
    def _kept(self) -> None:
        """What was found can be scrolled; Esc ends it."""
        self.query_one(VerticalScroll).focus()
