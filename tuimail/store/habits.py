"""Where mail was filed by hand before: of the same thread, the same list, the same sender. It orders the pickers."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

KINDS = ("thread", "list", "sender", "any")
"""The nearest likeness first; "any" is where whatever was filed lately."""
_ASKED = 200
"""Of a large selection so many messages are looked at."""
_RECENT = 5
_FILED = """SELECT message_id, to_folder_id AS folder_id FROM deed_item WHERE deed_id = ?1 AND to_folder_id > 0
  UNION ALL SELECT message_id, target_id FROM copy WHERE deed_id = ?1"""
_KEYS = """SELECT 'thread' AS kind, thread AS key, id FROM message WHERE thread IS NOT NULL
  UNION ALL SELECT 'list', list_id, id FROM message WHERE list_id <> ''
  UNION ALL SELECT 'sender', lower(email), id FROM message WHERE email <> ''
  UNION ALL SELECT 'any', '', id FROM message"""


def learn(db: sqlite3.Connection, deed_id: int, now: int) -> None:
    """This deed filed its messages, as it was meant."""
    db.execute("UPDATE deed SET filed = 1 WHERE id = ?", (deed_id,))
    db.execute(
        f"""INSERT INTO habit(kind, key, folder_id, count, last)
            SELECT k.kind, k.key, d.folder_id, count(*), ?2 FROM ({_FILED}) d JOIN ({_KEYS}) k ON k.id = d.message_id
            WHERE true GROUP BY 1, 2, 3
            ON CONFLICT DO UPDATE SET count = count + excluded.count, last = max(last, excluded.last)""",
        (deed_id, now),
    )


def unlearn(db: sqlite3.Connection, deed_id: int) -> None:
    """It was not meant so: it was undone."""
    db.execute(
        f"""UPDATE habit SET count = count - (
              SELECT count(*) FROM ({_FILED}) d JOIN ({_KEYS}) k ON k.id = d.message_id
              WHERE k.kind = habit.kind AND k.key = habit.key AND d.folder_id = habit.folder_id)
            WHERE folder_id IN (SELECT folder_id FROM ({_FILED}))""",
        (deed_id,),
    )
    db.execute("DELETE FROM habit WHERE count <= 0")


def usual(db: sqlite3.Connection, ids: Sequence[int]) -> list[tuple[int, str]]:
    """(Folder, kind) where messages like these were filed: the nearest likeness first, of each the latest first.

    Only folders of their accounts, and none in which all of them are.
    """
    some = json.dumps(list(ids[:_ASKED]))
    rows = db.execute(
        """WITH asked AS MATERIALIZED (
              SELECT id, thread, list_id, lower(email) AS email, here FROM message
              WHERE id IN (SELECT value FROM json_each(?)) AND gone = 0)
            SELECT h.folder_id, h.kind, max(h.last) FROM habit h JOIN folder f ON f.id = h.folder_id
            WHERE (h.kind = 'thread' AND h.key IN (SELECT thread FROM asked)
                OR h.kind = 'list' AND h.key IN (SELECT list_id FROM asked)
                OR h.kind = 'sender' AND h.key IN (SELECT email FROM asked)
                OR h.kind = 'any')
              AND f.here = 1 AND f.selectable = 1
              AND f.account_id IN (SELECT g.account_id FROM asked JOIN folder g ON g.id = asked.here)
              AND EXISTS (SELECT 1 FROM asked WHERE here IS NOT h.folder_id)
            GROUP BY h.folder_id, h.kind""",
        (some,),
    ).fetchall()
    rows.sort(key=lambda row: (KINDS.index(row[1]), -row[2]))
    found: dict[int, str] = {}
    for folder_id, kind, _ in rows:
        if kind != "any" or list(found.values()).count("any") < _RECENT:
            found.setdefault(folder_id, kind)
    return list(found.items())
