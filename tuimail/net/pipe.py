"""A stream over a command, `ssh host imapd`: we write to its standard input and read from its standard output."""

from __future__ import annotations

import asyncio
from asyncio.subprocess import DEVNULL
from collections.abc import Sequence
from contextlib import suppress

from tuimail.errors import Unreachable
from tuimail.net.stream import Stream

LEAVE_SECONDS = 1.0
"""For a command to end by itself once its input has ended; then it is killed."""


class Pipe(Stream):
    """A Stream whose other end is a process of our own; closing it ends the process."""

    def __init__(self, host: str) -> None:
        super().__init__(host)
        self.embedded = True  # nobody is between us and our own process, so PREAUTH is believed
        self.ended: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()
        """The process is over, and with which code."""

    async def close(self) -> None:
        """Close in order: the command sees the end of its input and has a second to leave. Never raises."""
        if self._transport is not None:
            self._transport.close()
            with suppress(TimeoutError):
                async with asyncio.timeout(LEAVE_SECONDS):
                    await asyncio.shield(self.ended)
        self.abort()
        await self.ended


class _Ends(asyncio.Transport):
    """The two pipes of a process as one transport."""

    def __init__(self, process: asyncio.SubprocessTransport) -> None:
        super().__init__()
        self._process = process
        entrance, exit_ = process.get_pipe_transport(0), process.get_pipe_transport(1)
        assert isinstance(entrance, asyncio.WriteTransport) and isinstance(exit_, asyncio.ReadTransport)
        self._in, self._out = entrance, exit_

    def is_closing(self) -> bool:
        return self._in.is_closing()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._in.write(data)

    def get_write_buffer_size(self) -> int:
        return self._in.get_write_buffer_size()

    def pause_reading(self) -> None:
        if self._out.is_reading():
            self._out.pause_reading()

    def resume_reading(self) -> None:
        if not self._out.is_reading() and not self._out.is_closing():
            self._out.resume_reading()

    def close(self) -> None:
        self._in.close()
        self.resume_reading()  # or the end of its output is never seen

    def abort(self) -> None:
        self._process.close()  # which kills a process that still runs


class _Conversation(asyncio.SubprocessProtocol):
    """Hands what the process says to its Pipe."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.SubprocessTransport)
        self._process = transport
        self._pipe.connection_made(_Ends(transport))

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self._pipe.data_received(data)

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        if fd == 1:
            self._pipe.connection_lost(exc)

    def process_exited(self) -> None:
        if not self._pipe.ended.done():
            self._pipe.ended.set_result(self._process.get_returncode())


async def over_command(argv: Sequence[str]) -> Pipe:
    """Start the command and speak with it. What it writes to its standard error is lost.

    Raises Unreachable when it cannot be started.
    """
    pipe = Pipe(argv[0])
    try:
        await asyncio.get_running_loop().subprocess_exec(lambda: _Conversation(pipe), *argv, stderr=DEVNULL)
    except OSError as error:
        raise Unreachable(f"{argv[0]} cannot be started: {error.strerror or error}.", "Check the command.") from error
    return pipe
