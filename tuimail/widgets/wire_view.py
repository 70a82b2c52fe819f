"""The wire log as lines: the newest at the foot, as many painted as are in sight, however many there are."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from itertools import islice
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tuimail.model import WireLine
from tuimail.widgets.safe import safe_line

MOST = 4000
"""Lines kept; older ones go."""
_WIDEST = 2000


class WireView(ScrollView, can_focus=True, inherit_bindings=False):
    """Lines of one connection or of all; follows the end unless it is paused or scrolled away from it."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "wire-view--clock",
        "wire-view--client",
        "wire-view--server",
        "wire-view--note",
    }
    DEFAULT_CSS = """
    WireView {
        background: $surface;
        scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 0;
        & .wire-view--clock { color: $text-muted; background: $surface; }
        & .wire-view--client { color: $text-accent; background: $surface; }
        & .wire-view--server { color: $foreground; background: $surface; }
        & .wire-view--note { color: $text-warning; background: $surface; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "by(1)", show=False),
        Binding("k,up", "by(-1)", show=False),
        Binding("pagedown,ctrl+d", "by(12)", show=False),
        Binding("pageup,ctrl+u", "by(-12)", show=False),
        Binding("right,l", "aside(20)", show=False),
        Binding("left,h", "aside(-20)", show=False),
        Binding("g,home", "edge(False)", show=False),
        Binding("G,end", "edge(True)", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.lines_in_all: deque[WireLine] = deque(maxlen=MOST)
        self.connection = 0
        """The one that is shown; 0: all."""
        self._shown: list[WireLine] = []

    @property
    def connections(self) -> list[int]:
        """Numbers of those that have said something that is still here."""
        return sorted({line.connection for line in self.lines_in_all})

    @property
    def shown(self) -> list[WireLine]:
        """What can be scrolled through."""
        return self._shown

    def add(self, lines: Iterable[WireLine]) -> None:
        """Put these under what is there."""
        self.lines_in_all.extend(lines)
        self._select()

    def choose(self, connection: int) -> None:
        """Show this connection, 0 for all."""
        self.connection = connection
        self._select()
        self.call_after_refresh(self.action_edge, True)

    def _select(self) -> None:
        at_end = self.scroll_offset.y >= self.max_scroll_y
        one = self.connection
        self._shown = [line for line in self.lines_in_all if one in (0, line.connection)]
        widest = max((len(line.text) for line in islice(reversed(self._shown), 200)), default=0) + 24
        self.virtual_size = Size(min(widest, _WIDEST), len(self._shown))
        self.refresh()
        if at_end:
            self.call_after_refresh(self.action_edge, True)  # when the scroll bar knows of them

    def render_line(self, y: int) -> Strip:
        """One line on the screen."""
        left, top = self.scroll_offset
        base = self.rich_style
        if top + y >= len(self._shown):
            return Strip.blank(self.size.width, base)
        line = self._shown[top + y]
        kind = {"C": "client", "S": "server"}.get(line.who, "note")
        mark = {"C": "→", "S": "←"}.get(line.who, "·")
        quiet, style = self._style("clock"), self._style(kind)
        strip = Strip(
            [
                Segment(f"{line.clock} ", quiet),
                Segment(f"{line.connection:>3} ", quiet),
                Segment(f"{mark} ", style),
                Segment(safe_line(line.text[:_WIDEST]), style),
            ]
        )
        return strip.crop_extend(left, left + self.size.width, base)

    def _style(self, part: str) -> Style:
        return self.get_component_rich_style(f"wire-view--{part}")

    def action_by(self, lines: int) -> None:
        self.scroll_relative(y=lines, animate=False)

    def action_aside(self, cells: int) -> None:
        self.scroll_relative(x=cells, animate=False)

    def action_edge(self, end: bool) -> None:
        self.scroll_to(y=len(self._shown) if end else 0, animate=False)
