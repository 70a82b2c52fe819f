"""Mailboxes: what there are, making and naming them, opening and leaving one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from tuimail.net.client.answers import MailboxEntry
from tuimail.net.client.line import Line, kinds, told
from tuimail.net.client.selected import Selected
from tuimail.protocol.imap import commands, utf7
from tuimail.protocol.imap.responses import ListEntry, StatusData
from tuimail.protocol.imap.verbs import arguments, mailboxes

Name: TypeAlias = str | bytes
"""A mailbox: text as people write it, or the octets a LIST told."""
Entries: TypeAlias = list[MailboxEntry]


class Mailboxes(Line):
    """The topic of mailboxes."""

    async def list(
        self,
        *patterns: Name,
        reference: Name = "",
        select: Iterable[str] = (),
        returning: Iterable[str] = (),
        status: Iterable[str] = (),
    ) -> Entries:
        """LIST (RFC 9051 §6.3.9). patterns: with `*` and `%`; none is everything.

        select, returning: options of RFC 5258 ("SUBSCRIBED", "RECURSIVEMATCH", "CHILDREN", "SPECIAL-USE"), where
        LIST-EXTENDED is offered. status: items for each mailbox, in the same command where LIST-STATUS (RFC 5819)
        is offered and one by one elsewhere. Raises NotOffered, ServerRefused.
        """
        wanted = [self.wire(pattern) for pattern in patterns or ("*",)]
        options, chosen, items = list(returning), list(select), list(status)
        if options or chosen or len(wanted) > 1:
            self.need("LIST-EXTENDED")
        together = bool(items) and self.offers("LIST-STATUS")
        command = mailboxes.list_extended(
            wanted,
            reference=self.wire(reference),
            select=chosen,
            returning=options,
            status=items if together else (),
        )
        answer = await self.run(command, kinds(ListEntry, StatusData))
        counts: dict[bytes, Mapping[str, int]] = {one.name: one.items for one in told(answer, StatusData)}
        entries = told(answer, ListEntry)
        if items and not together:
            for entry in entries:
                if not entry.attributes & {b"\\noselect", b"\\nonexistent"}:
                    counts[entry.name] = await self.status(entry.name, *items)
        return [_entry(entry, counts.get(entry.name)) for entry in entries]

    async def lsub(self, pattern: Name = "*", reference: Name = "") -> Entries:
        """LSUB (RFC 3501 §6.3.9): the mailboxes subscribed to. Gone in IMAP4rev2: `list(select=["SUBSCRIBED"])`."""
        command = commands.lsub(self.wire(pattern), reference=self.wire(reference))
        return [_entry(entry, None) for entry in told(await self.run(command, kinds(ListEntry)), ListEntry)]

    async def status(self, name: Name, *items: str) -> dict[str, int]:
        """STATUS (RFC 9051 §6.3.11): upper-case item → number; all of RFC 3501 when no item is named.

        SIZE needs STATUS=SIZE (RFC 8438), HIGHESTMODSEQ needs CONDSTORE. Items a server leaves out are left out.
        """
        wire = self.wire(name)
        asked = [item.upper() for item in items] or ["MESSAGES", "RECENT", "UIDNEXT", "UIDVALIDITY", "UNSEEN"]
        if "SIZE" in asked:
            self.need("STATUS=SIZE")
        command = commands.status(wire, arguments.words(asked).decode().split())
        found = told(await self.run(command, kinds(StatusData)), StatusData)
        return {key: value for one in found for key, value in one.items.items()}

    async def select(self, name: Name = "INBOX", *, condstore: bool = False) -> Selected:
        """SELECT (RFC 9051 §6.3.2). condstore: with mod-sequences (RFC 7162 §3.1.8). Raises ServerRefused.

        What is returned is `selected`, and stays up to date while the mailbox is open.
        """
        wire = self.wire(name)
        return await self._open(wire, commands.select(wire, condstore))

    async def examine(self, name: Name = "INBOX", *, condstore: bool = False) -> Selected:
        """EXAMINE (RFC 9051 §6.3.3): select without changing anything, not even \\Recent."""
        wire = self.wire(name)
        return await self._open(wire, commands.examine(wire, condstore))

    async def _open(self, wire: bytes, command: commands.Command) -> Selected:
        if b"(CONDSTORE)" in b"".join(part for part in command.parts if isinstance(part, bytes)):
            self.need("CONDSTORE", "QRESYNC")
        async with self.turn():
            self.selected = Selected(wire)
            try:
                answer = await self.take(command)
            except BaseException:
                self.selected = None  # RFC 9051 §6.3.2: after a failed SELECT none is selected
                raise
            self.selected.fold(answer.done)
            return self.selected

    async def unselect(self) -> None:
        """Leave the mailbox and expunge nothing (UNSELECT, RFC 3691). Raises NotOffered, UsageError."""
        self.need("UNSELECT")
        self.need_selected()
        await self.run(commands.unselect())
        self.selected = None

    async def close(self) -> None:
        """CLOSE (RFC 9051 §6.4.1): leave, and expunge what is marked \\Deleted, whoever marked it."""
        self.need_selected()
        await self.run(mailboxes.close())
        self.selected = None

    async def check(self) -> None:
        """CHECK (RFC 3501 §6.4.1): a checkpoint of the selected mailbox, whatever that is to the server."""
        self.need_selected()
        await self.run(mailboxes.check())

    async def create(self, name: Name, *, special_use: str = "") -> None:
        """CREATE. special_use: "Sent", "Archive" … (RFC 6154 §3), where CREATE-SPECIAL-USE is offered."""
        if special_use:
            self.need("CREATE-SPECIAL-USE")
        await self.run(mailboxes.create(self.wire(name), special_use))

    async def delete(self, name: Name) -> None:
        """DELETE (RFC 9051 §6.3.5), with all its messages."""
        await self.run(mailboxes.delete(self.wire(name)))

    async def rename(self, old: Name, new: Name) -> None:
        """RENAME (RFC 9051 §6.3.6)."""
        await self.run(mailboxes.rename(self.wire(old), self.wire(new)))

    async def subscribe(self, name: Name) -> None:
        """SUBSCRIBE (RFC 9051 §6.3.7)."""
        await self.run(commands.subscribe(self.wire(name)))

    async def unsubscribe(self, name: Name) -> None:
        """UNSUBSCRIBE (RFC 9051 §6.3.8)."""
        await self.run(mailboxes.unsubscribe(self.wire(name)))


def _entry(entry: ListEntry, status: Mapping[str, int] | None) -> MailboxEntry:
    extended = None
    if isinstance(entry.extended, tuple):
        pairs = zip(entry.extended[::2], entry.extended[1::2], strict=False)
        extended = {key.decode("latin-1").upper(): value for key, value in pairs if isinstance(key, bytes)}
    return MailboxEntry(
        utf7.decode(entry.name),
        entry.name,
        (entry.separator or b"").decode("latin-1"),
        frozenset(attribute.decode("latin-1") for attribute in entry.attributes),
        status,
        extended,
    )
