"""What can be asked of a maildrop, asked of a real Dovecot (what it has not, of a script or the fake server)."""

from __future__ import annotations

import asyncio
import logging

import pytest

from tests.fakes.chaos import ChaosProxy
from tests.fakes.pop_server import PopServer, letter
from tests.fakes.scripted import Scripted
from tests.net.pop.reach import asked, session, tops
from tests.net.reach import account, letters, password
from tests.servers.dovecot import Dovecot
from tuimail.errors import ConnectionLost, ServerRefused
from tuimail.model import Security
from tuimail.net.pop.login import open_pop
from tuimail.net.wirelog import WireLog
from tuimail.protocol.pop3 import commands

IN = "S: +OK\nL: CAPA\nS: -ERR\nL: USER .*\nS: +OK\nL: PASS .*\nS: +OK\nL: CAPA\nS: -ERR\n"
"""A script up to the login."""


def user_with(server: Dovecot, *mail: bytes) -> str:
    user = server.user()
    server.deliver(user, mail)
    return user


async def test_a_maildrop_is_counted_listed_and_named(dovecot: Dovecot) -> None:
    mail = [one.replace(b"\n", b"\r\n") for one in letters(3)]
    user = user_with(dovecot, *mail)
    async with session(dovecot.pop_port, user) as opened:
        assert await opened.stat() == (3, sum(map(len, mail)))
        entries = await opened.listing()
        assert [(entry.number, entry.size, entry.repeated) for entry in entries] == [
            (number, len(one), False) for number, one in enumerate(mail, 1)
        ]
    async with session(dovecot.pop_port, user) as opened:
        assert await opened.listing() == entries and len({entry.uidl for entry in entries}) == 3
        assert (await opened.ask(commands.listing(2))).text == f"2 {len(mail[1])}"
        assert (await opened.ask(commands.uidl(2))).text.encode() == b"2 %b" % (entries[1].uidl or b"")


async def test_a_listing_is_one_segment_where_pipelining_is_allowed(dovecot: Dovecot) -> None:
    user = user_with(dovecot, *letters(3))
    async with ChaosProxy(dovecot.host, dovecot.pop_port) as proxy, session(proxy.port, user) as opened:
        before = proxy.turns
        await opened.listing()
        assert proxy.turns == before + 1
        assert len(await tops(opened)) == 3


async def test_headers_and_some_lines_come_without_the_rest(dovecot: Dovecot) -> None:
    user = user_with(dovecot, b"Subject: x\r\n\r\n.one\r\n..two\r\nthree\r\n")
    async with session(dovecot.pop_port, user) as opened:
        assert await opened.top(1) == b"Subject: x\r\n\r\n"
        assert await opened.top(1, 2) == b"Subject: x\r\n\r\n.one\r\n..two\r\n"
        assert await opened.top(1, 99) == b"Subject: x\r\n\r\n.one\r\n..two\r\nthree\r\n"
        with pytest.raises(ServerRefused):
            await opened.top(2)


async def test_a_thousand_headers_come_in_the_order_asked_for(dovecot: Dovecot) -> None:
    user = user_with(dovecot, *letters(1000))
    async with session(dovecot.pop_port, user) as opened:
        found = [one async for one in opened.tops(range(1000, 0, -1))]
    assert [number for number, _ in found] == list(range(1000, 0, -1))
    assert all(b"Subject: letter %d\r\n" % number in head for number, head in found)


async def test_leaving_off_in_the_middle_keeps_step(dovecot: Dovecot) -> None:
    user = user_with(dovecot, *letters(600))
    async with session(dovecot.pop_port, user) as opened:
        async for number, _ in opened.tops(range(600, 0, -1)):
            if number == 590:
                break
        assert b"letter 7\r\n" in await opened.retr(7)
        asked = asyncio.ensure_future(opened.retr(8))
        await asyncio.sleep(0)
        asked.cancel()
        assert b"letter 9\r\n" in await opened.retr(9)


async def test_a_message_comes_whole_and_tells_of_its_progress(dovecot: Dovecot) -> None:
    mail = b"Subject: big\r\n\r\n" + b".\r\n..\r\n" * 100_000
    user = user_with(dovecot, mail)
    told: list[tuple[int, int]] = []
    async with session(dovecot.pop_port, user) as opened:
        await opened.listing()
        assert await opened.retr(1, lambda octets, size: told.append((octets, size))) == mail
    assert told == sorted(told) and len(told) > 3


async def test_deletions_can_be_taken_back_and_are_done_by_quit(dovecot: Dovecot) -> None:
    user = user_with(dovecot, *letters(4))
    async with session(dovecot.pop_port, user) as opened:
        await opened.dele([1, 2])
        assert (await opened.stat())[0] == 2
        await opened.rset()
        assert (await opened.stat())[0] == 4
        await opened.dele([3])
        with pytest.raises(ServerRefused):
            await opened.retr(3)
        await opened.noop()
        await opened.quit()
    async with session(dovecot.pop_port, user) as opened:
        assert (await opened.stat())[0] == 3


async def test_leaving_without_quit_deletes_nothing(dovecot: Dovecot) -> None:
    user = user_with(dovecot, *letters(2))
    async with session(dovecot.pop_port, user) as opened:
        await opened.dele([1, 2])
    async with session(dovecot.pop_port, user) as opened:
        assert (await opened.stat())[0] == 2


async def test_a_lost_answer_to_quit_is_told() -> None:
    async with Scripted(f"{IN}L: DELE 1\nS: +OK\nL: QUIT\nRST") as server:
        opened = await open_pop(account(server.port), password)
        await opened.dele([1])
        with pytest.raises(ConnectionLost):
            await opened.quit()


async def test_a_refusal_has_its_words_and_its_code() -> None:
    async with PopServer([letter(1)]) as server, session(server) as opened:
        with pytest.raises(ServerRefused, match="refused: not here") as caught:
            await opened.ask(commands.Command((b"XYZ",)))
        assert caught.value.code == "SYS/PERM"


async def test_a_reason_given_before_the_end_is_in_the_sentence() -> None:
    async with Scripted(f"{IN}S: -ERR idle for too long") as server:
        opened = await open_pop(account(server.port), password)
        with pytest.raises(ConnectionLost, match="idle for too long"):
            await opened.stat()
            await opened.stat()


async def test_capabilities_are_read_behind_the_login_and_none_are_no_error(dovecot: Dovecot) -> None:
    async with session(dovecot.pop_port, dovecot.user()) as opened:
        able = opened.abilities
        assert able.pipelining and able.top and able.uidl and "RESP-CODES" in able.capabilities
        assert able.login_delay is None and able.expire is None
    async with PopServer([], "login_delay=30") as server, session(server) as opened:
        assert (opened.abilities.login_delay, opened.abilities.utf8) == (30, True)
        assert opened.abilities.implementation == "a fake"
    async with PopServer([letter(1)], "no_capa") as server, session(server) as opened:
        assert not opened.abilities.capabilities and not opened.abilities.pipelining and opened.abilities.top


async def test_utf8_is_switched_on_before_the_login_where_it_is_offered() -> None:
    async with PopServer() as server, session(server):
        assert server.commands[:2] == ["CAPA", "UTF8"]


async def test_the_servers_language_can_be_chosen() -> None:
    async with PopServer() as server, session(server) as opened:
        assert await opened.languages() == [("en", "English"), ("de", "Deutsch")]
        await opened.speak("de")
        assert server.commands[-1] == "LANG de"


async def test_the_wire_log_is_there_to_be_read_and_has_no_secret(dovecot: Dovecot) -> None:
    log = WireLog()
    opened = await open_pop(account(dovecot.pop_port, dovecot.user()), password, log=log)
    await opened.quit()
    text = "\n".join(log.lines())
    assert "S: +OK" in text and "C: QUIT" in text and "AUTH PLAIN ***" in text


async def test_the_connection_tells_of_its_tls(dovecot: Dovecot) -> None:
    wanted = account(dovecot.pop_tls_port, dovecot.user(), Security.TLS, ca_file=dovecot.cafile)
    opened = await open_pop(wanted, password)
    assert opened.driver.stream.tls.startswith("TLSv1") and dict(opened.driver.stream.certificate)["fingerprint"]
    await opened.close()


async def test_four_round_trips_lead_to_the_first_headers(dovecot: Dovecot) -> None:
    """CAPA, the listing, the first TOP, and then all the others of a screen at once."""
    user = user_with(dovecot, *letters(200))
    async with ChaosProxy(dovecot.host, dovecot.pop_port) as proxy, session(proxy.port, user) as opened:
        before = proxy.turns
        numbers = [entry.number for entry in reversed(await opened.listing())]
        assert len([one async for one in opened.tops(numbers[:50])]) == 50
        assert proxy.turns - before == 3  # the CAPA was before


async def test_the_manuals_example_prints_every_message(dovecot: Dovecot, capsys: pytest.CaptureFixture[str]) -> None:
    """The poplib page: open, find the number of messages, print each."""
    user = user_with(dovecot, *letters(2))
    opened = await open_pop(account(dovecot.pop_port, user), password)
    for entry in await opened.listing():
        for line in (await opened.retr(entry.number)).splitlines():
            print(line.decode())
    await opened.quit()
    assert capsys.readouterr().out.count("hello") == 2


async def test_a_password_in_the_clear_is_warned_of_beyond_this_machine(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuimail.net.stream.Stream.loopback", False)
    async with PopServer([], "no_apop") as server:
        with caplog.at_level(logging.WARNING):
            opened = await open_pop(asked(server.port, allow_plaintext=True), password)
        await opened.close()
    assert "PLAIN without TLS" in caplog.text
