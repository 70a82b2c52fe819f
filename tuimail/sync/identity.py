"""Messages known again by the server's own name for them: no header is fetched twice, wherever it was moved.

Another client moved a thousand messages, a folder was numbered anew, a label put mail into a second folder: the row is
made from the one that is here. Where messages have no names, headers are fetched and Message-ID and size decide.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from functools import partial
from typing import NamedTuple

from tuimail.net.identity import Identifies
from tuimail.net.remote import Remote, Uids
from tuimail.protocol.imap import sets
from tuimail.store import folders, identity
from tuimail.store.database import Database
from tuimail.store.messages import Row


class Again(NamedTuple):
    """Messages that were known again, and stored."""

    rows: list[Row]
    fresh: int
    """How many of them are rows that were not there before: copies, and what another client moved here first."""


async def known_again(
    remote: Remote, database: Database, folder_id: int, folder: bytes, uids: Uids
) -> AsyncIterator[Again]:
    """Store those of these new messages that are known, window by window.

    Nothing where the server has no names, or where hardly any would be known. Raises what Remote and Database raise.
    """
    if not isinstance(remote, Identifies) or not remote.abilities.identity:
        return
    if not await database.write(lambda db: identity.worth_asking(db, folder_id, sets.count(uids))):
        return
    async for told in remote.identities(folder, uids, only_names=False):
        rows, fresh = await database.write(partial(identity.put_known, folder_id=folder_id, seen=told))
        yield Again(rows, fresh)


async def learn(
    remote: Remote, database: Database, folder_ids: Iterable[int], interlude: Callable[[], Awaitable[None]]
) -> None:
    """Ask for the names that are not known yet, of the newest messages of these folders; in the pauses of all else."""
    if not isinstance(remote, Identifies) or not remote.abilities.identity:
        return
    for folder_id in folder_ids:
        place = await database.write(lambda db, f=folder_id: folders.one_known(db, f))  # type: ignore[misc]
        uids = await database.write(lambda db, f=folder_id: identity.unnamed(db, f))  # type: ignore[misc]
        if place is None or not uids:
            continue
        async for told in remote.identities(place.remote_name, sets.from_numbers(uids), only_names=True):
            names = {one.uid: one.name for one in told}
            await database.write(lambda db, f=folder_id, n=names: identity.put_names(db, f, n))  # type: ignore[misc]
            await interlude()
            await asyncio.sleep(0)
