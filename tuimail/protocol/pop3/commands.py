"""What can be said to a POP3 server. A command may be many lines of one verb, which the machine pipelines."""

from __future__ import annotations

import binascii
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from tuimail.protocol.errors import LocalProtocolError

PORT, PORT_TLS = 110, 995
MAX_MESSAGE = 64 * 1024 * 1024
"""Octets of one message whatever its size was said to be; of more, the beginning is kept."""
MAX_ANNOUNCED = 512 * 1024 * 1024
"""The same of a message that was said to be so large."""
MAX_LISTING = 32 * 1024 * 1024
"""Octets of a LIST or UIDL."""
MAX_HEADER = 256 * 1024
"""Octets of a TOP that asks for no body."""
MAX_TOP_LINE = 2048
"""For each line of the body that a TOP asks for; RFC 5322 §2.1.1 allows 998."""
MAX_CAPA = 64 * 1024
LINE_LIMIT = 255
"""RFC 2449 §4: the maximum length of a command, CRLF included; a longer initial response waits for its `+`."""


class Kind(Enum):
    """What the machine must know about a command."""

    PLAIN = "any other"
    STLS = "TLS follows its +OK"
    LOGIN = "we are in with its +OK"
    AUTH = "a SASL dialogue, then as LOGIN"
    ANSWER = "the next line of that dialogue"
    CAPA = "its answer says what may be used"
    QUIT = "the last"


@dataclass(frozen=True, slots=True, eq=False)
class Command:
    """lines: without CRLF, one reply each. limit: octets of a body that are kept; 0: the reply is one line.

    secret: octets at the end of each line that the log must not show.
    """

    lines: Sequence[bytes]
    kind: Kind = Kind.PLAIN
    limit: int = 0
    secret: int = 0

    @property
    def verb(self) -> str:
        return self.lines[0].partition(b" ")[0].decode("ascii", "replace") if self.lines else ""


def capa() -> Command:
    """RFC 2449 §5."""
    return Command((b"CAPA",), Kind.CAPA, MAX_CAPA)


def stls() -> Command:
    """RFC 2595 §4."""
    return Command((b"STLS",), Kind.STLS)


def user(name: str) -> Command:
    """RFC 1939 §7. Raises LocalProtocolError for what would end the line."""
    return Command((b"USER " + _octets(name),))


def password(secret: str) -> Command:
    """PASS: everything up to the line end is the password, blanks included."""
    octets = _octets(secret)
    return Command((b"PASS " + octets,), Kind.LOGIN, secret=len(octets))


def apop(name: str, secret: str, stamp: bytes) -> Command:
    """RFC 1939 §7: the MD5 of the greeting's timestamp, angle brackets included, followed by the shared secret."""
    import hashlib

    digest = hashlib.md5(stamp + secret.encode(), usedforsecurity=False).hexdigest().encode()
    return Command((b"APOP %b %b" % (_octets(name), digest),), Kind.LOGIN, secret=len(digest))


def rpop(name: str) -> Command:
    """RFC 1081, long dead: the host is believed by its port number."""
    return Command((b"RPOP " + _octets(name),), Kind.LOGIN)


def auth(mechanism: str, first: bytes | None) -> Command:
    """RFC 5034 §4; first: the initial response, None for none."""
    line = b"AUTH " + mechanism.encode("ascii")
    if first is None:
        return Command((line,), Kind.AUTH)
    said = binascii.b2a_base64(first, newline=False) or b"="
    return Command((b"%b %b" % (line, said),), Kind.AUTH, secret=len(said))


def fits_behind(mechanism: str, first: bytes) -> bool:
    """Whether the initial response may stand in the AUTH line."""
    return len("AUTH ") + len(mechanism) + 1 + (len(first) + 2) // 3 * 4 + 2 <= LINE_LIMIT


def sasl_answer(octets: bytes | None) -> Command:
    """The answer to a challenge; None cancels."""
    said = b"*" if octets is None else binascii.b2a_base64(octets, newline=False)
    return Command((said,), Kind.ANSWER, secret=len(said) if octets is not None else 0)


def utf8() -> Command:
    """RFC 6856 §2; before login."""
    return Command((b"UTF8",))


def lang(tag: str = "") -> Command:
    """RFC 6856 §3: choose the language of the server's texts; without a tag, list them."""
    return Command((b"LANG " + _octets(tag),)) if tag else Command((b"LANG",), limit=MAX_CAPA)


def stat() -> Command:
    """RFC 1939 §5."""
    return Command((b"STAT",))


def listing(number: int | None = None) -> Command:
    """LIST of all messages or of one."""
    return Command((b"LIST",), limit=MAX_LISTING) if number is None else Command((b"LIST %d" % number,))


def uidl(number: int | None = None) -> Command:
    """UIDL (RFC 1939 §7) of all messages or of one."""
    return Command((b"UIDL",), limit=MAX_LISTING) if number is None else Command((b"UIDL %d" % number,))


def top(numbers: Iterable[int], lines: int = 0) -> Command:
    """The header and so many lines of the body of each."""
    limit = MAX_HEADER + MAX_TOP_LINE * lines
    return Command([b"TOP %d %d" % (number, lines) for number in numbers], limit=min(limit, MAX_MESSAGE))


def retr(number: int, size: int = 0) -> Command:
    """The whole message. size: its octets as the server says, which may be rounded."""
    return Command((b"RETR %d" % number,), limit=min(max(MAX_MESSAGE, size + size // 8), MAX_ANNOUNCED))


def dele(numbers: Iterable[int]) -> Command:
    """Mark each as deleted; QUIT does it."""
    return Command([b"DELE %d" % number for number in numbers])


def rset() -> Command:
    """Unmark all."""
    return Command((b"RSET",))


def noop() -> Command:
    return Command((b"NOOP",))


def quit_() -> Command:
    """Commit, unlock, leave."""
    return Command((b"QUIT",), Kind.QUIT)


def _octets(text: str) -> bytes:
    octets = text.encode("utf-8", "surrogateescape")
    if not octets or any(octet in octets for octet in b"\r\n\0"):
        raise LocalProtocolError("an argument that would end the line")
    return octets
