"""Whatever is pressed: what stands on the terminal, colours and all, is what Textual itself would have painted."""

from __future__ import annotations

import asyncio
import random
import signal
from pathlib import Path

import pytest

from tests.app.picture import Picture
from tests.app.terminal import ENTER, ESCAPE, PAGE_DOWN, Terminal

WATCHED = """
import os, signal
from pathlib import Path
from textual._compositor import Compositor
from textual.app import App
_runs, _init = [], App.__init__
def _noted(app, *rest, **more):
    _runs.append(app)
    _init(app, *rest, **more)
App.__init__ = _noted
def _whole():
    app, target = _runs[-1], Path(os.environ["WHOLE"])
    painter = app.screen._compositor
    painter._dirty_regions, kept = set(), painter._dirty_regions
    octets = Compositor.render_full_update(painter).render_segments(app.console)
    painter._dirty_regions = kept
    target.with_suffix(".new").write_text(octets, encoding="utf-8")
    target.with_suffix(".new").rename(target)
signal.signal(signal.SIGUSR1, lambda *_: _runs[-1]._loop.call_soon_threadsafe(_runs[-1].call_later, _whole))
"""
"""Runs before the program: on SIGUSR1 Textual's own picture of the whole screen is written into a file."""

KEYS = [*"jjjkkGxxsuTnp-_Vze/?:c", "gg", "gi", "gh", ENTER, ENTER, PAGE_DOWN, " ", "\t", "A", "O", "h", '"', "re", "a"]
SIZES = [(120, 40), (80, 24), (160, 45), (60, 20), (100, 30)]
PATIENCE = 40.0


async def whole(terminal: Terminal, file: Path) -> Picture:
    """What Textual would paint now."""
    terminal.send_signal(signal.SIGUSR1)
    async with asyncio.timeout(PATIENCE):
        while (octets := _taken(file)) is None:  # noqa: ASYNC110  # a file tells nobody
            await asyncio.sleep(0.005)
    picture = Picture(terminal.picture.columns, terminal.picture.rows)
    picture.feed(octets)
    return picture


def _taken(file: Path) -> bytes | None:
    try:
        octets = file.read_bytes()
    except FileNotFoundError:
        return None
    file.unlink()
    return octets


async def compare(terminal: Terminal, file: Path) -> None:
    """Until both are the same: a clock may tick in between, a download come."""
    for _ in range(40):
        await terminal.settles(0.03, 0.5)
        wanted = await whole(terminal, file)
        if wanted.cells == terminal.picture.cells:
            return
    assert terminal.text == wanted.text
    places = [
        (row, column, *both)
        for row, lines in enumerate(zip(terminal.picture.cells, wanted.cells, strict=True))
        for column, both in enumerate(zip(*lines, strict=True))
        if both[0] != both[1]
    ]
    assert not places, places[:5]


@pytest.mark.parametrize("seed", range(2))
async def test_after_any_keys_and_sizes_the_terminal_shows_what_textual_would_paint(seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)
    file = tmp_path / "whole"
    async with Terminal(
        "demo", home=tmp_path, lead=WATCHED, environment={"WHOLE": str(file)}, size=SIZES[seed]
    ) as terminal:
        await terminal.shows("● online")
        await compare(terminal, file)
        for _ in range(25):
            for _ in range(dice.randrange(1, 5)):
                terminal.type(dice.choice(KEYS))
            if dice.random() < 0.15:
                terminal.resize(*dice.choice(SIZES))
            await compare(terminal, file)
            if dice.random() < 0.5:
                terminal.type(ESCAPE)
                await compare(terminal, file)
        assert terminal.alive
