"""A POP3 maildrop as a Remote: the server's list, and for all that POP3 does not know, our own memory of it.

Flags, folders and moves are answered by `store.maildrop` at once and for good; the server is asked for the list, for
headers that are new and for texts, in short visits (`sync.visits`). So a mailbox that has not changed costs no TOP and
no RETR when it is opened again.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from typing import Any, TypeVar

from tuimail.content.clean import clean_line
from tuimail.content.dates import parse_date
from tuimail.content.structure import read_structure
from tuimail.errors import NotFound, ServerRefused
from tuimail.model import Facts, Flag, Role
from tuimail.net.remote import (
    Abilities,
    FlagState,
    FolderState,
    Head,
    Progress,
    RemoteFolder,
    RemotePart,
    Since,
    Uids,
    Visiting,
)
from tuimail.protocol.imap import sets, utf7
from tuimail.records import replace
from tuimail.store import droptexts, maildrop
from tuimail.store.maildrop import INBOX, Box, Entry
from tuimail.sync.files import described, section_of
from tuimail.sync.texts import BEGINNING
from tuimail.sync.visits import Maildrop, Visit

T = TypeVar("T")

WINDOW = 500
"""Heads of one stretch of the wire; between two, what the user wants has its turn."""
OCTETS = 256 * 1024
"""Of a window of a section."""
LINES = 400
"""Of a message of which only the BEGINNING is fetched."""
EPOCH = 1
"""UIDVALIDITY: our UIDs are never numbered anew."""
_RECEIVED = re.compile(rb"^received:((?:[^\r\n]|\r?\n[ \t])*)", re.IGNORECASE | re.MULTILINE)
_ROLES = dict(
    zip(maildrop.BUILT_IN, (Role.INBOX, Role.ARCHIVE, Role.DRAFTS, Role.SENT, Role.JUNK, Role.TRASH), strict=True)
)


async def connect_pop(drop: Maildrop) -> PopRemote:
    """The maildrop, visited once. Raises what logging in raises."""
    await drop.database.write(lambda db: maildrop.begin(db, drop.account_id, removes=drop.removes))
    try:
        await drop.look()
    except BaseException:
        await drop.close()
        raise
    return PopRemote(drop)


class PopRemote:
    """See `net.remote.Remote`. It lasts from the first visit to the first that fails; between them there is no line."""

    def __init__(self, drop: Maildrop) -> None:
        self._drop = drop

    @property
    def abilities(self) -> Abilities:
        session = self._drop.session
        offered = frozenset(session.abilities.capabilities) if session is not None else frozenset()
        return Abilities(
            offered, condstore=True, uidplus=True, move=True, visits=Visiting(self._drop.every, self._drop.checked)
        )

    @property
    def silent(self) -> float:
        session = self._drop.session
        return session.driver.silent if session is not None and not session.over else 0.0

    async def folders(self) -> list[RemoteFolder]:
        await self._drop.look()
        return [
            RemoteFolder(
                box.name,
                clean_line(utf7.decode(box.name)),
                "/",
                _ROLES.get(box.name, Role.NONE),
                selectable=True,
                exists=box.exists,
                unseen=box.unseen,
                uidnext=box.uidnext,
                uidvalidity=EPOCH,
                highestmodseq=box.modseq,
            )
            for box in await self._read(maildrop.boxes)
        ]

    async def look(self, folder: bytes, since: Since | None = None) -> FolderState:
        box = await self._box(folder)
        return FolderState(EPOCH, box.exists, box.uidnext, box.modseq, read_only=False, keywords_allowed=True)

    async def newest(self, folder: bytes, count: int) -> list[Head]:
        return await self._heads(folder, await self._read(maildrop.newest, folder, count))

    async def heads(self, folder: bytes, uids: Uids) -> AsyncIterator[list[Head]]:
        there = sets.intersection(await self.uids(folder), uids)
        for window in sets.windows(there, WINDOW):
            yield await self._heads(folder, window)

    async def uids(self, folder: bytes) -> Uids:
        await self._box(folder)
        return sets.normal(await self._read(maildrop.newest, folder, -1))

    async def flags(self, folder: bytes, uids: Uids, since: int | None) -> AsyncIterator[list[FlagState]]:
        states = [
            FlagState(uid, Flag(flags), keywords)
            for uid, flags, keywords in await self._read(maildrop.changed, folder, since or 0)
            if sets.contains(uids, uid)
        ]
        if states:
            yield states

    async def structure(self, folder: bytes, uid: int) -> RemotePart:
        raw = await self.section(folder, uid, "")
        return await asyncio.to_thread(lambda: described(read_structure(raw).root))

    async def section(
        self,
        folder: bytes,
        uid: int,
        section: str,
        progress: Progress | None = None,
        *,
        size: int | None = None,
        uidvalidity: int | None = None,
    ) -> bytes:
        """See `Remote`; also BEGINNING."""
        if uidvalidity not in (None, EPOCH):
            raise ServerRefused("That message has another number by now.", code="UIDVALIDITY")
        raw = await self._read(droptexts.text, folder, uid)
        if raw is None:
            entry = await self._entry(folder, uid)
            if section == BEGINNING:
                return await self._drop.work(lambda visit: visit.session.top(_number(visit, entry), LINES))
            raw = await self._fetch(entry, progress)
        if progress is not None:
            progress(len(raw), len(raw))
        return raw if section in ("", BEGINNING) else await asyncio.to_thread(section_of, raw, section)

    async def windows(
        self, folder: bytes, uid: int, section: str, start: int, *, size: int | None, uidvalidity: int | None
    ) -> AsyncIterator[bytes]:
        octets = await self.section(folder, uid, section, uidvalidity=uidvalidity)
        while True:
            window = octets[start : start + OCTETS]
            yield window
            if len(window) < OCTETS:
                return
            start += OCTETS

    async def store(self, folder: bytes, uids: Uids, add: Flag, remove: Flag, keywords: str = "") -> None:
        await self._box(folder)
        await self._read(maildrop.flag, folder, uids, int(add), int(remove), keywords)

    async def move(self, folder: bytes, uids: Uids, target: bytes) -> dict[int, int] | None:
        """See `Remote`. What leaves the inbox is fetched whole first, to be readable whatever the server does then.

        A message whose text the server refuses stays where it is.
        """
        await self._box(target)
        ready = await self._whole(folder, uids)
        return await self._read(maildrop.move, ready, target)

    async def copy(self, folder: bytes, uids: Uids, target: bytes) -> dict[int, int] | None:
        """See `Remote`. The copy is here alone, its text with it; what the server refuses to give is not copied."""
        await self._box(target)
        ready = await self._whole(folder, uids)
        return await self._read(maildrop.copy, ready, target)

    async def _whole(self, folder: bytes, uids: Uids) -> list[int]:
        """Have the texts of these messages here; ids of those that are. Raises ServerRefused when none can be had."""
        drop = self._drop
        entries = await self._read(maildrop.entries, folder, uids)
        ready = await self._read(droptexts.keep_here, [(folder, entry) for entry in entries])
        refusals: list[ServerRefused] = []

        async def bring(visit: Visit) -> None:
            missing = [entry for entry in entries if entry.id not in ready]
            async with aclosing(drop.bring(visit, missing)) as brought:
                async for id_, refusal in brought:
                    if refusal is None:
                        ready.add(id_)
                    else:
                        refusals.append(refusal)

        if len(ready) < len(entries):
            await drop.work(bring)
        if refusals and not ready:
            raise refusals[0]
        return sorted(ready)

    async def remove(self, folder: bytes, uids: Uids) -> None:
        """See `Remote`. It is gone here at once, and leaves the server with the next visit, however long mail stays."""
        await self._box(folder)
        await self._read(maildrop.remove, folder, uids)

    async def create(self, folder: bytes) -> None:
        await self._read(maildrop.create, folder)

    async def rename(self, folder: bytes, name: bytes) -> None:
        if folder in maildrop.BUILT_IN:
            raise ServerRefused("Each POP3 account has this folder.")
        names = {box.name for box in await self._read(maildrop.boxes)}
        tails = [one[len(folder) :] for one in names if one == folder or one.startswith(folder + b"/")]
        if any(name + tail in names for tail in tails):
            raise ServerRefused("There is a folder of this name, or below it, already.", code="ALREADYEXISTS")
        await self._read(maildrop.rename, folder, name)

    async def delete(self, folder: bytes) -> None:
        if folder in maildrop.BUILT_IN:
            raise ServerRefused("Each POP3 account has this folder.")
        await self._read(maildrop.delete, folder)

    async def subscribe(self, folder: bytes, *, on: bool) -> None:
        raise ServerRefused("POP3 knows no subscriptions.")

    def encode_name(self, display: str, separator: str) -> bytes:
        return utf7.encode(display)

    async def wait(self, folder: bytes) -> frozenset[bytes]:
        await asyncio.sleep(self._drop.every)
        return frozenset((INBOX,))

    async def facts(self) -> Facts:
        from tuimail.net.pop.facts import facts_of

        assert self._drop.session is not None, "connect_pop has visited"
        facts = facts_of(self._drop.session)
        if not self._drop.made_up:
            return facts
        why = f"a server {self._drop.made_up}; messages are told apart by their headers, read again in each visit"
        return replace(facts, masked=(*facts.masked, ("UIDL", why)))

    async def close(self) -> None:
        await self._drop.close()

    # --- inside ----------------------------------------------------------------------------------------------

    async def _read(self, ask: Callable[..., T], *about: Any) -> T:
        """Ask our memory, behind whatever is being written to it."""
        account_id = self._drop.account_id
        return await self._drop.database.write(lambda db: ask(db, account_id, *about))

    async def _box(self, folder: bytes) -> Box:
        """Raises ServerRefused."""
        for box in await self._read(maildrop.boxes):
            if box.name == folder:
                return box
        raise ServerRefused("There is no such folder.", code="TRYCREATE")

    async def _entry(self, folder: bytes, uid: int) -> Entry:
        """Raises NotFound."""
        for entry in await self._read(maildrop.entries, folder, [(uid, uid)]):
            return entry
        raise NotFound("This message is not there any more.")

    async def _fetch(self, entry: Entry, progress: Progress | None) -> bytes:
        async def retrieve(visit: Visit) -> bytes:
            return await visit.session.retr(_number(visit, entry), progress)

        raw = await self._drop.work(retrieve, reading=True)
        if self._drop.forgetful:
            await self._drop.database.write(lambda db: droptexts.keep(db, entry.id, raw))
        return raw

    async def _heads(self, folder: bytes, uids: Uids) -> list[Head]:
        entries = await self._read(maildrop.entries, folder, uids)
        blocks: dict[int, bytes] = {}
        unknown: list[Entry] = []
        for entry in entries:
            if entry.kept and (text := await self._read(droptexts.text, folder, entry.uid)) is not None:
                blocks[entry.uid] = _header(text)
            elif entry.listed:
                unknown.append(entry)
        if unknown:
            blocks |= await self._drop.work(lambda visit: self._tops(visit, unknown[::-1]))
        return [
            Head(e.uid, Flag(e.flags), e.keywords, _received(blocks[e.uid]), e.size, blocks[e.uid])
            for e in entries
            if e.uid in blocks
        ]

    async def _tops(self, visit: Visit, entries: Sequence[Entry]) -> dict[int, bytes]:
        """UID → header, of those that the visit's list names; newest first on the wire."""
        asked = {number: e for e in entries if (number := visit.numbers.get(e.uidl)) is not None}
        whole: list[tuple[int, bytes]] = []

        def came_whole(number: int, text: bytes) -> None:
            whole.append((asked[number].id, text))

        blocks = {asked[number].uid: head async for number, head in visit.session.tops(list(asked), whole=came_whole)}
        for id_, text in whole:
            await self._drop.database.write(lambda db, i=id_, t=text: droptexts.keep(db, i, t))  # type: ignore[misc]
        return blocks


def _number(visit: Visit, entry: Entry) -> int:
    """Raises NotFound."""
    if (number := visit.numbers.get(entry.uidl)) is None:
        raise NotFound("The server does not hold this message any more.", "It was removed there by another program.")
    return number


def _header(text: bytes) -> bytes:
    ends = [end for gap in (b"\r\n\r\n", b"\n\n") if (end := text.find(gap)) >= 0]
    return text[: min(ends) + 2] if ends else text


def _received(block: bytes) -> int:
    """When it reached its last server (the topmost Received field, RFC 5321 §4.4); 0 when that does not tell."""
    found = _RECEIVED.search(block)
    return (parse_date(found[1].rpartition(b";")[2]) or 0) if found else 0
