"""The queue for people: equal changes as one group, tried again or dropped as one."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from tuimail.model import Flag, PendingChange, QueueGroup
from tuimail.protocol.imap import keywords
from tuimail.store import history
from tuimail.store.history import Done
from tuimail.store.wishes import IS_WISHING, WISHING, change_in_words, choose

_LISTED = "(SELECT value FROM json_each(?))"
_ADD, _REMOVE = "(m.want_set & ~m.flags)", "(m.want_clear & m.flags)"
_WANT = "NULLIF(m.want_folder_id, m.folder_id)"
_LIKE = f"""m.folder_id, {_WANT}, {_ADD}, {_REMOVE}, IIF(m.want_keywords = '', '', m.keywords),
  m.want_keywords, COALESCE(m.want_error, '')"""
"""What makes changes equal: the key of their group."""
_SAME = f"""m.folder_id IS ? AND {_WANT} IS ? AND {_ADD} IS ? AND {_REMOVE} IS ?
  AND IIF(m.want_keywords = '', '', m.keywords) IS ? AND m.want_keywords IS ? AND COALESCE(m.want_error, '') IS ?"""


def groups(db: sqlite3.Connection) -> list[QueueGroup]:
    """All that waits, what was refused first, then oldest first; what is only to be confirmed comes last.

    Visits every wishing row: for a thread, not for the event loop.
    """
    (found,) = db.execute(
        f"""SELECT json_group_array(json_array(json_array(folder_id, want, added, removed, had, words, error), account,
              source, target, unmade, count, since, subject))
            FROM (SELECT folder_id, want, added, removed, had, words, error, a.name AS account, f.name AS source,
                    IIF(want = 0, '', t.name) AS target, IIF(t.wanted, t.name, '') AS unmade, count, since, subject
                  FROM (SELECT m.folder_id AS folder_id, {_WANT} AS want, {_ADD} AS added,
                          {_REMOVE} AS removed, IIF(m.want_keywords = '', '', m.keywords) AS had,
                          m.want_keywords AS words, COALESCE(m.want_error, '') AS error, count(*) AS count,
                          min(COALESCE(m.want_since, 0)) AS since, m.subject AS subject
                        FROM {WISHING} WHERE {IS_WISHING} GROUP BY {_LIKE})
                    JOIN folder f ON f.id = folder_id JOIN account a ON a.id = f.account_id
                    LEFT JOIN folder t ON t.id = want)"""
    ).fetchone()
    told = []
    for key, account, source, target, unmade, count, since, subject in json.loads(found):
        _, _, add, remove, had, words, error = key
        what = change_in_words(source, target, Flag(add), Flag(remove), keywords.missing(had, words))
        told.append(QueueGroup(json.dumps(key), account, what, count, since, error, unmade or "", subject))
    told += _copies(db)
    return sorted(told, key=lambda group: (not group.error, not group.what, group.since, group.key))


COPIES = "copies "
"""How the key of a group of copies begins: the history takes them back, not `drop`."""
_COPYING = """copy c JOIN message m ON m.id = c.message_id JOIN folder f ON f.id = m.folder_id
  JOIN account a ON a.id = f.account_id JOIN folder t ON t.id = c.target_id
  WHERE c.made = 0 AND (c.wanted = 1 OR c.uidnext IS NOT NULL)"""


def _copies(db: sqlite3.Connection) -> list[QueueGroup]:
    rows = db.execute(
        f"""SELECT f.id, t.id, COALESCE(c.error, ''), a.name, f.name, t.name, t.wanted, count(*), min(c.since),
              m.subject FROM {_COPYING} GROUP BY 1, 2, 3"""
    )
    return [
        QueueGroup(
            COPIES + json.dumps(key),
            account,
            f"copy {source} → {target}",
            count,
            since,
            key[2],
            target * wanted,
            subject,
        )
        for *key, account, source, target, wanted, count, since, subject in rows
    ]


def members(db: sqlite3.Connection, key: str, limit: int = -1) -> list[PendingChange]:
    """The messages of a group, newest first. Visits every wishing row of its folder."""
    if key.startswith(COPIES):
        copies = db.execute(
            f"""SELECT m.id, m.subject, COALESCE(NULLIF(m.sender, ''), m.email), c.since
                FROM {_COPYING} AND f.id = ? AND t.id = ? AND COALESCE(c.error, '') = ? ORDER BY m.rank DESC LIMIT ?""",
            (*json.loads(key.removeprefix(COPIES)), limit),
        )
        return [PendingChange(id_, subject, sender, since) for id_, subject, sender, since in copies]
    rows = db.execute(
        f"""SELECT m.id, m.subject, COALESCE(NULLIF(m.sender, ''), m.email), COALESCE(m.want_since, 0)
            FROM {WISHING} WHERE {IS_WISHING} AND {_SAME} ORDER BY m.rank DESC, m.id DESC LIMIT ?""",
        (*json.loads(key), limit),
    )
    return [PendingChange(id_, subject, sender, since) for id_, subject, sender, since in rows]


def ids_of(db: sqlite3.Connection, key: str) -> list[int]:
    """The messages of a group; none of copies, which are not about the message itself."""
    if key.startswith(COPIES):
        return []
    query = f"SELECT m.id FROM {WISHING} WHERE {IS_WISHING} AND {_SAME}"
    return [id_ for (id_,) in db.execute(query, json.loads(key))]


def retry(db: sqlite3.Connection, ids: Sequence[int]) -> None:
    """What was refused is to be tried again; of copies all are."""
    db.execute("UPDATE copy SET error = NULL WHERE error IS NOT NULL")
    db.execute(f"UPDATE message SET want_error = NULL WHERE id IN {_LISTED}", (json.dumps(ids),))


def drop(db: sqlite3.Connection, ids: Sequence[int], now: int) -> Done:
    """The messages shall be as the server has them. A deed like any other: undone, it is wished again."""
    rows = db.execute(
        f"""SELECT m.id, IIF({_WANT} IS NULL, NULL, m.folder_id), {_REMOVE}, {_ADD}, m.keywords,
              m.want_keywords FROM message m WHERE m.id IN {_LISTED} AND m.gone = 0""",
        (json.dumps(ids),),
    ).fetchall()
    items = [(*rest, keywords.inverse(keywords.missing(had, words))) for *rest, had, words in rows]
    choose(db, [item for item in items if item[1:] != (None, 0, 0, "")])
    return history.do_chosen(db, "dropped the change of", now)
