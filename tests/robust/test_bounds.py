"""Bytes made to hurt: whatever a server says, the work grows with the octets and not with their square."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.robust.exercise import at_work, look_at
from tuimail.protocol.errors import RemoteProtocolError
from tuimail.protocol.imap import bodystructure
from tuimail.protocol.imap.responses import Exists, Fetch, Unparsed
from tuimail.protocol.imap.tokens import MAX_DEPTH, MAX_TEXT
from tuimail.protocol.machine import NEED_DATA

CHUNK = 256 * 1024
"""What asyncio hands over at most."""


def listen(stream: bytes) -> int:
    """How many events a connection at work makes of the stream; all of them looked at."""
    machine, events = at_work(), 0
    try:
        for start in range(0, len(stream), CHUNK):
            machine.receive_data(stream[start : start + CHUNK])
            while (event := machine.next_event()) is not NEED_DATA:
                look_at(event)
                events += 1
    except RemoteProtocolError:
        pass
    return events


def times(line: bytes) -> Callable[[int], bytes]:
    return lambda size: line * (size // len(line))


HOSTILE = {
    "unended flags": times(b"* 1 FETCH (FLAGS (\r\n"),
    "unended flags on one line": lambda size: b"* 1 FETCH (FLAGS (" + b"a " * (size // 2),
    "unended sections": times(b"* 1 FETCH (UID 3 BODY[HEADER.FIELDS (\r\n"),
    "quotes in a section": lambda size: b"* 1 FETCH (BODY[HEADER.FIELDS (" + b'"a" ' * (size // 4),
    "items without end": lambda size: b"* 1 FETCH (" + b"UID 3 " * (size // 6),
    "items and no line end": lambda size: b"* 1 FETCH (" + b"UID 3 " * (size // 6) + b")",
    "dates without end": times(b'* 1 FETCH (INTERNALDATE "x\r\n'),
    "empty literals": lambda size: b"* 1 FETCH (" + b"BODY[] {0}\r\n " * (size // 13) + b")\r\n",
    "lists of lists": times(b"* 1 FETCH (BODYSTRUCTURE ((((((((((\r\n"),
    "open parentheses": lambda size: b"* 1 FETCH (BODYSTRUCTURE " + b"(" * size + b"\r\n",
    "empty lists": lambda size: b"* 1 FETCH (BODYSTRUCTURE (" + b"()" * (size // 2) + b"))\r\n",
    "flat parts": lambda size: b"* 1 FETCH (BODYSTRUCTURE (" + b'("A" "B")' * (size // 9) + b' "MIXED"))\r\n',
    "file names": lambda size: (
        b'* 1 FETCH (BODYSTRUCTURE ("A" "B" (' + b'"name*1" "x" ' * (size // 13) + b") NIL NIL NIL 1))\r\n"
    ),
    "an encoded name": lambda size: (
        b'* 1 FETCH (BODYSTRUCTURE ("A" "B" ("name" "' + b"=?utf-8?q?=?= " * (size // 14) + b'") NIL NIL NIL 1))\r\n'
    ),
    "ranges": lambda size: b"* ESEARCH (TAG a4) UID ALL " + b"1:4294967295," * (size // 13) + b"1\r\n",
    "gone ranges": lambda size: b"* VANISHED " + b"7," * (size // 2) + b"7\r\n",
    "pairs to copy": lambda size: b"* OK [COPYUID 1 %b1 %b1] x\r\n" % (b"1," * (size // 4), b"9," * (size // 4)),
    "capabilities": lambda size: b"* CAPABILITY" + b" +" * (size // 2) + b"\r\n",
    "a code without end": lambda size: b"* OK [" + b'a "' * (size // 3) + b"\r\n",
    "keywords": lambda size: b"* 1 FETCH (FLAGS (" + b"k " * (size // 2) + b"))\r\n",
    "a name of shifts": lambda size: b'* LIST () "/" "' + b"&-&" * (size // 3) + b'"\r\n',
    "folders": times(b'* LIST () "/" a\r\n'),
    "blank lines": times(b"\r\n"),
    "blank lines behind a literal": lambda size: b"* 1 FETCH (BODY[] {1}\r\na" + b"\r\n" * (size // 2),
    "NULs": lambda size: b"\0" * size + b"\r\n",
    "pluses": times(b"+\r\n"),
    "untagged OK": times(b"* OK [X-1] yyyy\r\n"),
    "news": times(b"* 7 EXISTS\r\n"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_eight_times_the_octets_cost_about_eight_times_the_work(name: str) -> None:
    """Twenty times at most, measured on this very machine, unless it is next to nothing; the square is 64 times."""

    def cost(size: int) -> float:
        stream, best = HOSTILE[name](size), float("inf")
        for _ in range(2):
            began = time.process_time()
            listen(stream)
            best = min(best, time.process_time() - began)
        return best

    small, large = cost(CHUNK // 8), cost(CHUNK)
    assert large < max(0.1, small * 20), (small, large)


def test_the_nesting_of_lists_is_bounded_and_so_is_that_of_parts() -> None:
    def nested(depth: int) -> bytes:
        return b"* 1 FETCH (UID 3 BODYSTRUCTURE " + b"(" * depth + b')"MIXED"' * depth + b")\r\n* 2 EXISTS\r\n"

    for depth in (1, bodystructure.MAX_DEPTH, MAX_DEPTH - 1, MAX_DEPTH, MAX_DEPTH + 1, 100_000):
        machine = at_work()
        machine.receive_data(nested(depth))
        event = machine.next_event()
        assert isinstance(event, Fetch if depth < MAX_DEPTH else Unparsed), depth
        look_at(event)
        if isinstance(event, Fetch):
            assert max(part.section.count(".") for part in bodystructure.read(event.bodystructure).walk()) < 110
        assert machine.next_event() is not NEED_DATA, "the next response is read"


def test_messages_in_messages_are_bounded() -> None:
    inner = b'("TEXT" "PLAIN" NIL NIL NIL "7BIT" 5 1)'
    for _ in range(MAX_DEPTH - 3):
        inner = b'("MESSAGE" "RFC822" NIL NIL NIL "7BIT" 5 (NIL) ' + inner + b" 1)"
    machine = at_work()
    machine.receive_data(b"* 1 FETCH (UID 3 BODYSTRUCTURE " + inner + b")\r\n")
    event = machine.next_event()
    assert isinstance(event, Fetch)
    look_at(event)
    assert sum(1 for _ in bodystructure.read(event.bodystructure).walk()) <= bodystructure.MAX_DEPTH + 2


def test_the_parts_of_a_message_are_bounded_all_together() -> None:
    machine = at_work()
    machine.receive_data(b"* 1 FETCH (UID 3 BODYSTRUCTURE (" + (b"(" + b"()" * 100 + b")") * 100 + b"))\r\n")
    event = machine.next_event()
    assert isinstance(event, Fetch)
    assert sum(1 for _ in bodystructure.read(event.bodystructure).walk()) == bodystructure.MAX_PARTS + 1


def test_a_list_of_many_megabytes_is_not_taken_apart_and_costs_only_itself() -> None:
    machine = at_work()
    machine.receive_data(b"* VANISHED " + b"7," * (MAX_TEXT // 2) + b"7\r\n* 2 EXISTS\r\n")
    assert isinstance(machine.next_event(), Unparsed)
    assert machine.next_event() == Exists(2)
