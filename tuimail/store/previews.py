"""The first words of messages: told by the server before the text is here, else taken from the text."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence


def unknown(db: sqlite3.Connection, ids: Sequence[int]) -> list[int]:
    """Those of these messages of which neither is here, text or first words, in their order."""
    rows = db.execute(
        """SELECT m.id FROM json_each(?) JOIN message m ON m.id = value
           WHERE m.cached = 0 AND m.gone = 0 AND m.id NOT IN (SELECT message_id FROM preview) ORDER BY json_each.key""",
        (json.dumps(list(ids)),),
    )
    return [id_ for (id_,) in rows]


def put_own(db: sqlite3.Connection, words: Mapping[int, str]) -> set[int]:
    """Keep first words that were taken from texts; what the server has told stays, where that is anything.

    Returns the folders whose rows say more now.
    """
    before = db.total_changes
    db.executemany(
        """INSERT INTO preview SELECT id, ?2 FROM message WHERE id = ?1
           ON CONFLICT(message_id) DO UPDATE SET words = excluded.words WHERE words = ''""",
        list(words.items()),
    )
    if db.total_changes == before:
        return set()
    query = "SELECT DISTINCT here FROM message WHERE id IN (SELECT value FROM json_each(?)) AND here IS NOT NULL"
    return {folder_id for (folder_id,) in db.execute(query, (json.dumps(list(words)),))}


def put(db: sqlite3.Connection, words: Mapping[int, str]) -> None:
    """Keep the first words of messages, "" where there are none; those that are gone meanwhile are left out."""
    db.executemany("INSERT OR REPLACE INTO preview SELECT id, ?2 FROM message WHERE id = ?1", list(words.items()))
