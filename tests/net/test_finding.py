"""UID SEARCH of one folder: its charset, its answers old and new, and a folder that was numbered anew."""

from __future__ import annotations

import asyncio

import pytest

from tests.fakes.scripted import Scripted
from tests.net.reach import account, letters, password, remote
from tests.net.test_changing import logged_in
from tests.servers.dovecot import Dovecot
from tuimail.errors import ServerRefused
from tuimail.net.finding import Finds
from tuimail.net.imap import connect_imap
from tuimail.protocol.imap import commands
from tuimail.protocol.imap.sets import Ranges
from tuimail.protocol.imap.verbs.arguments import Text
from tuimail.protocol.imap.verbs.searching import Key

_SELECT = """
    C: SELECT "?INBOX"?
    S: * 3 EXISTS
    S: * OK [UIDVALIDITY 7] epoch
    S: * OK [UIDNEXT 4] next
    S: $TAG OK [READ-WRITE] open
"""


async def found(script: str, *keys: Key, uidvalidity: int | None = 7, offered: str = "") -> Ranges:
    """What is found with a server that goes on like this after the SELECT."""
    async with Scripted(logged_in(_SELECT + script, offered=offered), keep=True) as server:
        connected = await connect_imap(account(server.port), password)
        try:
            return tuple(await connected.find(b"INBOX", keys, uidvalidity))
        finally:
            await connected.close()


async def test_an_imap_remote_can_search(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.deliver(user, letters(5))
    async with remote(dovecot, user) as connected:
        assert isinstance(connected, Finds)
        assert await connected.find(b"INBOX", ["SUBJECT", Text("letter 3")], None) == ((3, 3),)
        several = [connected.find(b"INBOX", ["SUBJECT", Text(f"letter {n}")], None) for n in (1, 2, 9)]
        assert await asyncio.gather(*several) == [((1, 1),), ((2, 2),), ()]


async def test_ascii_names_no_charset_and_numbers_become_ranges() -> None:
    script = """
        C: UID SEARCH TEXT "?tea"?
        S: * SEARCH 1 2 9
        S: $TAG OK done
    """
    assert await found(script, "TEXT", Text("tea")) == ((1, 2), (9, 9))


async def test_other_letters_are_sent_in_utf_8() -> None:
    script = r"""
        C: UID SEARCH CHARSET UTF-8 TEXT .*
        S: + go on
        LIT 7
        L:
        S: * SEARCH
        S: $TAG OK done
    """
    assert await found(script, "TEXT", Text("grüße")) == ()


@pytest.mark.parametrize("answer", ["NO [BADCHARSET (US-ASCII)] no", "NO Unsupported charset", "BAD CHARSET? what"])
async def test_a_server_without_utf_8_is_understood(answer: str) -> None:
    script = f"""
        C: UID SEARCH CHARSET UTF-8 TEXT .*
        S: + go on
        LIT 7
        L:
        S: $TAG {answer}
    """
    with pytest.raises(ServerRefused) as refused:
        await found(script, "TEXT", Text("grüße"))
    assert refused.value.code == "BADCHARSET"


async def test_uids_of_another_epoch_are_no_hits() -> None:
    script = """
        C: UID SEARCH TEXT "?tea"?
        S: * SEARCH 1
        S: $TAG OK done
    """
    with pytest.raises(ServerRefused) as refused:
        await found(script, "TEXT", Text("tea"), uidvalidity=6)
    assert refused.value.code == "UIDVALIDITY"


async def test_a_server_that_gives_pages_is_asked_for_the_newest_hits_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuimail.net.finding._PAGE", 2)
    script = """
        C: UID SEARCH RETURN \\(PARTIAL -1:-2\\) TEXT "?tea"?
        S: * ESEARCH (TAG "$TAG") UID PARTIAL (-1:-2 7,9)
        S: $TAG OK done
        C: UID SEARCH RETURN \\(PARTIAL -3:-4\\) TEXT "?tea"?
        S: * ESEARCH (TAG "$TAG") UID PARTIAL (-3:-4 NIL)
        S: $TAG OK done
    """
    assert await found(script, "TEXT", Text("tea"), offered="PARTIAL") == ((7, 7), (9, 9))


async def test_a_page_given_twice_is_the_last_one() -> None:
    again = """
        C: UID SEARCH RETURN \\(PARTIAL .*\\) TEXT "?tea"?
        S: * ESEARCH (TAG "$TAG") UID PARTIAL (-1:-2 2)
        S: $TAG OK done
    """
    assert await found(again + again, "TEXT", Text("tea"), offered="PARTIAL") == ((2, 2),)


@pytest.mark.parametrize("given_up", ["TEXT tea", "ALL"])
async def test_a_search_given_up_while_its_folder_opens_lends_its_hits_to_no_other(given_up: str) -> None:
    script = f"""
        C=sel: SELECT "?INBOX"?
        C=one: UID SEARCH {given_up.replace("tea", '"?tea"?')}
        C: NOOP
        S: $TAG OK
        S: * 3 EXISTS
        S: * OK [UIDVALIDITY 7] epoch
        S: $sel OK [READ-WRITE] open
        S: * SEARCH 1 2 3
        S: $one OK done
        C: UID SEARCH TEXT "?cake"?
        S: * SEARCH 2
        S: $TAG OK done
    """
    async with Scripted(logged_in(script), keep=True) as server:
        connected = await connect_imap(account(server.port), password)
        first = connected.uids(b"INBOX") if given_up == "ALL" else connected.find(b"INBOX", ["TEXT", Text("tea")], 7)
        abandoned = asyncio.ensure_future(first)
        while b"UID SEARCH" not in server.received:  # noqa: ASYNC110  # a turn of the loop, no time
            await asyncio.sleep(0)
        abandoned.cancel()
        await asyncio.wait([abandoned])
        asked = asyncio.ensure_future(connected.find(b"INBOX", ["TEXT", Text("cake")], 7))
        for _ in range(5):
            await asyncio.sleep(0)
        connected._session.driver.launch(commands.noop())
        assert tuple(await asked) == ((2, 2),)
        await connected.close()


PAGES = """
    C=one: UID SEARCH RETURN \\(PARTIAL 1:2\\) ALL
    C=two: UID SEARCH RETURN \\(PARTIAL 3:4294967295\\) ALL
    S: * ESEARCH (TAG "$two") UID PARTIAL (3:4294967295 {last})
    S: $two OK done
    S: * ESEARCH (TAG "$one") UID PARTIAL (1:2 1:2)
    S: $one OK done
"""
NUMBERS = """
    C: UID SEARCH UID .*
    S: * SEARCH 1 2
    S: $TAG OK done
    C: UID SEARCH UID .*
    S: * SEARCH 9
    S: $TAG OK done
"""


@pytest.mark.parametrize(("last", "more"), [("9", ""), ("NIL", NUMBERS)])
async def test_the_uids_of_a_huge_folder_come_in_pages_and_none_is_believed_missing(
    last: str, more: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuimail.net.uids._SEARCH_WINDOW", 2)
    script = logged_in(_SELECT + PAGES.replace("{last}", last) + more, offered="PARTIAL")
    async with Scripted(script, keep=True) as server:
        connected = await connect_imap(account(server.port), password)
        await connected.look(b"INBOX")
        assert tuple(await connected.uids(b"INBOX")) == ((1, 2), (9, 9))
        assert ("PARTIAL" in connected._session.masked) == bool(more)
        await connected.close()


PART = """
    C: UID SEARCH {asked}
    S: * SEARCH {found}
    S: $TAG OK [MESSAGELIMIT 2 {lowest}] that was a part
"""


async def test_a_server_that_looks_at_a_part_only_is_asked_for_the_rest() -> None:
    """MESSAGELIMIT (RFC 9738): what it has not looked at is not to be taken for gone."""
    first = PART.format(asked="ALL", found="8 9", lowest=8)
    second = PART.format(asked="UID 1:7", found="5 6", lowest=5)
    last = "C: UID SEARCH UID 1:4\nS: * SEARCH 1\nS: $TAG OK all"
    async with Scripted(logged_in(_SELECT, first, second, last, offered="MESSAGELIMIT=2"), keep=True) as server:
        connected = await connect_imap(account(server.port), password)
        await connected.look(b"INBOX")
        assert tuple(await connected.uids(b"INBOX")) == ((1, 1), (5, 6), (8, 9))
        await connected.close()


async def test_a_server_that_gets_no_further_has_not_told_all() -> None:
    first, again = (PART.format(asked=asked, found="8 9", lowest=8) for asked in ("ALL", "UID 1:7"))
    async with Scripted(logged_in(_SELECT, first, again, offered="MESSAGELIMIT=2"), keep=True) as server:
        connected = await connect_imap(account(server.port), password)
        await connected.look(b"INBOX")
        with pytest.raises(ServerRefused, match="only a part"):
            await connected.uids(b"INBOX")
        await connected.close()


async def test_a_folder_that_boasts_of_four_thousand_million_messages_is_asked_once() -> None:
    script = (
        _SELECT.replace("3 EXISTS", "4294967295 EXISTS")
        + """
        C: UID SEARCH UID 1:4294967295
        S: * SEARCH 1 2
        S: $TAG OK done
    """
    )
    async with Scripted(logged_in(script, offered="PARTIAL"), keep=True) as server:
        connected = await connect_imap(account(server.port), password)
        await connected.look(b"INBOX")
        assert tuple(await connected.uids(b"INBOX")) == ((1, 2),)
        await connected.close()
