"""Servers that offer what they cannot do: masked by greeting, by ID, by the user, or once they have refused."""

from __future__ import annotations

import asyncio
import re

import pytest

from tests.fakes.scripted import Scripted
from tests.net.reach import account, password
from tests.servers.dovecot import Dovecot
from tuimail.errors import ConnectionLost
from tuimail.model import Flag, Role
from tuimail.net import quirks
from tuimail.net.imap import connect_imap
from tuimail.net.remote import FlagState, Resync, Since
from tuimail.protocol.imap import commands
from tuimail.protocol.imap.responses import Other

LOGIN = """
    S: * OK [CAPABILITY IMAP4rev1] {greeting}
    C: LOGIN .*
    S: $TAG OK [CAPABILITY IMAP4rev1 {offered}] in
"""
LIST = """
    C: LIST .*
    S: * LIST () "/" INBOX
    S: $TAG OK
    C: STATUS INBOX .*
    S: * STATUS INBOX (MESSAGES 2 UNSEEN 0 UIDNEXT 8 UIDVALIDITY 1)
    S: $TAG OK
"""
BYE = """
    C: LOGOUT
    S: $TAG OK bye
"""


def script(*parts: str, offered: str = "", greeting: str = "hi") -> str:
    return "".join([LOGIN.format(offered=offered, greeting=greeting), *parts, BYE])


def known(greeting: str = "", host: str = "") -> set[str]:
    return {quirk.server for quirk in quirks.of_greeting(host, greeting)}


def test_servers_are_known_by_what_they_say_and_where_they_are() -> None:
    assert known("The Microsoft Exchange IMAP4 service is ready. [TQBXADIAUABS]") == {"Exchange Online"}
    assert known("Microsoft Exchange Server 2003 IMAP4rev1 server version 6.5.7638.1") == {"Exchange 2003"}
    assert known("mail Cyrus IMAP 3.6.1-Debian server ready") == {"Cyrus"}
    assert known("mail.example.org IMAP4rev1 2007e.404 at Sat, 1 Jan 2011 00:00:00") == {"UW imapd"}
    assert known(host="imap.mail.yahoo.com") == {"Yahoo"}
    assert known("Dovecot ready.", "imap.example.org") == set()
    assert [quirk.server for quirk in quirks.of_identity({b"name": b"Yahoo! Mail", b"version": None})] == ["Yahoo"]


async def test_exchange_is_not_spoken_to_in_the_newer_imap() -> None:
    talk = script(LIST, offered="IMAP4rev2", greeting="The Microsoft Exchange IMAP4 service is ready.")
    async with Scripted(talk) as server:
        remote = await connect_imap(account(server.port), password)
        await remote.folders()
        await remote.close()
    assert "IMAP4REV2" in remote._session.machine.offered and "IMAP4REV2" not in remote.abilities.capabilities
    assert remote._session.masked == {"IMAP4REV2": "Exchange Online: it answers IMAP4rev2 with errors (MailKit#2016)"}


async def test_where_lines_are_short_sets_are_split_short() -> None:
    parts = [
        LIST,
        """
        C: SELECT INBOX
        S: * 9 EXISTS
        S: * OK [UIDVALIDITY 1] ok
        S: $TAG OK
        """,
        *["C: UID STORE [0-9:,]{90,} .*\nS: $TAG OK\n"] * 4,
        *["C: UID FETCH [0-9:,]{90,} .*\nS: $TAG OK\n"] * 4,
    ]
    async with Scripted(script(*parts, greeting="IMAP4rev1 2007e.404 at now")) as server:
        remote = await connect_imap(account(server.port), password)
        await remote.folders()
        odd = [(n, n) for n in range(1001, 2001, 2)]
        await remote.store(b"INBOX", odd, Flag.SEEN, Flag.NONE)
        assert [head async for heads in remote.heads(b"INBOX", odd) for head in heads] == []
        await remote.close()
        assert max(map(len, server.received.splitlines(keepends=True))) <= 1000


SELECT_PLAIN = """
    C: SELECT INBOX \\(CONDSTORE\\)
    S: * 2 EXISTS
    S: * OK [UIDVALIDITY 1] ok
    S: * OK [UIDNEXT 8] ok
    S: * OK [HIGHESTMODSEQ 20] ok
    S: $TAG OK
"""


async def test_a_refused_enable_makes_a_plain_select() -> None:
    enabling = "C: ENABLE QRESYNC\nS: $TAG NO not for you\n"
    async with Scripted(script(enabling, LIST, SELECT_PLAIN, offered="QRESYNC ENABLE")) as server:
        remote = await connect_imap(account(server.port), password)
        await remote.folders()
        state = await remote.look(b"INBOX", Since(1, 10, ((1, 7),)))
        await remote.close()
    assert state.resync is None and state.highestmodseq == 20


async def test_a_qresync_select_that_is_refused_is_made_again_plainly_and_never_more() -> None:
    """iCloud enables without saying ENABLED (MailKit#1871); whoever cannot do it after all says BAD."""
    enabling = "C: ENABLE QRESYNC\nS: $TAG OK\n"
    refusal = "C: SELECT INBOX \\(QRESYNC .*\nS: $TAG BAD what\n"
    talk = script(enabling, LIST, refusal, SELECT_PLAIN, SELECT_PLAIN, offered="CONDSTORE QRESYNC ENABLE")
    async with Scripted(talk) as server:
        remote = await connect_imap(account(server.port), password)
        await remote.folders()
        for _ in range(2):
            state = await remote.look(b"INBOX", Since(1, 10, ((1, 7),)))
        await remote.close()
    assert state.exists == 2 and state.resync is None
    assert remote._session.masked == {"QRESYNC": "it was offered and then refused"}


async def test_a_line_that_ends_with_the_refusal_is_a_lost_line_to_everybody() -> None:
    """A write that fails tells of the end while octets that came before it still wait for their turn."""
    enabling = "C: ENABLE QRESYNC\nS: $TAG OK\n"
    refused = "C: SELECT INBOX \\(QRESYNC .*\nHUSH\n"
    async with Scripted(script(enabling, LIST, refused, offered="QRESYNC ENABLE").replace(BYE, "")) as server:
        remote = await connect_imap(account(server.port), password)
        await remote.folders()
        looking = asyncio.ensure_future(remote.look(b"INBOX", Since(1, 10, ((1, 7),))))
        await asyncio.sleep(0)
        driver = remote._session.driver
        (tag,) = driver._flights
        driver._scheduled = True
        driver.received(tag + b" BAD what\r\n")
        driver.lost(ConnectionResetError())
        with pytest.raises(ConnectionLost):
            driver.launch(commands.noop())
        driver._work()
        async with asyncio.timeout(5):
            with pytest.raises(ConnectionLost):
                await looking
        await remote.close()


async def test_what_qresync_tells_of_the_folder_before_is_not_taken_for_this_one() -> None:
    enabling = "C: ENABLE QRESYNC\nS: * ENABLED QRESYNC\nS: $TAG OK\n"
    select = """
        C: SELECT INBOX \\(QRESYNC \\(1 10 1:7\\)\\)
        S: * VANISHED 1:3
        S: * 9 EXISTS
        S: * OK [CLOSED] bye, other one
        S: * 2 EXISTS
        S: * OK [UIDVALIDITY 1] ok
        S: * OK [HIGHESTMODSEQ 20] ok
        S: * VANISHED (EARLIER) 5
        S: * 1 FETCH (UID 6 FLAGS (\\Seen) MODSEQ (15))
        S: $TAG OK
    """
    async with Scripted(script(enabling, LIST, select, offered="QRESYNC ENABLE")) as server:
        remote = await connect_imap(account(server.port), password)
        await remote.folders()
        state = await remote.look(b"INBOX", Since(1, 10, ((1, 7),)))
        await remote.close()
    assert state.exists == 2
    assert state.resync == Resync((FlagState(6, Flag.SEEN, ""),), ((5, 5),))


@pytest.mark.parametrize(
    ("epoch", "modseq", "told"), [(2, 20, 20), (1, 3, 3), (1, 0, None)], ids=["epoch", "mod-sequences", "none"]
)
async def test_of_another_epoch_nothing_is_resynced(epoch: int, modseq: int, told: int | None) -> None:
    """A server that has lost its indexes counts mod-sequences from the beginning (Dovecot); 0 is none at all."""
    enabling = "C: ENABLE QRESYNC\nS: $TAG OK\n"
    select = f"""
        C: SELECT INBOX \\(QRESYNC .*
        S: * 2 EXISTS
        S: * OK [UIDVALIDITY {epoch}] anew
        S: * OK [HIGHESTMODSEQ {modseq}] ok
        S: $TAG OK
    """
    async with Scripted(script(enabling, LIST, select, offered="QRESYNC ENABLE")) as server:
        remote = await connect_imap(account(server.port), password)
        await remote.folders()
        state = await remote.look(b"INBOX", Since(1, 10, ((1, 7),)))
        await remote.close()
    assert (state.resync, state.highestmodseq) == (None, told)


async def test_roles_are_told_by_xlist_where_there_is_no_special_use() -> None:
    talk = """
        C: XLIST "" "\\*"
        S: * XLIST (\\HasNoChildren \\Inbox) "/" INBOX
        S: * XLIST (\\HasNoChildren \\Spam) "/" "&BCEEPwQwBDw-"
        S: $TAG OK
        C: LIST "" "\\*" RETURN \\(SUBSCRIBED STATUS \\(.*\\)\\)
        S: * LIST () "/" INBOX
        S: * STATUS INBOX (MESSAGES 1)
        S: * LIST () "/" "&BCEEPwQwBDw-"
        S: * STATUS "&BCEEPwQwBDw-" (MESSAGES 2)
        S: $TAG OK
    """
    async with Scripted(script(talk, offered="XLIST LIST-STATUS LIST-EXTENDED")) as server:
        remote = await connect_imap(account(server.port), password)
        found = await remote.folders()
        await remote.close()
    assert [(folder.display, folder.role, folder.exists) for folder in found] == [
        ("INBOX", Role.INBOX, 1),
        ("Спам", Role.JUNK, 2),
    ]


async def test_a_refused_compress_is_no_trouble() -> None:
    talk = script(LIST.replace("    C: STATUS", "    C=c: COMPRESS DEFLATE\n    S: $c NO not today\n    C: STATUS", 1))
    talk = talk.replace("IMAP4rev1 ] in", "IMAP4rev1 COMPRESS=DEFLATE] in")
    async with Scripted(talk) as server:
        remote = await connect_imap(account(server.port), password, compress=True)
        assert len(await remote.folders()) == 1
        assert not remote._session.machine.compressed
        await remote.close()


async def test_the_quota_is_a_fact() -> None:
    with Dovecot(sharing=True) as server:
        remote = await connect_imap(account(server.port, server.user()), password)
        await remote.folders()
        facts = await remote.facts()
        await remote.close()
    assert [(quota.resource, quota.limit) for quota in facts.quotas] == [("STORAGE", 10240), ("MESSAGE", 100)]


async def test_facts_name_server_tls_and_traffic(dovecot: Dovecot) -> None:
    from tuimail.model import Security

    there = account(dovecot.tls_port, dovecot.user(), Security.TLS, ca_file=dovecot.cafile)
    remote = await connect_imap(there, password)
    await remote.folders()
    facts = await remote.facts()
    await remote.close()
    assert facts.server == "Dovecot" and re.match(r"TLSv1\.[23], [A-Z0-9_-]+$", facts.tls)
    assert facts.received > 500 and facts.sent > 100 and facts.ratio == 1.0
    assert dict(facts.buys)["QRESYNC"]


def test_quotas_of_any_shape_are_read_or_left() -> None:
    from tuimail.net.quota import read_quotas

    good = Other("QUOTA", (b"", (b"STORAGE", b"10", b"512", b"MESSAGE", b"1", b"x", b"odd")))
    courier = Other("QUOTA", (b"ROOT",))
    assert [(q.resource, q.used, q.limit) for q in read_quotas([good, courier])] == [("STORAGE", 10, 512)]


@pytest.mark.parametrize("word", ["MOVE", "-move"])
async def test_what_the_user_masks_is_not_used(word: str) -> None:
    from tuimail.records import replace

    async with Scripted(script(LIST, offered="MOVE UIDPLUS")) as server:
        remote = await connect_imap(replace(account(server.port), mask=(word,)), password)
        assert not remote.abilities.move and remote.abilities.uidplus
        await remote.folders()
        assert remote._session.masked == {"MOVE": "by your configuration"}
        await remote.close()


async def test_a_huge_folder_without_esearch_is_listed_in_windows() -> None:
    talk = """
        C: SELECT INBOX
        S: * 25000 EXISTS
        S: * OK [UIDVALIDITY 1] ok
        S: * OK [UIDNEXT 45001] ok
        S: $TAG OK
        C=one: UID SEARCH UID 1:20000
        C=two: UID SEARCH UID 20001:40000
        C=three: UID SEARCH UID 40001:4294967295
        S: * SEARCH 40001 45000 45001
        S: $three OK
        S: * SEARCH 1 2 3 20000
        S: * SEARCH
        S: $one OK
        S: $two OK
    """
    async with Scripted(script(LIST, talk)) as server:
        remote = await connect_imap(account(server.port), password)
        await remote.folders()
        await remote.look(b"INBOX")
        assert await remote.uids(b"INBOX") == ((1, 3), (20000, 20000), (40001, 40001), (45000, 45001))
        await remote.close()


async def test_what_vanishes_is_not_counted_any_more() -> None:
    talk = """
        C: ENABLE QRESYNC
        S: $TAG OK
        C: LIST .*
        S: * LIST () "/" INBOX
        S: $TAG OK
        C: STATUS INBOX .*
        S: $TAG NO
        C: SELECT INBOX
        S: * 3 EXISTS
        S: * OK [UIDVALIDITY 1] ok
        S: $TAG OK
        C: UID SEARCH RETURN \\(ALL\\) ALL
        S: * VANISHED 7,9:10
        S: * ESEARCH (TAG "$TAG") UID
        S: $TAG OK
    """
    async with Scripted(
        script(talk, offered="QRESYNC ENABLE ESEARCH").replace("SELECT INBOX\n", "SELECT INBOX.*\n")
    ) as server:
        remote = await connect_imap(account(server.port), password)
        await remote.folders()
        await remote.look(b"INBOX")
        assert await remote.uids(b"INBOX") == ()
        await remote.close()
