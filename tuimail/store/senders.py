"""Senders whose remote pictures the reader wants to see: exact addresses, nobody else's."""

from __future__ import annotations

import sqlite3


def loads_pictures(db: sqlite3.Connection, email: str) -> bool:
    """Whether the remote pictures of this address may be loaded."""
    return db.execute("SELECT 1 FROM pictures_from WHERE email = ?", (email.lower(),)).fetchone() is not None


def load_pictures(db: sqlite3.Connection, email: str, now: int) -> None:
    """From now on they may."""
    db.execute("INSERT OR IGNORE INTO pictures_from(email, since) VALUES (?, ?)", (email.lower(), now))


def load_no_pictures(db: sqlite3.Connection, email: str) -> None:
    """From now on they may not."""
    db.execute("DELETE FROM pictures_from WHERE email = ?", (email.lower(),))
