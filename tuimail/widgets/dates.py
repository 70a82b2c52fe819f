"""Moments in words, short enough for a column and the same in every locale; the clock is always handed in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

Now = Callable[[], float]
"""Seconds since the epoch, as `time.time`; tests hand in a clock that stands still."""

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
SHORT_WIDTH = 10
"""Cells that `short` needs at most."""
SHORTEST_WIDTH = 6
"""Cells that `shortest` needs at most."""


def local(epoch: float) -> datetime | None:
    """The moment in local time; None for one no calendar can hold (a Date header may say anything)."""
    try:
        return datetime.fromtimestamp(epoch)
    except (OverflowError, ValueError, OSError):
        return None


def short(epoch: int, today: datetime) -> str:
    """For a column: "14:02" today, "12 Nov" this year, else "2024-11-12"."""
    when = local(epoch)
    if when is None:
        return ""
    if when.date() == today.date():
        return f"{when.hour:02}:{when.minute:02}"
    if when.year == today.year:
        return f"{when.day} {MONTHS[when.month - 1]}"
    return f"{when.year:04}-{when.month:02}-{when.day:02}"


def shortest(epoch: int, today: datetime) -> str:
    """Where every cell counts: "14:02" today, "12 Nov" this year, else "Nov’24"."""
    when = local(epoch)
    if when is None or when.year == today.year:
        return short(epoch, today)
    return f"{MONTHS[when.month - 1]}’{when.year % 100:02}"


def long(epoch: int, now: float) -> str:
    """For the header of a message: "Thu 12 Nov 2026 14:02 · 8 days ago"."""
    when = local(epoch)
    if when is None:
        return ""
    day = f"{DAYS[when.weekday()]} {when.day} {MONTHS[when.month - 1]} {when.year:04}"
    return f"{day} {when.hour:02}:{when.minute:02} · {relative(epoch, now)}"


def relative(epoch: float, now: float) -> str:
    """How long ago in one unit: "just now", "5 minutes ago", "in 3 days"."""
    distance = abs(now - epoch)
    if distance < 60:
        return "just now"
    for seconds, unit in ((31_556_952, "year"), (2_629_746, "month"), (86_400, "day"), (3_600, "hour"), (60, "minute")):
        if distance >= seconds:
            count = int(distance // seconds)
            words = f"{count} {unit}" + ("s" if count > 1 else "")
            return f"{words} ago" if epoch <= now else f"in {words}"
    return "just now"


def brief(epoch: float, now: float) -> str:
    """How long ago, for a narrow column: "now", "5 min", "3 h", "12 d"."""
    distance = max(0.0, now - epoch)
    for seconds, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if distance >= seconds:
            return f"{int(distance // seconds)} {unit}"
    return "now"


def day(epoch: float, now: float) -> str:
    """A heading: "Today", "Yesterday", "Thu 12 Nov", in other years "Thu 12 Nov 2024"."""
    when, today = local(epoch), local(now)
    if when is None or today is None:
        return ""
    if (past := (today.date() - when.date()).days) in (0, 1):
        return "Yesterday" if past else "Today"
    name = f"{DAYS[when.weekday()]} {when.day} {MONTHS[when.month - 1]}"
    return name if when.year == today.year else f"{name} {when.year:04}"
