"""Waiting for what happens, on a real server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.fakes.chaos import ChaosProxy
from tests.net.client.reach import client, scripted
from tests.net.reach import account, letters, password
from tests.servers.dovecot import Dovecot
from tuimail.errors import ConnectionLost, ServerRefused, UsageError
from tuimail.net.client import ImapClient
from tuimail.net.client import watching as module
from tuimail.protocol.imap.responses import Exists, Expunge, Fetch, Recent


async def test_what_others_do_arrives_as_events(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.deliver(user, letters(2))
    async with client(dovecot, user) as imap:
        box = await imap.select()
        async with imap.idle() as watch:
            await asyncio.to_thread(dovecot.deliver, user, letters(1))
            seen = [event async for event in _until(watch, Exists)]
            assert seen[-1] == Exists(3) and box.exists == 3
            with dovecot.client(user) as other:
                other.select()
                other.store("1", "+FLAGS", "\\Flagged")
                flagged = [event async for event in _until(watch, Fetch)][-1]
                assert isinstance(flagged, Fetch) and flagged.flags is not None and b"\\Flagged" in flagged.flags
                other.store("2", "+FLAGS", "\\Deleted")
                other.expunge()
            gone = [event async for event in _until(watch, Expunge)][-1]
            assert gone == Expunge(2) and box.exists == 2
        await imap.noop()


async def test_a_command_inside_the_loop_makes_the_idle_wait_and_come_back(dovecot: Dovecot) -> None:
    user = dovecot.user()
    async with (
        ChaosProxy(dovecot.host, dovecot.port) as proxy,
        await ImapClient.connect(account(proxy.port, user), password) as imap,
    ):
        await imap.select()
        found: list[int] = []
        async with imap.idle() as watch:
            for number in (1, 2):
                await asyncio.to_thread(dovecot.deliver, user, letters(1))
                async for event in watch:
                    if event == Exists(number):
                        found += [mail.uid or 0 for mail in await imap.fetch(f"{number}:*", "UID")]
                        break
    assert found == [1, 2]
    verbs = [line.split(b" ", 1)[-1] for line in proxy.lines if b"IDLE" in line or b"FETCH" in line or line == b"DONE"]
    assert verbs[:4] == [b"IDLE", b"DONE", b"UID FETCH 1:* (UID)", b"IDLE"]


async def test_a_duration_ends_the_loop(dovecot: Dovecot) -> None:
    async with client(dovecot, dovecot.user()) as imap:
        await imap.select()
        async with imap.idle(duration=0.05) as watch:
            assert [event async for event in watch if not isinstance(event, Exists | Recent)] == []
        await imap.noop()


async def test_the_idle_is_said_anew_before_it_is_forgotten(dovecot: Dovecot) -> None:
    async with (
        ChaosProxy(dovecot.host, dovecot.port) as proxy,
        await ImapClient.connect(account(proxy.port, dovecot.user()), password) as imap,
    ):
        await imap.select()
        async with imap.idle(renew=0.05) as watch:

            async def listen() -> None:
                async for _ in watch:
                    pass

            waiting = asyncio.create_task(listen())
            await proxy.until_said(lambda lines: sum(line.endswith(b" IDLE") for line in lines) > 2)
            waiting.cancel()
            await asyncio.wait([waiting])


async def test_without_idle_the_clock_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "NOOP_SECONDS", 0.01)
    with Dovecot(without=["IDLE"]) as dovecot:
        async with client(dovecot, "ann") as imap:
            await imap.select()
            async with imap.idle() as watch:
                await asyncio.to_thread(dovecot.deliver, "ann", letters(1))
                assert Exists(1) in [event async for event in _until(watch, Exists)]


async def test_a_refused_idle_and_a_lost_line_are_told() -> None:
    async with scripted("C: IDLE\nS: $TAG NO not today\n", "IDLE", selected=True) as imap, imap.idle() as watch:
        with pytest.raises(ServerRefused):
            await anext(watch)
    with pytest.raises(ConnectionLost):
        async with scripted("C: IDLE\nS: + idling\nRST\n", "IDLE", selected=True) as imap, imap.idle() as watch:
            await anext(watch)


async def test_an_idle_that_the_server_ends_is_said_anew() -> None:
    script = """
        C: IDLE
        S: + idling
        S: $TAG OK that is enough
        C: IDLE
        S: + idling
        S: * 4 EXISTS
        L: DONE
        S: $TAG OK
    """
    async with scripted(script, "IDLE", selected=True) as imap, imap.idle(duration=2.0) as watch:
        assert [event async for event in _until(watch, Exists)] == [Exists(4)]


async def test_a_watch_given_up_before_it_began_is_over() -> None:
    script = """
        C: IDLE
        S: + idling
        L: DONE
        S: $TAG OK
        C: IDLE
        S: + idling
        S: * 4 EXISTS
        L: DONE
        S: $TAG OK
    """
    async with scripted(script, "IDLE", selected=True) as imap:
        giving_up = asyncio.ensure_future(imap.idle().__aenter__())
        await asyncio.sleep(0)  # the IDLE is said, and no answer can be here
        giving_up.cancel()
        await asyncio.wait([giving_up])
        assert giving_up.cancelled()
        async with imap.idle() as watch:
            assert await anext(aiter(watch)) == Exists(4)


async def test_one_watch_at_a_time_and_only_of_a_selected_mailbox(dovecot: Dovecot) -> None:
    async with client(dovecot, dovecot.user()) as imap:
        with pytest.raises(UsageError):
            async with imap.idle():
                pass
        await imap.select()
        async with imap.idle():
            with pytest.raises(UsageError):
                async with imap.idle():
                    pass
        async with imap.idle():
            pass


async def _until(watch: module.Watch, kind: type) -> AsyncIterator[object]:
    async with asyncio.timeout(20):
        async for event in watch:
            yield event
            if isinstance(event, kind):
                return
