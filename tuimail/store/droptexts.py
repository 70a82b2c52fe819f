"""Texts of POP3 mail that are kept for good: nothing is dropped to save space, for it may be the only copy there is."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from tuimail.store import blobs
from tuimail.store.maildrop import ROWS, Entry


def keep(db: sqlite3.Connection, id_: int, text: bytes) -> None:
    """Keep the whole text of a message; it can be read offline from now on."""
    value, bound = blobs.room_for(text)
    known = "SELECT id FROM drop_message WHERE id = ?"
    if db.execute(known, (id_,)).fetchone() is None:
        return
    db.execute(f"INSERT OR REPLACE INTO drop_text(id, data) VALUES (?, {value})", (id_, bound))
    blobs.fill(db, "drop_text", id_, text)
    db.execute(f"UPDATE message SET cached = 1 WHERE id = (SELECT m.id FROM {ROWS} WHERE d.id = ?)", (id_,))
    db.execute(f"DELETE FROM body WHERE message_id = (SELECT m.id FROM {ROWS} WHERE d.id = ?)", (id_,))


def keep_here(db: sqlite3.Connection, account_id: int, entries: Iterable[tuple[bytes, Entry]]) -> set[int]:
    """Keep for good what was read, and so is here; returns the ids of those (folder, message) that are kept now."""
    there = set()
    for folder, entry in entries:
        if not entry.kept:
            if (here := text(db, account_id, folder, entry.uid)) is None:
                continue
            keep(db, entry.id, here)
        there.add(entry.id)
    return there


def kept(db: sqlite3.Connection, message_id: int) -> bytes | None:
    """The text kept of a row of the list; None without one."""
    query = f"SELECT t.id FROM {ROWS} JOIN drop_text t ON t.id = d.id WHERE m.id = ?"
    row = db.execute(query, (message_id,)).fetchone()
    return blobs.read(db, "drop_text", row[0]) if row else None


def is_kept(db: sqlite3.Connection, message_id: int) -> bool:
    """`kept` would have it."""
    query = f"SELECT 1 FROM {ROWS} JOIN drop_text t ON t.id = d.id WHERE m.id = ?"
    return db.execute(query, (message_id,)).fetchone() is not None


def text(db: sqlite3.Connection, account_id: int, folder: bytes, uid: int) -> bytes | None:
    """The whole text of a message, when it is here: kept for good, or because it was read."""
    place = (account_id, folder, uid)
    row = db.execute(
        """SELECT t.id FROM drop_text t JOIN drop_message d USING (id)
           WHERE d.account_id = ? AND d.folder = ? AND d.uid = ?""",
        place,
    ).fetchone()
    if row is not None:
        return blobs.read(db, "drop_text", row[0])
    row = db.execute(
        """SELECT b.rowid FROM body b JOIN message m ON m.id = b.message_id JOIN folder f ON f.id = m.folder_id
           WHERE f.account_id = ? AND f.remote_name = ? AND m.remote_id = ? AND b.section = ''""",
        place,
    ).fetchone()
    return blobs.read(db, "body", row[0]) if row else None
