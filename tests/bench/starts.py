"""How long from starting a program until the newest message is on the screen, with and without a cache."""

from __future__ import annotations

import contextlib
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.readers import READERS, BareTextual, Reader, Tuimail, Visit
from tests.bench.server import BenchDovecot, distance
from tests.bench.table import Group, Row
from tests.bench.terminal import Terminal

_LIMIT = 90.0
"""Seconds a program may take to its list."""


@dataclass(slots=True)
class _Run:
    """One line of the table: what to do before each start, and how it went."""

    row: Row
    reader: Reader
    visit: Visit
    home: Path
    cold: bool
    steps: tuple[Row, Row] | None = None
    """Where key-to-paint times go: to the first octet painted, and to the last."""


class Starts:
    """The starts of every reader against one server."""

    def __init__(self, server: BenchDovecot, homes: Path, say: Callable[[str], None]) -> None:
        self._server = server
        self._homes = homes
        self._say = say

    def compare(self, count: int, rtt: float, repetitions: int, *, small: bool = False) -> list[Group]:
        """tuimail, neomutt, aerc and bare Textual at one mailbox and distance; tuimail also with the server gone."""
        user = self._server.fill(count, small=small)
        far = f", {rtt * 1000:.0f} ms away" if rtt else ""
        rows: list[Row] = []
        keys: list[tuple[Row, Row]] = []
        with contextlib.ExitStack() as stack:
            port = stack.enter_context(distance(self._server.port, rtt)) if rtt else self._server.port
            visit = Visit(user, port, count)
            runs = list(self._runs(visit, rows, keys))
            if not rtt:
                rows.append(Row("tuimail warm, the server unreachable"))
                runs += self._unreachable(rows[-1], user, count)
            for repetition in range(repetitions):
                random.Random(repetition).shuffle(runs)
                for run in runs:
                    self._start(run)
        where = f"{count:,} messages{far}"
        return [
            Group(f"Start to newest subject on screen, {where}", rows),
            Group(f"Key (j) to first octet painted, {where}", [first for first, _ in keys if first.samples]),
            Group(
                f"Key (j) to last octet painted (tuimail: the mail's text), {where}",
                [last for _, last in keys if last.samples],
            ),
        ]

    def sizes(self, counts: Sequence[int], repetitions: int) -> Group:
        """tuimail's warm start at several sizes of mailbox ("small" mail), interleaved."""
        reader, runs = Tuimail(), []
        for count in counts:
            visit = Visit(self._server.fill(count, small=True), self._server.port, count)
            home = self._home(reader, visit, "size")
            row = Row(f"tuimail warm, {count:,} messages", note=self._warm(reader, visit, home))
            runs.append(_Run(row, reader, visit, home, cold=False))
        for _ in range(repetitions):
            for run in runs:
                self._start(run)
        return Group("Start by size of the mailbox", [run.row for run in runs])

    def _runs(self, visit: Visit, rows: list[Row], keys: list[tuple[Row, Row]]) -> Iterator[_Run]:
        for reader in READERS:
            if lack := reader.missing():
                rows.append(Row(reader.name, note=lack))
                continue
            warm_home = self._home(reader, visit, "warm")
            problem = self._warm(reader, visit, warm_home)
            keys.append((Row(reader.name, "ms"), Row(reader.name, "ms")))
            for cold, home in ((False, warm_home), (True, self._home(reader, visit, "cold"))):
                row = Row(f"{reader.name} {'cold' if cold else 'warm'}", note="" if cold else problem)
                rows.append(row)
                yield _Run(row, reader, visit, home, cold, None if cold else keys[-1])
        bare = BareTextual()
        rows.append(Row(bare.name))
        yield _Run(rows[-1], bare, visit, self._home(bare, visit, "bare"), cold=True)

    def _unreachable(self, row: Row, user: str, count: int) -> list[_Run]:
        """tuimail's cache filled through a port where nobody listens any more."""
        reader = Tuimail()
        with distance(self._server.port, 0) as port:
            visit = Visit(user, port, count)
            home = self._home(reader, visit, "gone")
            row.note = self._warm(reader, visit, home)
        return [_Run(row, reader, visit, home, cold=False)]

    def _home(self, reader: Reader, visit: Visit, kind: str) -> Path:
        home = self._homes / f"{reader.name.split()[0]}-{visit.user}-{kind}"
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        return home

    def _warm(self, reader: Reader, visit: Visit, home: Path) -> str:
        """Fill the reader's cache by one unmeasured run; what went wrong, or ""."""
        self._say(f"filling the cache of {reader.name}, {visit.count:,} messages")
        if isinstance(reader, Tuimail):
            return sync_all(home, visit, 900)
        try:
            with Terminal(reader.prepare(home, visit), reader.environment(home)) as terminal:
                terminal.wait_for(reader.mark(visit), 300)
                terminal.settle(1.0, 60)
                terminal.leave(reader.quit)
        except (TimeoutError, EOFError) as error:
            return _short(error)
        return ""

    def _start(self, run: _Run) -> None:
        if run.cold:
            shutil.rmtree(run.home, ignore_errors=True)
            run.home.mkdir(parents=True)
        command = run.reader.prepare(run.home, run.visit)
        try:
            with Terminal(command, run.reader.environment(run.home)) as terminal:
                seconds = terminal.wait_for(run.reader.mark(run.visit), _LIMIT)
                run.row.samples.append(seconds)
                terminal.settle(0.4, 5)
                if run.steps is not None:
                    for key in (run.reader.down, run.reader.up) * 10:
                        painted = terminal.press(key)
                        if painted is not None:
                            run.steps[0].samples.append(painted[0])
                            run.steps[1].samples.append(painted[1])
                run.row.megabytes.append(terminal.peak_megabytes())
                terminal.leave(run.reader.quit)
        except (TimeoutError, EOFError) as error:
            run.row.note = _short(error)
            self._say(f"{run.row.what}: {error!r}")
            return
        self._say(f"{run.row.what}, {run.visit.count:,} messages: {seconds:.3f} s")


def sync_all(home: Path, visit: Visit, limit: float) -> str:
    """`tuimail sync` into this home; what went wrong, or ""."""
    reader = Tuimail()
    command = [*reader.command(home), "sync", reader.url(visit)]
    try:
        done = subprocess.run(
            command, env=reader.environment(home), capture_output=True, stdin=subprocess.DEVNULL, timeout=limit
        )
    except subprocess.TimeoutExpired:
        return f"tuimail sync did not end within {limit:.0f} s"
    return "" if done.returncode == 0 else _short(done.stderr.decode("utf-8", "replace"))


def _short(problem: object) -> str:
    """The end of a long story, fit for a table cell."""
    words = " ".join(str(problem).split()).replace("|", "¦")
    return words[-160:] or type(problem).__name__
