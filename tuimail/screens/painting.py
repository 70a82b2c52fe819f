"""Painting what has changed, and only that, at the moment it has changed.

Textual's compositor cuts every line of every widget that has a part in the region around all changes, ancestors that
nothing is seen of included, and it paints when its clock ticks. For a key that changes one line of a prompt and all
rows of a list that takes as long as everything else together. Here a line that is covered is done with, nobody is asked
for lines that are not wanted, and who has just answered a key may paint at once.

Uses private names of Textual 8.2 (of the compositor `_dirty_regions` and `_regions_to_spans`, of the screen
`_compositor`, `_compositor_refresh`, `_layout_required`, `_scroll_required`, of a widget `_repaint_regions`), kept in
this file; tests/screens/test_painting.py fails when they change.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any, cast

from rich.console import Console, RenderableType
from textual._compositor import ChopsUpdate, Compositor, CompositorUpdate
from textual._context import visible_screen_stack
from textual.constants import MAX_FPS
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip

Piece = tuple[int, int, Strip]
"""(line, column, what stands there)."""


class Pieces(CompositorUpdate):
    """Pieces of lines, as they are sent to the terminal."""

    def __init__(self, pieces: list[Piece]) -> None:
        self.pieces = pieces

    def render_segments(self, console: Console) -> str:
        return "".join([f"\x1b[{y + 1};{x + 1}H{strip.render(console)}" for y, x, strip in self.pieces])


class Painter(Compositor):
    """Textual's compositor with another way of painting; nobody looks at more of a part than how it is sent."""

    def render_partial_update(self) -> ChopsUpdate | None:
        """What of the changed regions is seen; None when nothing has changed."""
        changed = [region.intersection(self.size.region) for region in self._dirty_regions]
        self._dirty_regions.clear()
        pieces = self._pieces(changed)
        return cast(ChopsUpdate, Pieces(pieces)) if pieces else None

    def render_update(
        self, full: bool = False, screen_stack: list[Screen[Any]] | None = None, simplify: bool = False
    ) -> RenderableType | None:
        """For Textual itself a whole screen is a region like any other; `full` is for a picture in a file."""
        if full:
            return super().render_update(full, screen_stack, simplify)
        visible_screen_stack.set(screen_stack or [])
        return cast("RenderableType | None", self.render_partial_update())

    def _pieces(self, changed: Iterable[Region]) -> list[Piece]:
        """Front to back; a stretch of a line belongs to the first who has it, and then it is done with."""
        blank: dict[int, list[tuple[int, int]]] = {}
        for y, start, end in self._regions_to_spans(changed):
            blank.setdefault(y, []).append((start, end))
        pieces: list[Piece] = []
        for widget, (region, clip) in self.visible_widgets.items():
            if not blank:
                break
            left, top, width, height = shown = region.intersection(clip)
            right = left + width
            lines = [
                y
                for y in range(top, top + height)
                if y in blank and any(start < right and end > left for start, end in blank[y])
            ]
            if not lines:
                continue
            first = lines[0]
            strips = widget.render_lines(Region(left - region.x, first - region.y, shown.width, lines[-1] + 1 - first))
            for y in lines:
                rest = []
                for start, end in blank.pop(y):
                    low, high = max(start, left), min(end, right)
                    if low >= high:
                        rest.append((start, end))
                        continue
                    pieces.append((y, low, strips[y - first].crop(low - left, high - left)))
                    rest += [(a, b) for a, b in ((start, low), (high, end)) if a < b]
                if rest:
                    blank[y] = rest
        return pieces


class PaintedScreen(Screen[None]):
    """A screen that can paint before Textual's clock ticks."""

    def __init__(self) -> None:
        super().__init__()
        self._compositor = Painter()
        self._painted = 0.0

    def _compositor_refresh(self) -> None:
        self._painted = time.monotonic()
        super()._compositor_refresh()

    def paint(self, *, again: bool = False) -> None:
        """Paint what has changed now; a moment after the last picture it waits for the clock, unless `again`."""
        changed = {widget for widget in self._compositor.visible_widgets if widget._repaint_regions}
        settled = not (self._layout_required or self._scroll_required or self.app._batch_count)
        soon = again or time.monotonic() - self._painted > 1 / MAX_FPS
        if changed and settled and soon and self.is_current:
            self._compositor.update_widgets(changed)
            self._compositor_refresh()
