"""Wanted state → commands. Sends the difference once; whether a wish has come true is for `pull` to see."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias

from tuimail.errors import NotFound, ServerRefused
from tuimail.model import Flag
from tuimail.net.remote import FolderState, Remote
from tuimail.protocol.imap import sets
from tuimail.store import doubts, folders, wishes
from tuimail.store.database import USER, Database

Sent: TypeAlias = "Counter[tuple[int, int, Flag, Flag]]"
"""(folder, UID, flags set, flags cleared) → how often."""
OFTEN = 6
"""So often a STORE is sent for one message on one connection: twice a round, so for three rounds."""
PIECE = 25
"""Messages of one move where a move fetches them; then what the user waits for has its turn."""
NOT_KEPT = "The server does not keep this mark in this folder."
NOT_DONE = "The server says that it did this, and does not do it."


async def push(
    remote: Remote,
    database: Database,
    account_id: int,
    sent: Sent,
    between: Callable[[], Awaitable[bool]] | None = None,
) -> set[int]:
    """Make the server as wished. Returns the folders touched, which must be pulled for the wishes to end.

    A folder whose UIDVALIDITY is not the one we know is not touched, only pulled: there our UIDs name
    other messages. sent counts what this connection was told already: a server that says OK and does nothing is
    not told for ever. A refusal (NO) marks the changes with the server's words and leaves the others
    alone. between: called now and then in long work; says whether to leave off, for
    there are newer wishes. Raises ConnectionLost and its kin: then it is not known what the server did, and the next
    pull tells.
    """
    for folder_id, name in await database.write(lambda db: folders.wanted_folders(db, account_id)):
        try:
            await remote.create(name)
        except ServerRefused as refusal:
            words = str(refusal)
            await database.write(lambda db, i=folder_id, w=words: wishes.folder_refused(db, i, w), USER)  # type: ignore[misc]
        else:
            await database.write(lambda db, i=folder_id: folders.folder_made(db, i))  # type: ignore[misc]
    touched: set[int] = set()
    if not remote.abilities.move and await database.write(lambda db: bool(doubts.abandoned(db, account_id))):
        from tuimail.sync.copying import finish_abandoned

        touched |= await finish_abandoned(remote, database, account_id)
    flags, moves = await database.write(lambda db: wishes.to_push(db, account_id))
    safe: dict[int, FolderState | None] = {}
    visits = remote.abilities.visits

    async def give_up(folder_id: int, uids: Sequence[int], words: str) -> None:
        await database.write(lambda db: wishes.refused(db, folder_id, uids, words), USER)

    changes: list[wishes.FlagPush | wishes.MovePush] = [*flags, *(moves if visits is None else _pieces(moves))]
    for number, change in enumerate(changes):
        if number and visits is not None and between is not None and await between():
            break
        touched.add(change.folder_id)
        try:
            if change.folder_id not in safe:
                state = await remote.look(change.folder)
                safe[change.folder_id] = state if state.uidvalidity == change.uidvalidity else None
            if (here := safe[change.folder_id]) is None:
                continue
            if isinstance(change, wishes.FlagPush):
                if (keeps := _kept(here, change)) is None:
                    await give_up(change.folder_id, change.uids, NOT_KEPT)
                    continue
                change = keeps
                if tired := _in_vain(sent, change):
                    await give_up(change.folder_id, tired, NOT_DONE)
                    change = replace(change, uids=tuple(uid for uid in change.uids if uid not in tired))
                    if not change.uids:
                        continue
                sent.update((change.folder_id, uid, change.add, change.remove) for uid in change.uids)
                await remote.store(change.folder, sets.from_numbers(change.uids), change.add, change.remove)
                await database.write(lambda db, p=change: wishes.stored(db, p))  # type: ignore[misc]
            else:
                touched.add(change.target_id)
                if not remote.abilities.move:
                    from tuimail.sync.copying import still_to_copy  # reads headers, which most servers spare us

                    change = await still_to_copy(remote, database, change)
                if not change.uids:
                    continue
                new_uids = await remote.move(change.folder, sets.from_numbers(change.uids), change.target)
                await database.write(lambda db, p=change, n=new_uids: doubts.moved(db, p, n))  # type: ignore[misc]
        except (ServerRefused, NotFound) as refusal:
            await give_up(change.folder_id, change.uids, str(refusal))
    return touched


def _pieces(moves: Iterable[wishes.MovePush]) -> Iterator[wishes.MovePush]:
    """The moves of what must be fetched whole for them, few at a time."""
    for move in moves:
        for start in range(0, len(move.uids), PIECE):
            yield replace(move, uids=move.uids[start : start + PIECE])


def _kept(state: FolderState, change: wishes.FlagPush) -> wishes.FlagPush | None:
    """What of this change the server keeps (PERMANENTFLAGS, RFC 9051 §7.1); None when that is nothing."""
    if state.permanent is None:
        return change
    add, remove = change.add & state.permanent, change.remove & state.permanent
    return replace(change, add=add, remove=remove) if add or remove else None


def _in_vain(sent: Sent, change: wishes.FlagPush) -> list[int]:
    """Those that were told to be changed so often that once more will not help."""
    return [uid for uid in change.uids if sent[change.folder_id, uid, change.add, change.remove] >= OFTEN]
