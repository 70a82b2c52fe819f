"""Waiting for what happens: IDLE (RFC 2177) as an async iterator, NOOP by the clock where there is none.

`async with client.idle() as watch: async for event in watch: …`. Other commands may be given meanwhile, also inside the
loop: the IDLE makes way and comes back, and what the server tells between is not lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self

from tuimail.errors import ServerRefused, UsageError
from tuimail.net.client.line import Line, kinds
from tuimail.net.driver import SILENCE_SECONDS
from tuimail.net.session import ImapFlight, refused
from tuimail.net.watching import ANSWER_SECONDS, NOOP_SECONDS, RENEW_SECONDS
from tuimail.protocol.imap import commands
from tuimail.protocol.imap.responses import Continue, Event, Tagged


class Watch:
    """An async context and the iterator over what the server tells: Exists, Expunge, Fetch, StatusLine …"""

    def __init__(self, line: Line, duration: float | None, renew: float) -> None:
        self._line = line
        self._duration = duration
        self._renew = renew
        self._events: asyncio.Queue[Event | None] = asyncio.Queue()
        """None: something happened to the IDLE itself, look."""
        self._idling: ImapFlight | None = None
        self._until = self._again = 0.0
        self._refused: ServerRefused | None = None

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        if self._line._make_way is not None:
            raise UsageError("One watch at a time.")
        self._line.need_selected()
        async with self._line.turn():
            self._line._listeners.append(self._events.put_nowait)
            self._line._make_way = self._aside
            try:
                await self._begin()
            except BaseException:  # nobody leaves what was not entered
                self._line._make_way = None
                self._line._listeners.remove(self._events.put_nowait)
                self._say_done()
                raise
        self._until = float("inf") if self._duration is None else loop.time() + self._duration
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        async with self._line._turn:
            self._line._make_way = None
            self._line._listeners.remove(self._events.put_nowait)
            await self._end()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        """The next event. Ends when `duration` is over. Raises ConnectionLost, and ServerRefused for a refused IDLE."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                async with asyncio.timeout_at(min(self._until, self._again)):
                    event = await self._events.get()
            except TimeoutError:
                if loop.time() >= self._until:
                    raise StopAsyncIteration from None
                async with self._line.turn():  # out of the IDLE and into a new one
                    if self._by_clock:
                        await self._line.take(commands.noop())
                continue
            if event is not None:
                return event
            if self._line._driver.broken is not None:
                raise self._line._driver.broken
            if self._refused is not None:
                raise self._refused
            if self._idling is not None and self._idling.landed.done():  # the server has had enough of it
                async with self._line.turn():
                    pass

    @property
    def _by_clock(self) -> bool:
        return not self._line.offers("IDLE")

    async def _aside(self) -> AsyncIterator[None]:
        await self._end()
        try:
            yield
        finally:
            if self._line._driver.broken is None:
                await self._begin()

    async def _begin(self) -> None:
        """Say IDLE and wait until the server has heard it."""
        self._again = asyncio.get_running_loop().time() + (NOOP_SECONDS if self._by_clock else self._renew)
        if self._by_clock or self._line.selected is None:
            return
        driver = self._line._driver
        began: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def go_on(event: object) -> None:
            if not began.done():
                began.set_result(isinstance(event, Continue))

        flight = driver.launch(commands.idle(), want=kinds(Continue), take=go_on, patience=ANSWER_SECONDS)
        self._idling = flight
        flight.landed.add_done_callback(go_on)
        flight.landed.add_done_callback(lambda _: self._events.put_nowait(None))
        if await began:
            driver.bear(flight, float("inf"))
        elif not flight.done.cancelled() and flight.done.exception() is None:
            done = flight.done.result().done
            if isinstance(done, Tagged) and done.status != "OK":
                self._refused = refused(self._line.host, done)
            self._idling = None  # and what did not begin is not said anew before its time

    async def _end(self) -> None:
        if (flight := self._say_done()) is not None:
            await asyncio.wait([flight.landed])

    def _say_done(self) -> ImapFlight | None:
        """The IDLE that is on its way to its end now."""
        flight, self._idling = self._idling, None
        if flight is None or flight.landed.done():
            return None
        self._line._driver.tell(commands.done())
        self._line._driver.bear(flight, SILENCE_SECONDS)
        return flight


class Watching(Line):
    """The topic of waiting."""

    def idle(self, *, duration: float | None = None, renew: float = RENEW_SECONDS) -> Watch:
        """Watch the selected mailbox. duration: seconds until the iteration ends by itself; renew: seconds after which
        the IDLE is said anew, before the server or a router forgets us."""
        return Watch(self, duration, renew)
