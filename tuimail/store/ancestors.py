"""The mail a message answers: what its References name and is here, read, and kept."""

from __future__ import annotations

import sqlite3

from tuimail.model import Flag

MOST = 12
"""Of the nearest; a quotation of a quotation is in those."""
LARGEST = 200_000
"""Octets of a message that is looked into."""


def ancestors(db: sqlite3.Connection, message_id: int) -> list[int]:
    """Ids of the messages this one refers to (RFC 5322 §3.6.4) whose text is kept and has been read, nearest first."""
    row = db.execute("SELECT refs, message_id FROM message WHERE id = ?", (message_id,)).fetchone()
    if row is None:
        return []
    found: list[int] = []
    for reference in reversed(row[0].split()[-3 * MOST :]):
        if len(found) >= MOST:
            break
        hit = db.execute(
            f"""SELECT id FROM message WHERE message_id = ? AND gone = 0 AND cached = 1 AND size <= {LARGEST}
                AND shown & {int(Flag.SEEN)} <> 0 AND id <> ? LIMIT 1""",
            (reference, message_id),
        ).fetchone()
        if hit is not None and reference != row[1]:
            found.append(hit[0])
    return found
