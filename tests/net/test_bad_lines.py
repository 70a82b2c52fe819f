"""Lines that stall, break and answer out of order; servers that stumble over single messages."""

from __future__ import annotations

import asyncio

import pytest

from tests.fakes.chaos import ChaosProxy
from tests.fakes.scripted import Scripted
from tests.net.reach import account, all_heads, letters, password
from tests.net.test_changing import logged_in
from tests.servers.dovecot import Dovecot
from tuimail.errors import ConnectionLost, ProtocolTrouble, ServerRefused
from tuimail.net.imap import connect_imap
from tuimail.net.remote import Head

SELECTED = "C: SELECT INBOX\nS: * 3 EXISTS\nS: * OK [UIDVALIDITY 1] ok\nS: $TAG OK in"
HEADER = r"BODY[HEADER.FIELDS (SUBJECT)] {14}\r\nSubject: h\r\n\r\n"
ITEMS = r"FLAGS () INTERNALDATE \" 1-Jan-2024 00:00:00 +0000\" RFC822.SIZE 9"
ASKS = r"\(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK\[HEADER.FIELDS .*"


def head(uid: int, end: str = HEADER) -> str:
    """The script's line for one FETCH reply."""
    return f'S>> "* {uid} FETCH (UID {uid} {ITEMS} {end})\\r\\n"'


async def heads_from(script: str, uids: tuple[tuple[int, int], ...] = ((1, 3),)) -> list[Head]:
    async with Scripted(logged_in(script)) as server:
        connected = await connect_imap(account(server.port), password)
        found = [found async for window in connected.heads(b"INBOX", uids) for found in window]
        await connected.close()
    return found


async def test_a_line_that_falls_silent_is_given_up_and_everybody_told(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.deliver(user, letters(300))
    async with ChaosProxy(dovecot.host, dovecot.port) as proxy:
        connected = await connect_imap(account(proxy.port, user), password)
        await connected.look(b"INBOX")
        connected._session.driver.silence = 0.1
        proxy.stall = 0
        callers = [all_heads(connected), connected.section(b"INBOX", 1, ""), connected.look(b"Trash")]
        outcomes = await asyncio.gather(*callers, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [ConnectionLost] * 3
        assert "silent" in str(outcomes[0])
        with pytest.raises(ConnectionLost):  # and it is never used again
            await connected.look(b"INBOX")
        await connected.close()


async def test_a_slow_line_is_not_a_silent_one(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.deliver(user, letters(20))
    async with ChaosProxy(dovecot.host, dovecot.port) as proxy:
        connected = await connect_imap(account(proxy.port, user), password)
        await connected.look(b"INBOX")
        connected._session.driver.silence = 1.0
        proxy.chunk, proxy.pause = 150, 0.05
        began = asyncio.get_running_loop().time()
        assert len(await all_heads(connected)) == 20
        assert asyncio.get_running_loop().time() - began > 1.0
        await connected.close()


async def test_a_line_cut_anywhere_is_a_lost_connection_and_nothing_else(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.deliver(user, letters(5))

    async def session(port: int) -> list[Head]:
        connected = await connect_imap(account(port, user), password)
        try:
            await connected.folders()
            found = await all_heads(connected)
            await connected.section(b"INBOX", 1, "")
            return found
        finally:
            await connected.close()

    async with ChaosProxy(dovecot.host, dovecot.port) as whole:
        expected = await session(whole.port)
        octets = whole.down
    for cut in range(0, octets - 200, 97):
        async with ChaosProxy(dovecot.host, dovecot.port, cut_down=cut) as proxy:
            with pytest.raises(ConnectionLost):
                await session(proxy.port)
    async with ChaosProxy(dovecot.host, dovecot.port) as proxy:
        assert await session(proxy.port) == expected  # and the server is none the worse


async def test_a_bye_in_the_middle_is_told_with_the_servers_reason() -> None:
    script = logged_in(SELECTED, "C: UID FETCH .*\nS: * BYE Autologout; idle for too long").partition("C: LOGOUT")[0]
    async with Scripted(script) as server:
        connected = await connect_imap(account(server.port), password)
        with pytest.raises(ConnectionLost, match="idle for too long"):
            await connected.section(b"INBOX", 1, "")
        await connected.close()


async def test_a_literal_that_announces_the_moon_ends_the_connection_at_once() -> None:
    script = logged_in(SELECTED, 'C: UID FETCH .*\nS>> "* 1 FETCH (UID 1 BODY[]<0> {99999999999}\\r\\nabc"\nHUSH')
    async with Scripted(script) as server:
        connected = await connect_imap(account(server.port), password)
        with pytest.raises(ProtocolTrouble):
            await connected.section(b"INBOX", 1, "")
        await connected.close()


async def test_answers_in_any_order_reach_the_caller_who_asked() -> None:
    script = logged_in(
        SELECTED,
        r"C=first: UID FETCH 1 .*BODY.PEEK\[1\].*",
        r"C=second: UID FETCH 2 .*BODY.PEEK\[1\].*",
        r'S>> "* 2 FETCH (UID 2 BODY[1]<0> {3}\r\ntwo)\r\n"',
        "S: $second OK",
        r'S>> "* 1 FETCH (UID 1 BODY[1]<0> {3}\r\none)\r\n"',
        "S: $first OK",
    )
    async with Scripted(script) as server:
        connected = await connect_imap(account(server.port), password)
        await connected.look(b"INBOX")
        asked = (connected.section(b"INBOX", uid, "1") for uid in (1, 2))
        assert await asyncio.gather(*asked) == [b"one", b"two"]
        await connected.close()


async def test_a_body_nobody_asked_for_is_nobodys() -> None:
    script = logged_in(
        SELECTED,
        "C: UID FETCH 2 .*",
        r'S>> "* 3 FETCH (UID 3 BODY[1]<0> {4}\r\nevil)\r\n* 2 FETCH (UID 2 BODY[1]<0> {4}\r\ngood)\r\n"',
        "S: $TAG OK",
    )
    async with Scripted(script) as server:
        connected = await connect_imap(account(server.port), password)
        assert await connected.section(b"INBOX", 2, "1") == b"good"
        await connected.close()


async def test_a_head_without_its_header_is_asked_for_alone() -> None:
    """Yandex leaves the value out now and then (MailKit#1708)."""
    found = await heads_from(
        "\n".join(
            [
                SELECTED,
                f"C: UID FETCH 1:3 {ASKS}",
                head(1),
                head(2, "BODY[HEADER.FIELDS (SUBJECT)] NIL"),
                head(3),
                "S: $TAG OK",
                r"C: UID FETCH 2 .*BODY.PEEK\[HEADER\]\)",
                head(2, r"BODY[HEADER] {12}\r\nSubject: x\r\n"),
                "S: $TAG OK",
            ]
        )
    )
    assert [(one.uid, one.block[:10]) for one in found] == [(3, b"Subject: h"), (2, b"Subject: x"), (1, b"Subject: h")]
    assert found[0].received == 1_704_067_200


async def test_a_head_that_cannot_be_had_at_all_is_an_empty_one() -> None:
    found = await heads_from(
        "\n".join(
            [
                SELECTED,
                f"C: UID FETCH 1:3 {ASKS}",
                head(1),
                'S>> "* 2 FETCH (UID 2 FLAGS (\\r\\n"',
                head(3),
                "S: $TAG OK",
                "C: UID FETCH 2 .*",
                "S: $TAG NO [SERVERBUG] broken",
            ]
        )
    )
    assert [one.uid for one in found] == [3, 2, 1]
    assert found[1].block == b"" and found[2].block


async def test_one_message_that_spoils_a_window_costs_only_itself() -> None:
    found = await heads_from(
        "\n".join(
            [
                SELECTED,
                f"C: UID FETCH 1:3 {ASKS}",
                "S: $TAG NO [SERVERBUG] message 2 is broken",
                f"C: UID FETCH 2:3 {ASKS}",
                head(3),
                "S: $TAG NO [SERVERBUG] message 2 is broken",
                f"C: UID FETCH 1 {ASKS}",
                head(1),
                "S: $TAG OK",
                r"C: UID FETCH 2 .*BODY.PEEK\[HEADER\]\)",
                "S: $TAG NO [SERVERBUG] broken",
            ]
        )
    )
    assert [(one.uid, bool(one.block)) for one in found] == [(3, True), (2, False), (1, True)]


async def test_a_window_refused_for_good_is_an_error_and_not_a_thousand_questions() -> None:
    script = "\n".join([SELECTED, "LOOP", "C: UID FETCH .*", "S: $TAG NO not today", "END"])
    async with Scripted(logged_in(script)) as server:
        connected = await connect_imap(account(server.port), password)
        with pytest.raises(ServerRefused, match="not today"):
            async for _ in connected.heads(b"INBOX", ((1, 200),)):
                pass
        assert server.received.count(b"FETCH") < 50
        connected._session.driver.fail(ConnectionLost("over"))


async def test_a_server_that_lists_four_billion_messages_is_not_believed() -> None:
    script = logged_in(SELECTED, "C: UID SEARCH ALL\nS: * ESEARCH UID ALL 1:4294967295\nS: $TAG OK")
    async with Scripted(script) as server:
        connected = await connect_imap(account(server.port), password)
        with pytest.raises(ServerRefused):
            await connected.uids(b"INBOX")
        await connected.close()


async def test_a_server_without_windows_is_gone_on_with_all_the_same() -> None:
    script = logged_in(
        SELECTED, "C: UID FETCH 2 .*", r'S>> "* 2 FETCH (UID 2 BODY[1] {6}\r\nabcdef)\r\n"', "S: $TAG OK"
    )
    async with Scripted(script) as server:
        connected = await connect_imap(account(server.port), password)
        windows = connected.windows(b"INBOX", 2, "1", 4, size=6, uidvalidity=None)
        assert [window async for window in windows] == [b"ef"]
        await connected.close()


@pytest.mark.parametrize("answer", ["SEARCH 0", "SEARCH 1 2 3 zzz", "ESEARCH UID ALL 3:1:2", "OK nothing", "SEARCH"])
async def test_a_list_that_cannot_be_read_is_not_an_empty_folder(answer: str) -> None:
    """Or every message of it would be taken for gone."""
    script = logged_in(SELECTED, f"C: UID SEARCH ALL\nS: * {answer}\nS: $TAG OK")
    async with Scripted(script) as server:
        connected = await connect_imap(account(server.port), password)
        with pytest.raises(ServerRefused):
            await connected.uids(b"INBOX")
        await connected.close()


@pytest.mark.parametrize("octets", ["NIL", '""', r"{0}\r\n"])
async def test_no_text_is_not_taken_for_the_text(octets: str) -> None:
    script = logged_in(SELECTED, "C: UID FETCH 2 .*", f"S>> '* 2 FETCH (UID 2 BODY[]<0> {octets})\\r\\n'", "S: $TAG OK")
    async with Scripted(script) as server:
        connected = await connect_imap(account(server.port), password)
        with pytest.raises(ServerRefused, match="no text"):
            await connected.section(b"INBOX", 2, "")
        await connected.close()


async def test_an_expunge_of_no_message_there_is_is_no_news() -> None:
    said = ["S: * 999999 EXPUNGE", "S: * 0 EXPUNGE", "S: * -1 EXPUNGE", "S: * 0 FETCH (FLAGS ())", "S: $TAG OK"]
    async with Scripted(logged_in(SELECTED, "C: UID SEARCH ALL", "S: * SEARCH 1 2 3", *said)) as server:
        connected = await connect_imap(account(server.port), password)
        assert await connected.uids(b"INBOX") == ((1, 3),)
        state = connected._session.state(b"INBOX")
        assert state is not None and state.exists == 3 and not connected._session.news.is_set()
        await connected.close()
