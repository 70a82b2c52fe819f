"""Wishes that came to nothing because somebody else was there first; they are told, once, and kept for a while."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from tuimail.model import Conflict, Flag
from tuimail.store.wishes import IS_WISHING, NOWHERE, WISHING, give_up_vanished

KEPT = 100
"""The newest that are kept."""

_MEANT = {"archive": "archive", "trash": "move to the trash", "junk": "marking as spam", "inbox": "move to the inbox"}
_MARKS = {
    Flag.SEEN: ("marking as read", "marking as unread"),
    Flag.FLAGGED: ("star", "unstarring"),
    Flag.ANSWERED: ("mark “answered”", "mark “unanswered”"),
}


def note_deleted(db: sqlite3.Connection, account_id: int, unplaced: Sequence[int], now: int) -> None:
    """Rows that are about to be swept may have had wishes that the server never met.

    unplaced: of which the server said that they were moved, and which are not where they were moved to. A deletion
    is met by it. Where there is no Message-ID the message may be elsewhere unrecognised, so nothing is said of it.
    """
    rows = db.execute(
        f"""SELECT f.account_id, message.subject, t.name, t.role, want_set & ~flags, want_clear & flags,
              want_keywords <> ''
            FROM message INDEXED BY message_lost JOIN folder f ON f.id = folder_id
              LEFT JOIN folder t ON t.id = want_folder_id
                AND (t.id <> folder_id OR message.id IN (SELECT value FROM json_each(?)))
            WHERE gone = 1 AND f.account_id = ? AND message_id <> '' AND want_folder_id IS NOT {NOWHERE}
              AND (t.id IS NOT NULL OR want_set & ~flags <> 0 OR want_clear & flags <> 0 OR want_keywords <> '')
            ORDER BY want_since DESC, message.id DESC LIMIT {KEPT}""",
        (json.dumps(unplaced), account_id),
    ).fetchall()
    _note(db, [(account, subject, "deleted", _wish(*wish)) for account, subject, *wish in rows], now)
    _note(db, _copies(db, "deleted", "message.gone = 1 AND f.account_id = ?", account_id), now)


def end_homeless(db: sqlite3.Connection, account_id: int, now: int) -> None:
    """What is wished into a folder that the server does not list any more stays where it is (`give_up_vanished`)."""
    rows = db.execute(
        f"""SELECT f.account_id, m.subject, t.name FROM {WISHING} JOIN folder f ON f.id = m.folder_id
              JOIN folder t ON t.id = m.want_folder_id
            WHERE {IS_WISHING} AND t.account_id = ? AND t.here = 0
            ORDER BY m.want_since DESC, m.id DESC LIMIT {KEPT}""",
        (account_id,),
    ).fetchall()
    _note(db, [(account, subject, "folder", f"move to {name}") for account, subject, name in rows], now)
    _note(db, _copies(db, "folder", "t.account_id = ? AND t.here = 0", account_id), now)
    give_up_vanished(db, account_id)


def _copies(db: sqlite3.Connection, what: str, which: str, account_id: int) -> list[tuple[int, str, str, str]]:
    """Copies that nobody made and nobody can make any more."""
    rows = db.execute(
        f"""SELECT f.account_id, message.subject, t.name
            FROM copy c JOIN message ON message.id = c.message_id JOIN folder f ON f.id = message.folder_id
              JOIN folder t ON t.id = c.target_id
            WHERE c.wanted = 1 AND c.made = 0 AND c.uidnext IS NULL AND {which}
            ORDER BY c.since DESC, c.id DESC LIMIT {KEPT}""",
        (account_id,),
    )
    return [(account, subject, what, f"copy to {name}") for account, subject, name in rows]


def _note(db: sqlite3.Connection, rows: list[tuple[int, str, str, str]], now: int) -> None:
    if rows:
        db.executemany(
            "INSERT INTO conflict(at, account_id, subject, what, wish) VALUES (?, ?, ?, ?, ?)",
            [(now, *row) for row in reversed(rows)],
        )
        db.execute("DELETE FROM conflict WHERE id <= (SELECT max(id) FROM conflict) - ?", (KEPT,))


def latest(db: sqlite3.Connection, limit: int) -> list[Conflict]:
    """The newest first."""
    rows = db.execute("SELECT at, subject, what, wish FROM conflict ORDER BY id DESC LIMIT ?", (limit,))
    return [Conflict(*row) for row in rows]


def take_untold(db: sqlite3.Connection, account_id: int) -> list[Conflict]:
    """Those that nobody was told of yet, newest first; they count as told from now on."""
    rows = db.execute(
        "SELECT at, subject, what, wish FROM conflict WHERE told = 0 AND account_id = ? ORDER BY id DESC", (account_id,)
    ).fetchall()
    if rows:
        db.execute("UPDATE conflict SET told = 1 WHERE account_id = ?", (account_id,))
    return [Conflict(*row) for row in rows]


def _wish(target: str | None, role: str | None, add: int, remove: int, labels: int) -> str:
    """What was wished, as a noun: "your archive has nothing left to do"."""
    words = [] if target is None else [_MEANT.get(role or "", f"move to {target}")]
    words += [_MARKS[bit][0] for bit in Flag(add) if bit in _MARKS]
    words += [_MARKS[bit][1] for bit in Flag(remove) if bit in _MARKS]
    return " and ".join(words + ["label"] * labels) or "change"
