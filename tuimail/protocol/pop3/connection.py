"""PopMachine: replies in order, the window of pipelined lines, STLS discipline and SASL of one POP3 connection."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Final

from tuimail.protocol.errors import LocalProtocolError, RemoteProtocolError
from tuimail.protocol.machine import NEED_DATA, NeedData
from tuimail.protocol.pop3.commands import Command, Kind
from tuimail.protocol.pop3.framing import Body, Framer
from tuimail.protocol.pop3.responses import (
    Arriving,
    Capabilities,
    Challenge,
    Closed,
    Event,
    Greeting,
    Reply,
    Stray,
    capabilities,
    stamp_of,
    status,
)

WINDOW_LINES: Final = 128
WINDOW_OCTETS: Final = 4096
"""Of unanswered lines: what fits in anybody's buffers, so that neither side waits for the other to read."""
MAX_STRAY: Final = 5
"""Lines nobody asked for on one connection."""
MAX_ROUNDS: Final = 8
"""Challenges of one AUTH."""
PROGRESS_OCTETS: Final = 64 * 1024
"""A body of more is told of while it arrives, each time it has grown by so much."""

_ALONE = (Kind.STLS, Kind.LOGIN, Kind.AUTH, Kind.QUIT)


class _Sent:
    __slots__ = ("answered", "command", "rounds", "tag", "written")

    def __init__(self, tag: bytes, command: Command) -> None:
        self.tag = tag
        self.command = command
        self.written = 0
        """Lines of it that were written, of them …"""
        self.answered = 0
        self.rounds = 0


class PopMachine:
    """The protocol state of one POP3 connection; see `tuimail.protocol.machine.Machine`."""

    def __init__(self, masked: Iterable[str] = ()) -> None:
        self.offered: Capabilities | None = None
        """What CAPA said since the greeting, TLS or login; None: not asked, or not understood by the server."""
        self.stamp = b""
        """For APOP."""
        self.careful = False
        """One command at a time, whatever is offered."""
        self.received = self.sent = 0
        """Octets so far."""
        self.sent_for_log = b""
        """What the last `data_to_send` returned, with secrets struck out."""
        self._masked = frozenset(name.upper().lstrip("-") for name in masked)
        self._framer = Framer()
        self._output: list[tuple[bytes, int]] = []
        """(a line, octets at its end that are secret)."""
        self._serial = 0
        self._queue: deque[_Sent] = deque()
        self._flying: deque[tuple[_Sent, int]] = deque()
        """(command, octets) of each line that waits for its reply."""
        self._flying_octets = 0
        self._status: tuple[bool, str, str] | None = None
        """Of the reply whose body is under way."""
        self._told = 0
        """Octets of it that were told of."""
        self._glued: Reply | None = None
        self._greeted = self._in = self._leaving = self._tls_due = self._challenged = False
        self._strays = 0
        self._eof = self._closed = False
        self._fault: RemoteProtocolError | None = None

    @property
    def capabilities(self) -> Capabilities:
        """What may be used of what is offered."""
        return {name: words for name, words in (self.offered or {}).items() if name not in self._masked}

    @property
    def pipelining(self) -> bool:
        """RFC 2449 §6.6, and only what is said behind the login counts: Gmail offers it there alone."""
        offered = self.offered or {}
        return self._in and not self.careful and "PIPELINING" in offered and "PIPELINING" not in self._masked

    # -- what we say

    def send(self, command: Command) -> bytes:
        """Queue a command; its tag comes with each of its replies. The tag of a SASL answer is that of the AUTH."""
        if self._eof or self._fault:
            raise LocalProtocolError(f"{command.verb}: the connection is over")
        if command.kind is Kind.ANSWER:
            if not self._challenged:
                raise LocalProtocolError("an answer to no challenge")
            self._challenged = False
            self._output.append((command.lines[0] + b"\r\n", command.secret))
            return self._flying[0][0].tag
        if self._leaving:
            raise LocalProtocolError(f"{command.verb}: the connection is about to end")
        if not command.lines:
            raise LocalProtocolError("a command without a line")
        self._leaving = command.kind is Kind.QUIT
        self._serial += 1
        sent = _Sent(b"%d" % self._serial, command)
        self._queue.append(sent)
        self._pump()
        return sent.tag

    def data_to_send(self) -> bytes:
        """Bytes to write now; b"" when none."""
        output, self._output = self._output, []
        self.sent_for_log = b"".join(
            line if not secret else line[: len(line) - 2 - secret] + b"***\r\n" for line, secret in output
        )
        octets = b"".join([line for line, _ in output])
        self.sent += len(octets)
        return octets

    def tls_started(self) -> None:
        """The handshake after the +OK to STLS is done: what was offered before it is forgotten (RFC 2595 §4)."""
        if not self._tls_due:
            raise LocalProtocolError("TLS without STLS")
        if self._framer.buffered:
            return  # still due, so the next `next_event` refuses
        self._tls_due = False
        self.offered = None
        self._pump()

    def _pump(self) -> None:
        """Write as many lines as may be unanswered."""
        while self._queue and self._greeted and not self._tls_due:
            sent = self._queue[0]
            line = sent.command.lines[sent.written]
            if self._flying:
                alone = sent.command.kind in _ALONE or self._flying[-1][0].command.kind in _ALONE
                many = len(self._flying) >= WINDOW_LINES or self._flying_octets + len(line) + 2 > WINDOW_OCTETS
                if alone or many or not self.pipelining:
                    return
            self._output.append((line + b"\r\n", sent.command.secret))
            self._flying.append((sent, len(line) + 2))
            self._flying_octets += len(line) + 2
            sent.written += 1
            if sent.written == len(sent.command.lines):
                self._queue.popleft()

    # -- what they say

    def receive_data(self, data: bytes) -> None:
        """Hand in received bytes; b"" means end of file."""
        if not data:
            self._eof = True
            return
        self.received += len(data)
        self._framer.feed(data)

    def next_event(self) -> Event | NeedData:
        """The next event, or NEED_DATA. Raises RemoteProtocolError (again at each call: the connection is over)."""
        if self._fault:
            raise self._fault
        try:
            return self._next_event()
        except RemoteProtocolError as error:
            self._fault = error
            self._output.clear()
            raise

    def end_glued(self, at_least: int = 0) -> bool:
        """Take the body under way for complete if a dot is glued to its last line; then `next_event` gives the reply.

        To be asked when nothing has come for a while. at_least: octets it must have. From then on it is one at a time.
        """
        if self._status is None or self._framer.body_size + self._framer.buffered < at_least:
            return False
        body = self._framer.end_glued()
        if body is None:
            return False
        self.careful = True
        self._glued = self._finish(self._status, body)
        return True

    def _next_event(self) -> Event | NeedData:
        if self._glued is not None:
            glued, self._glued = self._glued, None
            return glued
        if self._tls_due and self._framer.buffered:
            raise RemoteProtocolError("plain text behind the +OK to STLS")
        while self._status is None:
            line = self._framer.next_line()
            if line is None:
                return self._end()
            if not self._greeted:
                return self._greet(line)
            if not self._flying:
                return self._stray(line)
            sent, _ = self._flying[0]
            if sent.command.kind is Kind.AUTH and line[:1] == b"+" and line[:3].upper() != b"+OK":
                return self._challenge(sent, line)
            said = status(line)
            if said is None:
                raise RemoteProtocolError(f"neither +OK nor -ERR but {line[:80]!r}")
            if not said[0] or not sent.command.limit:
                return self._finish(said, Body(b"", False))
            self._status = said
            self._told = 0
            self._framer.begin_body(sent.command.limit)
        body = self._framer.next_body()
        if body is not None:
            return self._finish(self._status, body)
        if self._framer.body_size >= self._told + PROGRESS_OCTETS:
            self._told = self._framer.body_size
            return Arriving(self._flying[0][0].command, self._told)
        return self._end()

    def _end(self) -> Event | NeedData:
        if self._eof and not self._closed:
            self._closed = True
            return Closed(self._status is not None or self._framer.buffered > 0)
        return NEED_DATA

    def _greet(self, line: bytes) -> Greeting:
        """After anything that is no greeting we never go on."""
        said = status(line)
        if said is None:
            raise RemoteProtocolError(f"no POP3 greeting but {line[:80]!r}")
        self._greeted = True
        self.stamp = stamp_of(line) if said[0] else b""
        if said[0]:
            self._pump()
        else:
            self._leaving = True
            self._queue.clear()
        return Greeting(said[0], said[1], said[2], self.stamp)

    def _stray(self, line: bytes) -> Stray:
        self._strays += 1
        if self._strays > MAX_STRAY:
            raise RemoteProtocolError("lines that nobody asked for, again and again")
        return Stray(line.decode("utf-8", "replace"))

    def _challenge(self, sent: _Sent, line: bytes) -> Challenge:
        sent.rounds += 1
        if sent.rounds > MAX_ROUNDS or self._challenged:
            raise RemoteProtocolError("more questions than any way to log in has")
        self._challenged = True
        return Challenge(sent.tag, line[1:].strip().decode("ascii", "replace"))

    def _finish(self, said: tuple[bool, str, str], body: Body) -> Reply:
        ok, text, code = said
        sent, octets = self._flying.popleft()
        self._flying_octets -= octets
        self._status = None
        which = sent.answered
        sent.answered += 1
        kind = sent.command.kind
        if ok and kind is Kind.STLS:
            if self._framer.buffered:
                # CVE-2020-14954 and its kin: what comes behind the +OK would be taken for words said inside TLS.
                raise RemoteProtocolError("plain text behind the +OK to STLS")
            self._tls_due = True
        elif kind in (Kind.LOGIN, Kind.AUTH):
            self._challenged = False
            if ok:
                self._in = True
                self.offered = None
        elif kind is Kind.CAPA:
            self.offered = capabilities(body.data) if ok else None
        self._pump()
        return Reply(
            sent.tag,
            sent.command,
            which,
            sent.answered == len(sent.command.lines),
            ok,
            text,
            code,
            (*body.before, body.data),
            body.cut,
        )
