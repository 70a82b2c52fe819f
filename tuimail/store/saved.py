"""Saved searches: a name and what was typed."""

from __future__ import annotations

import sqlite3


def saved(db: sqlite3.Connection) -> list[tuple[str, str]]:
    """(name, query text), by name."""
    rows = db.execute("SELECT name, query FROM saved_search").fetchall()
    return sorted(rows, key=lambda row: (row[0].casefold(), row[0]))


def save(db: sqlite3.Connection, name: str, query: str, now: int) -> None:
    """Under this name from now on, in place of what had it."""
    db.execute("INSERT OR REPLACE INTO saved_search(name, query, since) VALUES (?, ?, ?)", (name, query, now))


def forget(db: sqlite3.Connection, name: str) -> None:
    """Not any more; fine when there is none."""
    db.execute("DELETE FROM saved_search WHERE name = ?", (name,))
