r"""A small POP3 server that truly does what it is told, in memory, with defects that can be switched on.

    async with PopServer([b"..."], "no_uidl", "top_lines=10") as server: ... 127.0.0.1:server.port

User "ann", password "test". The quirks (NAME=VALUE where a value is meant):

    no_capa            CAPA is answered -ERR, as before RFC 2449
    no_uidl            UIDL is refused, and not offered
    no_top             TOP is refused, and not offered
    top_full           TOP n 0 answers the whole message
    top_lines=K        TOP always sends K lines of the body (usa.net)
    top_truncates=N    TOP is cut behind N octets (Maillennium)
    top_double_ok      TOP answers two +OK lines (FTGate)
    top_marks_seen     TOP counts as read: `seen`
    bare_lf            lines end in LF
    no_final_newline   the final dot is glued to the last line, "text.\r\n" (Exchange 2000)
    no_stuffing        leading dots are not doubled
    wrong_sizes        LIST and STAT tell nonsense
    one_uidl           all messages have the same unique id
    uidl_changes       unique ids change with every session
    gmail              a RETR'd message is gone from the next session after QUIT
    qpop_delete        what is marked is deleted on any disconnect
    login_delay=S      a second login within S seconds: -ERR [LOGIN-DELAY]
    in_use             a login is answered -ERR [IN-USE]
    auth_fail          a login is answered -ERR [AUTH]
    no_pipelining      not offered, and what is read before the reply is thrown away
    drop_at=N          the line breaks at the N-th command behind the login
    stall_at=N         no answer to the N-th command behind the login
    slow=S             S seconds before each reply
    multiline_err      -ERR to LIST when there is nothing
    no_apop            a greeting without a timestamp
    long_line          the first message has a header line of 100,000 octets
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import ssl
import time
from collections.abc import Iterable
from types import TracebackType
from typing import Self

USER, PASSWORD, TOKEN = "ann", "test", "token"


def letter(number: int, body: bytes = b"line one\r\n.starts with a dot\r\n..two dots\r\n\r\nlast\r\n") -> bytes:
    """A message that says which one it is."""
    head = (
        b"From: a%d@example.org\r\nTo: ann@example.org\r\nSubject: message %d\r\nMessage-ID: <%d@example.org>\r\n\r\n"
    )
    return head % (number, number, number) + body


class PopServer:
    """The server as an async context manager."""

    user, password = USER, PASSWORD

    def __init__(self, messages: Iterable[bytes] = (), *quirks: str, certificate: ssl.SSLContext | None = None) -> None:
        self.messages = list(messages)
        self.quirks = {name: float(value or 1) for name, _, value in (quirk.partition("=") for quirk in quirks)}
        self.certificate = certificate
        """With one, STLS is offered."""
        self.commands: list[str] = []
        """Every line received."""
        self.seen: set[int] = set()
        self.sessions = 0
        self.quits = 0
        self.kept = list(range(len(self.messages)))
        """What is in the maildrop, as places in `messages`."""
        self.hidden: set[int] = set()
        """gmail: popped."""
        self.last_login = -1e9
        self.locked = False
        if "long_line" in self.quirks:
            self.messages[0] = b"X-Long: " + b"x" * 100_000 + b"\r\n" + self.messages[0]
        self._serving: set[asyncio.Task[None]] = set()
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)
        await self._server.wait_closed()

    async def empty(self) -> None:
        """Wait until nobody is connected."""
        await asyncio.gather(*self._serving)

    def conversation(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Conversation:
        """What talks on a new connection."""
        return Conversation(self, reader, writer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        self.sessions += 1
        conversation = self.conversation(reader, writer)
        try:
            # Clients that go away in the middle, and a server that stops, are what many tests are about.
            with contextlib.suppress(OSError, EOFError, asyncio.CancelledError, ssl.SSLError):
                await conversation.run()
        finally:
            conversation.leave()
            self._serving.discard(task)
            with contextlib.suppress(OSError):
                writer.close()


class _Refused(Exception):
    """-ERR with these words."""


class Conversation:
    """One connection to `PopServer`."""

    def __init__(self, server: PopServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.server, self.reader, self.writer = server, reader, writer
        self.quirks = server.quirks
        self.eol = b"\n" if "bare_lf" in self.quirks else b"\r\n"
        self.stamp = f"<{server.sessions}.{time.time_ns()}@example.org>"
        self.secure = self.known = False
        self.name = ""
        self.box: list[int] = []
        self.deleted: set[int] = set()
        self.retrieved: set[int] = set()
        self.done = 0
        """Commands behind the login."""

    async def run(self) -> None:
        await self.greet()
        while (line := await self.reader.readline()).endswith(b"\n"):  # half a line is no command
            if "no_pipelining" in self.quirks:
                self.reader._buffer.clear()  # type: ignore[attr-defined]
            text = line.decode("utf-8", "replace").rstrip("\r\n")
            self.server.commands.append(text)
            verb = text.partition(" ")[0]
            if self.known:
                self.done += 1
                if self.done == self.quirks.get("drop_at"):
                    self.writer.transport.abort()
                    return
                if self.done == self.quirks.get("stall_at"):
                    await self.reader.read()
                    return
            if "slow" in self.quirks:
                await asyncio.sleep(self.quirks["slow"])
            await self.obey(text)
            await self.writer.drain()
            if verb.upper() == "QUIT":
                return

    async def greet(self) -> None:
        self.say("+OK ready" + ("" if "no_apop" in self.quirks else f" {self.stamp}"))

    async def obey(self, command: str) -> None:
        """Do it and answer."""
        verb, _, rest = command.partition(" ")
        try:
            do = getattr(self, f"do_{verb.lower()}", None)
            if do is None or (self.known != (verb.upper() not in _BEFORE) and verb.upper() not in _ANYTIME):
                raise _Refused("[SYS/PERM] not here")
            await do(rest)
        except _Refused as refused:
            self.say(f"-ERR {refused}")
        except (IndexError, ValueError):
            self.say("-ERR no such message")

    def leave(self) -> None:
        if self.known:
            self.server.locked = False
            if "qpop_delete" in self.quirks:
                self.commit()

    def commit(self) -> None:
        self.server.kept = [one for one in self.server.kept if one not in self.deleted]

    # --- octets

    def say(self, text: str) -> None:
        self.writer.write(text.encode() + self.eol)

    def say_lines(self, first: str, body: bytes) -> None:
        self.say(first)
        lines = body.split(b"\r\n")
        if lines[-1] == b"":
            lines.pop()
        if "no_stuffing" not in self.quirks:
            lines = [b"." + line if line.startswith(b".") else line for line in lines]
        said = self.eol.join(lines)
        if lines and "no_final_newline" not in self.quirks:
            said += self.eol
        self.writer.write(said + b"." + self.eol)

    # --- before the login

    async def do_capa(self, rest: str) -> None:
        if "no_capa" in self.quirks:
            raise _Refused("what?")
        told = ["RESP-CODES", "AUTH-RESP-CODE", "EXPIRE NEVER", "UTF8 USER", "LANG", "IMPLEMENTATION a fake"]
        told += [name.upper() for name in ("top", "uidl", "pipelining") if f"no_{name}" not in self.quirks]
        if "login_delay" in self.quirks:
            told.append(f"LOGIN-DELAY {self.quirks['login_delay']:.0f}")
        if not self.known:
            told += ["USER", "SASL PLAIN LOGIN XOAUTH2"]
        if self.server.certificate is not None and not self.secure:
            told.append("STLS")
        self.say_lines("+OK", "\r\n".join(told).encode())

    async def do_stls(self, rest: str) -> None:
        if self.server.certificate is None or self.secure:
            raise _Refused("no")
        self.say("+OK begin")
        await self.writer.drain()
        await self.writer.start_tls(self.server.certificate)
        self.secure = True

    async def do_utf8(self, rest: str) -> None:
        self.say("+OK")

    async def do_lang(self, rest: str) -> None:
        if rest:
            self.say(f"+OK {rest}")
        else:
            self.say_lines("+OK", b"en English\r\nde Deutsch\r\n")

    async def do_user(self, rest: str) -> None:
        self.name = rest
        self.say("+OK")

    async def do_pass(self, rest: str) -> None:
        self.log_in((self.name, rest) == (self.server.user, self.server.password))

    async def do_apop(self, rest: str) -> None:
        if "no_apop" in self.quirks:
            raise _Refused("what?")
        self.log_in(
            rest == f"{self.server.user} {hashlib.md5((self.stamp + self.server.password).encode()).hexdigest()}"
        )

    async def do_auth(self, rest: str) -> None:
        mechanism, _, first = rest.partition(" ")
        if mechanism == "LOGIN":
            given = [await self.ask(b"Username:"), await self.ask(b"Password:")]
            self.log_in(given == [self.server.user.encode(), self.server.password.encode()])
            return
        said = base64.b64decode(first) if first else await self.ask(b"")
        if mechanism == "PLAIN":
            self.log_in(said == f"\0{self.server.user}\0{self.server.password}".encode())
        elif mechanism == "XOAUTH2":
            fine = said == f"user={self.server.user}\1auth=Bearer {TOKEN}\1\1".encode()
            if not fine:
                await self.ask(b'{"status":"400","schemes":"bearer"}')
            self.log_in(fine)
        else:
            raise _Refused("unknown mechanism")

    async def ask(self, prompt: bytes) -> bytes:
        self.writer.write(b"+ " + base64.b64encode(prompt) + self.eol)
        await self.writer.drain()
        return base64.b64decode(await self.reader.readline())

    def log_in(self, fine: bool) -> None:
        server = self.server
        if "in_use" in self.quirks or server.locked:
            raise _Refused("[IN-USE] maildrop locked")
        if "auth_fail" in self.quirks or not fine:
            raise _Refused("[AUTH] wrong")
        now = time.monotonic()
        if now - server.last_login < self.quirks.get("login_delay", 0):
            raise _Refused("[LOGIN-DELAY] wait")
        server.last_login = now
        server.locked = self.known = True
        self.box = [one for one in server.kept if one not in server.hidden]
        self.say(f"+OK {len(self.box)} messages")

    # --- behind it

    def message(self, word: str) -> int:
        place = int(word) - 1
        if place < 0 or self.box[place] in self.deleted:
            raise IndexError
        return self.box[place]

    def size(self, one: int) -> str:
        return "1024" if "wrong_sizes" in self.quirks else str(len(self.server.messages[one]))

    def uid(self, one: int) -> str:
        if "one_uidl" in self.quirks:
            return "the-same"
        salt = f"x{self.server.sessions}" if "uidl_changes" in self.quirks else ""
        return hashlib.md5(self.server.messages[one] + b"%d" % one).hexdigest()[:16] + salt

    async def do_stat(self, rest: str) -> None:
        live = [one for one in self.box if one not in self.deleted]
        self.say(f"+OK {len(live)} {sum(int(self.size(one)) for one in live)}")

    async def do_list(self, rest: str) -> None:
        if rest:
            self.say(f"+OK {rest} {self.size(self.message(rest))}")
        elif "multiline_err" in self.quirks and not self.box:
            raise _Refused("empty")
        else:
            self.say_table(self.size)

    async def do_uidl(self, rest: str) -> None:
        if "no_uidl" in self.quirks:
            raise _Refused("unknown command")
        if rest:
            self.say(f"+OK {rest} {self.uid(self.message(rest))}")
        else:
            self.say_table(self.uid)

    def say_table(self, column: object) -> None:
        assert callable(column)
        rows = [f"{n} {column(one)}\n" for n, one in enumerate(self.box, 1) if one not in self.deleted]
        self.say("+OK")
        self.writer.write("".join(rows).replace("\n", self.eol.decode()).encode() + b"." + self.eol)

    async def do_top(self, rest: str) -> None:
        if "no_top" in self.quirks:
            raise _Refused("unknown command")
        number, lines = rest.split()
        one = self.message(number)
        whole = self.server.messages[one]
        head, _, body = whole.partition(b"\r\n\r\n")
        wanted = int(self.quirks.get("top_lines", int(lines)))
        said = head + b"\r\n\r\n" + b"".join(line + b"\r\n" for line in body.split(b"\r\n")[:wanted])
        if "top_full" in self.quirks:
            said = whole
        if "top_truncates" in self.quirks:
            said = said[: int(self.quirks["top_truncates"])]
        if "top_marks_seen" in self.quirks:
            self.server.seen.add(one)
        if "top_double_ok" in self.quirks:
            self.say("+OK")
        self.say_lines("+OK", said)

    async def do_retr(self, rest: str) -> None:
        one = self.message(rest)
        self.retrieved.add(one)
        self.server.seen.add(one)
        self.say_lines(f"+OK {self.size(one)} octets", self.server.messages[one])

    async def do_dele(self, rest: str) -> None:
        self.deleted.add(self.message(rest))
        self.say("+OK deleted")

    async def do_rset(self, rest: str) -> None:
        self.deleted.clear()
        self.say("+OK")

    async def do_noop(self, rest: str) -> None:
        self.say("+OK")

    async def do_quit(self, rest: str) -> None:
        if self.known:
            self.server.quits += 1
            self.commit()
            if "gmail" in self.quirks:
                self.server.hidden |= self.retrieved
        self.say("+OK bye")


_BEFORE = ("STLS", "USER", "PASS", "APOP", "AUTH", "UTF8")
_ANYTIME = ("CAPA", "QUIT", "LANG")
