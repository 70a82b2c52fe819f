"""Calls that may hang for ever (a locked keyring, a person at a prompt) must not hold up the exit: daemon threads."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def in_daemon_thread(work: Callable[[], T], timeout: float | None = None) -> T:
    """What `work` returns or raises, run beside the loop. asyncio.to_thread would be waited for at the end of the loop.

    Raises TimeoutError after `timeout` seconds; the thread itself goes on until its call returns.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(answer: T | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(answer)  # type: ignore[arg-type]

    def run() -> None:
        answer: T | None = None
        failure: BaseException | None = None
        try:
            answer = work()
        except BaseException as error:
            failure = error
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, answer, failure)

    threading.Thread(target=run, daemon=True, name="tuimail-aside").start()
    async with asyncio.timeout(timeout):  # wait_for of 3.11 may swallow a cancellation
        return await future
