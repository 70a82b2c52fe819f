"""The wire log: bounded, readable, and without secrets however the network cuts them."""

from __future__ import annotations

import base64

import pytest

from tuimail.net import wirelog
from tuimail.net.wirelog import WireLog, WireRing, spellings

SECRET = 'hunter2-"and"-a\\half'


def in_any_base64(secret: str) -> list[bytes]:
    return [base64.b64encode(b"x" * n + secret.encode() + b"y" * n) for n in range(3)]


def text(log: WireLog) -> str:
    return "\n".join(log.lines())


def traces(secret: str) -> list[str]:
    """Anything of the secret longer than a few letters, in any spelling."""
    found = []
    for spelling in spellings(secret):
        found += [spelling[n : n + 8].decode() for n in range(len(spelling) - 8)]
    return found


@pytest.mark.parametrize("step", [1, 2, 3, 5, 7, 1000])
def test_no_secret_is_in_the_log_however_the_network_cuts_it(step: int) -> None:
    log = WireLog()
    log.strike(SECRET)
    said = (
        b"* OK "
        + b" ".join([SECRET.encode(), *spellings(SECRET), *in_any_base64(SECRET)])
        + b" end\r\nwhat is this "
        + SECRET.encode()
    )
    for at in range(0, len(said), step):
        log.received(said[at : at + step])
        assert not [trace for trace in traces(SECRET) if trace in text(log)]
    log.note("the connection was lost")
    shown = text(log)
    assert "* OK ***" in shown and " end" in shown and "what is this ***" in shown
    assert not [trace for trace in traces(SECRET) if trace in shown]


def test_half_a_secret_at_the_end_of_a_lost_connection_is_not_shown() -> None:
    log = WireLog()
    log.strike(SECRET)
    log.received(b"* OK hunter2-")
    log.note("lost")
    assert "* OK " in text(log) and "hunter2" not in text(log)


def test_a_secret_across_the_cut_of_a_long_piece_is_not_shown() -> None:
    for at in range(wirelog._HEAD - 40, wirelog._HEAD + 5):
        log = WireLog()
        log.strike(SECRET)
        log.received(b"x" * at + SECRET.encode() + b"x" * 5000 + b"\n")
        assert not [trace for trace in traces(SECRET) if trace in text(log)]


def test_lines_are_whole_whatever_the_segments_were() -> None:
    log = WireLog()
    for piece in (b"* OK h", b"ello\r", b'\n* LIST () "/" INBOX\r\n'):
        log.received(piece)
    assert [line.partition(" S: ")[2] for line in log.lines()] == ["* OK hello", '* LIST () "/" INBOX']


def test_a_mailbox_flying_past_costs_next_to_nothing() -> None:
    ring = WireRing()
    log = ring.connection()
    for _ in range(2000):
        log.received(b"y" * 65536 + b"\r\n")
    assert sum(len(piece[3]) for piece in ring._pieces) < 1_200_000
    assert any("[" in line and "octets]" in line for line in log.lines())


def test_connections_of_one_account_share_a_ring_and_can_be_told_apart() -> None:
    ring = WireRing()
    first, second = ring.connection(), ring.connection()
    first.sent(b"a1 NOOP\r\n")
    second.sent(b"a1 IDLE\r\n")
    serial, lines = ring.since(0)
    assert [(line.connection, line.text) for line in lines] == [(1, "a1 NOOP"), (2, "a1 IDLE")]
    assert ring.since(serial) == (serial, [])
    first.received(b"a1 OK\r\n")
    assert [line.text for line in ring.since(serial)[1]] == ["a1 OK"]
    assert len(list(first.lines())) == 2


def test_a_secret_of_one_connection_is_struck_from_all() -> None:
    ring = WireRing()
    ring.connection().strike(SECRET)
    other = ring.connection()
    other.received(SECRET.encode() + b"\r\n")
    assert SECRET not in text(other)


def test_what_could_steer_a_terminal_is_written_out() -> None:
    log = WireLog()
    log.received(b"* OK \x1b]0;owned\x07 \xe2\x80\xae\r\n")
    assert text(log).isprintable()
