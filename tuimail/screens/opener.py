"""Handing a link to the system's own opener: one argument, no shell, and only what a browser is for."""

from __future__ import annotations

import asyncio
import logging
import shutil
import sys

log = logging.getLogger(__name__)

PATIENCE = 2.0
"""Seconds in which an opener that cannot do it says so; who is still busy then has opened something."""

_left_alone: set[asyncio.Task[int]] = set()


def opener() -> str:
    """The program that opens links here, "" when there is none."""
    names = ("open",) if sys.platform == "darwin" else ("xdg-open", "wslview")
    return next((found for name in names if (found := shutil.which(name))), "")


async def open_link(url: str) -> str:
    """Open an http or https link. Returns "" or, in a sentence, why it was not opened."""
    if not url.startswith(("http://", "https://")):
        return "Only http and https links are opened."
    return await hand_over(url)


async def hand_over(what: str) -> str:
    """Give a link or the path of a file to the system's opener. Returns "" or, in a sentence, why it was not opened."""
    program = opener()
    if not program:
        return "There is no xdg-open here to open things with."
    null = asyncio.subprocess.DEVNULL
    try:
        process = await asyncio.create_subprocess_exec(
            program, what, stdin=null, stdout=null, stderr=null, start_new_session=True
        )
    except OSError as error:
        return f"{program} could not be started: {error.strerror}."
    waiting = asyncio.ensure_future(process.wait())
    done, _ = await asyncio.wait([waiting], timeout=PATIENCE)
    if not done:
        _left_alone.add(waiting)  # a task nobody holds may be collected before it has reaped its process
        waiting.add_done_callback(_left_alone.discard)
        return ""
    if code := waiting.result():
        log.info("%s ended with %d", program, code)
        return "No program took it; is there a desktop here?"
    return ""
