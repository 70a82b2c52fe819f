"""Mail in files as a Remote: then list, viewer and store need not know that there is no server behind it.

The files are never written. Read marks are kept until the program ends, everything else is refused.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from pathlib import Path

from tuimail.content.clean import clean_line
from tuimail.content.structure import Part, read_structure
from tuimail.errors import NotFound, ServerRefused
from tuimail.model import Facts, Flag
from tuimail.net.boxes import Box, Letter, find_boxes, read_head, read_letter
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
)
from tuimail.protocol.imap import sets

WINDOW = 250
"""Heads read at a time, in a thread."""
OCTETS = 256 * 1024
"""Of a window of a section."""
REFUSAL = "This mail was opened from files, and files are only read."


class Shelf:
    """What lies at a path. It is looked through once, however many connections there are."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._found: asyncio.Task[list[Box]] | None = None
        self.boxes: dict[bytes, Box] = {}
        self.marks: dict[tuple[bytes, int], tuple[Flag, int]] = {}
        """Flags of this session, and at which count of changes they were set."""
        self.changes = 1

    async def connect(self) -> FilesRemote:
        """A connection to it. Raises NotFound when there is no mail."""
        if self._found is None or (self._found.done() and self._found.exception() is not None):
            self._found = asyncio.create_task(asyncio.to_thread(find_boxes, self._path))
        found = await asyncio.shield(self._found)
        self.boxes = {box.name.encode("utf-8", "surrogateescape"): box for box in found}
        return FilesRemote(self)


class FilesRemote:
    """See `net.remote.Remote`. UIDs are places in the order of arrival, from 1."""

    abilities = Abilities(frozenset(), condstore=True)
    silent = 0.0

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def folders(self) -> list[RemoteFolder]:
        found = []
        for name, box in self._shelf.boxes.items():
            count = len(box.letters)
            found.append(
                RemoteFolder(
                    name,
                    clean_line(box.name.encode("utf-8", "replace").decode()),
                    "/",
                    box.role,
                    selectable=True,
                    exists=count,
                    uidnext=count + 1,
                    uidvalidity=1,
                    highestmodseq=self._shelf.changes,
                )
            )
        return found

    async def look(self, folder: bytes, since: Since | None = None) -> FolderState:
        count = len(self._letters(folder))
        return FolderState(1, count, count + 1, self._shelf.changes, read_only=True, keywords_allowed=False)

    async def newest(self, folder: bytes, count: int) -> list[Head]:
        last = len(self._letters(folder))
        return await self._heads(folder, range(max(1, last - count + 1), last + 1))

    async def heads(self, folder: bytes, uids: Uids) -> AsyncIterator[list[Head]]:
        for window in sets.windows(uids, WINDOW):
            yield await self._heads(folder, sets.numbers(window))

    async def uids(self, folder: bytes) -> Uids:
        count = len(self._letters(folder))
        return [(1, count)] if count else []

    async def flags(self, folder: bytes, uids: Uids, since: int | None) -> AsyncIterator[list[FlagState]]:
        marked = [
            FlagState(uid, flags, "")
            for (name, uid), (flags, at) in self._shelf.marks.items()
            if name == folder and at > (since or 0) and sets.contains(uids, uid)
        ]
        if marked:
            yield marked

    async def structure(self, folder: bytes, uid: int) -> RemotePart:
        raw = await self._read(folder, uid)
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
        raw = await self._read(folder, uid)
        octets = raw if not section else await asyncio.to_thread(section_of, raw, section)
        if progress is not None:
            progress(len(octets), len(octets))
        return octets

    async def windows(
        self, folder: bytes, uid: int, section: str, start: int, *, size: int | None, uidvalidity: int | None
    ) -> AsyncIterator[bytes]:
        octets = await self.section(folder, uid, section)
        while True:
            window = octets[start : start + OCTETS]
            yield window
            if len(window) < OCTETS:
                return
            start += OCTETS

    async def store(self, folder: bytes, uids: Uids, add: Flag, remove: Flag, keywords: str = "") -> None:
        letters = self._letters(folder)
        self._shelf.changes += 1
        for uid in sets.numbers(uids):
            if 0 < uid <= len(letters):
                flags, _ = self._shelf.marks.get((folder, uid), (letters[uid - 1].flags, 0))
                self._shelf.marks[folder, uid] = ((flags | add) & ~remove, self._shelf.changes)

    async def move(self, folder: bytes, uids: Uids, target: bytes) -> dict[int, int] | None:
        raise ServerRefused(REFUSAL)

    async def copy(self, folder: bytes, uids: Uids, target: bytes) -> dict[int, int] | None:
        raise ServerRefused(REFUSAL)

    async def remove(self, folder: bytes, uids: Uids) -> None:
        raise ServerRefused(REFUSAL)

    async def create(self, folder: bytes) -> None:
        raise ServerRefused(REFUSAL)

    async def rename(self, folder: bytes, name: bytes) -> None:
        raise ServerRefused(REFUSAL)

    async def delete(self, folder: bytes) -> None:
        raise ServerRefused(REFUSAL)

    async def subscribe(self, folder: bytes, *, on: bool) -> None:
        raise ServerRefused(REFUSAL)

    def encode_name(self, display: str, separator: str) -> bytes:
        return display.encode("utf-8", "surrogateescape")

    async def wait(self, folder: bytes) -> frozenset[bytes]:
        await asyncio.Event().wait()  # what is opened is as it was when it was opened
        return frozenset()

    async def facts(self) -> Facts:
        return Facts("files", "", frozenset(), (), (), compressed=False, received=0, sent=0, ratio=1.0)

    async def close(self) -> None:
        return None

    # --- reading ----------------------------------------------------------------------------------

    def _letters(self, folder: bytes) -> Sequence[Letter]:
        box = self._shelf.boxes.get(folder)
        if box is None:
            raise NotFound("There is no such folder in these files.")
        return box.letters

    async def _read(self, folder: bytes, uid: int) -> bytes:
        letters = self._letters(folder)
        if not 0 < uid <= len(letters):
            raise NotFound("There is no such message in these files.")
        return await asyncio.to_thread(read_letter, letters[uid - 1])

    async def _heads(self, folder: bytes, uids: Iterable[int]) -> list[Head]:
        letters = self._letters(folder)
        wanted = [(uid, letters[uid - 1]) for uid in uids if 0 < uid <= len(letters)]
        heads = await asyncio.to_thread(_read_heads, wanted)
        marks = self._shelf.marks
        return [head._replace(flags=marks.get((folder, head.uid), (head.flags, 0))[0]) for head in heads]


def _read_heads(wanted: Iterable[tuple[int, Letter]]) -> list[Head]:
    heads = []
    for uid, letter in wanted:
        try:
            block = read_head(letter)
        except NotFound:
            continue  # gone since: as with a server, it is just missing
        heads.append(Head(uid, letter.flags, "", letter.received, letter.end - letter.start, block))
    return heads


def described(root: Part) -> RemotePart:
    """The tree as BODYSTRUCTURE would tell it; without recursion into what a mail made deep."""
    order = [root]
    for part in order:
        order.extend(part.parts)
    made: dict[int, RemotePart] = {}
    for part in reversed(order):
        made[id(part)] = RemotePart(
            part.section,
            part.type,
            part.params,
            part.encoding,
            part.size,
            part.disposition,
            part.filename,
            _content_id(part),
            tuple(made[id(below)] for below in part.parts),
        )
    return made[id(root)]


def _content_id(part: Part) -> str:
    return clean_line(dict(part.header).get(b"content-id", b"").decode("latin-1")).strip("<> ")


def section_of(raw: bytes, section: str) -> bytes:
    """BODY[section] of a whole message. Raises NotFound."""
    root = read_structure(raw).root
    if section == "HEADER":
        return raw[: root.start]
    waiting = [root]
    while waiting:
        part = waiting.pop()
        if part.section == section and part.section:
            return raw[part.start : part.end]
        waiting.extend(part.parts)
    raise NotFound("This message has no such part.")
