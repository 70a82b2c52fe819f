"""Filter as you type in the app: from the key to the frame that shows what it found."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tuimail.app
from tests.bench.finding import TYPED, fill
from tests.bench.table import Group, Row
from tuimail.app import TuiMail
from tuimail.mail import Mail
from tuimail.model import Account
from tuimail.screens.filtering import FilteringScreen

_ACCOUNT = Account("bench", "localhost", 143, "bench")
_LATEST = 2.0
"""Seconds after which a key counts as lost."""
_BETWEEN = 0.15
"""Seconds between two keys: quick fingers."""


class Noting(TuiMail):
    """TuiMail that remembers when it painted which question's hits."""

    CSS_PATH = str(Path(tuimail.app.__file__).with_name("app.tcss"))  # Textual looks beside the subclass

    def __init__(self, mail: Mail) -> None:
        super().__init__(mail)
        self.painted: dict[str, float] = {}

    def _display(self, screen: Any, renderable: Any) -> None:
        super()._display(screen, renderable)
        if isinstance(screen, FilteringScreen) and (hits := screen.hits) is not None:
            self.painted.setdefault(hits.query.text, time.perf_counter())


def compare(home: Path, size: int, repetitions: int, say: Callable[[str], None]) -> list[Group]:
    """Ten things people type, letter by letter, in an inbox of `size` and everywhere."""
    home.mkdir(parents=True, exist_ok=True)
    here, everywhere = asyncio.run(_measure(home, size, repetitions))
    say(f"filter: {len(here)} keys in {size:,} messages")
    return [
        Group(
            f"tuimail, filter as you type in {size:,} messages: key to paint (goal: p95 16 ms)",
            [
                Row("in the inbox", "ms", here),
                Row("95th percentile", "ms", [_p95(here)]),
                Row("everywhere", "ms", everywhere),
                Row("95th percentile", "ms", [_p95(everywhere)]),
            ],
        )
    ]


async def _measure(home: Path, size: int, repetitions: int) -> tuple[list[float], list[float]]:
    async with Mail(home, [_ACCOUNT], _nobody) as mail:
        if not mail.folders():
            await fill(mail, size)
            await mail.searching.catch_up()
        mail.start = lambda: None  # type: ignore[method-assign]
        app = Noting(mail)
        async with app.run_test(size=(140, 40)) as pilot:
            await pilot.pause()
            return await _type(app, pilot, ["slash"], repetitions), await _type(app, pilot, ["g", "slash"], repetitions)


async def _type(app: Noting, pilot: Any, prompt: list[str], repetitions: int) -> list[float]:
    took = []
    for words in TYPED * repetitions:
        await pilot.press(*prompt)
        for end in range(1, len(words) + 1):
            app.painted.clear()
            await asyncio.sleep(_BETWEEN)
            if words[:end].endswith(" "):
                await pilot.press("space")
                continue
            began = time.perf_counter()
            pressing = asyncio.create_task(app._press_keys([words[end - 1]]))
            while words[:end] not in app.painted and time.perf_counter() - began < _LATEST:  # noqa: ASYNC110  the clock is what is read
                await asyncio.sleep(0.001)
            took.append(app.painted.get(words[:end], began + _LATEST) - began)
            await pressing
        await pilot.press("escape")
    return took


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


async def _nobody(_: Account) -> str:
    return ""
