"""Damage to a stream of responses: cheap, and a function of its seed, so that what failed can be made again."""

from __future__ import annotations

import random
from collections.abc import Callable

_TOKENS = (
    b'( ) " \\ NIL {0} {1} {3}\r\n {99999999999} ~{2}\r\nab [ ] BODY[ BODY[] BODYSTRUCTURE ENVELOPE UID FLAGS * + a1 '
    b"a2 a3 a6 OK NO BAD BYE PREAUTH FETCH EXISTS EXPUNGE VANISHED ESEARCH SEARCH LIST STATUS CAPABILITY 0 1 -1 "
    b"4294967295 4294967296 99999999999999999999999 1:* 1:4294967295 , : \r\n \n \r \0 \xff \x1b[2J "
    b"[COPYUID [CAPABILITY <0> + \t"
).split(b" ")
_DIGITS = b"0123456789"


def damaged(seeds: tuple[bytes, ...], random: random.Random) -> tuple[bytes, list[int]]:
    """One to four responses in a row with one to four damages, and up to six places to cut the stream at."""
    stream = b"".join(random.choices(seeds, k=random.randint(1, 4)))
    for _ in range(random.randint(1, 4)):
        stream = random.choice(_DAMAGES)(stream, seeds, random)
    cuts = sorted(random.randint(0, len(stream)) for _ in range(random.randint(0, 6)))
    return stream, cuts


def _replaced(stream: bytes, seeds: tuple[bytes, ...], random: random.Random) -> bytes:
    at = random.randint(0, len(stream))
    return stream[:at] + random.randbytes(random.randint(1, 3)) + stream[at + random.randint(0, 3) :]


def _dropped(stream: bytes, seeds: tuple[bytes, ...], random: random.Random) -> bytes:
    at = random.randint(0, len(stream))
    return stream[:at] + stream[at + random.randint(1, 30) :]


def _doubled(stream: bytes, seeds: tuple[bytes, ...], random: random.Random) -> bytes:
    at, length = random.randint(0, len(stream)), random.randint(1, 20)
    return stream[:at] + stream[at : at + length] * random.randint(2, 12) + stream[at + length :]


def _spoken_into(stream: bytes, seeds: tuple[bytes, ...], random: random.Random) -> bytes:
    at = random.randint(0, len(stream))
    words = random.choices(_TOKENS, k=random.randint(1, 5))
    return stream[:at] + random.choice((b"", b" ")).join(words) + stream[at:]


def _at_a_blank(stream: bytes, seeds: tuple[bytes, ...], random: random.Random) -> bytes:
    """The same word by word: what stands between blanks becomes another word."""
    words = stream.split(b" ")
    words[random.randrange(len(words))] = random.choice(_TOKENS)
    return b" ".join(words)


def _miscounted(stream: bytes, seeds: tuple[bytes, ...], random: random.Random) -> bytes:
    """Another digit, or many: also in the size of a literal."""
    places = [at for at, octet in enumerate(stream) if octet in _DIGITS]
    if not places:
        return stream
    at = random.choice(places)
    return stream[:at] + random.choice((b"0", b"1", b"9", b"-", b"", b"00", b"9" * 11)) + stream[at + 1 :]


def _spliced(stream: bytes, seeds: tuple[bytes, ...], random: random.Random) -> bytes:
    other = random.choice(seeds)
    return stream[: random.randint(0, len(stream))] + other[random.randint(0, len(other)) :]


def _swapped(stream: bytes, seeds: tuple[bytes, ...], random: random.Random) -> bytes:
    a, b = sorted((random.randint(0, len(stream)), random.randint(0, len(stream))))
    return stream[b:] + stream[a:b] + stream[:a]


_DAMAGES: tuple[Callable[[bytes, tuple[bytes, ...], random.Random], bytes], ...] = (
    _replaced,
    _dropped,
    _doubled,
    _spoken_into,
    _at_a_blank,
    _miscounted,
    _spliced,
    _swapped,
)
