from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.protocol.streams import SERVER_WORDS, frames
from tuimail.protocol import framing
from tuimail.protocol.errors import RemoteProtocolError
from tuimail.protocol.framing import Frame, Framer


def cuts(stream: bytes) -> st.SearchStrategy[list[bytes]]:
    places = st.lists(st.integers(0, len(stream)), max_size=12).map(lambda at: sorted({0, *at, len(stream)}))
    return places.map(lambda at: [stream[a:b] for a, b in pairwise(at)])


def test_a_line_is_a_frame_and_keeps_no_line_end() -> None:
    assert frames(b"* 1 EXISTS\r\n* 2 EXISTS\n") == [Frame(b"* 1 EXISTS"), Frame(b"* 2 EXISTS")]


@pytest.mark.parametrize("marker", [b"{5}", b"{005}", b"{5+}", b"~{5}"])
def test_a_literal_stands_beside_the_text_and_its_marker_within(marker: bytes) -> None:
    stream = b"* 1 FETCH (BODY[] " + marker + b"\r\na\r\nb\n UID 3)\r\n"
    assert frames(stream) == [Frame(b"* 1 FETCH (BODY[] " + marker + b"\r\n UID 3)", (b"a\r\nb\n",))]


def test_a_bare_line_feed_ends_a_marker_line_too() -> None:
    assert frames(b"* LIST () NIL {3}\nabc\n") == [Frame(b"* LIST () NIL {3}\r\n", (b"abc",))]


@pytest.mark.parametrize("line", [b"* OK see {10}", b"a1 NO [ALERT] {3}", b"* BYE {1}", b"+ idling {9}", b"* ok {2}"])
def test_a_line_of_human_text_never_carries_a_literal(line: bytes) -> None:
    assert frames(line + b"\r\n* 1 EXISTS\r\n") == [Frame(line), Frame(b"* 1 EXISTS")]


def test_nul_bytes_and_blank_lines_between_responses_are_skipped() -> None:
    assert frames(b"\0\0\0* 1 EXISTS\r\n\r\n\n\0\r\n* 2 EXISTS\r\n") == [Frame(b"* 1 EXISTS"), Frame(b"* 2 EXISTS")]


def test_a_blank_line_behind_a_literal_does_not_end_a_fetch() -> None:
    for stream in (b"* 1 FETCH (BODY[] {2}\r\nhi\r\n)\r\n", b"* 1 FETCH (BODY[] {2}\r\nhi \r\n)\r\n"):
        assert frames(stream) == [Frame(b"* 1 FETCH (BODY[] {2}\r\n)", (b"hi",))]


def test_a_fetch_without_its_end_does_not_swallow_the_next_response() -> None:
    assert [frame.text for frame in frames(b"* 1 FETCH (BODY[] {2}\r\nhi\r\na1 OK done\r\n")] == [
        b"* 1 FETCH (BODY[] {2}\r\n",
        b"a1 OK done",
    ]


@given(cuts(b"".join(SERVER_WORDS)))
def test_any_cut_of_a_stream_gives_the_same_frames(chunks: list[bytes]) -> None:
    assert frames(*chunks) == frames(b"".join(chunks))


def test_single_bytes_give_the_same_frames() -> None:
    stream = b"".join(SERVER_WORDS)
    assert frames(*(stream[at : at + 1] for at in range(len(stream)))) == frames(stream)


@given(st.binary(max_size=300).map(lambda noise: noise.replace(b"\1", b"{3}\r\n").replace(b"\2", b"* 1 FETCH (")))
def test_any_bytes_give_frames_or_a_protocol_error_cut_or_whole(stream: bytes) -> None:
    def outcome(chunks: list[bytes]) -> list[Frame] | str:
        try:
            return frames(*chunks)
        except RemoteProtocolError:
            return "refused"

    assert outcome([stream]) == outcome([stream[at : at + 1] for at in range(len(stream))])


@pytest.mark.parametrize("size", [b"99999999999", b"1073741825", b"9" * 40])
def test_a_giant_literal_is_refused_before_a_byte_of_it(size: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        frames(b"* 1 FETCH (BODY[] {" + size + b"}\r\nabc")


def test_many_literals_are_limited_together() -> None:
    framer = Framer()
    framer.feed(b"* 1 FETCH (BODY[1] {3}\r\nabc BODY[2] {1073741823}\r\n")
    with pytest.raises(RemoteProtocolError):
        framer.next_frame()


@pytest.mark.parametrize("marker", [b"{-1}", b"{}", b"{5", b"~{}", b"{+}"])
def test_a_broken_literal_marker_is_refused_because_its_octets_would_be_taken_for_responses(marker: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        frames(b"* 1 FETCH (BODY[] " + marker + b"\r\n* 1 EXPUNGE\r\n")


def test_an_endless_line_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(framing, "MAX_TEXT", 1000)
    with pytest.raises(RemoteProtocolError):
        frames(b"* OK ", *[b"x" * 100] * 11)


def test_an_endless_row_of_empty_literals_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(framing, "MAX_TEXT", 1000)
    with pytest.raises(RemoteProtocolError):
        frames(b"* 1 FETCH (" + b" {0}\r\n" * 300)


def test_buffered_counts_what_is_not_framed_yet() -> None:
    framer = Framer()
    framer.feed(b"* 1 EXISTS\r\n* 1 FETCH (BODY[] {10}\r\nabc")
    assert framer.next_frame() == Frame(b"* 1 EXISTS")
    assert framer.next_frame() is None
    assert framer.buffered == len(b"* 1 FETCH (BODY[] {10}\r\nabc")
    framer.feed(b"defghij)\r\n")
    framer.next_frame()
    assert framer.buffered == 0


@pytest.mark.parametrize(
    "stream",
    [
        b"* 1 FETCH (BODY[] {300000}\r\n" + b"\n" * 300_000 + b")\r\n",
        b"* SEARCH " + b"1 " * 150_000 + b"\r\n",
        b"* 1 FETCH (" + b"X {0}\r\n" * 40_000 + b")\r\n",
        b"\0" * 300_000 + b"\r\n",
    ],
    ids=["literal", "line", "literals", "nuls"],
)
def test_the_work_grows_with_the_bytes_and_not_with_their_square(stream: bytes) -> None:
    started = time.process_time()
    frames(*(stream[at : at + 1] for at in range(len(stream))))
    assert time.process_time() - started < 3  # measured 0.2 s; quadratic work takes minutes
