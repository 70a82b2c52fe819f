"""What was done, and its reversal. State and the record of it change in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tuimail.model import Deed
from tuimail.store.wishes import wish_flags, wish_folder

_HERE = "SELECT here FROM message WHERE id = ? AND gone = 0 AND here IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Done:
    """How a deed went: its words, how many messages it changed, and which folders look different now."""

    label: str
    count: int
    folders: frozenset[int]
    missing: int = 0
    """Messages of an undone deed that are not there any more."""


def move(db: sqlite3.Connection, ids: Sequence[int], folder_id: int, verb: str, now: int) -> Done:
    """Wish messages into a folder and remember it as one deed. verb is the past tense: "archived", "moved to X"."""
    return move_each(db, dict.fromkeys(ids, folder_id), verb, now)


def move_each(db: sqlite3.Connection, goals: Mapping[int, int], verb: str, now: int) -> Done:
    """`move`, each message to a folder of its own: message id → folder id."""
    changed: list[tuple[int, int, int]] = []
    for id_, goal in goals.items():
        row = db.execute(_HERE, (id_,)).fetchone()
        if row is not None and row[0] != goal:
            changed.append((id_, row[0], goal))
            wish_folder(db, id_, goal, now)
    if not changed:
        return Done("", 0, frozenset())
    label = f"{verb} {_messages(len(changed))}"
    deed_id = _new_deed(db, label, now)
    db.executemany(
        "INSERT INTO deed_item(deed_id, message_id, from_folder_id, to_folder_id) VALUES (?, ?, ?, ?)",
        [(deed_id, *item) for item in changed],
    )
    return Done(label, len(changed), frozenset(folder for _, *both in changed for folder in both))


def flag(
    db: sqlite3.Connection, ids: Sequence[int], add: int, remove: int, verb: str, now: int, *, remember: bool = True
) -> Done:
    """Wish flag bits and, if asked, remember bit by bit what really changed."""
    changed: list[tuple[int, int, int]] = []
    folders: set[int] = set()
    for id_ in ids:
        row = db.execute(
            "SELECT shown, here FROM message WHERE id = ? AND gone = 0 AND here IS NOT NULL", (id_,)
        ).fetchone()
        if row is None:
            continue
        added, removed = add & ~row[0], remove & row[0]
        if added or removed:
            changed.append((id_, added, removed))
            folders.add(row[1])
            wish_flags(db, id_, added, removed, now)
    if not changed:
        return Done("", 0, frozenset())
    label = f"{verb} {_messages(len(changed))}"
    if remember:
        deed_id = _new_deed(db, label, now)
        db.executemany(
            "INSERT INTO deed_item(deed_id, message_id, added, removed) VALUES (?, ?, ?, ?)",
            [(deed_id, *item) for item in changed],
        )
    return Done(label, len(changed), frozenset(folders))


def undo(db: sqlite3.Connection, now: int) -> Done | None:
    """Reverse the newest deed that stands; None when there is none."""
    row = db.execute("SELECT id, label FROM deed WHERE undone = 0 ORDER BY id DESC LIMIT 1").fetchone()
    return None if row is None else _apply(db, row[0], row[1], backwards=True, now=now)


def redo(db: sqlite3.Connection, now: int) -> Done | None:
    """Do again the deed undone last; None when something new was done since, or nothing was undone."""
    row = db.execute("SELECT id, label FROM deed WHERE undone = 1 ORDER BY id LIMIT 1").fetchone()
    return None if row is None else _apply(db, row[0], row[1], backwards=False, now=now)


def deeds(db: sqlite3.Connection, limit: int) -> list[Deed]:
    """The newest deeds first."""
    rows = db.execute(
        """SELECT id, at, label, (SELECT count(*) FROM deed_item i WHERE i.deed_id = d.id), undone
           FROM deed d ORDER BY id DESC LIMIT ?""",
        (limit,),
    )
    return [Deed(id_, at, label, count, bool(undone)) for id_, at, label, count, undone in rows]


def _apply(db: sqlite3.Connection, deed_id: int, label: str, *, backwards: bool, now: int) -> Done:
    folders: set[int] = set()
    count = missing = 0
    items = db.execute(
        "SELECT message_id, from_folder_id, to_folder_id, added, removed FROM deed_item WHERE deed_id = ?", (deed_id,)
    ).fetchall()
    for id_, source, target, added, removed in items:
        row = db.execute(_HERE, (id_,)).fetchone()
        if row is None:
            missing += 1
            continue
        count += 1
        folders.add(row[0])
        if source is not None:
            goal = source if backwards else target
            wish_folder(db, id_, goal, now)
            folders.add(goal)
        else:
            add, remove = (removed, added) if backwards else (added, removed)
            wish_flags(db, id_, add, remove, now)
    db.execute("UPDATE deed SET undone = ? WHERE id = ?", (backwards, deed_id))
    return Done(label, count, frozenset(folders), missing)


def _new_deed(db: sqlite3.Connection, label: str, now: int) -> int:
    db.execute("UPDATE deed SET undone = 2 WHERE undone = 1")
    deed_id = db.execute("INSERT INTO deed(at, label) VALUES (?, ?)", (now, label)).lastrowid
    assert deed_id is not None
    return deed_id


def _messages(count: int) -> str:
    return "1 message" if count == 1 else f"{count:,} messages"
