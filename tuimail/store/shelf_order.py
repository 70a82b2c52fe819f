"""What the server can be told of folders just now: the wishes about them in an order that leaves nothing behind.

A server makes the levels above a new name by itself (RFC 9051 §6.3.4), and where a mailbox is deleted that has others
below it, its name stays as a level that nobody can open (§6.3.5). Such a level belongs to no wish: undo would never
take it away. So a folder is made, or gets its name, when what it is to stand in is there and will stay, and is deleted
when nothing is below it any more. Whoever has to wait is asked about again after each step. Where nobody wishes for
what is above a name, the level is made by the way; that is remembered, and it goes when nothing is below it any more.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from typing import NamedTuple

from tuimail.protocol.imap import utf7
from tuimail.store.shelves import ASIDE

NOT_EMPTY = "There is mail in it by now."
HOLDS_FOLDERS = "There are folders below it by now."
PASSING = b"~"
"""Put behind a name that a folder has only until its own is free: two that change their names with each other."""


_WISHING = "(wanted OR want_gone OR want_remote IS NOT NULL OR want_subscribed IS NOT NULL OR by_the_way)"


class Wish(NamedTuple):
    """One thing that the server is to be told of one folder."""

    id: int
    what: str
    """delete, rename, create or subscribe."""
    remote_name: bytes
    name: str
    becomes: bytes = b""
    """create, rename: the name that it shall have."""
    on: bool = False
    """subscribe: or unsubscribe."""
    separator: bytes = b""
    level: bool = False
    """create, delete: on the server it holds folders, and no mail."""


class _Row(NamedTuple):
    id: int
    remote: bytes
    name: str
    separator: bytes
    renamed: bytes | None
    wanted: int
    gone: int
    subscribe: int | None
    level: int
    by_the_way: int
    error: str | None
    full: int

    @property
    def goal(self) -> bytes | None:
        """What the server shall call it."""
        if self.gone:
            return None
        if self.renamed is None and self.wanted and ASIDE in self.remote:
            return utf7.encode(self.name)
        return self.renamed or self.remote

    @property
    def leaves(self) -> bool:
        """Will the name that it has now be free?"""
        return not self.wanted and self.goal != self.remote

    def holds(self, name: bytes) -> bool:
        """Is a folder of this name below it?"""
        return bool(self.separator) and name.startswith(self.remote + self.separator)


def next_wish(db: sqlite3.Connection, account_id: int, told: Collection[tuple[int, str]] = ()) -> Wish | None:
    """What the server can be told now, but for what it was `told` already: (folder, what)."""
    query = f"SELECT 1 FROM folder WHERE account_id = ? AND here = 1 AND {_WISHING} LIMIT 1"
    if db.execute(query, (account_id,)).fetchone() is None:
        return None
    rows = _rows(db, account_id)
    wishes = [(row, wish) for row in rows for wish in _wishes(row, rows) if (row.id, wish.what) not in told]
    order = ("delete", "rename", "create", "subscribe")
    wishes.sort(key=lambda one: (order.index(one[1].what), len(one[0].remote)))
    for row, wish in wishes:
        if wish.what == "subscribe" or _waits_for(row, rows) is None:
            return wish
    for row, wish in wishes:
        if wish.what == "rename" and _in_a_ring(row, rows):
            for name in (wish.becomes + PASSING, row.remote + PASSING):
                if not any(name in (one.remote, one.goal) for one in rows) and not _above(row, name, rows):
                    return wish._replace(becomes=name)
    return None


def vain_levels(db: sqlite3.Connection, account_id: int) -> list[int]:
    """Levels made by the way that were deleted, are wanted again, and below which nothing is to be."""
    rows = _rows(db, account_id)
    return [row.id for row in rows if row.by_the_way and row.level and row.wanted and _idle(row, rows)]


def _rows(db: sqlite3.Connection, account_id: int) -> list[_Row]:
    query = """SELECT id, remote_name, name, separator, want_remote, wanted, want_gone,
                 NULLIF(want_subscribed, subscribed), NOT selectable, by_the_way, wish_error,
                 EXISTS (SELECT 1 FROM message m WHERE m.here = f.id AND m.gone = 0)
               FROM folder f WHERE account_id = ? AND here = 1"""
    rows = [
        _Row(id_, bytes(remote), name, separator.encode(), None if new is None else bytes(new), *rest)
        for id_, remote, name, separator, new, *rest in db.execute(query, (account_id,))
    ]
    idle = {row.id for row in rows if row.by_the_way and not row.wanted and _idle(row, rows)}
    return [row._replace(gone=1, error=None) if row.id in idle else row for row in rows]


def _idle(level: _Row, rows: list[_Row]) -> bool:
    """Is nothing below it, nor shall be?"""
    name = level.goal if level.wanted else level.remote
    above = (name or b"") + level.separator
    return not level.separator or not any(
        one.remote.startswith(above) or (one.goal or b"").startswith(above) for one in rows
    )


def _wishes(row: _Row, rows: list[_Row]) -> Iterator[Wish]:
    """What is wished of a folder and was not refused. What gets its name with a folder above it has no such wish."""
    wish = Wish(row.id, "", row.remote, row.name, separator=row.separator, level=bool(row.level))
    if row.error is not None and not _over(row, rows):
        return
    if row.wanted:
        yield wish._replace(what="create", becomes=row.goal or b"")
    elif row.gone:
        yield wish._replace(what="delete", level=bool(row.level or row.by_the_way))
    else:
        if row.renamed is not None and not any(
            one.holds(row.remote)
            and not one.gone
            and one.renamed
            and row.renamed == one.renamed + row.remote[len(one.remote) :]
            for one in rows
        ):
            yield wish._replace(what="rename", becomes=row.renamed)
        if row.subscribe is not None:
            yield wish._replace(what="subscribe", on=bool(row.subscribe))


def _over(row: _Row, rows: list[_Row]) -> bool:
    """Is what stood in the way of deleting it gone by now?"""
    if row.error == NOT_EMPTY:
        return not row.full
    return row.error == HOLDS_FOLDERS and not any(row.holds(one.remote) and not one.wanted for one in rows)


def _waits_for(row: _Row, rows: list[_Row]) -> _Row | None:
    """The folder of which something else has to come true before this one can be as wished."""
    if row.gone or (row.by_the_way and row.goal == row.remote):
        below = (one for one in rows if not one.wanted and row.holds(one.remote))
        return next((one for one in below if one.leaves and not row.holds(one.goal or b"")), None)
    assert row.goal is not None
    holders = (one for one in rows if one.remote == row.goal and one.id != row.id and not one.wanted)
    if row.wanted:
        in_the_way = (one for one in holders if one.leaves or not one.level)
    else:
        in_the_way = (one for one in holders if one.leaves or (one.by_the_way and _waits_for(one, rows)))
    return next(in_the_way, None) or _above(row, row.goal, rows)


def _above(row: _Row, name: bytes, rows: list[_Row]) -> _Row | None:
    """Of what is to stand above this name a folder that is not there yet, or will not stay."""
    for one in rows:
        if one.id == row.id or not row.separator:
            continue
        if one.leaves and one.holds(name):
            return one
        coming = one.goal if one.wanted or one.leaves else None
        if coming is not None and name.startswith(coming + row.separator):
            return one
    return None


def _in_a_ring(row: _Row, rows: list[_Row]) -> bool:
    """Does it wait, in the end, for itself?"""
    passed: set[int] = set()
    one: _Row | None = row
    while one is not None and one.id not in passed:
        passed.add(one.id)
        one = _waits_for(one, rows)
    return one is not None and one.id == row.id
