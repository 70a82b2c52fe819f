"""A stream over a command, `ssh host imapd`: the command's standard input and output are one end of a socket pair."""

from __future__ import annotations

import asyncio
import socket
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Sequence
from contextlib import suppress

from tuimail.errors import Unreachable
from tuimail.net.stream import Stream

_LEAVE_SECONDS = 1.0


class Pipe(Stream):
    """A Stream whose other end is a process we started; closing it ends the process."""

    process: Process
    _may_leave = False
    """It is about to end by itself."""

    async def close(self) -> None:
        """Close in order: the command sees the end of its input and has a second to leave. Never raises."""
        self._may_leave = True
        await super().close()
        with suppress(TimeoutError):
            async with asyncio.timeout(_LEAVE_SECONDS):
                await self.process.wait()
                return
        self._kill()
        await self.process.wait()

    def abort(self) -> None:
        """Close at once; the command is killed."""
        super().abort()
        if not self._may_leave:
            self._kill()

    def _kill(self) -> None:
        with suppress(ProcessLookupError):
            self.process.kill()


async def over_command(argv: Sequence[str]) -> Pipe:
    """Start the command and speak with it. What it writes to its standard error is lost.

    The stream counts as embedded: there is nobody between us and a process of our own, so PREAUTH is believed.
    Raises Unreachable when there is no such command.
    """
    ours, theirs = socket.socketpair()
    try:
        ours.setblocking(False)
        process = await asyncio.create_subprocess_exec(
            *argv, stdin=theirs.fileno(), stdout=theirs.fileno(), stderr=DEVNULL
        )
    except OSError as error:
        ours.close()
        raise Unreachable(f"{argv[0]} cannot be started: {error.strerror or error}.", "Check the command.") from error
    finally:
        theirs.close()
    stream = Pipe(argv[0])
    stream.process = process
    stream.embedded = True
    await asyncio.get_running_loop().create_connection(lambda: stream, sock=ours)
    return stream
