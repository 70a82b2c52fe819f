"""Date header fields to epoch seconds (RFC 5322 §3.3), strict about what is a date, forgiving about its dress."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

_MONTHS = {m: i for i, m in enumerate(b"jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_ZONES = {b"est": -5, b"edt": -4, b"cst": -6, b"cdt": -5, b"mst": -7, b"mdt": -6, b"pst": -8, b"pdt": -7}
_EPOCH = date(1970, 1, 1).toordinal()
_DATE = re.compile(
    rb"\s*(?:[a-z]{3,9}\.?,?\s*)?(\d{1,2})[ \t\r\n-]+([a-z]{3})[a-z]*\.?[ \t\r\n,-]+(\d{4}|\d\d)[ \t\r\n]+"
    rb"(\d{1,2})[:.](\d\d)(?:[:.](\d\d)(?:\.\d{1,9})?)?(?![\d:])\s*(?:([+-])(\d\d):?(\d\d)|([a-z]{1,5}))?",
    re.IGNORECASE,
)
_SECONDS = {b":%02d" % second: second for second in range(61)}
_CLOCK = re.compile(rb"(?:[01]\d|2[0-3]):[0-5]\d")
_ZONE = re.compile(rb"[+-][012]\d[0-5]\d")
_COMMENT = re.compile(rb"\([^()]*\)")
_LONGEST = 256


@lru_cache(maxsize=4096)
def _midnight(day_month_year: bytes) -> int | None:
    """Epoch seconds of 00:00 UTC of "21 Sep 2022"; None for 31 February. A mailbox has few days, so they are kept."""
    try:
        day, month, year = day_month_year.split(b" ")
        number = int(year)
        if len(year) == 2:  # RFC 5322 §4.3
            number += 2000 if number < 50 else 1900
        return (date(number, _MONTHS[month.lower()], int(day)).toordinal() - _EPOCH) * 86_400
    except (KeyError, ValueError):
        return None


@lru_cache(maxsize=4096)
def _minute(clock: bytes) -> int | None:
    """Seconds since midnight of "08:44"."""
    if not _CLOCK.fullmatch(clock):
        return None
    return int(clock[:2]) * 3600 + int(clock[3:]) * 60


@lru_cache(maxsize=256)
def _offset(zone: bytes) -> int | None:
    """Seconds east of UTC of "+0530"."""
    if not _ZONE.fullmatch(zone):
        return None
    seconds = int(zone[1:3]) * 3600 + int(zone[3:]) * 60
    return seconds if zone[:1] == b"+" else -seconds


def parse_date(value: bytes) -> int | None:
    """Epoch seconds of a Date field; None when it is no date. An unknown or absent zone counts as UTC."""
    value = value.strip()
    if value[3:5] == b", " and 30 <= len(value) <= 31:  # the usual dress has fixed columns from either end
        midnight, minute, offset = _midnight(value[5:-15]), _minute(value[-14:-9]), _offset(value[-5:])
        second = _SECONDS.get(value[-9:-6])
        if midnight is not None and minute is not None and second is not None and offset is not None:
            return midnight + minute + second - offset
    value = value[:_LONGEST]
    while b"(" in value and (without := _COMMENT.sub(b" ", value)) != value:  # RFC 5322 §3.2.2 allows them anywhere
        value = without
    return _any_date(value)


def _any_date(value: bytes) -> int | None:
    found = _DATE.match(value)
    if found is None:
        return None
    day, month, year, hour, minute, second, sign, zone_hour, zone_minute, zone_name = found.groups()
    midnight = _midnight(b" ".join((day, month, year)))
    start = _minute(hour.zfill(2) + b":" + minute)
    if midnight is None or start is None or int(second or 0) > 60:
        return None
    moment = midnight + start + int(second or 0)
    if sign is not None:
        offset = _offset(sign + zone_hour + zone_minute)
        return None if offset is None else moment - offset
    return moment - (_ZONES.get(zone_name.lower(), 0) * 3600 if zone_name is not None else 0)


def believable(claimed: int | None, received: int) -> bool:
    """A date before 1970 or more than a day after arrival is not believed. received 0: arrival unknown."""
    return claimed is not None and claimed >= 0 and (received <= 0 or claimed <= received + 86_400)
