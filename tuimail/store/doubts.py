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


def abandoned(db: sqlite3.Connection, account_id: int) -> list[MovePush]:
    """Moves that may have been half done and that the user does not want any more, or not there.

    What was found in the target meanwhile has arrived: of it there is no doubt, and it is not the copy of anything.
    """
    db.execute(
        """DELETE FROM copying WHERE target_id = (
             SELECT folder_id FROM message m WHERE m.id = copying.message_id AND m.gone = 0)"""
    )
    rows = db.execute(
        """SELECT m.folder_id, f.remote_name, f.uidvalidity, m.remote_id, t.id, t.remote_name
           FROM copying c JOIN message m ON m.id = c.message_id JOIN folder f ON f.id = m.folder_id
             JOIN folder t ON t.id = c.target_id
           WHERE f.account_id = ? AND m.gone = 0 AND m.remote_id IS NOT NULL AND m.want_folder_id IS NOT c.target_id""",
        (account_id,),
    )
    return [
        MovePush(folder, bytes(name), epoch, (uid,), to, bytes(target)) for folder, name, epoch, uid, to, target in rows
    ]


def forget(db: sqlite3.Connection, push: MovePush) -> None:
    """No copy of these was made."""
    db.executemany(
        "DELETE FROM copying WHERE message_id = (SELECT id FROM message WHERE folder_id = ? AND remote_id = ?)",
        [(push.folder_id, uid) for uid in push.uids],
    )


def want_back(db: sqlite3.Connection, push: MovePush) -> None:
    """These will be found in the target; the user wants them where they wished them last, or where they were."""
    db.executemany(
        """UPDATE message SET want_folder_id = COALESCE(want_folder_id, folder_id)
           WHERE folder_id = ? AND remote_id = ?""",
        [(push.folder_id, uid) for uid in push.uids],
    )


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
    forget(db, push)
    wishes.moved(db, push, new_uids)


def found(db: sqlite3.Connection, push: MovePush, copied: Mapping[int, int]) -> None:
    """These copies were there. What the originals left behind is marked deleted at best, so that folder is compared."""
    db.execute("UPDATE folder SET uidnext = NULL WHERE id = ?", (push.folder_id,))
    moved(db, push, copied)
