"""A thin, synchronous imaplib over `tuimail.net.client`, so that CPython's tests can be run against our engine.

Names, tuples and messages are imaplib's; what is sent and what is understood is the engine's. Each connection has an
event loop of its own, run by the thread that calls.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable, Coroutine
from datetime import datetime
from types import SimpleNamespace
from typing import Any, Self
from weakref import WeakSet

from tuimail.errors import RemoteError, ServerRefused, TuimailError, Unreachable
from tuimail.net.client import ImapClient
from tuimail.net.driver import Answer
from tuimail.net.internaldate import epoch
from tuimail.net.stream import Stream, dial
from tuimail.protocol.errors import ProtocolError
from tuimail.protocol.imap import commands
from tuimail.protocol.imap.commands import Command
from tuimail.protocol.imap.responses import Bye, Event, Fetch, ListEntry, StatusLine, Tagged
from tuimail.protocol.imap.verbs import arguments, messages
from tuimail.protocol.sasl.cram import CramMd5
from tuimail.protocol.sasl.mechanism import Credentials, Exchange

IMAP4_PORT, IMAP4_SSL_PORT = 143, 993
_MAXLINE = 1_000_000
Result = tuple[str, list[bytes]]
OPEN: WeakSet[IMAP4] = WeakSet()
"""Connections that nobody has closed yet."""


def Internaldate2tuple(response: bytes) -> time.struct_time | None:
    """The local time of the INTERNALDATE in a FETCH response."""
    _, _, rest = response.partition(b'INTERNALDATE "')
    seconds = epoch(rest.partition(b'"')[0])
    return time.localtime(seconds) if seconds else None


def Time2Internaldate(when: Any) -> str:
    """A date in quotes, from whatever stands for a moment."""
    if isinstance(when, str):
        return when
    if isinstance(when, int | float):
        when = datetime.fromtimestamp(when).astimezone()
    elif isinstance(when, tuple):  # struct_time is one, too
        when = datetime.fromtimestamp(time.mktime(when)).astimezone()
    return arguments.moment(when).decode()


class IMAP4:
    """One connection."""

    class error(Exception):
        pass

    class abort(error):
        pass

    class readonly(abort):
        pass

    def __init__(self, host: str = "", port: int = IMAP4_PORT, timeout: float | None = None) -> None:
        if timeout == 0:
            raise ValueError("Non-blocking socket (timeout=0) is not supported")
        self.state = "LOGOUT"
        self.utf8_enabled = False
        self._encoding = "ascii"
        self._timeout = timeout
        self.sock = SimpleNamespace(timeout=timeout)
        self._runner = asyncio.Runner()
        try:
            self._client: ImapClient = self._wait(self._meet(host or "localhost", port))
        except BaseException:
            self._runner.close()
            raise
        self.state = "NONAUTH"
        OPEN.add(self)

    async def _meet(self, host: str, port: int) -> ImapClient:
        async with asyncio.timeout(self._timeout):
            return await ImapClient.over(await self._dial(host, port))

    async def _dial(self, host: str, port: int) -> Stream:
        return await dial(host, port, trust=None)

    def _wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        """The engine's errors become imaplib's, with the server's own words."""
        try:
            return self._runner.run(work)
        except Unreachable as trouble:
            raise trouble.__cause__ if isinstance(trouble.__cause__, OSError) else self.error(str(trouble)) from None
        except TuimailError as trouble:
            why = trouble if isinstance(trouble, ServerRefused) else trouble.__cause__
            if isinstance(why, ServerRefused):
                words = why.sentence.partition(" refused: ")[2].removesuffix(".")
                raise self.error(f"[{why.code}] {words}" if why.code else words) from trouble
            raise (self.abort if isinstance(trouble, RemoteError) else self.error)(str(trouble)) from trouble
        except ProtocolError as trouble:
            raise self.error(str(trouble)) from trouble

    def _say(self, command: Command) -> tuple[Tagged, list[Event]]:
        """Run it and collect every event. Raises error for NO and BAD."""

        async def run() -> Answer[Event]:
            return await self._client.run(command, lambda _: True)

        answer = self._wait(run())
        return answer.done, answer.told

    def _plain(self, command: Command) -> Result:
        done, _ = self._say(command)
        return "OK", [done.text.encode()]

    @property
    def capabilities(self) -> tuple[str, ...]:
        return tuple(self._client.capabilities)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.state != "LOGOUT":
            self.logout()

    def shutdown(self) -> None:
        """Close without a word."""
        self.state = "LOGOUT"
        self._wait(self._client._driver.close())
        self._end()

    def __del__(self) -> None:
        """As a socket does: whoever lets go of a connection closes it."""
        if getattr(self, "state", "LOGOUT") != "LOGOUT":
            self.shutdown()

    def _end(self) -> None:
        self._runner.close()
        OPEN.discard(self)

    def logout(self) -> Result:
        if self.state == "LOGOUT":
            return "BYE", [b""]
        self._wait(self._client.logout())
        self.state = "LOGOUT"
        self._end()
        farewell = [event.text for event in self._client.heard if isinstance(event, Bye)]
        return "BYE", [" ".join(farewell).encode()]

    def login(self, user: str, password: str) -> Result:
        words = (
            commands.astring(user.encode()),
            b" ",
            commands.string(password.encode()),
        )  # imaplib: no needless quotes
        result = self._plain(Command("LOGIN", words, commands.Kind.LOGIN))
        self.state = "AUTH"
        return result

    def authenticate(self, mechanism: str, authobject: Callable[[bytes], bytes | str | None]) -> Result:
        class Callback(Exchange):
            name = mechanism

            def answer(self, challenge: bytes) -> bytes:
                said = authobject(challenge)
                return said.encode() if isinstance(said, str) else said  # type: ignore[return-value]  # None cancels

        return self._authenticate(Callback(Credentials("")))

    def login_cram_md5(self, user: str, password: str | bytes) -> Result:
        secret = password.decode() if isinstance(password, bytes) else password
        return self._authenticate(CramMd5(Credentials(user, secret)))

    def _authenticate(self, exchange: Exchange) -> Result:
        self._wait(self._client.authenticate(exchange))
        self.state = "AUTH"
        return "OK", [b""]

    def enable(self, capability: str) -> Result:
        if "ENABLE" not in self.capabilities:
            raise self.error("Server does not support ENABLE")
        if self.state == "NONAUTH":
            raise self.error("command ENABLE illegal in state NONAUTH")
        self._wait(self._client.enable(capability))
        if capability.upper() == "UTF8=ACCEPT":
            self.utf8_enabled = True
            self._encoding = "utf-8"
        return "OK", [b""]

    def select(self, mailbox: str = "INBOX", readonly: bool = False) -> Result:
        open_ = self._client.examine if readonly else self._client.select
        self.selected = self._wait(open_(mailbox))
        self.state = "SELECTED"
        return "OK", [b"%d" % self.selected.exists]

    def unselect(self) -> Result:
        result = self._plain(commands.unselect())
        self.state = "AUTH"
        return result

    def lsub(self, directory: str = "", pattern: str = "*") -> Result:
        _, told = self._say(commands.lsub(pattern.encode(), reference=directory.encode()))
        return "OK", [_listed(event) for event in told if isinstance(event, ListEntry)]

    def append(self, mailbox: str | None, flags: str | None, date_time: Any, message: bytes) -> Result:
        assert flags is None and date_time is None
        utf8 = self.utf8_enabled
        return self._plain(messages.append((mailbox or "INBOX").encode(), [messages.Upload(message)], utf8=utf8))

    def search(self, charset: str | None, *criteria: str) -> Result:
        if self.utf8_enabled and charset is not None:
            raise self.error("a charset is not valid in UTF8 mode")
        found = self._wait(self._client.search(*criteria, charset=charset, uid=False))
        return "OK", [b" ".join(b"%d" % number for number in found)]

    def store(self, message_set: bytes, command: str, flags: str) -> Result:
        sign = command.removesuffix("FLAGS")
        words = flags.strip("()").split()
        _, told = self._say(messages.store(message_set, sign, words, uid=False, silent=False))
        return "OK", [_fetched(event) for event in told if isinstance(event, Fetch)]

    def response(self, code: str) -> Result:
        heard = (event.code for event in self._client.heard if isinstance(event, StatusLine))
        return code, [[found.args for found in heard if found is not None and found.name == code][-1]]


class IMAP4_SSL(IMAP4):
    """As imaplib, and other than the engine, this verifies no certificate unless it is given a context that does."""

    def __init__(
        self,
        host: str = "",
        port: int = IMAP4_SSL_PORT,
        *,
        ssl_context: ssl.SSLContext | None = None,
        timeout: float | None = None,
    ) -> None:
        self._context = ssl_context or ssl._create_unverified_context()
        super().__init__(host, port, timeout)

    async def _dial(self, host: str, port: int) -> Stream:
        stream = Stream(host)
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: stream, host, port, ssl=self._context, server_hostname=host)
        stream.secure = True
        return stream


def _listed(entry: ListEntry) -> bytes:
    return b'(%b) "%b" %b' % (b" ".join(sorted(entry.attributes)), entry.separator or b"", entry.name)


def _fetched(fetch: Fetch) -> bytes:
    return b"%d (FLAGS (%b))" % (fetch.seq, b" ".join(fetch.flags or ()))
