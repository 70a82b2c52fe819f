"""A logged-in IMAP connection and the one folder it has selected.

Many callers ask about many folders at once; a server has one folder selected. So there is a turn: who has
it selects a folder if need be and launches commands. Commands for the selected folder fly side by side; a
change of folder waits until all have landed, and their replies never mix.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import TypeAlias

from tuimail.errors import ConnectionLost, NotFound, ServerRefused, TuimailError
from tuimail.net import quirks
from tuimail.net.abilities import abilities_of
from tuimail.net.driver import Driver, Flight
from tuimail.net.opening import Opening
from tuimail.net.remote import Abilities, FolderState, Since
from tuimail.net.wording import printable
from tuimail.protocol.imap import commands, sets
from tuimail.protocol.imap.commands import Command
from tuimail.protocol.imap.connection import ImapMachine
from tuimail.protocol.imap.responses import (
    Bye,
    Capability,
    Event,
    Exists,
    Expunge,
    Fetch,
    Greeting,
    Id,
    ResponseCode,
    StatusData,
    StatusLine,
    Tagged,
    Unparsed,
    Vanished,
)
from tuimail.records import replace

ImapFlight: TypeAlias = Flight[Event]
ImapDriver: TypeAlias = Driver[Command, Event]


FAREWELL_SECONDS = 1.0
"""Between BYE and the end of the connection, whoever makes it."""
_SHOWN = 150
"""Octets of a response that cannot be read, in the log."""


def tag_of(event: Event) -> bytes | None:
    """For the driver: the tag this event completes."""
    return event.tag if isinstance(event, Tagged) else None


class Session:
    """What every verb of the remote stands on. Made by `login.open_session`."""

    def __init__(self, driver: ImapDriver, machine: ImapMachine, host: str) -> None:
        self.driver = driver
        self.machine = machine
        self.host = host
        self.mechanism = ""
        """How we logged in: a SASL mechanism, or the LOGIN command."""
        self.news = asyncio.Event()
        """Something changed in the selected folder, or by NOTIFY in another one, that no command of ours told."""
        self.stirred: set[bytes] = set()
        """Folders that changed: the selected one, and with NOTIFY others."""
        self.notified = False
        """The server has agreed to tell of every folder."""
        self.knows_us = False
        """QRESYNC was asked for by ENABLE."""
        self.line_limit = sets.LINE_LIMIT
        """Octets of a UID set that this server takes in one command."""
        self.masked = dict.fromkeys(machine.masked, "by your configuration")
        """Capabilities that are not used though they may be offered, and why."""
        self.identity = ""
        """How the server names itself: its greeting, or better its answer to ID. Cleaned."""
        self.overhears: Callable[[Event, bool], None] | None = None
        """Who else gets every untagged event (`net.client`)."""
        self.idle_refused = False
        """IDLE was advertised and then refused, which is not to be tried again."""
        self.searching: list[ImapFlight] = []
        """The SEARCHes sent last: an answer without ESEARCH does not say whose it is, so one question at a time."""
        self._turn = asyncio.Lock()
        self._wanting = 0
        """How many wait for the turn."""
        self._yield: Callable[[], None] | None = None
        self._folder: bytes | None = None
        self._opened: asyncio.Future[FolderState] | None = None
        self._states: dict[bytes, FolderState] = {}
        self._looked: dict[bytes, int] = {}
        """UIDVALIDITY as `look` last told it: what the caller's UIDs mean."""
        self._flying: set[ImapFlight] = set()
        self._known: tuple[frozenset[str], Abilities] | None = None

    @property
    def abilities(self) -> Abilities:
        offered = self.machine.capabilities
        if self._known is None or self._known[0] != offered:
            self._known = (offered, abilities_of(offered))
        return self._known[1]

    def mask(self, names: Iterable[str], why: str) -> None:
        """Do without these capabilities from now on."""
        for name in names:
            self.masked.setdefault(name, why)
        self.machine.mask(self.masked)

    def state(self, folder: bytes) -> FolderState | None:
        """The folder as this connection last knew it."""
        return self._states.get(folder)

    # --- commands of no folder ------------------------------------------------------------

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """The turn to launch commands: an IDLE makes way first, or they would queue behind it for minutes."""
        if self._yield is not None:
            self._yield()
        self._wanting += 1
        try:
            await self._turn.acquire()
        finally:
            self._wanting -= 1
        try:
            yield
        finally:
            self._turn.release()

    async def ask(self, command: Command, want: Callable[[Event], bool] | None = None) -> list[Event]:
        """Run a command that needs no selected folder; what it was told. Raises ServerRefused, ConnectionLost."""
        async with self.at_work():
            flight = self.driver.launch(command, want=want)
        return await self.answer(flight)

    def launch(
        self,
        command: Command,
        *,
        want: Callable[[Event], bool] | None = None,
        take: Callable[[Event], None] | None = None,
        finish: Callable[[Event], None] | None = None,
        patience: float | None = None,
    ) -> ImapFlight:
        """Send a command of the selected folder, which stays selected until it has landed.

        Commands of no folder (LIST, STATUS, ENABLE …) go by `driver.launch`: a SELECT may fly beside them.
        """
        flight = self.driver.launch(command, want=want, take=take, finish=finish, patience=patience)
        self._flying.add(flight)
        flight.landed.add_done_callback(lambda _: self._flying.discard(flight))
        return flight

    async def answer(self, flight: ImapFlight) -> list[Event]:
        """What the flight was told. Raises ServerRefused for NO and BAD."""
        done, told = await flight
        assert isinstance(done, Tagged)
        if done.status != "OK":
            raise refused(self.host, done)
        return told

    # --- commands of a folder ----------------------------------------------------------------

    async def look(self, folder: bytes, since: Since | None = None) -> FolderState:
        """SELECT, even when it is selected already, and its fresh state. Raises NotFound, ServerRefused.

        since: what we know of it, for a server that then tells what has happened (QRESYNC).
        """
        async with self.at_work():
            await self._landed()
            self._select(folder, since)
            opened = self._opened
        assert opened is not None
        state = await asyncio.shield(opened)
        self._looked[folder] = state.uidvalidity
        return state

    async def leave(self, folder: bytes) -> None:
        """Have another folder selected, or none, before this one is deleted or renamed; nothing is expunged by it.

        Dovecot hangs up when the folder goes that is selected. UNSELECT (RFC 3691), else the inbox is looked at.
        """
        if self._folder is None or not self._folder.startswith(folder):  # or one below it
            return
        async with self.at_work():
            await self._landed()
            if "UNSELECT" in self.abilities.capabilities:
                flight = self.launch(commands.unselect())
                self._folder = self._opened = None
            else:
                self._select(b"INBOX")
                return
        await self.answer(flight)

    async def in_folder(
        self, folder: bytes, launch: Callable[[], list[ImapFlight]], *, changing: bool = False
    ) -> list[ImapFlight]:
        """Select the folder if need be and call `launch` in the same breath; returns its flights, on their way.

        changing: the commands change messages, so the SELECT is awaited, and the UIDs must still mean what
        they meant when the folder was last looked at. Raises NotFound, ServerRefused, ConnectionLost.
        """
        async with self.at_work():
            await self._enter(folder)
            opened = self._opened
            assert opened is not None
            if changing:
                state = await asyncio.shield(opened)
                if self._looked.get(folder, state.uidvalidity) != state.uidvalidity:
                    raise ServerRefused(
                        f"{self.host} numbered this folder anew, so nothing was changed there.", code="UIDVALIDITY"
                    )
            flights = launch()
        if not opened.done() or opened.exception() is not None:
            await asyncio.shield(opened)
        return flights

    @asynccontextmanager
    async def alone_in(self, folder: bytes, give_way: Callable[[], None]) -> AsyncIterator[FolderState]:
        """The whole connection with this folder selected and nothing in flight, for IDLE.

        `give_way` is called when somebody else wants to work; then leave soon.
        """
        async with self._turn:
            await self._enter(folder)
            await self._landed()
            assert self._opened is not None
            await asyncio.shield(self._opened)
            self._yield = give_way
            if self._wanting:  # they came while the folder was being selected
                give_way()
            try:
                yield self._states[folder]
            finally:
                self._yield = None

    # --- inside ----------------------------------------------------------------------------------

    async def _landed(self) -> None:
        while self._flying:  # a SELECT that was refused may be followed by a plainer one
            await asyncio.wait([flight.landed for flight in self._flying])

    async def _enter(self, folder: bytes) -> None:
        opened = self._opened
        failed = opened is None or (opened.done() and (opened.cancelled() or opened.exception() is not None))
        if folder != self._folder or failed:
            await self._landed()
            self._select(folder)

    def _select(self, folder: bytes, since: Since | None = None) -> None:
        if b"\0" in folder:  # the store puts one behind the name of a folder that it only remembers
            raise NotFound("There is no such folder on the server any more.")
        self._folder = None  # what is still said belongs to the folder before
        self._opened = asyncio.get_running_loop().create_future()
        self._send_select(folder, self._opened, since if self.knows_us and self.abilities.qresync else None)
        self._folder = folder

    def _send_select(self, folder: bytes, opened: asyncio.Future[FolderState], since: Since | None) -> None:
        told = Opening(since)

        def finish(done: Event) -> None:
            assert isinstance(done, Tagged)
            if done.status == "OK":
                told.notice(done.code)
                self._states[folder] = replace(told.state(), resync=None)
                self.stirred.discard(folder)
                if not self.stirred:
                    self.news.clear()
                opened.set_result(told.state())
            elif done.status == "BAD" and since is not None:
                self.mask(("QRESYNC",), "it was offered and then refused")
                try:
                    self._send_select(folder, opened, None)
                except ConnectionLost as gone:  # that was its last word
                    opened.set_exception(gone)
                    opened.exception()
            else:
                error: TuimailError = refused(self.host, done)
                if done.status == "NO" and (done.code is None or done.code.name == "NONEXISTENT"):
                    error = NotFound(error.sentence)
                if self._opened is opened:
                    self._folder = None  # of a SELECT that fails none is selected (RFC 9051 §6.3.2)
                opened.set_exception(error)
                opened.exception()  # whoever wants to know waits for it; nobody has to

        def lost(_: object) -> None:
            if not opened.done() and self.driver.broken is not None:
                opened.set_exception(flight.done.exception() or ConnectionLost(f"{self.host} is gone."))
                opened.exception()

        if since is not None:
            command = commands.select_again(folder, since.uidvalidity, since.modseq, since.uids)
        else:
            command = commands.select(folder, self.abilities.condstore)
        flight = self.launch(command, want=told.wants, take=told.take, finish=finish)
        flight.landed.add_done_callback(lost)

    def hear(self, event: Event, asked: bool) -> None:
        """For the driver: every untagged event, and whether a command of ours wanted it."""
        if self.overhears is not None:
            self.overhears(event, asked)
        if asked and isinstance(event, Fetch):  # no news; and these come by the hundred thousand
            return
        match event:
            case Bye(code=code, text=text):
                self.driver.farewell = printable(text) or (code.name if code else "")
                asyncio.get_running_loop().call_later(FAREWELL_SECONDS, self._gone)
            case Greeting(text=text):
                self.identity = printable(text, 100)
                self._heed_quirks(quirks.of_greeting(self.host, text))
            case Id(fields=fields):
                self.identity = _named(fields) or self.identity
                self._heed_quirks(quirks.of_identity(fields))
            case Capability():
                pass  # the machine keeps them
            case StatusData(name=name) if not asked and self.notified:
                self.stirred.add(name)
                self.news.set()
            case StatusLine(code=ResponseCode(name="NOTIFICATIONOVERFLOW")):
                self.notified = False
                self.mask(("NOTIFY",), "there was too much to tell")
                self.news.set()
            case Exists() | Expunge() | Vanished() | Fetch():
                self._heed(event)
            case Unparsed(raw=raw, reason=reason):
                said = printable(raw[:_SHOWN].decode("ascii", "backslashreplace"))
                self.driver.log.note(f"not understood, {reason}: {said}")

    def _gone(self) -> None:
        """Some servers say BYE, even again and again, and keep the line (Yandex, MailKit#938)."""
        self.driver.fail(ConnectionLost(f"{self.host} closed the connection: {self.driver.farewell or 'BYE'}."))

    def _heed_quirks(self, found: list[quirks.Quirk]) -> None:
        for quirk in found:
            self.mask(quirk.masks, f"{quirk.server}: {quirk.why}")
            self.line_limit = min(self.line_limit, quirk.line_limit or self.line_limit)

    def _heed(self, event: Exists | Expunge | Vanished | Fetch) -> None:
        folder = self._folder
        if folder is None or self._opened is None or not self._opened.done():
            return
        state = self._states.get(folder)
        if state is None:
            return
        match event:
            case Exists(count=count):
                if count == state.exists:
                    return
                self._states[folder] = replace(state, exists=count)
            case Expunge(seq=seq):
                if seq > state.exists:
                    return  # of no message there is
                self._states[folder] = replace(state, exists=state.exists - 1)
            case Vanished(earlier=True) | Fetch(flags=None):
                return
            case Vanished(uids=uids):
                self._states[folder] = replace(state, exists=max(0, state.exists - sets.count(uids)))
        self.stirred.add(folder)
        self.news.set()


def _named(fields: Mapping[bytes, bytes | None]) -> str:
    said = [fields.get(key) or b"" for key in (b"name", b"version")]
    return " ".join(printable(word.decode("utf-8", "replace"), 60) for word in said if word)


def refused(host: str, done: Tagged) -> ServerRefused:
    """A NO or BAD as our error, the server's words cleaned."""
    words = printable(done.text)
    code = done.code.name if done.code is not None else ""
    return ServerRefused(f"{host} refused{f': {words}' if words else ''}.", code=printable(code, 40))
