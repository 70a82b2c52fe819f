"""Moves on servers without MOVE: COPY does not repeat safely, so before one is repeated its copy is looked for.

The line may be cut behind COPY, before \\Deleted was set on the original. What is about to be copied is therefore noted
with the target's next UID: whatever a lost COPY made stands from there on, and nothing older is taken for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tuimail.model import Flag
from tuimail.net.remote import FolderState, Remote
from tuimail.protocol.imap import sets
from tuimail.store import doubts, messages
from tuimail.store.database import Database
from tuimail.store.doubts import Doubt
from tuimail.store.wishes import MovePush
from tuimail.sync.rows import row


async def still_to_copy(remote: Remote, database: Database, change: MovePush) -> MovePush:
    """What of this move has still to be copied, noted as about to be; the rest is finished here.

    Raises what Remote raises.
    """
    target = await remote.look(change.target)
    uidnext = await _uidnext(remote, change.target, target)
    doubtful = await database.write(lambda db: doubts.of(db, change, target.uidvalidity))
    copied: dict[int, int] = {}
    if doubtful and (copied := await _copies(remote, change.target, uidnext, doubtful)):
        done = replace(change, uids=tuple(sorted(copied)))
        await remote.remove(change.folder, sets.from_numbers(copied))
        await database.write(lambda db: doubts.moved(db, done, copied))
    left = sets.difference(sets.from_numbers(change.uids), sets.from_numbers(copied))
    change = replace(change, uids=tuple(await _not_marked(remote, database, change.folder_id, change.folder, left)))
    noted = {doubt.uid for doubt in doubtful}  # from an earlier moment on, which stays true
    fresh = replace(change, uids=tuple(uid for uid in change.uids if uid not in noted))
    await database.write(lambda db: doubts.begin(db, fresh, target.uidvalidity, uidnext))
    return change


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


async def _copies(remote: Remote, target: bytes, uidnext: int, doubtful: Sequence[Doubt]) -> dict[int, int]:
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
        if (uid := next((uid for uid in alike if uid >= doubt.uidnext), None)) is not None:
            alike.remove(uid)
            copied[doubt.uid] = uid
    return copied


async def _uidnext(remote: Remote, folder: bytes, state: FolderState) -> int:
    """Courier does not tell; then it is one above the highest there is."""
    if state.uidnext is not None:
        return state.uidnext
    uids = await remote.uids(folder)
    return uids[-1][1] + 1 if uids else 1
