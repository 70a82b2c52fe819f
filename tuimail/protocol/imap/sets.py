"""Sets of UIDs as sorted, disjoint, inclusive ranges.

Ranges stay ranges: `1:4294967295` from a server costs as much as `1` (CVE-2025-25186 was a client that expanded it).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat
from typing import Final, TypeAlias

Ranges: TypeAlias = tuple[tuple[int, int], ...]
"""Ascending, disjoint, not adjacent, inclusive ranges of numbers from 1 to 2³²−1."""
AnyRanges: TypeAlias = Sequence[tuple[int, int]]
"""What the functions here take: ascending and disjoint."""

MAX_UID: Final = 0xFFFFFFFF
LINE_LIMIT: Final = 8000
"""Octets of a set in one command. Dovecot takes 64,000 a line, Gmail and Courier 16,000, Yahoo and UW about 950."""

# RFC 9051: sequence-set = (seq-number / seq-range) ["," sequence-set]; seq-range = seq-number ":" seq-number
_SET = re.compile(rb"(?:(?:[0-9]{1,10}|\*)(?::(?:[0-9]{1,10}|\*))?(?:,|\Z))*+\Z")


def parse(text: bytes) -> Ranges:
    """Read a sequence-set; `*` is the greatest number there can be. Raises ValueError."""
    return normal(parse_in_order(text))


def parse_in_order(text: bytes) -> list[tuple[int, int]]:
    """Read a sequence-set, its ranges in the order they stand (COPYUID pairs them up). Raises ValueError."""
    if not text or not _SET.match(text) or text.endswith(b","):
        raise ValueError(f"not a sequence-set: {text[:80]!r}")
    ranges = []
    for item in text.split(b","):
        low, _, high = item.partition(b":")
        first = _number(low)
        last = _number(high) if high else first
        ranges.append((first, last) if first <= last else (last, first))
    return ranges


def _number(text: bytes) -> int:
    number = MAX_UID if text == b"*" else int(text)
    if not 1 <= number <= MAX_UID:
        raise ValueError(f"not a message number: {number}")
    return number


def normal(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """Sort and merge ranges that stand in any order and may overlap."""
    merged: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1] + 1:
            if high > merged[-1][1]:
                merged[-1] = (merged[-1][0], high)
        else:
            merged.append((low, high))
    return tuple(merged)


def from_numbers(numbers: Iterable[int]) -> Ranges:
    """The set of these numbers, given in any order."""
    merged: list[tuple[int, int]] = []
    ordered = iter(sorted(numbers))
    low = high = next(ordered, 0)
    if not low:
        return ()
    for number in ordered:
        if number > high + 1:
            merged.append((low, high))
            low = number
        high = number
    merged.append((low, high))
    return tuple(merged)


def to_text(ranges: AnyRanges) -> bytes:
    """Write a sequence-set; b"" for the empty one, which no command can carry."""
    return ",".join([f"{low}" if low == high else f"{low}:{high}" for low, high in ranges]).encode()


def split(ranges: AnyRanges, limit: int = LINE_LIMIT) -> Iterator[Ranges]:
    """Pieces whose `to_text` is at most `limit` octets long (never less than one range)."""
    piece: list[tuple[int, int]] = []
    length = -1
    for pair in ranges:
        size = len(to_text((pair,))) + 1
        if piece and length + size > limit:
            yield tuple(piece)
            piece, length = [], -1
        piece.append(pair)
        length += size
    if piece:
        yield tuple(piece)


def count(ranges: AnyRanges) -> int:
    """How many numbers the set holds."""
    return sum([high - low + 1 for low, high in ranges])


def contains(ranges: AnyRanges, number: int) -> bool:
    """Whether the number is in the set (O(log n))."""
    at = bisect_right(ranges, (number, MAX_UID)) - 1
    return at >= 0 and ranges[at][0] <= number <= ranges[at][1]


def numbers(ranges: AnyRanges) -> Iterator[int]:
    """Every number, ascending. Only for sets whose size we chose ourselves."""
    for low, high in ranges:
        yield from range(low, high + 1)


def union(one: AnyRanges, other: AnyRanges) -> Ranges:
    """What is in either."""
    return normal([*one, *other])


def intersection(one: AnyRanges, other: AnyRanges) -> Ranges:
    """What is in both."""
    both: list[tuple[int, int]] = []
    i = j = 0
    while i < len(one) and j < len(other):
        low = max(one[i][0], other[j][0])
        high = min(one[i][1], other[j][1])
        if low <= high:
            both.append((low, high))
        if one[i][1] < other[j][1]:
            i += 1
        else:
            j += 1
    return normal(both)


def difference(one: AnyRanges, other: AnyRanges) -> Ranges:
    """What is in `one` and not in `other`."""
    left: list[tuple[int, int]] = []
    j = 0
    for low, high in one:
        while j < len(other) and other[j][1] < low:
            j += 1
        k = j
        while k < len(other) and other[k][0] <= high:
            if low < other[k][0]:
                left.append((low, other[k][0] - 1))
            low = other[k][1] + 1
            k += 1
        if low <= high:
            left.append((low, high))
    return normal(left)


def windows(ranges: AnyRanges, size: int | Iterator[int]) -> Iterator[Ranges]:
    """Cut the set into windows of `size` numbers (the last one may have fewer), the highest numbers first.

    size: of all of them, or of one after the other; as many as it takes.
    """
    sizes = repeat(size) if isinstance(size, int) else size
    window: list[tuple[int, int]] = []
    room = next(sizes)
    for low, high in reversed(ranges):
        top = high
        while top >= low:
            bottom = max(low, top - room + 1)
            window.append((bottom, top))
            room -= top - bottom + 1
            top = bottom - 1
            if not room:
                yield tuple(reversed(window))
                window, room = [], next(sizes)
    if window:
        yield tuple(reversed(window))
