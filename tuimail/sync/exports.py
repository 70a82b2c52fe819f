"""Copying a folder, message by message, to where the user wants it: nothing twice, resumable, in little memory.

The store says what there is; texts that are here are used, the others are fetched on a connection of its own in windows
of many. The writing is done in a thread, and a window is written before more are taken from the line.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tuimail.content.copies import Copy, Source
from tuimail.errors import ConnectionLost, NotFound, Offline, RemoteError, ServerRefused, StoreError, Unreachable
from tuimail.model import Account, Flag
from tuimail.net.remote import Remote
from tuimail.net.texts import OCTETS, texts
from tuimail.store import copying, folders
from tuimail.store.database import Database
from tuimail.sync import patience
from tuimail.sync.account import AccountSync
from tuimail.sync.backups import Put, Target

T = TypeVar("T")

BATCH = 500
"""Rows taken from the store at a time."""
FAILURES = 4
"""Connections that may break in a row, without a message between, before it is given up."""
_AT_ONCE = 4_000_000
"""Octets of kept texts in memory at a time."""

Progress = Callable[[int, int], None]
"""progress(messages so far, messages in all)"""


@dataclass(slots=True)
class Exported:
    """How it went. added + there + gone + len(refused) is the number of messages that the folder had."""

    added: int = 0
    there: int = 0
    """Were copied by an earlier export."""
    gone: int = 0
    """Had left the server when it was their turn."""
    refused: list[tuple[str, str]] = field(default_factory=list)
    """(subject, the server's reason) of those that the server does not give."""


class Export:
    """One folder to one target."""

    def __init__(
        self,
        database: Database,
        account: Account,
        line: AccountSync,
        folder_id: int,
        target: Target,
        progress: Progress | None = None,
    ) -> None:
        self._database = database
        self._line = line
        self._folder_id = folder_id
        self._target = target
        self._progress = progress
        known = folders.one_known(database.read, folder_id)
        if known is None or known.uidvalidity is None:
            raise NotFound("This folder has not been fetched.", "Fetch it with: tuimail sync")
        self._folder, self._uidvalidity = known.remote_name, known.uidvalidity
        self._source = Source.of(account.user, account.host, known.remote_name, known.uidvalidity)
        self._remote: Remote | None = None
        self._target_failed = False
        """It was the target's line that broke, and not that of the mail."""
        self._done = Exported()
        self._total = 0

    async def run(self) -> Exported:
        """Copy what is not there. What was copied stays whatever happens, and the next run goes on.

        Raises Offline when the line is gone for good, StoreError when the target cannot be written, and what Remote
        raises.
        """
        try:
            there = await self._aside(self._target.begin, self._source)
            self._total = copying.count(self._database.read, self._folder_id)
            uid = -1
            while rows := copying.after(self._database.read, self._folder_id, uid, BATCH):
                uid = rows[-1][1]
                await self._batch([_copy(row) for row in rows if row[1] not in there])
                self._done.there += sum(row[1] in there for row in rows)
                self._tell()
            await self._aside(self._target.finish)
        finally:
            await self._hang_up()
            await asyncio.shield(asyncio.to_thread(self._target.close))
        return self._done

    # --- one batch ------------------------------------------------------------------------------

    async def _batch(self, wanted: list[Copy]) -> None:
        left = [copy for copy in wanted if not copy.kept]
        for kept in _portions([copy for copy in wanted if copy.kept]):
            left += await self._from_the_store(kept)
        left.sort(key=lambda copy: copy.uid)
        failures = 0
        while left:
            before = len(left)
            try:
                await self._fetch(left)
            except (ConnectionLost, Unreachable) as error:
                if self._target_failed:
                    raise
                await self._hang_up()
                failures = failures + 1 if len(left) == before else 1
                if failures > FAILURES:
                    raise Offline(
                        f"The connection to the mail server was lost {failures} times.",
                        f"{error.sentence} The same command goes on where this one stopped.",
                    ) from error
                await asyncio.sleep(patience.back_off(failures - 1))

    async def _from_the_store(self, kept: Sequence[Copy]) -> list[Copy]:
        """Write those whose whole text is here; the others."""

        def read() -> dict[int, bytes]:
            with self._database.reading() as db:
                return copying.whole_texts(db, [copy.message_id for copy in kept])

        found = await asyncio.to_thread(read)
        await self._write([(copy, found[copy.message_id]) for copy in kept if copy.message_id in found])
        return [copy for copy in kept if copy.message_id not in found]

    async def _fetch(self, left: list[Copy]) -> None:
        """Fetch and write; what is done is taken out of `left`."""
        if self._remote is None:
            self._remote = await self._line.connect()
        remote = self._remote
        small = {copy.uid: copy for copy in left if copy.size <= OCTETS}
        windows = texts(remote, self._folder, [(copy.uid, copy.size) for copy in small.values()], self._uidvalidity)
        async with aclosing(windows):  # type: ignore[type-var]
            async for window in windows:
                await self._write([(small[uid], octets) for uid, octets in window])
                for uid, _ in window:
                    left.remove(small.pop(uid))
        for copy in tuple(left):  # the large ones, and those that the windows did not bring
            try:
                await self._alone(remote, copy)
                self._done.added += 1
            except NotFound:
                self._done.gone += 1
            except ServerRefused as error:
                if error.code == "UIDVALIDITY":
                    raise
                self._done.refused.append((copy.subject, error.sentence))
            left.remove(copy)
            self._tell()

    async def _alone(self, remote: Remote, copy: Copy) -> None:
        windows: AsyncIterator[bytes] = remote.windows(
            self._folder, copy.uid, "", 0, size=copy.size or None, uidvalidity=self._uidvalidity
        )
        async with aclosing(windows):  # type: ignore[type-var]
            first = await anext(windows)  # nothing is begun for a message that is gone
            writing = self._target.writing(copy)
            put: Put = await self._aside(writing.__enter__)
            try:
                await self._aside(put, first)
                async for window in windows:
                    await self._aside(put, window)
            except BaseException:
                await asyncio.shield(asyncio.to_thread(writing.__exit__, *sys.exc_info()))
                raise
            await self._aside(writing.__exit__, None, None, None)

    # --- writing ------------------------------------------------------------------------------------

    async def _write(self, letters: Sequence[tuple[Copy, bytes]]) -> None:
        def write() -> None:
            for copy, octets in letters:
                with self._target.writing(copy) as put:
                    put(octets)
                self._done.added += 1

        await self._aside(write)
        self._tell()

    async def _aside(self, work: Callable[..., T], *given: Any) -> T:
        """In a thread. Given up, it ends soon and is waited for: nobody else may write meanwhile."""
        task = asyncio.ensure_future(asyncio.to_thread(work, *given))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            self._target.stop()
            await asyncio.wait([task])
            raise
        except RemoteError:
            self._target_failed = True
            raise
        except OSError as error:
            where = f" {error.filename}" if error.filename else ""
            raise StoreError(f"The export cannot be written{where}: {error.strerror}.", "Is the disk full?") from error

    async def _hang_up(self) -> None:
        remote, self._remote = self._remote, None
        if remote is not None:
            await remote.close()

    def _tell(self) -> None:
        if self._progress is not None:
            done = self._done
            self._progress(done.added + done.there + done.gone + len(done.refused), self._total)


def _portions(copies: Sequence[Copy]) -> Iterator[list[Copy]]:
    """So many at a time as may be in memory."""
    portion: list[Copy] = []
    octets = 0
    for copy in copies:
        if portion and octets + copy.size > _AT_ONCE:
            yield portion
            portion, octets = [], 0
        portion.append(copy)
        octets += copy.size
    if portion:
        yield portion


def _copy(row: copying.Row) -> Copy:
    message_id, uid, flags, received, size, subject, cached = row
    return Copy(message_id, uid, Flag(flags), received, size, subject, bool(cached))
