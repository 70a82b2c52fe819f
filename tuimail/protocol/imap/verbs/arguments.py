"""What verbs take from a caller's hand, made safe: words, texts, dates, sets of messages. Nothing can end the line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Final, TypeAlias

from tuimail.protocol.errors import LocalProtocolError
from tuimail.protocol.imap import sets
from tuimail.protocol.imap.commands import Part, string
from tuimail.records import Record

Which: TypeAlias = "str | int | Iterable[int | tuple[int, int]]"
"""Messages: a sequence-set as text ("1:*", "7,9:12", "$" for the last saved search), a number, or numbers and
inclusive ranges in any order."""

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SET = re.compile(
    r"(?:\$|(?:[1-9][0-9]{0,9}|\*)(?::(?:[1-9][0-9]{0,9}|\*))?(?:,(?:[1-9][0-9]{0,9}|\*)(?::(?:[1-9][0-9]{0,9}|\*))?)*)\Z"
)
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+=-]*\Z")
# VCHAR and blanks, so neither a line's end nor a NUL; "{" could begin a literal.
_VERBATIM = re.compile(r"[ !-z|}~]+\Z")


class Text(Record):
    """A text of the user's, in a search or a raw command: sent as a quoted string, or as a literal where need be."""

    text: str


def which(messages: Which) -> Iterator[bytes]:
    """The sets to send, each short enough for a line. Raises LocalProtocolError for none or for no set."""
    if isinstance(messages, str):
        if not _SET.match(messages):
            raise LocalProtocolError(f"not a set of messages: {messages[:80]!r}")
        yield messages.encode()
        return
    numbers = (messages,) if isinstance(messages, int) else messages
    ranges = sets.normal((one, one) if isinstance(one, int) else one for one in numbers)
    if not ranges or ranges[0][0] < 1 or ranges[-1][1] > sets.MAX_UID or any(low > high for low, high in ranges):
        raise LocalProtocolError("an empty set of messages, or a number that none can have")
    for piece in sets.split(ranges):
        yield sets.to_text(piece)


def words(names: Iterable[str]) -> bytes:
    """Names of options, items, capabilities: letters, digits and a few marks. Raises LocalProtocolError."""
    listed = list(names)
    for name in listed:
        if not _WORD.match(name):
            raise LocalProtocolError(f"not a word of the protocol: {name[:80]!r}")
    return " ".join(listed).encode()


def verbatim(text: str | bytes) -> bytes:
    """A piece of a command as the caller wrote it. Raises LocalProtocolError beyond printable ASCII, and for "{"."""
    readable = text.decode("latin-1") if isinstance(text, bytes) else text
    if not _VERBATIM.match(readable):
        raise LocalProtocolError(f"cannot stand in a command as it is: {readable[:80]!r}")
    return readable.encode("ascii")


def day(when: date) -> bytes:
    """RFC 9051 §9 date: `1-Feb-1994`."""
    return f"{when.day}-{_MONTHS[when.month - 1]}-{when.year:04}".encode()


def moment(when: datetime) -> bytes:
    """RFC 9051 §9 date-time, in quotes: `" 1-Feb-1994 21:52:25 -0800"`. Raises LocalProtocolError without a zone."""
    offset = when.utcoffset()
    if offset is None:
        raise LocalProtocolError("a date without its time zone")
    minutes = round(offset.total_seconds() / 60)
    zone = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}{abs(minutes) % 60:02}"
    return f'"{when.day:2}-{_MONTHS[when.month - 1]}-{when.year:04} {when:%H:%M:%S} {zone}"'.encode()


def spaced(pieces: Iterable[Part]) -> tuple[Part, ...]:
    """The pieces with a blank between each two."""
    parts: list[Part] = []
    for piece in pieces:
        parts += (b" ", piece) if parts else (piece,)
    return tuple(parts)


def text(words: Text, charset: str = "UTF-8") -> Part:
    """A string in this charset. Raises LocalProtocolError when the charset has no such character, or is unknown."""
    try:
        return string(words.text.encode(charset))
    except (LookupError, UnicodeEncodeError) as error:
        raise LocalProtocolError(f"cannot be written in {charset}: {words.text[:80]!r}") from error
