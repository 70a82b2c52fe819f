"""ImapRemote: the contract of `remote.py`, spoken over IMAP."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator, Sequence

from tuimail import __version__
from tuimail.errors import NotFound, RemoteError, ServerRefused
from tuimail.model import Account, Facts, Flag, Quota
from tuimail.net import changing, fetching, finding, identity, uids, watching
from tuimail.net.abilities import describe
from tuimail.net.driver import SILENCE_SECONDS
from tuimail.net.folders import assemble
from tuimail.net.login import Dial, Password, dial_account, open_session
from tuimail.net.parts import remote_part
from tuimail.net.previews import fetch_previews
from tuimail.net.quota import read_quotas
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
from tuimail.net.sections import fetch_section, fetch_windows
from tuimail.net.session import ImapFlight, Session
from tuimail.net.texts import Sizes, fetch_texts
from tuimail.net.wirelog import WireLog
from tuimail.protocol.errors import LocalProtocolError
from tuimail.protocol.imap import bodystructure, commands, utf7
from tuimail.protocol.imap.responses import (
    Event,
    Fetch,
    Id,
    ListEntry,
    Namespace,
    Other,
    StatusData,
    Tagged,
)
from tuimail.protocol.imap.verbs import mailboxes
from tuimail.protocol.imap.verbs.searching import Key
from tuimail.records import replace

_STATUS_FOLDERS = 100
"""Folders asked one by one for their counts where LIST-STATUS is missing; some servers open each on disk."""
_FRESH_SECONDS = 10.0
_LOGOUT_SECONDS = 2.0


async def connect_imap(
    account: Account,
    password: Password,
    *,
    dial: Dial = dial_account,
    log: WireLog | None = None,
    silence: float = SILENCE_SECONDS,
    compress: bool | None = None,
) -> ImapRemote:
    """Connect and log in; ENABLE, ID, NAMESPACE and LIST are on their way when this returns.

    password: asked at once, while the connection is being made. dial: another way to get a stream (the demo's
    socket pair). log: receives the dialogue, without secrets. silence: seconds without an octet after which a
    working connection counts as lost. compress: whether to ask for COMPRESS; None: where the server is another
    machine, as a loopback is faster than any deflate. Raises Unreachable, InsecureConnection, LoginRefused,
    ConnectionLost, ProtocolTrouble, and what `password` raises.
    """
    log = log or WireLog()
    session = await open_session(account, password, dial=dial, log=log, silence=silence)
    return ImapRemote(session, log, compress=not session.driver.stream.loopback if compress is None else compress)


class ImapRemote:
    """See `Remote`. Made by `connect_imap`."""

    def __init__(self, session: Session, log: WireLog, *, compress: bool = False) -> None:
        self.log = log
        self._session = session
        self._compress = compress
        self._prefix = ""
        self._stored: int | None = None
        self._roles: dict[bytes, frozenset[bytes]] = {}
        """Attributes that XLIST told."""
        self._listing: ImapFlight | None = None
        self._subscribing: ImapFlight | None = None
        """LSUB, where LIST does not tell it."""
        self._subscribed_to: set[bytes] = set()
        """Names that the server keeps as subscribed to, as the last list and we said."""
        self._separators: set[bytes] = set()
        self._structure: tuple[bytes, int, RemotePart] | None = None
        self._introduce()

    @property
    def abilities(self) -> Abilities:
        return self._session.abilities

    @property
    def silent(self) -> float:
        return self._session.driver.silent

    async def folders(self) -> list[RemoteFolder]:
        """See `Remote`. A call soon after the login uses the LIST that was sent right behind it."""
        flight, self._listing = self._listing, None
        if flight is None or asyncio.get_running_loop().time() - flight.since > _FRESH_SECONDS:
            async with self._session.at_work():
                flight = self._list()
        try:
            told = await self._session.answer(flight)
        except ServerRefused:
            told = []
        entries = [event for event in told if isinstance(event, ListEntry)]
        if not entries:  # RETURN options advertised and not understood (strato.de answers with nothing)
            told = await self._session.ask(commands.list_(), lambda event: isinstance(event, ListEntry))
            entries = [event for event in told if isinstance(event, ListEntry)]
        entries = [one for one in entries if self._can_be_named(one)]
        subscribed = await self._subscribed()
        status = {event.name: event for event in told if isinstance(event, StatusData)}
        if not status:
            status = await self._status_of(entries)
        sizes = [event.items["SIZE"] for event in status.values() if "SIZE" in event.items]
        self._stored = sum(sizes) if sizes else None
        labels = "X-GM-EXT-1" in self.abilities.capabilities
        entries = [self._with_role(one, subscribed) for one in entries]
        self._subscribed_to = {one.name for one in entries if b"\\subscribed" in one.attributes}
        self._separators = {one.separator for one in entries if one.separator}
        return assemble(entries, status, labels=labels)

    async def look(self, folder: bytes, since: Since | None = None) -> FolderState:
        return await self._session.look(folder, since)

    async def newest(self, folder: bytes, count: int) -> list[Head]:
        return await fetching.newest(self._session, folder, count)

    def heads(self, folder: bytes, uids: Uids) -> AsyncIterator[list[Head]]:
        return fetching.heads(self._session, folder, uids)

    async def uids(self, folder: bytes) -> Uids:
        return await uids.every(self._session, folder)

    def flags(self, folder: bytes, uids: Uids, since: int | None) -> AsyncIterator[list[FlagState]]:
        return fetching.flags(self._session, folder, uids, since)

    async def structure(self, folder: bytes, uid: int) -> RemotePart:
        (flight,) = await self._session.in_folder(
            folder,
            lambda: [
                self._session.launch(
                    commands.uid_fetch(((uid, uid),), (b"UID", b"BODYSTRUCTURE")),
                    want=lambda event: isinstance(event, Fetch) and event.uid == uid,
                )
            ],
        )
        for event in await self._session.answer(flight):
            if isinstance(event, Fetch) and event.bodystructure is not None:
                tree = remote_part(bodystructure.read(event.bodystructure))
                self._structure = (folder, uid, tree)
                return tree
        raise NotFound("This message is no longer on the server.")

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
        if size is None and self._structure is not None and self._structure[:2] == (folder, uid):
            size = next(
                (part.size for part in _walk(self._structure[2]) if part.section == section and part.size), None
            )
        return await fetch_section(self._session, folder, uid, section, progress, size, uidvalidity)

    def windows(
        self, folder: bytes, uid: int, section: str, start: int, *, size: int | None, uidvalidity: int | None
    ) -> AsyncIterator[bytes]:
        return fetch_windows(self._session, folder, uid, section, start, size, uidvalidity)

    def texts(self, folder: bytes, wanted: Sizes, uidvalidity: int | None) -> AsyncIterator[list[tuple[int, bytes]]]:
        """See `net.texts.Bulk`."""
        return fetch_texts(self._session, folder, wanted, uidvalidity)

    def identities(self, folder: bytes, uids: Uids, *, only_names: bool) -> AsyncIterator[list[identity.Told]]:
        """See `net.identity.Identifies`."""
        return identity.identities(self._session, folder, uids, only_names=only_names)

    async def previews(self, folder: bytes, uids: Uids, uidvalidity: int | None) -> dict[int, str]:
        """See `net.previews.Previews`."""
        return await fetch_previews(self._session, folder, uids, uidvalidity)

    async def find(self, folder: bytes, keys: Sequence[Key], uidvalidity: int | None) -> Uids:
        """See `net.finding.Finds`."""
        return await finding.find(self._session, folder, keys, uidvalidity)

    async def store(self, folder: bytes, uids: Uids, add: Flag, remove: Flag, keywords: str = "") -> None:
        await changing.store(self._session, folder, uids, add, remove, keywords)

    async def move(self, folder: bytes, uids: Uids, target: bytes) -> dict[int, int] | None:
        return await changing.move(self._session, folder, uids, target)

    async def copy(self, folder: bytes, uids: Uids, target: bytes) -> dict[int, int] | None:
        return await changing.copy(self._session, folder, uids, target)

    async def remove(self, folder: bytes, uids: Uids) -> None:
        await changing.remove(self._session, folder, uids)

    async def create(self, folder: bytes) -> None:
        self._listing = None
        try:
            await self._session.ask(commands.create(folder))
        except ServerRefused as error:
            # RFC 5530 has a code for it, which few servers use
            if error.code != "ALREADYEXISTS" and not await self._exists(folder):
                raise
        with contextlib.suppress(ServerRefused):  # a folder nobody subscribed to is a folder all the same
            await self.subscribe(folder, on=True)

    async def rename(self, folder: bytes, name: bytes) -> None:
        self._listing = None
        await self._session.leave(folder)
        await self._session.ask(mailboxes.rename(folder, name))
        above = tuple(folder + separator for separator in self._separators)
        await self._forget([one for one in self._subscribed_to if one == folder or one.startswith(above)])

    async def delete(self, folder: bytes) -> None:
        self._listing = None
        await self._session.leave(folder)
        try:
            await self._session.ask(mailboxes.delete(folder))
        except ServerRefused as error:  # on Dovecot a level goes with the last name below it; its subscription stays
            if error.code != "NONEXISTENT" and await self._exists(folder):
                raise
        await self._forget([folder] if folder in self._subscribed_to else [])

    async def subscribe(self, folder: bytes, *, on: bool) -> None:
        command = commands.subscribe(folder) if on else mailboxes.unsubscribe(folder)
        await self._session.ask(command)
        if on:
            self._subscribed_to.add(folder)
        else:
            self._subscribed_to.discard(folder)

    async def _forget(self, gone: list[bytes]) -> None:
        """Unsubscribe from names that are no more: servers keep them (RFC 9051 §6.3.7), and other clients show them."""
        async with self._session.at_work():
            flights = [self._session.driver.launch(mailboxes.unsubscribe(name)) for name in gone]
        for flight in flights:
            with contextlib.suppress(ServerRefused):  # it went along
                await self._session.answer(flight)
        self._subscribed_to.difference_update(gone)

    def encode_name(self, display: str, separator: str) -> bytes:
        """See `Remote`. Below the personal namespace, where the server has one ("INBOX." on Courier)."""
        if self._prefix and not (display + separator).casefold().startswith(self._prefix.casefold()):
            display = self._prefix + display
        return utf7.encode(display)

    async def wait(self, folder: bytes) -> frozenset[bytes]:
        return await watching.wait(self._session, folder)

    async def facts(self) -> Facts:
        """See `Remote`."""
        session, machine = self._session, self._session.machine
        traffic = machine.traffic
        began = asyncio.get_running_loop().time()
        await session.ask(commands.noop())
        round_trip = asyncio.get_running_loop().time() - began
        return Facts(
            server=session.identity,
            tls=session.driver.stream.tls,
            offered=machine.offered,
            buys=tuple(describe(machine.capabilities)),
            masked=tuple(sorted(session.masked.items())),
            compressed=machine.compressed,
            received=traffic.received,
            sent=traffic.sent,
            ratio=traffic.ratio,
            quotas=tuple(await self._quotas()),
            stored=self._stored,
            mechanism=session.mechanism,
            certificate=session.driver.stream.certificate,
            round_trip=round_trip,
        )

    async def close(self) -> None:
        with contextlib.suppress(RemoteError, LocalProtocolError, TimeoutError):
            async with asyncio.timeout(_LOGOUT_SECONDS):
                async with self._session.at_work():
                    flight = self._session.driver.launch(commands.logout())
                await flight
        await self._session.driver.close()

    # --- inside --------------------------------------------------------------------------------

    def _introduce(self) -> None:
        """All that is wanted right after the login, in one segment; nobody waits for it here."""
        session, offered = self._session, self.abilities.capabilities
        with contextlib.suppress(RemoteError, LocalProtocolError):  # then the first verb tells
            if self.abilities.qresync:  # which switches CONDSTORE on as well (RFC 7162 §3.2.3)
                session.knows_us = True
                session.driver.launch(commands.enable("QRESYNC"), finish=self._enabled)
            elif "ENABLE" in offered and self.abilities.condstore:
                session.driver.launch(commands.enable("CONDSTORE"))
            if "ID" in offered:  # 163.com lets nobody in who does not say it
                session.driver.launch(commands.id_({"name": "tuimail", "version": __version__}), want=_is_id)
            if "NAMESPACE" in offered:
                session.driver.launch(commands.namespace(), want=_is_namespace, take=self._settle)
            self._listing = self._list()
            if self._compress and "COMPRESS=DEFLATE" in offered:  # last: nothing may be written behind it
                session.driver.launch(commands.compress(), finish=self._compressed)

    def _enabled(self, done: Event) -> None:
        """iCloud sends no ENABLED and has enabled all the same (MailKit#1871), so only a refusal counts."""
        assert isinstance(done, Tagged)
        self._session.knows_us = done.status == "OK"

    def _compressed(self, _: Event) -> None:
        if self._session.machine.compressed:
            self._session.machine.tap = self.log.received
            self._session.driver.inflates = True

    async def _quotas(self) -> list[Quota]:
        if "QUOTA" not in self.abilities.capabilities:
            return []
        with contextlib.suppress(ServerRefused):
            return read_quotas(await self._session.ask(commands.quota_root(b"INBOX"), _is_quota))
        return []

    def _settle(self, event: Event) -> None:
        assert isinstance(event, Namespace)
        if event.personal:
            self._prefix = utf7.decode(event.personal[0][0])

    def _list(self) -> ImapFlight:
        offered = self.abilities.capabilities
        if "XLIST" in offered and not self.abilities.special_use:
            self._session.driver.launch(commands.xlist(), want=_is_xlist, take=self._learn_roles)
        extended = "LIST-EXTENDED" in offered or "LIST-STATUS" in offered or "IMAP4REV2" in offered
        command = commands.list_(
            special_use=extended and "SPECIAL-USE" in offered,
            subscribed=extended,
            status=self._status_items() if extended and "LIST-STATUS" in offered else (),
        )
        listing = self._session.driver.launch(command, want=_is_listing)
        self._subscribing = None if extended else self._session.driver.launch(commands.lsub(), want=_is_lsub)
        return listing

    async def _subscribed(self) -> frozenset[bytes]:
        """What LSUB tells; nothing where LIST does, or where it is refused (it is gone in IMAP4rev2)."""
        flight, self._subscribing = self._subscribing, None
        if flight is None:
            return frozenset()
        with contextlib.suppress(ServerRefused):
            told = await self._session.answer(flight)
            return frozenset(event.name for event in told if isinstance(event, ListEntry))
        return frozenset()

    def _learn_roles(self, event: Event) -> None:
        assert isinstance(event, ListEntry)
        self._roles[event.name] = event.attributes

    def _with_role(self, entry: ListEntry, subscribed: frozenset[bytes]) -> ListEntry:
        more = self._roles.get(entry.name, frozenset()) | ({b"\\subscribed"} if entry.name in subscribed else set())
        return replace(entry, attributes=entry.attributes | more)

    def _can_be_named(self, entry: ListEntry) -> bool:
        """No string may hold a NUL (RFC 9051 §9, CHAR8): such a folder nobody could open, and it is left out."""
        if b"\0" in entry.name:
            self.log.note(f"left out a folder with a NUL in its name: {entry.name[:80]!r}")
        return b"\0" not in entry.name

    def _status_items(self) -> list[str]:
        offered = self.abilities.capabilities
        items = ["MESSAGES", "UNSEEN", "UIDNEXT", "UIDVALIDITY"]
        items += ["HIGHESTMODSEQ"] * self.abilities.condstore + ["SIZE"] * ("STATUS=SIZE" in offered)
        if "OBJECTID" in offered and "STATUS=MAILBOXID" not in self._session.machine.masked:
            items.append("MAILBOXID")
        return items

    async def _status_of(self, entries: list[ListEntry]) -> dict[bytes, StatusData]:
        """STATUS of each folder, all asked in one segment; a folder that refuses has no counts."""
        flights = {}
        async with self._session.at_work():
            for entry in entries[:_STATUS_FOLDERS]:
                if not entry.attributes & {b"\\noselect", b"\\nonexistent"}:
                    command = commands.status(entry.name, self._status_items())
                    flights[entry.name] = self._session.driver.launch(command, want=_is_status)
        told: dict[bytes, StatusData] = {}
        for name, flight in flights.items():
            with contextlib.suppress(ServerRefused):
                for event in await self._session.answer(flight):
                    if isinstance(event, StatusData) and event.name == name:
                        told[name] = event
        return told

    async def _exists(self, folder: bytes) -> bool:
        told = await self._session.ask(commands.list_(folder), lambda event: isinstance(event, ListEntry))
        return any(isinstance(event, ListEntry) and event.name == folder for event in told)


def _walk(part: RemotePart) -> Iterator[RemotePart]:
    yield part
    for below in part.parts:
        yield from _walk(below)


def _is_xlist(event: Event) -> bool:
    return isinstance(event, ListEntry) and event.kind == "XLIST"


def _is_lsub(event: Event) -> bool:
    return isinstance(event, ListEntry) and event.kind == "LSUB"


def _is_listing(event: Event) -> bool:
    return isinstance(event, StatusData) or (isinstance(event, ListEntry) and event.kind == "LIST")


def _is_quota(event: Event) -> bool:
    return isinstance(event, Other) and event.name == "QUOTA"


def _is_id(event: Event) -> bool:
    return isinstance(event, Id)


def _is_namespace(event: Event) -> bool:
    return isinstance(event, Namespace)


def _is_status(event: Event) -> bool:
    return isinstance(event, StatusData)
