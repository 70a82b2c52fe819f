"""A user's hand that does anything whatever, for tests which then take everything back.

Another kind of action is one more function in ACTIONS.
"""

from __future__ import annotations

import itertools
import random
import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

from tuimail.store import history, muting, past, shelf_deeds, threads, waiting
from tuimail.store.database import SYNC, Database
from tuimail.store.history import Done

STARRED, SEEN, JUNK = 4, 1, 32


class Hand:
    """Acts on a store at random.

    told: hears of each deed, as Mail would. clock: seconds that go on. says: ("delete", subjects) before they are
    deleted for good, ("deleted", …) after that, ("doubt", …) before a deletion is dropped, perhaps too late.
    """

    def __init__(
        self,
        database: Database,
        rng: random.Random,
        told: Callable[[Done], object] = lambda done: None,
        clock: Iterator[int] | None = None,
        says: Callable[[str, set[str]], None] = lambda what, names: None,
    ) -> None:
        self.database = database
        self.random = rng
        self.clock = 0
        self.deleted: set[str] = set()
        """Subjects of what was deleted for good, copies apart."""
        self.doubtful: set[str] = set()
        """Of these a deletion for good was dropped, perhaps too late."""
        self._told = told
        self.says = says
        self._ticks = clock or itertools.count()

    async def act(self, only: Sequence[str] = ()) -> str:
        """One action; returns which."""
        name = self.random.choice(only or tuple(ACTIONS))
        self.clock = next(self._ticks)
        await ACTIONS[name](self)
        return name

    async def do(self, work: Callable[[sqlite3.Connection], Done | None]) -> Done | None:
        """One transaction."""
        done = await self.database.write(work, SYNC)
        if done is not None:
            self._told(done)
        return done

    def some(self) -> list[int]:
        """A few of the messages that are shown."""
        query = "SELECT id FROM message WHERE gone = 0 AND here IS NOT NULL ORDER BY id"
        there = [id_ for (id_,) in self.database.read.execute(query)]
        return self.random.sample(there, min(len(there), self.random.choice((1, 1, 1, 2, 3, 8))))

    def box(self, *roles: str) -> int:
        """A folder that mail can be moved into, with one of these roles if any are named."""
        query = f"""SELECT id FROM folder WHERE here AND selectable AND NOT want_gone
                    {f"AND role IN ({', '.join(map(repr, roles))})" if roles else ""} ORDER BY id"""
        return int(self.random.choice(self.database.read.execute(query).fetchall())[0])

    def shelf(self) -> tuple[int, int, str, str] | None:
        """(Id, account, name, separator) of a folder that may be renamed or deleted."""
        rows = self.database.read.execute(
            """SELECT id, account_id, name, separator FROM folder f WHERE here AND NOT want_gone AND role = ''
               AND NOT EXISTS (SELECT 1 FROM folder o WHERE o.here AND NOT o.want_gone
                 AND substr(o.name, 1, length(f.name) + 1) = f.name || f.separator) ORDER BY id"""
        ).fetchall()
        return self.random.choice(rows) if rows else None

    def fresh_name(self) -> str | None:
        """A name that no folder has just now, though one may have had it; some are below another folder."""
        rows = self.database.read.execute("SELECT name, role, separator FROM folder WHERE here AND NOT want_gone")
        there = {name: (role, separator) for name, role, separator in rows}
        above = [""] + [name + separator for name, (role, separator) in there.items() if separator and not role]
        name = self.random.choice(above) + self.random.choice("XYZ")
        return None if name in there or name.count("/") > 2 else name

    async def undo_all(self) -> None:
        """Every line, some of them out of order."""
        for _ in range(20):
            await self.act(["reverse"])
        while await self.do(lambda db: history.undo(db, self.clock)):
            pass


Act: TypeAlias = Callable[[Hand], Awaitable[object]]


async def _archive(hand: Hand) -> None:
    ids, box = hand.some(), hand.box("archive")
    await hand.do(lambda db: history.move(db, ids, box, "archived", hand.clock))


async def _trash(hand: Hand) -> None:
    ids, box = hand.some(), hand.box("trash")
    await hand.do(lambda db: history.move(db, ids, box, "moved to trash", hand.clock))


async def _move(hand: Hand) -> None:
    ids, box = hand.some(), hand.box()
    await hand.do(lambda db: history.move(db, ids, box, "moved", hand.clock))


async def _star(hand: Hand) -> None:
    ids, bits = hand.some(), hand.random.choice(((STARRED, 0), (0, STARRED)))
    await hand.do(lambda db: history.flag(db, ids, *bits, "starred", hand.clock))


async def _read(hand: Hand) -> None:
    ids, bits = hand.some(), hand.random.choice(((SEEN, 0), (0, SEEN)))
    await hand.do(lambda db: history.flag(db, ids, *bits, "marked", hand.clock))


async def _label(hand: Hand) -> None:
    ids, word = hand.some(), hand.random.choice(("+work", "-work", "+todo", "-todo +work"))
    await hand.do(lambda db: history.label(db, ids, word, "labelled", hand.clock))


async def _spam(hand: Hand) -> None:
    """A move, bits and keywords in one."""
    ids, box = hand.some(), hand.box("trash", "junk")
    items: list[tuple[int, int | None, int, int, str]] = [(id_, box, SEEN, STARRED, "+work") for id_ in ids]
    await hand.do(lambda db: history.change(db, items, "marked spam", hand.clock))


async def _undo(hand: Hand) -> None:
    await hand.do(lambda db: history.undo(db, hand.clock))


async def _redo(hand: Hand) -> None:
    await hand.do(lambda db: history.redo(db, hand.clock))


async def _reverse(hand: Hand) -> None:
    standing = [line for line in past.lines(hand.database.read, 40) if line.able and not line.deed.undone]
    if standing:
        deed = hand.random.choice(standing).deed
        await hand.do(lambda db: past.reverse(db, deed.id, hand.clock))


async def _repeat(hand: Hand) -> None:
    reversed_ = [line for line in past.lines(hand.database.read, 40) if line.able and line.deed.undone]
    if reversed_:
        deed = hand.random.choice(reversed_).deed
        await hand.do(lambda db: past.repeat(db, deed.id, hand.clock))


async def _drop(hand: Hand) -> None:
    if groups := [group for group in waiting.groups(hand.database.read) if group.what]:
        group = hand.random.choice(groups)
        ids = [member.message_id for member in waiting.members(hand.database.read, group.key)]
        some = hand.random.sample(ids, hand.random.randint(min(1, len(ids)), len(ids)))
        if group.what.startswith("delete from"):
            hand.doubtful |= names(hand, some)
            hand.says("doubt", names(hand, some))
        await hand.do(lambda db: waiting.drop(db, group.key, hand.clock, only=some))


async def _copy(hand: Hand) -> None:
    ids, box = hand.some(), hand.box()
    (account,) = hand.database.read.execute("SELECT account_id FROM folder WHERE id = ?", (box,)).fetchone()
    await hand.do(lambda db: history.copy_within(db, ids, {account: box}, "copied", hand.clock))


async def _delete(hand: Hand) -> None:
    """Seldom, or nothing would be left to play with."""
    ids = hand.some()[:1]
    if hand.random.random() < 0.2:
        copied = hand.database.read.execute("SELECT row_id FROM copy WHERE row_id IS NOT NULL")
        meant = names(hand, set(ids) - {id_ for (id_,) in copied})
        hand.says("delete", meant)
        hand.deleted |= meant
        await hand.do(lambda db: history.delete(db, ids, hand.clock))
        hand.says("deleted", meant)


def names(hand: Hand, ids: Iterable[int]) -> set[str]:
    """Their subjects, which tell them apart."""
    query = "SELECT subject FROM message WHERE id = ?"
    return {name for id_ in ids for (name,) in hand.database.read.execute(query, (id_,))}


async def _mute(hand: Hand) -> None:
    ids, box = hand.some(), hand.box("archive")

    def mute(db: sqlite3.Connection) -> Done:
        threads.assign(db, ids)
        (account,) = db.execute("SELECT account_id FROM folder WHERE id = ?", (box,)).fetchone()
        return muting.toggle(db, ids, {account: box}, hand.clock)

    await hand.do(mute)


async def _make_folder(hand: Hand) -> None:
    query = "SELECT account_id, separator FROM folder WHERE role = 'inbox'"
    account, separator = hand.database.read.execute(query).fetchone()
    if (name := hand.fresh_name()) is not None:
        await hand.do(lambda db: shelf_deeds.create(db, account, name, separator, hand.clock))


async def _rename_folder(hand: Hand) -> None:
    folder, name = hand.shelf(), hand.fresh_name()
    if folder is not None and name is not None and not name.startswith(folder[2]):
        await hand.do(lambda db: shelf_deeds.rename(db, folder[0], folder[2], name, hand.clock))


async def _delete_folder(hand: Hand) -> None:
    folder, trash = hand.shelf(), hand.box("trash")
    if folder is not None:
        await hand.do(lambda db: shelf_deeds.delete(db, folder[0], folder[2], trash, hand.clock))


async def _subscribe(hand: Hand) -> None:
    if (folder := hand.shelf()) is not None:
        query = "SELECT NOT COALESCE(want_subscribed, subscribed) FROM folder WHERE id = ?"
        (on,) = hand.database.read.execute(query, (folder[0],)).fetchone()
        await hand.do(lambda db: shelf_deeds.subscribe(db, folder[0], folder[2], bool(on), hand.clock))


ACTIONS: dict[str, Act] = {
    "archive": _archive,
    "trash": _trash,
    "move": _move,
    "star": _star,
    "read": _read,
    "label": _label,
    "spam": _spam,
    "copy": _copy,
    "delete": _delete,
    "mute": _mute,
    "make folder": _make_folder,
    "rename folder": _rename_folder,
    "delete folder": _delete_folder,
    "subscribe": _subscribe,
    "undo": _undo,
    "redo": _redo,
    "reverse": _reverse,
    "repeat": _repeat,
    "drop": _drop,
}
