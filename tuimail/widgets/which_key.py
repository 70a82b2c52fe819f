"""After the first key of a chord: what may follow. Shown by the screen when the reader hesitates."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from textual.content import Content
from textual.widgets import Static

from tuimail.widgets.safe import safe_line


class WhichKey(Static):
    """A small list of keys and what they do, floating at the foot of the screen.

    `offer(prefix, choices)` shows it, `withdraw()` hides it. The screen should declare the layer `above`
    (`Screen { layers: base above; }`) so that it covers the panes instead of pushing them up.
    """

    DEFAULT_CSS = """
    WhichKey {
        layer: above;
        dock: bottom;
        display: none;
        width: auto;
        height: auto;
        max-height: 12;
        margin: 0 0 2 2;
        padding: 0 2;
        background: $panel;
        color: $foreground;
        border: round $accent;
        border-title-color: $foreground;
    }
    """

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__("", markup=False, name=name, id=id, classes=classes)

    def offer(self, prefix: str, choices: Sequence[tuple[str, str]]) -> None:
        """Show what may follow `prefix`: pairs of a key as written ("i") and words ("Go to the inbox")."""
        wide = max((cell_len(key) for key, _ in choices), default=0)
        lines = [
            Content.assemble((safe_line(key).rjust(wide), "bold $accent"), "  ", Content(safe_line(text)))
            for key, text in choices
        ]
        self.border_title = Content(f"{safe_line(prefix)} …")
        self.update(Content("\n").join(lines))
        self.display = True

    def withdraw(self) -> None:
        """Hide it again."""
        self.display = False
