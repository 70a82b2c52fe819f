"""Who gives up while a connection is being made leaves none behind."""

from __future__ import annotations

import asyncio
import ssl
import threading

import pytest

from tuimail.net import tls
from tuimail.net.stream import TRUST_SYSTEM, dial
from tuimail.net.tls import Trust


async def test_giving_up_while_the_certificates_are_read_closes_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    read = threading.Event()

    def slowly(trust: Trust) -> ssl.SSLContext:
        read.wait(20)
        return ssl.create_default_context()

    monkeypatch.setattr(tls, "context", slowly)
    reached, gone = asyncio.Event(), asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reached.set()
        assert await reader.read() == b""
        gone.set()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1") as server:
        port = server.sockets[0].getsockname()[1]
        dialing = asyncio.create_task(dial("127.0.0.1", port, trust=TRUST_SYSTEM))
        await reached.wait()
        for _ in range(20):  # turns of the loop, by which our end is a connection as well
            await asyncio.sleep(0)
        dialing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await dialing
        async with asyncio.timeout(20):
            await gone.wait()
        read.set()
