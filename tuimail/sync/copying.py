"""Moves on servers without MOVE: COPY does not repeat safely, so before one is repeated its copy is looked for.

The line may be cut behind COPY, before \\Deleted was set on the original. What is about to be copied is therefore noted
with the target's next UID: whatever a lost COPY made stands from there on, and nothing older is taken for it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from tuimail.errors import NotFound, ServerRefused
from tuimail.model import Flag
from tuimail.net.remote import FolderState, Remote
from tuimail.protocol.imap import sets
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
    if doubtful and (copied := await found_copies(remote, change.target, uidnext, doubtful)):
        done = replace(change, uids=tuple(sorted(copied)))
        await remote.remove(change.folder, sets.from_numbers(copied))
        await database.write(lambda db: doubts.found(db, done, copied))
    left = sets.difference(sets.from_numbers(change.uids), sets.from_numbers(copied))
    change = replace(change, uids=tuple(await _not_marked(remote, database, change.folder_id, change.folder, left)))
    noted = {doubt.uid for doubt in doubtful}  # from an earlier moment on, which stays true
    fresh = replace(change, uids=tuple(uid for uid in change.uids if uid not in noted))
    await database.write(lambda db: doubts.begin(db, fresh, target.uidvalidity, uidnext))
    return change


async def finish_abandoned(remote: Remote, database: Database, account_id: int) -> set[int]:
    """Moves that were cut behind COPY, and of which the user has thought better since: no second message is left.

    Such a move is brought to its end, and the message is then moved to where it is wanted; so there is at least
    one of it at any time. Returns the folders touched. Raises what Remote raises.
    """
    touched: set[int] = set()
    for change in await database.write(lambda db: doubts.abandoned(db, account_id)):
        try:
            here, target = await remote.look(change.folder), await remote.look(change.target)
            uidnext = await next_uid(remote, change.target, target)
            doubtful = await database.write(lambda db, c=change, t=target: doubts.of(db, c, t.uidvalidity))  # type: ignore[misc]
            copied = await found_copies(remote, change.target, uidnext, doubtful) if doubtful else {}
            if here.uidvalidity == change.uidvalidity and copied:
                await database.write(lambda db, c=change: doubts.want_back(db, c), USER)  # type: ignore[misc]
                await remote.remove(change.folder, sets.from_numbers(copied))
                await database.write(lambda db, c=change, n=copied: doubts.found(db, c, n))  # type: ignore[misc]
                touched |= {change.folder_id, change.target_id}
                continue
        except (ServerRefused, NotFound) as refusal:
            log.info("a move that was given up cannot be looked into: %s", refusal)
        await database.write(lambda db, c=change: doubts.forget(db, c))  # type: ignore[misc]
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
    begin = min(doubt.uidnext for doubt in doubtful)
    there: dict[tuple[str, int], list[int]] = {}
    if begin < uidnext:
        async for heads in remote.heads(target, ((begin, uidnext - 1),)):
            for head in heads:
                if not head.flags & Flag.DELETED:
                    there.setdefault((row(head)[11], head.size), []).append(head.uid)
    copied: dict[int, int] = {}
    for doubt in doubtful:
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
