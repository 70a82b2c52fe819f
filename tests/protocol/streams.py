"""Server sides of IMAP conversations, as bytes, and the ways to feed them."""

from __future__ import annotations

from collections.abc import Iterable

from tuimail.protocol.errors import RemoteProtocolError
from tuimail.protocol.framing import Frame, Framer
from tuimail.protocol.imap.connection import ImapMachine
from tuimail.protocol.imap.parser import parse
from tuimail.protocol.imap.responses import Event
from tuimail.protocol.machine import NEED_DATA

HEADER = b"From: Ada <ada@example.org>\r\nSubject: {3}\r\n\r\n"

SERVER_WORDS = [
    b"* CAPABILITY IMAP4rev1 IDLE LITERAL+\r\n",
    b'* LIST (\\HasNoChildren \\Sent) "/" "Sent Mail"\r\n',
    b"* LIST (\\Noselect) NIL {5}\r\na]b\\c\r\n",
    b"* FLAGS (\\Seen \\Answered $Forwarded)\r\n",
    b"* 172 EXISTS\n",
    b"* OK [UIDNEXT 4392] Predicted next UID {10}\r\n",
    b"* 12 FETCH (UID 7 FLAGS (\\Seen) BODY[HEADER.FIELDS (FROM SUBJECT)] {%d}\r\n%b)\r\n" % (len(HEADER), HEADER),
    b"* 13 FETCH (BODY[] {5}\r\nhello\r\n)\r\n",
    b"* 14 FETCH (BINARY[1] ~{3}\r\n\x00\r\n FLAGS () UID 9)\r\n",
    b"* OK Searched 73% of the mailbox, ETA 0:03\r\n",
    b"\r\n",
    b'* 15 FETCH (ENVELOPE (NIL {2}\r\n"( NIL NIL NIL NIL NIL NIL NIL "<x@y>"))\r\n',
    b"\0\0* VANISHED (EARLIER) 41,43:116\r\n",
    b'* ESEARCH (TAG "a1") UID ALL 1:4294967295\r\n',
    b"+ go on\r\n",
    b"x9 OK [COPYUID 38505 304,319:320 3956:3958] Done\r\n",
    b"* BYE bye\r\n",
]
"""Whole responses, one each, of many shapes."""


def frames(*chunks: bytes) -> list[Frame]:
    """All frames of these chunks, taken out after each."""
    framer = Framer()
    found = []
    for chunk in chunks:
        framer.feed(chunk)
        while (frame := framer.next_frame()) is not None:
            found.append(frame)
    return found


def events_of(stream: bytes) -> list[Event]:
    """The parser's events for a stream, without a machine around them."""
    return [parse(frame) for frame in frames(stream)]


def event_of(stream: bytes) -> Event:
    """The one event of the stream."""
    (event,) = events_of(stream)
    return event


def drain(machine: ImapMachine) -> list[Event]:
    """Every event there is now."""
    found: list[Event] = []
    while (event := machine.next_event()) is not NEED_DATA:
        found.append(event)
    return found


def outcome(chunks: Iterable[bytes]) -> list[Event | str]:
    """What a machine makes of the chunks: its events, and "refused" if it refuses the rest."""
    machine = ImapMachine()
    seen: list[Event | str] = []
    try:
        for chunk in chunks:
            machine.receive_data(chunk)
            seen += drain(machine)
    except RemoteProtocolError:
        seen.append("refused")
    return seen


def greeted(capabilities: str = "") -> ImapMachine:
    """A machine that has had its greeting."""
    machine = ImapMachine()
    machine.receive_data(f"* OK [CAPABILITY IMAP4rev1 {capabilities}] ready\r\n".encode())
    drain(machine)
    return machine


def say(machine: ImapMachine, stream: bytes) -> list[Event]:
    """The events of these bytes."""
    machine.receive_data(stream)
    return drain(machine)
