"""The one law: a wish ends only by the server's word, whatever is cut, undone or changed meanwhile.

Random lives of a user, offline spells, lines cut before and after the server obeyed, other
clients, servers with and without COPYUID, CONDSTORE and UIDNEXT, and a user who changes their
mind while a command is in flight. Afterwards nothing is lost, doubled or left wishing.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import shutil
import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.fakes.fake_remote import FakeFolder, FakeMessage, FakeServer
from tuimail.errors import ConnectionLost, RemoteError
from tuimail.model import Flag
from tuimail.protocol.imap import keywords
from tuimail.store import folders, history, wishes
from tuimail.store.database import USER, Database
from tuimail.sync.account import AccountSync

BOXES = (b"INBOX", b"Archive", b"Trash")
COPIES = b"Copies"
"""Where the user copies to, and nobody else looks."""


class Life:
    """A user, a store and a server, driven by a seeded random generator."""

    def __init__(self, seed: int, directory: Path) -> None:
        self.random = random.Random(seed)
        self.server = FakeServer(
            uidplus=self.random.random() < 0.5,
            condstore=self.random.random() < 0.6,
            qresync=self.random.random() < 0.5,
            uidnext=self.random.random() < 0.8,
        )
        self.server.folders[COPIES] = FakeFolder()
        self.server.expunges = self.server.uidplus or self.random.random() < 0.5
        self.database = Database(directory)
        self.cut = 0.0
        self.fickle = False
        self.last_place: dict[str, bytes | None] = {}
        """Message-ID → where the user last wanted it (None: nowhere), unless somebody else touched it since."""
        self.last_star: dict[str, bool] = {}
        self.last_label: dict[str, bool] = {}
        self.deleted: set[str] = set()
        """Messages that the user has deleted for good."""
        self.elsewhere: set[str] = set()
        """Messages that another client has moved, of which we may not know yet."""
        self.meddled: set[str] = set()
        """Messages that another client touched at all."""
        self.strayed: set[str] = set()
        """Messages that another client touched while there were two of them: then there may stay two."""
        self.server.before = self.server.after = self._fault

    async def _fault(self, command: str) -> None:
        if self.fickle and command in ("store", "move", "remove", "mark") and self.random.random() < 0.5:
            await self.act()
        if self.random.random() < self.cut:
            raise ConnectionLost("cut")

    async def begin(self) -> None:
        self.account_id = await self.database.write(lambda db: folders.put_account(db, "a"))
        self.account = AccountSync("a", self.account_id, self.database, self.server.connect, lambda change: None)
        for number in range(self.random.randint(1, 8)):
            self.server.put(self.random.choice(BOXES), f"m{number}")
        await self.account.once()

    def rows(self) -> list[tuple[int, str, int]]:
        """What the user acts on: any message that is no copy."""
        return self.database.read.execute(
            """SELECT id, subject, shown FROM message WHERE gone = 0 AND here IS NOT NULL
                 AND id NOT IN (SELECT row_id FROM copy WHERE row_id IS NOT NULL)
                 AND here NOT IN (SELECT id FROM folder WHERE remote_name = ?) ORDER BY id""",
            (COPIES,),
        ).fetchall()

    def labelled(self, id_: int) -> bool:
        query = "SELECT keywords, want_keywords FROM message WHERE id = ?"
        words = self.database.read.execute(query, (id_,)).fetchone()
        return "work" in keywords.labels(*(word.lower() for word in words))

    def folder_id(self, name: bytes) -> int:
        query = "SELECT id FROM folder WHERE remote_name = ?"
        return int(self.database.read.execute(query, (name,)).fetchone()[0])

    async def act(self) -> None:
        """One thing the user does."""
        rows = self.rows()
        if not rows:
            return
        id_, name, shown = self.random.choice(rows)
        before = self._wanted()
        star = (0, 4) if shown & 4 else (4, 0)
        word = "-work" if self.labelled(id_) else "+work"
        kind = self.random.random()
        if kind < 0.4:
            target = self.folder_id(self.random.choice(BOXES))
            await self.database.write(lambda db: history.move(db, [id_], target, "moved", 1), USER)
        elif kind < 0.5:  # as spam is: a move, a bit and a keyword in one
            item = (id_, self.folder_id(b"Archive"), *star, word)
            await self.database.write(lambda db: history.change(db, [item], "changed", 1), USER)
        elif kind < 0.6:
            await self.database.write(lambda db: history.label(db, [id_], word, "labelled", 1), USER)
        elif kind < 0.63:
            goal = {self.account_id: self.folder_id(COPIES)}
            await self.database.write(lambda db: history.copy_within(db, [id_], goal, "copied", 1), USER)
        elif kind < 0.68:
            await self.database.write(lambda db: history.delete(db, [id_], 1), USER)
        elif kind < 0.8:
            await self.database.write(lambda db: history.flag(db, [id_], *star, "flagged", 1), USER)
        else:
            await self.database.write(lambda db: history.undo(db, 1), USER)
        after = self._wanted()
        for id_, (name, *was) in before.items():
            if id_ not in after:
                self._deleted(name)
                continue
            _, place, starred, labelled = after[id_]
            if place != was[0]:
                self.last_place[name] = place
            if starred != was[1]:
                self.last_star[name] = starred
            if labelled != was[2]:
                self.last_label[name] = labelled

    def _deleted(self, name: str) -> None:
        self.deleted.add(name)
        self.last_place[name] = None
        if name in self.elsewhere:  # what another client took away before stays where that put it
            self._promise_nothing(name)

    def _wanted(self) -> dict[int, tuple[str, bytes, bool, bool]]:
        query = """SELECT m.id, m.subject, f.remote_name, m.shown & 4 FROM message m JOIN folder f ON f.id = m.here
                   WHERE m.gone = 0 AND m.id NOT IN (SELECT row_id FROM copy WHERE row_id IS NOT NULL)"""
        rows = self.database.read.execute(query).fetchall()
        return {i: (s, bytes(n), bool(star), self.labelled(i)) for i, s, n, star in rows}

    def _promise_nothing(self, name: str) -> None:
        for promises in (self.last_place, self.last_star, self.last_label):
            promises.pop(name, None)

    def other_client(self) -> None:
        """Somebody else does something; what they touched is no longer ours to promise."""
        box = self.random.choice(BOXES)
        messages = self.server.folders[box].messages
        if not messages:
            return
        uid = self.random.choice(sorted(messages))
        if messages[uid].flags & Flag.DELETED:
            return
        name = messages[uid].message_id
        self.meddled.add(name)
        self._promise_nothing(name)
        if len(self.server.where()[name]) > 1:  # a copy whose answer we lost, taken elsewhere before we looked for it
            self.strayed.add(name)
        kind = self.random.random()
        if kind < 0.3:
            self.server.expunge(box, uid)
        elif kind < 0.7:
            self.server.move(box, uid, self.random.choice(BOXES))
            self.elsewhere.add(name)
        else:
            self.server.flag(box, uid, Flag.SEEN, Flag.NONE, self.random.choice(("", "+theirs", "+WORK")))

    async def sync(self) -> None:
        with contextlib.suppress(RemoteError):
            await self.account.once()
            self.elsewhere.clear()

    async def live(self) -> None:
        await self.begin()
        for number in range(self.random.randint(1, 20)):
            kind = self.random.random()
            if kind < 0.55:
                await self.act()
            elif kind < 0.65:
                self.server.put(b"INBOX", f"n{number}")
            elif kind < 0.72:
                self.other_client()
            else:
                self.cut, self.fickle = self.random.choice((0.0, 0.05, 0.2)), self.random.random() < 0.4
                await self.sync()
                self.cut, self.fickle = 0.0, False

    async def check(self) -> None:
        held = {m.message_id for box, m in self._all() if box != COPIES} - self.deleted
        for _ in range(3):
            await self.account.once()
        originals = self._originals()
        where: dict[str, list[bytes]] = {}
        for (place, _), message in originals.items():
            where.setdefault(message.message_id, []).append(place)
        assert set(where) >= held, "lost on the server"
        for name, box in self.last_place.items():
            assert name not in where or box is not None or name in self.strayed, f"{name} was to be deleted"
        assert all(len(places) == 1 or name in self.strayed for name, places in where.items()), "doubled on the server"
        theirs = sorted(
            (name, uid, m.message_id, int(m.flags), keywords.labels(m.keywords))
            for name, box in self.server.folders.items()
            for uid, m in box.messages.items()
            if not m.flags & Flag.DELETED
        )
        query = """SELECT f.remote_name, m.remote_id, m.subject, m.shown, m.keywords, m.want_keywords
                   FROM message m JOIN folder f ON f.id = m.here WHERE m.gone = 0"""
        rows = self.database.read.execute(query)
        ours = sorted((bytes(n), u, s, f, keywords.labels(*words)) for n, u, s, f, *words in rows)
        assert ours == theirs, "store and server differ"
        assert wishes.pending_count(self.database.read) == 0, "a wish was left"
        for name, box in self.last_place.items():
            places = where.get(name, [box])
            one = places == [box] or (name in self.strayed and box in places)
            assert one, f"{name} is not where the user wanted it last"
        labels = {m.message_id: "work" in keywords.labels(m.keywords.lower()) for m in originals.values()}
        for name, label in self.last_label.items():
            assert labels.get(name, label) == label, f"the label of {name} is not as the user wanted it last"
        stars = {m.message_id: bool(m.flags & 4) for m in originals.values()}
        for name, star in self.last_star.items():
            assert stars.get(name, star) == star, f"the star of {name} is not as the user wanted it last"
        counts = self.database.read.execute("SELECT sum(total), sum(unread) FROM folder").fetchone()
        assert counts == (len(theirs), sum(1 for t in theirs if not t[3] & 1)), "the counts are wrong"

    def _originals(self) -> dict[tuple[bytes, int], FakeMessage]:
        """What the server shows, but for our copies: each wished for was made once, each undone is gone or trashed."""
        shown = {
            (name, uid): message
            for name, box in self.server.folders.items()
            for uid, message in box.messages.items()
            if not message.flags & Flag.DELETED
        }
        wished: Counter[str] = Counter()
        query = """SELECT COALESCE(m.subject, r.subject, ''), c.wanted, f.remote_name, r.remote_id FROM copy c
                   LEFT JOIN message m ON m.id = c.message_id LEFT JOIN message r ON r.id = c.row_id
                   LEFT JOIN folder f ON f.id = r.folder_id"""
        for name, wanted, folder, uid in self.database.read.execute(query).fetchall():
            wished[name] += wanted
            if folder is not None and (bytes(folder) == COPIES) != bool(wanted):
                raise AssertionError(f"a copy of {name} is in {folder}")
            shown.pop((bytes(folder or b""), uid), None)
        made = Counter(m.message_id for box, m in self._all() if box == COPIES)
        for name in {*wished, *made} - self.deleted - self.meddled - {""}:
            assert made[name] == wished[name], f"{made[name]} copies of {name}, not {wished[name]}"
        return {place: message for place, message in shown.items() if place[0] != COPIES}

    def _all(self) -> list[tuple[bytes, FakeMessage]]:
        boxes = self.server.folders.items()
        return [(name, m) for name, box in boxes for m in box.messages.values() if not m.flags & Flag.DELETED]


async def _one_life(seed: int) -> None:
    directory = Path(tempfile.mkdtemp(prefix="law"))
    life = Life(seed, directory)
    try:
        await life.live()
        await life.check()
    finally:
        life.database.close()
        shutil.rmtree(directory)


@settings(max_examples=150, deadline=None)
@given(st.integers(min_value=0, max_value=2**32))
@example(94504567)  # another client had set the same label in other letters
@example(5170)  # of two that another client has made of one, the user moves one
def test_wishes_converge_whatever_is_cut_undone_or_changed_in_flight(seed: int) -> None:
    asyncio.run(_one_life(seed))
