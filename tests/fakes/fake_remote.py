"""A mail server in memory behind the Remote contract, for faults no real server makes on demand.

It can cut the line before or after it obeyed a command, hide COPYUID, CONDSTORE and UIDNEXT, refuse
a folder, and call back in the middle of a command so that a test can change its mind while one is in flight.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

from tuimail.errors import ConnectionLost, NotFound, ServerRefused
from tuimail.model import Facts, Flag, Role
from tuimail.net.remote import (
    Abilities,
    FlagState,
    FolderState,
    Head,
    Progress,
    RemoteFolder,
    RemotePart,
    Resync,
    Since,
    Uids,
)
from tuimail.protocol.errors import LocalProtocolError
from tuimail.protocol.imap import keywords as words_of
from tuimail.protocol.imap import sets

ROLES = {b"INBOX": Role.INBOX, b"Archive": Role.ARCHIVE, b"Trash": Role.TRASH}


@dataclass
class FakeMessage:
    """What the server keeps of one message."""

    message_id: str
    flags: Flag = Flag.NONE
    modseq: int = 1
    received: int = 1_700_000_000
    keywords: str = ""

    @property
    def block(self) -> bytes:
        return f"From: a@example.org\r\nSubject: {self.message_id}\r\nMessage-ID: <{self.message_id}>\r\n\r\n".encode()


@dataclass
class FakeFolder:
    """One mailbox."""

    uidvalidity: int = 1
    uidnext: int = 1
    messages: dict[int, FakeMessage] = field(default_factory=dict)
    object_id: str = ""
    vanished: list[tuple[int, int]] = field(default_factory=list)
    """(mod-sequence, UID) of what is gone."""
    version: int = 0
    """Counts changes, for those who wait for one."""


class FakeServer:
    """The server's side; survives its connections. `commands` counts what changed something."""

    def __init__(
        self,
        *,
        uidplus: bool = True,
        condstore: bool = True,
        qresync: bool = False,
        uidnext: bool = True,
        expunges: bool = True,
        idles: bool = False,
        notify: bool = False,
    ) -> None:
        self.uidplus, self.condstore, self.tells_uidnext = uidplus, condstore, uidnext
        self.qresync = qresync and condstore
        self.permanent: Flag | None = None
        """Flags it keeps, as it says; None: it does not say."""
        self.keywords = True
        """New keywords may be made; only told where `permanent` is."""
        self.deaf = Flag.NONE
        """Flags it says OK to and does not change."""
        self.expunges = expunges
        """False: neither MOVE nor UIDPLUS, so what was moved stays behind as a copy marked \\Deleted."""
        self.idles = idles
        self.notify = notify
        """It says that it tells of every folder."""
        self.folders = {name: FakeFolder() for name in ROLES}
        self.epoch = 1
        """The highest UIDVALIDITY that was given: one that is made again gets another (RFC 3501 §2.3.1.1)."""
        self.modseq = 1
        self.commands: list[tuple[object, ...]] = []
        self.before: Callable[[str], Awaitable[None]] | None = None
        """Called before a command is obeyed; may raise ConnectionLost to cut the line."""
        self.after: Callable[[str], Awaitable[None]] | None = None
        """Called after it was obeyed and before the answer is heard."""
        self.refused: set[bytes] = set()
        """Folders that may not be opened or made."""
        self.levels: set[bytes] = set()
        """Names that only hold folders: made by the way, or left of a folder that was deleted before those below it."""
        self.unsubscribed: set[bytes] = set()
        self.carries = True
        """RENAME takes the subscription along; else that stays with the old name, as on servers that keep names."""
        self.connections = 0
        self.commands_seen: list[str] = []
        """Every command of every connection, in the order in which they came."""
        self._changed = asyncio.Event()

    def stir(self, folder: bytes) -> None:
        """Tell those who wait for this folder."""
        self.folders[folder].version += 1
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def until_stirred(self, folder: bytes, version: int) -> None:
        """Return when the folder is not what it was at this version."""
        while self.folders[folder].version == version:
            await self._changed.wait()

    def put(self, folder: bytes, message_id: str, flags: Flag = Flag.NONE, keywords: str = "") -> int:
        """Deliver a message; returns its UID."""
        box = self.folders[folder]
        uid, box.uidnext = box.uidnext, box.uidnext + 1
        self.modseq += 1
        box.messages[uid] = FakeMessage(message_id, flags, self.modseq, 1_700_000_000 + uid, keywords)
        self.stir(folder)
        return uid

    def move(self, folder: bytes, uid: int, target: bytes) -> int:
        """As another client would."""
        message = self.folders[folder].messages.pop(uid)
        self.modseq += 1
        self.folders[folder].vanished.append((self.modseq, uid))
        self.stir(folder)
        new = self.put(target, message.message_id, message.flags, message.keywords)
        self.folders[target].messages[new].received = message.received
        return new

    def expunge(self, folder: bytes, uid: int) -> None:
        """As another client would."""
        del self.folders[folder].messages[uid]
        self.modseq += 1
        self.folders[folder].vanished.append((self.modseq, uid))
        self.stir(folder)

    def flag(self, folder: bytes, uid: int, add: Flag, remove: Flag, keywords: str = "") -> None:
        """As another client would."""
        message = self.folders[folder].messages[uid]
        message.flags = (message.flags | add) & ~remove
        message.keywords = words_of.applied(message.keywords, keywords)
        self.modseq += 1
        message.modseq = self.modseq
        self.stir(folder)

    def copy(self, folder: bytes, uid: int, target: bytes) -> int:
        """COPY alone."""
        message = self.folders[folder].messages[uid]
        new = self.put(target, message.message_id, message.flags, message.keywords)
        self.folders[target].messages[new].received = message.received
        return new

    def below(self, name: bytes) -> list[bytes]:
        """Names of folders and levels."""
        return [one for one in (*self.folders, *self.levels) if one.startswith(name + b"/")]

    def stands(self, name: bytes) -> None:
        """What is above this name is there, too (RFC 9051 §6.3.4)."""
        parts = name.split(b"/")
        self.levels |= {b"/".join(parts[:depth]) for depth in range(1, len(parts))} - self.folders.keys()

    def where(self) -> dict[str, list[bytes]]:
        """Message-ID → folders that hold it, not counting what is marked \\Deleted."""
        places: dict[str, list[bytes]] = {}
        for name, box in self.folders.items():
            for message in (m for m in box.messages.values() if not m.flags & Flag.DELETED):
                places.setdefault(message.message_id, []).append(name)
        return places

    async def connect(self) -> FakeRemote:
        """A new logged-in connection."""
        self.connections += 1
        await self._hook(self.before, "connect")
        return FakeRemote(self)

    async def _hook(self, hook: Callable[[str], Awaitable[None]] | None, command: str) -> None:
        if hook is not None:
            await hook(command)


class FakeRemote:
    """One connection to a FakeServer; implements tuimail.net.remote.Remote."""

    def __init__(self, server: FakeServer) -> None:
        self._server = server
        self._cut = False
        self._seen: dict[bytes, int] = {}
        self.silent = 0.0
        self.abilities = Abilities(
            frozenset(),
            condstore=server.condstore,
            qresync=server.qresync,
            uidplus=server.uidplus,
            move=server.expunges,
            notify=server.notify,
        )

    async def _before(self, command: str, *names: bytes) -> None:
        if any(b"\0" in name for name in names):
            raise LocalProtocolError("a NUL in a string")
        if self._cut:
            raise ConnectionLost("The line is cut.")
        self._server.commands_seen.append(command)
        await self._run(self._server.before, command)

    async def _after(self, command: str) -> None:
        await self._run(self._server.after, command)

    async def _run(self, hook: Callable[[str], Awaitable[None]] | None, command: str) -> None:
        try:
            if hook is not None:
                await hook(command)
        except ConnectionLost:
            self._cut = True
            raise

    async def folders(self) -> list[RemoteFolder]:
        await self._before("list")
        listed = [
            RemoteFolder(
                name,
                name.decode(),
                "/",
                ROLES.get(name, Role.NONE),
                True,
                exists=len(box.messages),
                uidnext=box.uidnext if self._server.tells_uidnext else None,
                uidvalidity=box.uidvalidity,
                highestmodseq=self._server.modseq if self._server.condstore else None,
                object_id=box.object_id,
                subscribed=name not in self._server.unsubscribed,
            )
            for name, box in self._server.folders.items()
        ] + [RemoteFolder(name, name.decode(), "/", Role.NONE, False) for name in sorted(self._server.levels)]
        await self._after("list")
        return listed

    async def look(self, folder: bytes, since: Since | None = None) -> FolderState:
        await self._before("select")
        if folder in self._server.refused or folder not in self._server.folders:
            raise NotFound("No such folder.")
        box = self._server.folders[folder]
        self._seen[folder] = box.version
        state = FolderState(
            box.uidvalidity,
            len(box.messages),
            box.uidnext if self._server.tells_uidnext else None,
            self._server.modseq if self._server.condstore else None,
            False,
            self._server.keywords,
            self._server.permanent,
            resync=self._resync(box, since),
        )
        await self._after("select")
        return state

    def _resync(self, box: FakeFolder, since: Since | None) -> Resync | None:
        if not self._server.qresync or since is None or since.uidvalidity != box.uidvalidity:
            return None
        changed = [
            FlagState(uid, message.flags, message.keywords)
            for uid, message in box.messages.items()
            if message.modseq > since.modseq and sets.contains(since.uids, uid)
        ]
        gone = [uid for modseq, uid in box.vanished if modseq > since.modseq and sets.contains(since.uids, uid)]
        return Resync(tuple(changed), sets.from_numbers(gone))

    def _box(self, folder: bytes) -> FakeFolder:
        if (box := self._server.folders.get(folder)) is None:
            raise NotFound("No such folder.")
        return box

    def _head(self, folder: bytes, uid: int) -> Head:
        message = self._server.folders[folder].messages[uid]
        return Head(uid, message.flags, message.keywords, message.received, 100, message.block)

    async def newest(self, folder: bytes, count: int) -> list[Head]:
        await self._before("fetch")
        heads = [self._head(folder, uid) for uid in sorted(self._box(folder).messages)[-count:]]
        await self._after("fetch")
        return heads

    async def heads(self, folder: bytes, uids: Uids) -> AsyncIterator[list[Head]]:
        box = self._box(folder)
        wanted = [uid for uid in sorted(box.messages, reverse=True) if sets.contains(uids, uid)]
        sent: list[list[Head]] = []
        for start in range(0, len(wanted), 2):
            await self._before("fetch")
            window = sorted(wanted[start : start + 2])
            sent.append([self._head(folder, uid) for uid in window if uid in box.messages])
            if len(sent) == 2:  # answered already, while the one before is still being read
                yield sent.pop(0)
        for heads in sent:
            yield heads

    async def uids(self, folder: bytes) -> Uids:
        await self._before("search")
        found = sets.from_numbers(self._box(folder).messages)
        await self._after("search")
        return found

    async def flags(self, folder: bytes, uids: Uids, since: int | None) -> AsyncIterator[list[FlagState]]:
        box = self._box(folder)
        wanted = [uid for uid in sorted(box.messages) if sets.contains(uids, uid)]
        sent: list[list[FlagState]] = []
        for start in range(0, max(1, len(wanted)), 2):
            await self._before("flags")
            window = [(uid, box.messages[uid]) for uid in wanted[start : start + 2] if uid in box.messages]
            sent.append([FlagState(uid, m.flags, m.keywords) for uid, m in window if since is None or m.modseq > since])
            if len(sent) == 2:
                yield sent.pop(0)
        for states in sent:
            yield states

    async def structure(self, folder: bytes, uid: int) -> RemotePart:
        raise NotFound("not in this fake")

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
        await self._before("body")
        box = self._box(folder)
        if uidvalidity not in (None, box.uidvalidity):
            raise ServerRefused("numbered anew", code="UIDVALIDITY")
        message = box.messages.get(uid)
        if message is None:
            raise NotFound("gone")
        return message.block + b"text\r\n"

    async def windows(
        self, folder: bytes, uid: int, section: str, start: int, *, size: int | None, uidvalidity: int | None
    ) -> AsyncIterator[bytes]:
        yield (await self.section(folder, uid, section, uidvalidity=uidvalidity))[start:]

    async def store(self, folder: bytes, uids: Uids, add: Flag, remove: Flag, keywords: str = "") -> None:
        await self._before("store")
        said = (keywords,) if keywords else ()
        self._server.commands.append(("store", folder, tuple(uids), add, remove, *said))
        for uid in tuple(self._box(folder).messages):
            if sets.contains(uids, uid):
                self._server.flag(folder, uid, add & ~self._server.deaf, remove & ~self._server.deaf, keywords)
        await self._after("store")

    async def move(self, folder: bytes, uids: Uids, target: bytes) -> dict[int, int] | None:
        await self._before("move", folder, target)
        if target in self._server.refused or target not in self._server.folders:
            raise ServerRefused("No such folder.", code="TRYCREATE")
        self._server.commands.append(("move", folder, tuple(uids), target))
        there = [uid for uid in sorted(self._box(folder).messages) if sets.contains(uids, uid)]
        if self._server.expunges:
            moved = {uid: self._server.move(folder, uid, target) for uid in there}
        else:
            moved = {uid: self._server.copy(folder, uid, target) for uid in there}
            await self._after("copy")
            self._mark(folder, uids)
        await self._after("move")
        return moved if self._server.uidplus else None

    async def copy(self, folder: bytes, uids: Uids, target: bytes) -> dict[int, int] | None:
        await self._before("copying", folder, target)
        if target in self._server.refused or target not in self._server.folders:
            raise ServerRefused("No such folder.", code="TRYCREATE")
        self._server.commands.append(("copy", folder, tuple(uids), target))
        there = [uid for uid in sorted(self._box(folder).messages) if sets.contains(uids, uid)]
        copied = {uid: self._server.copy(folder, uid, target) for uid in there}
        await self._after("copying")
        return copied if self._server.uidplus else None

    async def remove(self, folder: bytes, uids: Uids) -> None:
        await self._before("remove")
        self._server.commands.append(("remove", folder, tuple(uids)))
        self._mark(folder, uids)
        if self._server.uidplus:
            await self._after("mark")
            for uid, message in tuple(self._box(folder).messages.items()):
                if sets.contains(uids, uid) and message.flags & Flag.DELETED:
                    self._server.expunge(folder, uid)
        await self._after("remove")

    def _mark(self, folder: bytes, uids: Uids) -> None:
        for uid in tuple(self._box(folder).messages):
            if sets.contains(uids, uid):
                self._server.flag(folder, uid, Flag.DELETED, Flag.NONE)

    async def create(self, folder: bytes) -> None:
        await self._before("create", folder)
        if folder in self._server.refused:
            raise ServerRefused("You may not make this folder.", code="NOPERM")
        self._server.commands.append(("create", folder))
        if folder.endswith(b"/"):  # it is to hold folders (RFC 9051 §6.3.4)
            self._server.stands(folder)
        elif folder not in self._server.folders:
            self._server.epoch += 1
            self._server.folders[folder] = FakeFolder(self._server.epoch)
            self._server.levels.discard(folder)
            self._server.stands(folder)
            self._server.unsubscribed.discard(folder)
        await self._after("create")

    async def rename(self, folder: bytes, name: bytes) -> None:
        await self._before("rename", folder, name)
        there = {*self._server.folders, *self._server.levels}
        names = {old: name + old[len(folder) :] for old in (folder, *self._server.below(folder))}
        taken = not there.isdisjoint(names.values()) or name.startswith(folder + b"/")
        if folder in self._server.refused or folder not in there or taken:
            raise ServerRefused("You may not rename this folder.", code="NOPERM")
        self._server.commands.append(("rename", folder, name))
        for old, new in names.items():
            if old in self._server.levels:
                self._server.levels ^= {old, new}
                continue
            self._server.folders[new] = self._server.folders.pop(old)
            if not self._server.carries:
                self._server.unsubscribed.add(new)
            elif old in self._server.unsubscribed:
                self._server.unsubscribed ^= {old, new}
        self._server.stands(name)
        await self._after("rename")

    async def delete(self, folder: bytes) -> None:
        await self._before("delete", folder)
        if folder in self._server.refused:
            raise ServerRefused("You may not delete this folder.", code="NOPERM")
        below = self._server.below(folder)
        if below and folder in self._server.levels:
            raise ServerRefused("There are folders below it.", code="HASCHILDREN")
        self._server.commands.append(("delete", folder))
        self._server.folders.pop(folder, None)
        (self._server.levels.add if below else self._server.levels.discard)(folder)
        await self._after("delete")

    async def subscribe(self, folder: bytes, *, on: bool) -> None:
        await self._before("subscribe", folder)
        self._server.commands.append(("subscribe", folder, on))
        (self._server.unsubscribed.discard if on else self._server.unsubscribed.add)(folder)
        await self._after("subscribe")

    def encode_name(self, display: str, separator: str) -> bytes:
        return display.encode()

    async def facts(self) -> Facts:
        await self._before("facts")
        return Facts("fake", "", frozenset(), (), (), False, 0, 0, 1.0)

    async def wait(self, folder: bytes) -> frozenset[bytes]:
        await self._before("idle")
        if not self._server.idles:
            raise ConnectionLost("this fake does not idle")
        box = self._box(folder)
        await self._server.until_stirred(folder, self._seen.setdefault(folder, box.version))
        self._seen[folder] = box.version
        return frozenset((folder,))

    async def close(self) -> None:
        self._cut = True
