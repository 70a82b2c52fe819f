"""Invitations (iCalendar, RFC 5545; their methods RFC 5546) as cards in local time.

The one place that knows the library `icalendar`, which is an extra: without it an invitation is shown as its text.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

from tuimail.content.charset import decode
from tuimail.content.clean import clean_body, clean_line
from tuimail.content.draft import Draft
from tuimail.content.preview import cut
from tuimail.content.preview.recurrence import in_words
from tuimail.model import Span

MOST_OCTETS = 256_000
MOST_CARDS = 50
MOST_PEOPLE = 30
LONGEST = 1_000
_KINDS = ("VEVENT", "VTODO", "VJOURNAL")
_METHODS = {
    "REQUEST": "Invitation",
    "PUBLISH": "Event",
    "CANCEL": "Cancelled",
    "REPLY": "Answer to an invitation",
    "COUNTER": "Another time is proposed",
    "DECLINECOUNTER": "The proposal was declined",
    "ADD": "Further dates",
    "REFRESH": "The newest version is asked for",
}
_ANSWERS = {
    "ACCEPTED": "accepted",
    "DECLINED": "declined",
    "TENTATIVE": "perhaps",
    "DELEGATED": "sends somebody else",
    "NEEDS-ACTION": "has not answered",
}
_TIMEZONE = re.compile(rb"BEGIN:VTIMEZONE\b.*?(?:END:VTIMEZONE[^\n]*\n?|\Z)", re.DOTALL | re.IGNORECASE)
_TAME_RULE = re.compile(
    rb"RRULE:(?:;?(?:FREQ=YEARLY|INTERVAL=1|BYMONTH=\d{1,2}|BYDAY=[+-]?\d[A-Z]{2}|BYMONTHDAY=[\d,]{1,20}"
    rb"|UNTIL=\w{1,20}|COUNT=\d{1,3}|WKST=[A-Z]{2}))+\s*",
    re.IGNORECASE,
)
MOST_ZONE_LINES = 200


def read(draft: Draft, data: bytes, whole: bool, me: frozenset[str]) -> bool:
    """Write a card for each event; False when there is none. me: addresses whose answer is "you"."""
    if b"BEGIN:VCALENDAR" not in data[:4096].upper():
        return False
    try:
        from icalendar import Calendar
    except ImportError:
        draft.add("text", "Invitations are shown as cards when this is installed: pip install 'tuimail[calendar]'")
        draft.add("pre", clean_body(decode(data[:MOST_OCTETS], "utf-8")))
        return True
    try:
        calendar: Any = Calendar.from_ical(_TIMEZONE.sub(_tame, data[:MOST_OCTETS]))
        found = [component for component in calendar.walk() if component.name in _KINDS]
    except Exception:  # ValueError mostly, but whatever a stranger's file makes a library raise
        return False
    method = str(calendar.get("METHOD", "")).upper()
    people = frozenset(address.casefold() for address in me)
    for component in found[:MOST_CARDS]:
        _Card(draft, component, method, people).write()
    if len(found) > MOST_CARDS or not whole or len(data) > MOST_OCTETS:
        cut(draft)
    return bool(found)


def _tame(zone: re.Match[bytes]) -> bytes:
    """A time zone as it is, or without its definition when its rules could keep us counting for hours.

    A zone is unrolled change by change from 1601 on; `FREQ=SECONDLY` would be 13 thousand million of them.
    """
    lines = re.sub(rb"\r?\n[ \t]", b"", zone[0]).splitlines()
    rules = [line for line in lines if line[:5].upper() == b"RRULE"]
    tame = len(lines) <= MOST_ZONE_LINES and all(map(_TAME_RULE.fullmatch, rules))
    return zone[0] if tame and not any(line.count(b",") > 20 for line in lines) else b""


class _Card:
    """One event, task or note."""

    def __init__(self, draft: Draft, component: Any, method: str, me: frozenset[str]) -> None:
        self.draft = draft
        self.of = component
        self.method = method
        self.me = me

    def write(self) -> None:
        title = self.text("SUMMARY") or "Without a title"
        self.draft.add("text", title, (Span(0, len(title), "heading"),))
        headline = self.headline()
        style = "warning" if headline.startswith("Cancelled") else "bold"
        self.line("", headline, style)
        self.line("When", self.when())
        self.line("Again", in_words(self.of.get("RRULE")))
        self.line("Where", self.text("LOCATION"))
        self.line("Organiser", _person(self.of.get("ORGANIZER")))
        self.people()
        if description := clean_body(str(self.of.get("DESCRIPTION", ""))[: 4 * LONGEST]).strip():
            self.draft.add("text", description)

    def line(self, label: str, text: str, style: str = "") -> None:
        if text:
            spans = (Span(0, len(text), style),) if style else ()
            self.draft.add(
                "text", text, spans, first=f"{label:<11}" if label else "", rest=" " * 11 if label else "", gap=False
            )

    def text(self, name: str) -> str:
        value = self.of.get(name, "")
        if isinstance(value, list):
            value = value[0] if value else ""
        return clean_line(str(value)[:LONGEST]).strip()

    def headline(self) -> str:
        words = _METHODS.get(self.method, {"VTODO": "Task", "VJOURNAL": "Note"}.get(self.of.name, "Event"))
        if self.text("STATUS").upper() == "CANCELLED" and self.method != "CANCEL":
            words = "Cancelled"
        number = self.text("SEQUENCE")
        if self.method == "REQUEST" and number.isdigit() and number.strip("0"):
            words = f"Updated {words[:1].lower()}{words[1:]}"
        return words

    def when(self) -> str:
        start = _moment(self.of.get("DTSTART") or self.of.get("DUE"))
        if start is None:
            return ""
        end = _moment(self.of.get("DTEND"))
        length = getattr(self.of.get("DURATION"), "dt", None)
        try:
            if end is None and isinstance(length, timedelta):
                end = start + length
            if isinstance(end, datetime) != isinstance(start, datetime):
                end = None
            return _span(start, end)
        except (OverflowError, ValueError, OSError):
            return clean_line(str(start))

    def people(self) -> None:
        attendees = self.of.get("ATTENDEE", [])
        attendees = attendees if isinstance(attendees, list) else [attendees]
        told: list[str] = []
        for one in attendees[:2_000]:
            answer = _ANSWERS.get(str(getattr(one, "params", {}).get("PARTSTAT", "NEEDS-ACTION")).upper(), "")
            if _email(one).casefold() in self.me:
                answer = answer.replace("has not answered", "not answered yet")
                self.line("You", answer, "bold")
            elif len(told) < MOST_PEOPLE:
                told.append(f"{_person(one)} ({answer})" if answer else _person(one))
        if len(attendees) > MOST_PEOPLE:
            told.append(f"{len(attendees):,} in all")
        self.line("Invited" if self.method != "REPLY" else "Answer", ", ".join(told))


def _moment(property_: Any) -> date | datetime | None:
    if isinstance(property_, list):
        property_ = property_[0] if property_ else None
    value = getattr(property_, "dt", None)
    return value if isinstance(value, date) else None


def _span(start: date | datetime, end: date | datetime | None) -> str:
    """In local time: "Tue 1 December 2026, 10:00 – 11:30". Raises OverflowError and its like for absurd years."""
    if not isinstance(start, datetime):
        last = end - timedelta(days=1) if end is not None else start  # the end of whole days is the day after
        return _day(start) if last <= start else f"{_day(start)} – {_day(last)}"
    floating = "  (no time zone was given)" if start.tzinfo is None else ""
    here = start.astimezone()
    text = f"{_day(here)}, {here:%H:%M}"
    if isinstance(end, datetime) and (there := end.astimezone()) > here:
        text += f" – {there:%H:%M}" if there.date() == here.date() else f" – {_day(there)}, {there:%H:%M}"
    zone = "" if floating else f" {clean_line(here.tzname() or '')}"
    return text + zone + floating


def _day(moment: date) -> str:
    return f"{moment:%a} {moment.day} {moment:%B} {moment.year}"


def _email(person: Any) -> str:
    text = str(person)
    return clean_line(text[7:] if text[:7].lower() == "mailto:" else text)[:254]


def _person(person: Any) -> str:
    """ "Ada Lovelace <ada@example.org>"; "" for nobody."""
    if isinstance(person, list):
        person = person[0] if person else None
    if person is None:
        return ""
    name = clean_line(str(getattr(person, "params", {}).get("CN", ""))[:200]).strip()
    email = _email(person)
    return f"{name} <{email}>" if name and name != email else email
