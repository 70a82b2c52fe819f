"""Texts of any size in and out of SQLite without standing in anybody's way.

A value that is bound to a statement, or comes back from one, is copied while the interpreter is held: 40 ms for 60 MB,
in which no key is answered, whatever the thread. Piece by piece others come in between.
"""

from __future__ import annotations

import sqlite3
from typing import Literal

PIECE = 1 << 18
"""Octets copied at once. What is not larger takes the usual way."""

Table = Literal["body", "drop_text"]
"""Those with a column `data`."""


def fill(db: sqlite3.Connection, table: Table, rowid: int, data: bytes) -> None:
    """Write the `data` of a row that was made with `room_for` it."""
    if len(data) <= PIECE:
        return
    octets = memoryview(data)
    with db.blobopen(table, "data", rowid) as blob:
        for start in range(0, len(octets), PIECE):
            blob.write(octets[start : start + PIECE])


def room_for(data: bytes) -> tuple[str, bytes | int]:
    """The SQL for a value that `fill` fills, and what to bind to it."""
    return ("?", data) if len(data) <= PIECE else ("zeroblob(?)", len(data))


def read(db: sqlite3.Connection, table: Table, rowid: int) -> bytes:
    """The `data` of a row."""
    with db.blobopen(table, "data", rowid, readonly=True) as blob:
        return b"".join(iter(lambda: blob.read(PIECE), b""))  # which lets others in while it copies much
