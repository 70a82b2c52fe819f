"""A folder that an action needs and the account does not have: make it, or say which one is for this."""

from __future__ import annotations

from typing import ClassVar, Literal

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

Answer = Literal["create", "choose"]
_YES = "$question   [@click=screen.answer('create')][b $text-accent]y[/b $text-accent] yes[/]"
_OTHER = "   [@click=screen.answer('choose')][b $text-accent]o[/b $text-accent] another folder…[/]"
_NO = "   [@click=screen.answer('')][b $text-accent]n[/b $text-accent] no[/]"


class AskRole(ModalScreen[Answer | None]):
    """Answers what to do, or None. others: there are folders that could be the one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,Y", "answer('create')", "Yes"),
        Binding("o,O", "answer('choose')", "Another folder"),
        Binding("n,N,q,escape", "answer('')", "No"),
    ]

    def __init__(self, question: str, *, others: bool) -> None:
        super().__init__()
        self._question = question
        self._others = others

    def compose(self) -> ComposeResult:
        line = _YES + _OTHER * self._others + _NO
        yield Static(Content.from_markup(line, question=self._question), id="question")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self._others or parameters != ("choose",)

    def action_answer(self, answer: str) -> None:
        self.dismiss("create" if answer == "create" else "choose" if answer == "choose" else None)

    def on_click(self, event: events.Click) -> None:
        if event.widget is self:
            self.dismiss(None)
