"""Wanted state → commands. Sends the difference once; whether a wish has come true is for `pull` to see."""

from __future__ import annotations

from tuimail.errors import ServerRefused
from tuimail.net.remote import Remote
from tuimail.protocol.imap import sets
from tuimail.store import folders, wishes
from tuimail.store.database import USER, Database


async def push(remote: Remote, database: Database, account_id: int) -> set[int]:
    """Make the server as wished. Returns the folders touched, which must be pulled for the wishes to end.

    A refusal (NO) marks the changes with the server's words and leaves the others alone. Raises
    ConnectionLost and its kin: then it is not known what the server did, and the next pull tells.
    """
    for folder_id, name in await database.write(lambda db: folders.wanted_folders(db, account_id)):
        await remote.create(name)
        await database.write(lambda db, i=folder_id: folders.folder_made(db, i))  # type: ignore[misc]
    flags, moves = await database.write(lambda db: wishes.to_push(db, account_id))
    touched: set[int] = set()
    for flag in flags:
        try:
            await remote.store(flag.folder, sets.from_numbers(flag.uids), flag.add, flag.remove)
        except ServerRefused as refusal:
            await _refused(database, flag, refusal)
        else:
            await database.write(lambda db, p=flag: wishes.stored(db, p))  # type: ignore[misc]
            touched.add(flag.folder_id)
    for move in moves:
        try:
            new_uids = await remote.move(move.folder, sets.from_numbers(move.uids), move.target)
        except ServerRefused as refusal:
            await _refused(database, move, refusal)
        else:
            await database.write(lambda db, p=move, n=new_uids: wishes.moved(db, p, n))  # type: ignore[misc]
            touched |= {move.folder_id, move.target_id}
    return touched


async def _refused(database: Database, change: wishes.FlagPush | wishes.MovePush, refusal: ServerRefused) -> None:
    await database.write(lambda db: wishes.refused(db, change.folder_id, change.uids, str(refusal)), USER)
