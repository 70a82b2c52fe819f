"""Background work makes way for the person at the keyboard.

A first sync would take all of the one processor an event loop has, and each key would wait its turn
several times on the way to the screen. So work is done in slices of a millisecond or two, and
for a moment after each key the pauses between slices are long enough for a picture.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

MOMENT = 0.25
"""Seconds after a key during which it comes first."""
PAUSE = 0.04
"""Seconds between two slices in that moment."""


class Attention:
    """When the user last did something, and what that means for a slice of work."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until = 0.0

    def catch(self) -> None:
        """The user has just pressed a key or moved the mouse."""
        self._until = self._clock() + MOMENT

    async def give_way(self, slices: int = 1) -> None:
        """Behind so many slices: let everything else run, and while the user is busy the screen for as many pauses."""
        while self._clock() < self._until and slices > 0:
            slices -= 1
            await asyncio.sleep(PAUSE)
        await asyncio.sleep(0)
