"""One line to type a search into, in the place of the list's title: the list and the viewer stay where they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Self

from rich.cells import cell_len
from rich.highlighter import Highlighter
from rich.style import Style
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.geometry import Region
from textual.message import Message
from textual.reactive import var
from textual.widgets import Input, Static

if TYPE_CHECKING:
    from tuimail.query import Mark, Mistake


class SearchBox(Horizontal):
    """Data down: `open`, `close`, `tell`, `label`. Up: `words`, and a message for each key that is no letter."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"search-box--mistake", "search-box--operator"}
    DEFAULT_CSS = """
    SearchBox {
        display: none;
        height: 1;
        padding: 0 2;
        background: $panel;

        &.open { display: block; }
        & #search-label { width: auto; max-width: 40%; color: $text-accent; text-style: bold; text-wrap: nowrap; }
        & #search-words { width: 1fr; height: 1; padding: 0; border: none; background: transparent; }
        & #search-told { width: 45%; text-align: right; color: $text-muted; text-wrap: nowrap; }
        & .search-box--mistake { color: $text-error; text-style: underline; }
        & .search-box--operator { color: $text-accent; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Back", show=False),
        Binding("tab,ctrl+s", "elsewhere", "Here / everywhere", show=False, priority=True),
        Binding("f2", "save", "Keep the search", show=False),
        Binding("f1", "help", "Operators", show=False),
        Binding("down,ctrl+n", "walk('cursor', 1)", "Down", show=False),
        Binding("up,ctrl+p", "walk('cursor', -1)", "Up", show=False, priority=True),
        Binding("pagedown", "walk('page', 1)", "Page down", show=False),
        Binding("pageup", "walk('page', -1)", "Page up", show=False),
    ]
    HINTS: ClassVar[tuple[tuple[str, str], ...]] = (
        ("Enter", "keep"),
        ("Esc", "back"),
        ("Tab", "here/everywhere"),
        ("F2", "save"),
        ("↑ ↓", "walk"),
        ("F1", "words"),
    )
    """What its keys do, for the line of keys; what is wanted most comes first."""

    words: var[str] = var("")
    """What was typed. Watch it: a message would reach the screen when the letter is already painted, and what the words
    find would have to wait for the next picture."""

    class Pressed(Message):
        """A key that is not for the words. what: "keep", "leave", "toggle", "save", "help"."""

        def __init__(self, what: str) -> None:
            super().__init__()
            self.what = what

    class Walked(Message):
        """The cursor of the list is to go. how: "cursor" or "page"."""

        def __init__(self, how: str, lines: int) -> None:
            super().__init__()
            self.how = how
            self.lines = lines

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._marker = _Marker(self)
        self._label = Static("", markup=False, id="search-label")
        self._input = _Line(id="search-words", compact=True, highlighter=self._marker, select_on_focus=False)
        self._told = Static("", markup=False, id="search-told")
        self._said = ("", "")

    def compose(self) -> ComposeResult:
        yield self._label
        yield self._input
        yield self._told

    @property
    def is_open(self) -> bool:
        """Something can be typed."""
        return self.has_class("open")

    @property
    def input(self) -> Input:
        """Where it is typed."""
        return self._input

    def open(self, label: str, text: str) -> None:
        """Show it, with the focus, the cursor behind `text`."""
        self.label(label)
        self._input.value = text
        self._input.cursor_position = len(text)
        self.add_class("open")
        self._input.focus()

    def close(self) -> None:
        """Take it away."""
        self.remove_class("open")

    def label(self, label: str) -> None:
        """What is searched."""
        self._label.update(f"{label} / ")

    def tell(self, counted: str, marks: Sequence[Mark] = (), mistakes: Sequence[Mistake] = ()) -> str:
        """How much was found, and what is wrong with the words. Returns a sentence that there is no room for."""
        self._marker.note(marks, mistakes)
        self._input.refresh()
        sentence = mistakes[0].sentence if mistakes else ""
        room = self._told.size.width - cell_len(counted) - 2
        beside = sentence if sentence and cell_len(sentence) <= room else ""
        if (beside, counted) != self._said:
            self._said = (beside, counted)
            parts = [(beside, "$text-error")] if beside else []
            self._told.update(Content.assemble(*parts, "  " if beside and counted else "", counted), layout=False)
        return "" if beside else sentence

    # --- keys ---------------------------------------------------------------------------------------
    def on_mount(self) -> None:
        self.watch(self._input, "value", self._note_words)

    def _note_words(self, words: str) -> None:
        self.words = words

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Pressed("keep"))

    def action_leave(self) -> None:
        self.post_message(self.Pressed("leave"))

    def action_elsewhere(self) -> None:
        self.post_message(self.Pressed("toggle"))

    def action_save(self) -> None:
        self.post_message(self.Pressed("save"))

    def action_help(self) -> None:
        self.post_message(self.Pressed("help"))

    def action_walk(self, how: str, lines: int) -> None:
        self.post_message(self.Walked(how, lines))


class _Line(Input):
    """An Input asks for a layout of the whole screen at each letter; this one has its width from the box."""

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        return super().refresh(*regions, repaint=repaint, recompose=recompose)


class _Marker(Highlighter):
    """Paints the words as they were understood."""

    def __init__(self, box: SearchBox) -> None:
        self._box = box
        self._marks: Sequence[Mark] = ()
        self._mistakes: Sequence[Mistake] = ()

    def note(self, marks: Sequence[Mark], mistakes: Sequence[Mistake]) -> None:
        self._marks, self._mistakes = marks, mistakes

    def highlight(self, text: Text) -> None:
        from tuimail.query import Words  # not needed for the first picture

        for mark in self._marks:
            colon = text.plain.find(":", mark.start, mark.end)
            name = text.plain[mark.start : colon].lower() if colon >= 0 else ""
            if not isinstance(mark.leaf, Words) or (name and name == mark.leaf.field):
                text.stylize(self._style("operator"), mark.start, colon + 1)
        for mistake in self._mistakes:
            text.stylize(self._style("mistake"), mistake.start, mistake.end)

    def _style(self, name: str) -> Style:
        style = self._box.get_component_rich_style(f"search-box--{name}", partial=True)
        return Style(color=style.color, underline=style.underline)
