"""pymap as it lives in `tuimail.demo`: what its README promises, asked by our client."""

from __future__ import annotations

import asyncio
import socket
import sys
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Future
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pysasl.hashing import BuiltinHash

from tuimail.demo.server import DemoServer
from tuimail.errors import LoginRefused, ServerRefused, Unreachable
from tuimail.net.client import ImapClient
from tuimail.net.client.answers import NotOffered
from tuimail.net.stream import Stream, dial
from tuimail.protocol.imap.responses import Exists
from tuimail.protocol.imap.verbs.messages import Upload

NOW = datetime(2031, 5, 7, 12, 0, tzinfo=UTC)


class Gate:
    """A pause that lasts until the test says so."""

    def __init__(self) -> None:
        self.gate: Future[None] = Future()

    async def __call__(self, _: float) -> None:
        await asyncio.wrap_future(self.gate)
        self.gate = Future()


@asynccontextmanager
async def server(gate: Gate | None = None) -> AsyncIterator[DemoServer]:
    async with DemoServer(clock=lambda: NOW, pause=gate or Gate()) as running:
        yield running


async def stranger(running: DemoServer) -> ImapClient:
    return await ImapClient.over(await Stream.over(await running.dial()))


@asynccontextmanager
async def client(running: DemoServer) -> AsyncIterator[ImapClient]:
    async with await stranger(running) as imap:
        await imap.login("demo", "demo")
        yield imap


async def test_the_greeting_and_the_capabilities_before_and_after_login() -> None:
    async with server() as running, await stranger(running) as imap:
        assert {"IMAP4REV1", "LITERAL+", "ID", "AUTH=PLAIN", "AUTH=LOGIN"} <= imap.capabilities
        assert "UIDPLUS" not in imap.capabilities
        with pytest.raises(LoginRefused):
            await imap.login("demo", "wrong")
        await imap.login_plain("demo", "demo")
        assert {"BINARY", "UIDPLUS", "MOVE", "IDLE", "OBJECTID", "MULTIAPPEND"} <= imap.capabilities
        assert isinstance(await imap.id({"name": "tuimail"}), dict)


async def test_the_dialogue_of_the_readme_word_by_word() -> None:
    async with server() as running, client(running) as imap:
        names = {entry.name for entry in await imap.list()}
        assert "INBOX" in names
        box = await imap.select()
        before = box.exists
        everything = await imap.fetch("1:*", "FAST")
        assert len(everything) == before and all(mail.size and mail.flags is not None for mail in everything)
        await imap.create("readme")
        await imap.select("readme")
        went = await imap.append("readme", b"From: user@example.com\r\n\r\ntest message!\r\n", flags=["\\Flagged"])
        assert went is not None
        (mail,) = await imap.fetch("1:*", "ALL")
        assert mail.envelope is not None and mail.envelope.from_[0].address == b"user@example.com"
        stored = await imap.store("1:*", "+", "\\Deleted", uid=False)
        assert "\\Deleted" in (stored.messages[0].flags or set())
        await imap.expunge()
        assert (await imap.status("readme", "MESSAGES"))["MESSAGES"] == 0
        await imap.select()  # pymap hangs up on whoever has a mailbox selected that goes
        await imap.rename("readme", "read")
        await imap.delete("read")


async def test_two_connections_see_the_same_mailbox() -> None:
    async with server() as running, client(running) as one, client(running) as two:
        await one.select()
        await two.select()
        uid = (await one.search()).max
        assert uid is not None
        await one.store(uid, "+", "\\Flagged")
        await two.noop()
        (mail,) = await two.fetch(uid, "FLAGS")
        assert "\\Flagged" in (mail.flags or set())


async def test_idle_is_told_of_mail_that_is_delivered_inside_the_server() -> None:
    gate = Gate()
    async with server(gate) as running, client(running) as imap:
        box = await imap.select()
        async with imap.idle() as watch, asyncio.timeout(20):
            expected = Exists(box.exists + 1)
            gate.gate.set_result(None)
            async for event in watch:
                if event == expected:
                    break
        assert box.exists == expected.count


async def test_a_message_expunged_by_another_is_refused_or_missing_and_nothing_breaks() -> None:
    async with server() as running, client(running) as one, client(running) as two:
        await one.select()
        box = await two.select()
        uid = (await one.search()).max
        assert uid is not None
        await two.store(uid, "+", "\\Deleted", silent=True)
        await two.expunge([uid])
        await one.fetch(uid, "BODY.PEEK[]")  # RFC 2180 §4.1: it may still be told, or left out, but must do no harm
        await one.noop()
        assert one.selected is not None and one.selected.exists == box.exists


async def test_many_messages_are_uploaded_at_once() -> None:
    async with server() as running, client(running) as imap:
        await imap.create("many")
        uploads = [Upload(b"Subject: %d\r\n\r\nx\r\n" % number, ["\\Seen"], NOW) for number in range(5)]
        (went,) = await imap.append_all("many", uploads)
        box = await imap.select("many")
        assert (box.exists, box.uidvalidity) == (5, went.uidvalidity)
        assert went.uids == ((went.uids[0][0], went.uids[0][0] + 4),)
        assert {mail.received for mail in await imap.fetch("1:*", "INTERNALDATE")} == {NOW}


async def test_parts_come_decoded() -> None:
    body = b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n"
    async with server() as running, client(running) as imap:
        await imap.append("INBOX", body)
        box = await imap.select()
        (mail,) = await imap.fetch(box.exists, "BINARY.PEEK[1]", "BINARY.SIZE[1]", uid=False)
    assert (mail.binary("1") or b"").strip() == b"hello" and mail.binary_size("1") is not None


async def test_uids_are_told_for_copies_and_uploads_and_some_can_be_expunged() -> None:
    async with server() as running, client(running) as imap:
        await imap.create("box")
        await imap.select()
        last = (await imap.search()).max
        assert last is not None
        (copied,) = await imap.copy(last, "box")
        (moved,) = await imap.move(last, "box")
        assert copied.mapping(((last, last),))[last] < moved.mapping(((last, last),))[last]
        assert last not in await imap.search()
        box = await imap.select("box")
        await imap.store("1:*", "+", "\\Deleted", silent=True)
        await imap.expunge([(await imap.search()).min or 0])
        assert box.exists == 1


async def test_what_is_not_advertised_is_never_sent() -> None:
    async with server() as running, client(running) as imap:
        await imap.select()
        for asked in (
            imap.unselect(),
            imap.namespace(),
            imap.sort("DATE"),
            imap.thread(),
            imap.status("INBOX", "SIZE"),
        ):
            with pytest.raises(NotOffered):
                await asked
        assert (await imap.search("UNSEEN", page=(-1, -1))).count >= 0
        await imap.noop()


async def test_a_refusal_carries_its_response_code() -> None:
    async with server() as running, client(running) as imap:
        codes = []
        asks: list[Callable[[], Awaitable[object]]] = [
            lambda: imap.create("Sent"),
            lambda: imap.delete("nowhere"),
            lambda: imap.append("nowhere", b"x"),
        ]
        for ask in asks:
            with pytest.raises(ServerRefused) as caught:
                await ask()
            codes.append(caught.value.code)
        assert codes == ["ALREADYEXISTS", "NONEXISTENT", "TRYCREATE"]


async def test_the_upload_limit_is_known_before_anything_is_sent() -> None:
    async with server() as running, client(running) as imap:
        assert any(name.startswith("APPENDLIMIT=") for name in imap.capabilities)
        imap._machine.capabilities = frozenset({"APPENDLIMIT=20", *imap.capabilities})
        imap._machine.capabilities -= {"APPENDLIMIT=1000000000"}
        with pytest.raises(ServerRefused) as caught:
            await imap.append("INBOX", b"x" * 21)
        assert caught.value.code == "TOOBIG"
        await imap.append("INBOX", b"Subject: ok\r\n\r\nx")


async def test_messages_and_mailboxes_have_ids_that_outlive_a_move() -> None:
    async with server() as running, client(running) as imap:
        await imap.create("box")
        box = await imap.select()
        assert box.mailbox_id
        last = (await imap.search()).max
        assert last is not None
        (before,) = await imap.fetch(last, "EMAILID", "THREADID")
        await imap.move(last, "box")
        await imap.select("box")
        (after,) = await imap.fetch("1:*", "EMAILID", "THREADID")
        assert before.email_id is not None and (before.email_id, before.thread_id) == (after.email_id, after.thread_id)


async def test_mail_in_a_maildir_outlives_the_server(tmp_path: Path) -> None:
    (tmp_path / "pymap-etc-passwd").write_text("ann:x::::ann:\n")
    (tmp_path / "pymap-etc-shadow").write_text(f"ann:{BuiltinHash().hash('test')}:::::::\n")
    for _ in range(2):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        where = ["--host", "127.0.0.1", "--port", str(port), "--no-tls"]
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            "from pymap.main import main; main()",
            *where,
            "maildir",
            str(tmp_path),
            stdout=DEVNULL,
            stderr=DEVNULL,
        )
        try:
            async with await _when_it_answers(port) as imap:
                await imap.login("ann", "test")
                await imap.select()
                before = [
                    (mail.uid, mail.flags, mail.section()) for mail in await imap.fetch("1:*", "FLAGS", "BODY.PEEK[]")
                ]
                await imap.append("INBOX", b"Subject: kept\r\n\r\nx\r\n", flags=["\\Flagged"])
        finally:
            process.terminate()
            await process.wait()
    ((uid, flags, octets),) = before
    assert uid == 1 and "\\Flagged" in (flags or set())
    assert octets == b"Subject: kept\n\nx\n"  # pymap gives back the line ends of its files


async def _when_it_answers(port: int) -> ImapClient:
    async with asyncio.timeout(20):
        while True:
            try:
                return await ImapClient.over(await dial("127.0.0.1", port, trust=None))
            except Unreachable:
                await asyncio.sleep(0.05)
