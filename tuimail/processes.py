"""The end of a command that we have run, whatever it does."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import Process

_PATIENCE = 1.0
"""Seconds until what it said must have been read, before its pipes are closed."""


async def end(process: Process) -> None:
    """Kill it with all of its process group, which must be its own, if it has not come to its end; leave nothing open.

    `Process.wait` waits for the end of what it says, too (CPython 3.11): that comes only if somebody goes on reading,
    and never where a process that has left the group holds the pipe.
    """
    said = [stream for stream in (process.stdout, process.stderr) if stream is not None]
    if process.returncode is not None and all(stream.at_eof() for stream in said):
        return
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    try:
        async with asyncio.timeout(_PATIENCE):
            for stream in said:
                while await stream.read(65_536):
                    pass
            await process.wait()
    except TimeoutError:
        process._transport.close()  # type: ignore[attr-defined]
