"""Wanted state → commands. Sends the difference once; whether a wish has come true is for `pull` to see."""

from __future__ import annotations

from dataclasses import replace

from tuimail.errors import NotFound, ServerRefused
from tuimail.model import Flag
from tuimail.net.remote import Remote
from tuimail.protocol.imap import sets
from tuimail.store import folders, messages, wishes
from tuimail.store.database import USER, Database


async def push(remote: Remote, database: Database, account_id: int) -> set[int]:
    """Make the server as wished. Returns the folders touched, which must be pulled for the wishes to end.

    A folder whose UIDVALIDITY is not the one we know is not touched, only pulled: there our UIDs name
    other messages. A refusal (NO) marks the changes with the server's words and leaves the others
    alone. Raises ConnectionLost and its kin: then it is not known what the server did, and the next
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
    flags, moves = await database.write(lambda db: wishes.to_push(db, account_id))
    touched: set[int] = set()
    safe: dict[int, bool] = {}
    changes: list[wishes.FlagPush | wishes.MovePush] = [*flags, *moves]
    for change in changes:
        touched.add(change.folder_id)
        try:
            if change.folder_id not in safe:
                state = await remote.look(change.folder)
                safe[change.folder_id] = state.uidvalidity == change.uidvalidity
            if not safe[change.folder_id]:
                continue
            if isinstance(change, wishes.FlagPush):
                await remote.store(change.folder, sets.from_numbers(change.uids), change.add, change.remove)
                await database.write(lambda db, p=change: wishes.stored(db, p))  # type: ignore[misc]
            else:
                touched.add(change.target_id)
                if not remote.abilities.move:
                    change = await _not_yet_copied(remote, database, change)
                if not change.uids:
                    continue
                new_uids = await remote.move(change.folder, sets.from_numbers(change.uids), change.target)
                await database.write(lambda db, p=change, n=new_uids: wishes.moved(db, p, n))  # type: ignore[misc]
        except (ServerRefused, NotFound) as refusal:
            words = str(refusal)
            await database.write(lambda db, c=change, w=words: wishes.refused(db, c.folder_id, c.uids, w), USER)  # type: ignore[misc]
    return touched


async def _not_yet_copied(remote: Remote, database: Database, change: wishes.MovePush) -> wishes.MovePush:
    """COPY does not repeat safely: what is marked deleted already was copied, and only the answer was lost."""
    left: list[int] = []
    async for states in remote.flags(change.folder, sets.from_numbers(change.uids), None):
        rows = [(s.uid, int(s.flags), s.keywords) for s in states]
        await database.write(lambda db, r=rows: messages.put_flags(db, change.folder_id, r))  # type: ignore[misc]
        left += [s.uid for s in states if not s.flags & Flag.DELETED]
    return replace(change, uids=tuple(sorted(left)))
