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
_LONGEST = 256


@lru_cache(maxsize=4096)
def _midnight(day: bytes, month: bytes, year: bytes) -> int | None:
    """Epoch seconds of 00:00 UTC; None for 31 February and the like. A mailbox has few days, so they are kept."""
    number = int(year)
    if len(year) == 2:  # RFC 5322 §4.3
        number += 2000 if number < 50 else 1900
    try:
        return (date(number, _MONTHS[month.lower()], int(day)).toordinal() - _EPOCH) * 86_400
    except (KeyError, ValueError):
        return None


def parse_date(value: bytes) -> int | None:
    """Epoch seconds of a Date field; None when it is no date. An unknown or absent zone counts as UTC."""
    found = _DATE.match(value[:_LONGEST])
    if found is None:
        return None
    day, month, year, hour, minute, second, sign, zone_hour, zone_minute, zone_name = found.groups()
    midnight = _midnight(day, month, year)
    hours, minutes, seconds = int(hour), int(minute), int(second or 0)
    if midnight is None or hours > 23 or minutes > 59 or seconds > 60:
        return None
    moment = midnight + hours * 3600 + minutes * 60 + seconds
    if sign is not None:
        offset = int(zone_hour) * 3600 + int(zone_minute) * 60
        return moment - offset if sign == b"+" else moment + offset
    if zone_name is not None:
        return moment - _ZONES.get(zone_name.lower(), 0) * 3600
    return moment


def believable(claimed: int | None, received: int) -> bool:
    """A date before 1970 or more than a day after arrival is not believed. received 0: arrival unknown."""
    return claimed is not None and claimed >= 0 and (received <= 0 or claimed <= received + 86_400)
