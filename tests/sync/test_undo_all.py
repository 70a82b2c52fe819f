"""Whatever was done, and whatever went wrong meanwhile: after undoing all, the server is as it was at the start.

Five hundred actions a life, with lines cut before and after the server obeyed, other clients, servers of several
kinds, and deaths: the program ends at any step, also in the middle of a command, and another goes on with what is on
disk. TUIMAIL_LIVES=2000 lives longer than the daily few.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import random
import shutil
import tempfile
from collections import Counter
from pathlib import Path

import pytest

from tests.fakes.fake_remote import FakeFolder, FakeServer
from tests.sync.compared import unsure_copies, wrong
from tests.sync.hand import SEEN, STARRED, Hand
from tuimail.errors import ConnectionLost, RemoteError
from tuimail.model import Flag
from tuimail.store import folders, wishes
from tuimail.store.database import Database
from tuimail.store.shelf_order import NOT_EMPTY
from tuimail.sync.account import AccountSync

BOXES = (b"INBOX", b"Archive", b"Trash", b"Travel")
TOLD = ("store", "move", "copy", "copying", "remove", "mark", "create", "rename", "delete", "subscribe")
"""Commands during which the user thinks better of it."""
ACTIONS = 500
LIVES = int(os.environ.get("TUIMAIL_LIVES", "10"))
MEMORY = Path("/dev/shm") if Path("/dev/shm").is_dir() else None
"""A disk that forgets is enough for a store whose deaths are made up."""


class Life:
    """A server, a user, and one program after another."""

    def __init__(self, seed: int, directory: Path, *, mortal: bool) -> None:
        self.random = random.Random(seed)
        rng = self.random
        self.server = FakeServer(
            uidplus=rng.random() < 0.6,
            condstore=rng.random() < 0.6,
            qresync=rng.random() < 0.5,
            uidnext=rng.random() < 0.8,
        )
        self.server.expunges = self.server.uidplus or rng.random() < 0.5
        self.server.folders[b"Travel"] = FakeFolder()
        self.server.carries = bool(seed % 2)
        self.calm = rng.random() < 0.25
        """No line is cut and nobody else is there: so with UIDPLUS each copy is known for sure."""
        self.server.before = self.server.after = self._fault
        self.directory = directory
        self.mortal = mortal
        self.deaths = 0
        self.touched: set[str] = set()
        """Messages that another client touched: of these nothing is promised."""
        self.start: dict[str, tuple[bytes, int, str]] = {}
        self.cut = 0.0
        self.fickle = False
        self.clock = itertools.count()
        self._copy: Path | None = None

    async def _fault(self, command: str) -> None:
        """Before and after each command: the user acts, the line is cut, or the program dies."""
        if self.fickle and command in TOLD and self.random.random() < 0.5:
            await self.hand.act()
        if self.random.random() < self.cut:
            if self.mortal and self.random.random() < 0.5:
                await self._die()
            raise ConnectionLost("cut")

    async def _die(self) -> None:
        """What is on disk now is all that will be left."""
        if self._copy is not None:
            return
        self.deaths += 1
        self._copy = self.directory / str(self.deaths)
        self._copy.mkdir()
        source, target = self.database.path.parent, self._copy

        def copy(_: object) -> None:  # on the writer's thread, so between two transactions
            for name in ("mail.db", "mail.db-wal"):
                if (source / name).exists():
                    shutil.copy(source / name, target / name)

        await self.database.write(copy)

    async def _born(self, directory: Path) -> None:
        self.database = Database(directory)
        self.account_id = await self.database.write(lambda db: folders.put_account(db, "a"))
        self.account = AccountSync("a", self.account_id, self.database, self.server.connect, lambda change: None)
        before = getattr(self, "hand", None)
        self.hand = Hand(self.database, self.random, clock=self.clock)
        if before is not None:  # what a dead program did last may be on disk, or not
            self.hand.deleted, self.hand.doubtful = before.deleted, before.doubtful

    def put(self, box: bytes, name: str) -> None:
        """A message comes."""
        flags = Flag(self.random.choice((0, SEEN, STARRED, SEEN | STARRED)))
        self.server.put(box, name, flags)
        self.start[name] = (box, int(flags), "")

    async def live(self) -> None:
        await self._born(self.directory)
        for number in range(self.random.randint(2, 12)):
            self.put(self.random.choice(BOXES), f"m{number}")
        await self.account.once()
        for number in range(ACTIONS):
            kind = self.random.random()
            if kind < 0.85:
                await self.hand.act()
                if self.mortal and not self.calm and self.random.random() < 0.01:
                    await self._die()
            elif kind < 0.87:
                self.put(b"INBOX", f"n{number}")
            elif kind < 0.88 and not self.calm:
                self.other_client()
            else:
                self.cut = 0.0 if self.calm else self.random.choice((0.0, 0.05, 0.2))
                self.fickle = self.random.random() < 0.4
                with contextlib.suppress(RemoteError):
                    await self.account.once()
                self.cut, self.fickle = 0.0, False
            if self._copy is not None:
                self.database.close()
                copy, self._copy = self._copy, None
                await self._born(copy)

    def other_client(self) -> None:
        """Somebody else does something."""
        box = self.random.choice([name for name in BOXES if name in self.server.folders])
        there = [uid for uid, m in self.server.folders[box].messages.items() if not m.flags & Flag.DELETED]
        if not there:
            return
        uid = self.random.choice(there)
        self.touched.add(self.server.folders[box].messages[uid].message_id)
        kind = self.random.random()
        if kind < 0.3:
            self.server.expunge(box, uid)
        elif kind < 0.6:
            self.server.move(box, uid, self.random.choice(BOXES[:3]))
        else:
            self.server.flag(box, uid, Flag.SEEN, Flag.FLAGGED)

    async def end(self) -> None:
        """Undo all, and look at the server."""
        await self.hand.undo_all()
        for _ in range(4):
            await self.account.once()
        stuck = self._stuck()
        assert stuck or wishes.pending_count(self.database.read) == 0, "a wish was left"
        places: dict[str, list[tuple[bytes, int, str]]] = {}
        for box, folder in self.server.folders.items():
            for m in folder.messages.values():
                if not m.flags & Flag.DELETED:
                    places.setdefault(m.message_id, []).append((box, int(m.flags), m.keywords))
        unsure = self._unsure_copies()
        excused = self.touched | self.hand.doubtful
        differ = wrong(self.start, places, deleted=self.hand.deleted, unsure=unsure, excused=excused)
        assert not differ, f"not as at the start: {differ}"
        if stuck:
            return  # and what is above it, below it, or waits for its name
        left = {box for box in self.server.folders if box not in BOXES and not self._touched_in(box)}
        assert not left, f"folders that were not there: {left}"
        idle = {level for level in self.server.levels if not self.server.below(level)}
        assert not idle, f"names left of folders: {idle}"
        assert set(BOXES) <= set(self.server.folders), f"folders not there any more: {list(self.server.folders)}"
        assert not self.server.unsubscribed & set(BOXES)

    def _unsure_copies(self) -> Counter[str]:
        if self.calm and self.server.uidplus:
            return Counter()
        return Counter({name.strip("<>"): many for name, many in unsure_copies(self.database.read).items()})

    def _stuck(self) -> bool:
        """Can a folder not be deleted again, for there is something in it of which nothing is promised?"""
        rows = self.database.read.execute("SELECT remote_name FROM folder WHERE wish_error = ?", (NOT_EMPTY,))
        return any(self._touched_in(bytes(name)) for (name,) in rows)

    def _touched_in(self, box: bytes) -> bool:
        """May something be left here of which nothing is promised?"""
        names = {m.message_id for m in self.server.folders[box].messages.values() if not m.flags & Flag.DELETED}
        return bool(names & (self.touched | self.hand.doubtful | set(self._unsure_copies())))


async def _one_life(seed: int, *, mortal: bool) -> Life:
    directory = Path(tempfile.mkdtemp(prefix="undo", dir=MEMORY))
    life = Life(seed, directory, mortal=mortal)
    try:
        await life.live()
        await life.end()
    finally:
        life.database.close()
        shutil.rmtree(directory)
    return life


@pytest.mark.parametrize("seed", range(LIVES))
def test_undoing_all_brings_the_server_back_whatever_was_cut(seed: int) -> None:
    asyncio.run(_one_life(seed, mortal=False))


@pytest.mark.parametrize("seed", range(LIVES))
def test_undoing_all_brings_the_server_back_whoever_died(seed: int) -> None:
    life = asyncio.run(_one_life(10_000 + seed, mortal=True))
    assert life.deaths or seed, "this one is not calm: in it somebody dies"
