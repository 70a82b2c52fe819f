"""ImapMachine: tags, barriers, continuations, capability epochs and the STARTTLS discipline of one connection.

Commands may be pipelined and complete in any order (Dovecot reorders them). A barrier (STARTTLS, LOGIN and
AUTHENTICATE, COMPRESS, IDLE, LOGOUT, a literal that waits for its `+`) holds back whatever was sent behind it.
"""

from __future__ import annotations

import binascii
from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

from tuimail.protocol.deflate import Deflate, Traffic
from tuimail.protocol.errors import LocalProtocolError, RemoteProtocolError
from tuimail.protocol.framing import Frame, Framer
from tuimail.protocol.imap.commands import LITERAL_MINUS_LIMIT, Command, InitialResponse, Kind, Literal, Part, Secret
from tuimail.protocol.imap.fastpath import read_quickly, take_many, take_quickly
from tuimail.protocol.imap.parser import parse
from tuimail.protocol.imap.responses import (
    Bye,
    Capability,
    Closed,
    Continue,
    Event,
    Greeting,
    ResponseCode,
    StatusLine,
    Tagged,
    Unparsed,
)
from tuimail.protocol.machine import NEED_DATA, NeedData
from tuimail.records import replace

MAX_STRAY_CONTINUATIONS: Final = 5
"""`+` lines nobody asked for on one connection before we leave (a server once sent 20,000)."""
MAX_ROUNDS: Final = 8
"""`+` lines of one AUTHENTICATE."""


class _Sent:
    """A command on its way: what is still to be written, and what the next `+` releases."""

    __slots__ = ("answers", "asked", "capabilities_told", "command", "ended", "literal", "parts", "rounds", "tag")

    def __init__(self, tag: bytes, command: Command) -> None:
        self.tag = tag
        self.command = command
        self.parts: deque[Part] = deque(command.parts)
        self.literal: Literal | None = None
        """The literal that waits for its `+`."""
        self.answers: deque[bytes] = deque()
        """SASL responses for the next continuations."""
        self.asked = False
        """A challenge waits for `sasl_answer`."""
        self.rounds = 0
        """Continuations had so far."""
        self.capabilities_told = False
        """The server has named its capabilities while this command ran."""
        self.ended = False
        """DONE is wanted."""


class ImapMachine:
    """The protocol state of one IMAP connection; see `tuimail.protocol.machine.Machine`."""

    def __init__(self, masked: Iterable[str] = ()) -> None:
        self.offered: frozenset[str] = frozenset()
        """What the server offers now, upper case."""
        self.capabilities: frozenset[str] = frozenset()
        """What of it may be used. Empty: not told since the greeting, TLS or login; then ask."""
        self.masked: frozenset[str] = frozenset()
        """See `mask`."""
        self.traffic = Traffic()
        self.tap: Callable[[bytes], None] | None = None
        """Gets what arrived after it was inflated, for a log; what was never deflated does not pass here."""
        self._deflate: Deflate | None = None
        self.mask(masked)
        self._framer = Framer()
        self._output: list[tuple[bytes, bool]] = []
        """(octets, secret) to write."""
        self.sent_for_log = b""
        """What the last `data_to_send` returned, with secrets struck out."""
        self._serial = 0
        self._queue: deque[_Sent] = deque()
        self._in_flight: dict[bytes, _Sent] = {}
        self._many = 0
        """How many of these take `Fetches`."""
        self._holder: _Sent | None = None
        """The barrier, or the owner of a half-written literal: alone on the write side, and owner of each `+`."""
        self._greeted = False
        self._leaving = False
        """LOGOUT is queued or the greeting was BYE: no further command."""
        self._tls_due = False
        """STARTTLS has its OK: nothing is written or read before the handshake."""
        self._stray = 0
        """Continuations that nobody asked for."""
        self._eof = False
        self._closed = False
        self._fault: RemoteProtocolError | None = None

    @property
    def compressed(self) -> bool:
        """Whether both directions are deflated."""
        return self._deflate is not None

    def mask(self, names: Iterable[str]) -> None:
        """From now on treat these capabilities as if they were not offered; "THREAD" masks every THREAD=…, too.

        Any case; a leading "-" is allowed.
        """
        self.masked |= {name.upper().lstrip("-") for name in names}
        self._offer(self.offered)

    def _offer(self, names: frozenset[str]) -> None:
        self.offered = names
        self.capabilities = frozenset(
            name for name in names if name not in self.masked and name.partition("=")[0] not in self.masked
        )

    # -- what we say

    def send(self, command: Command) -> bytes:
        """Queue a command; returns its tag. For `done()` the tag is that of the IDLE it ends."""
        if self._eof or self._fault:
            raise LocalProtocolError(f"{command.name}: the connection is over")
        if command.kind is Kind.DONE:
            return self._end_idle()
        if command.kind is Kind.ANSWER:
            return self._answer(command)
        if self._leaving:
            raise LocalProtocolError(f"{command.name}: the connection is about to end")
        self._leaving = command.kind is Kind.LOGOUT
        self._serial += 1
        sent = _Sent(b"a%d" % self._serial, command)
        self._queue.append(sent)
        self._pump()
        return sent.tag

    def data_to_send(self) -> bytes:
        """Bytes to write now; b"" when none."""
        output, self._output = self._output, []
        self.sent_for_log = b"".join([b"***" if secret else data for data, secret in output])
        data = b"".join([data for data, _ in output])
        self.traffic.written += len(data)
        if data and self._deflate is not None:
            data = self._deflate.squeeze(data)
        self.traffic.sent += len(data)
        return data

    def tls_started(self) -> None:
        """The handshake after the OK to STARTTLS is done: all that was said before it is forgotten."""
        if not self._tls_due:
            raise LocalProtocolError("TLS without STARTTLS")
        if self._framer.buffered:
            return  # still due, so the next `next_event` refuses
        self._tls_due = False
        self._offer(frozenset())
        self._pump()

    def _end_idle(self) -> bytes:
        for sent in (*self._in_flight.values(), *self._queue):
            if sent.command.kind is Kind.IDLE and not sent.ended:
                sent.ended = True
                if sent.rounds:
                    self._write(b"DONE\r\n")
                return sent.tag
        raise LocalProtocolError("DONE without IDLE")

    def _answer(self, command: Command) -> bytes:
        sent = self._holder
        if sent is None or not sent.asked:
            raise LocalProtocolError("an answer to no challenge")
        sent.asked = False
        self._write_parts(_Sent(sent.tag, command))
        return sent.tag

    def _pump(self) -> None:
        while self._queue and self._greeted and not self._holder and not self._tls_due:
            if self._queue[0].command.kind is Kind.STARTTLS and self._in_flight:
                return  # or replies still on their way would stand behind its OK
            sent = self._queue.popleft()
            self._in_flight[sent.tag] = sent
            self._many += sent.command.many
            self._write(b"%b %b" % (sent.tag, sent.command.name.encode("ascii")))
            if sent.parts:
                self._write(b" ")
            if sent.command.barrier:
                self._holder = sent
            self._write_parts(sent)

    def _write_parts(self, sent: _Sent) -> None:
        """Write up to the end of the command or to the next literal that waits for its `+`."""
        while sent.parts:
            part = sent.parts.popleft()
            if isinstance(part, bytes):
                self._write(part)
            elif isinstance(part, Secret):
                self._write(part.data, secret=True)
            elif isinstance(part, InitialResponse):
                if "SASL-IR" in self.capabilities:
                    self._write(b" ")
                    self._write(part.data, secret=True)
                else:
                    sent.answers.append(b"" if part.data == b"=" else part.data)
            elif self._need_not_wait(part):
                self._write(b"{%d+}\r\n" % len(part.data))
                self._write(part.data, part.secret)
            else:
                self._write(b"{%d}\r\n" % len(part.data))
                sent.literal = part
                self._holder = sent
                return
        self._write(b"\r\n")
        if self._holder is sent and not sent.command.barrier:
            self._holder = None

    def _need_not_wait(self, literal: Literal) -> bool:
        """RFC 7888."""
        small = len(literal.data) <= LITERAL_MINUS_LIMIT
        return "LITERAL+" in self.capabilities or (small and "LITERAL-" in self.capabilities)

    def _write(self, data: bytes, secret: bool = False) -> None:
        self._output.append((data, secret))

    # -- what they say

    def receive_data(self, data: bytes) -> None:
        """Hand in received bytes; b"" means end of file."""
        if not data:
            self._eof = True
            return
        self.traffic.received += len(data)
        if self._deflate is not None:
            self._deflate.feed(data)
        else:
            self.traffic.read += len(data)
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

    def _next_event(self) -> Event | NeedData:
        if self._tls_due and self._framer.buffered:
            # CVE-2020-15685 and some forty more: what comes behind the OK would be taken for words said inside TLS.
            raise RemoteProtocolError("plain text behind the OK to STARTTLS")
        if self._in_flight and self._many == len(self._in_flight) and (many := take_many(self._framer)):
            return many
        if self._greeted and (fetched := take_quickly(self._framer)):
            return fetched
        frame = self._framer.next_frame()
        while frame is None and self._deflate is not None and (plain := self._deflate.take()):
            self.traffic.read += len(plain)
            if self.tap is not None:
                self.tap(plain)
            self._framer.feed(plain)
            frame = self._framer.next_frame()
        if frame is None:
            if self._eof and not self._closed:
                self._closed = True
                return Closed(in_response=self._framer.buffered > 0)
            return NEED_DATA
        if self._greeted and (fetched := read_quickly(frame)):
            return fetched
        event = parse(frame)
        if not self._greeted:
            return self._greet(event, frame)
        if isinstance(event, Tagged):
            return self._complete(event, frame)
        if isinstance(event, Continue):
            return self._go_on(event)
        if isinstance(event, Capability):
            self._tell(event.names)
        elif isinstance(event, StatusLine):
            self._tell_by(event.code)
        return event

    def _greet(self, event: Event, frame: Frame) -> Event:
        """greeting = "*" SP (resp-cond-auth / resp-cond-bye) CRLF

        After anything else we never go on (mutt did once, and logged in: CVE-2020-28896).
        """
        if isinstance(event, Bye):
            greeting = Greeting("BYE", event.code, event.text)
        elif isinstance(event, StatusLine) and event.status in ("OK", "PREAUTH"):
            greeting = Greeting(event.status, event.code, event.text)
        else:
            raise RemoteProtocolError(f"no IMAP greeting but {frame.text[:80]!r}")
        self._greeted = True
        self._tell_by(event.code)
        if greeting.status == "BYE":
            self._leaving = True
            self._queue.clear()
        self._pump()
        return greeting

    def _complete(self, event: Tagged, frame: Frame) -> Event:
        sent = self._in_flight.pop(event.tag, None)
        if sent is None:
            return Unparsed(frame.text, "a reply to a command that is not under way")
        self._many -= sent.command.many
        if sent.literal and event.status == "OK":
            raise RemoteProtocolError("a command was obeyed before it was sent to its end")
        if self._holder is sent:
            self._holder = None
        if event.status == "OK" and sent.command.kind is Kind.STARTTLS:
            if self._framer.buffered:
                raise RemoteProtocolError("plain text behind the OK to STARTTLS")
            self._tls_due = True
        elif event.status == "OK" and sent.command.kind is Kind.COMPRESS:
            self._start_deflating()
        elif event.status == "OK" and sent.command.kind is Kind.LOGIN and not sent.capabilities_told:
            self._offer(frozenset())
        self._tell_by(event.code)
        self._pump()
        return event

    def _start_deflating(self) -> None:
        """RFC 4978 §3: everything behind the CRLF of the OK is deflated, and so is everything we write from here."""
        rest = self._framer.take_back()
        self.traffic.read -= len(rest)
        self._deflate = Deflate()
        self._deflate.feed(rest)

    def _go_on(self, event: Continue) -> Continue:
        """The server waits for more: from the one command that holds the write side, or it errs."""
        sent = self._holder
        if sent and sent.literal:
            literal, sent.literal = sent.literal, None
            self._write(literal.data, literal.secret)
            self._write_parts(sent)
            self._pump()
            return replace(event, tag=sent.tag)
        if sent and sent.command.name == "AUTHENTICATE" and sent.rounds < MAX_ROUNDS:
            sent.rounds += 1
            if sent.command.dialogue:
                sent.asked = True
                return replace(event, tag=sent.tag)
            if sent.answers:
                self._write(sent.answers.popleft(), secret=True)
            elif (answer := _response(sent.command, event.text)) is not None:
                self._write(answer, secret=True)
            else:
                self._write(b"*")
            self._write(b"\r\n")
            return replace(event, tag=sent.tag)
        if sent and sent.command.kind is Kind.IDLE and not sent.rounds:
            sent.rounds = 1
            if sent.ended:
                self._write(b"DONE\r\n")
            return replace(event, tag=sent.tag)
        self._stray += 1
        if self._stray > MAX_STRAY_CONTINUATIONS:
            raise RemoteProtocolError("continuations that nobody asked for, again and again")
        return event

    def _tell_by(self, code: ResponseCode | None) -> None:
        if code and code.name == "CAPABILITY":
            self._tell(code.capabilities)

    def _tell(self, names: frozenset[str]) -> None:
        self._offer(names)
        if self._holder:
            self._holder.capabilities_told = True


def _response(command: Command, challenge: str) -> bytes | None:
    """The base64 of what the mechanism answers; None cancels, as does a challenge that is no base64."""
    if command.respond is None:
        return None
    try:
        answer = command.respond(binascii.a2b_base64(challenge))
    except ValueError:
        return None
    return None if answer is None else binascii.b2a_base64(answer, newline=False)
