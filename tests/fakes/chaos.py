"""A proxy that makes a good server's line bad: far away, in crumbs, cut, silent; and that counts."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable
from types import TracebackType
from typing import Self

_NEVER = 1 << 62
_PATIENCE = 40.0


class ChaosProxy:
    """An async context manager; connect to `127.0.0.1:proxy.port`. Every option may be changed while it runs.

    rtt: seconds added to a round trip. chunk: pieces of at most so many octets reach the client, each
    in a turn of the event loop of its own, `pause` seconds apart. cut_down / cut_up: reset the connection after so many
    octets from / to the server, counted per connection. stall: after so many octets from the server
    say nothing more and keep the line open (`stall=0` at any time: from now on). at: the port to listen on; 0: any.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        rtt: float = 0.0,
        chunk: int = 0,
        pause: float = 0.0,
        cut_down: int | None = None,
        cut_up: int | None = None,
        stall: int | None = None,
        at: int = 0,
    ) -> None:
        self._target = (host, port)
        self.rtt, self.chunk, self.pause = rtt, chunk, pause
        self.cut_down, self.cut_up, self.stall = cut_down, cut_up, stall
        self.connections = 0
        self.down = 0
        """Octets the server sent, over all connections."""
        self.up = 0
        """Octets the client sent."""
        self.segments_up = 0
        """How often the client wrote: with pipelining fewer than commands."""
        self.turns = 0
        """How often the client spoke after it had heard something: an upper bound of the round trips, over all
        connections."""
        self.lines: list[bytes] = []
        """Every line the client sent, without CRLF (empty of meaning inside TLS)."""
        self.port = at
        self._serving: set[asyncio.Task[None]] = set()
        self._ways: set[asyncio.Task[None]] = set()
        self._moved = asyncio.Event()
        self._heard: set[asyncio.StreamWriter] = set()
        """Clients that were told something since they last spoke."""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for way in self._ways:
            way.cancel()
        await asyncio.gather(*self._serving)
        await self._server.wait_closed()

    async def until_down(self, octets: int) -> None:
        """Wait until the server has sent so much in all."""
        while self.down < octets:
            await self.moved()

    async def until_said(self, true: Callable[[list[bytes]], object]) -> None:
        """Wait until something is true of the lines the client sent; what it has written may not have come here yet."""
        async with asyncio.timeout(_PATIENCE):
            while not true(self.lines):
                await self.moved()

    async def moved(self) -> None:
        """Wait until something passes, either way."""
        self._moved.clear()
        await self._moved.wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)
        self.connections += 1
        server_reader, server_writer = await asyncio.open_connection(*self._target)
        for end in (writer, server_writer):
            end.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        ways = [
            asyncio.create_task(self._carry(reader, server_writer, writer, down=False)),
            asyncio.create_task(self._carry(server_reader, writer, writer, down=True)),
        ]
        self._ways.update(ways)
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        self._ways.difference_update(ways)
        for end in (writer, server_writer):
            end.close()
            with contextlib.suppress(OSError):
                await end.wait_closed()

    async def _carry(
        self, reader: asyncio.StreamReader, out: asyncio.StreamWriter, client: asyncio.StreamWriter, *, down: bool
    ) -> None:
        """One direction: what is read now is delivered half a round trip later, in order."""
        pending: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        clock = asyncio.get_running_loop().time

        async def deliver() -> None:
            told = 0
            while True:
                due, data = await pending.get()
                if (early := due - clock()) > 0:
                    await asyncio.sleep(early)
                if not data:
                    out.write_eof() if out.can_write_eof() else out.close()
                    return
                step = self.chunk if down and self.chunk else len(data)
                for start in range(0, len(data), step):
                    piece = data[start : start + step]
                    limit = self.cut_down if down else self.cut_up
                    if limit is not None and told + len(piece) > limit:
                        out.write(piece[: max(0, limit - told)])
                        await out.drain()
                        _reset(client)
                        return
                    if down and self.stall is not None and told + len(piece) > self.stall:
                        out.write(piece[: max(0, self.stall - told)])
                        await asyncio.sleep(_NEVER)
                    out.write(piece)
                    told += len(piece)
                    if down:
                        self._heard.add(client)
                    if step != len(data):
                        await asyncio.sleep(self.pause)
                await out.drain()

        delivery = asyncio.create_task(deliver())
        rest = b""
        try:
            while not delivery.done():
                data = await reader.read(65536)
                if down:
                    self.down += len(data)
                else:
                    self.up += len(data)
                    self.segments_up += bool(data)
                    self.turns += bool(data) and client in self._heard
                    self._heard.discard(client)
                    *whole, rest = (rest + data).split(b"\n")
                    self.lines += [line.rstrip(b"\r") for line in whole]
                self._moved.set()
                pending.put_nowait((clock() + self.rtt / 2, data))
                if not data:
                    break
            await delivery
        except OSError:
            pass  # an end broke the line: the other one hears it from _serve
        finally:
            delivery.cancel()
            with contextlib.suppress(asyncio.CancelledError, OSError):
                await delivery


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST, as a dying NAT box does."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
