"""Keeping the full-text index: words of headers when a row is new, words of texts when they have been read.

The index keeps words only, not what they were made from (that stands in `message` and `search_text`), so whatever is
taken out must be shown to it again: triggers note it in `search_gone`, and `take_out` does it before anything is put
in. Until then a word too many leads to a row that is not listed.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tuimail.store import muting, threads
from tuimail.store.words import LONGEST, columns, prepared

DOC = "(min(max(rank >> 20, 0), 8589934591) << 30 | id)"
"""SQL: where a row of `message` stands in the index."""
ID = 0x3FFFFFFF
"""A document & this is its message."""

_HEADER = "subject, sender, email, recipient, addressed, list_id"
_LISTED = "(SELECT value FROM json_each(?))"
_BULK = 100
"""Rows in one INSERT: one call into SQLite, and so one waiting for the interpreter lock, for all of them."""


class Due(NamedTuple):
    """A text that came."""

    doc: int
    turn: int

    @property
    def message_id(self) -> int:
        return self.doc & ID


class Looks(NamedTuple):
    """What came of rows that got their threads."""

    folders: set[int]
    """Whose lists they are in."""
    wished: bool
    """Something was wished of the servers: new mail of muted threads goes into the archive."""


def fresh(db: sqlite3.Connection, limit: int) -> list[int]:
    """Rows that have not been looked at, in the order they came: a first sync brings the newest mail first."""
    query = "SELECT id FROM message INDEXED BY message_fresh WHERE thread IS NULL ORDER BY id LIMIT ?"
    return [id_ for (id_,) in db.execute(query, (limit,))]


def fresh_count(db: sqlite3.Connection) -> int:
    """How many rows have not been looked at, or are to be brought in once more."""
    fresh = "SELECT count(*) FROM message INDEXED BY message_fresh WHERE thread IS NULL"
    (count,) = db.execute(f"SELECT ({fresh}) + (SELECT count(*) FROM search_again)").fetchone()
    return int(count)


def is_behind(db: sqlite3.Connection) -> bool:
    """There are rows that have not been looked at, or words to be taken out or brought in once more."""
    todo = "SELECT 1 FROM (SELECT doc FROM search_gone UNION ALL SELECT doc FROM search_again) LIMIT 1"
    return bool(fresh(db, 1)) or db.execute(todo).fetchone() is not None


def look_at_rows(db: sqlite3.Connection, limit: int, now: int) -> tuple[int, Looks]:
    """Give so many fresh rows their words and their threads. Returns how many there were, and what came of it.

    What should not be in the index any more is taken out before, so many documents at most. Behind the fresh ones come
    those that a migration has let go.
    """
    take_out(db, limit)
    ids = fresh(db, limit)
    put_headers(db, ids)
    threads.assign(db, ids)
    return len(ids) + _put_again(db, limit - len(ids)), _looks(db, ids, now)


def _put_again(db: sqlite3.Connection, limit: int) -> int:
    """The newest first."""
    query = "SELECT doc FROM search_again ORDER BY doc DESC LIMIT ?"
    docs = [doc for (doc,) in db.execute(query, (limit,))]
    put_headers(db, [doc & ID for doc in docs])
    db.execute(f"DELETE FROM search_again WHERE doc IN {_LISTED}", (json.dumps(docs),))
    return len(docs)


def name_some(db: sqlite3.Connection, batch: threads.Batch, now: int) -> Looks | None:
    """The last piece of a batch whose words are in: give some rows their threads. None when all have them."""
    ids = batch.name(db)
    return _looks(db, ids, now) if ids else None


def _looks(db: sqlite3.Connection, ids: Sequence[int], now: int) -> Looks:
    """New mail of muted threads is wished into the archive."""
    quiet = muting.obey(db, ids, now)
    query = f"SELECT DISTINCT here FROM message WHERE id IN {_LISTED} AND here IS NOT NULL"
    folders = {folder_id for (folder_id,) in db.execute(query, (json.dumps(ids),))}
    return Looks(folders | quiet, bool(quiet))


def put_headers(db: sqlite3.Connection, ids: Sequence[int]) -> None:
    """Bring in the words of these rows, but for those that are in, and those that `take_out` has yet to see."""
    rows = db.execute(
        f"""SELECT {DOC} AS doc, {_HEADER}, (SELECT text FROM search_text WHERE message_id = id) FROM message
            WHERE id IN {_LISTED} AND doc NOT IN (SELECT id FROM search_docsize)
              AND doc NOT IN (SELECT doc FROM search_gone) ORDER BY doc""",
        (json.dumps(ids),),
    ).fetchall()
    # Ascending, because the index begins a new piece of itself whenever it has to go back.
    for start in range(0, len(rows), _BULK):
        part = rows[start : start + _BULK]
        values = [value for row in part for value in (row[0], *columns(row[1:]))]
        db.execute(
            "INSERT INTO search(rowid, subject, sender, recipient, copied, list, body) VALUES "
            + ", ".join(["(?, ?, ?, ?, ?, ?, ?)"] * len(part)),
            values,
        )


def take_out(db: sqlite3.Connection, limit: int = 500) -> bool:
    """Take out what should not be in any more. Returns whether there may be more."""
    rows = db.execute(f"SELECT doc, {_HEADER}, text FROM search_gone ORDER BY doc LIMIT ?", (limit,)).fetchall()
    for row in rows:
        _take_out(db, row[0], row[1:])
    docs = json.dumps([row[0] for row in rows])
    db.execute(f"DELETE FROM search_gone WHERE doc IN {_LISTED}", (docs,))
    # Rows that are still there have only lost their text, or stand at another time.
    still = f"SELECT id, thread FROM message WHERE id IN (SELECT value & {ID} FROM json_each(?))"
    there = dict(db.execute(still, (docs,)).fetchall())
    put_headers(db, [id_ for id_, thread in there.items() if thread is not None])
    threads.forget(db, [(row[0] & ID, row[1]) for row in rows if row[0] & ID not in there])
    return len(rows) == limit


def _take_out(db: sqlite3.Connection, doc: int, row: Sequence[str | None]) -> None:
    if db.execute("SELECT 1 FROM search_docsize WHERE id = ?", (doc,)).fetchone() is not None:
        db.execute(
            """INSERT INTO search(search, rowid, subject, sender, recipient, copied, list, body)
               VALUES ('delete', ?, ?, ?, ?, ?, ?, ?)""",
            (doc, *columns(row)),
        )


def due(db: sqlite3.Connection, limit: int) -> list[Due]:
    """Texts that came and have not been read, newest mail first."""
    return [Due(*row) for row in db.execute("SELECT doc, turn FROM search_due ORDER BY doc DESC LIMIT ?", (limit,))]


def due_count(db: sqlite3.Connection) -> int:
    """How many texts have not been read."""
    (count,) = db.execute("SELECT count(*) FROM search_due").fetchone()
    return int(count)


def put_texts(db: sqlite3.Connection, texts: Mapping[Due, str]) -> None:
    """Bring in the words of these texts, "" where there is nothing to read. One that came again meanwhile stays due."""
    while take_out(db):
        pass
    db.executemany("DELETE FROM search_due WHERE doc = ? AND turn = ?", texts)
    by_id = {due.message_id: prepared(text[:LONGEST])[:LONGEST] for due, text in texts.items()}
    rows = db.execute(
        f"""SELECT {DOC} AS doc, {_HEADER}, (SELECT text FROM search_text WHERE message_id = id), id FROM message
            WHERE id IN {_LISTED} AND cached = 1 ORDER BY doc""",
        (json.dumps(list(by_id)),),
    ).fetchall()
    for row in rows:
        _take_out(db, row[0], row[1:-1])
    db.executemany("INSERT OR REPLACE INTO search_text VALUES (?, ?)", [(row[-1], by_id[row[-1]]) for row in rows])
    put_headers(db, [row[-1] for row in rows])
