"""What a server with everything saves us: round trips and octets, counted between us and a real Dovecot."""

from __future__ import annotations

import random
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.fakes.chaos import ChaosProxy
from tests.net.reach import account, all_heads, password
from tests.servers.dovecot import Dovecot
from tests.sync.house import letter
from tuimail.net.imap import ImapRemote, connect_imap
from tuimail.net.remote import Remote
from tuimail.records import replace
from tuimail.store import folders
from tuimail.store.database import Database
from tuimail.sync.account import AccountSync

RTT = 0.05


@pytest.fixture(scope="module")
def squeezing() -> Iterator[Dovecot]:
    with Dovecot(compress=True) as server:
        yield server


def long_letter(number: int) -> bytes:
    """A mail as they come: with the headers that mailers and lists write, and ids that nobody can guess."""
    chance = random.Random(number)
    own, parent = (f"{chance.getrandbits(64):x}.{chance.getrandbits(48):x}" for _ in range(2))
    return (
        f"Received: from mx{number % 7}.example.org (mx{number % 7}.example.org [192.0.2.{number % 250}])\r\n"
        f"From: Writer {number % 40} <writer{number % 40}@example.org>\r\nTo: Readers <readers@lists.example.org>\r\n"
        f"Subject: Re: [readers] the {number % 90}th question about round trips\r\n"
        f"Message-ID: <{own}@mail.example.org>\r\nIn-Reply-To: <{parent}@mail.example.org>\r\n"
        f"Date: Mon, {1 + number % 28:02} Jan 2024 10:{number % 60:02}:00 +0000\r\n"
        "Content-Type: text/plain; charset=utf-8\r\nList-Id: <readers.lists.example.org>\r\n"
        "List-Unsubscribe: <https://lists.example.org/leave/readers>\r\n\r\ntext\r\n"
    ).encode()


@asynccontextmanager
async def connected(port: int, user: str, *, compress: bool) -> AsyncIterator[ImapRemote]:
    remote = await connect_imap(account(port, user), password, compress=compress)
    try:
        yield remote
    finally:
        await remote.close()


@asynccontextmanager
async def synced(tmp_path: Path, port: int, user: str, mask: tuple[str, ...]) -> AsyncIterator[AccountSync]:
    """An account without a screen."""

    async def connect() -> Remote:
        return await connect_imap(replace(account(port, user), mask=mask), password)

    database = Database(tmp_path)
    try:
        account_id = await database.write(lambda db: folders.put_account(db, "a"))
        yield AccountSync("a", account_id, database, connect, lambda _: None)
    finally:
        database.close()


async def test_five_round_trips_to_the_first_screen_of_a_big_folder(squeezing: Dovecot) -> None:
    user = squeezing.user()
    squeezing.deliver(user, [letter(n) for n in range(2000)])
    async with ChaosProxy(squeezing.host, squeezing.port, rtt=RTT) as proxy:
        began = time.monotonic()
        async with connected(proxy.port, user, compress=True) as remote:
            assert len(await remote.folders()) == 6
            await remote.look(b"INBOX")
            assert len(await remote.newest(b"INBOX", 200)) == 200
            took = time.monotonic() - began
            print(f"first screen: {proxy.turns} turns, {took / RTT:.1f} round trips by the clock")
            assert proxy.turns <= 5


@pytest.mark.parametrize(
    ("mask", "turns", "octets"), [((), 3, 2048), (("QRESYNC",), 3, 2048), (("QRESYNC", "CONDSTORE"), 8, 1_000_000)]
)
async def test_a_folder_of_twenty_thousand_reopens_after_seven_changes_in_three_round_trips(
    dovecot: Dovecot, tmp_path: Path, mask: tuple[str, ...], turns: int, octets: int
) -> None:
    user = dovecot.user()
    for start in range(0, 20_000, 5000):
        dovecot.deliver(user, [letter(n) for n in range(start, start + 5000)])
    async with ChaosProxy(dovecot.host, dovecot.port) as proxy, synced(tmp_path, proxy.port, user, mask) as sync:
        await sync.once("INBOX")
        with dovecot.client(user) as other:
            other.select("INBOX")
            other.uid("STORE", "17,4711", "+FLAGS", "(\\Flagged)")
            other.uid("STORE", "19000", "+FLAGS", "(\\Seen)")
            other.uid("STORE", "100,200", "+FLAGS", "(\\Deleted)")
            other.expunge()
        dovecot.deliver(user, [letter(n) for n in (20_000, 20_001)])
        remote = await sync._connect()
        await remote.folders()
        proxy.turns = proxy.up = proxy.down = 0
        proxy.rtt = RTT
        await sync._pull(remote, 1, set())
        print(f"reopened: {proxy.turns} turns, {proxy.up} octets up, {proxy.down} down")
        assert proxy.turns <= turns
        assert proxy.up + proxy.down <= octets
        await remote.close()
        read = sync._database.read
        count, starred = "SELECT count(*) FROM message WHERE gone = 0", "SELECT count(*) FROM message WHERE flags & 4"
        assert read.execute(count).fetchone() == (20_000,)
        assert read.execute(starred).fetchone() == (2,)


async def test_headers_take_a_quarter_of_the_octets_or_less(squeezing: Dovecot) -> None:
    user = squeezing.user()
    squeezing.deliver(user, [long_letter(n) for n in range(3000)])
    cost: dict[bool, tuple[int, float]] = {}
    for compress in (False, True):
        async with (
            ChaosProxy(squeezing.host, squeezing.port) as proxy,
            connected(proxy.port, user, compress=compress) as remote,
        ):
            await remote.folders()
            before, began = proxy.down, time.process_time()
            heads = await all_heads(remote)
            cost[compress] = (proxy.down - before, time.process_time() - began)
            facts = await remote.facts()
        assert len(heads) == 3000 and heads[0].block
        assert facts.compressed is compress
    plain, squeezed = cost[False][0], cost[True][0]
    print(f"3,000 heads: {plain} octets, compressed {squeezed}: 1/{plain / squeezed:.1f}; {cost}")
    assert squeezed * 4 <= plain


async def test_the_dialogue_can_be_read_in_the_log_though_it_was_compressed(squeezing: Dovecot) -> None:
    user = squeezing.user()
    squeezing.deliver(user, [letter(1)])
    async with connected(squeezing.port, user, compress=True) as remote:
        await remote.folders()
        assert len(await all_heads(remote)) == 1
        said = "\n".join(remote.log.lines())
    assert "COMPRESS DEFLATE" in said and "UID SEARCH" in said and "Subject: letter 1" in said


async def test_on_this_machine_nothing_is_compressed(squeezing: Dovecot) -> None:
    remote = await connect_imap(account(squeezing.port, squeezing.user()), password)
    await remote.folders()
    facts = await remote.facts()
    await remote.close()
    assert "COMPRESS=DEFLATE" in facts.offered and not facts.compressed
