"""Moves of which the server does not tell where they end: what may have come into the target is looked for.

On servers without MOVE the line may be cut behind COPY, before \\Deleted was set on the original, and COPY does not
repeat safely. And of messages that were copied once there are several that look the same: which of them is which can
only be told by where they came in, and when. What is about to be moved is therefore noted with the target's next UID:
whatever the move brought stands from there on, and nothing older is taken for it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from tuimail.errors import NotFound, ServerRefused
from tuimail.model import Flag
from tuimail.net.remote import FolderState, Remote
from tuimail.protocol.imap import sets
from tuimail.records import replace
from tuimail.store import doubts, messages
from tuimail.store.database import USER, Database
from tuimail.store.doubts import Doubt
from tuimail.store.wishes import MovePush
from tuimail.sync.rows import row

log = logging.getLogger(__name__)


async def still_to_copy(remote: Remote, database: Database, change: MovePush) -> MovePush:
    """What of this move has still to be copied, noted as about to be; the rest is finished here.

    Raises what Remote raises.
    """
    target = await remote.look(change.target)
    uidnext = await next_uid(remote, change.target, target)
    doubtful = await database.write(lambda db: doubts.of(db, change, target.uidvalidity))
    copied: dict[int, int] = {}
    if copied := await found_copies(remote, change.target, uidnext, doubtful):
        done = replace(change, uids=tuple(sorted(copied)))
        await remote.remove(change.folder, sets.from_numbers(copied))
        await database.write(lambda db: doubts.found(db, done, copied))
    left = sets.difference(sets.from_numbers(change.uids), sets.from_numbers(copied))
    change = replace(change, uids=tuple(await _not_marked(remote, database, change.folder_id, change.folder, left)))
    noted = {doubt.uid for doubt in doubtful}  # from an earlier moment on, which stays true
    fresh = replace(change, uids=tuple(uid for uid in change.uids if uid not in noted))
    await database.write(lambda db: doubts.begin(db, fresh, target.uidvalidity, uidnext))
    return change


async def note(remote: Remote, database: Database, change: MovePush) -> None:
    """Those of these messages that have twins are about to be moved into a target of which the next UID is this."""
    target = await remote.look(change.target)
    uidnext = await next_uid(remote, change.target, target)
    await database.write(lambda db: doubts.begin(db, change, target.uidvalidity, uidnext, only_twins=True))


async def find_twins(remote: Remote, database: Database, change: MovePush) -> dict[int, int]:
    """Old UID → UID in the target of those that have twins: what came in there since, in the same order.

    Raises what Remote raises.
    """
    target = await remote.look(change.target)
    twins = await database.write(lambda db: doubts.of(db, change, target.uidvalidity, only_twins=True))
    return await found_copies(remote, change.target, await next_uid(remote, change.target, target), twins)


async def find_moved(remote: Remote, database: Database, account_id: int) -> set[int]:
    """Twins that were about to be moved when the line was cut: where do they stand?

    Returns the folders touched. Raises what Remote raises.
    """
    touched: set[int] = set()
    for change in await database.write(lambda db: doubts.noted(db, account_id)):
        try:
            here, there = await remote.look(change.folder), await remote.uids(change.folder)
            if here.uidvalidity == change.uidvalidity:
                stayed = replace(change, uids=tuple(uid for uid in change.uids if sets.contains(there, uid)))
                await database.write(lambda db, c=stayed: doubts.stayed(db, c))  # type: ignore[misc]
                found = await find_twins(remote, database, change)
                moved = replace(change, uids=tuple(found))
                await database.write(lambda db, c=moved, n=found: doubts.moved(db, c, None, n))  # type: ignore[misc]
                touched |= {change.folder_id, change.target_id}
        except (ServerRefused, NotFound) as refusal:
            log.info("a move that was cut cannot be looked into: %s", refusal)
        await database.write(lambda db, c=change: doubts.forget(db, c))  # type: ignore[misc]
    return touched


async def finish_copied(remote: Remote, database: Database, account_id: int) -> set[int]:
    """Moves that were cut behind COPY are brought to their end before anything else is sent.

    So nothing that we bring there ourselves is taken for their copies. Where the user has thought better of one since,
    it is then moved to where it is wanted; so there is at least one of it at any time, and no second is left.
    Returns the folders touched. Raises what Remote raises.
    """
    touched: set[int] = set()
    for change in await database.write(lambda db: doubts.noted(db, account_id)):
        try:
            here, target = await remote.look(change.folder), await remote.look(change.target)
            uidnext = await next_uid(remote, change.target, target)
            doubtful = await database.write(lambda db, c=change, t=target: doubts.of(db, c, t.uidvalidity))  # type: ignore[misc]
            copied = await found_copies(remote, change.target, uidnext, doubtful)
            if here.uidvalidity == change.uidvalidity and copied:
                done = replace(change, uids=tuple(copied))
                await database.write(lambda db, c=done: doubts.want_back(db, c), USER)  # type: ignore[misc]
                await remote.remove(change.folder, sets.from_numbers(copied))
                await database.write(lambda db, c=done, n=copied: doubts.found(db, c, n))  # type: ignore[misc]
                touched |= {change.folder_id, change.target_id}
            stayed = replace(change, uids=tuple(uid for uid in change.uids if uid not in copied))
            await database.write(lambda db, c=stayed: doubts.stayed(db, c))  # type: ignore[misc]
        except (ServerRefused, NotFound) as refusal:
            log.info("a move that was cut cannot be looked into: %s", refusal)
            await database.write(lambda db, c=change: doubts.give_up(db, c))  # type: ignore[misc]
    return touched


async def _not_marked(
    remote: Remote, database: Database, folder_id: int, folder: bytes, uids: sets.Ranges
) -> list[int]:
    """What is marked deleted was copied by us, or thrown away by somebody else: no second copy is made of it."""
    found: list[int] = []
    async for states in remote.flags(folder, uids, None):
        rows = [(s.uid, int(s.flags), s.keywords) for s in states]
        await database.write(lambda db, r=rows: messages.put_flags(db, folder_id, r))  # type: ignore[misc]
        found += [s.uid for s in states if not s.flags & Flag.DELETED]
    return sorted(found)


async def found_copies(remote: Remote, target: bytes, uidnext: int, doubtful: Sequence[Doubt]) -> dict[int, int]:
    """UID → UID in the target, of those whose copy is there."""
    begin = min((doubt.uidnext for doubt in doubtful), default=uidnext)
    there: dict[tuple[str, int], list[int]] = {}
    if begin < uidnext:
        async for heads in remote.heads(target, ((begin, uidnext - 1),)):
            for head in heads:
                if not head.flags & Flag.DELETED:
                    there.setdefault((row(head)[11], head.size), []).append(head.uid)
    copied: dict[int, int] = {}
    for doubt in sorted(doubtful, key=lambda doubt: (doubt.uidnext, doubt.uid)):
        alike = there.get((doubt.message_id, doubt.size), [])
        if (uid := min((uid for uid in alike if uid >= doubt.uidnext), default=None)) is not None:
            alike.remove(uid)
            copied[doubt.uid] = uid
    return copied


async def next_uid(remote: Remote, folder: bytes, state: FolderState) -> int:
    """Courier does not tell; then it is one above the highest there is."""
    if state.uidnext is not None:
        return state.uidnext
    uids = await remote.uids(folder)
    return uids[-1][1] + 1 if uids else 1
