"""Texts of messages, kept within a budget: the ones fetched longest ago go first."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from tuimail.store import blobs, droptexts

BUDGET = 500_000_000
"""Octets of text kept on disk before the oldest are dropped."""


def put_body(db: sqlite3.Connection, message_id: int, sections: Mapping[str, bytes], now: int) -> None:
    """Keep sections of a message; it can be read offline from now on."""
    if db.execute("SELECT 1 FROM message WHERE id = ?", (message_id,)).fetchone() is None:
        return
    for section, data in sections.items():
        value, bound = blobs.room_for(data)
        row = db.execute(
            f"INSERT OR REPLACE INTO body(message_id, section, data, used) VALUES (?, ?, {value}, ?)",
            (message_id, section, bound, now),
        )
        blobs.fill(db, "body", row.lastrowid or 0, data)
    db.execute("UPDATE message SET cached = 1 WHERE id = ?", (message_id,))


def any_kept(db: sqlite3.Connection, message_id: int) -> bool:
    """Something of the message is here."""
    here = db.execute("SELECT 1 FROM body WHERE message_id = ?", (message_id,)).fetchone()
    return here is not None or droptexts.is_kept(db, message_id)


def get_body(db: sqlite3.Connection, message_id: int) -> dict[str, bytes]:
    """All sections kept of a message; empty when there are none. They may be large: not on the event loop."""
    rows = db.execute("SELECT section, rowid FROM body WHERE message_id = ?", (message_id,)).fetchall()
    found = {section: blobs.read(db, "body", rowid) for section, rowid in rows}
    if "" not in found and (kept := droptexts.kept(db, message_id)) is not None:
        found[""] = kept
    return found


def get_section(db: sqlite3.Connection, message_id: int, section: str) -> bytes | None:
    """One section kept of a message; it may be large, so not on the event loop."""
    row = db.execute("SELECT rowid FROM body WHERE message_id = ? AND section = ?", (message_id, section)).fetchone()
    if row is None and section == "":
        return droptexts.kept(db, message_id)
    return blobs.read(db, "body", row[0]) if row else None


def trim(db: sqlite3.Connection, budget: int = BUDGET) -> int:
    """Drop the texts fetched longest ago until the rest fits the budget. Returns messages dropped."""
    (total,) = db.execute("SELECT COALESCE(sum(length(data)), 0) FROM body").fetchone()
    dropped = 0
    while total > budget:
        row = db.execute("SELECT message_id FROM body ORDER BY used, message_id LIMIT 1").fetchone()
        if row is None:
            break
        (size,) = db.execute("SELECT sum(length(data)) FROM body WHERE message_id = ?", row).fetchone()
        db.execute("DELETE FROM body WHERE message_id = ?", row)
        db.execute("UPDATE message SET cached = ? WHERE id = ?", (droptexts.is_kept(db, row[0]), row[0]))
        total -= size
        dropped += 1
    return dropped
