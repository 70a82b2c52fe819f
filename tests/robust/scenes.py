"""A session at an in-memory server, to be cut or stalled at any octet, and the checks that hold afterwards.

The server truly obeys, and what it holds is the truth. A scene is set up once; each cut starts from a copy of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import shutil
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.fakes.imap_server import CAPABILITIES, ImapServer, Leash
from tests.fakes.mailboxes import plain_letter
from tuimail.errors import TuimailError
from tuimail.model import Account, Flag, Security
from tuimail.net.client import ImapClient
from tuimail.net.imap import ImapRemote, connect_imap
from tuimail.net.stream import Stream
from tuimail.store import folders, history, wishes
from tuimail.store.database import USER, Database
from tuimail.sync.account import AccountSync

ANN = Account("a", "127.0.0.1", 1, "u", Security.PLAIN)
HANGS = 20.0
"""Seconds after which a session counts as hanging; those that are stalled bear SILENCE only."""
SILENCE = 0.05
SENT = b"Subject: sent\r\nMessage-ID: <sent@user.test>\r\n\r\nsent\r\n"

Act = Callable[["Scene"], Awaitable[None]]


async def _password() -> str:
    return "secret"


class Scene:
    """A server, a store and the account between them."""

    def __init__(self, server: ImapServer, directory: Path) -> None:
        self.server = server
        self.directory = directory
        self.silence = HANGS
        self.database = Database(directory)

    @classmethod
    async def fresh(cls, directory: Path, letters: int, without: tuple[str, ...] = ()) -> Scene:
        """So many letters on the server, nothing in the store."""
        server = ImapServer("Archive", capabilities=[one for one in CAPABILITIES if one not in without])
        for uid in range(1, letters + 1):
            server.boxes["INBOX"].add(plain_letter(uid))
        scene = cls(server, directory)
        await scene.enter()
        return scene

    async def enter(self) -> None:
        """Make the account."""
        self.account_id = await self.database.write(lambda db: folders.put_account(db, "a"))
        self.account = AccountSync("a", self.account_id, self.database, self.connect, lambda change: None)

    async def again(self, directory: Path) -> Scene:
        """A copy of this scene, which must be closed."""
        shutil.copytree(self.directory, directory)
        server = ImapServer(capabilities=self.server.capabilities)
        server.boxes = copy.deepcopy(self.server.boxes)
        scene = Scene(server, directory)
        await scene.enter()
        return scene

    async def close(self) -> None:
        """Leave nothing behind but the files."""
        await self.server.stop()
        self.database.close()

    # --- what is done

    async def _dial(self, _: Account) -> Stream:
        return await Stream.over(await self.server.dial())

    async def connect(self) -> ImapRemote:
        return await connect_imap(ANN, _password, dial=self._dial, silence=self.silence)

    async def sync(self) -> None:
        """Login, list, push, select, pull, logout."""
        await self.account.once()

    async def wait(self) -> None:
        """Login, select, IDLE until somebody else changes something, logout."""
        remote = await self.connect()
        try:
            await remote.look(b"INBOX")
            waiting = asyncio.ensure_future(remote.wait(b"INBOX"))
            arriving = asyncio.ensure_future(self._arrive())
            try:
                await asyncio.wait([waiting, arriving], return_when=asyncio.FIRST_COMPLETED)
                await waiting
            finally:
                arriving.cancel()
                waiting.cancel()
                await asyncio.gather(waiting, arriving, return_exceptions=True)
        finally:
            await remote.close()

    async def _arrive(self) -> None:
        await self.server.idled.wait()
        self.server.boxes["INBOX"].add(plain_letter(7))
        self.server.boxes["INBOX"].remove(self.server.boxes["INBOX"].letters[0])
        await asyncio.sleep(HANGS)

    async def append(self) -> None:
        """Login, APPEND, logout."""
        client = await ImapClient.connect(ANN, _password, dial=self._dial, silence=self.silence)
        async with client:
            await client.append("Archive", SENT)

    async def act_offline(self) -> None:
        """The user's wishes: a star on one, the other into the archive; and mail arrives meanwhile."""

        read = self.database.read
        rows = dict(read.execute("SELECT trim(message_id, '<>'), id FROM message").fetchall())
        starred, archived = [rows["m1@a.test"]], [rows["m2@a.test"]]
        archive = dict(read.execute("SELECT remote_name, id FROM folder").fetchall())[b"Archive"]
        await self.database.write(lambda db: history.flag(db, starred, int(Flag.FLAGGED), 0, "starred", 1), USER)
        await self.database.write(lambda db: history.move(db, archived, archive, "archived", 1), USER)
        self.server.boxes["INBOX"].add(plain_letter(3))

    # --- what holds

    async def suffer(self, act: Act, leash: Leash) -> bool:
        """Do it on this leash. Whether it was disturbed; no other error than the line's, and it does not hang."""
        self.server.leash = leash
        self.silence = SILENCE if leash.stalls else HANGS
        disturbed = True
        async with asyncio.timeout(HANGS / 2):
            with contextlib.suppress(TuimailError):
                await act(self)
                disturbed = False
        return disturbed

    async def recover(self) -> None:
        """The line is whole again."""
        self.server.leash = Leash()
        self.silence = HANGS
        await self.account.once()
        if wishes.pending_count(self.database.read):
            await self.account.once()

    def check(self) -> None:
        """The store says what the server says, nothing is doubled, and no wish is left."""
        theirs = sorted(
            (name, uid, message_id, bool("\\Flagged" in flags), bool("\\Seen" in flags))
            for name, letters in self.server.everything().items()
            for uid, message_id, flags in letters
            if "\\Deleted" not in flags
        )
        assert max(Counter(message_id for _, _, message_id, *_ in theirs).values()) == 1, ("doubled", theirs)
        query = """SELECT f.remote_name, m.remote_id, m.message_id, m.shown & 4, m.shown & 1
                   FROM message m JOIN folder f ON f.id = m.here WHERE m.gone = 0"""
        ours = sorted(
            (name.decode(), uid, f"<{id_.strip('<>')}>", bool(star), bool(seen))
            for name, uid, id_, star, seen in self.database.read.execute(query)
        )
        assert ours == theirs
        assert wishes.pending_count(self.database.read) == 0

    def check_wishes(self) -> None:
        """What `act_offline` wished has been done, once."""
        inbox, archive = self.server.boxes["INBOX"], self.server.boxes["Archive"]
        living = [letter for letter in inbox.letters if "\\Deleted" not in letter.flags]
        assert [(one.message_id, one.flags) for one in living] == [
            ("<m1@a.test>", {"\\Flagged"}),
            ("<m3@a.test>", set()),
        ]
        assert [letter.message_id for letter in archive.letters] == ["<m2@a.test>"]
        assert archive.uidnext == 2, "it was put there more than once"
