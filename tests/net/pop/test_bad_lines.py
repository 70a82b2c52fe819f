"""Lines that break at any octet, crawl, or talk nonsense: what was read is right, and nothing is lost."""

from __future__ import annotations

import asyncio
import random

import pytest

from tests.fakes.chaos import ChaosProxy
from tests.fakes.pop_server import PopServer, letter
from tests.net.pop.reach import session, tops
from tests.net.reach import account, password
from tuimail.errors import ConnectionLost, RemoteError
from tuimail.net import driver
from tuimail.net.pop import login
from tuimail.net.pop import session as session_module
from tuimail.net.pop.login import open_pop

MAIL = [letter(number) for number in range(1, 4)]


async def visit(port: int) -> tuple[list[bytes], bool]:
    """Read and delete everything; what was read, and whether QUIT was answered."""
    read: list[bytes] = []
    try:
        opened = await open_pop(account(port), password, silence=5)
    except RemoteError:
        return read, False
    try:
        entries = await opened.listing()
        read = [await opened.retr(entry.number) for entry in entries]
        await opened.dele([entry.number for entry in entries])
        await opened.quit()
    except ConnectionLost:
        return read, False
    finally:
        await opened.close()
    return read, True


@pytest.mark.parametrize("way", ["cut_down", "cut_up"])
async def test_a_cut_anywhere_loses_nothing(way: str) -> None:
    """At every octet: what QUIT was not sent for is still there, what was read is whole."""
    async with PopServer(MAIL) as server, ChaosProxy("127.0.0.1", server.port) as proxy:
        assert await visit(proxy.port) == (MAIL, True)
        octets = proxy.down if way == "cut_down" else proxy.up
        for at in range(octets):
            server.kept = list(range(len(MAIL)))
            server.quits = 0
            setattr(proxy, way, at)
            read, done = await visit(proxy.port)
            await server.empty()
            assert read == MAIL[: len(read)] and (len(server.kept) == 3 or server.quits)
            assert not done or not server.kept


async def test_one_octet_at_a_time_is_read_all_the_same() -> None:
    async with PopServer(MAIL) as server, ChaosProxy("127.0.0.1", server.port, chunk=1) as proxy:
        async with session(proxy.port) as opened:
            assert len(await tops(opened)) == 3
        assert await visit(proxy.port) == (MAIL, True)


async def test_a_long_message_may_take_longer_than_any_other_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "TOTAL_SECONDS", 1.0)
    monkeypatch.setattr(session_module, "QUIET_SECONDS", 0.1)
    mail = letter(1, b"x" * 70 * 6000 + b"\r\n")
    async with (
        PopServer([mail]) as server,
        ChaosProxy("127.0.0.1", server.port, chunk=16_384, pause=0.06) as proxy,
        session(proxy.port) as opened,
    ):
        assert await opened.retr(1) == mail


RECORDED = [
    b"+OK hi <1.2@example.org>\r\n",
    b"+OK\r\nUSER\r\nTOP\r\nUIDL\r\n.\r\n",
    b"+OK\r\n",
    b"+OK in\r\n",
    b"+OK\r\nPIPELINING\r\nTOP\r\nUIDL\r\n.\r\n",
    b"+OK 2 300\r\n",
    b"+OK\r\n1 100\r\n2 200\r\n.\r\n",
    b"+OK\r\n1 a\r\n2 b\r\n.\r\n",
    b"+OK\r\nSubject: 2\r\n\r\n.\r\n",
    b"+OK\r\nSubject: 1\r\n\r\n.\r\n",
    b"+OK 100 octets\r\nSubject: 1\r\n\r\n..dot\r\n.\r\n",
    b"+OK\r\n",
    b"+OK bye\r\n",
]


def spoiled(reply: bytes, dice: random.Random) -> bytes:
    """Flipped, cut, doubled or with something spliced in."""
    at = dice.randrange(len(reply))
    match dice.randrange(6):
        case 0:
            return reply[:at] + bytes((dice.randrange(256),)) + reply[at + 1 :]
        case 1:
            return reply[:at]
        case 2:
            return reply + reply[at:]
        case 3:
            return reply[:at] + dice.choice(RECORDED) + reply[at:]
        case 4:
            return (
                reply[:at]
                + dice.choice([b"\r\n", b"\n.\n", b"\r\n.\r\n", b"\0", b"+ ", b"-ERR ", b"9" * 400])
                + reply[at:]
            )
    return dice.choice(RECORDED)


async def test_nonsense_ends_in_one_of_our_sentences(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "QUIET_SECONDS", 0.005)
    monkeypatch.setattr(login, "GREETING_SECONDS", 0.5)
    monkeypatch.setattr(session_module, "FAREWELL_SECONDS", 0.05)
    outcomes = set()
    for first in range(0, 400, 100):
        outcomes.update(await asyncio.gather(*map(_played, range(first, first + 100))))
    assert outcomes >= {"fine", "ConnectionLost", "ProtocolTrouble"}


async def _played(seed: int) -> str:
    dice = random.Random(seed)
    replies = [spoiled(reply, dice) if dice.random() < 0.15 else reply for reply in RECORDED]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for reply in replies:
            writer.write(reply)
            if not await reader.readline():
                break
        writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        return await asyncio.wait_for(_outcome(server.sockets[0].getsockname()[1]), 10)


async def _outcome(port: int) -> str:
    try:
        opened = await open_pop(account(port), password, silence=0.5)
        try:
            entries = await opened.listing()
            async for _ in opened.tops([entry.number for entry in reversed(entries)]):
                pass
            if entries:
                await opened.retr(entries[0].number)
            await opened.dele([1])
            await opened.quit()
        finally:
            await opened.close()
    except RemoteError as error:
        assert error.sentence.isprintable()
        return type(error).__name__
    return "fine"
