"""Lists other than one whole folder: their ordered message ids, and the rows of a few of them.

All ids of a list come as one JSON value, so that SQLite gathers a hundred thousand of them in one step, without
the interpreter's lock.
"""

from __future__ import annotations

import json
import sqlite3
from array import array
from collections.abc import Collection, Iterable, Sequence

from tuimail.model import Only, Summary
from tuimail.store.messages import SUMMARY, summary_of

_LISTED = "(SELECT value FROM json_each(?))"
_ONLY = {
    Only.ALL: ("", 0),
    Only.UNREAD: ("AND shown & 1 = 0", 0),
    Only.READ: ("AND shown & 1", 0),
    Only.STARRED: ("AND shown & 4", 0),
    Only.SENDER: ("AND email = (SELECT email FROM message WHERE id = ?)", 1),
    Only.THREAD: ("AND (id = ? OR thread = (SELECT thread FROM message WHERE id = ?))", 2),
}
"""Kind → (its condition, how often it asks for the id of the message that is meant)."""


def rows(db: sqlite3.Connection, ids: Sequence[int]) -> dict[int, Summary]:
    """The rows of these messages, without those that are in no list any more."""
    query = f"SELECT {SUMMARY} FROM message WHERE id IN {_LISTED} AND gone = 0 AND here IS NOT NULL"
    found = map(summary_of, db.execute(query, (json.dumps(list(ids)),)))
    return {row.id: row for row in found}


def newest(db: sqlite3.Connection, folders: Iterable[int], limit: int) -> list[int]:
    """The newest messages of several folders together, newest first; costs `limit` for each folder."""
    one = "SELECT * FROM (SELECT id, rank FROM message WHERE here = ? AND gone = 0 ORDER BY rank DESC, id DESC LIMIT ?)"
    binds = [bind for folder in folders for bind in (folder, limit)]
    if not binds:
        return []
    union = " UNION ALL ".join([one] * (len(binds) // 2))
    return [id_ for id_, _ in db.execute(f"{union} ORDER BY rank DESC, id DESC LIMIT ?", (*binds, limit))]


def every(db: sqlite3.Connection, folders: Iterable[int], only: Only = Only.ALL, like: int = 0) -> array[int]:
    """All messages of these folders (of one kind), newest first. like: the message whose sender or thread is meant."""
    condition, asks = _ONLY[only]
    return gathered(
        db,
        f"SELECT id FROM message WHERE here IN {_LISTED} AND gone = 0 {condition} ORDER BY rank DESC, id DESC",
        (json.dumps(list(folders)), *[like] * asks),
    )


def kind_of(db: sqlite3.Connection, ids: Iterable[int], only: Only, like: int = 0) -> set[int]:
    """Those of these messages that are of one kind."""
    condition, asks = _ONLY[only]
    query = f"SELECT id FROM message WHERE id IN {_LISTED} AND gone = 0 {condition}"
    return set(gathered(db, query, (json.dumps(list(ids)), *[like] * asks)))


def still_in(db: sqlite3.Connection, ids: Collection[int], folders: Iterable[int] | None = None) -> set[int]:
    """Those of these messages that are in one of these folders; without folders: that are anywhere."""
    where, binds = "here IS NOT NULL", [json.dumps(list(ids))]
    if folders is not None:
        where, binds = f"here IN {_LISTED}", [*binds, json.dumps(list(folders))]
    return set(gathered(db, f"SELECT id FROM message WHERE id IN {_LISTED} AND gone = 0 AND {where}", binds))


def between(db: sqlite3.Connection, folder_id: int, start: int, end: int) -> array[int]:
    """The ids of the rows [start, end) of a folder's list."""
    query = "SELECT id FROM message WHERE here = ? AND gone = 0 ORDER BY rank DESC, id DESC LIMIT ? OFFSET ?"
    return gathered(db, query, (folder_id, end - start, start))


def gathered(db: sqlite3.Connection, query: str, binds: Sequence[object]) -> array[int]:
    """The ids that a query finds, in its order."""
    (found,) = db.execute(f"SELECT json_group_array(id) FROM ({query})", binds).fetchone()
    return array("q", json.loads(found))
