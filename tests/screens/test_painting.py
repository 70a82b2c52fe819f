"""What is painted of a screen is what Textual would paint there, all that has changed, and soon."""

from __future__ import annotations

import random
import time

from rich.console import Console
from textual.geometry import Region
from textual.strip import Strip
from textual.widgets import Static

from tests.screens.run import running
from tuimail.screens.painting import Painter, Pieces

_LOST = "?"


def _painted(pieces: Pieces, width: int, height: int) -> list[list[str]]:
    """Cells that the pieces cover; the others are lost."""
    grid = [[_LOST] * width for _ in range(height)]
    for y, x, strip in pieces.pieces:
        for offset in range(strip.cell_length):
            assert grid[y][x + offset] == _LOST, "painted twice"
            grid[y][x + offset] = strip.crop(offset, offset + 1).text
    return grid


async def test_of_any_regions_exactly_these_are_painted_and_as_textual_does() -> None:
    dice = random.Random(7)
    async with running(size=(160, 30)) as app:
        await app.press("slash", "y")
        painter, (width, height) = app.main._compositor, app.app.size
        assert isinstance(painter, Painter)
        whole = [[strip.crop(x, x + 1).text for x in range(width)] for strip in painter.render_strips()]
        for _ in range(40):
            changed = {
                Region(dice.randrange(-5, width), dice.randrange(-5, height), dice.randrange(90), dice.randrange(20))
                for _ in range(dice.randrange(1, 4))
            }
            painter._dirty_regions.update(changed)
            update = painter.render_partial_update()
            wanted = [
                [whole[y][x] if any(region.contains(x, y) for region in changed) else _LOST for x in range(width)]
                for y in range(height)
            ]
            if isinstance(update, Pieces):
                assert _painted(update, width, height) == wanted
            else:
                assert all(cell == _LOST for line in wanted for cell in line)
        assert painter.render_partial_update() is None
        painter._dirty_regions.add(app.app.size.region)
        everything = painter.render_update()
        assert isinstance(everything, Pieces) and _painted(everything, width, height) == whole
        assert "Inbox" in app.app.export_screenshot()


async def test_a_line_that_changed_is_all_that_is_asked_for() -> None:
    async with running() as app:
        painter = app.main._compositor
        assert isinstance(painter, Painter)
        asked: list[Region] = []
        render = app.main.list.render_lines

        def noted(crop: Region) -> list[Strip]:
            asked.append(crop)
            return render(crop)

        app.main.list.render_lines = noted  # type: ignore[method-assign]
        here = app.main.list.region
        painter._dirty_regions.add(Region(here.x, here.y + 2, here.width, 1))
        update = painter.render_partial_update()
        assert isinstance(update, Pieces) and len(update.pieces) <= 2  # the line, and the scrollbar beside it
        assert [(crop.y, crop.height) for crop in asked] == [(2, 1)]
        assert update.render_segments(Console(color_system=None)).startswith(f"\x1b[{here.y + 3};")


async def test_who_paints_does_not_wait_for_the_clock_but_no_more_often_than_it_ticks() -> None:
    async with running() as app:
        await app.pilot.pause(0.05)
        pictures: list[None] = []
        app.app.post_display_hook = lambda: pictures.append(None)  # type: ignore[method-assign]
        app.main.query_one("#list-title", Static).update("Other words", layout=False)
        app.main.paint()
        assert len(pictures) == 1
        app.main.paint()
        assert len(pictures) == 1  # nothing has changed
        app.main.list.refresh()
        app.main._painted = time.monotonic() + 60
        app.main.paint()
        assert len(pictures) == 1  # a moment after the last one
        app.main.paint(again=True)
        assert len(pictures) == 2
