"""Copies: wished for, sent, made, found among our messages, and taken back.

A COPY does not repeat safely, so before one is sent the target's next UID is noted, and after a cut its copy is looked
for (`sync.copies`). A wish for a copy ends by the server's word: it said OK, or the copy was seen. A copy that is
undone before it was sent is not made; one that was made goes to the trash as soon as it is among our messages.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from tuimail.model import PendingChange

WAITING = "c.made = 0 AND (c.wanted = 1 OR c.uidnext IS NOT NULL)"
"""SQL: a row `c` of `copy` that the server has still to be asked about."""

Expected: TypeAlias = "dict[tuple[str, int], list[tuple[int, int, int | None]]]"
"""(Message-ID, size) → (copy, the lowest UID it can have, its UID where the server told) of copies not yet seen."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One message to be copied."""

    id: int
    """Of the wish."""
    uid: int
    message_id: str
    size: int
    wanted: bool
    """False: undone since it was sent."""
    uidvalidity: int | None
    uidnext: int | None
    """Of the target before a COPY was sent whose answer was not heard; None: none was."""


@dataclass(frozen=True, slots=True)
class CopyPush:
    """One COPY to send, or to look for."""

    folder_id: int
    folder: bytes
    uidvalidity: int | None
    target_id: int
    target: bytes
    copies: tuple[Wanted, ...]


def wish(db: sqlite3.Connection, ids: Sequence[int], goals: Mapping[int, int], now: int) -> int:
    """Each message is to be copied to the folder of its account (account → folder); `belong` says by which deed.

    Returns how many; none of what stands there, or is to be copied there already.
    """
    return db.executemany(
        f"""INSERT INTO copy(message_id, target_id, since)
            SELECT m.id, ?1, ?2 FROM message m JOIN folder f ON f.id = m.here
            WHERE f.account_id = ?3 AND m.gone = 0 AND m.here <> ?1 AND m.id IN (SELECT value FROM json_each(?4))
              AND NOT EXISTS (SELECT 1 FROM copy c WHERE c.message_id = m.id AND c.target_id = ?1 AND {WAITING})""",
        [(goal, now, account, json.dumps(list(ids))) for account, goal in goals.items()],
    ).rowcount


def belong(db: sqlite3.Connection, deed_id: int) -> None:
    """What was wished in this transaction is a part of this deed."""
    db.execute("UPDATE copy SET deed_id = ? WHERE deed_id IS NULL", (deed_id,))


def to_push(db: sqlite3.Connection, account_id: int) -> list[CopyPush]:
    """What is to be copied, or may have been, grouped so that each command is sent once."""
    pushes: dict[tuple[int, bytes, int | None, int, bytes], list[Wanted]] = {}
    for folder_id, folder, epoch, target_id, target, wanted, *rest in db.execute(
        f"""SELECT m.folder_id, f.remote_name, f.uidvalidity, t.id, t.remote_name, c.wanted, c.id, m.remote_id,
              m.message_id, m.size, c.uidvalidity, c.uidnext
            FROM copy c JOIN message m ON m.id = c.message_id JOIN folder f ON f.id = m.folder_id
              JOIN folder t ON t.id = c.target_id
            WHERE {WAITING} AND c.error IS NULL AND f.account_id = ? AND m.gone = 0 AND m.remote_id IS NOT NULL
              AND m.flags & 8 = 0 AND t.here = 1 AND t.wanted = 0
            ORDER BY m.folder_id, t.id, m.remote_id""",
        (account_id,),
    ):
        id_, uid, message_id, size, uidvalidity, uidnext = rest
        one = Wanted(id_, uid, message_id, size, bool(wanted), uidvalidity, uidnext)
        pushes.setdefault((folder_id, bytes(folder), epoch, target_id, bytes(target)), []).append(one)
    return [CopyPush(*place, tuple(copies)) for place, copies in pushes.items()]


def begin(db: sqlite3.Connection, ids: Sequence[int], uidvalidity: int, uidnext: int) -> None:
    """These are about to be copied into a target of which the next UID is this."""
    db.executemany(
        "UPDATE copy SET uidvalidity = ?, uidnext = ? WHERE id = ?", [(uidvalidity, uidnext, i) for i in ids]
    )


def told(db: sqlite3.Connection, copied: Mapping[int, int | None], not_made: Sequence[int]) -> None:
    """What came of these, as the server says: `made`, and `forget`."""
    made(db, copied)
    forget(db, not_made)


def forget(db: sqlite3.Connection, ids: Sequence[int]) -> None:
    """No copy of these was made."""
    db.executemany("UPDATE copy SET uidvalidity = NULL, uidnext = NULL WHERE id = ?", [(i,) for i in ids])


def made(db: sqlite3.Connection, uids: Mapping[int, int | None]) -> None:
    """The server said so. uids: wish → the UID of the copy, None where it did not tell."""
    for id_, uid in uids.items():
        db.execute("UPDATE copy SET made = 1, uid = ?, error = NULL WHERE id = ?", (uid, id_))
        row = db.execute(
            """SELECT m.id FROM copy c JOIN message m ON m.folder_id = c.target_id AND m.remote_id = c.uid
               WHERE c.id = ? AND c.row_id IS NULL""",
            (id_,),
        ).fetchone()
        if row is not None:  # a pull was faster than the answer
            seen(db, id_, row[0])


def refused(db: sqlite3.Connection, ids: Sequence[int], error: str) -> None:
    """The server said NO: the wish waits until it is tried again."""
    db.executemany("UPDATE copy SET error = ? WHERE id = ?", [(error, i) for i in ids])


def retry_refused(db: sqlite3.Connection) -> None:
    """Try refused copies again."""
    db.execute("UPDATE copy SET error = NULL WHERE error IS NOT NULL")


def give_up_vanished(db: sqlite3.Connection, account_id: int) -> None:
    """Nothing is copied into a folder that is not there any more."""
    db.execute(
        """UPDATE copy SET wanted = 0, uidvalidity = NULL, uidnext = NULL
           WHERE made = 0 AND target_id IN (SELECT id FROM folder WHERE account_id = ? AND here = 0)""",
        (account_id,),
    )


# --- copies among our messages ----------------------------------------------------------------------------


def expected(db: sqlite3.Connection, folder_id: int) -> Expected:
    """Copies that may turn up in this folder; they must not be taken for messages that were moved."""
    rows = db.execute(
        """SELECT c.id, c.uidnext, c.uid, m.message_id, m.size FROM copy c INDEXED BY copy_open
             JOIN message m ON m.id = c.message_id JOIN folder f ON f.id = c.target_id
           WHERE c.target_id = ? AND c.row_id IS NULL AND c.uidnext IS NOT NULL AND m.message_id <> ''
             AND c.uidvalidity IS f.uidvalidity ORDER BY c.id""",
        (folder_id,),
    )
    found: Expected = {}
    for id_, uidnext, uid, message_id, size in rows:
        found.setdefault((message_id, size), []).append((id_, uidnext, uid))
    return found


def take(expected: Expected, uid: int, message_id: str, size: int) -> int | None:
    """The wish whose copy this head is."""
    candidates = expected.get((message_id, size), [])
    exact = next((one for one in candidates if one[2] == uid), None)
    best = exact or next((one for one in candidates if one[2] is None and uid >= one[1]), None)
    if best is None:
        return None
    candidates.remove(best)
    return best[0]


def seen(db: sqlite3.Connection, id_: int, row_id: int) -> None:
    """The copy stands among our messages. If it was undone meanwhile, it goes to the trash now."""
    db.execute("UPDATE copy SET made = 1, row_id = ? WHERE id = ?", (row_id, id_))
    _follow(db, id_)


def _follow(db: sqlite3.Connection, id_: int) -> None:
    """Where the copy is wished: in its target, or, undone, in the trash of its account (where there is one)."""
    db.execute(
        """UPDATE message SET want_folder_id = w.goal, want_since = w.since, want_error = NULL
           FROM (SELECT c.row_id, c.since, IIF(c.wanted, c.target_id, (
                   SELECT t.id FROM folder t JOIN folder f ON f.account_id = t.account_id
                   WHERE f.id = c.target_id AND t.role = 'trash' AND t.here = 1)) AS goal
                 FROM copy c WHERE c.id = ?) w
           WHERE message.id = w.row_id AND message.gone = 0 AND w.goal IS NOT NULL AND message.here <> w.goal""",
        (id_,),
    )


def turn(db: sqlite3.Connection, deed_id: int, now: int, *, wanted: bool) -> tuple[int, frozenset[int]]:
    """Undo the copies of a deed, or do them again. Returns how many, and the folders that look different."""
    ids = [id_ for (id_,) in db.execute("SELECT id FROM copy WHERE deed_id = ?", (deed_id,))]
    folders: set[int] = set()
    for id_ in ids:
        db.execute("UPDATE copy SET wanted = ?, since = ?, error = NULL WHERE id = ?", (wanted, now, id_))
        here = "SELECT m.here FROM copy c JOIN message m ON m.id = c.row_id WHERE c.id = ? AND m.gone = 0"
        before = db.execute(here, (id_,)).fetchone()
        if before is None and wanted:  # made once and deleted since: it is made anew
            db.execute(
                """UPDATE copy SET made = 0, uid = NULL, uidvalidity = NULL, uidnext = NULL, row_id = NULL
                   WHERE id = ? AND row_id IS NOT NULL""",
                (id_,),
            )
        elif before is not None:
            _follow(db, id_)
            folders |= {place for place in (*before, *db.execute(here, (id_,)).fetchone()) if place is not None}
    return len(ids), frozenset(folders)


# --- the queue ----------------------------------------------------------------------------------------------


def waiting_count(db: sqlite3.Connection) -> int:
    """How many copies wait for the server."""
    query = f"SELECT count(*) FROM copy c JOIN message m ON m.id = c.message_id WHERE {WAITING}"
    (count,) = db.execute(query).fetchone()
    return int(count)


def waiting(db: sqlite3.Connection, limit: int) -> list[PendingChange]:
    """They as people read them, the oldest first."""
    rows = db.execute(
        f"""SELECT m.id, m.subject, f.name, t.name, c.wanted, c.since, COALESCE(c.error, '')
            FROM copy c JOIN message m ON m.id = c.message_id JOIN folder f ON f.id = m.folder_id
              JOIN folder t ON t.id = c.target_id WHERE {WAITING} ORDER BY c.since, c.id LIMIT ?""",
        (limit,),
    )
    return [
        PendingChange(id_, subject, f"copy {source} → {target}" if wanted else "", since, error)
        for id_, subject, source, target, wanted, since, error in rows
    ]
