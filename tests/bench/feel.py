"""How the app feels while it syncs: key to paint, and the longest the event loop kept anybody waiting."""

from __future__ import annotations

import json
import shutil
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.readers import Tuimail, Visit
from tests.bench.server import BenchDovecot
from tests.bench.table import Group, Row
from tests.bench.terminal import Terminal

_EVERY = 0.05
"""Seconds between keys: a held arrow key is twenty to thirty a second."""


def compare(server: BenchDovecot, homes: Path, count: int, say: Callable[[str], None]) -> list[Group]:
    """The same keys with everything synced, and while a fresh home syncs `count` messages."""
    visit = Visit(server.fill(count), server.port, count)
    home = homes / f"tuimail-{visit.user}-feel"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    busy, problem = _press(home, visit, 120)
    say(f"keys pressed during a sync of {count:,}: {problem or len(busy.keys)}")
    idle, lack = _press(home, visit, 8)
    groups = []
    for title, measure in _MEASURES:
        rows = [
            Row("nothing to do", "ms", measure(idle), note=lack),
            Row("during the first sync", "ms", measure(busy), note=problem),
        ]
        groups.append(Group(f"tuimail, a key every {_EVERY * 1000:.0f} ms, {count:,} messages: {title}", rows))
    return groups


@dataclass(frozen=True, slots=True)
class _Feel:
    """One run: seconds from key to paint, and how late the event loop was while keys were pressed."""

    keys: list[float]
    lags: list[float]


_MEASURES: tuple[tuple[str, Callable[[_Feel], list[float]]], ...] = (
    ("key to paint", lambda feel: feel.keys),
    ("key to paint, 95th percentile", lambda feel: [statistics.quantiles(feel.keys, n=20)[-1]] if feel.keys else []),
    ("longest stall of the event loop", lambda feel: [max(feel.lags)] if feel.lags else []),
)


def _press(home: Path, visit: Visit, seconds: float) -> tuple[_Feel, str]:
    """Key-to-paint times and loop lags of one run, and what went wrong ("" for nothing)."""
    reader = Tuimail()
    (home / "probe.json").unlink(missing_ok=True)
    command = [sys.executable, "-m", "tests.bench.probe", str(home), reader.url(visit), str(seconds)]
    presses = []
    try:
        with Terminal(command, reader.environment(home)) as terminal:
            terminal.wait_for(reader.mark(visit), 60)
            alive, number = terminal.watch(0.3), 0
            while alive and number * _EVERY < seconds + 10:
                presses.append(terminal.type((reader.down, reader.up)[number % 2]))
                alive, number = terminal.watch(_EVERY), number + 1
        notes = json.loads((home / "probe.json").read_text())
    except (TimeoutError, EOFError, OSError, ValueError) as error:
        return _Feel([], []), " ".join(str(error).split())[-160:]
    presses = [pressed for pressed in presses if pressed < notes["ended"] - _EVERY]
    keys = _latencies(presses, notes["paints"])
    if len(keys) < 5:
        return _Feel([], []), f"only {len(keys)} of {len(presses)} keys were seen to paint"
    return _Feel(keys, [lag for when, lag in notes["lags"] if presses[0] <= when <= presses[-1]]), ""


def _latencies(presses: Sequence[float], paints: Sequence[tuple[float, int | None]]) -> list[float]:
    """For each key the time to the first paint after it that shows the cursor on another message."""
    found = []
    paint = 0
    before: int | None = None
    for pressed, following in zip(presses, [*presses[1:], float("inf")], strict=True):
        while paint < len(paints) and paints[paint][0] < pressed:
            before = paints[paint][1]
            paint += 1
        at = paint
        while at < len(paints) and paints[at][1] == before:
            at += 1
        if at < len(paints) and paints[at][0] < following + 1.0:
            found.append(paints[at][0] - pressed)
    return found
