"""As `test_cuts`, at a real Dovecot behind a proxy that cuts the line or falls silent: every 50th octet of a session.

Three sessions: login, list, push (flag, move), select, sync; login, append; login, select, IDLE, news. What the server
did on its side when the line went is Dovecot's own affair here, with literals, pipelining and a second process.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.chaos import ChaosProxy
from tests.net.reach import password
from tests.servers.dovecot import Dovecot
from tests.sync.house import letter
from tuimail.errors import TuimailError
from tuimail.model import Account, Flag, Security
from tuimail.net import imap, login, watching
from tuimail.net.client import ImapClient
from tuimail.net.imap import ImapRemote, connect_imap
from tuimail.store import folders, history, wishes
from tuimail.store.database import USER, Database
from tuimail.sync.account import AccountSync

STEP = 50
"""Octets from one cut to the next."""
HANGS = 10.0


class Life:
    """One user at a server, known to a store, reached directly or through a proxy."""

    def __init__(self, dovecot: Dovecot, proxy: ChaosProxy, directory: Path) -> None:
        self.dovecot, self.proxy = dovecot, proxy
        self.user = dovecot.user()
        self.port = dovecot.port
        self.silence = HANGS
        self.database = Database(directory)

    @property
    def where(self) -> Account:
        return Account("a", self.dovecot.host, self.port, self.user, Security.PLAIN)

    async def begin(self) -> None:
        """Three letters, all known here; wishes that wait; a fourth letter nobody has seen."""
        self.dovecot.deliver(self.user, [letter(n) for n in (1, 2, 3)])
        self.id = await self.database.write(lambda db: folders.put_account(db, "a"))
        self.account = AccountSync("a", self.id, self.database, self.connect, lambda change: None)
        await self.account.once()
        rows = dict(self.database.read.execute("SELECT subject, id FROM message").fetchall())
        archive = dict(self.database.read.execute("SELECT name, id FROM folder").fetchall())["Archive"]
        star = int(Flag.FLAGGED)
        await self.database.write(lambda db: history.flag(db, [rows["letter 1"]], star, 0, "starred", 1), USER)
        await self.database.write(lambda db: history.move(db, [rows["letter 2"]], archive, "archived", 1), USER)
        self.dovecot.deliver(self.user, [letter(4)])

    async def connect(self) -> ImapRemote:
        return await connect_imap(self.where, password, silence=self.silence)

    # --- sessions

    async def sync(self) -> None:
        await self.account.once("INBOX")

    async def append(self) -> None:
        async with await ImapClient.connect(self.where, password, silence=self.silence) as client:
            await client.append("Sent", letter(9))

    async def idle(self) -> None:
        remote = await self.connect()
        waiting = asyncio.ensure_future(self._news(remote))
        try:
            while not waiting.done() and not any(line.endswith(b" IDLE") for line in self.proxy.lines):
                moving = asyncio.ensure_future(self.proxy.moved())
                await asyncio.wait([waiting, moving], return_when=asyncio.FIRST_COMPLETED)
                moving.cancel()
            if not waiting.done():
                await asyncio.to_thread(self.dovecot.deliver, self.user, [letter(5)])
            await waiting
        finally:
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            await remote.close()

    async def _news(self, remote: ImapRemote) -> None:
        await remote.look(b"INBOX")
        await remote.wait(b"INBOX")

    # --- what holds

    async def suffer(self, act: Callable[[Life], Awaitable[None]], silence: float, **how: int) -> bool:
        """Do it at the end of a bad line; whether that was noticed. It does not hang."""
        self.proxy.cut_down, self.proxy.cut_up, self.proxy.stall = (how.get(n) for n in ("down", "up", "stall"))
        self.proxy.lines.clear()
        self.port, self.silence, noticed = self.proxy.port, silence, True
        async with asyncio.timeout(HANGS):
            with contextlib.suppress(TuimailError):
                await act(self)
                noticed = False
        self.port, self.silence = self.dovecot.port, HANGS
        return noticed

    async def agree(self) -> None:
        """On a good line all becomes as it was wished, once, and the store says what the server says."""
        for _ in range(3):
            await self.account.once()
        assert wishes.pending_count(self.database.read) == 0
        theirs = Counter(await asyncio.to_thread(self._theirs))
        query = """SELECT f.name, m.subject, m.shown & 4 <> 0 FROM message m JOIN folder f ON f.id = m.here
                   WHERE m.gone = 0"""
        ours = Counter((name, subject, bool(star)) for name, subject, star in self.database.read.execute(query))
        assert ours == theirs and max(theirs.values()) == 1, (ours, theirs)
        assert {("INBOX", "letter 1", True), ("Archive", "letter 2", False), ("INBOX", "letter 4", False)} <= set(
            theirs
        )
        assert not {("INBOX", "letter 2", False), ("Archive", "letter 1", False)} & set(theirs)

    def _theirs(self) -> list[tuple[str, str, bool]]:
        found: list[tuple[str, str, bool]] = []
        with self.dovecot.client(self.user) as other:
            for name in ("INBOX", "Archive", "Sent"):
                other.select(name, readonly=True)
                told: list[Any] = other.uid("FETCH", "1:*", "(FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])")[1]
                letters = [piece for piece in told if isinstance(piece, tuple)]
                found += [(name, head.decode()[9:].strip(), b"\\Flagged" in said) for said, head in letters]
        return found


SESSIONS = {"sync": Life.sync, "append": Life.append, "idle": Life.idle}


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap, "_LOGOUT_SECONDS", 0.05)


async def lengths(
    dovecot: Dovecot, proxy: ChaosProxy, directory: Path, act: Callable[[Life], Awaitable[None]]
) -> dict[str, int]:
    """Octets that each side says in a session that nobody disturbs."""
    life = Life(dovecot, proxy, directory)
    await life.begin()
    proxy.down = proxy.up = 0
    assert not await life.suffer(act, HANGS)
    said = proxy.down, proxy.up
    await life.agree()
    life.database.close()
    return {"down": said[0], "up": said[1]}


@pytest.mark.timeout(300)  # 24 s on a quiet machine, and three times that on a busy one
@pytest.mark.parametrize("way", ["down", "up"])
@pytest.mark.parametrize("session", SESSIONS)
async def test_a_cut_costs_nothing_but_the_line(session: str, way: str, dovecot: Dovecot, tmp_path: Path) -> None:
    act = SESSIONS[session]
    async with ChaosProxy(dovecot.host, dovecot.port) as proxy:
        octets = (await lengths(dovecot, proxy, tmp_path / "whole", act))[way]
        assert octets > 3 * STEP
        for at in range(0, octets, STEP):
            life = Life(dovecot, proxy, tmp_path / f"{at}")
            try:
                await life.begin()
                await life.suffer(act, HANGS, **{way: at})
                await life.agree()
            except BaseException as error:
                error.add_note(f"cut behind octet {at}, {way}")
                raise
            finally:
                life.database.close()


@pytest.mark.parametrize("session", SESSIONS)
async def test_a_silence_is_ended_in_time(
    session: str, dovecot: Dovecot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    act = SESSIONS[session]
    async with ChaosProxy(dovecot.host, dovecot.port) as proxy:
        octets = (await lengths(dovecot, proxy, tmp_path / "whole", act))["down"]
        for at in range(0, octets, 10 * STEP):
            life = Life(dovecot, proxy, tmp_path / f"{at}")
            await life.begin()
            with monkeypatch.context() as impatient:
                impatient.setattr(login, "GREETING_SECONDS", 0.5)
                impatient.setattr(watching, "ANSWER_SECONDS", 0.5)
                await life.suffer(act, 0.3, stall=at)
            await life.agree()
            life.database.close()
