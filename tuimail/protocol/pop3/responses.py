"""What a POP3 server can say, typed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from tuimail.protocol.pop3.commands import Command

Capabilities: TypeAlias = Mapping[str, tuple[str, ...]]
"""RFC 2449 §5: capability, upper case → its arguments."""
_CODE = re.compile(r"\[([A-Za-z0-9/_.-]{1,64})(?: [^\]]*)?\] ?")
_MOST_CAPABILITIES = 500


class Greeting(NamedTuple):
    """The server's first line. stamp: the timestamp for APOP with its angle brackets, b"" without one."""

    ok: bool
    text: str
    code: str
    stamp: bytes


class Reply(NamedTuple):
    """How one line of a command was answered.

    which: the number of the command's line. code: the response code in upper case without brackets (RFC 2449 §8:
    LOGIN-DELAY, IN-USE; RFC 3206: SYS/TEMP, SYS/PERM, AUTH), or "". body: of a multi-line reply, unstuffed; cut: it was
    longer than the command's limit, so this is not all of it. Of a very large one there are pieces, to be joined where
    that makes nobody wait.
    """

    tag: bytes
    command: Command
    which: int
    last: bool
    ok: bool
    text: str
    code: str
    pieces: tuple[bytes, ...]
    cut: bool

    @property
    def body(self) -> bytes:
        return b"".join(self.pieces)


class Challenge(NamedTuple):
    """A `+` line: what SASL asks, still in base64."""

    tag: bytes
    text: str


class Arriving(NamedTuple):
    """Of a body under way so many octets are here."""

    command: Command
    octets: int


class Stray(NamedTuple):
    """A line nobody asked for, such as the reason for an early end."""

    text: str


class Closed(NamedTuple):
    """End of file. in_response: in the middle of something."""

    in_response: bool


Event: TypeAlias = Greeting | Reply | Challenge | Arriving | Stray | Closed


def status(line: bytes) -> tuple[bool, str, str] | None:
    """(ok, text, code) of a status line; None when it is none."""
    ok = line[:3].upper() == b"+OK"
    if not ok and line[:4].upper() != b"-ERR":
        return None
    text = line[3 if ok else 4 :].decode("utf-8", "replace").strip(" ")
    found = _CODE.match(text)
    return (ok, text[found.end() :], found[1].upper()) if found else (ok, text, "")


def stamp_of(line: bytes) -> bytes:
    """RFC 1939 §7: the timestamp MUST be different each time and has the syntax of a msg-id.

    Checked, because otherwise whoever sits in between chooses what is hashed (CVE-2007-1558).
    """
    start = line.find(b"<")
    stamp = line[start : line.find(b">", start) + 1] if start >= 0 else b""
    inside = stamp[1:-1]
    fine = inside.count(b"@") == 1 and all(0x21 <= octet <= 0x7E for octet in inside) and b"<" not in inside
    return stamp if fine else b""


def capabilities(body: bytes) -> dict[str, tuple[str, ...]]:
    """What CAPA tells, a capability a line."""
    found: dict[str, tuple[str, ...]] = {}
    for line in body.splitlines()[:_MOST_CAPABILITIES]:
        words = line.decode("ascii", "replace").split()
        if words:
            found[words[0].upper()] = tuple(words[1:])
    return found


def count_and_size(text: str) -> tuple[int, int] | None:
    """The two numbers of STAT; None when they are none."""
    words = text.split(" ")
    numbers = [_number(word.encode()) for word in words[:2]]
    if not numbers or numbers[0] is None:
        return None
    return numbers[0], (numbers[1] if len(numbers) > 1 and numbers[1] is not None else 0)


def sizes(body: bytes) -> dict[int, int]:
    """LIST: message number → octets, as far as the server tells the truth; lines that are none are left out."""
    found = {}
    for line in body.split(b"\n"):
        words = line.split(None, 2)
        if len(words) > 1 and (number := _number(words[0])) and (size := _number(words[1])) is not None:
            found[number] = size
    return found


def uids(body: bytes) -> dict[int, bytes]:
    """UIDL: message number → unique id. RFC 1939 §7: 1 to 70 characters, 0x21 to 0x7E; 255 octets of any are taken."""
    found = {}
    for line in body.split(b"\n"):
        words = line.split(None, 1)
        if len(words) == 2 and (number := _number(words[0])):
            uid = words[1].rstrip()
            if 0 < len(uid) <= 255:
                found[number] = uid
    return found


def _number(word: bytes) -> int | None:
    return int(word) if len(word) <= 15 and word.isdigit() else None
