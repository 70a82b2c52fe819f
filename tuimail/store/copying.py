"""What an export asks the store: the messages of a folder in the order of their UIDs, and the texts that are here."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

Row = tuple[int, int, int, int, int, str, int]
"""(id, UID, flags, received, size, subject, whether something of its text is here)"""


def after(db: sqlite3.Connection, folder_id: int, uid: int, limit: int) -> list[Row]:
    """The next messages that the server has in the folder, above this UID."""
    return db.execute(
        """SELECT id, remote_id, shown, rank >> 20, size, subject, cached FROM message
           WHERE folder_id = ? AND remote_id > ? AND gone = 0 ORDER BY remote_id LIMIT ?""",
        (folder_id, uid, limit),
    ).fetchall()


def whole_texts(db: sqlite3.Connection, ids: Sequence[int]) -> dict[int, bytes]:
    """Of these messages those that are here as sent. They may be large: not on the event loop."""
    marks = ", ".join("?" * len(ids))
    rows = db.execute(f"SELECT message_id, data FROM body WHERE section = '' AND message_id IN ({marks})", list(ids))
    return {message_id: bytes(data) for message_id, data in rows}


def count(db: sqlite3.Connection, folder_id: int) -> int:
    """How many messages the server has in the folder, as far as they are known here."""
    query = "SELECT count(*) FROM message WHERE folder_id = ? AND remote_id IS NOT NULL AND gone = 0"
    (number,) = db.execute(query, (folder_id,)).fetchone()
    return int(number)
