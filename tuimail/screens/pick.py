"""Choosing one of many things by typing a few letters of its name.

Everything happens in the key handler, so that Enter takes what the letters before it have found, however fast they
came: Textual's own palette gathers in the background, and a quick Enter there runs what stood first before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.fuzzy import Matcher
from textual.screen import ModalScreen
from textual.style import Style
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from tuimail.records import Record
from tuimail.screens.found import marked

SHOWN = 100
"""Lines listed at most; typing brings the others."""

WIDEST = 36
"""Cells of the column of names at most."""
MOST = 20
"""Lines seen at once at most."""
ROOMY = 24
"""Lines of a window in which a dialogue has air around it."""
FRAME = 5
"""Lines of the dialogue that are not the list, where there is none."""
AROUND = 12
"""Lines of the dialogue, its frame and its margin that are not the list."""

T = TypeVar("T")


class Choice(Record, Generic[T]):
    """One line: the name that is searched, what stands beside it, and the answer it gives."""

    name: str
    beside: str
    answer: T
    also: tuple[str, ...] = ()
    """What others call it: found by how it begins, and shown then."""


class Pick(ModalScreen[T | None], Generic[T]):
    """Answers what the chosen line stands for, or None. The choices come in the order for an empty search."""

    PLACEHOLDER: ClassVar[str] = "Type a few letters of its name"
    NOTHING: ClassVar[str] = "Nothing has these letters in this order."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Cancel"),
        Binding("down,ctrl+n", "walk(1)", "Down", show=False),
        Binding("up,ctrl+p", "walk(-1)", "Up", show=False, priority=True),
        Binding("pagedown", "walk(8)", "Down", show=False),
        Binding("pageup", "walk(-8)", "Up", show=False),
    ]

    def __init__(self, title: str, choices: Sequence[Choice[T]]) -> None:
        super().__init__()
        self._title = title
        self._choices = choices
        # What stands beside the names stands in one column, unless a name is too long for that.
        widths = [width for choice in choices if (width := cell_len(choice.name)) <= WIDEST]
        self._column = max(widths, default=0)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(self._title, markup=False, classes="title")
            yield Input(placeholder=self.PLACEHOLDER)
            yield OptionList(classes="found")
            yield Static("Enter  choose     ↑ ↓  walk     Esc  cancel", markup=False, classes="muted")

    def on_mount(self) -> None:
        self.query_one(OptionList).can_focus = False
        self._fill("")

    def on_resize(self) -> None:
        """As high as all choices need, not as those found: a dialogue should not jump while one types."""
        height = self.app.size.height
        self.set_class(height < ROOMY, "cramped")
        room = min(MOST, height - FRAME if height < ROOMY else height * 9 // 10 - AROUND)
        self.query_one(OptionList).styles.height = max(3, min(room, len(self._choices)))

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._fill(event.value.strip())

    def _fill(self, query: str) -> None:
        found: list[tuple[float, int, Content]] = []
        matcher = Matcher(query, match_style=Style(bold=True, underline=True))
        for place, choice in enumerate(self._choices):
            if not query:
                found.append((0, place, Content(choice.name)))
                continue
            score, name = matcher.match(choice.name), choice.name
            for other in choice.also:
                if other.startswith(query.casefold()) and (alike := matcher.match(other)) > score:
                    score, name = alike, f"{choice.name} ({other})"
            if score > 0:
                found.append((score, place, marked(matcher, name)))
        found.sort(key=lambda one: -one[0])
        listing = self.query_one(OptionList)
        listing.clear_options()
        listing.add_options(Option(self._line(name, place), id=str(place)) for _, place, name in found[:SHOWN])
        if found:
            listing.highlighted = 0
        else:
            listing.add_option(Option(Content(self.NOTHING), disabled=True))

    def _line(self, name: Content, place: int) -> Content:
        beside = self._choices[place].beside
        gap = " " * max(0, self._column - name.cell_length)
        return Content.assemble(name, gap, (f"  {beside}", "$text-muted")) if beside else name

    def action_walk(self, lines: int) -> None:
        listing = self.query_one(OptionList)
        if listing.highlighted is not None:
            listing.highlighted = max(0, min(listing.highlighted + lines, listing.option_count - 1))

    @on(Input.Submitted)
    def _enter(self) -> None:
        listing = self.query_one(OptionList)
        if listing.highlighted is not None and (chosen := listing.highlighted_option):
            self._take(chosen.id)

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        self._take(event.option_id)

    def _take(self, place: str | None) -> None:
        if place is not None:
            self.dismiss(self._choices[int(place)].answer)
