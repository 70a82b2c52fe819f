"""Server state → rows: brings one folder of the store up to date."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing

from tuimail.changes import Change, MessagesChanged
from tuimail.model import Flag
from tuimail.net.remote import FlagState, FolderState, Remote, Resync
from tuimail.protocol.imap import sets
from tuimail.store import folders, messages
from tuimail.store.database import Database
from tuimail.sync.attention import Attention
from tuimail.sync.begun import Begun
from tuimail.sync.identity import known_again
from tuimail.sync.importing import MANY, Importer
from tuimail.sync.plan import FIRST_SCREEN, must_compare, plan, since

NEWEST_FLAGS = 1000
"""Without CONDSTORE, how many newest messages have their flags read again when a folder stirs."""

Interlude = Callable[[], Awaitable[None]]
Report = Callable[[int, int], None]
"""report(messages here, messages there) while a folder is being fetched."""


class Overtaken(Exception):
    """The folder was renamed, deleted or made anew in an interlude: what was asked of it is of another one."""


class Pull:
    """One pass over one folder.

    interlude is awaited between batches: what the user asked for meanwhile goes first.
    `run` raises what Remote and Database raise, and Overtaken; whatever was brought in before stays,
    and the next pass goes on from there.
    """

    def __init__(
        self,
        remote: Remote,
        database: Database,
        tell: Callable[[Change], None],
        interlude: Interlude,
        report: Report,
        attention: Attention,
    ) -> None:
        self._remote = remote
        self._database = database
        self._tell = tell
        self._interlude = interlude
        self._report = report
        self._attention = attention
        self._done = 0
        self._place = (0, b"", 0)
        """(folder, its name, its UIDVALIDITY) of what is being read."""

    async def run(self, folder_id: int, *, thorough: bool = True) -> None:
        """Bring the folder up to date. thorough: without CONDSTORE read every flag again, not just the newest."""
        known = await self._database.write(lambda db: folders.one_known(db, folder_id))
        if known is None:
            return
        span = await self._database.write(lambda db: messages.uid_span(db, folder_id))
        state = await self._remote.look(known.remote_name, since(known, self._remote.abilities, span))
        steps = plan(known, state)
        self._done = known.count
        complete, modseq = known.complete and not steps.reset, known.modseq
        if steps.reset:
            await self._database.write(lambda db: messages.forget_epoch(db, folder_id))
            self._tell(MessagesChanged(folder_id))
        if known.uidvalidity != state.uidvalidity:
            # Flags of whatever is fetched from here on are newer than this mod-sequence, also after a restart.
            modseq = state.highestmodseq
            await self._set_state(folder_id, state, modseq, complete=False)
        self._place = folder_id, known.remote_name, state.uidvalidity
        if state.resync is not None:
            await self._catch_up(folder_id, state.resync)
        if steps.first_screen:
            newest = await self._remote.newest(known.remote_name, FIRST_SCREEN)
            async with self._importer(folder_id) as importer:
                importer.begin(newest)
                await self._put(folder_id, state, importer)
        thorough = thorough or state.highestmodseq is not None  # then this look is noted as one at all of them
        flags = (
            Begun(await self._ask_flags(folder_id, known.remote_name, steps.since, thorough)) if steps.flags else None
        )
        try:
            if steps.new is not None:
                async with self._importer(folder_id, sets.count([steps.new])) as importer:
                    await self._fetch(folder_id, known.remote_name, [steps.new], state, importer, arriving=complete)
            if flags is not None:
                await self._take_flags(folder_id, flags)
        finally:
            if flags is not None:
                await flags.close()
        count = await self._count(folder_id)
        if steps.reset or must_compare(known, count, state):
            async with self._importer(folder_id, state.exists - count) as importer:
                await self._compare(folder_id, known.remote_name, state, importer)
        await self._set_state(folder_id, state, state.highestmodseq, complete=True)

    async def _catch_up(self, folder_id: int, resync: Resync) -> None:
        """What the SELECT has told: before anything else, so that no newer word is overwritten by it."""
        rows = [(s.uid, int(s.flags), s.keywords) for s in resync.flags]
        changed = await self._database.write(lambda db: messages.put_flags(db, folder_id, rows)) if rows else 0
        if resync.vanished:
            await self._database.write(lambda db: messages.mark_gone(db, folder_id, resync.vanished))
        if changed or resync.vanished:
            self._tell(MessagesChanged(folder_id))

    async def _compare(self, folder_id: int, name: bytes, state: FolderState, importer: Importer) -> None:
        """Find what is missing here and what is gone there."""
        theirs = await self._remote.uids(name)
        ours = await self._ours(folder_id)
        gone = sets.difference(ours, theirs)
        if gone:
            await self._database.write(lambda db: messages.mark_gone(db, folder_id, gone))
            self._tell(MessagesChanged(folder_id))
        missing = sets.difference(theirs, ours)
        if missing:
            await self._fetch(folder_id, name, missing, state, importer)

    async def _fetch(
        self,
        folder_id: int,
        name: bytes,
        uids: sets.AnyRanges,
        state: FolderState,
        importer: Importer,
        *,
        arriving: bool = False,
    ) -> None:
        async for again in known_again(self._remote, self._database, folder_id, name, uids):
            uids = sets.difference(uids, sets.from_numbers(row[0] for row in again.rows))
            unseen = sum(1 for row in again.rows if not row[1] & Flag.SEEN) if arriving else 0
            self._came(folder_id, again.fresh, unseen, state)
            await self._let_others()
        if not uids:
            return
        windows = self._remote.heads(name, uids)
        async with aclosing(windows):  # type: ignore[type-var]
            async for heads in windows:
                importer.begin(heads)
                while importer.begun > importer.ahead:
                    await self._put(folder_id, state, importer, arriving=arriving)
                await self._let_others()
        while importer.begun:
            await self._put(folder_id, state, importer, arriving=arriving)

    def _importer(self, folder_id: int, expected: int = 0) -> Importer:
        """expected: how many heads may come. It is begun before they are asked for: the helper takes a moment."""
        return Importer(self._database, folder_id, self._attention, expected >= MANY)

    async def _ask_flags(
        self, folder_id: int, name: bytes, modseq: int | None, thorough: bool
    ) -> AsyncIterator[list[FlagState]]:
        span = await self._ours(folder_id)
        if modseq is not None:
            span = span and [(span[0][0], span[-1][1])]
        elif not thorough:
            span = next(iter(sets.windows(span, NEWEST_FLAGS)), ())
        return self._remote.flags(name, span, modseq)

    async def _take_flags(self, folder_id: int, flags: Begun[list[FlagState]]) -> None:
        async for states in flags:
            rows = [(s.uid, int(s.flags), s.keywords) for s in states]
            if await self._database.write(lambda db, rows=rows: messages.put_flags(db, folder_id, rows)):  # type: ignore[misc]
                self._tell(MessagesChanged(folder_id))
            await self._let_others()

    async def _let_others(self) -> None:
        """What the user asked for meanwhile goes first. Raises Overtaken."""
        await self._interlude()
        if not await self._database.write(lambda db: folders.stands(db, *self._place)):
            raise Overtaken

    async def _put(self, folder_id: int, state: FolderState, importer: Importer, *, arriving: bool = False) -> None:
        heads, fresh = await importer.store()
        unseen = sum(1 for head in heads if not head.flags & Flag.SEEN) if arriving else 0
        self._came(folder_id, fresh, unseen, state)

    def _came(self, folder_id: int, fresh: int, unseen: int, state: FolderState) -> None:
        self._tell(MessagesChanged(folder_id, min(fresh, unseen)))
        self._done += fresh
        self._report(self._done, state.exists)

    async def _ours(self, folder_id: int) -> sets.AnyRanges:
        return await self._database.write(lambda db: messages.uid_ranges(db, folder_id))

    async def _count(self, folder_id: int) -> int:
        known = await self._database.write(lambda db: folders.one_known(db, folder_id))
        return known.count if known is not None else 0

    async def _set_state(self, folder_id: int, state: FolderState, modseq: int | None, *, complete: bool) -> None:
        await self._database.write(
            lambda db: folders.set_state(
                db,
                folder_id,
                uidvalidity=state.uidvalidity,
                uidnext=state.uidnext,
                modseq=modseq,
                exists=state.exists,
                complete=complete,
            )
        )
