"""Labels, which are keywords of messages: which ones an account knows, and which ones a selection has."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Sequence

from tuimail.model import Label
from tuimail.protocol.imap import keywords

_LABELLED = "(keywords <> '' OR want_keywords <> '')"


def known(db: sqlite3.Connection, ids: Sequence[int]) -> list[Label]:
    """The labels of the accounts of these messages, the most used first. Reads an index: for a thread."""
    rows = db.execute(
        f"""SELECT keywords, want_keywords, count(*) FROM message
            WHERE {_LABELLED} AND gone = 0 AND folder_id IN (
              SELECT id FROM folder WHERE account_id IN (
                SELECT f.account_id FROM message m JOIN folder f ON f.id = m.folder_id
                WHERE m.id IN (SELECT value FROM json_each(?))))
            GROUP BY keywords, want_keywords""",
        (json.dumps(list(ids)),),
    )
    used: Counter[str] = Counter()
    spelled: dict[str, str] = {}
    for there, wish, count in rows:
        for word in filter(keywords.is_label, keywords.applied(there, wish).split()):
            spelled.setdefault(word.lower(), word)
            used[word.lower()] += count
    having = _having(db, ids)
    return [
        Label(spelled[small], keywords.decode(spelled[small]), count, having[small])
        for small, count in sorted(used.items(), key=lambda one: (-one[1], one[0]))
    ]


def _having(db: sqlite3.Connection, ids: Sequence[int]) -> Counter[str]:
    """Keyword, lower case → how many of these messages show it."""
    rows = db.execute(
        f"""SELECT keywords, want_keywords, count(*) FROM message
            WHERE {_LABELLED} AND gone = 0 AND id IN (SELECT value FROM json_each(?)) GROUP BY 1, 2""",
        (json.dumps(list(ids)),),
    )
    having: Counter[str] = Counter()
    for there, wish, count in rows:
        for word in keywords.applied(there, wish).split():
            having[word.lower()] += count
    return having


def shown(db: sqlite3.Connection, message_id: int) -> tuple[str, ...]:
    """The labels of one message."""
    row = db.execute("SELECT keywords, want_keywords FROM message WHERE id = ?", (message_id,)).fetchone()
    return keywords.labels(*row) if row is not None else ()
