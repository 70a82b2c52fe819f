"""RETR of many messages: pipelined by their octets where that is allowed, and left off in the middle."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from tests.fakes.chaos import ChaosProxy
from tests.fakes.pop_server import PopServer, letter
from tests.net.pop.reach import session
from tuimail.errors import ConnectionLost, ServerRefused
from tuimail.net.pop.session import AHEAD
from tuimail.protocol.pop3 import commands

SMALL = [letter(n) for n in range(40)]
LINE = b"x" * 78 + b"\r\n"


def big(number: int, octets: int) -> bytes:
    return letter(number, LINE * (octets // len(LINE)))


def retrs(server: PopServer) -> int:
    return sum(line.startswith("RETR") for line in server.commands)


@pytest.mark.parametrize(("quirk", "turns"), [("no_final_newline", 99), ("no_pipelining", 99), ("", 12)])
async def test_all_messages_come_in_order_and_few_round_trips_where_pipelining_is_allowed(
    quirk: str, turns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuimail.net.pop.session.QUIET_SECONDS", 0.02)
    monkeypatch.setattr("tuimail.net.pop.session.QUIET_AGAIN_SECONDS", 0.01)
    async with PopServer(SMALL, *filter(None, [quirk])) as server, ChaosProxy("127.0.0.1", server.port) as proxy:
        async with session(proxy.port) as opened:
            numbers = [entry.number for entry in reversed(await opened.listing())]
            before = proxy.turns
            found = [(number, reply.body) async for number, reply in opened.retrs(numbers)]
        assert [number for number, _ in found] == numbers
        assert [body.rstrip() for _, body in found] == [SMALL[number - 1].rstrip() for number in numbers]
        if turns < len(SMALL):
            assert proxy.turns - before <= turns
        else:
            assert proxy.turns - before >= len(SMALL) - 3


async def test_no_more_octets_than_the_window_are_under_way() -> None:
    async with PopServer([big(n, 300_000) for n in range(9)]) as server, session(server) as opened:
        numbers = [entry.number for entry in await opened.listing()]
        async with aclosing(opened.retrs(numbers)) as replies:
            await anext(replies)
            assert retrs(server) == AHEAD // 300_000
            await anext(replies)
            await anext(replies)
        await opened.noop()
        assert retrs(server) <= AHEAD // 300_000 + 2


async def test_a_refused_message_does_not_keep_the_others() -> None:
    async with PopServer(SMALL[:3]) as server, session(server) as opened:
        await opened.listing()
        await opened.dele([2])
        answers = [(number, reply.ok) async for number, reply in opened.retrs([1, 2, 3])]
        assert answers == [(1, True), (2, False), (3, True)]
        await opened.rset()


async def test_a_small_download_called_off_leaves_the_line_as_it_was() -> None:
    async with PopServer([*SMALL[:2], big(2, 500_000)]) as server, session(server) as opened:
        await opened.listing()
        fetching = asyncio.create_task(opened.retr(3))
        await asyncio.sleep(0)
        fetching.cancel()
        await asyncio.wait([fetching])
        assert await opened.retr(1) == SMALL[0]
        assert not opened.over


async def test_a_large_download_called_off_ends_the_connection_and_deletes_nothing() -> None:
    async with PopServer([SMALL[0], big(1, 6_000_000)], "qpop_delete") as server:
        async with session(server) as opened:
            await opened.listing()
            moving = asyncio.Event()
            fetching = asyncio.create_task(opened.retr(2, lambda done, total: moving.set()))
            await moving.wait()
            fetching.cancel()
            await asyncio.wait([fetching])
            assert fetching.cancelled()
            assert opened.over
            with pytest.raises(ConnectionLost, match="called off"):
                await opened.retr(1)
        assert server.kept == [0, 1]


async def test_what_came_but_for_its_last_octets_is_not_worth_a_connection() -> None:
    async with PopServer([SMALL[0], big(1, 3_000_000)]) as server, session(server) as opened:
        await opened.listing()
        late = asyncio.Event()
        fetching = asyncio.create_task(opened.retr(2, lambda done, total: late.set() if total - done < AHEAD else None))
        await late.wait()
        fetching.cancel()
        await asyncio.wait([fetching])
        assert await opened.retr(1) == SMALL[0]


async def test_a_message_beyond_all_measure_is_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "MAX_ANNOUNCED", 100_000)
    async with PopServer([big(0, 200_000)]) as server, session(server) as opened:
        await opened.listing()
        with pytest.raises(ServerRefused, match="too large to be read over POP3") as caught:
            await opened.retr(1)
        assert caught.value.code == "TOOBIG"
        assert retrs(server) == 0


async def test_a_message_said_to_be_large_may_be_as_large_as_that_and_no_larger(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(commands, "MAX_MESSAGE", 100_000)
    large = big(0, 200_000)
    async with PopServer([large]) as server, session(server) as opened:
        await opened.listing()
        assert await opened.retr(1) == large
    async with PopServer([large], "wrong_sizes") as server, session(server) as opened:
        await opened.listing()
        with pytest.raises(ServerRefused, match="too large for POP3") as caught:
            await opened.retr(1)
        assert caught.value.code == "TOOBIG"
