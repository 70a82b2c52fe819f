"""What the server calls its messages (`net.identity`), so that one is known again without its header or its text.

Kept beside `message`, for the newest of each folder. A row that had lost its place and was found again by Message-ID
loses its name with that (a trigger), for it may be a twin; it is asked for anew.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from tuimail.store.messages import Row, put_heads, rank

NEWEST = 5_000
"""Messages of a folder whose names are learnt: what people move about is seldom older, and each costs 60 octets."""

Content: TypeAlias = tuple[int, int, int, str, str, str, str, str, str, str, str]
"""(date, size, has_attachment, sender, email, to, subject, message_id, refs, list_id, addressed): a part of a `Row`"""

Seen: TypeAlias = tuple[int, str, int, str, int, int]
"""(UID, name, flags, keywords, received, size): what may differ from place to place."""


def unnamed(db: sqlite3.Connection, folder_id: int) -> list[int]:
    """UIDs among the newest of a folder whose names are not known."""
    rows = db.execute(
        """SELECT remote_id FROM (SELECT id, remote_id FROM message WHERE folder_id = ? AND remote_id IS NOT NULL
                                  ORDER BY remote_id DESC LIMIT ?)
           WHERE id NOT IN (SELECT message_id FROM known_as)""",
        (folder_id, NEWEST),
    )
    return [uid for (uid,) in rows]


def put_names(db: sqlite3.Connection, folder_id: int, names: Mapping[int, str]) -> None:
    """UID → name of messages of a folder; "" where the server has none, so that it is not asked again."""
    db.executemany(
        """INSERT OR REPLACE INTO known_as(message_id, account_id, name)
           SELECT m.id, f.account_id, ?3 FROM message m JOIN folder f ON f.id = m.folder_id
           WHERE m.folder_id = ?1 AND m.remote_id = ?2""",
        [(folder_id, uid, name) for uid, name in names.items()],
    )


def worth_asking(db: sqlite3.Connection, folder_id: int, count: int) -> bool:
    """Are messages that come now likely to be known: is one missing elsewhere, or are many names known?

    A name and what stands beside it costs a seventh of a header, so that one in five is gain enough.
    """
    if (account := _account(db, folder_id)) is None:
        return False
    lost = """SELECT 1 FROM known_as k JOIN message m INDEXED BY message_lost ON m.id = k.message_id
              WHERE k.account_id = ? AND k.name <> '' AND (m.gone = 1 OR m.remote_id IS NULL) LIMIT 1"""
    if db.execute(lost, (account,)).fetchone() is not None:
        return True
    (names,) = db.execute("SELECT count(*) FROM known_as WHERE account_id = ? AND name <> ''", (account,)).fetchone()
    return bool(names) and 100 <= count <= 5 * int(names)


def known(db: sqlite3.Connection, folder_id: int, names: Iterable[str]) -> dict[str, Content]:
    """Name → what the header of that message says, of those that are known in the folder's account."""
    rows = db.execute(
        """SELECT k.name, m.date, m.size, m.has_attachment, m.sender, m.email, m.recipient, m.subject, m.message_id,
             m.refs, m.list_id, m.addressed
           FROM known_as k JOIN message m ON m.id = k.message_id
           WHERE k.account_id = ? AND k.name IN (SELECT value FROM json_each(?)) AND k.name <> ''""",
        (_account(db, folder_id), json.dumps(list(names))),
    )
    return {name: tuple(content) for name, *content in rows}


def put_known(db: sqlite3.Connection, folder_id: int, seen: Sequence[Seen]) -> tuple[list[Row], int]:
    """Bring in those of these new messages that are known, and keep the names of all.

    Returns their rows, and how many of them were not there before. One that has another size than what is known by
    its name is left to its header.
    """
    contents = known(db, folder_id, {name for _, name, *_ in seen})
    rows: list[Row] = []
    for uid, name, flags, words, received, size in seen:
        content = contents.get(name)
        if content is not None and content[1] == size:
            rows.append((uid, int(flags), words, rank(received or content[0], uid), *content))
    fresh = put_heads(db, folder_id, rows)
    put_names(db, folder_id, {uid: name for uid, name, *_ in seen})
    return rows, fresh


def lender(db: sqlite3.Connection, message_id: int, *, whole: bool) -> int | None:
    """The same message in another place, with its text. whole: only if all of it is there."""
    row = db.execute(
        """SELECT b.message_id FROM known_as mine
           JOIN known_as k ON k.account_id = mine.account_id AND k.name = mine.name AND k.message_id <> mine.message_id
           JOIN message a ON a.id = mine.message_id JOIN message t ON t.id = k.message_id AND t.size = a.size
           JOIN body b ON b.message_id = k.message_id
           WHERE mine.message_id = ? AND mine.name <> '' AND (b.section = '' OR NOT ?) ORDER BY b.section LIMIT 1""",
        (message_id, whole),
    ).fetchone()
    return int(row[0]) if row else None


def lend_text(db: sqlite3.Connection, message_id: int, lender_id: int, now: int) -> None:
    """Keep the text of `lender_id` for this message, too."""
    db.execute(
        """INSERT OR REPLACE INTO body(message_id, section, data, used)
           SELECT m.id, b.section, b.data, ? FROM body b, message m WHERE b.message_id = ? AND m.id = ?""",
        (now, lender_id, message_id),
    )
    db.execute("UPDATE message SET cached = 1 WHERE id = ?", (message_id,))


def _account(db: sqlite3.Connection, folder_id: int) -> int | None:
    row = db.execute("SELECT account_id FROM folder WHERE id = ?", (folder_id,)).fetchone()
    return int(row[0]) if row else None
