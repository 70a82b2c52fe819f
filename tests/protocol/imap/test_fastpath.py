"""The fast path may only ever say what the parser says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.protocol.streams import SERVER_WORDS, frames
from tuimail.protocol.errors import RemoteProtocolError
from tuimail.protocol.framing import Frame, Framer
from tuimail.protocol.imap.fastpath import read_quickly, take_many, take_quickly
from tuimail.protocol.imap.parser import parse
from tuimail.protocol.imap.responses import Fetch

DOVECOT = (
    b'* 7 FETCH (UID 7 FLAGS (\\Seen $Forwarded) INTERNALDATE "17-Jul-2024 02:44:25 -0700" RFC822.SIZE 4286 '
    b"MODSEQ (624140003) BODY[HEADER.FIELDS (DATE FROM LIST-ID)] {4}\r\na: b)\r\n"
)
COMMON = {
    "Dovecot": DOVECOT,
    "Courier quotes the fields": DOVECOT.replace(b"(DATE FROM LIST-ID)", b'("DATE" "FROM" "LIST-ID")'),
    "Cyrus dates": DOVECOT.replace(b"17-Jul", b" 7-Jul"),
    "flags behind the literal": b"* 7 FETCH (BODY[HEADER.FIELDS (A)] {2}\r\nhi FLAGS (\\Seen) UID 3)\r\n",
    "no flags": b"* 7 FETCH (FLAGS () UID 9)\r\n",
    "flags alone": b"* 7 FETCH (FLAGS (\\Answered $Junk NonJunk))\r\n",
    "flag resync": b"* 7 FETCH (UID 9 FLAGS (\\Seen) MODSEQ (12))\r\n",
    "whole message": b"* 7 FETCH (UID 9 BODY[] {2}\r\nhi)\r\n",
    "window": b"* 7 FETCH (UID 9 BODY[1.2]<0> {2}\r\nhi)\r\n",
    "mime header": b"* 7 FETCH (UID 9 BODY[1.MIME] {2}\r\nhi)\r\n",
}
RARE = {
    "Gmail items": b'* 7 FETCH (X-GM-THRID 12 X-GM-LABELS ("\\\\Inbox") UID 9 BODY[HEADER.FIELDS (A)] {2}\r\nhi)\r\n',
    "Gmail flags": b"* 7 FETCH (UID 9 FLAGS ([a] b]))\r\n",
    "section as string": b'* 7 FETCH (UID 9 BODY[HEADER.FIELDS (A)] "")\r\n',
    "section NIL": b"* 7 FETCH (UID 9 BODY[HEADER.FIELDS (A)] NIL)\r\n",
    "two sections": b"* 7 FETCH (UID 9 BODY[1.MIME] {1}\r\na BODY[1] {1}\r\nb)\r\n",
    "lower case": b"* 7 fetch (uid 9 flags (\\seen))\r\n",
    "literal flag": b"* 7 FETCH (FLAGS ({2}\r\nab) UID 9)\r\n",
    "literal field": b"* 7 FETCH (UID 9 BODY[HEADER.FIELDS ({1}\r\nA)] {2}\r\nhi)\r\n",
    "escaped date": b'* 7 FETCH (UID 9 INTERNALDATE "a\\"b")\r\n',
    "message 0": b"* 0 FETCH (UID 9)\r\n",
    "negative": b"* 7 FETCH (UID 9 RFC822.SIZE -1)\r\n",
    "beyond the end": b"* 7 FETCH (UID 9) FLAGS ()\r\n",
    "bodystructure": b'* 7 FETCH (UID 9 BODYSTRUCTURE ("TEXT" "PLAIN" NIL NIL NIL "7BIT" 1 1))\r\n',
    "nothing": b"* 7 FETCH ()\r\n",
}


@pytest.mark.parametrize("name", COMMON)
def test_common_shapes_are_read_quickly_and_mean_the_same(name: str) -> None:
    (frame,) = frames(COMMON[name])
    assert read_quickly(frame) == parse(frame)


@pytest.mark.parametrize("name", sorted(COMMON.keys() - {"flags behind the literal"}))
def test_common_shapes_are_taken_from_the_stream_once_they_are_whole(name: str) -> None:
    stream, framer = COMMON[name], Framer()
    framer.feed(b"* 1 EXISTS\r\n" + stream[:-1])
    assert take_quickly(framer) is None
    assert framer.next_frame() == Frame(b"* 1 EXISTS")
    assert take_quickly(framer) is None
    framer = Framer()
    framer.feed(b"* 1 EXISTS\r\n" + stream + b"* 2 EXISTS\r\n")
    framer.next_frame()
    assert take_quickly(framer) == parse(*frames(stream))
    assert take_quickly(framer) is None
    assert framer.next_frame() == Frame(b"* 2 EXISTS")


@pytest.mark.parametrize("name", RARE)
def test_rare_shapes_go_the_parsers_way(name: str) -> None:
    (frame,) = frames(RARE[name])
    assert read_quickly(frame) is None
    parse(frame)


ITEMS = [
    b"UID 9",
    b"UID 010",
    b"UID 3",
    b"FLAGS (\\Seen)",
    b"FLAGS ()",
    b"FLAGS (NIL nil  a )",
    b"FLAGS (BODY[)",
    b'INTERNALDATE "17-Jul-2024 02:44:25 -0700"',
    b'INTERNALDATE "BODY[x"',
    b"RFC822.SIZE 12",
    b"MODSEQ (5)",
    b"BODY[HEADER.FIELDS (A B)] {2}\r\n",
    b'BODY[HEADER.FIELDS ("A")] {2}\r\n',
    b"BODY[] {0}\r\n",
    b"BODY[1]<5> {1}\r\n",
    b"X 1",
    b"",
    b")",
]


@given(st.lists(st.sampled_from(ITEMS), max_size=5), st.sampled_from([b" ", b"  ", b""]))
def test_any_order_of_items_means_the_same(items: list[bytes], gap: bytes) -> None:
    text = b"* 7 FETCH (" + gap.join(items) + b")"
    frame = Frame(text, (b"hi",) * text.count(b"\n"))
    quickly = read_quickly(frame)
    assert quickly is None or quickly == parse(frame)


@given(
    st.binary(max_size=5),
    st.sampled_from([*COMMON.values(), *RARE.values(), *SERVER_WORDS]),
    st.integers(0, 200),
    st.integers(0, 4),
)
def test_the_stream_is_cut_and_read_alike_with_and_without_the_fast_path(
    noise: bytes, line: bytes, at: int, length: int
) -> None:
    slipped = line[:at] + noise + line[at + length :] + DOVECOT
    slow, fast = Framer(), Framer()
    slow.feed(slipped)
    fast.feed(slipped)
    try:
        while True:
            quickly = take_quickly(fast)
            frame = slow.next_frame()
            assert quickly is None or (frame is not None and quickly == parse(frame))
            if quickly is None:
                assert fast.next_frame() == frame
            if frame is None:
                break
    except RemoteProtocolError:
        with pytest.raises(RemoteProtocolError):
            fast.next_frame()


def told(fetch: Fetch) -> tuple[int | None, bytes, bytes, int, bytes, bytes | None]:
    """As `Fetches` puts it."""
    ((section, octets),) = fetch.sections.items()
    flags = b" ".join(fetch.flags or ())
    return fetch.uid, flags, fetch.internaldate or b"", fetch.size or 0, section, octets


@given(st.lists(st.sampled_from([*COMMON.values(), *RARE.values(), *SERVER_WORDS]), max_size=8), st.integers(0, 300))
def test_many_are_told_at_once_as_each_would_be_alone(lines: list[bytes], cut: int) -> None:
    stream = b"".join([line for line in lines for line in (line, DOVECOT)])
    slow, fast = Framer(), Framer()
    slow.feed(stream)
    fast.feed(stream[:cut])
    rest = stream[cut:]
    try:
        while True:
            for one in ((many := take_many(fast)) and many.told) or ():
                frame = slow.next_frame()
                assert frame is not None
                fetch = parse(frame)
                assert isinstance(fetch, Fetch)
                assert one[0] and one == told(fetch)
            if (frame := fast.next_frame()) is not None:
                assert frame == slow.next_frame()
            elif rest:
                fast.feed(rest)
                rest = b""
            else:
                break
        assert slow.next_frame() is None
    except RemoteProtocolError:
        with pytest.raises(RemoteProtocolError):
            while slow.next_frame():
                pass


@pytest.mark.parametrize("name", ["Dovecot", "Courier quotes the fields", "Cyrus dates", "whole message", "window"])
def test_sections_that_come_by_the_thousand_are_taken_many_at_a_time(name: str) -> None:
    framer = Framer()
    framer.feed(b"* 1 EXISTS\r\n" + 3 * COMMON[name] + COMMON["no flags"] + COMMON[name])
    framer.next_frame()
    (frame,) = frames(COMMON[name])
    fetch = parse(frame)
    assert isinstance(fetch, Fetch)
    many = take_many(framer)
    assert many is not None
    assert many.told == 3 * [told(fetch)]
    assert take_many(framer) is None, "news of flags is an event of its own"


@given(
    st.binary(max_size=5), st.sampled_from([*COMMON.values(), *SERVER_WORDS]), st.integers(0, 200), st.integers(0, 4)
)
def test_a_slip_anywhere_never_means_something_else(noise: bytes, line: bytes, at: int, length: int) -> None:
    (frame,) = frames(line) or [Frame(b"")]
    slipped = Frame(frame.text[:at] + noise + frame.text[at + length :], frame.literals)
    quickly = read_quickly(slipped)
    assert quickly is None or quickly == parse(slipped)
