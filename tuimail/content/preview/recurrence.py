"""A recurrence rule (RFC 5545 §3.3.10) in words; what the words have no room for is given as the rule itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from tuimail.content.clean import clean_line

_UNITS = {
    "DAILY": ("every day", "days"),
    "WEEKLY": ("every week", "weeks"),
    "MONTHLY": ("every month", "months"),
    "YEARLY": ("every year", "years"),
    "HOURLY": ("every hour", "hours"),
}
_DAYS = {
    "MO": "Monday",
    "TU": "Tuesday",
    "WE": "Wednesday",
    "TH": "Thursday",
    "FR": "Friday",
    "SA": "Saturday",
    "SU": "Sunday",
}
_PLACES = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", -1: "last", -2: "last but one"}
_MONTHS = "January February March April May June July August September October November December".split()
_SAID = frozenset("FREQ INTERVAL BYDAY BYMONTHDAY BYMONTH COUNT UNTIL WKST".split())


def in_words(rule: Mapping[str, Any] | None) -> str:
    """ "every 2 weeks on Tuesday and Thursday, 10 times"; "" without a rule. Never raises."""
    if isinstance(rule, list):
        rule = rule[0] if rule else None
    if not rule:
        return ""
    parts = {str(name).upper(): value if isinstance(value, list) else [value] for name, value in rule.items()}
    frequency = str(parts.get("FREQ", [""])[0]).upper()
    days = [_weekday(str(day)) for day in parts.get("BYDAY", [])[:7]]
    if frequency not in _UNITS or set(parts) - _SAID or "" in days:
        return clean_line("; ".join(f"{name}={_first(value)}" for name, value in parts.items()))[:200]
    one, many = _UNITS[frequency]
    interval = _first(parts.get("INTERVAL", [1]))
    words = one if interval in ("1", "") else f"every {interval} {many}"
    if days:
        words += f" on {_and(days)}"
    if dates := [str(day) for day in parts.get("BYMONTHDAY", [])[:7]]:
        words += f" on the {_and([f'{day}.' if not day.startswith('-') else 'last day' for day in dates])}"
    months = [int(str(month)) for month in parts.get("BYMONTH", [])[:12] if str(month).isdecimal()]
    if named := [_MONTHS[month - 1] for month in months if 1 <= month <= 12]:
        words += f" in {_and(named)}"
    if "COUNT" in parts:
        words += f", {_first(parts['COUNT'])} times"
    if "UNTIL" in parts:
        words += f", until {_day(parts['UNTIL'][0])}"
    return clean_line(words)[:300]


def _weekday(day: str) -> str:
    """MO → Monday, -1FR → the last Friday, "" for anything else."""
    name = _DAYS.get(day[-2:].upper(), "")
    if not name or len(day) == 2:
        return name
    try:
        place = _PLACES.get(int(day[:-2]))
    except ValueError:
        return ""
    return f"the {place} {name}" if place else ""


def _day(until: object) -> str:
    if isinstance(until, datetime) and until.tzinfo is not None:
        try:
            until = until.astimezone()
        except (OverflowError, ValueError, OSError):
            return str(until.year)
    return f"{until.day} {_MONTHS[until.month - 1]} {until.year}" if isinstance(until, date) else str(until)


def _first(values: list[Any]) -> str:
    return str(values[0])[:40] if values else ""


def _and(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
