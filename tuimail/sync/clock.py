"""Waiting that notices when the machine has slept: the wall clock has run ahead of the steady one."""

from __future__ import annotations

import asyncio
import contextlib
import time

SUSPENDED = 30.0
"""Seconds the wall clock may run ahead before we believe that the machine has slept."""
TICK = 5.0
"""Seconds between two looks at both clocks."""


async def until(event: asyncio.Event, seconds: float | None) -> bool:
    """Wait for the event, so many seconds at most (None: for ever). True: the machine has slept meanwhile."""
    ends = None if seconds is None else time.monotonic() + seconds
    while not event.is_set():
        left = TICK if ends is None else min(TICK, ends - time.monotonic())
        if left <= 0:
            return False
        ahead = time.time() - time.monotonic()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(left):
                await event.wait()
        if time.time() - time.monotonic() - ahead > SUSPENDED:
            return True
    return False
