"""Choosing one of many folders by typing a few of its letters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

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

from tuimail.model import Folder
from tuimail.screens.found import marked
from tuimail.screens.reading import shown_name

SHOWN = 100
"""Folders listed at most; typing brings the others."""


class PickFolder(ModalScreen[int | None]):
    """Answers the id of the folder chosen, or None.

    folders: what may be chosen. recent: ids shown first while nothing is typed, the latest first.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Cancel"),
        Binding("down,ctrl+n", "walk(1)", "Down", show=False),
        Binding("up,ctrl+p", "walk(-1)", "Up", show=False, priority=True),
        Binding("pagedown", "walk(8)", "Down", show=False),
        Binding("pageup", "walk(-8)", "Up", show=False),
    ]

    def __init__(self, title: str, folders: Sequence[Folder], recent: Sequence[int] = ()) -> None:
        super().__init__()
        self._title = title
        place = {folder_id: n for n, folder_id in enumerate(recent)}
        self._recent = frozenset(recent)
        self._folders = sorted(
            (folder for folder in folders if folder.selectable), key=lambda folder: place.get(folder.id, len(place))
        )
        self._several = len({folder.account for folder in folders}) > 1

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(self._title, markup=False, classes="title")
            yield Input(placeholder="Type a few letters of its name")
            yield OptionList(id="folders-found")
            yield Static("Enter  choose     ↑ ↓  walk     Esc  cancel", markup=False, classes="muted")

    def on_mount(self) -> None:
        self.query_one(OptionList).can_focus = False
        self._fill("")

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._fill(event.value.strip())

    def _fill(self, query: str) -> None:
        found: list[tuple[float, Folder, Content]] = []
        matcher = Matcher(query, match_style=Style(bold=True, underline=True))
        for folder in self._folders:
            name = Content(shown_name(folder))
            if not query:
                found.append((0, folder, name))
            elif (score := matcher.match(shown_name(folder))) > 0:
                found.append((score, folder, marked(matcher, shown_name(folder))))
        found.sort(key=lambda one: -one[0])
        listing = self.query_one(OptionList)
        listing.clear_options()
        listing.add_options(Option(self._line(folder, name), id=str(folder.id)) for _, folder, name in found[:SHOWN])
        if found:
            listing.highlighted = 0
        else:
            listing.add_option(Option(Content("No folder has these letters in this order."), disabled=True))

    def _line(self, folder: Folder, name: Content) -> Content:
        extra = [folder.account] if self._several else []
        if folder.id in self._recent:
            extra.append("recent")
        if folder.unread:
            extra.append(f"{folder.unread:,} unread")
        return Content.assemble(name, ("  " + " · ".join(extra), "$text-muted") if extra else "")

    def action_walk(self, lines: int) -> None:
        listing = self.query_one(OptionList)
        if listing.highlighted is not None:
            listing.highlighted = max(0, min(listing.highlighted + lines, listing.option_count - 1))

    @on(Input.Submitted)
    def _enter(self) -> None:
        listing = self.query_one(OptionList)
        if listing.highlighted is not None and (chosen := listing.highlighted_option) and chosen.id:
            self.dismiss(int(chosen.id))

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        if event.option_id:
            self.dismiss(int(event.option_id))
