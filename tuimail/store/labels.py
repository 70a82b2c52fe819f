"""Labels, which are keywords of messages: which ones an account knows, which ones a selection has, and who has one."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Sequence

from tuimail.model import Label
from tuimail.protocol.imap import keywords
from tuimail.query import All, Any, Labelled, Node

_LABELLED = "(keywords <> '' OR want_keywords <> '')"
_EVERY = f"""WITH RECURSIVE first(id) AS (
    SELECT (SELECT id FROM message INDEXED BY message_labelled WHERE {_LABELLED}
      ORDER BY keywords, want_keywords LIMIT 1)
    UNION ALL SELECT COALESCE(
      (SELECT id FROM message n INDEXED BY message_labelled
         WHERE {_LABELLED} AND n.keywords = m.keywords AND n.want_keywords > m.want_keywords
         ORDER BY n.want_keywords LIMIT 1),
      (SELECT id FROM message n INDEXED BY message_labelled WHERE {_LABELLED} AND n.keywords > m.keywords
         ORDER BY n.keywords, n.want_keywords LIMIT 1))
    FROM first CROSS JOIN message m USING (id))
  SELECT keywords, want_keywords FROM first CROSS JOIN message USING (id)"""
"""SQL: every combination of keywords and wish once, each found from the one before."""
HAVING = f"""SELECT id FROM message INDEXED BY message_labelled
  WHERE {_LABELLED} AND (keywords, want_keywords) IN
    (SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?))"""
"""SQL: the messages that have one of the `combinations` bound here."""


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


def about_labels(node: Node) -> bool:
    """Does the node say of labels alone that a message has them?"""
    match node:
        case Labelled():
            return True
        case All(nodes) | Any(nodes):
            return bool(nodes) and all(map(about_labels, nodes))
    return False


def combinations(db: sqlite3.Connection, node: Node) -> str:
    """Those (keywords, want_keywords) of messages of which the node, which is `about_labels`, is true; as JSON.

    Costs as much as there are different ones, however many messages have them.
    """
    return json.dumps([pair for pair in db.execute(_EVERY) if _true(node, keywords.names(*pair))])


def _true(node: Node, names: frozenset[str]) -> bool:
    match node:
        case All(nodes):
            return all(_true(one, names) for one in nodes)
        case Any(nodes):
            return any(_true(one, names) for one in nodes)
    return isinstance(node, Labelled) and keywords.compared(node.label) in names
