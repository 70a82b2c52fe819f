"""How the tests run the app: a fake Mail, a clock that stands still, no waiting for dwell or chords."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

from textual.pilot import Pilot

from tests.fakes.fake_mail import FakeMail
from tests.fakes.letters import NOW
from tests.snap import counted_threads, screen_text, settle
from tuimail.app import TuiMail
from tuimail.screens.main import MainScreen
from tuimail.screens.settings import Settings

PATIENCE = 20.0
SETTINGS = {"now": lambda: NOW, "dwell": 0.0, "chord_delay": 60.0, "repaint": 0.0, "foresight": 0.0, "search_rest": 0.0}


@dataclass
class Running:
    """A running app and what a test asks of it."""

    pilot: Pilot[Any]
    mail: FakeMail
    app: TuiMail

    @property
    def main(self) -> MainScreen:
        return cast(MainScreen, self.app.screen_stack[0])

    @property
    def says(self) -> str:
        """The status line's message."""
        return self.main.status.message

    @property
    def cursor(self) -> int | None:
        return self.main.list.cursor_id

    @property
    def folder(self) -> str:
        folder = self.main.folder
        return folder.name if folder else ""

    @property
    def pane(self) -> str | None:
        return self.main.focused_pane()

    @property
    def text(self) -> str:
        return screen_text(self.app)

    @property
    def shown(self) -> str:
        """Name of the class of the screen on top."""
        return type(self.app.screen).__name__

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.pilot.press(key)
        await settle(self.pilot)

    async def settle(self) -> None:
        await settle(self.pilot)

    async def until(self, true: Callable[[], object]) -> None:
        """Wait for what a clock brings, or somebody else. Fails, with the screen, after PATIENCE seconds."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not true():
                    await self.pilot.pause(0.01)
        except TimeoutError:
            raise AssertionError(f"never came; the screen is\n{self.text}") from None


@asynccontextmanager
async def running(
    mail: FakeMail | None = None, size: tuple[int, int] = (120, 36), **settings: Any
) -> AsyncIterator[Running]:
    """The app over `mail`, settled after start."""
    counted_threads()
    mail = mail or FakeMail()
    app = TuiMail(mail, Settings(**{**SETTINGS, **settings}))
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        yield Running(pilot, mail, app)
