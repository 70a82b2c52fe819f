"""One line at the foot: what was just done and how to undo it, and how the accounts stand."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import ClassVar, Literal

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from tuimail.changes import AccountState, Line
from tuimail.widgets.dates import Now, local
from tuimail.widgets.safe import fit, safe_line

Kind = Literal["info", "done", "trouble"]

GLYPHS = {Line.ONLINE: "●", Line.SYNCING: "●", Line.CONNECTING: "◌", Line.OFFLINE: "✕"}
"""One cell per state, told apart by shape."""


def glyph(state: AccountState) -> str:
    """Of a line that may be dead that of one which is not there yet."""
    return GLYPHS[Line.CONNECTING if state.silent else state.line]


def in_words(state: AccountState, now: float) -> str:
    """How one account stands: "online", "connecting 3 s", "offline since 14:02", "syncing 1,200 of 100,000",
    "checked 14:02" where nobody stays online; "no answer for 8 s".

    Connecting with a detail is a new try after that failure: "offline since 14:02, trying".
    """
    if state.silent:
        return f"no answer for {max(0, int(now - state.silent))} s"
    if state.line is Line.CONNECTING:
        if state.detail:
            return f"{_offline(state, now)}, trying"
        return f"connecting {max(0, int(now - state.since))} s"
    if state.line is Line.OFFLINE:
        return _offline(state, now)
    if state.line is Line.SYNCING and state.total:
        return f"syncing {state.done:,} of {state.total:,}"
    if state.checked and (checked := local(state.checked)) is not None:
        return f"checked {checked.hour:02}:{checked.minute:02}"
    return state.line.value


def _offline(state: AccountState, now: float) -> str:
    since, today = local(state.since), local(now)
    if since is None or today is None:
        return "offline"
    day = "" if since.date() == today.date() else f"{since.year:04}-{since.month:02}-{since.day:02} "
    return f"offline since {day}{since.hour:02}:{since.minute:02}"


_GRAVITY = (Line.OFFLINE, Line.CONNECTING, Line.SYNCING, Line.ONLINE)


def summaries(states: Sequence[AccountState], pending: int, now: float) -> list[str]:
    """The right end in ever fewer words; the first that leaves room enough is painted.

    All accounts in full; only the one that is worst off, or how many are without a line; its state in a word; a glyph
    for each.
    """
    waiting = f"{pending:,} waiting" if pending else ""
    several = len(states) > 1
    full = [f"{state.account} " * several + f"{glyph(state)} {in_words(state, now)}" for state in states]
    forms = [[waiting, *full]]
    if states:
        worst = min(range(len(states)), key=lambda n: (_GRAVITY.index(states[n].line), not states[n].silent))
        lost = sum(state.line is Line.OFFLINE for state in states)
        some = f"{GLYPHS[Line.OFFLINE]} {lost} of {len(states)} offline"
        forms.append([waiting, full[worst] if lost < 2 else some])
        word = "no answer" if states[worst].silent else states[worst].line.value
        forms.append([waiting, f"{glyph(states[worst])} {word}"])
    forms.append([f"{pending:,}⧗" if pending else "", "".join(map(glyph, states[:8]))])
    return [" · ".join(safe_line(piece) for piece in form if piece) for form in forms]


class StatusLine(Widget):
    """Left: the last message. Right: account states in words and how many changes wait. Never more than one line."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "status-line--done",
        "status-line--trouble",
        "status-line--state",
        "status-line--info",
    }
    DEFAULT_CSS = """
    StatusLine {
        height: 1;
        background: $panel;
        color: $foreground;

        & .status-line--info { color: $foreground; background: $panel; }
        & .status-line--done { color: $foreground; background: $panel; text-style: bold; }
        & .status-line--trouble { color: $text-error; background: $panel; text-style: bold; }
        & .status-line--state { color: $foreground 70%; background: $panel; }

        &:ansi .status-line--state { text-style: dim; }
    }
    """

    def __init__(
        self, *, now: Now = time.time, name: str | None = None, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._now = now
        self._text = ""
        self._kind: Kind = "info"
        self._states: Sequence[AccountState] = ()
        self._pending = 0

    @property
    def message(self) -> str:
        """What stands at the left."""
        return self._text

    def set_message(self, text: str, kind: Kind = "info") -> None:
        """Say something at the left: "done" what was done and how to undo it, "trouble" a sentence; "" says nothing."""
        if (text := safe_line(text)) != self._text or kind != self._kind:
            self._text, self._kind = text, kind
            self.refresh()

    def set_states(self, states: Sequence[AccountState]) -> None:
        """How each account stands now."""
        if tuple(states) != self._states:
            self._states = tuple(states)
            self.refresh()

    def set_pending(self, count: int) -> None:
        """How many changes wait for a server."""
        if count != self._pending:
            self._pending = count
            self.refresh()

    def on_mount(self) -> None:
        self.set_interval(1.0, self._tick)

    def _tick(self) -> None:
        """Only an account that is waited for shows running seconds."""
        if any(state.line is Line.CONNECTING or state.silent for state in self._states):
            self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        left = f" {'! ' if self._kind == 'trouble' else ''}{self._text}" if self._text else ""
        wanted = min(cell_len(left), width * 6 // 10)
        right = ""
        for right in summaries(self._states, self._pending, self._now()):
            if cell_len(right) + wanted + 3 <= width:
                break
        room = max(0, width - cell_len(right) - 2)
        style = self.get_component_rich_style(f"status-line--{self._kind}")
        quiet = self.get_component_rich_style("status-line--state")
        plain = style + Style(bold=False)
        segments = [Segment(fit(left, room), style), Segment(" ", plain), Segment(right + " ", quiet)]
        return Strip(segments).adjust_cell_length(width, plain)
