"""All keys on one screen, made from the key table, the user's own keys marked; and the signs of the list."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tuimail.keys import BY_ID, Key, display, distinct
from tuimail.widgets.message_row import SIGNS

KEY_COLUMN = 13
"""Cells for the keys; a longer entry pushes its text to the right."""


def groups(keys: Sequence[Key]) -> list[tuple[str, list[Key]]]:
    """The table by heading, each heading once, in the order of first appearance."""
    order = {group: n for n, group in enumerate(dict.fromkeys(key.group for key in keys))}
    in_order = sorted(keys, key=lambda key: order[key.group])
    return [(group, list(members)) for group, members in groupby(in_order, lambda key: key.group)]


def line(key: Key) -> Content:
    """One line of the help: keys, what they do, and • when the user chose the keys."""
    shown = display(key.keys, "  ") or "–"
    padding = " " * max(1, KEY_COLUMN - cell_len(shown))
    changed = key.keys != BY_ID[key.id].keys
    return Content.assemble((shown, "bold $text-accent"), padding, key.text, (" •", "$text-warning") if changed else "")


class HelpScreen(ModalScreen[None]):
    """Esc, q or ? closes it; two columns where there is room."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1,enter", "dismiss", "Close"),
        Binding("j,down", "scroll(1)", "Down", show=False),
        Binding("k,up", "scroll(-1)", "Up", show=False),
        Binding("space,pagedown,ctrl+d", "scroll(12)", "Down", show=False),
        Binding("pageup,ctrl+u", "scroll(-12)", "Up", show=False),
    ]

    def __init__(self, keys: Sequence[Key]) -> None:
        super().__init__()
        self._keys = keys

    def compose(self) -> ComposeResult:
        parts = groups(distinct(self._keys))
        # The first column takes groups until half of the lines are placed.
        total = sum(len(members) + 2 for _, members in parts) + len(SIGNS) + 2
        left: list[Static] = []
        right: list[Static] = []
        placed = 0
        for group, members in parts:
            heading = Content.styled(group, "bold")
            block = Static(Content("\n").join([heading, *map(line, members)]), classes="key-group")
            (left if placed + len(members) / 2 < total / 2 else right).append(block)
            placed += len(members) + 2
        signs = [Content.assemble((f"{sign:<{KEY_COLUMN}}", "bold $text-accent"), words) for sign, words in SIGNS]
        right.append(Static(Content("\n").join([Content.styled("Signs", "bold"), *signs]), classes="key-group"))
        changed = any(key.keys != BY_ID[key.id].keys for key in self._keys)
        with Vertical(classes="sheet"):
            yield Static("Keys", classes="title")
            with VerticalScroll(id="keys-all"), Horizontal(id="keys-columns"):
                yield Vertical(*left)
                yield Vertical(*right)
            own = "  ·  • your own key" if changed else ""
            yield Static(f"Esc  close     ↑ ↓ Space  scroll{own}", markup=False, classes="muted")

    def action_scroll(self, lines: int) -> None:
        self.query_one("#keys-all", VerticalScroll).scroll_relative(y=lines, animate=False)
