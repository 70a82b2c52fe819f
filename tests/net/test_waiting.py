"""Waiting for new mail without asking for it all the time."""

from __future__ import annotations

import asyncio

import pytest

from tests.fakes.chaos import ChaosProxy
from tests.fakes.scripted import Scripted
from tests.net.reach import account, letters, password, remote
from tests.net.test_changing import logged_in
from tests.servers.dovecot import Dovecot
from tuimail.errors import ConnectionLost
from tuimail.net import watching
from tuimail.net.imap import ImapRemote, connect_imap


async def idling(proxy: ChaosProxy) -> None:
    """Until the last word of the client was IDLE."""
    while not proxy.lines or not proxy.lines[-1].endswith(b" IDLE"):
        await proxy.moved()


async def test_a_second_client_s_letter_ends_the_wait(dovecot: Dovecot) -> None:
    user = dovecot.user()
    async with ChaosProxy(dovecot.host, dovecot.port) as proxy, remote(dovecot, user, port=proxy.port) as connected:
        waiting = asyncio.create_task(connected.wait(b"INBOX"))
        await idling(proxy)
        assert not waiting.done()
        dovecot.deliver(user, letters(1))
        async with asyncio.timeout(10):
            await waiting
        assert proxy.lines[-1] == b"DONE"
        assert [head.uid for head in await connected.newest(b"INBOX", 5)] == [1]


async def test_work_interrupts_the_wait_which_then_goes_on(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.deliver(user, letters(3), "Archive")
    async with ChaosProxy(dovecot.host, dovecot.port) as proxy, remote(dovecot, user, port=proxy.port) as connected:
        waiting = asyncio.create_task(connected.wait(b"INBOX"))
        await idling(proxy)
        async with asyncio.timeout(10):
            assert (await connected.look(b"Archive")).exists == 3
            assert len(await connected.newest(b"Archive", 3)) == 3
            await idling(proxy)
            for _ in range(2):  # the first one was on its way since the login
                assert len(await connected.folders()) == 6
            await idling(proxy)
            assert not waiting.done()
            dovecot.deliver(user, letters(1))
            await waiting


async def test_what_came_while_another_folder_was_open_ends_the_wait_at_once(dovecot: Dovecot) -> None:
    user = dovecot.user()
    async with remote(dovecot, user) as connected:
        await connected.look(b"INBOX")
        await connected.look(b"Archive")
        dovecot.deliver(user, letters(1))
        async with asyncio.timeout(10):
            await connected.wait(b"INBOX")


async def test_a_wait_given_up_leaves_the_line_usable(dovecot: Dovecot) -> None:
    user = dovecot.user()
    async with ChaosProxy(dovecot.host, dovecot.port) as proxy, remote(dovecot, user, port=proxy.port) as connected:
        for _ in range(3):
            waiting = asyncio.create_task(connected.wait(b"INBOX"))
            await idling(proxy)
            waiting.cancel()
            await asyncio.wait([waiting])
            assert (await connected.look(b"INBOX")).exists == 0


async def test_idle_is_renewed(dovecot: Dovecot) -> None:
    async with (
        ChaosProxy(dovecot.host, dovecot.port) as proxy,
        remote(dovecot, dovecot.user(), port=proxy.port) as connected,
    ):
        waiting = asyncio.create_task(watching.wait(connected._session, b"INBOX", renew=0.02))
        while sum(line.endswith(b" IDLE") for line in proxy.lines) < 3:
            await proxy.moved()
        assert not waiting.done()
        waiting.cancel()
        await asyncio.wait([waiting])


async def test_without_idle_the_clock_asks() -> None:
    with Dovecot(without=["IDLE"]) as dovecot:
        async with (
            ChaosProxy(dovecot.host, dovecot.port) as proxy,
            remote(dovecot, "ann", port=proxy.port) as connected,
        ):
            waiting = asyncio.create_task(watching.wait(connected._session, b"INBOX", noop=0.01))
            while sum(line.endswith(b" NOOP") for line in proxy.lines) < 3:
                await proxy.moved()
            assert not waiting.done()
            dovecot.deliver("ann", letters(1))
            async with asyncio.timeout(10):
                await waiting
        assert not any(b"IDLE" in line for line in proxy.lines)


async def connect_with_idle(server: Scripted) -> ImapRemote:
    return await connect_imap(account(server.port), password)


IDLE_OFFERED = logged_in("C: SELECT INBOX\nS: * 3 EXISTS\nS: * OK [UIDVALIDITY 1] ok\nS: $TAG OK in").replace(
    "MOVE UIDPLUS", "IDLE"
)


@pytest.mark.parametrize("answer", ["$TAG BAD what", "$TAG OK that was it", "+ idling\nS: $TAG OK that was it"])
async def test_an_idle_that_is_refused_or_ends_as_it_begins_is_replaced_by_the_clock(answer: str) -> None:
    script = IDLE_OFFERED.replace("C: LOGOUT", f"C: IDLE\nS: {answer}\nC: NOOP\nS: * 4 EXISTS\nS: $TAG OK\nC: LOGOUT")
    async with Scripted(script) as server:
        connected = await connect_with_idle(server)
        async with asyncio.timeout(10):
            await watching.wait(connected._session, b"INBOX", noop=0.0)
        await connected.close()


async def test_a_bye_instead_of_an_idle_is_a_lost_connection_that_says_why() -> None:
    """GMX answers IDLE with `BYE timeout` (aioimaplib#110)."""
    script = IDLE_OFFERED.partition("C: LOGOUT")[0] + "\nC: IDLE\nS: * BYE timeout"
    async with Scripted(script) as server:
        connected = await connect_with_idle(server)
        with pytest.raises(ConnectionLost, match="timeout"):
            await connected.wait(b"INBOX")
        await connected.close()


NOTIFIED = """
    S: * OK [CAPABILITY IMAP4rev1] hi
    C: LOGIN .*
    S: $TAG OK [CAPABILITY IMAP4rev1 IDLE NOTIFY] in
    C: LIST .*
    S: * LIST () "/" INBOX
    S: $TAG OK
    C: STATUS .*
    S: * STATUS INBOX (MESSAGES 1)
    S: $TAG OK
    C: NOTIFY SET .*
    {answer}
    C: SELECT INBOX
    S: * 1 EXISTS
    S: * OK [UIDVALIDITY 1] ok
    S: $TAG OK
    C: IDLE
    S: + idling
    {news}
    L: DONE
    S: $TAG OK
    C: LOGOUT
    S: $TAG OK
"""


@pytest.mark.parametrize(
    ("news", "stirred"),
    [
        ("S: * STATUS Archive (MESSAGES 4 UIDNEXT 9)", {b"Archive"}),
        ("S: * 2 EXISTS", {b"INBOX"}),
        ('S>> b"* 2 EXISTS\\r\\n* STATUS Archive (MESSAGES 4)\\r\\n"', {b"INBOX", b"Archive"}),
    ],
)
async def test_notify_tells_which_folders_stirred(news: str, stirred: set[bytes]) -> None:
    async with Scripted(NOTIFIED.format(answer="S: $TAG OK", news=news)) as server:
        remote = await connect_imap(account(server.port), password)
        await remote.folders()
        assert await remote.wait(b"INBOX") == stirred
        await remote.close()


async def test_a_refused_notify_leaves_idle_and_is_not_offered_any_more() -> None:
    async with Scripted(NOTIFIED.format(answer="S: $TAG NO no", news="S: * 2 EXISTS")) as server:
        remote = await connect_imap(account(server.port), password)
        await remote.folders()
        assert await remote.wait(b"INBOX") == {b"INBOX"}
        assert not remote.abilities.notify
        await remote.close()


async def test_when_there_was_too_much_to_notify_the_poll_has_to_look() -> None:
    news = "S: * OK [NOTIFICATIONOVERFLOW] too much"
    async with Scripted(NOTIFIED.format(answer="S: $TAG OK", news=news)) as server:
        remote = await connect_imap(account(server.port), password)
        await remote.folders()
        await remote.wait(b"INBOX")
        assert not remote.abilities.notify
        await remote.close()
