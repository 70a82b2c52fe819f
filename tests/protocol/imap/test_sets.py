from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimail.protocol.imap import sets
from tuimail.protocol.imap.sets import Ranges

NUMBERS = st.sets(st.integers(1, 60))
RANGES = NUMBERS.map(sets.from_numbers)


def members(ranges: Ranges) -> set[int]:
    return set(sets.numbers(ranges))


def test_a_set_is_read_sorted_and_merged() -> None:
    assert sets.parse(b"7,3:4,9:8,5,20") == ((3, 5), (7, 9), (20, 20))


def test_the_whole_of_uid_space_costs_one_range() -> None:
    everything = sets.parse(b"1:4294967295")
    assert everything == ((1, 4294967295),) == sets.parse(b"1:*")
    assert sets.count(everything) == 4294967295
    assert sets.difference(everything, ((5, 5),)) == ((1, 4), (6, 4294967295))
    assert next(sets.windows(everything, 200)) == ((4294967096, 4294967295),)


@pytest.mark.parametrize("text", [b"", b"0", b"1,", b",1", b"1:2:3", b"4294967296", b"-1", b"1 2", b"x", b"1_0", b"1:"])
def test_what_is_no_set_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError):
        sets.parse(text)


def test_order_is_kept_where_it_pairs_two_sets() -> None:
    assert sets.parse_in_order(b"304,319:320,9:8,1") == [(304, 304), (319, 320), (8, 9), (1, 1)]


@given(RANGES)
def test_what_we_write_we_read(ranges: Ranges) -> None:
    text = sets.to_text(ranges)
    assert sets.parse(text) == ranges if text else ranges == ()


@given(NUMBERS, NUMBERS)
def test_the_algebra_is_that_of_sets_of_numbers(one: set[int], other: set[int]) -> None:
    a, b = sets.from_numbers(one), sets.from_numbers(other)
    assert sets.union(a, b) == sets.from_numbers(one | other)
    assert sets.intersection(a, b) == sets.from_numbers(one & other)
    assert sets.difference(a, b) == sets.from_numbers(one - other)
    assert sets.count(a) == len(one)


@given(RANGES)
def test_ranges_are_sorted_and_never_touch(ranges: Ranges) -> None:
    edges = [edge for pair in ranges for edge in pair]
    assert edges == sorted(edges)
    assert all(low > high + 1 for (_, high), (low, _) in pairwise(ranges))


@given(NUMBERS, st.integers(0, 62))
def test_contains_is_membership(numbers: set[int], number: int) -> None:
    assert sets.contains(sets.from_numbers(numbers), number) == (number in numbers)


@given(RANGES, st.integers(1, 20))
def test_windows_come_newest_first_and_hold_every_number_once(ranges: Ranges, size: int) -> None:
    windows = list(sets.windows(ranges, size))
    assert [number for window in windows for number in reversed(list(sets.numbers(window)))] == sorted(
        members(ranges), reverse=True
    )
    assert all(sets.count(window) == size for window in windows[:-1])


@given(RANGES, st.integers(12, 40))
def test_split_keeps_every_number_and_each_line_short(ranges: Ranges, limit: int) -> None:
    pieces = list(sets.split(ranges, limit))
    assert sum(pieces, ()) == ranges
    assert all(len(sets.to_text(piece)) <= limit for piece in pieces)
    assert len(pieces) < 2 or len(sets.to_text(pieces[0] + pieces[1][:1])) > limit
