"""The demo server answers like a server, wakes who waits, and goes without a trace."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from concurrent.futures import Future
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from tuimail.demo.mails import FOLDERS
from tuimail.demo.server import PAUSES, DemoServer
from tuimail.errors import Unreachable
from tuimail.model import Account, Role
from tuimail.net.imap import connect_imap
from tuimail.net.stream import Stream

NOW = datetime(2031, 5, 7, 12, 0, tzinfo=UTC)


class Gate:
    """A pause that lasts until the test says so; remembers the seconds it was asked for."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self._gates: list[Future[None]] = [Future() for _ in PAUSES]
        self._opened = 0

    async def __call__(self, seconds: float) -> None:
        gate = self._gates[len(self.asked)]
        self.asked.append(seconds)
        await asyncio.wrap_future(gate)

    def open(self, times: int = 1) -> None:
        for gate in self._gates[self._opened : self._opened + times]:
            gate.set_result(None)
        self._opened += times


class Talk:
    """The least IMAP client that could possibly work."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer, self._n = reader, writer, 0

    async def line(self) -> str:
        return (await asyncio.wait_for(self.reader.readline(), 10)).decode("utf-8", "replace").rstrip()

    async def ask(self, command: str) -> list[str]:
        self._n += 1
        self.writer.write(f"t{self._n} {command}\r\n".encode())
        lines = [await self.line()]
        while not lines[-1].startswith(f"t{self._n} "):
            lines.append(await self.line())
        return lines


@asynccontextmanager
async def talking(demo: DemoServer) -> AsyncIterator[Talk]:
    reader, writer = await asyncio.open_connection(sock=await demo.dial())
    talk = Talk(reader, writer)
    try:
        assert (await talk.line()).startswith("* OK ")
        assert " OK " in (await talk.ask(f"LOGIN {demo.account.user} {demo.password}"))[-1]
        yield talk
    finally:
        writer.close()
        await writer.wait_closed()


def server(pause: Gate) -> DemoServer:
    return DemoServer(clock=lambda: NOW, pause=pause)


async def test_every_folder_is_listed_and_the_inbox_is_full() -> None:
    async with server(Gate()) as demo, talking(demo) as talk:
        listed = [line.rpartition('"/" ')[2] for line in await talk.ask('LIST "" *')]
        assert set(FOLDERS) <= set(listed)
        assert "* 118 EXISTS" in await talk.ask("SELECT INBOX")


@pytest.mark.parametrize(
    "keys", ["FROM ada", "TO juno", "CC x", "SUBJECT tide", "BODY rock", "TEXT lamp", "HEADER List-Id t"]
)
async def test_every_folder_can_be_searched(keys: str) -> None:
    async with server(Gate()) as demo, talking(demo) as talk:
        for folder in FOLDERS:
            await talk.ask(f"SELECT {folder}")
            assert " OK " in (await talk.ask(f"UID SEARCH {keys}"))[-1]


async def test_the_newest_message_has_the_highest_uid() -> None:
    async with server(Gate()) as demo, talking(demo) as talk:
        await talk.ask("SELECT INBOX")
        answer = await talk.ask("FETCH * (INTERNALDATE BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
        assert "07-May-2031 11:35:00 +0000" in answer[0]
        assert "Subject: Have you eaten?" in answer


async def test_a_wrong_password_is_refused() -> None:
    async with server(Gate()) as demo:
        reader, writer = await asyncio.open_connection(sock=await demo.dial())
        talk = Talk(reader, writer)
        await talk.line()
        assert " NO " in (await talk.ask("LOGIN demo guess"))[-1]
        writer.close()
        await writer.wait_closed()


async def test_new_mail_wakes_whoever_is_in_idle() -> None:
    gate = Gate()
    async with server(gate) as demo, talking(demo) as talk:
        await talk.ask("SELECT INBOX")
        talk.writer.write(b"i IDLE\r\n")
        assert (await talk.line()).startswith("+ ")
        gate.open()
        assert await talk.line() == "* 119 EXISTS"


async def test_what_one_connection_flags_the_other_sees() -> None:
    async with server(Gate()) as demo, talking(demo) as one, talking(demo) as other:
        await one.ask("SELECT INBOX")
        await other.ask("SELECT INBOX")
        await one.ask("STORE 1 +FLAGS.SILENT (\\Flagged)")
        assert any("\\Flagged" in line for line in await other.ask("NOOP"))


async def test_the_new_mail_comes_to_an_end() -> None:
    gate = Gate()
    async with server(gate) as demo, talking(demo) as talk:
        gate.open(len(PAUSES))
        # Twelve arrive, one of them in the mailing list's folder.
        while "* STATUS INBOX (MESSAGES 129)" not in await talk.ask("STATUS INBOX (MESSAGES)"):
            pass
        assert tuple(gate.asked) == PAUSES


async def test_leaving_hangs_up_and_leaves_no_thread_behind() -> None:
    before = set(threading.enumerate())
    async with server(Gate()) as demo:
        reader, writer = await asyncio.open_connection(sock=await demo.dial())
        await reader.readline()
    assert (await reader.read()).startswith(b"* BYE ")
    assert set(threading.enumerate()) == before
    writer.close()
    await writer.wait_closed()


async def test_nothing_starts_before_somebody_dials() -> None:
    before = set(threading.enumerate())
    async with server(Gate()):
        assert set(threading.enumerate()) == before


async def test_two_first_dials_at_once_start_one_server() -> None:
    async with server(Gate()) as demo:
        socks = await asyncio.gather(demo.dial(), demo.dial())
        names = [thread.name for thread in threading.enumerate()]
        assert names.count("demo-server") == 1
        for sock in socks:
            sock.close()


async def test_a_cancelled_dial_does_not_spoil_the_next() -> None:
    async with server(Gate()) as demo:
        first = asyncio.create_task(demo.dial())
        await asyncio.sleep(0)
        first.cancel()
        async with talking(demo):
            pass
        assert first.cancelled()


async def test_dialling_after_the_end_is_unreachable() -> None:
    demo = server(Gate())
    async with demo:
        pass
    with pytest.raises(Unreachable):
        await demo.dial()


async def test_the_real_client_reads_the_demo_like_any_server() -> None:
    gate = Gate()
    async with server(gate) as demo:

        async def dial(account: Account) -> Stream:
            return await Stream.over(await demo.dial())

        async def password() -> str:
            return demo.password

        remote = await connect_imap(demo.account, password, dial=dial)
        try:
            roles = {folder.display: folder.role for folder in await remote.folders()}
            assert set(FOLDERS) <= set(roles)
            assert [roles[name] for name in ("Archive", "Drafts", "Junk", "Sent", "Trash")] == [
                Role.ARCHIVE,
                Role.DRAFTS,
                Role.JUNK,
                Role.SENT,
                Role.TRASH,
            ]
            heads = await remote.newest(b"INBOX", 200)
            assert len(heads) == 118
            assert b"Have you eaten?" in heads[-1].block
            waiting = asyncio.create_task(remote.wait(b"INBOX"))
            for _ in PAUSES:  # pymap does not tell of what came in just before it began to idle; the next one wakes
                gate.open()
                if (await asyncio.wait({waiting}, timeout=1))[0]:
                    break
            await waiting
        finally:
            await remote.close()
