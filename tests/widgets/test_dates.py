from __future__ import annotations

import time
from datetime import datetime

import pytest

from tests.widgets.made_up import NOW
from tuimail.widgets.dates import SHORT_WIDTH, long, relative, short

TODAY = datetime(2026, 11, 20, 23, 23)


def test_today_is_a_time_this_year_a_day_and_before_it_a_date() -> None:
    assert short(NOW - 3600, TODAY) == "22:23"
    assert short(NOW - 8 * 86400, TODAY) == "12 Nov"
    assert short(NOW - 738 * 86400, TODAY) == "2024-11-12"


def test_the_time_is_local(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    assert short(NOW, datetime(2026, 11, 21, 9, 0)) == "08:23"


@pytest.mark.parametrize("epoch", [0, -1, 10**18, -(10**18), 2**63, 253402300799])
def test_no_date_breaks_the_column(epoch: int) -> None:
    assert len(short(epoch, TODAY)) <= SHORT_WIDTH
    assert isinstance(long(epoch, NOW), str)


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (5, "just now"),
        (60, "1 minute ago"),
        (7200, "2 hours ago"),
        (86400, "1 day ago"),
        (400 * 86400, "1 year ago"),
        (-3 * 86400, "in 3 days"),
    ],
)
def test_how_long_ago_takes_one_unit(ago: int, words: str) -> None:
    assert relative(NOW - ago, NOW) == words


def test_the_long_form_names_the_day_and_the_distance() -> None:
    assert long(NOW - 86400, NOW) == "Thu 19 Nov 2026 23:23 · 1 day ago"
