"""Threads as lists show them: their newest messages in order, what is folded under each, and one as a tree.

A message that has no thread yet stands for itself. What was thrown away or is spam is seen in its own folder only.
"""

from __future__ import annotations

import heapq
import json
import sqlite3
from array import array
from collections.abc import Collection, Iterable, Iterator, Sequence

from tuimail.records import Record
from tuimail.store.lists import gathered
from tuimail.store.tree import Branch, Leaf, arrange

LOOKED_THROUGH = 1_000
"""Rows that are looked through at once for the first page."""
MOST_HELD = 200
"""Messages of one thread that are counted for its row."""

# A thread is small and a folder is not, which the planner cannot know: "+" keeps it from walking through a folder.
_LISTED = "(SELECT value FROM json_each(?))"
_OF_THREAD = f"""thread = ? AND gone = 0
  AND (+here IN {_LISTED} OR +here NOT IN (SELECT id FROM folder WHERE role IN ('trash', 'junk')))"""


class Held(Record):
    """What a folded row stands for."""

    here: int
    """Messages of the thread in the list's folders, at most MOST_HELD."""
    all: int
    """And with those elsewhere."""
    unread: bool
    """One of those here is unread."""
    starred: bool
    """One of those here is starred."""
    people: tuple[str, ...]
    """Who wrote, in the order they came in."""


def heads(db: sqlite3.Connection, folders: Iterable[int]) -> array[int]:
    """The newest message of each thread in these folders, the newest thread first. Unbounded: not on the event loop."""
    return gathered(
        db,
        f"""SELECT id, max(rank) AS newest FROM message WHERE here IN {_LISTED} AND gone = 0
            GROUP BY COALESCE(thread, -id) ORDER BY newest DESC, id DESC""",
        (json.dumps([*folders]),),
    )


def first_heads(db: sqlite3.Connection, folders: Iterable[int], limit: int) -> list[int]:
    """The first of `heads`: as many as there are among the newest LOOKED_THROUGH messages."""
    seen: set[int] = set()
    found: list[int] = []
    newest = heapq.merge(*(_newest(db, folder) for folder in folders), key=lambda row: row[:2], reverse=True)
    for _, id_, thread in newest:
        if thread not in seen:
            seen.add(thread)
            found.append(id_)
            if len(found) == limit:
                break
    return found


def _newest(db: sqlite3.Connection, folder: int) -> Iterator[tuple[int, int, int]]:
    """(rank, id, thread), newest first."""
    return db.execute(
        """SELECT rank, id, COALESCE(thread, -id) FROM message WHERE here = ? AND gone = 0
           ORDER BY rank DESC, id DESC LIMIT ?""",
        (folder, LOOKED_THROUGH),
    )


def head_of(db: sqlite3.Connection, message_id: int, folders: Iterable[int]) -> int | None:
    """The newest message of its thread in these folders; None when there is none, or no thread yet."""
    row = db.execute(
        f"""SELECT id FROM message WHERE thread = (SELECT thread FROM message WHERE id = ?) AND gone = 0
              AND +here IN {_LISTED} ORDER BY +rank DESC, id DESC LIMIT 1""",
        (message_id, json.dumps([*folders])),
    ).fetchone()
    return None if row is None else int(row[0])


def laid_out(
    db: sqlite3.Connection, folders: Sequence[int], *, unfolded: bool, but: Collection[int]
) -> tuple[array[int], dict[int, str]]:
    """`heads`, with the whole tree in place of those that are unfolded; and what is drawn before each of a tree.

    unfolded: all threads are, but those in `but`; else only those are. Unbounded: not on the event loop.
    """
    ids = heads(db, folders)
    if not unfolded and not but:
        return ids, {}
    several = "SELECT thread FROM message WHERE thread IS NOT NULL GROUP BY thread HAVING count(*) > 1"
    thread_of = dict(
        db.execute(
            f"""SELECT id, thread FROM message WHERE id IN {_LISTED}
                AND thread {f"IN ({several}) AND thread NOT" if unfolded else ""} IN {_LISTED}""",
            (json.dumps(ids.tolist()), json.dumps([*but])),
        ).fetchall()
    )
    rows: array[int] = array("q")
    drawings: dict[int, str] = {}
    for head in ids:
        if head in thread_of:
            for branch in tree(db, head, folders):
                rows.append(branch.id)
                drawings[branch.id] = branch.drawing
        else:
            rows.append(head)
    return rows, drawings


def held(db: sqlite3.Connection, folders: Collection[int], threads: Iterable[int]) -> dict[int, Held]:
    """Thread → what its row tells. Bounded by MOST_HELD messages for each thread."""
    found: dict[int, Held] = {}
    for thread in threads:
        rows = db.execute(
            f"SELECT here, shown, sender, message_id FROM message WHERE {_OF_THREAD} LIMIT ?",
            (thread, json.dumps([*folders]), MOST_HELD),
        ).fetchall()
        mine = [row for row in rows if row[0] in folders]
        found[thread] = Held(
            here=len(mine),
            all=len({row[3] for row in rows}),
            unread=any(not row[1] & 1 for row in mine),
            starred=any(row[1] & 4 for row in mine),
            people=tuple(dict.fromkeys(row[2] for row in rows)),
        )
    return found


def tree(db: sqlite3.Connection, message_id: int, folders: Sequence[int]) -> list[Branch]:
    """The thread of a message as it is shown in a list of these folders; only itself while it has none.

    Of copies of a message the one in these folders is shown. Linear in the thread: not on the event loop.
    """
    row = db.execute("SELECT thread FROM message WHERE id = ?", (message_id,)).fetchone()
    if row is None or row[0] is None:
        return [Branch(message_id, 0, "")]
    nearness = {folder: place for place, folder in enumerate(folders)}
    rows = db.execute(
        f"SELECT id, message_id, refs, date, here FROM message WHERE {_OF_THREAD}", (row[0], json.dumps([*folders]))
    )
    return arrange(
        Leaf(id_, name, refs, date, nearness.get(here, len(nearness))) for id_, name, refs, date, here in rows
    )


def of(db: sqlite3.Connection, message_ids: Iterable[int], folders: Iterable[int]) -> array[int]:
    """All messages of the threads of these that are in these folders, newest first."""
    ids = json.dumps([*message_ids])
    return gathered(
        db,
        f"""SELECT id FROM message WHERE gone = 0 AND +here IN {_LISTED} AND id IN (
              SELECT value FROM json_each(?) UNION SELECT id FROM message WHERE thread IN (
                SELECT thread FROM message WHERE id IN {_LISTED} AND thread IS NOT NULL))
            ORDER BY +rank DESC, id DESC""",
        (json.dumps([*folders]), ids, ids),
    )


def unread(db: sqlite3.Connection, message_ids: Sequence[int], folders: Iterable[int]) -> int | None:
    """The first of these that is unread, or has unread messages in its thread and in these folders."""
    listed = json.dumps([*folders])
    of_thread = f"n.thread = m.thread AND n.gone = 0 AND n.shown & 1 = 0 AND +n.here IN {_LISTED}"
    rows = db.execute(
        f"""SELECT id FROM message m WHERE id IN {_LISTED}
            AND (shown & 1 = 0 OR EXISTS (SELECT 1 FROM message n WHERE {of_thread}))""",
        (json.dumps([*message_ids]), listed),
    )
    found = {id_ for (id_,) in rows}
    return next((id_ for id_ in message_ids if id_ in found), None)


def threaded(db: sqlite3.Connection) -> bool | None:
    """How lists were shown when the reader said so last."""
    row = db.execute("SELECT value FROM remembered WHERE name = 'threaded'").fetchone()
    return None if row is None else bool(row[0])


def set_threaded(db: sqlite3.Connection, threaded: bool) -> None:
    """Lists are to be shown so from now on, in the next session too."""
    db.execute("INSERT OR REPLACE INTO remembered VALUES ('threaded', ?)", (int(threaded),))
