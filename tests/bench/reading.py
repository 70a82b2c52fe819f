"""Reading: what HTML mail costs, how soon a key shows the next message, and turning pages of a very long one.

Needs no server: the mails of tests/data/mails are parsed and laid out as in the app, in an app without a terminal.
"""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from functools import partial
from html.parser import HTMLParser
from itertools import cycle
from pathlib import Path
from typing import Any, Protocol, cast

from textual import events
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import RichLog, Static

import tuimail.app
from tests.bench.table import Group, Row
from tests.fakes.fake_mail import FakeMail
from tuimail.app import TuiMail
from tuimail.cli import collect_later
from tuimail.content.hypertext import html_document
from tuimail.content.mime import parse
from tuimail.model import Message
from tuimail.screens.main import MainScreen
from tuimail.screens.settings import Settings
from tuimail.widgets.layout import lay_out
from tuimail.widgets.message_view import MessageView

OCTETS = 91_000
"""Of the large HTML mail: what a long newsletter has."""
LINES = 50_000
_MAILS = sorted((Path(__file__).parents[1] / "data" / "mails").glob("*.eml"))
_BEAT = 0.002
_LOOKED_AT = 0.25
"""Seconds between two keys: somebody who skims."""
_PATIENCE = 5.0
"""Seconds after which a key that painted nothing is an error."""


def compare(repetitions: int, say: Callable[[str], None]) -> list[Group]:
    """All of it; about half a minute."""
    say("reading: an HTML mail, parsed and laid out")
    groups = [_rendering(max(5, repetitions))]
    say("reading: keys, stalls and pages")
    moves, lags = asyncio.run(_moves())
    floor, floor_lags = asyncio.run(_floor())
    rows = [
        Row("Textual repaints one line", "ms", [_p95(floor.wall)], note="95th percentile"),
        Row("tuimail, key to text", "ms", [_p95(moves.wall)], note="95th percentile"),
        Row("tuimail, key to text", "ms", moves.wall),
        Row("tuimail, CPU of it", "ms", moves.cpu),
    ]
    groups.append(Group("the next message, in the store, on the screen (goal: p95 30 ms)", rows))
    rows = [
        Row("Textual repaints one line", "ms", [max(floor_lags.wall)]),
        Row("tuimail", "ms", [max(lags.wall)]),
        Row("tuimail, CPU of the loop's thread", "ms", [max(lags.cpu)]),
    ]
    groups.append(Group("longest stall of the event loop meanwhile (goal: 16 ms)", rows))
    log, view = asyncio.run(_log_pages()), asyncio.run(_view_pages())
    rows = [
        Row("Textual RichLog", "ms", log.wall),
        Row("tuimail", "ms", view.wall),
        Row("tuimail, CPU of it", "ms", view.cpu),
    ]
    groups.append(Group(f"a page further in {LINES:,} lines (goal: 10 ms)", rows))
    return groups


@dataclass
class Times:
    """Seconds by the clock, and of CPU in the loop's own thread: the latter do not know how busy the machine is."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


# --- rendering ---------------------------------------------------------------------------------------


def large_html() -> str:
    """Our mails one after the other, up to OCTETS."""
    parts = []
    for path in _MAILS:
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        if (body := mail.get_body(("html",))) is not None:
            parts.append(str(body.get_content()))
    pages = cycle(parts)
    html = ""
    while len(html.encode()) < OCTETS:
        html += next(pages)
    return html.encode()[:OCTETS].decode(errors="ignore")


def _rendering(repetitions: int) -> Group:
    html = large_html()
    document = html_document(html)
    rows: list[tuple[Row, Callable[[], object]]] = [
        (Row("html.parser alone", "ms"), partial(_tokens, html)),
        (Row("tuimail: parse and lay out", "ms"), lambda: lay_out(html_document(html), 80)),
        (Row("tuimail: lay out for another width", "ms"), lambda: lay_out(document, 100)),
    ]
    others = {
        "w3m": ["w3m", "-dump", "-cols", "80", "-T", "text/html"],
        "lynx": ["lynx", "-dump", "-stdin", "-width=80"],
    }
    programs = [(Row(f"{name} -dump, started anew", "ms"), command) for name, command in others.items()]
    for _ in range(repetitions):
        for row, work in rows:
            started = time.process_time()
            work()
            row.samples.append(time.process_time() - started)
        for row, command in programs:
            if shutil.which(command[0]):
                row.samples.append(_cpu_of(command, html))
            else:
                row.note = "not installed"
    title = f"an HTML mail of {OCTETS // 1000} kB, CPU (goal: 80 ms)"
    return Group(title, [row for row, _ in rows] + [row for row, _ in programs])


def _tokens(html: str) -> None:
    """What reading the tags alone costs."""
    parser = HTMLParser()
    parser.feed(html)
    parser.close()


def _cpu_of(command: Sequence[str], text: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "HOME": "/nonexistent"}
    subprocess.run(command, input=text.encode(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


# --- keys --------------------------------------------------------------------------------------------


class Painted(Protocol):
    """An app that notes its paints."""

    painted: float
    has_painted: asyncio.Event


class Letters(FakeMail):
    """The forty rows of the fake, each with one of our mails, every fifth the large one; parsed as `Mail` does."""

    def __init__(self) -> None:
        super().__init__()
        large = b"Subject: large\nContent-Type: text/html; charset=utf-8\n\n" + large_html().encode()
        mails = cycle([*(path.read_bytes() for path in _MAILS[:4]), large, *(path.read_bytes() for path in _MAILS[4:])])
        self._raw = {message_id: next(mails) for message_id in sorted(self._letters)}
        self._read: dict[int, Message] = {}

    async def message(self, message_id: int, **how: Any) -> Message:
        if message_id not in self._read:
            self._read[message_id] = await asyncio.to_thread(parse, self._raw[message_id], message_id)
        return self._read[message_id]

    def ready(self, message_id: int) -> Message | None:
        return self._read.get(message_id)


class Clocked(TuiMail):
    """Notes when a message was painted with its text."""

    CSS_PATH = str(Path(tuimail.app.__file__).with_name("app.tcss"))  # Textual looks beside the subclass

    def __init__(self) -> None:
        super().__init__(Letters(), Settings())
        self.painted = 0.0
        self.has_painted = asyncio.Event()

    def _display(self, screen: Any, renderable: Any) -> None:
        super()._display(screen, renderable)
        main = self.screen_stack[0] if self.screen_stack else None
        if isinstance(main, MainScreen) and main.view.has_text and main.view.message_id == main.list.cursor_id:
            self.painted = time.perf_counter()
            self.has_painted.set()


async def _moves() -> tuple[Times, Times]:
    """From each j to the text on the screen, and how late the loop was."""
    collect_later()  # as the command line does before the first picture
    app = Clocked()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause(0.5)
        main = cast(MainScreen, app.screen_stack[0])
        done = asyncio.Event()
        beat = asyncio.create_task(_beat(lags := Times(), done))
        taken = Times()
        for key in [*("j" * 18), *("k" * 18)] * 2:
            before = main.list.cursor_id
            await _until_painted(
                app, taken, partial(app.post_message, events.Key(key, key)), partial(_moved, main, before)
            )
            await asyncio.sleep(_LOOKED_AT)
        done.set()
        await beat
    return taken, lags


def _moved(main: MainScreen, before: int | None) -> bool:
    return main.list.cursor_id != before


async def _until_painted(
    app: Painted, times: Times, act: Callable[[], object], then: Callable[[], bool] = lambda: True
) -> None:
    """Do something, and wait for the first paint after it when `then` holds."""
    wanted, spent = time.perf_counter(), time.thread_time()
    act()
    async with asyncio.timeout(_PATIENCE):
        while app.painted < wanted or not then():
            app.has_painted.clear()
            await app.has_painted.wait()
    times.wall.append(app.painted - wanted)
    times.cpu.append(time.thread_time() - spent)


async def _beat(lags: Times, done: asyncio.Event) -> None:
    spent = time.thread_time()
    while not done.is_set():
        asked = time.perf_counter()
        await asyncio.sleep(_BEAT)
        now = time.thread_time()
        lags.wall.append(time.perf_counter() - asked - _BEAT)
        lags.cpu.append(now - spent)
        spent = now


# --- pages and the floor -----------------------------------------------------------------------------


class Alone(App[None]):
    """One widget; notes when it painted."""

    def __init__(self, widget: Widget) -> None:
        super().__init__()
        self.widget = widget
        self.painted = 0.0
        self.has_painted = asyncio.Event()

    def compose(self) -> ComposeResult:
        yield self.widget

    def _display(self, screen: Any, renderable: Any) -> None:
        super()._display(screen, renderable)
        self.painted = time.perf_counter()
        self.has_painted.set()


async def _floor() -> tuple[Times, Times]:
    """No program on Textual answers a key sooner."""
    line = Static("")
    app = Alone(line)
    taken = Times()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause(0.3)
        done = asyncio.Event()
        beat = asyncio.create_task(_beat(lags := Times(), done))
        for number in range(60):
            await _until_painted(app, taken, partial(line.update, f"line {number}"))
            await pilot.pause(0.02)
        done.set()
        await beat
    return taken, lags


def _text() -> str:
    return "\n".join(f"{number:>6} the quick brown fox jumps" for number in range(LINES))


async def _log_pages() -> Times:
    log = RichLog(auto_scroll=False, max_lines=LINES)
    app = Alone(log)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause(0.2)
        log.write(_text())
        await pilot.pause(0.2)
        return await _pages(app, pilot)


async def _view_pages() -> Times:
    view = MessageView()
    app = Alone(view)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause(0.2)
        view.show(parse(b"Subject: long\n\n" + _text().encode()))
        async with asyncio.timeout(60):
            while view.virtual_size.height < LINES:
                await pilot.pause(0.05)
        return await _pages(app, pilot)


async def _pages(app: Alone, pilot: Pilot[Any]) -> Times:
    """From asking for a page to its paint; every page is one not seen before."""
    taken = Times()
    for page in range(1, 61):
        await pilot.pause(0.02)
        turn = partial(app.widget.scroll_to, y=page * 800, animate=False, force=True)
        await _until_painted(app, taken, turn)
    return taken


def _p95(samples: Sequence[float]) -> float:
    return statistics.quantiles(samples, n=20)[-1]
