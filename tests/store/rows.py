"""Rows and a store in memory, for tests of what SQLite holds."""

from __future__ import annotations

import sqlite3

from tuimail.store import folders, messages
from tuimail.store.schema import migrate

INBOX, ARCHIVE, TRASH = b"INBOX", b"Archive", b"Trash"


def memory() -> sqlite3.Connection:
    """An empty store of our version, in memory, with one account (id 1) and three folders."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.execute("PRAGMA foreign_keys = ON")
    migrate(db)
    account = folders.put_account(db, "a")
    roles = {INBOX: "inbox", ARCHIVE: "archive", TRASH: "trash"}
    folders.put_folders(db, account, [folders.Listed(n, n.decode(), "/", r, True) for n, r in roles.items()])
    return db


def folder_id(db: sqlite3.Connection, name: bytes = INBOX) -> int:
    """The folder with this wire name."""
    return int(db.execute("SELECT id FROM folder WHERE remote_name = ?", (name,)).fetchone()[0])


def row(uid: int, name: str = "", *, flags: int = 0, received: int = 1_700_000_000, size: int = 100) -> messages.Row:
    """One head as `put_heads` takes it; `name` is subject and Message-ID."""
    name = name or f"m{uid}"
    place = messages.rank(received, uid)
    return (uid, flags, "", place, received, size, 0, "Ada", "ada@example.org", "me", name, name, "", "", "")


def ids(db: sqlite3.Connection, folder: int) -> list[int]:
    """What a list shows, in its order, sorted the slow way."""
    rows = db.execute("SELECT id, rank FROM message WHERE here = ? AND gone = 0", (folder,)).fetchall()
    return [id_ for id_, _ in sorted(rows, key=lambda r: (r[1], r[0]), reverse=True)]
