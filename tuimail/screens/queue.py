"""What still waits for the server, and what has been done: the two lists that make undo and offline work believable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tuimail.changes import AccountState, Line
from tuimail.model import Deed, PendingChange
from tuimail.widgets.dates import relative, short
from tuimail.widgets.safe import fit, safe_line, safe_text
from tuimail.widgets.status_line import GLYPHS, in_words


def _line_of(state: AccountState, now: float) -> str:
    words = in_words(state, now)
    if state.line is Line.SYNCING and not state.total:
        words = "looking for changes"
    elif state.line is Line.OFFLINE:
        words += ", tried again by itself" if state.again else ", waits for you to try again"
    return f"{GLYPHS[state.line]} {state.account}  {words}" + (f"\n  {state.detail}" if state.detail else "")


@dataclass(frozen=True, slots=True)
class QueueData:
    """What the screen shows, as Mail tells it."""

    pending: Sequence[PendingChange]
    pending_count: int
    """All that wait; `pending` may hold only the first of them."""
    history: Sequence[Deed]
    states: Sequence[AccountState]
    now: float


class QueueScreen(ModalScreen[None]):
    """Esc or q closes it. Shown over the main screen, refreshed by `update`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter,dollar_sign", "dismiss", "Close"),
        Binding("j,down", "scroll(1)", "Down", show=False),
        Binding("k,up", "scroll(-1)", "Up", show=False),
        Binding("space,pagedown,ctrl+d", "scroll(10)", "Down", show=False),
        Binding("pageup,ctrl+u", "scroll(-10)", "Up", show=False),
    ]

    def __init__(self, data: QueueData) -> None:
        super().__init__()
        self._data = data

    def compose(self) -> ComposeResult:
        with Vertical(classes="sheet"):
            yield Static("Queue and history", classes="title")
            yield Static(id="queue-lines", classes="muted")
            with VerticalScroll(id="queue-all"):
                yield Static(id="queue-pending")
                yield Static(id="queue-history")
            yield Static("Esc  close     ↑ ↓ Space  scroll", classes="muted")

    def on_mount(self) -> None:
        self._show()

    def update(self, data: QueueData) -> None:
        """Show these lists; while the screen is still being built, they are what it will show."""
        self._data = data
        if self.is_mounted:
            self._show()

    def _show(self) -> None:
        data = self._data
        self.query_one("#queue-lines", Static).update(
            Content("\n").join(Content(safe_text(_line_of(state, data.now))) for state in data.states)
        )
        self.query_one("#queue-pending", Static).update(self._pending(data.pending, data.pending_count, data.now))
        self.query_one("#queue-history", Static).update(self._history(data.history, data.now))

    def _pending(self, pending: Sequence[PendingChange], count: int, now: float) -> Content:
        if not count:
            return Content.assemble(("Waiting for the server", "bold"), "\n", ("Nothing waits.", "$text-muted"))
        lines = [
            Content.assemble(
                (f"Waiting for the server: {count:,}", "bold"), ("  safe on disk until it has them", "$text-muted")
            )
        ]
        for change in pending:
            lines.append(
                Content.assemble(
                    (fit(relative(change.since, now), 16), "$text-muted"),
                    fit(change.what, 26) + "  ",
                    safe_line(change.subject),
                )
            )
            if change.error:
                lines.append(Content.assemble(" " * 16, (safe_line(change.error), "$text-error")))
        if count > len(pending):
            lines.append(Content.styled(f"and {count - len(pending):,} more", "$text-muted"))
        return Content("\n").join(lines)

    def _history(self, history: Sequence[Deed], now: float) -> Content:
        if not history:
            return Content.assemble(("Done", "bold"), "\n", ("Nothing yet.", "$text-muted"))
        today = datetime.fromtimestamp(now)
        lines = [Content.styled("Done, the latest first", "bold")]
        lines += [
            Content.assemble(
                (fit(short(deed.at, today), 16), "$text-muted"),
                (safe_line(deed.label), "strike $text-muted" if deed.undone else ""),
                ("  undone", "$text-muted") if deed.undone else "",
            )
            for deed in history
        ]
        return Content("\n").join(lines)

    def action_scroll(self, lines: int) -> None:
        self.query_one("#queue-all", VerticalScroll).scroll_relative(y=lines, animate=False)
