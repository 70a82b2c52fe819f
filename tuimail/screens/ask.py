"""One question, one line, at the bottom: y or n. Enter does nothing, so that a hasty Enter changes nothing."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

_LINE = (
    "$question   [@click=screen.answer(True)][b $text-accent]y[/b $text-accent] yes[/]"
    "   [@click=screen.answer(False)][b $text-accent]n[/b $text-accent] no[/]"
)


class AskScreen(ModalScreen[bool]):
    """Answers True for yes. n, q, Esc and a click elsewhere are no."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,Y", "answer(True)", "Yes"),
        Binding("n,N,q,escape", "answer(False)", "No"),
    ]

    def __init__(self, question: str) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        yield Static(Content.from_markup(_LINE, question=self._question), id="question")

    def action_answer(self, yes: bool) -> None:
        self.dismiss(yes)

    def on_click(self, event: events.Click) -> None:
        if event.widget is self:
            self.dismiss(False)
