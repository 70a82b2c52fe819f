"""Who gives up while a connection is being made leaves none behind."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading

import pytest

from tests.fakes.imap_server import ImapServer
from tests.sync.house import password
from tuimail.model import Account, Security
from tuimail.net import tls
from tuimail.net.imap import connect_imap
from tuimail.net.stream import TRUST_SYSTEM, Stream, dial
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


@pytest.mark.parametrize("turns", range(60))
async def test_giving_up_at_any_turn_of_a_login_closes_the_line(turns: int) -> None:
    server = ImapServer()
    lines: list[Stream] = []

    async def embedded(_: Account) -> Stream:
        lines.append(await Stream.over(await server.dial()))
        return lines[-1]

    account = Account("a", "127.0.0.1", 1, "u", Security.PLAIN)
    entering = asyncio.create_task(connect_imap(account, lambda: password(account), dial=embedded))
    for _ in range(turns):
        await asyncio.sleep(0)
    entering.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await (await entering).close()
    for _ in range(20):
        await asyncio.sleep(0)
    assert all(line.closed for line in lines)
    await server.stop()
