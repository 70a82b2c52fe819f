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
from collections import deque
from functools import partial
from itertools import islice
from pathlib import Path
from select import select
from typing import TYPE_CHECKING

from tuimail.content.headers import summary
from tuimail.store import messages
from tuimail.store.connection import connect, transaction
from tuimail.store.messages import Row, rank

if TYPE_CHECKING:
    from tuimail.net.remote import Head

LENGTH = 8
"""Octets of every number on the pipes, the highest first."""
READY = b"r"
SLICE = 100
"""Rows made at a time, behind which somebody else may go first: about a millisecond of work."""


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
    """The helper process: windows of heads in; at each word to go the rows of one into the store. Until a pipe ends.

    Whoever lends the turn waits for it, so the word is looked for behind every slice; and nobody else is waited for
    while there is a window to read.
    """
    comes = sys.stdin.fileno()
    with contextlib.suppress(OSError, AttributeError):  # a pipe that holds a window (Linux), or it comes piecemeal
        fcntl.fcntl(comes, fcntl.F_SETPIPE_SZ, 1 << 20)
    os.nice(2)  # behind the screen, where there is one processor for both
    gc.disable()  # plain values have no cycles, and looking for them is a fifth of the work
    db = connect(path)
    made: deque[list[Row]] = deque()

    def store() -> None:
        folder_id = int.from_bytes(_read(hears, LENGTH), "big")
        work = partial(messages.put_heads, folder_id=folder_id, rows=made.popleft())
        os.write(tells, transaction(db, work, durable=False).to_bytes(LENGTH, "big"))

    with contextlib.suppress(EOFError):
        while True:
            if hears in select((hears, comes), (), ())[0]:
                store()
                continue
            coming = map(_row, *marshal.loads(_read(comes, int.from_bytes(_read(comes, LENGTH), "big"))))
            rows: list[Row] = []
            while some := list(islice(coming, SLICE)):
                rows += some
                if select((hears,), (), (), 0)[0]:
                    store()
            made.append(rows)
            os.write(sys.stdout.fileno(), READY)


def _read(pipe: int, size: int) -> bytearray:
    """So many octets. Raises EOFError."""
    data = bytearray(size)
    space = memoryview(data)
    while space:
        got = os.readv(pipe, (space,))
        if not got:
            raise EOFError
        space = space[got:]
    return data
