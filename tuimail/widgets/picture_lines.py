"""A picture in cells: the upper half of each is the colour of a ▀, the lower half that of its background.

Every terminal with colours shows it, it scrolls and is cut off as text is, and no terminal has to be asked anything.
"""

from __future__ import annotations

from functools import lru_cache

from rich.color import Color, ColorSystem
from rich.segment import Segment
from rich.style import Style

from tuimail.model import Raster
from tuimail.widgets.lines import Line

HALF = "▀"
KEPT = 16_384
"""Looks of a cell kept: about eight pictures of their own colours."""


def picture_lines(raster: Raster) -> list[Line]:
    """The lines of a raster with an even number of pixel rows. Makes the looks of its cells, so it is for a thread."""
    step = raster.width * 3
    lines = []
    for top in range(0, raster.height * step, 2 * step):
        upper, lower = (raster.pixels[start : start + step] for start in (top, top + step))
        halves = b"".join(upper[x : x + 3] + lower[x : x + 3] for x in range(0, step, 3))
        picture_segments(halves)
        lines.append(Line("", halves=halves))
    return lines


def picture_segments(halves: bytes) -> list[Segment]:
    """A line of a picture, painted."""
    return [_cell(halves[place : place + 6]) for place in range(0, len(halves), 6)]


@lru_cache(KEPT)
def _cell(colours: bytes) -> Segment:
    style = Style(color=Color.from_rgb(*colours[:3]), bgcolor=Color.from_rgb(*colours[3:]))
    style.render(HALF, color_system=ColorSystem.TRUECOLOR)  # the style remembers how: not on the event loop
    return Segment(HALF, style)
