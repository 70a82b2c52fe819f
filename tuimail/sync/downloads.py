"""Parts of messages brought to disk: at any size in little memory, resumable, and without holding up anything else.

A download is a row of demands, each of some windows, so that texts, wishes and syncs go between them. Giving up leaves
what came; the next try goes on there, if the server still means the same message by the same number.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path

from tuimail.errors import ConnectionLost, NotFound, Offline, StoreError
from tuimail.net.remote import Progress, Remote, RemotePart
from tuimail.net.sections import WINDOW
from tuimail.records import Record, replace
from tuimail.store import bodies, messages, parts
from tuimail.store.database import Database
from tuimail.store.messages import Place
from tuimail.store.parts import Kept, Origin, PartFile
from tuimail.sync.account import AccountSync

SLICE = 16
"""Windows brought before a sync that is going on has its turn; whoever waits for something has it after one."""
BEHIND = 2
"""Priority of a download among demands: texts to be read, and their neighbours, go before it."""

log = logging.getLogger(__name__)


class Fetched(Record):
    """A part on disk, decoded."""

    path: Path
    whole: bool
    """False when only its beginning was wanted."""


@dataclass(slots=True)
class _Wanted:
    account: AccountSync
    file: PartFile
    message_id: int
    encoding: str
    size: int
    least: int | None
    progress: Progress | None
    come: Kept = field(default_factory=Kept)
    stopped: bool = False

    @property
    def enough(self) -> bool:
        return self.least is not None and self.come.length >= self.least


class Downloads:
    """What `Mail.part` stands on. directory: made when it is needed."""

    def __init__(self, database: Database, directory: Path, account: Callable[[int], AccountSync | None]) -> None:
        self._database = database
        self._directory = directory
        self._account = account
        self._trimmed = False

    async def part(
        self, message_id: int, section: str, progress: Progress | None = None, least: int | None = None
    ) -> Fetched:
        """The part, "" for the message as sent. least: octets that are enough.

        The text of the message must be here already. Raises Offline, NotFound, StoreError, and what Remote raises.
        """
        file = PartFile(self._directory, message_id, section)
        try:
            await self._trim()
            kept = await asyncio.to_thread(file.kept)
            if kept.whole or (least is not None and kept.length >= least):
                return Fetched(file.path, kept.whole)
            if await self._from_the_store(file, message_id):
                return Fetched(file.path, True)
        except OSError as error:
            raise _disk(error) from error
        return Fetched(file.path, await self._fetch(file, message_id, progress, least))

    def section_of(self, message_id: int, content_id: str) -> str:
        """The number of the part that a cid: URL names, "" when none is; for a thread."""
        from tuimail.sync.texts import stored_section

        with self._database.reading() as db:
            return stored_section(lambda name: bodies.get_section(db, message_id, name), content_id)

    async def _trim(self) -> None:
        """Once in a run."""
        if not self._trimmed and not self._database.read_only:
            self._trimmed = True
            there = await asyncio.to_thread(parts.ids, self._directory)
            known = {id_ for id_ in there if messages.summary(self._database.read, id_) is not None}
            await asyncio.to_thread(parts.trim, self._directory, known)

    async def _from_the_store(self, file: PartFile, message_id: int) -> bool:
        """From the text of the message, when it is in there."""

        def extract() -> bool:
            from tuimail.sync.texts import stored_part

            with self._database.reading() as db:
                found = stored_part(lambda name: bodies.get_section(db, message_id, name), file.section)
            if found is not None:
                file.put(found)
            return found is not None

        return await asyncio.to_thread(extract)

    async def _fetch(self, file: PartFile, message_id: int, progress: Progress | None, least: int | None) -> bool:
        place = messages.place(self._database.read, message_id)
        if place is None:
            raise NotFound("This message is not there any more.")
        account = self._account(place.account_id)
        if account is None:
            raise Offline("This attachment has not been fetched.", self._database.read_only)
        part = await self._part(message_id, file.section) if file.section else None
        encoding, size = (part.encoding, part.size) if part else ("", place.size)
        wanted = _Wanted(account, file, message_id, encoding, size, least, progress)

        async def work(remote: Remote) -> bool | StoreError:
            return await self._slice(remote, wanted)

        try:
            while (done := await account.demand(work, BEHIND)) is False and not wanted.enough:
                pass
        except (Offline, ConnectionLost) as error:
            came = " What came is kept." if wanted.come.offset else ""
            raise Offline(
                f"This attachment has not been fetched whole, and there is no line.{came}",
                error.next_step if isinstance(error, Offline) else error.sentence,
            ) from error
        finally:
            wanted.stopped = True  # a slice that is under way ends with its window
        if isinstance(done, StoreError):
            raise done
        return done

    async def _part(self, message_id: int, section: str) -> RemotePart:
        from tuimail.sync.texts import stored_structure, walk

        def read() -> bytes | None:
            with self._database.reading() as db:
                return bodies.get_section(db, message_id, "STRUCTURE")

        structure = await asyncio.to_thread(read)
        for part in walk(stored_structure(structure)) if structure else ():
            if part.section == section:
                return part
        raise NotFound("This message has no such part.")

    async def _slice(self, remote: Remote, wanted: _Wanted) -> bool | StoreError:
        """Some windows more; whether the part is whole now. A full disk is not the line's fault, so it is an answer."""
        place = messages.place(self._database.read, wanted.message_id)
        if wanted.stopped:
            return False
        if place is None or place.remote_id is None:
            raise NotFound("The server has not yet said where this message went.", "Try again after the next sync.")
        origin = Origin(place.uidvalidity or 0, place.remote_id, wanted.file.section, wanted.size)
        try:
            growing = await asyncio.to_thread(_Growing, wanted.file, origin, wanted.encoding)
            try:
                whole = await self._grow(remote, place, place.remote_id, growing, wanted)
            finally:
                await asyncio.to_thread(growing.close)
        except OSError as error:
            return _disk(error)
        if whole and growing.kept.offset < wanted.size:
            log.warning(
                "part %s of %d: %d octets too few", origin.section, wanted.message_id, wanted.size - growing.kept.offset
            )
        return whole

    async def _grow(self, remote: Remote, place: Place, uid: int, growing: _Growing, wanted: _Wanted) -> bool:
        """Windows until the slice is full, it is enough, somebody waits, or the part is whole."""
        wanted.come = growing.kept
        limit = growing.kept.offset + SLICE * WINDOW
        size = min(limit, wanted.size or limit)
        windows = remote.windows(
            place.folder, uid, growing.section, growing.kept.offset, size=size, uidvalidity=place.uidvalidity
        )
        async with aclosing(windows):  # type: ignore[type-var]
            async for window in windows:
                kept = wanted.come = await asyncio.to_thread(growing.add, window)
                if wanted.progress is not None and not wanted.stopped:
                    wanted.progress(kept.offset, max(wanted.size, kept.offset))
                enough = wanted.stopped or wanted.enough or kept.offset >= limit or wanted.account.waited_for
                if enough and len(window) == WINDOW:
                    return False
        await asyncio.to_thread(growing.finish)
        return True


class _Growing:
    """A part that is being written: decoded window by window, noted when one leaves off. Raises OSError; for a thread.

    Not noted after each window: a file system may flush the data before it renames the note.
    """

    def __init__(self, file: PartFile, origin: Origin, encoding: str) -> None:
        from tuimail.content.transfer import Decoder

        self.section = file.section
        self._file = file
        self._octets, self.kept = file.resume(origin)
        self._decoder = Decoder(encoding, bytes.fromhex(self.kept.carry), ended=self.kept.ended)

    def add(self, window: bytes) -> Kept:
        decoded = self._decoder.feed(window)
        self._octets.write(decoded)
        self.kept = replace(
            self.kept,
            offset=self.kept.offset + len(window),
            length=self.kept.length + len(decoded),
            carry=self._decoder.carry.hex(),
            ended=self._decoder.ended,
        )
        return self.kept

    def finish(self) -> None:
        """That was all."""
        decoded = self._decoder.finish()
        self._octets.write(decoded)
        self.kept = replace(self.kept, length=self.kept.length + len(decoded), carry="", whole=True)

    def close(self) -> None:
        self._octets.close()
        self._file.note(self.kept)


def _disk(error: OSError) -> StoreError:
    return StoreError(f"The attachment cannot be kept: {error.strerror}.", "Is the disk full?")
