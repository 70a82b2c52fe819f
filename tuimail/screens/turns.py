"""One key or click at a time: it is handed on when the one before has done all it does.

Textual puts every key into the queue of whatever has the focus at that moment. Keys that come in one burst (a slow
line, quick fingers) are then all in the main screen's hands before the first of them has opened a dialogue, moved the
focus or moved the cursor: `vd` would throw the message away that `v` asks where to put. Here the second key waits
until the widgets have worked off the first, then goes to whatever has the focus now.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Protocol

from textual import events
from textual.app import App
from textual.errors import NoWidget
from textual.message_pump import MessagePump
from textual.widget import Widget
from textual.widgets import Input

ROUNDS = 6
"""Looks at the focus at most after one key; it has always come to rest after three."""
ALIVE = 0.1
"""Seconds between two looks whether a widget that is waited for is still there."""
STUCK = 1.0
"""Seconds of one key's work after which quitting no longer waits for its turn."""

_PASSING = (events.MouseMove, events.MouseScrollDown, events.MouseScrollUp)
"""They wait for their turn, but nobody waits for them."""

Deliver = Callable[[events.Event], Awaitable[None]]


class TakesTurns(Protocol):
    """An app whose keys take turns."""

    turns: Turns


class Turns:
    """The queue of keys of an app. `deliver` hands one to whatever has the focus."""

    def __init__(self, app: App[Any], deliver: Deliver, quit_keys: frozenset[str]) -> None:
        self._app = app
        self._deliver = deliver
        self._quit_keys = quit_keys
        self._waiting: deque[events.Event] = deque()
        self._task: asyncio.Task[None] | None = None
        self._began = 0.0
        self._held: tuple[asyncio.Event, float] | None = None

    async def take(self, event: events.Key | events.Paste | events.MouseEvent) -> None:
        """Deliver at once when nothing is under way, else when it is its turn."""
        busy = self._task is not None and not self._task.done()
        if isinstance(event, events.MouseMove) and self._waiting and isinstance(self._waiting[-1], events.MouseMove):
            self._waiting.pop()  # of a way only its end matters
        quits = isinstance(event, events.Key) and event.key in self._quit_keys
        if busy and not (quits and time.monotonic() - self._began > STUCK):
            self._waiting.append(event)
            return
        self._began = time.monotonic()
        below = self._below(event)
        await self._deliver(event)
        if not busy and not isinstance(event, _PASSING):
            self._task = asyncio.create_task(self._go_on(event, below), name="the next key")

    def hold_until(self, done: asyncio.Event, seconds: float) -> None:
        """The key under way is done only when this is set, or after so many seconds."""
        self._held = done, seconds

    def stop(self) -> None:
        """The app ends: what has not been delivered is forgotten."""
        self._waiting.clear()
        if self._task is not None:
            self._task.cancel()

    async def _go_on(self, event: events.Event, below: Widget | None) -> None:
        while True:
            if not self._flows(event):
                await self._worked_off(below)
            if not self._waiting:
                return
            event = self._waiting.popleft()
            self._began = time.monotonic()
            below = self._below(event)
            await self._deliver(event)

    def _below(self, event: events.Event) -> Widget | None:
        """The widget that a click is for."""
        if not isinstance(event, events.MouseEvent):
            return None
        try:
            return self._app.screen.get_widget_at(event.x, event.y)[0]
        except NoWidget:
            return None

    def _flows(self, event: events.Event) -> bool:
        """One letter of many for an Input changes nothing about who gets the next: a paste need not wait."""
        after = self._waiting[0] if self._waiting else None
        return (
            isinstance(self._app.focused, Input)
            and isinstance(event, events.Key)
            and isinstance(after, events.Key)
            and event.is_printable
            and after.is_printable
        )

    async def _worked_off(self, below: Widget | None) -> None:
        """Follow it upwards through the queues, again and again until the focus stays where it is."""
        before = None
        for pump in below.ancestors_with_self if below is not None else ():
            await self._reached(pump)
        for _ in range(ROUNDS):
            focus = self._focus()
            for pump in focus.ancestors_with_self:
                await self._reached(pump)
            if self._held is not None:
                (done, seconds), self._held = self._held, None
                with suppress(TimeoutError):
                    async with asyncio.timeout(seconds):
                        await done.wait()
            elif before is focus is self._focus():
                return
            before = focus

    def _focus(self) -> Widget:
        return self._app.focused or self._app.screen

    @staticmethod
    async def _reached(pump: MessagePump) -> None:
        """Wait until this queue has come to what stands at its end now, or the widget has gone."""
        here = asyncio.Event()
        if not pump.call_later(here.set):
            return
        while not here.is_set() and not pump._closed:
            try:
                async with asyncio.timeout(ALIVE):
                    await here.wait()
            except TimeoutError:
                continue
