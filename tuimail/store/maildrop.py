"""What a POP3 server does not remember: folders, flags, ids that ascend, and which texts are nowhere else any more.

POP3 knows one list of messages (RFC 1939), each with a unique id (UIDL) and nothing besides. The rest of what an IMAP
server would keep is kept here, for accounts of that kind only, and `sync.pop` speaks for both as one server.
The texts are in `droptexts`.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tuimail.protocol.imap import keywords

INBOX, ARCHIVE, DRAFTS, SENT, JUNK, TRASH = b"INBOX", b"Archive", b"Drafts", b"Sent", b"Junk", b"Trash"
BUILT_IN = (INBOX, ARCHIVE, DRAFTS, SENT, JUNK, TRASH)
_OURS = b"\0copy:"
"""Begins the unique id of what no server has; no UIDL can (RFC 1939 §7)."""
_ENTRY = "id, uidl, uid, flags, keywords, size, listed, EXISTS (SELECT 1 FROM drop_text t WHERE t.id = d.id)"

STANDING = """(SELECT CASE
    WHEN d.listed = 0 THEN 'here'
    WHEN CASE WHEN message.want_folder_id IS NULL THEN d.doomed ELSE t.dooms END THEN 'leaving'
    ELSE '' END
  FROM folder f
  JOIN drop_message d ON d.account_id = f.account_id AND d.folder = f.remote_name AND d.uid = message.remote_id
  LEFT JOIN folder w ON w.id = message.want_folder_id
  LEFT JOIN drop_folder t ON t.account_id = w.account_id AND t.name = w.remote_name
  WHERE f.id = message.folder_id)"""
"""SQL: `Summary.standing` of a row of `message`, as it will be once its wishes have come true; NULL but for POP3."""

ROWS = """message m JOIN folder f ON f.id = m.folder_id
  JOIN drop_message d ON d.account_id = f.account_id AND d.folder = f.remote_name AND d.uid = m.remote_id"""
"""SQL: rows of the list, each with its message of the maildrop."""


class Box(NamedTuple):
    """A folder as STATUS of an IMAP server would tell of it."""

    name: bytes
    exists: int
    unseen: int
    uidnext: int
    modseq: int


class Entry(NamedTuple):
    """A message."""

    id: int
    """Ours, for ever, wherever it is moved to."""
    uidl: bytes
    """What the server calls it, or called it."""
    uid: int
    """In its folder; another one after each move, as with IMAP."""
    flags: int
    keywords: str
    size: int
    listed: bool
    """The server's last list named it."""
    kept: bool
    """Its whole text is in `drop_text`."""


class Listed(NamedTuple):
    """A message of the server's list. uidl: its unique id, or what stands for one."""

    uidl: bytes
    size: int


def begin(db: sqlite3.Connection, account_id: int, *, removes: bool) -> None:
    """The folders that every such account has. removes: what comes into the trash shall leave the server too.

    Where nothing shall, what was to leave but has not yet stays there.
    """
    db.executemany(
        "INSERT OR IGNORE INTO drop_folder(account_id, name) VALUES (?, ?)", [(account_id, name) for name in BUILT_IN]
    )
    db.execute("UPDATE drop_folder SET dooms = ? WHERE account_id = ? AND name = ?", (removes, account_id, TRASH))
    if not removes:
        db.execute(
            "UPDATE drop_message SET doomed = 0 WHERE account_id = ? AND doomed = 1 AND folder <> x''", (account_id,)
        )


def create(db: sqlite3.Connection, account_id: int, name: bytes) -> None:
    """One more folder; one that is there already is fine."""
    db.execute("INSERT OR IGNORE INTO drop_folder(account_id, name) VALUES (?, ?)", (account_id, name))


def rename(db: sqlite3.Connection, account_id: int, name: bytes, new: bytes) -> None:
    """Another name for a folder, and for what is below it; none of these may be taken."""
    for (old,) in db.execute("SELECT name FROM drop_folder WHERE account_id = ?", (account_id,)).fetchall():
        old = bytes(old)
        if old == name or old.startswith(name + b"/"):
            names = (new + old[len(name) :], account_id, old)
            db.execute("UPDATE drop_folder SET name = ? WHERE account_id = ? AND name = ?", names)
            db.execute("UPDATE drop_message SET folder = ? WHERE account_id = ? AND folder = ?", names)


def delete(db: sqlite3.Connection, account_id: int, name: bytes) -> None:
    """An empty folder goes."""
    db.execute("DELETE FROM drop_folder WHERE account_id = ? AND name = ?", (account_id, name))


def boxes(db: sqlite3.Connection, account_id: int) -> list[Box]:
    """Every folder."""
    rows = db.execute(
        """SELECT f.name, count(d.id), COALESCE(sum(d.flags & 1 = 0), 0), f.uidnext, f.modseq
           FROM drop_folder f LEFT JOIN drop_message d ON d.account_id = f.account_id AND d.folder = f.name
           WHERE f.account_id = ? GROUP BY f.name""",
        (account_id,),
    )
    return [Box(bytes(name), *rest) for name, *rest in rows]


def known(db: sqlite3.Connection, account_id: int) -> set[bytes]:
    """The unique ids we know."""
    rows = db.execute("SELECT uidl FROM drop_message WHERE account_id = ?", (account_id,))
    return {bytes(uidl) for (uidl,) in rows}


def take_list(
    db: sqlite3.Connection,
    account_id: int,
    listed: Sequence[Listed],
    now: int,
    *,
    forgetful: bool = False,
    partial: bool = False,
) -> list[int]:
    """The server's list, in its order. What is new comes into the inbox, what is missing from there is gone here too.

    Not gone is what we removed ourselves or were about to, what has been moved to another folder, and with a
    `forgetful` server (which stops naming what was read) whatever text is kept. partial: the list has holes, so that
    nothing is missing from it. Returns the ids of those that stay and were on the server, or not, before.
    """
    old = known(db, account_id)
    db.execute("CREATE TEMP TABLE IF NOT EXISTS listing(uidl BLOB PRIMARY KEY)")
    db.execute("DELETE FROM listing")
    db.executemany("INSERT OR IGNORE INTO listing VALUES (?)", [(one.uidl,) for one in listed])
    missing = f"{int(not partial)} AND account_id = ?1 AND listed = 1 AND uidl NOT IN (SELECT uidl FROM listing)"
    stays = "folder <> ?2 OR sent = 1" + (" OR id IN (SELECT id FROM drop_text)" if forgetful else "")
    gone = db.execute(f"DELETE FROM drop_message WHERE {missing} AND NOT ({stays})", (account_id, INBOX)).rowcount
    if not partial and not forgetful:
        deleted = "account_id = ? AND folder = x'' AND uidl NOT IN (SELECT uidl FROM listing)"
        db.execute(f"DELETE FROM drop_message WHERE {deleted}", (account_id,))
    found = "account_id = ?1 AND listed = 0 AND uidl IN (SELECT uidl FROM listing)"
    turned = [
        id_
        for listed_now, which in ((0, missing), (1, found))
        for (id_,) in db.execute(
            f"UPDATE drop_message SET listed = {listed_now} WHERE {which} RETURNING id", (account_id,)
        )
    ]
    if gone:
        _touch(db, account_id, INBOX)
    fresh = [one for one in listed if one.uidl not in old]
    if fresh:
        modseq = _touch(db, account_id, INBOX)
        uid = _numbers(db, account_id, INBOX, len(fresh))
        db.executemany(
            """INSERT OR IGNORE INTO drop_message(account_id, uidl, folder, uid, size, modseq, seen_at, flags)
               VALUES (?, ?, ?, ?, ?, ?, ?, 0)""",
            [(account_id, one.uidl, INBOX, uid + n, one.size, modseq, now) for n, one in enumerate(fresh)],
        )
    return turned


def entries(db: sqlite3.Connection, account_id: int, folder: bytes, uids: Iterable[tuple[int, int]]) -> list[Entry]:
    """The messages with these UIDs, ascending."""
    found: list[Entry] = []
    for low, high in uids:
        rows = db.execute(
            f"""SELECT {_ENTRY} FROM drop_message d
                WHERE account_id = ? AND folder = ? AND uid BETWEEN ? AND ? ORDER BY uid""",
            (account_id, folder, low, high),
        )
        found += map(_entry, rows)
    return found


def newest(db: sqlite3.Connection, account_id: int, folder: bytes, count: int) -> list[tuple[int, int]]:
    """The UIDs of the `count` highest, each as a range; -1: of all."""
    rows = db.execute(
        "SELECT uid FROM drop_message WHERE account_id = ? AND folder = ? ORDER BY uid DESC LIMIT ?",
        (account_id, folder, count),
    ).fetchall()
    return [(uid, uid) for (uid,) in reversed(rows)]


def changed(db: sqlite3.Connection, account_id: int, folder: bytes, modseq: int) -> list[tuple[int, int, str]]:
    """(UID, flags, keywords) of what changed after this mod-sequence."""
    return db.execute(
        "SELECT uid, flags, keywords FROM drop_message WHERE account_id = ? AND folder = ? AND modseq > ? ORDER BY uid",
        (account_id, folder, modseq),
    ).fetchall()


def flag(
    db: sqlite3.Connection,
    account_id: int,
    folder: bytes,
    uids: Iterable[tuple[int, int]],
    add: int,
    remove: int,
    words: str = "",
) -> None:
    """Set and clear flag bits, and keywords (signed words)."""
    modseq = _touch(db, account_id, folder)
    uids = tuple(uids)
    db.executemany(
        """UPDATE drop_message SET flags = (flags | ?) & ~?, modseq = ?
           WHERE account_id = ? AND folder = ? AND uid BETWEEN ? AND ?""",
        [(add, remove, modseq, account_id, folder, low, high) for low, high in uids],
    )
    if words:
        there = [(keywords.applied(entry.keywords, words), entry.id) for entry in entries(db, account_id, folder, uids)]
        db.executemany("UPDATE drop_message SET keywords = ? WHERE id = ?", there)


def remove(db: sqlite3.Connection, account_id: int, folder: bytes, uids: Iterable[tuple[int, int]]) -> None:
    """Gone for good: the text at once, and the message as soon as the server is told (`doomed`).

    Until its list has been seen without it, it is remembered as being nowhere, so that it does not come in again.
    """
    _touch(db, account_id, folder)
    ids = [(entry.id,) for entry in entries(db, account_id, folder, uids)]
    db.executemany("DELETE FROM drop_message WHERE id = ? AND listed = 0", ids)
    db.executemany("DELETE FROM drop_text WHERE id = ?", ids)
    db.executemany("UPDATE drop_message SET folder = x'', uid = id, doomed = 1, keywords = '' WHERE id = ?", ids)


def move(db: sqlite3.Connection, account_id: int, ids: Sequence[int], target: bytes) -> dict[int, int]:
    """Into another folder; returns old UID → new UID."""
    moved: dict[int, int] = {}
    modseq = _touch(db, account_id, target)
    uid = _numbers(db, account_id, target, len(ids))
    doomed = _of_folder(db, "dooms", account_id, target)
    for place, id_ in enumerate(ids):
        row = db.execute("SELECT folder, uid FROM drop_message WHERE id = ?", (id_,)).fetchone()
        if row is None:
            continue
        _touch(db, account_id, bytes(row[0]))
        moved[row[1]] = uid + place
        db.execute(
            "UPDATE drop_message SET folder = ?, uid = ?, modseq = ?, doomed = ? WHERE id = ?",
            (target, uid + place, modseq, doomed, id_),
        )
    return moved


def copy(db: sqlite3.Connection, account_id: int, ids: Sequence[int], target: bytes) -> dict[int, int]:
    """Copies of messages whose text is kept, which the server knows nothing of; returns UID → UID of the copy."""
    copied: dict[int, int] = {}
    modseq = _touch(db, account_id, target)
    first = _numbers(db, account_id, target, len(ids))
    for uid, id_ in enumerate(ids, first):
        row = db.execute("SELECT uid FROM drop_message WHERE id = ?", (id_,)).fetchone()
        if row is None:
            continue
        copied[row[0]] = uid
        new_id = db.execute(
            """INSERT INTO drop_message(account_id, uidl, folder, uid, flags, keywords, modseq, size, seen_at, listed)
               SELECT account_id, ?, ?, ?, flags, keywords, ?, size, seen_at, 0 FROM drop_message WHERE id = ?""",
            (_OURS + os.urandom(12), target, uid, modseq, id_),
        ).lastrowid
        db.execute("INSERT INTO drop_text SELECT ?, data FROM drop_text WHERE id = ?", (new_id, id_))
    return copied


# --- removing from the server ------------------------------------------------------------------------------


def outstayed(db: sqlite3.Connection, account_id: int, before: int) -> list[tuple[bytes, Entry]]:
    """(folder, message) of those that the server has had since before this moment, and is not yet to remove."""
    rows = db.execute(
        f"""SELECT {_ENTRY}, folder FROM drop_message d
            WHERE account_id = ? AND seen_at <= ? AND listed = 1 AND doomed = 0 ORDER BY id""",
        (account_id, before),
    )
    return [(bytes(row[-1]), _entry(row[:-1])) for row in rows]


def doom(db: sqlite3.Connection, ids: Iterable[int]) -> None:
    """These shall leave the server; only what is kept here may."""
    query = "UPDATE drop_message SET doomed = 1 WHERE id = ? AND id IN (SELECT id FROM drop_text)"
    db.executemany(query, [(id_,) for id_ in ids])


def doomed(db: sqlite3.Connection, account_id: int) -> list[tuple[int, bytes]]:
    """(id, unique id) of what is to leave the server, none of which is without its text here but what was deleted."""
    rows = db.execute(
        """SELECT id, uidl FROM drop_message WHERE account_id = ? AND doomed = 1 AND listed = 1
             AND (folder = x'' OR id IN (SELECT id FROM drop_text)) ORDER BY id""",
        (account_id,),
    )
    return [(id_, bytes(uidl)) for id_, uidl in rows]


def leaving(db: sqlite3.Connection) -> list[tuple[str, int]]:
    """(account, messages) that the next visit removes from a server. Reads a whole table: not on the event loop."""
    return db.execute(
        """SELECT a.name, count(*) FROM drop_message d JOIN account a ON a.id = d.account_id
           WHERE d.doomed = 1 AND d.listed = 1 GROUP BY a.id ORDER BY a.id"""
    ).fetchall()


def sending(db: sqlite3.Connection, ids: Sequence[int]) -> None:
    """Their removal is about to be sent: from now on it is we who may have removed them."""
    db.executemany("UPDATE drop_message SET sent = 1 WHERE id = ?", [(id_,) for id_ in ids])


def removed(db: sqlite3.Connection, ids: Sequence[int]) -> None:
    """The server said that they are gone. Should its next list name them all the same, they are removed again."""
    db.executemany("UPDATE drop_message SET listed = 0 WHERE id = ?", [(id_,) for id_ in ids])


def standing(db: sqlite3.Connection, message_id: int) -> str:
    """`Summary.standing` of a row of the list."""
    row = db.execute(f"SELECT {STANDING} FROM message WHERE id = ?", (message_id,)).fetchone()
    return row[0] or "" if row is not None else ""


def shown_in(db: sqlite3.Connection, ids: Sequence[int]) -> list[int]:
    """The folders in whose lists these messages stand."""
    query = f"SELECT DISTINCT m.here FROM {ROWS} WHERE d.id IN (SELECT value FROM json_each(?)) AND m.here IS NOT NULL"
    return [folder_id for (folder_id,) in db.execute(query, (json.dumps(ids),))]


def _entry(row: tuple[int, bytes, int, int, str, int, int, int]) -> Entry:
    id_, uidl, uid, flags, keywords, size, listed, kept = row
    return Entry(id_, bytes(uidl), uid, flags, keywords, size, bool(listed), bool(kept))


def _touch(db: sqlite3.Connection, account_id: int, folder: bytes) -> int:
    """Something of this folder changes; returns its new mod-sequence."""
    db.execute("UPDATE drop_folder SET modseq = modseq + 1 WHERE account_id = ? AND name = ?", (account_id, folder))
    return _of_folder(db, "modseq", account_id, folder)


def _numbers(db: sqlite3.Connection, account_id: int, folder: bytes, count: int) -> int:
    """The first of so many new UIDs of a folder."""
    first = _of_folder(db, "uidnext", account_id, folder)
    db.execute(
        "UPDATE drop_folder SET uidnext = uidnext + ? WHERE account_id = ? AND name = ?", (count, account_id, folder)
    )
    return first


def _of_folder(db: sqlite3.Connection, column: str, account_id: int, folder: bytes) -> int:
    query = f"SELECT {column} FROM drop_folder WHERE account_id = ? AND name = ?"
    (value,) = db.execute(query, (account_id, folder)).fetchone()
    return int(value)
