"""Heads → rows of the store; for a first sync of many, in a process of its own.

Reading a header block takes some ten microseconds, storing its row five more. For the hundred thousand of a first
sync that is more than the one processor an event loop has, and the screen would feel it: so a helper
process makes those rows and stores them, while this one reads the wire and paints. It is fed through pipes with
`marshal`, which can hold plain values and nothing that acts; it writes only in the turns that the store's one
writer lends it, so that what the user does never waits for more than one window.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import marshal
import os
import sys
from collections import deque
from collections.abc import Sequence
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Self

from tuimail.net.remote import Head
from tuimail.store import messages
from tuimail.store.database import Database
from tuimail.store.messages import Row
from tuimail.sync.attention import Attention
from tuimail.sync.rows import LENGTH, READY, SLICE, row

MANY = 2000
"""From so many heads on a process of its own is worth its start (about 80 ms of another processor)."""

log = logging.getLogger(__name__)


class Importer:
    """An async context manager; `many` asks for the helper process. Where it cannot be had, rows are made here."""

    def __init__(self, database: Database, folder_id: int, attention: Attention, many: bool) -> None:
        self._database = database
        self._folder_id = folder_id
        self._attention = attention
        self._many = many
        self._helper: _Helper | None = None
        self._begun: deque[Sequence[Head]] = deque()

    async def __aenter__(self) -> Self:
        if self._many:
            try:
                self._helper = await _Helper.start(self._database.path)
            except OSError as error:
                log.info("no process for rows: %s", error)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._helper is not None:
            await self._helper.end()

    @property
    def begun(self) -> int:
        """How many windows wait to be stored."""
        return len(self._begun)

    @property
    def ahead(self) -> int:
        """How many should wait: of a process of our own so many that it is never idle, and soon done at the end."""
        return 2 if self._helper is not None else 0

    def begin(self, heads: Sequence[Head]) -> None:
        """Have the rows of a window made, which `store` will store."""
        if self._helper is not None:
            self._helper.send(heads)
        self._begun.append(heads)

    async def store(self) -> tuple[Sequence[Head], int]:
        """Store the window begun first; returns it, and how many of it were not known. Raises StoreError."""
        heads = self._begun.popleft()
        if self._helper is not None:
            await self._attention.give_way(len(heads) // SLICE)  # it has as many rests as we would have
            try:
                return heads, await self._helper.store(self._database, self._folder_id)
            except (OSError, EOFError) as error:  # it ends when it cannot write, too: then we say why, below
                log.warning("the process for rows broke (%s); going on without", error)
                await self._helper.end()
                self._helper = None
        rows: list[Row] = []
        for start in range(0, len(heads), SLICE):
            rows += map(row, heads[start : start + SLICE])
            await self._attention.give_way()
        return heads, await self._database.write(lambda db: messages.put_heads(db, self._folder_id, rows))


class _Helper:
    """The process, seen from here. Of two pipes of its own, "go" has it store a window and "done" brings the answer."""

    def __init__(self, process: asyncio.subprocess.Process, go: int, done: int) -> None:
        self._process = process
        self._go = FileIO(go, "wb")
        self._done = FileIO(done, "rb")

    @classmethod
    async def start(cls, path: Path) -> Self:
        """Raises OSError."""
        hears, go = os.pipe()
        done, tells = os.pipe()
        code = "import sys; from pathlib import Path; from tuimail.sync.rows import serve; "
        code += "serve(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))"
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-c", code, str(hears), str(tells), str(path)),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                pass_fds=(hears, tells),
            )
        except BaseException:
            os.close(go)
            os.close(done)
            raise
        finally:
            os.close(hears)
            os.close(tells)
        return cls(process, go, done)

    def send(self, heads: Sequence[Head]) -> None:
        """A window, to be made into rows."""
        assert self._process.stdin is not None
        uids, flags, *others = zip(*heads, strict=True) if heads else ((),) * 6
        data = marshal.dumps((uids, tuple(map(int, flags)), *others))
        self._process.stdin.write(len(data).to_bytes(LENGTH, "big") + data)

    async def store(self, database: Database, folder_id: int) -> int:
        """Have the next window stored. Raises OSError or EOFError when the process is gone, StoreError."""
        assert self._process.stdout is not None
        await self._process.stdout.readexactly(len(READY))  # so that the writer is lent for the storing alone
        return await database.lend(lambda: self._turn(folder_id))

    def _turn(self, folder_id: int) -> int:
        """On the writer's thread."""
        self._go.write(folder_id.to_bytes(LENGTH, "big"))
        answer = self._done.read(LENGTH)
        if not answer:
            raise EOFError
        return int.from_bytes(answer, "big")

    async def end(self) -> None:
        """Now. What it had not finished storing is as if never begun."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        self._go.close()
        self._done.close()
