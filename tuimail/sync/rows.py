"""Heads → rows, and the helper process that makes and stores those of a first sync; see `importing`.

It imports little: each module would be read again at every first sync, by the processor that has most to do.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import hashlib
import marshal
import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from tuimail.content.headers import summary
from tuimail.store import messages
from tuimail.store.connection import connect, transaction
from tuimail.store.messages import Row, rank

if TYPE_CHECKING:
    from tuimail.net.remote import Head

LENGTH = 8
"""Octets of every number on the pipes, the highest first."""
READY = b"r"


def row(head: Head) -> Row:
    """One row of the message list."""
    return _row(*head)


def _row(uid: int, flags: int, keywords: str, received: int, size: int, block: bytes) -> Row:
    date, sender, email, to, subject, message_id, references, attached, list_id, addressed = summary(block, received)
    return (
        uid,
        int(flags),
        keywords,
        rank(received or date, uid),
        date,
        size,
        int(attached),
        sender,
        email,
        to,
        subject,
        message_id or _likeness(block),
        references,
        list_id,
        addressed,
    )


def _likeness(block: bytes) -> str:
    """Stands for the Message-ID a message does not have, so that it is known again where it was moved to."""
    return f"no-id:{hashlib.blake2b(block, digest_size=12).hexdigest()}" if block else ""


def serve(hears: int, tells: int, path: Path) -> None:
    """The helper process: windows of heads in; at each word to go the rows of one into the store. Until a pipe ends."""
    with contextlib.suppress(OSError, AttributeError):  # a pipe that holds a window (Linux), or it comes piecemeal
        fcntl.fcntl(sys.stdin.fileno(), fcntl.F_SETPIPE_SZ, 1 << 20)
    os.nice(2)  # behind the screen, where there is one processor for both
    gc.disable()  # plain values have no cycles, and looking for them is a fifth of the work
    db = connect(path)
    db.execute("PRAGMA wal_autocheckpoint = 0")  # who lends the turn does it, while the next rows are being made
    while columns := _read(sys.stdin.buffer):
        rows = list(map(_row, *columns))
        os.write(sys.stdout.fileno(), READY)
        folder_id = int.from_bytes(os.read(hears, LENGTH), "big")
        if not folder_id:
            break
        fresh = transaction(db, partial(messages.put_heads, folder_id=folder_id, rows=rows), durable=False)
        os.write(tells, fresh.to_bytes(LENGTH, "big"))


def _read(pipe: BinaryIO) -> tuple[Any, ...]:
    """The columns of a window; () at the end."""
    size = int.from_bytes(pipe.read(LENGTH), "big")
    columns: tuple[Any, ...] = marshal.loads(pipe.read(size)) if size else ()
    return columns
