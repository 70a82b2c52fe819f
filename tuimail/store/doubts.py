"""Messages that may have been copied already: a COPY of them was sent, and its answer not heard.

Only servers without MOVE make such doubts; see `sync.copying`. They are durable, as the program may die just then.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from tuimail.store import wishes
from tuimail.store.wishes import MovePush


@dataclass(frozen=True, slots=True)
class Doubt:
    """A message whose copy is to be looked for before another is made."""

    uid: int
    message_id: str
    size: int
    uidnext: int
    """Of the target before the COPY that was sent: a copy stands from there on."""


def of(db: sqlite3.Connection, push: MovePush, uidvalidity: int) -> list[Doubt]:
    """Those of these messages of which a COPY into the same target, in the same epoch, was sent before."""
    rows = db.execute(
        """SELECT m.remote_id, m.message_id, m.size, c.uidnext FROM copying c JOIN message m ON m.id = c.message_id
           WHERE m.folder_id = ? AND c.target_id = ? AND c.uidvalidity = ?""",
        (push.folder_id, push.target_id, uidvalidity),
    )
    asked = set(push.uids)
    return [Doubt(*row) for row in rows if row[0] in asked]


def begin(db: sqlite3.Connection, push: MovePush, uidvalidity: int, uidnext: int) -> None:
    """These are about to be copied into a target of which the next UID is this."""
    db.executemany(
        """INSERT INTO copying SELECT id, ?, ?, ? FROM message WHERE folder_id = ? AND remote_id = ?
           ON CONFLICT(message_id) DO UPDATE SET target_id = excluded.target_id,
             uidvalidity = excluded.uidvalidity, uidnext = excluded.uidnext""",
        [(push.target_id, uidvalidity, uidnext, push.folder_id, uid) for uid in push.uids],
    )


def moved(db: sqlite3.Connection, push: MovePush, new_uids: Mapping[int, int] | None) -> None:
    """See `wishes.moved`; the answer was heard, so there is no doubt any more."""
    db.executemany(
        "DELETE FROM copying WHERE message_id = (SELECT id FROM message WHERE folder_id = ? AND remote_id = ?)",
        [(push.folder_id, uid) for uid in push.uids],
    )
    wishes.moved(db, push, new_uids)
