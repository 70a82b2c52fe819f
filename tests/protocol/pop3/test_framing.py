from __future__ import annotations

import time
from itertools import pairwise
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimail.protocol.errors import RemoteProtocolError
from tuimail.protocol.pop3 import framing
from tuimail.protocol.pop3.framing import MAX_LINE, Body, Framer

LIMIT = 1 << 20


def body(*chunks: bytes, limit: int = LIMIT) -> Body | None:
    """The first body behind a status line."""
    framer = Framer()
    begun = False
    found = None
    for chunk in chunks:
        framer.feed(chunk)
        if not begun and framer.next_line() is not None:
            framer.begin_body(limit)
            begun = True
        if begun and found is None:
            found = framer.next_body()
    return found


def stuffed(data: bytes) -> bytes:
    """As a server sends it."""
    lines = data.split(b"\r\n")
    return b"\r\n".join(b"." + line if line.startswith(b".") else line for line in lines)


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    at = sorted({0, len(stream), *(place % (len(stream) + 1) for place in places)})
    return [stream[a:b] for a, b in pairwise(at)]


def test_a_body_ends_at_a_dot_on_a_line_of_its_own() -> None:
    assert body(b"+OK\r\nhello\r\n.\r\n+OK\r\n") == Body(b"hello\r\n", False)


def test_an_empty_body_is_a_dot_at_once() -> None:
    assert body(b"+OK\r\n.\r\n") == Body(b"", False)


def test_doubled_dots_lose_one_and_single_ones_none() -> None:
    assert body(b"+OK\r\n..first\r\n...\r\n..\r\n.unstuffed\r\na.\r\n.\r\n") == Body(
        b".first\r\n..\r\n.\r\n.unstuffed\r\na.\r\n", False
    )


@pytest.mark.parametrize("inside", [b"x\n.\ny", b"x\r.\ry", b"x\n.\r\nTAIL", b"x\r\n.\ny"])
def test_behind_crlf_only_crlf_dot_crlf_ends_a_body(inside: bytes) -> None:
    assert body(b"+OK\r\n" + inside + b"\r\n.\r\n") == Body(inside + b"\r\n", False)


def test_a_server_that_ends_lines_in_lf_is_taken_at_that() -> None:
    assert body(b"+OK\na\n..b\n.\n") == Body(b"a\n.b\n", False)


@given(
    st.lists(st.sampled_from([b".", b"..", b"\r\n", b"\r", b"\n", b"x", b"\r\n.", b"."]), max_size=30).map(b"".join),
    st.lists(st.integers(0, 200), max_size=20),
)
def test_what_was_stuffed_comes_out_whatever_the_cuts(data: bytes, places: list[int]) -> None:
    data += b"\r\n"
    stream = b"+OK\r\n" + stuffed(data) + b".\r\n"
    assert body(*cut(stream, places)) == Body(data, False)


@given(st.binary(max_size=200).map(lambda noise: noise.replace(b"\1", b"\r\n").replace(b"\2", b".")))
def test_any_bytes_end_the_same_whole_or_one_by_one(noise: bytes) -> None:
    stream = b"+OK\r\n" + noise
    assert body(stream) == body(*(stream[at : at + 1] for at in range(len(stream))))


@given(st.lists(st.integers(0, 100), max_size=5), st.integers(0, 40))
def test_beyond_the_limit_the_beginning_is_kept_and_the_end_still_found(places: list[int], limit: int) -> None:
    stream = b"+OK\r\n" + b"0123456789" * 3 + b"\r\n.\r\n"
    found = body(*cut(stream, places), limit=limit)
    assert found == Body((b"0123456789" * 3 + b"\r\n")[:limit], limit < 32)


def test_a_dot_glued_to_the_last_line_can_be_taken_for_the_end() -> None:
    framer = Framer()
    framer.feed(b"+OK\r\nhello\r\nlast.\r\n")
    assert framer.next_line() == b"+OK"
    framer.begin_body(LIMIT)
    assert framer.next_body() is None
    assert framer.end_glued() == Body(b"hello\r\nlast\r\n", False)


def test_a_status_line_has_a_limit_and_a_line_in_a_body_none() -> None:
    framer = Framer()
    framer.feed(b"+OK " + b"x" * MAX_LINE)
    with pytest.raises(RemoteProtocolError):
        framer.next_line()
    assert body(b"+OK\r\n", b"x" * 100_000, b"\r\n.\r\n") == Body(b"x" * 100_000 + b"\r\n", False)


@given(
    st.lists(st.sampled_from([b"..", b"\r\n", b"\r", b"x" * 9, b"\r\n.", b"."]), max_size=30).map(b"".join),
    st.lists(st.integers(0, 200), max_size=20),
    st.integers(0, 300),
)
def test_a_very_large_body_comes_in_pieces_and_none_is_lost(data: bytes, places: list[int], limit: int) -> None:
    data += b"\r\n"
    with mock.patch.object(framing, "PIECE", 8):
        found = body(*cut(b"+OK\r\n" + stuffed(data) + b".\r\n", places), limit=limit)
    assert found is not None
    whole = b"".join((*found.before, found.data))
    assert data.startswith(whole) if found.cut else whole == data
    assert all(len(piece) >= 7 for piece in found.before[1:]), "they are no crumbs"


def test_the_work_is_linear_in_a_long_body_that_arrives_in_crumbs() -> None:
    def seconds(count: int) -> float:
        chunks = [b"+OK\r\n", *[b"\r\n..x" * 200] * count, b"\r\n.\r\n"]
        begun = time.process_time()
        assert body(*chunks, limit=1 << 26) is not None
        return time.process_time() - begun

    seconds(100)
    assert min(seconds(4000) for _ in range(3)) < 12 * max(min(seconds(1000) for _ in range(3)), 0.001)
