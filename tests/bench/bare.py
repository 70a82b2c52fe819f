"""The least Textual can do: an app that shows one line. What it takes to paint is Textual's own share."""

from __future__ import annotations

from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.widgets import Static


class Bare(App[None]):
    """Shows the mark that the pty driver waits for."""

    BINDINGS: ClassVar[list[BindingType]] = [("q", "quit", "Quit")]

    def compose(self) -> ComposeResult:
        yield Static("NEWEST-0")


if __name__ == "__main__":
    Bare().run()
