"""INTERNALDATE to epoch seconds, by fixed columns: a list of 20,000 messages has 20,000 of them."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

_MONTHS = {
    name: number
    for number, name in enumerate(
        (b"JAN", b"FEB", b"MAR", b"APR", b"MAY", b"JUN", b"JUL", b"AUG", b"SEP", b"OCT", b"NOV", b"DEC"), 1
    )
}


# RFC 3501 §9:  date-time = DQUOTE date-day-fixed "-" date-month "-" date-year SP time SP zone DQUOTE
#               date-day-fixed = (SP DIGIT) / 2DIGIT        Cyrus 3.6 and others send the blank, some drop it
def epoch(date: bytes) -> int:
    """Seconds since the epoch of `b"17-Jul-1996 02:44:25 -0700"`; 0 when it cannot be read or lies before 1970."""
    if len(date) == 25 and date[1:2] == b"-":
        date = b" " + date
    if len(date) != 26:
        return 0
    try:
        clock = int(date[12:14]) * 3600 + int(date[15:17]) * 60 + int(date[18:20])
        zone = int(date[22:24]) * 3600 + int(date[24:26]) * 60
        return max(0, _midnight(date[:11]) + clock + (zone if date[21:22] == b"-" else -zone))
    except (ValueError, KeyError):
        return 0


@lru_cache(4096)
def _midnight(day: bytes) -> int:
    when = datetime(int(day[7:11]), _MONTHS[day[3:6].upper()], int(day[:2]), tzinfo=UTC)
    return int(when.timestamp())
