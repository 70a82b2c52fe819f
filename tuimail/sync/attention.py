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

    async def give_way(self) -> None:
        """Between two slices: let everything else run, and the screen first while the user is busy."""
        await asyncio.sleep(PAUSE if self._clock() < self._until else 0)
