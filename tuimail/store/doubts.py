"""Messages that may have been copied or moved already: that was sent, and its answer not heard.

Servers without MOVE make such doubts; elsewhere only what was copied once is noted, for it has twins (`sync.copying`).
They are durable, as the program may die just then.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping

from tuimail.records import Record, replace
from tuimail.store import copies, wishes
from tuimail.store.wishes import MovePush


class Doubt(Record):
    """A message whose copy is to be looked for before another is made."""

    uid: int
    message_id: str
    size: int
    uidnext: int
    """Of the target before the COPY or MOVE that was sent: what it brought stands from there on."""


_TWIN = "m.message_id IN (SELECT like_id FROM copy)"
"""SQL: a message that was copied, or is a copy."""


def some(db: sqlite3.Connection, account_id: int) -> bool:
    """Is any message noted?"""
    query = """SELECT 1 FROM copying c JOIN message m ON m.id = c.message_id JOIN folder f ON f.id = m.folder_id
               WHERE f.account_id = ? LIMIT 1"""
    return db.execute(query, (account_id,)).fetchone() is not None


def have_twins(db: sqlite3.Connection, push: MovePush) -> bool:
    """Was one of these messages copied, or is a copy? Then it cannot be told by its header which is which."""
    query = f"""SELECT 1 FROM message m
                WHERE folder_id = ? AND remote_id IN (SELECT value FROM json_each(?)) AND {_TWIN} LIMIT 1"""
    return db.execute(query, (push.folder_id, json.dumps(push.uids))).fetchone() is not None


def of(db: sqlite3.Connection, push: MovePush, uidvalidity: int, *, only_twins: bool = False) -> list[Doubt]:
    """Those of these messages of which a COPY or MOVE into the same target, in the same epoch, was sent before."""
    rows = db.execute(
        f"""SELECT m.remote_id, m.message_id, m.size, c.uidnext FROM copying c JOIN message m ON m.id = c.message_id
            WHERE m.folder_id = ? AND c.target_id = ? AND c.uidvalidity = ? AND ({_TWIN} OR NOT ?)
            ORDER BY m.remote_id""",
        (push.folder_id, push.target_id, uidvalidity, only_twins),
    )
    asked = set(push.uids)
    return [Doubt(*row) for row in rows if row[0] in asked]


def noted(db: sqlite3.Connection, account_id: int) -> list[MovePush]:
    """Moves whose answers were not heard. Twins must be looked for together, or each would be found in the first place.

    What was found in the target meanwhile has arrived: of it there is no doubt, and it is not the copy of anything.
    """
    db.execute(
        """DELETE FROM copying WHERE target_id = (
             SELECT folder_id FROM message m WHERE m.id = copying.message_id AND m.gone = 0)"""
    )
    pushes: dict[tuple[int, bytes, int | None, int, bytes], list[int]] = {}
    for folder, name, epoch, uid, to, target in db.execute(
        """SELECT m.folder_id, f.remote_name, f.uidvalidity, m.remote_id, t.id, t.remote_name
           FROM copying c JOIN message m ON m.id = c.message_id JOIN folder f ON f.id = m.folder_id
             JOIN folder t ON t.id = c.target_id
           WHERE f.account_id = ? AND m.gone = 0 AND m.remote_id IS NOT NULL
           ORDER BY m.folder_id, m.remote_id""",
        (account_id,),
    ):
        pushes.setdefault((folder, bytes(name), epoch, to, bytes(target)), []).append(uid)
    return [MovePush(i, name, epoch, tuple(uids), to, target) for (i, name, epoch, to, target), uids in pushes.items()]


def forget(db: sqlite3.Connection, push: MovePush) -> None:
    """No copy of these was made."""
    db.executemany(
        "DELETE FROM copying WHERE message_id = (SELECT id FROM message WHERE folder_id = ? AND remote_id = ?)",
        [(push.folder_id, uid) for uid in push.uids],
    )


def give_up(db: sqlite3.Connection, push: MovePush) -> None:
    """Nothing can be learnt of these. Those that are wished there still are not copied again before it can."""
    db.executemany(
        """DELETE FROM copying WHERE message_id = (
             SELECT id FROM message WHERE folder_id = ? AND remote_id = ? AND want_folder_id IS NOT ?)""",
        [(push.folder_id, uid, push.target_id) for uid in push.uids],
    )


def stayed(db: sqlite3.Connection, push: MovePush) -> None:
    """These were not moved."""
    forget(db, push)
    copies.moved(db, push.folder_id, push.folder_id, push.uids, {uid: uid for uid in push.uids}, told=True)


def want_back(db: sqlite3.Connection, push: MovePush) -> None:
    """These will be found in the target; the user wants them where they wished them last, or where they were."""
    db.executemany(
        """UPDATE message SET want_folder_id = COALESCE(want_folder_id, folder_id)
           WHERE folder_id = ? AND remote_id = ?""",
        [(push.folder_id, uid) for uid in push.uids],
    )


def begin(db: sqlite3.Connection, push: MovePush, uidvalidity: int, uidnext: int, *, only_twins: bool = False) -> None:
    """These are about to be copied or moved into a target of which the next UID is this."""
    db.executemany(
        f"""INSERT INTO copying SELECT m.id, ?, ?, ? FROM message m
            WHERE folder_id = ? AND remote_id = ? AND ({_TWIN} OR NOT ?)
            ON CONFLICT(message_id) DO UPDATE SET target_id = excluded.target_id,
              uidvalidity = excluded.uidvalidity, uidnext = excluded.uidnext""",
        [(push.target_id, uidvalidity, uidnext, push.folder_id, uid, only_twins) for uid in push.uids],
    )


def moved(
    db: sqlite3.Connection, push: MovePush, new_uids: Mapping[int, int] | None, known: Mapping[int, int] | None = None
) -> None:
    """See `wishes.moved`; the answer was heard, so there is no doubt any more.

    known: where the server did not tell, what was found of it: old UID → new UID.
    """
    forget(db, push)
    known = known or {}
    wishes.moved(db, replace(push, uids=tuple(known)), known)
    wishes.moved(db, replace(push, uids=tuple(uid for uid in push.uids if uid not in known)), new_uids)
    places = known if new_uids is None else new_uids
    copies.moved(db, push.folder_id, push.target_id, push.uids, places, told=new_uids is not None)


def found(db: sqlite3.Connection, push: MovePush, copied: Mapping[int, int]) -> None:
    """These copies were there. What the originals left behind is marked deleted at best, so that folder is compared."""
    db.execute("UPDATE folder SET uidnext = NULL WHERE id = ?", (push.folder_id,))
    moved(db, push, None, copied)
