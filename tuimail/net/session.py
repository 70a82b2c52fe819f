"""A logged-in IMAP connection and the one folder it has selected.

Many callers ask about many folders at once; a server has one folder selected. So there is a turn: who has
it selects a folder if need be and launches commands. Commands for the selected folder fly side by side; a
change of folder waits until all have landed, and their replies never mix.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TypeAlias

from tuimail.errors import ConnectionLost, NotFound, ServerRefused, TuimailError
from tuimail.net.abilities import abilities_of
from tuimail.net.driver import Driver, Flight
from tuimail.net.remote import Abilities, FolderState
from tuimail.net.wording import printable
from tuimail.protocol.imap import commands
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
    ResponseCode,
    StatusLine,
    Tagged,
    Vanished,
)

ImapFlight: TypeAlias = Flight[Event]
ImapDriver: TypeAlias = Driver[Command, Event]


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
        """Something changed in the selected folder that no command of ours told."""
        self.overhears: Callable[[Event, bool], None] | None = None
        """Who else gets every untagged event (`net.client`)."""
        self.idle_refused = False
        """IDLE was advertised and then refused, which is not to be tried again."""
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

    async def look(self, folder: bytes) -> FolderState:
        """SELECT, even when it is selected already, and its fresh state. Raises NotFound, ServerRefused."""
        async with self.at_work():
            await self._landed()
            self._select(folder)
            opened = self._opened
        assert opened is not None
        state = await asyncio.shield(opened)
        self._looked[folder] = state.uidvalidity
        return state

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
        if self._flying:
            await asyncio.wait([flight.landed for flight in self._flying])

    async def _enter(self, folder: bytes) -> None:
        opened = self._opened
        failed = opened is None or (opened.done() and (opened.cancelled() or opened.exception() is not None))
        if folder != self._folder or failed:
            await self._landed()
            self._select(folder)

    def _select(self, folder: bytes) -> None:
        self._folder = None  # what is still said belongs to the folder before
        opened: asyncio.Future[FolderState] = asyncio.get_running_loop().create_future()
        told = _Opening()

        def finish(done: Event) -> None:
            assert isinstance(done, Tagged)
            if done.status == "OK":
                told.notice(done.code)
                self._states[folder] = told.state()
                self.news.clear()
                opened.set_result(self._states[folder])
                return
            error: TuimailError = refused(self.host, done)
            if done.status == "NO" and (done.code is None or done.code.name == "NONEXISTENT"):
                error = NotFound(error.sentence)
            opened.set_exception(error)
            opened.exception()  # whoever wants to know waits for it; nobody has to

        def lost(_: object) -> None:
            if not opened.done():
                opened.set_exception(flight.done.exception() or ConnectionLost(f"{self.host} is gone."))
                opened.exception()

        flight = self.launch(
            commands.select(folder, self.abilities.condstore), want=told.wants, take=told.take, finish=finish
        )
        flight.landed.add_done_callback(lost)
        self._folder, self._opened = folder, opened

    def hear(self, event: Event, asked: bool) -> None:
        """For the driver: every untagged event, and whether a command of ours wanted it."""
        if self.overhears is not None:
            self.overhears(event, asked)
        match event:
            case Bye(code=code, text=text):
                self.driver.farewell = printable(text) or (code.name if code else "")
            case Capability() | Greeting():
                pass  # the machine keeps them
            case Fetch() if asked:
                pass
            case Exists() | Expunge() | Vanished() | Fetch():
                self._heed(event)

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
            case Expunge():
                self._states[folder] = replace(state, exists=max(0, state.exists - 1))
            case Vanished(earlier=True) | Fetch(flags=None):
                return
        self.news.set()


class _Opening:
    """What SELECT tells. All of it but EXISTS may be missing (Courier sends no UIDNEXT)."""

    def __init__(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self._exists = 0
        self._codes: dict[str, int | None] = {}
        self._keywords = True
        self._read_only = False

    @staticmethod
    def wants(event: Event) -> bool:
        return isinstance(event, Exists) or (isinstance(event, StatusLine) and event.code is not None)

    def take(self, event: Event) -> None:
        if isinstance(event, Exists):
            self._exists = event.count
        elif isinstance(event, StatusLine):
            self.notice(event.code)

    def notice(self, code: ResponseCode | None) -> None:
        """Also for the code of the tagged OK."""
        if code is None:
            return
        if code.name == "CLOSED":  # RFC 7162 §3.2.11: what came before belongs to the old folder
            self._forget()
        elif code.name in ("READ-ONLY", "READ-WRITE"):
            self._read_only = code.name == "READ-ONLY"
        elif code.name == "PERMANENTFLAGS":
            self._keywords = b"\\*" in code.words
        elif code.name == "NOMODSEQ":
            self._codes["HIGHESTMODSEQ"] = None
        else:
            self._codes[code.name] = code.number

    def state(self) -> FolderState:
        return FolderState(
            uidvalidity=self._codes.get("UIDVALIDITY") or 0,
            exists=self._exists,
            uidnext=self._codes.get("UIDNEXT"),
            highestmodseq=self._codes.get("HIGHESTMODSEQ"),
            read_only=self._read_only,
            keywords_allowed=self._keywords,
        )


def refused(host: str, done: Tagged) -> ServerRefused:
    """A NO or BAD as our error, the server's words cleaned."""
    words = printable(done.text)
    code = done.code.name if done.code is not None else ""
    return ServerRefused(f"{host} refused{f': {words}' if words else ''}.", code=printable(code, 40))
