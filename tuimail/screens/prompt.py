"""One line at the bottom to type into: words to find, a command."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.screen import ModalScreen
from textual.widgets import Input, Static


class PromptScreen(ModalScreen[str | None]):
    """Answers what was typed, None for Esc or a click elsewhere. `changed` hears every letter at once."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Cancel")]

    def __init__(
        self, label: str, value: str = "", changed: Callable[[str], None] | None = None, trouble: str = ""
    ) -> None:
        """trouble: what was wrong with what was typed before, shown above."""
        super().__init__()
        self._label = label
        self._value = value
        self._changed = changed
        self._trouble = trouble

    def compose(self) -> ComposeResult:
        if self._trouble:
            yield Static(self._trouble, markup=False, id="prompt-trouble")
        with Horizontal(id="prompt"):
            yield Static(self._label, markup=False, id="prompt-label")
            yield Input(self._value, compact=True, select_on_focus=False)
            yield Static("", markup=False, id="prompt-hint")

    def hint(self, text: str) -> None:
        """Say something at the right end."""
        self.query_one("#prompt-hint", Static).update(text)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        if self._changed is not None:
            self._changed(event.value)

    @on(Input.Submitted)
    def _enter(self, event: Input.Submitted) -> None:
        self.dismiss(event.value)

    def on_click(self, event: events.Click) -> None:
        if event.widget is self:
            self.dismiss(None)
