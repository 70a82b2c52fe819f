"""Our own snapshots of a running app: SVG shows the styles, TXT gives a diff a human can review.

Files stand in tests/__snap__/<test module>/. `SNAP=update pytest …` writes them anew; without it a
missing or different picture fails the test and leaves `*.actual.svg` and `*.actual.txt` beside it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input

Snap = Callable[[Pilot[Any], str], Awaitable[None]]

ROOT = Path(__file__).parent / "__snap__"
# The pid of the run, in a way: Textual numbers the style classes of each export.
_UNIQUE = re.compile(r"terminal-\d+-")


def screen_text(app: App[Any]) -> str:
    """What stands on the screen, line by line, without trailing spaces."""
    return "\n".join(strip.text.rstrip() for strip in app.screen._compositor.render_strips()) + "\n"


def picture(app: App[Any]) -> str:
    """The screen as SVG, free of anything that differs from run to run."""
    return _UNIQUE.sub("terminal-", app.export_screenshot(title="tuimail"))


async def settle(pilot: Pilot[Any]) -> None:
    """Wait until nothing is under way any more: workers, animations, messages."""
    await pilot.pause()
    # A worker of the group "ask" waits for the reader; everything else ends by itself.
    if working := [worker for worker in pilot.app.workers if worker.group in {"body", "save", "pictures", "ledger"}]:
        await pilot.app.workers.wait_for_complete(working)
    await pilot.wait_for_scheduled_animations()
    await pilot.pause()


async def hold_still(pilot: Pilot[Any]) -> None:
    """Settle, for a picture: the cursor of each input is there."""
    await settle(pilot)
    for field in pilot.app.screen.query(Input):
        field.cursor_blink = False
    await settle(pilot)


def compare(folder: Path, name: str, svg: str, text: str) -> str:
    """ "" when the stored picture is the same (or has just been written), else what is wrong."""
    files = {folder / f"{name}.txt": text, folder / f"{name}.svg": svg}
    if os.environ.get("SNAP") == "update":
        folder.mkdir(parents=True, exist_ok=True)
        for file, wanted in files.items():
            file.write_text(wanted, encoding="utf-8")
        return ""
    for file, seen in files.items():
        if not file.exists() or file.read_text(encoding="utf-8") != seen:
            folder.mkdir(parents=True, exist_ok=True)
            actual = file.with_suffix(f".actual{file.suffix}")
            actual.write_text(seen, encoding="utf-8")
            what = "is not there yet" if not file.exists() else "is another one"
            return f"the picture {file} {what}: look at {actual}, then SNAP=update"
    return ""


@pytest.fixture
def snap(request: pytest.FixtureRequest) -> Snap:
    """`await snap(pilot, name)` compares the screen with the stored picture of that name."""
    folder = ROOT / request.path.stem

    async def check(pilot: Pilot[Any], name: str) -> None:
        await hold_still(pilot)
        text, svg = screen_text(pilot.app), picture(pilot.app)
        if (complaint := compare(folder, name, svg, text)) and os.environ.get("SNAP") != "update":
            stored = folder / f"{name}.txt"
            if stored.exists():
                assert text == stored.read_text(encoding="utf-8"), complaint
            pytest.fail(complaint)

    return check
