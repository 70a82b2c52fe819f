"""The connection under the client: one command at a time, what the server tells unasked, and the mailbox selected.

One at a time, because SEARCH, SORT, LIST and their like do not say whose answer they are. Callers in several tasks
wait for their turn; a caller that is cancelled is detached, and its command still lands before the next begins.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from types import TracebackType
from typing import Self, TypeVar

from tuimail.errors import RemoteError, UsageError
from tuimail.net.client.answers import NotOffered
from tuimail.net.client.selected import Selected
from tuimail.net.driver import Answer
from tuimail.net.session import ImapDriver, ImapFlight, refused
from tuimail.net.wirelog import WireLog
from tuimail.net.wording import printable
from tuimail.protocol.imap import commands, utf7
from tuimail.protocol.imap.commands import Command
from tuimail.protocol.imap.connection import ImapMachine
from tuimail.protocol.imap.responses import Bye, Closed, Continue, Enabled, Event, Fetch, Greeting, StatusLine, Tagged

LOGOUT_SECONDS = 2.0
HEARD = 1000
"""Untagged events kept in `heard`."""

Want = Callable[[Event], bool]
EventT = TypeVar("EventT")


class Line:
    """What every topic of `ImapClient` stands on."""

    def __init__(self, driver: ImapDriver, machine: ImapMachine, host: str) -> None:
        self.host = host
        self.greeting: Greeting | None = None
        """The first line, where `over` has read it."""
        self.selected: Selected | None = None
        """The mailbox selected, kept up to date with every word of the server."""
        self.enabled: frozenset[str] = frozenset()
        """What ENABLE has switched on, upper case."""
        self.heard: deque[Event] = deque(maxlen=HEARD)
        """The last events that completed no command, FETCH replies we asked for left out, oldest first."""
        self.alerts: list[str] = []
        """What the server wants the user to read ([ALERT], RFC 9051 §7.1), one printable line each."""
        self._driver = driver
        self._machine = machine
        self._turn = asyncio.Lock()
        self._flight: ImapFlight | None = None
        self._listeners: list[Callable[[Event], None]] = []
        self._make_way: Callable[[], AsyncIterator[None]] | None = None

    @property
    def capabilities(self) -> frozenset[str]:
        """What the server offers now, upper case."""
        return self._machine.capabilities

    @property
    def log(self) -> WireLog:
        """The last pieces of the dialogue, without secrets: `for line in client.log.lines(): print(line)`."""
        return self._driver.log

    @property
    def utf8(self) -> bool:
        """Mailbox names and searches are UTF-8 (RFC 6855, RFC 9051)."""
        return bool(self.enabled & {"UTF8=ACCEPT", "UTF8=ONLY", "IMAP4REV2"})

    def offers(self, *names: str) -> bool:
        """Whether the server has one of these capabilities; those that RFC 9051 holds in itself count with it."""
        known = self._machine.capabilities
        return any(name in known for name in names) or ("IMAP4REV2" in known and bool(_IN_REV2.intersection(names)))

    async def run(self, command: Command, want: Want | None = None) -> Answer[Event]:
        """Any command; `want`: which events to collect. Raises ServerRefused for NO and BAD, ConnectionLost."""
        async with self.turn():
            return await self.take(command, want)

    async def logout(self) -> None:
        """Say goodbye, for two seconds at most, and close. Never raises; a second time does nothing."""
        with suppress(TimeoutError, RemoteError):
            async with asyncio.timeout(LOGOUT_SECONDS), self.turn():
                if self._driver.broken is None:
                    await self.say(commands.logout(), None)
        await self._driver.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.logout()

    # --- for the topics ------------------------------------------------------------------------

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """The whole connection; an IDLE makes way and comes back. What runs inside it uses `take`."""
        async with self._turn:
            if self._flight is not None and not self._flight.landed.done():  # its caller was cancelled
                await asyncio.wait([self._flight.landed])
            if self._make_way is None:
                yield
                return
            async with asynccontextmanager(self._make_way)():
                yield

    async def take(self, command: Command, want: Want | None = None) -> Answer[Event]:
        """`run` for whoever has the turn."""
        answer = await self.say(command, want)
        assert isinstance(answer.done, Tagged)
        if answer.done.status != "OK":
            raise refused(self.host, answer.done)
        return answer

    async def say(self, command: Command, want: Want | None = None) -> Answer[Event]:
        """Like `take`, but NO and BAD are answers, too."""
        self._flight = self._driver.launch(command, want=want)
        return await self._flight

    def need(self, *names: str) -> None:
        """Raises NotOffered unless one of these is offered."""
        if not self.offers(*names):
            raise NotOffered(f"{self.host} does not offer {' or '.join(names)}.")

    def need_selected(self) -> Selected:
        """Raises UsageError when no mailbox is selected."""
        if self.selected is None:
            raise UsageError("No mailbox is selected.", "Call select or examine first.")
        return self.selected

    def wire(self, name: str | bytes) -> bytes:
        """A mailbox name as it is sent: bytes as they are, text in modified UTF-7 or UTF-8."""
        if isinstance(name, bytes):
            return name
        return name.encode() if self.utf8 else utf7.encode(name)

    def hear(self, event: Event, asked: bool) -> None:
        """For the driver: every event that completes no command, and whether a command wanted it."""
        if isinstance(event, Bye):
            self._driver.farewell = printable(event.text) or (event.code.name if event.code else "")
        elif isinstance(event, Enabled):
            self.enabled |= event.names
        elif isinstance(event, StatusLine) and event.code is not None and event.code.name == "ALERT":
            self.alerts.append(printable(event.text))
        elif isinstance(event, StatusLine) and event.code is not None and event.code.name == "CLOSED" and self.selected:
            self.selected = Selected(self.selected.wire)  # RFC 7162 §3.2.11: until here it was the mailbox before
        if self.selected is not None:
            self.selected.fold(event)
        if not (isinstance(event, Continue | Closed) or (asked and isinstance(event, Fetch))):
            self.heard.append(event)
            for listen in self._listeners:
                listen(event)


_IN_REV2 = frozenset(
    "ENABLE IDLE NAMESPACE UNSELECT UIDPLUS ESEARCH SEARCHRES LIST-EXTENDED LIST-STATUS MOVE LITERAL- BINARY "
    "SPECIAL-USE STATUS=SIZE SASL-IR".split()
)
"""RFC 9051 appendix E: extensions that IMAP4rev2 made its own (of BINARY the FETCH side)."""


def kinds(*types: type[Event]) -> Want:
    """Wants events of these types."""
    return lambda event: isinstance(event, types)


def told(answer: Answer[Event], kind: type[EventT]) -> list[EventT]:
    """The collected events of one type."""
    return [event for event in answer.told if isinstance(event, kind)]
