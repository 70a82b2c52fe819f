"""Reads the stories under data/ and turns them into mail.

A story file is plain text. Each letter begins with "=== id", then header lines, an empty line, and
the text as one would type it:

    === moon-2
    from: me                    a key of people.CAST, or Name <address>
    to: pomfret                 default: me, or what the file is for
    cc: project
    ago: 1d3h20m                before "now"
    re: moon                    the letter this one answers; gives subject, References and ">>"
    subject: …                  default: "Re: " and the subject of what it answers
    charset: koi8-r             default: utf-8
    wrap: no                    long lines stay long
    patch: yes                  lines stay as they are
    flags: new star             default: read when older than a day and a half
    folder: Trash               default: Sent when from me, else what the file is for

A line ">>" in the text becomes an attribution and a quotation of the answered letter. What I answered gets \\Answered.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files

from tuimail.demo.people import CAST, Person
from tuimail.demo.post import Fields, SampleMail, address, basic_fields, plain_mail

_AGE = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?")


@dataclass(slots=True)
class Letter:
    """One entry of a story file, before dates and quotations are filled in."""

    id: str
    fields: dict[str, str]
    text: str
    parent: Letter | None = None
    answered: bool = field(default=False)

    @property
    def subject(self) -> str:
        if "subject" in self.fields or self.parent is None:
            return self.fields.get("subject", "")
        return "Re: " + self.parent.subject.removeprefix("Re: ")

    @property
    def sender(self) -> Person:
        return person(self.fields["from"])

    @property
    def message_id(self) -> str:
        return f"<{self.id}@{self.sender.email.partition('@')[2]}>"

    def ancestors(self) -> list[Letter]:
        """What this letter answers, oldest first."""
        return [] if self.parent is None else [*self.parent.ancestors(), self.parent]


def person(who: str) -> Person:
    """A member of the cast by key, or whoever "Name <address>" describes."""
    if who in CAST:
        return CAST[who]
    name, _, email = who.rpartition("<")
    return Person(name.strip(), email.rstrip("> "))


def age(text: str) -> timedelta:
    """ "2d3h10m" as a length of time."""
    match = _AGE.fullmatch(text.strip())
    assert match is not None, text
    days, hours, minutes = (int(n or 0) for n in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes)


@cache
def read_story(name: str) -> tuple[Letter, ...]:
    """The letters of data/`name`.txt, in the order they were written."""
    story = files("tuimail.demo").joinpath(f"data/{name}.txt").read_text(encoding="utf-8")
    letters: dict[str, Letter] = {}
    for entry in story.split("=== ")[1:]:
        head, _, text = entry.partition("\n\n")
        ident, *lines = head.splitlines()
        fields = {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}
        letter = Letter(ident, fields, text.rstrip("\n") + "\n", letters.get(fields.get("re", "")))
        if letter.parent is not None and fields["from"] == "me":
            letter.parent.answered = True
        letters[ident] = letter
    return tuple(letters.values())


def tell(name: str, now: datetime, folder: str, to: str = "me", extra: Fields = ()) -> Iterator[SampleMail]:
    """A whole story as mail, ages counted back from `now`; `extra` header fields go on what others wrote."""
    for letter in read_story(name):
        mine = letter.fields["from"] == "me"
        when = now - age(letter.fields["ago"])
        charset = letter.fields.get("charset", "utf-8")
        fields = [*_fields(letter, when, letter.fields.get("to", to), charset), *(() if mine else extra)]
        raw = plain_mail(fields, _body(letter, when), charset, flowed=_flowed(letter))
        home = letter.fields.get("folder") or ("Sent" if mine else folder)
        yield SampleMail(home, raw, when, _flags(letter, home, now - when))


def _people(keys: str) -> list[Person]:
    return [person(key.strip()) for key in keys.split(",") if key.strip()]


def _fields(letter: Letter, when: datetime, to: str, charset: str) -> Iterator[tuple[str, str]]:
    yield from basic_fields(letter.sender, _people(to), letter.subject, when, letter.message_id, charset)
    if "cc" in letter.fields:
        yield "Cc", ", ".join(address(one) for one in _people(letter.fields["cc"]))
    if letter.parent is not None:
        yield "In-Reply-To", letter.parent.message_id
        yield "References", "\r\n ".join(one.message_id for one in letter.ancestors()[-12:])


def _flowed(letter: Letter) -> bool:
    """Most of the cast have mailers that flow their text (RFC 3676); the others break their lines for good."""
    return "patch" not in letter.fields and "wrap" not in letter.fields and len(letter.sender.email) % 4 != 0


def _body(letter: Letter, when: datetime) -> str:
    text = letter.text
    if "patch" not in letter.fields:
        if letter.parent is not None:
            text = text.replace(">>\n", _quotation(letter, letter.parent, when), 1)
        if "wrap" not in letter.fields:
            text = "\n".join(_wrapped(line, flowed=_flowed(letter)) for line in text.split("\n"))
    if letter.sender.signature and "draft" not in letter.id:
        text += f"\n-- \n{letter.sender.signature}\n"
    return text


def _wrapped(line: str, *, flowed: bool) -> str:
    width, end = (72, " \n") if flowed else (60, "\n")
    if len(line) <= width or line.startswith(">"):
        return line
    return end.join(textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False))


def _quotation(letter: Letter, parent: Letter, when: datetime) -> str:
    """ "X wrote:" and the first paragraphs of what is answered, quoted."""
    written = when + age(letter.fields["ago"]) - age(parent.fields["ago"])
    lines = [
        piece for line in parent.text.strip().split("\n") if line != ">>" for piece in textwrap.wrap(line, 68) or [""]
    ]
    quoted = "\n".join(f"> {line}".rstrip() for line in lines[:8])
    return f"On {written:%a, %d %b %Y}, {parent.sender.name} wrote:\n{quoted}\n\n"


def _flags(letter: Letter, home: str, old: timedelta) -> frozenset[str]:
    words = letter.fields.get("flags", "").split()
    flags = set()
    old_news = old > timedelta(hours=36) or home in ("Sent", "Drafts", "Archive")
    if letter.answered or (old_news and "new" not in words):
        flags.add("\\Seen")
    if "star" in words:
        flags.add("\\Flagged")
    if letter.answered:
        flags.add("\\Answered")
    if home == "Drafts":
        flags.add("\\Draft")
    return frozenset(flags)
