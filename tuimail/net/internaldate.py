"""INTERNALDATE to epoch seconds, by fixed columns: a list of 20,000 messages has 20,000 of them."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from struct import Struct

_MONTHS = {
    name: number
    for number, name in enumerate(
        (b"JAN", b"FEB", b"MAR", b"APR", b"MAY", b"JUN", b"JUL", b"AUG", b"SEP", b"OCT", b"NOV", b"DEC"), 1
    )
}
_SECONDS = {b"%02d" % second: second for second in range(61)}
_columns = Struct("11sx5sx2sx5s").unpack


# RFC 3501 §9:  date-time = DQUOTE date-day-fixed "-" date-month "-" date-year SP time SP zone DQUOTE
#               date-day-fixed = (SP DIGIT) / 2DIGIT        Cyrus 3.6 and others send the blank, some drop it
def epoch(date: bytes) -> int:
    """Seconds since the epoch of `b"17-Jul-1996 02:44:25 -0700"`; 0 when it cannot be read or lies before 1970."""
    if len(date) == 25 and date[1:2] == b"-":
        date = b" " + date
    if len(date) != 26:
        return 0
    try:
        day, clock, second, zone = _columns(date)
        moment = _midnight(day) + _minute(clock) + _SECONDS[second] - _offset(zone)
        return moment if moment > 0 else 0
    except (ValueError, KeyError):
        return 0


@lru_cache(4096)
def _midnight(day: bytes) -> int:
    when = datetime(int(day[7:11]), _MONTHS[day[3:6].upper()], int(day[:2]), tzinfo=UTC)
    return int(when.timestamp())


@lru_cache(2048)
def _minute(clock: bytes) -> int:
    """Seconds since midnight of `b"02:44"`."""
    return int(clock[:2]) * 3600 + int(clock[3:]) * 60


@lru_cache(256)
def _offset(zone: bytes) -> int:
    """Seconds east of UTC of `b"-0700"`."""
    seconds = int(zone[1:3]) * 3600 + int(zone[3:]) * 60
    return -seconds if zone[:1] == b"-" else seconds
