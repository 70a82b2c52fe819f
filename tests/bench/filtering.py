"""Filter as you type, on a terminal: from the key to the frame whose list answers it.

`compare` is the person: it types on a pty. `python -m tests.bench.filtering HOME` is the program: tuimail without a
network that notes what each of its frames shows. Both read time.perf_counter(), which is one clock for all processes of
a Linux machine.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.finding import TYPED, fill
from tests.bench.table import Group, Row
from tests.bench.terminal import Terminal
from tuimail.cli import collect_later
from tuimail.mail import Mail
from tuimail.model import Account

_ACCOUNT = Account("bench", "localhost", 143, "bench")
_BETWEEN = 0.12
"""Seconds between two keys: quick fingers."""
_REST = 0.4
"""Seconds to open and to leave the prompt in."""
_PASSES = 2
_BEAT = 0.005
_PROMPTS = ((b"/", "in the inbox"), (b"g/", "everywhere"))
_NOTES = "filtering.json"


@dataclass(frozen=True, slots=True)
class _Typed:
    """A key: when it was pressed, and the words that stand in the prompt with it."""

    pressed: float
    words: str


def compare(home: Path, size: int, repetitions: int, say: Callable[[str], None]) -> list[Group]:
    """Ten things people type, letter by letter, in an inbox of `size` and everywhere."""
    home = home / str(size)
    if not home.exists():
        say(f"filter: {size:,} messages are brought in and indexed")
        home.mkdir(parents=True)
        asyncio.run(_prepare(home, size))
    rows: list[Row] = []
    for prompt, where in _PROMPTS:
        keys, notes = _type(home, prompt, repetitions)
        took, worked = _answered(keys, notes)
        lost = len(keys) - len(took)
        say(f"filter {where}: {len(keys)} keys")
        rows += [
            Row(f"{where}: key to its answer's frame", "ms", took, note=f"{lost} keys unanswered" if lost else ""),
            Row("95th percentile (goal: 16 ms)", "ms", [_p95(took)]),
            Row("CPU of that, all threads", "ms", worked, note="what other programs take is not in it"),
            Row("95th percentile", "ms", [_p95(worked)]),
            Row("longest stall of the event loop", "ms", [_longest_stall(keys, notes)]),
        ]
    return [Group(f"tuimail, filter as you type in {size:,} messages, a key every {_BETWEEN * 1000:.0f} ms", rows)]


def _type(home: Path, prompt: bytes, repetitions: int) -> tuple[list[_Typed], dict[str, Any]]:
    """Open the prompt, type, leave it, and so on; the keys, and what the program noted."""
    (home / _NOTES).unlink(missing_ok=True)
    command = [sys.executable, "-m", "tests.bench.filtering", str(home)]
    keys: list[_Typed] = []
    with Terminal(command, {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}) as terminal:
        terminal.wait_for(rb"Inbox", 30)
        terminal.watch(2 * _REST)
        for words in TYPED * min(repetitions, _PASSES):
            terminal.type(prompt)
            terminal.watch(_REST)
            for end, letter in enumerate(words, 1):
                keys.append(_Typed(terminal.type(letter.encode()), words[:end]))
                terminal.watch(_BETWEEN)
            terminal.watch(_REST)
            terminal.type(b"\x1b")
            terminal.watch(_REST)
        if terminal.leave([b"q"]) is None:
            raise TimeoutError(terminal.text()[-800:])
    return keys, json.loads((home / _NOTES).read_text())


def _answered(keys: Sequence[_Typed], notes: dict[str, Any]) -> tuple[list[float], list[float]]:
    """For each key the seconds to the first frame that shows what its words find, and the CPU of them.

    A key without such a frame is left out.
    """
    ends = [*(key.pressed for key in keys[1:]), float("inf")]
    took, worked = [], []
    for key, end in zip(keys, ends, strict=True):
        came = (cpu for when, cpu in notes["keys"] if key.pressed < when < end)
        frames = (frame for frame in notes["frames"] if key.pressed < frame[0] < end)
        shown = ((when, cpu) for when, cpu, words in frames if words == key.words)
        if (began := next(came, None)) is not None and (first := next(shown, None)) is not None:
            took.append(first[0] - key.pressed)
            worked.append(first[1] - began)
    return took, worked


def _longest_stall(keys: Sequence[_Typed], notes: dict[str, Any]) -> float:
    """While letters were typed; to open and to leave the prompt is not a key of the filter."""
    pressed = [key.pressed for key in keys]
    lags: list[tuple[float, float]] = notes["lags"]
    return max(late for when, late in lags if any(at <= when <= at + _BETWEEN for at in pressed))


def _p95(times: Sequence[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


async def _prepare(home: Path, size: int) -> None:
    async with Mail(home, [_ACCOUNT], _nobody) as mail:
        await fill(mail, size)
        await mail.searching.catch_up()


async def _nobody(_: Account) -> str:
    raise AssertionError


async def _watch(home: Path) -> None:
    """The program. keys: (when, CPU so far), frames: (when, CPU so far, the words whose hits the list shows), lags:
    (when, how late the loop was).
    """
    importlib.import_module("tuimail.cli.launch")  # sets how often Textual paints
    app_module = importlib.import_module("tuimail.app")
    filtering = importlib.import_module("tuimail.screens.filtering")
    from textual import events

    keys: list[tuple[float, float]] = []
    frames: list[tuple[float, float, str | None]] = []
    lags: list[tuple[float, float]] = []

    class Noting(app_module.TuiMail):  # type: ignore[name-defined, misc]
        """TuiMail that remembers what it painted."""

        CSS_PATH = str(Path(app_module.__file__ or "").with_name("app.tcss"))  # Textual looks beside the subclass

        def _display(self, screen: Any, renderable: Any) -> None:
            super()._display(screen, renderable)
            if isinstance(screen, filtering.FilteringScreen) and not screen.list._repaint_regions:
                query, hits = screen._query, screen.hits
                words = hits.query.text if hits is not None else query.text if query and query.empty else None
                frames.append((time.perf_counter(), time.process_time(), words))

        async def on_event(self, event: events.Event) -> None:
            if isinstance(event, events.Key):
                keys.append((time.perf_counter(), time.process_time()))
            await super().on_event(event)

    async def beat() -> None:
        while True:
            asked = time.perf_counter()
            await asyncio.sleep(_BEAT)
            lags.append((asked, time.perf_counter() - asked - _BEAT))

    async with Mail(home, [_ACCOUNT], _nobody) as mail:
        mail.start = lambda: None  # type: ignore[method-assign]
        sys.setswitchinterval(0.001)  # as run_app does
        beating = asyncio.create_task(beat())
        await Noting(mail).run_async()
        beating.cancel()
    (home / _NOTES).write_text(json.dumps({"keys": keys, "frames": frames, "lags": lags}))


if __name__ == "__main__":
    collect_later()  # as the command line does before the first picture
    asyncio.run(_watch(Path(sys.argv[1])))
