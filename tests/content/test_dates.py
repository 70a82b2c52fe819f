from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimail.content.dates import believable, parse_date


@given(
    st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1)),
    st.integers(-14 * 60, 14 * 60),
)
def test_every_date_that_mail_programs_write_is_read(moment: datetime, minutes: int) -> None:
    moment = moment.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
    assert parse_date(format_datetime(moment).encode()) == int(moment.timestamp())


@pytest.mark.parametrize(
    "value",
    [
        b"Fri, 20 Nov 2026 10:05:09 +0100 (CET)",
        b"20 Nov 2026 10:05:09 +0100",
        b"Fri, 20 Nov 26 09:05:09 GMT",
        b"Friday, 20 November 2026 04:05:09 EST",
        b"Fri,20 Nov 2026 9:05:09",
        b"\r\n Fri, 20 Nov 2026\r\n 09:05:09 -0000",
        b"20-Nov-2026 09:05:09 UT",
    ],
)
def test_the_same_moment_in_other_dress(value: bytes) -> None:
    assert parse_date(value) == int(datetime(2026, 11, 20, 9, 5, 9, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"yesterday",
        b"Fri, 31 Feb 2026 10:05:09 +0000",
        b"Fri, 20 Nov 2026 25:05:09 +0000",
        b"Fri, 20 Nov 2026 10:61:09 +0000",
        b"Fri, 20 Nov 2026 10:05:77 +0000",
        b"Fri, 20 Nov 2026 10:05:09 +9999",
        b"Mon, -1 Feb 0000 -1:-1:-1 +0000",
        b"Fri, 20 Nov 99999 10:05:09 +0000",
        "Fri, ٢٠ Nov 2026 10:05:09 +0000".encode(),
        b"(only a comment)",
    ],
)
def test_what_is_no_date_is_none(value: bytes) -> None:
    assert parse_date(value) is None


def test_a_date_is_believed_within_a_day_of_arrival() -> None:
    assert believable(1_000_000, 0)
    assert believable(1_000_000, 1_000_000 - 86_400)
    assert not believable(1_000_000, 1_000_000 - 86_401)
    assert not believable(-1, 0)
    assert not believable(None, 0)


@given(st.binary(max_size=80) | st.text(st.sampled_from("Fri, 20Nov:+-()"), max_size=60).map(str.encode))
def test_any_octets_are_a_date_or_none(value: bytes) -> None:
    assert isinstance(parse_date(value), int | None)


@pytest.mark.parametrize(
    "value",
    [b"Tue, 1 Jul 2003 (comment) 10:52:37 +0200", b"Tue, 1 Jul 2003 ((tricky)\n comment) 10:52:37 +0200 (CEST)"],
)
def test_comments_in_a_date_are_passed_over(value: bytes) -> None:
    assert parse_date(value) == 1_057_049_557
