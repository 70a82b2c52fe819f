"""Many lines of one verb as one flight, its replies taken as they come."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeAlias

from tuimail.net.driver import Driver
from tuimail.protocol.pop3.commands import Command
from tuimail.protocol.pop3.responses import Arriving, Event, Reply

PopDriver: TypeAlias = Driver[Command, Event]


class Batch:
    """Launched when made. numbers: the messages, one for each line of the command. arrived: hears of big bodies."""

    def __init__(
        self,
        driver: PopDriver,
        command: Command,
        numbers: Sequence[int],
        arrived: Callable[[int], None] | None = None,
    ) -> None:
        self.numbers = numbers
        self.command = command
        self.replies: list[Reply] = []
        self._arrived = arrived
        self._news = asyncio.Event()
        self.flight = driver.launch(command, want=self._wants, take=self._take, finish=self._take)
        self.flight.landed.add_done_callback(lambda _: self._news.set())

    def _wants(self, event: Event) -> bool:
        return isinstance(event, Reply | Arriving) and event.command is self.command

    def _take(self, event: Event) -> None:
        if isinstance(event, Reply):
            self.replies.append(event)
            self._news.set()
        elif isinstance(event, Arriving) and self._arrived is not None:
            self._arrived(event.octets)

    async def reply(self, which: int, seconds: float) -> Reply | None:
        """The reply to that line, or None after so many seconds. Raises what broke the connection."""
        while which >= len(self.replies):
            if self.flight.landed.done():
                await self.flight  # it was lost: this raises
            self._news.clear()
            try:
                async with asyncio.timeout(seconds):
                    await self._news.wait()
            except TimeoutError:
                return None
        return self.replies[which]
