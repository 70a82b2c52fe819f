"""Copies wished for → COPY, each sent once: what may have been copied already is looked for first."""

from __future__ import annotations

from tuimail.errors import NotFound, ServerRefused
from tuimail.net.remote import Remote
from tuimail.protocol.imap import sets
from tuimail.records import replace
from tuimail.store import copies
from tuimail.store.copies import CopyPush
from tuimail.store.database import USER, Database
from tuimail.store.doubts import Doubt
from tuimail.sync.copying import found_copies, next_uid


async def make_copies(remote: Remote, database: Database, account_id: int) -> set[int]:
    """Send the copies that wait. Returns the folders touched; raises what Remote raises but refusals."""
    touched: set[int] = set()
    for push in await database.write(lambda db: copies.to_push(db, account_id)):
        try:
            here, target = await remote.look(push.folder), await remote.look(push.target)
            touched |= {push.folder_id, push.target_id}
            if here.uidvalidity != push.uidvalidity:
                continue
            uidnext = await next_uid(remote, push.target, target)
            push = await _still_to_copy(remote, database, push, target.uidvalidity, uidnext)
            if not push.copies:
                continue
            ids = [copy.id for copy in push.copies]
            await database.write(lambda db, i=ids, t=target, n=uidnext: copies.begin(db, i, t.uidvalidity, n))  # type: ignore[misc]
            try:
                told = await remote.copy(push.folder, sets.from_numbers(copy.uid for copy in push.copies), push.target)
            except ServerRefused:  # then nothing was copied (RFC 3501 §6.4.7)
                await database.write(lambda db, i=ids: copies.forget(db, i))  # type: ignore[misc]
                raise
            if told is not None:
                made: dict[int, int | None] = {c.id: told[c.uid] for c in push.copies if c.uid in told}
                lacking = [c.id for c in push.copies if c.uid not in told]  # no message there
                sure = remote.abilities.uidplus  # that it can be deleted alone
                await database.write(lambda db, m=made, i=lacking, s=sure: copies.answered(db, m, i, told=s))  # type: ignore[misc]
            else:
                doubts = [Doubt(copy.uid, copy.message_id, copy.size, uidnext) for copy in push.copies]
                state = await remote.look(push.target)
                found = await found_copies(remote, push.target, await next_uid(remote, push.target, state), doubts)
                there = await remote.uids(push.folder) if len(found) < len(doubts) else ()
                made = {c.id: found.get(c.uid) for c in push.copies if c.uid in found or sets.contains(there, c.uid)}
                lacking = [copy.id for copy in push.copies if copy.id not in made]
                await database.write(lambda db, m=made, i=lacking: copies.answered(db, m, i, told=False))  # type: ignore[misc]
        except (ServerRefused, NotFound) as refusal:
            ids, words = [copy.id for copy in push.copies], str(refusal)
            await database.write(lambda db, i=ids, w=words: copies.refused(db, i, w), USER)  # type: ignore[misc]
    return touched


async def _still_to_copy(
    remote: Remote, database: Database, push: CopyPush, uidvalidity: int, uidnext: int
) -> CopyPush:
    """Without those whose copy is there, and those that nobody wants any more."""
    doubts = {
        copy.id: Doubt(copy.uid, copy.message_id, copy.size, copy.uidnext)
        for copy in push.copies
        if copy.uidnext is not None and copy.uidvalidity == uidvalidity
    }
    there = await found_copies(remote, push.target, uidnext, list(doubts.values()))
    made = {id_: there[doubt.uid] for id_, doubt in doubts.items() if doubt.uid in there}
    not_made = [copy.id for copy in push.copies if copy.uidnext is not None and copy.id not in made]
    await database.write(lambda db: copies.looked_for(db, made, not_made))
    return replace(push, copies=tuple(copy for copy in push.copies if copy.wanted and copy.id not in made))
