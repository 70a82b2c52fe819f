"""A thin, synchronous poplib over `tuimail.net.pop`, so that CPython's tests can be run against our engine.

Names, tuples and messages are poplib's; what is sent and what is understood is the engine's. Each connection has an
event loop of its own, run by the thread that calls.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Coroutine
from types import SimpleNamespace
from typing import Any
from weakref import WeakSet

from tuimail.errors import TuimailError, Unreachable
from tuimail.model import Account, Security
from tuimail.net.pop.login import meet
from tuimail.net.pop.session import PopSession
from tuimail.net.stream import Stream, dial
from tuimail.protocol.errors import ProtocolError
from tuimail.protocol.pop3 import commands
from tuimail.protocol.pop3.commands import Command, Kind
from tuimail.protocol.pop3.responses import Greeting, Reply, stamp_of

__all__ = ["POP3", "POP3_SSL", "error_proto"]
POP3_PORT, POP3_SSL_PORT = commands.PORT, commands.PORT_TLS
_MAXLINE = 2048
Listed = tuple[bytes, list[bytes], int]
OPEN: WeakSet[POP3] = WeakSet()
"""Connections that nobody has closed yet."""
_DEFAULT: Any = object()


class error_proto(Exception):
    pass


class POP3:
    """One connection."""

    def __init__(self, host: str, port: int = POP3_PORT, timeout: Any = _DEFAULT) -> None:
        if timeout == 0:
            raise ValueError("Non-blocking socket (timeout=0) is not supported")
        self.timeout = socket.getdefaulttimeout() if timeout is _DEFAULT else timeout
        self.host, self.port = host, port
        self.sock: Any = SimpleNamespace(gettimeout=lambda: self.timeout)
        self.file: Any = self.sock
        self._runner = asyncio.Runner()
        try:
            self._session: PopSession = self._wait(self._meet())
        except BaseException:
            self._runner.close()
            raise
        OPEN.add(self)

    async def _meet(self) -> PopSession:
        async with asyncio.timeout(self.timeout):
            stream = await self._dial()
            session = await meet(Account("", self.host, self.port, "", Security.PLAIN), stream)
        self.welcome = session.greeting.encode()
        return session

    async def _dial(self) -> Stream:
        return await dial(self.host, self.port, trust=None)

    def _wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        """The engine's errors become poplib's."""
        try:
            return self._runner.run(work)
        except Unreachable as trouble:
            raise trouble.__cause__ if isinstance(trouble.__cause__, OSError) else error_proto(str(trouble)) from None
        except (TuimailError, ProtocolError) as trouble:
            raise error_proto(str(trouble)) from trouble

    def _say(self, command: Command) -> Reply:
        reply: Reply = self._wait(self._session.ask(command))
        return reply

    def _shortcmd(self, line: str, kind: Kind = Kind.PLAIN) -> bytes:
        return _line(self._say(Command((line.encode(),), kind)))

    def _longcmd(self, line: str) -> Listed:
        reply = self._say(Command((line.encode(),), limit=commands.MAX_MESSAGE))
        return _line(reply), reply.body.splitlines(), len(reply.body)

    def getwelcome(self) -> bytes:
        return b"+OK " + self.welcome

    def user(self, user: str) -> bytes:
        return _line(self._say(commands.user(user)))

    def pass_(self, pswd: str) -> bytes:
        return _line(self._say(commands.password(pswd)))

    def apop(self, user: str, password: str) -> bytes:
        stamp = stamp_of(self.welcome)
        if not stamp:
            raise error_proto("-ERR APOP not supported by server")
        return _line(self._say(commands.apop(user, password, stamp)))

    def rpop(self, user: str) -> bytes:
        return _line(self._say(commands.rpop(user)))

    def stat(self) -> tuple[int, int]:
        counted: tuple[int, int] = self._wait(self._session.stat())
        return counted

    def list(self, which: Any = None) -> Any:
        return self._longcmd("LIST") if which is None else self._shortcmd(f"LIST {which}")

    def uidl(self, which: Any = None) -> Any:
        return self._longcmd("UIDL") if which is None else self._shortcmd(f"UIDL {which}")

    def retr(self, which: Any) -> Listed:
        return self._longcmd(f"RETR {which}")

    def top(self, which: Any, howmuch: int) -> Listed:
        return self._longcmd(f"TOP {which} {howmuch}")

    def dele(self, which: Any) -> bytes:
        return self._shortcmd(f"DELE {which}")

    def noop(self) -> bytes:
        return _line(self._say(commands.noop()))

    def utf8(self) -> bytes:
        return _line(self._say(commands.utf8()))

    def capa(self) -> dict[str, list[str]]:  # type: ignore[valid-type]  # the method above is called so, too
        self._say(commands.capa())
        return {name: [*words] for name, words in self._session.machine.capabilities.items()}

    def stls(self, context: ssl.SSLContext | None = None) -> bytes:
        if self._session.driver.stream.secure:
            raise error_proto("-ERR TLS session already established")
        if "STLS" not in self.capa():
            raise error_proto("-ERR STLS not supported by server")
        said: bytes = self._wait(self._start_tls(context or ssl._create_unverified_context()))
        return said

    async def _start_tls(self, context: ssl.SSLContext) -> bytes:
        stream = self._session.driver.stream
        done, _ = await self._session.driver.launch(commands.stls(), halt=True)
        assert isinstance(done, Reply) and stream._transport is not None
        loop = asyncio.get_running_loop()
        try:
            stream._transport = await loop.start_tls(stream._transport, stream, context, server_hostname=self.host)
        except ssl.SSLError:
            stream.connection_lost(None)
            raise
        stream.secure = True
        self._session.machine.tls_started()
        self._session.driver.go_on()
        return _line(done)

    def quit(self) -> bytes:
        reply = self._say(commands.quit_())
        self.close()
        return _line(reply)

    def close(self) -> None:
        """Without a word."""
        if self in OPEN:
            OPEN.discard(self)
            self._wait(self._session.driver.close())
            self._runner.close()
        self.sock = self.file = None


class POP3_SSL(POP3):
    """As poplib, and other than the engine, this verifies no certificate unless it is given a context that does."""

    def __init__(
        self,
        host: str,
        port: int = POP3_SSL_PORT,
        keyfile: str | None = None,
        certfile: str | None = None,
        timeout: Any = _DEFAULT,
        context: ssl.SSLContext | None = None,
    ) -> None:
        if context is not None and (keyfile or certfile):
            raise ValueError("context and keyfile or certfile are mutually exclusive")
        self._context = context or ssl._create_unverified_context()
        super().__init__(host, port, timeout)

    async def _dial(self) -> Stream:
        stream = Stream(self.host)
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: stream, self.host, self.port, ssl=self._context, server_hostname=self.host)
        stream.secure = True
        return stream


def _line(reply: Reply | Greeting) -> bytes:
    return f"+OK {reply.text}".rstrip().encode()
