"""Who may do what, how much room is left, and notes on mailboxes: ACL, QUOTA and METADATA."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from tuimail.errors import ProtocolTrouble
from tuimail.net.client.line import Line, told
from tuimail.net.client.mailboxes import Name
from tuimail.protocol.imap import meanings
from tuimail.protocol.imap.commands import Command
from tuimail.protocol.imap.meanings import ListRights, Quota, Resource
from tuimail.protocol.imap.responses import Other
from tuimail.protocol.imap.verbs import sharing

T = TypeVar("T")


class Sharing(Line):
    """The topic of other people, and of limits."""

    async def getacl(self, mailbox: Name) -> dict[str, str]:
        """GETACL (RFC 4314 §3.3): identifier → rights; "-user" has them taken away. Raises NotOffered."""
        self.need("ACL")
        found = await self._read(sharing.getacl(self.wire(mailbox)), meanings.acl)
        return {who.decode("utf-8", "replace"): rights for one in found for who, rights in one.rights.items()}

    async def setacl(self, mailbox: Name, identifier: str, rights: str) -> None:
        """SETACL (RFC 4314 §3.1). rights: letters; "+lr" adds, "-x" removes, without a sign they replace."""
        self.need("ACL")
        await self.run(sharing.setacl(self.wire(mailbox), identifier, rights))

    async def deleteacl(self, mailbox: Name, identifier: str) -> None:
        """DELETEACL (RFC 4314 §3.2): take every right from an identifier."""
        self.need("ACL")
        await self.run(sharing.deleteacl(self.wire(mailbox), identifier))

    async def listrights(self, mailbox: Name, identifier: str) -> ListRights:
        """LISTRIGHTS (RFC 4314 §3.4): what could be granted."""
        self.need("ACL")
        return self._one(await self._read(sharing.listrights(self.wire(mailbox), identifier), meanings.list_rights))

    async def myrights(self, mailbox: Name) -> str:
        """MYRIGHTS (RFC 4314 §3.5): the letters of what we may."""
        self.need("ACL")
        return self._one(await self._read(sharing.myrights(self.wire(mailbox)), meanings.my_rights)).rights

    async def getquota(self, root: str | bytes) -> dict[str, Resource]:
        """GETQUOTA (RFC 9208 §4.1.1): upper-case resource → usage and limit. STORAGE is told in KiB."""
        self.need("QUOTA")
        found = await self._read(sharing.getquota(_octets(root)), meanings.quota)
        return {name: resource for one in found for name, resource in one.resources.items()}

    async def getquotaroot(self, mailbox: Name) -> list[Quota]:
        """GETQUOTAROOT (RFC 9208 §4.1.2): the roots that limit this mailbox, each with its resources."""
        self.need("QUOTA")
        return await self._read(sharing.getquotaroot(self.wire(mailbox)), meanings.quota)

    async def setquota(self, root: str | bytes, limits: Mapping[str, int]) -> dict[str, Resource]:
        """SETQUOTA (RFC 9208 §4.1.3), mostly for administrators; what is left out of `limits` has none any more."""
        self.need("QUOTA", "QUOTASET")
        found = await self._read(sharing.setquota(_octets(root), limits), meanings.quota)
        return {name: resource for one in found for name, resource in one.resources.items()}

    async def getmetadata(
        self, mailbox: Name, *entries: str, depth: str = "", max_size: int | None = None
    ) -> dict[str, bytes | None]:
        """GETMETADATA (RFC 5464 §4.2): entry in lower case → value; entries without one are left out or None.

        mailbox: "" is the server itself (then METADATA-SERVER will do). entries: "/private/comment",
        "/shared/vendor/…"; depth: "1" or "infinity" also tells what lies below them; max_size: leave out longer values.
        """
        self._need_metadata(mailbox)
        command = sharing.getmetadata(self.wire(mailbox), entries, depth=depth, max_size=max_size)
        found = await self._read(command, meanings.metadata)
        return {entry: value for one in found for entry, value in one.entries.items()}

    async def setmetadata(self, mailbox: Name, values: Mapping[str, bytes | None]) -> None:
        """SETMETADATA (RFC 5464 §4.3): set entries, remove those whose value is None."""
        self._need_metadata(mailbox)
        await self.run(sharing.setmetadata(self.wire(mailbox), values))

    def _need_metadata(self, mailbox: Name) -> None:
        self.need(*(("METADATA",) if mailbox else ("METADATA", "METADATA-SERVER")))

    async def _read(self, command: Command, read: Callable[[Other], T | None]) -> list[T]:
        answer = await self.run(command, lambda event: isinstance(event, Other) and read(event) is not None)
        return [meant for event in told(answer, Other) if (meant := read(event)) is not None]

    def _one(self, found: list[T]) -> T:
        if not found:
            raise ProtocolTrouble(f"{self.host} agreed and told nothing.")
        return found[0]


def _octets(root: str | bytes) -> bytes:
    return root if isinstance(root, bytes) else root.encode()
