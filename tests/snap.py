"""Our own snapshots of a running app: SVG shows the styles, TXT gives a diff a human can review.

Files stand in tests/__snap__/<test module>/. `SNAP=update pytest …` writes them anew; without it a
missing or different picture fails the test and leaves `*.actual.svg` and `*.actual.txt` beside it.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input

from tuimail.screens.turns import Turns

P = ParamSpec("P")
T = TypeVar("T")

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


class CountedThreads(ThreadPoolExecutor):
    """The threads of an event loop, and what they have not done yet: Textual's idea of idle knows nothing of them."""

    def __init__(self) -> None:
        super().__init__()
        self.under_way: set[Future[Any]] = set()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future = super().submit(fn, *args, **kwargs)
        self.under_way.add(future)
        future.add_done_callback(self.under_way.discard)
        return future


_threads: WeakKeyDictionary[asyncio.AbstractEventLoop, CountedThreads] = WeakKeyDictionary()


def counted_threads() -> CountedThreads:
    """Those of the running loop; what was begun before this was asked for the first time is not among their work."""
    loop = asyncio.get_running_loop()
    if loop not in _threads:
        _threads[loop] = CountedThreads()
        loop.set_default_executor(_threads[loop])
    return _threads[loop]


# Others wait for the reader ("ask"), for a server ("search", "rest") or for a while ("foresight").
_END_BY_THEMSELVES = frozenset(("body", "save", "pictures", "ledger", "list", "selection", "layout"))


async def settle(pilot: Pilot[Any]) -> None:
    """Wait until nothing is under way any more: keys, workers, threads, animations, messages."""
    await pilot.pause()
    while await _worked(pilot.app):
        await pilot.pause()
    await pilot.wait_for_scheduled_animations()
    await pilot.pause()


async def _worked(app: App[Any]) -> bool:
    """Whether there was something to wait for. Raises what a worker failed with."""
    workers = [each for each in app.workers if each.group in _END_BY_THEMSELVES]
    work: set[asyncio.Future[Any]] = {asyncio.wrap_future(future) for future in list(counted_threads().under_way)}
    work |= {each._task for each in workers if each._task is not None}
    turns: Turns | None = getattr(app, "turns", None)
    if turns is not None and turns._task is not None:
        work.add(turns._task)
    if work := {each for each in work if not each.done()}:
        await asyncio.wait(work)
    for each in workers:  # one that a newer one has replaced was only called off
        if each.error is not None and not each.is_cancelled:
            raise each.error
    return bool(work)


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
