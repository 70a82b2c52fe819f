"""How the database file is written to, by the writer's thread and by a process that is lent its turns.

A module of its own, because that process has no time to import what the thread needs.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


def connect(path: Path) -> sqlite3.Connection:
    """To write: for the writer's thread, and for a process that is lent its turns."""
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("PRAGMA cache_size = -8000")
        db.execute("PRAGMA wal_autocheckpoint = 0")  # nobody who writes waits for that: see Database._fold
        db.execute("PRAGMA journal_size_limit = 8388608")  # of a log that grew longer while nobody folded it in
    except sqlite3.Error:
        db.close()
        raise
    return db


def transaction(db: sqlite3.Connection, work: Callable[[sqlite3.Connection], T], *, durable: bool) -> T:
    """`work` in a transaction, rolled back when it raises. durable: on disk before this returns."""
    db.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
    db.execute("BEGIN IMMEDIATE")
    try:
        answer = work(db)
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    return answer
