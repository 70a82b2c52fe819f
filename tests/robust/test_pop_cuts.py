"""A POP3 session that reads, files and deletes is cut at every octet of either side: no mail is lost, doubled, deleted
unasked or fetched twice without need.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.fakes.chaos import ChaosProxy
from tests.fakes.pop_server import PASSWORD, USER, PopServer
from tuimail.errors import TuimailError
from tuimail.model import Account, Flag, Security
from tuimail.net.pop.login import open_pop
from tuimail.net.pop.session import PopSession
from tuimail.store import folders, history, wishes
from tuimail.store.database import USER as NOW
from tuimail.store.database import Database
from tuimail.sync import visits
from tuimail.sync.account import AccountSync
from tuimail.sync.pop import PopRemote, connect_pop

PARTS = 4
"""Tests that share the cuts, so that they can run side by side."""
ARCHIVED, DELETED, READ, LEFT, LATE = range(5)


def letter(number: int) -> bytes:
    return b"Subject: %d\r\nMessage-ID: <%d@a.test>\r\n\r\n.text %d\r\n" % (number, number, number)


async def secret() -> str:
    return PASSWORD


class Scene:
    """A server, a store, and the account between them, on a line that can be cut."""

    def __init__(self, server: PopServer, proxy: ChaosProxy, directory: Path) -> None:
        self.server, self.proxy = server, proxy
        self.database = Database(directory)

    async def enter(self) -> None:
        self.account_id = await self.database.write(lambda db: folders.put_account(db, "a", maildrop=True))
        self.drop = visits.Maildrop(self.database, self.account_id, self.open_session, leave="delete")
        self.account = AccountSync("a", self.account_id, self.database, self.connect, lambda change: None)

    async def open_session(self) -> PopSession:
        return await open_pop(Account("a", "127.0.0.1", self.proxy.port, USER, Security.PLAIN), secret)

    async def connect(self) -> PopRemote:
        return await connect_pop(self.drop)

    async def wish(self) -> None:
        """One into the archive, one into the trash, one starred."""
        read = self.database.read
        rows = {int(subject): id_ for subject, id_ in read.execute("SELECT subject, id FROM message")}
        boxes = dict(read.execute("SELECT remote_name, id FROM folder").fetchall())

        archive, trash = boxes[b"Archive"], boxes[b"Trash"]
        await self.database.write(lambda db: history.move(db, [rows[ARCHIVED]], archive, "archived", 1), NOW)
        await self.database.write(lambda db: history.move(db, [rows[DELETED]], trash, "thrown away", 1), NOW)
        await self.database.write(lambda db: history.flag(db, [rows[LEFT]], int(Flag.FLAGGED), 0, "starred", 1), NOW)

    async def act(self) -> None:
        """Push, pull, and read one."""
        await self.account.once()
        (uid,) = self.database.read.execute("SELECT remote_id FROM message WHERE subject = ?", (str(READ),)).fetchone()
        remote = await self.connect()
        try:
            assert await remote.section(b"INBOX", uid, "") == letter(READ)
        finally:
            await remote.close()

    @property
    def kept(self) -> int:
        """Texts that are kept for good."""
        (count,) = self.database.read.execute("SELECT count(*) FROM drop_text").fetchone()
        return int(count)

    def check(self) -> None:
        """All is as it was wished, here and there."""
        assert self.server.kept == [ARCHIVED, READ, LEFT, LATE]
        query = """SELECT f.remote_name, m.subject, m.shown & 4 FROM message m JOIN folder f ON f.id = m.here
                   WHERE m.gone = 0 ORDER BY m.subject"""
        assert [(name, int(subject), star) for name, subject, star in self.database.read.execute(query)] == [
            (b"Archive", ARCHIVED, 0),
            (b"Trash", DELETED, 0),
            (b"INBOX", READ, 0),
            (b"INBOX", LEFT, 4),
            (b"INBOX", LATE, 0),
        ]
        texts = "SELECT data FROM drop_text ORDER BY data"
        assert [data for (data,) in self.database.read.execute(texts)] == [letter(ARCHIVED), letter(DELETED)]
        assert wishes.pending_count(self.database.read) == 0


@contextlib.asynccontextmanager
async def scene(
    directory: Path, proxy: ChaosProxy, server: PopServer, source: Path | None = None
) -> AsyncIterator[Scene]:
    if source is not None:
        shutil.copytree(source, directory)
    made = Scene(server, proxy, directory)
    await made.enter()
    try:
        yield made
    finally:
        made.database.close()


@pytest.fixture
def memory() -> Iterator[Path]:
    """A directory that costs no disk, where the system has one."""
    shared = Path("/dev/shm")
    with TemporaryDirectory(prefix="cuts", dir=shared if shared.is_dir() else None) as directory:
        yield Path(directory)


def full(quirk: str) -> PopServer:
    return PopServer([letter(number) for number in range(5)], *filter(None, [quirk]))


async def suffers(cut: Scene) -> bool:
    """Do it on this line; whether that was noticed."""
    try:
        await cut.act()
    except TuimailError:
        return True
    return False


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("quirk", ["", "qpop_delete", "no_pipelining"])
@pytest.mark.parametrize("side", ["server", "client"])
async def test_a_cut_at_any_octet_loses_doubles_and_deletes_nothing(
    side: str, quirk: str, part: int, memory: Path
) -> None:
    """Every octet of the server that is all there should be, and of what the client says to it and to one that commits
    deletions on any disconnect; of the rest a sample."""
    first = full(quirk)
    first.kept.remove(LATE)
    async with (
        first,
        ChaosProxy("127.0.0.1", first.port) as proxy,
        scene(memory / "prepared", proxy, first) as prepared,
    ):
        await prepared.account.once()
        await prepared.wish()
    async with full(quirk) as server, ChaosProxy("127.0.0.1", server.port) as proxy:
        async with scene(memory / "whole", proxy, server, memory / "prepared") as whole:
            await whole.act()
            whole.check()
        length = proxy.down if side == "server" else proxy.up
    every = 1 if not quirk or (side, quirk) == ("client", "qpop_delete") else 11 if side == "server" else 5
    tries = range(part, length, PARTS * every)
    assert len(tries) > (20 if side == "server" else 5)
    disturbed = 0
    for octets in tries:
        where = memory / str(octets)
        async with (
            full(quirk) as server,
            ChaosProxy("127.0.0.1", server.port, **{"cut_down" if side == "server" else "cut_up": octets}) as proxy,
            scene(where, proxy, server, memory / "prepared") as cut,
        ):
            try:
                disturbed += await suffers(cut)
                proxy.cut_down = proxy.cut_up = None
                server.commands.clear()
                missing = 2 - cut.kept
                await cut.account.once()
                await cut.account.once()
                cut.check()
                assert sum(line.startswith("RETR") for line in server.commands) == missing, "what came was kept"
                server.commands.clear()
                await cut.account.once()
                assert not [line for line in server.commands if line.startswith(("TOP", "RETR", "DELE"))]
            except BaseException as error:
                error.add_note(f"cut behind {octets} of {length} octets")
                raise
        shutil.rmtree(where)
    assert disturbed > len(tries) // 3, "most cuts were noticed"
