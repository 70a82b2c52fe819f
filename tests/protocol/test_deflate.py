"""COMPRESS=DEFLATE under the framer: byte-exact at its beginning, bounded, and loud about garbage."""

from __future__ import annotations

import zlib

import pytest

from tuimail.protocol.deflate import PIECE, Deflate
from tuimail.protocol.errors import RemoteProtocolError
from tuimail.protocol.imap import commands
from tuimail.protocol.imap.connection import ImapMachine
from tuimail.protocol.imap.responses import Capability, Exists, Tagged
from tuimail.protocol.machine import NEED_DATA


def squeezed(*pieces: bytes) -> bytes:
    """As a server writes them, each flushed."""
    there = zlib.compressobj(wbits=-15)
    return b"".join(there.compress(piece) + there.flush(zlib.Z_SYNC_FLUSH) for piece in pieces)


def compressing(*behind: bytes) -> tuple[ImapMachine, list[object]]:
    """A machine whose COMPRESS has just been answered OK, with more octets in the same segment."""
    machine = ImapMachine()
    machine.receive_data(b"* OK [CAPABILITY IMAP4rev1 COMPRESS=DEFLATE] hi\r\n")
    machine.next_event()
    tag = machine.send(commands.compress())
    machine.data_to_send()
    machine.receive_data(tag + b" OK go\r\n" + b"".join(behind))
    return machine, events(machine)


def events(machine: ImapMachine) -> list[object]:
    found: list[object] = []
    while (event := machine.next_event()) is not NEED_DATA:
        found.append(event)
    return found


def test_what_stands_behind_the_ok_in_the_same_segment_is_inflated() -> None:
    machine, found = compressing(squeezed(b"* 4 EXISTS\r\n", b"* 5 EXI"))
    assert machine.compressed
    assert [type(event) for event in found] == [Tagged, Exists]


@pytest.mark.parametrize("step", [1, 2, 7])
def test_any_cuts_give_the_same_events(step: int) -> None:
    machine, _ = compressing()
    data = squeezed(b"* 4 EXISTS\r\n* 5 EXISTS\r\n", b"* 6 EXISTS\r\n")
    found: list[object] = []
    for start in range(0, len(data), step):
        machine.receive_data(data[start : start + step])
        found += events(machine)
    assert found == [Exists(4), Exists(5), Exists(6)]


def test_what_we_write_can_be_read_at_once_by_the_other_side() -> None:
    machine, _ = compressing()
    there = zlib.decompressobj(-15)
    for command in (commands.noop(), commands.capability()):
        tag = machine.send(command)
        assert there.decompress(machine.data_to_send()) == tag + b" " + command.name.encode() + b"\r\n"
    assert machine.sent_for_log == b"a3 CAPABILITY\r\n"


def test_nothing_is_written_behind_compress_before_its_answer() -> None:
    machine = ImapMachine()
    machine.receive_data(b"* OK [CAPABILITY IMAP4rev1] hi\r\n")
    machine.next_event()
    machine.send(commands.compress())
    machine.send(commands.noop())
    assert machine.data_to_send() == b"a1 COMPRESS DEFLATE\r\n"
    machine.receive_data(b"a1 NO not today\r\n")
    machine.next_event()
    assert machine.data_to_send() == b"a2 NOOP\r\n" and not machine.compressed


def test_a_bomb_inflates_only_as_far_as_it_is_read() -> None:
    there = zlib.compressobj(9, wbits=-15)
    bomb = there.compress(b"\0" * (64 << 20)) + there.flush(zlib.Z_SYNC_FLUSH)
    assert len(bomb) < 100_000
    deflate = Deflate()
    deflate.feed(bomb)
    assert len(deflate.take()) == PIECE
    total = PIECE
    while piece := deflate.take():
        assert len(piece) <= PIECE
        total += len(piece)
    assert total == 64 << 20


def test_a_bomb_without_a_line_end_meets_the_framers_limit() -> None:
    there = zlib.compressobj(9, wbits=-15)
    bomb = there.compress(b"* " + b"x" * (70 << 20)) + there.flush(zlib.Z_SYNC_FLUSH)
    with pytest.raises(RemoteProtocolError, match="67108864"):
        compressing(bomb)


@pytest.mark.parametrize("garbage", [b"* 4 EXISTS\r\n", b"\xff" * 40, b"\x03\x00tail"])
def test_garbage_is_a_protocol_error_and_no_other(garbage: bytes) -> None:
    machine, _ = compressing()
    with pytest.raises(RemoteProtocolError):
        machine.receive_data(garbage)
        events(machine)
        machine.receive_data(b"more")
        events(machine)


def test_traffic_is_counted_before_and_after() -> None:
    machine, _ = compressing()
    read, received = machine.traffic.read, machine.traffic.received
    text = b"* 4 EXISTS\r\n" * 1000
    wire = squeezed(text)
    machine.receive_data(wire)
    events(machine)
    assert machine.traffic.read - read == len(text)
    assert machine.traffic.received - received == len(wire)
    assert machine.traffic.ratio > 5


def test_a_tap_hears_what_was_inflated() -> None:
    heard: list[bytes] = []
    machine, _ = compressing()
    machine.tap = heard.append
    machine.receive_data(squeezed(b"* 4 EXISTS\r\n"))
    events(machine)
    assert heard == [b"* 4 EXISTS\r\n"]


def test_masked_capabilities_are_not_offered_any_more() -> None:
    machine = ImapMachine(["-imap4rev2", "THREAD"])
    machine.receive_data(b"* OK [CAPABILITY IMAP4rev1 IMAP4rev2 THREAD=REFERENCES THREAD=REFS IDLE] hi\r\n")
    machine.next_event()
    assert machine.capabilities == {"IMAP4REV1", "IDLE"}
    machine.mask(["idle"])
    assert machine.capabilities == {"IMAP4REV1"}
    assert "IDLE" in machine.offered
    machine.receive_data(b"* CAPABILITY IMAP4rev1 IDLE MOVE\r\n")
    assert isinstance(machine.next_event(), Capability)
    assert machine.capabilities == {"IMAP4REV1", "MOVE"}
