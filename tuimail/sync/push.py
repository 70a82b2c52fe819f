"""Wanted state → commands. Sends the difference once; whether a wish has come true is for `pull` to see."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

from tuimail.errors import NotFound, ServerRefused
from tuimail.model import Flag
from tuimail.net.remote import FolderState, Remote
from tuimail.protocol.imap import keywords, sets
from tuimail.records import replace
from tuimail.store import copies, doubts, wishes
from tuimail.store.database import USER, Database
from tuimail.store.wishes import FlagPush, MovePush, RemovePush

Sent: TypeAlias = "Counter[tuple[int, int, Flag, Flag, str]]"
"""(folder, UID, flags set, flags cleared, keywords changed) → how often."""
OFTEN = 6
"""So often a STORE or MOVE is sent for one message between two wishes: twice a round, so for three rounds."""
PIECE = 25
"""Messages of one move where a move fetches them; then what the user waits for has its turn."""
NOT_KEPT = "The server does not keep this mark in this folder."
NO_LABELS = "The server keeps no such labels in this folder."
NOT_DONE = "The server says that it did this, and does not do it."
_GONE, _AWAY = "delete", "move to "
"""Stand for the keywords of a `Sent` that tells of a deletion, or of a move into the folder behind it."""


async def push(
    remote: Remote,
    database: Database,
    account_id: int,
    sent: Sent,
    between: Callable[[], Awaitable[bool]] | None = None,
) -> set[int]:
    """Make the server as wished. Returns the folders touched, which must be pulled for the wishes to end.

    A folder whose UIDVALIDITY is not the one we know is not touched, only pulled: there our UIDs name
    other messages. sent counts what this connection was told already for the same wish: a server that says OK and does
    nothing is not told for ever. A refusal (NO) marks the changes with the server's words and leaves the others
    alone. between: called now and then in long work; says whether to leave off, for
    there are newer wishes. Raises ConnectionLost and its kin: then it is not known what the server did, and the next
    pull tells.
    """
    pushing = _Pushing(remote, database, account_id, sent)
    if await database.write(lambda db: doubts.some(db, account_id)):
        from tuimail.sync.copying import find_moved, finish_copied

        finish = find_moved if remote.abilities.move else finish_copied
        pushing.touched |= await finish(remote, database, account_id)
    flags, moves, removals = await database.write(
        lambda db: (*wishes.to_push(db, account_id), wishes.to_remove(db, account_id))
    )
    for change in flags:
        await pushing.send(change)
    if await database.write(lambda db: bool(copies.to_push(db, account_id))):
        from tuimail.sync.copies import make_copies  # marked as wished, and before anything is moved from there

        pushing.touched |= await make_copies(remote, database, account_id)
    visits = remote.abilities.visits
    changes: list[MovePush | RemovePush] = [*(moves if visits is None else _pieces(moves)), *removals]
    for number, step in enumerate(changes):
        if number and visits is not None and between is not None and await between():
            break
        await pushing.send(step)
    return pushing.touched


class _Pushing:
    """One go of sending what differs."""

    def __init__(self, remote: Remote, database: Database, account_id: int, sent: Sent) -> None:
        self.touched: set[int] = set()
        self._remote = remote
        self._database = database
        self._account_id = account_id
        self._sent = sent
        self._safe: dict[int, FolderState | None] = {}
        """Folder → its state; None where our UIDs name other messages."""

    async def send(self, change: FlagPush | MovePush | RemovePush) -> None:
        """Raises what means that the line is gone; a refusal is noted with the messages."""
        self.touched.add(change.folder_id)
        try:
            if change.folder_id not in self._safe:
                state = await self._remote.look(change.folder)
                self._safe[change.folder_id] = state if state.uidvalidity == change.uidvalidity else None
            here = self._safe[change.folder_id]
            if here is None:
                return
            if isinstance(change, FlagPush):
                await self._mark(here, change)
            elif isinstance(change, RemovePush):
                await self._remove(change)
            else:
                await self._move(change)
        except (ServerRefused, NotFound) as refusal:
            if isinstance(change, MovePush) and not self._remote.abilities.move:
                from tuimail.sync.copying import finish_copied  # was COPY refused, or only what marks it deleted?

                self.touched |= await finish_copied(self._remote, self._database, self._account_id)
            await self._give_up(change.folder_id, change.uids, str(refusal))

    async def _mark(self, here: FolderState, change: FlagPush) -> None:
        bits, words = _not_kept(here, change)
        soft_bits = bits & Flag.JUNK
        soft_words = " ".join(word for word in words.split() if not keywords.is_label(word[1:]))
        if soft_bits or soft_words:  # that it is spam is told by its folder, too
            await self._database.write(lambda db: wishes.not_kept(db, change, soft_bits, soft_words))
        kept = replace(
            change,
            add=change.add & ~bits,
            remove=change.remove & ~bits,
            keywords=keywords.without(change.keywords, words),
        )
        if not (kept.add or kept.remove or kept.keywords):
            if bits != soft_bits or words != soft_words:
                reason = NOT_KEPT if bits != soft_bits else NO_LABELS
                await self._give_up(change.folder_id, change.uids, reason)
            return
        if uids := await self._not_in_vain(change.folder_id, kept.uids, (kept.add, kept.remove, kept.keywords)):
            kept = replace(kept, uids=uids)
            await self._remote.store(kept.folder, sets.from_numbers(kept.uids), kept.add, kept.remove, kept.keywords)
            await self._database.write(lambda db: wishes.stored(db, kept))

    async def _remove(self, change: RemovePush) -> None:
        uids = await self._not_in_vain(change.folder_id, change.uids, (Flag.NONE, Flag.NONE, _GONE))
        if uids := await self._database.write(lambda db: copies.leaving(db, change.folder_id, uids)):
            await self._remote.remove(change.folder, sets.from_numbers(uids))

    async def _move(self, change: MovePush) -> None:
        self.touched.add(change.target_id)
        uids = await self._database.write(lambda db: wishes.still_wished(db, change))
        here, what = change.folder_id, (Flag.NONE, Flag.NONE, f"{_AWAY}{change.target_id}")
        change = replace(change, uids=await self._not_in_vain(here, uids, what))
        if not self._remote.abilities.move:
            from tuimail.sync.copying import still_to_copy  # reads headers, which most servers spare us

            change = await still_to_copy(self._remote, self._database, change)
        if not change.uids:
            return
        twins = await self._database.write(lambda db: doubts.have_twins(db, change))
        if twins and self._remote.abilities.move:
            from tuimail.sync.copying import note

            await note(self._remote, self._database, change)
        new_uids = await self._remote.move(change.folder, sets.from_numbers(change.uids), change.target)
        found: dict[int, int] = {}
        if twins and new_uids is None:
            from tuimail.sync.copying import find_twins

            found = await find_twins(self._remote, self._database, change)
        await self._database.write(lambda db: doubts.moved(db, change, new_uids, found))

    async def _give_up(self, folder_id: int, uids: Sequence[int], words: str) -> None:
        await self._database.write(lambda db: wishes.refused(db, folder_id, uids, words), USER)

    async def _not_in_vain(
        self, folder_id: int, uids: tuple[int, ...], what: tuple[Flag, Flag, str]
    ) -> tuple[int, ...]:
        """Those that were not yet told to be changed so often that once more will not help."""
        tired = [uid for uid in uids if self._sent[folder_id, uid, *what] >= OFTEN]
        if tired:
            await self._give_up(folder_id, tired, NOT_DONE)
            uids = tuple(uid for uid in uids if uid not in set(tired))
        self._sent.update((folder_id, uid, *what) for uid in uids)
        return uids


def _pieces(moves: Iterable[MovePush]) -> Iterator[MovePush]:
    """The moves of what must be fetched whole for them, few at a time."""
    for move in moves:
        for start in range(0, len(move.uids), PIECE):
            yield replace(move, uids=move.uids[start : start + PIECE])


def _not_kept(state: FolderState, change: FlagPush) -> tuple[Flag, str]:
    """What of this change the server does not keep (PERMANENTFLAGS, RFC 9051 §7.1): bits and keywords."""
    if state.permanent is None:
        return Flag.NONE, ""
    bits = (change.add | change.remove) & ~state.permanent
    if state.keywords_allowed:
        return bits, ""
    known = {word.lower() for word in state.keywords.split()}
    return bits, " ".join(word for word in change.keywords.split() if word[1:].lower() not in known)
