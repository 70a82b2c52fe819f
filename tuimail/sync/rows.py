"""Heads → rows for the store; for a first sync of many, in a process of its own.

Reading a header block takes some ten microseconds. For the hundred thousand of a first sync that is more
than a second of the one processor an event loop has, and the screen would feel it: so a helper
process makes those rows, while this one reads the wire and paints. It is fed through pipes with
`marshal`, which can hold plain values and nothing that acts.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import gc
import hashlib
import logging
import marshal
import sys
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from types import TracebackType
from typing import Any, BinaryIO, Self, TypeVar

from tuimail.content.headers import summarize
from tuimail.net.remote import Head
from tuimail.store.messages import Row, rank

MANY = 2000
"""From so many heads on a process of its own is worth its start (about 60 ms of another processor)."""
SLICE = 100
"""Rows given out at a time, behind which the user may go first: made here, about 1.5 ms of work."""
_LOT = 200
"""Heads sent at a time: their rows are read in half a millisecond."""
_LENGTH = 8
_PIPE = 1 << 24
"""Octets of answers held before reading pauses: more than a window makes, so that neither side waits for the other."""

T = TypeVar("T")

log = logging.getLogger(__name__)


def row(head: Head) -> Row:
    """One row of the message list."""
    return _row(*head)


def _row(uid: int, flags: int, keywords: str, received: int, size: int, block: bytes) -> Row:
    date, sender, email, to, subject, message_id, references, attached, list_id, addressed = summarize(block, received)
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


class RowMaker:
    """An async context manager; `many` asks for the helper process. Where it cannot be had, rows are made here."""

    def __init__(self, many: bool) -> None:
        self._many = many
        self._process: asyncio.subprocess.Process | None = None
        self._broken = False
        self._begun: deque[bool] = deque()
        """Of each lot begun and not yet taken: is it being made by the process?"""

    async def __aenter__(self) -> Self:
        if self._many:
            code = "from tuimail.sync.rows import serve; serve()"
            try:
                self._process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-I", "-c", code),
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=asyncio.subprocess.DEVNULL,
                    limit=_PIPE,
                )
            except OSError as error:
                log.info("no process for rows: %s", error)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()

    @property
    def ahead(self) -> int:
        """How many lots may be begun while an earlier one is being taken: one, so that the process is never idle."""
        return 1 if self._process is not None and not self._broken else 0

    def begin(self, heads: Sequence[Head]) -> None:
        """Have the rows of these heads made. They are to be taken with `rows`, lot by lot in this order."""
        if self._process is not None and not self._broken:
            assert self._process.stdin is not None
            for batch in _slices(heads, _LOT):
                uids, flags, *others = zip(*batch, strict=True)
                data = marshal.dumps((uids, tuple(map(int, flags)), *others))
                self._process.stdin.write(len(data).to_bytes(_LENGTH, "big") + data)
        self._begun.append(self._process is not None and not self._broken)

    async def rows(self, heads: Sequence[Head]) -> AsyncIterator[Sequence[Row]]:
        """The rows of the heads begun first, slice by slice, in their order."""
        slices = deque(_slices(heads, _LOT))
        if self._begun.popleft() and not self._broken:
            assert self._process is not None and self._process.stdout is not None
            try:
                while slices:
                    size = int.from_bytes(await self._process.stdout.readexactly(_LENGTH), "big")
                    rows: list[Row] = marshal.loads(await self._process.stdout.readexactly(size))
                    if len(rows) != len(slices[0]):
                        raise ValueError("rows are missing")
                    slices.popleft()
                    for given in _slices(rows, SLICE):
                        yield given
            except (OSError, EOFError, ValueError, TypeError) as error:
                log.warning("the process for rows broke (%s); going on without", error)
                self._broken = True
        for batch in slices:
            for part in _slices(batch, SLICE):
                yield [row(head) for head in part]


def _slices(many: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (many[start : start + size] for start in range(0, len(many), size))


def _widen(pipe: int) -> None:
    """A pipe that holds a window (Linux): with the usual 64 kB a window of heads is copied ten times on its way in."""
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        with contextlib.suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, 1 << 20)


def serve() -> None:
    """The helper process: batches of heads in, batches of rows out, until the pipe is closed."""
    _widen(sys.stdin.fileno())
    _widen(sys.stdout.fileno())
    gc.disable()  # plain values have no cycles, and looking for them is a fifth of the work
    while columns := _read(sys.stdin.buffer):
        data = marshal.dumps(list(map(_row, *columns)))
        sys.stdout.buffer.write(len(data).to_bytes(_LENGTH, "big") + data)
        sys.stdout.buffer.flush()


def _read(pipe: BinaryIO) -> tuple[Any, ...]:
    """The columns of a batch; () at the end."""
    size = int.from_bytes(pipe.read(_LENGTH), "big")
    columns: tuple[Any, ...] = marshal.loads(pipe.read(size)) if size else ()
    return columns
