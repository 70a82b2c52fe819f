"""What was said on an account's connections, for the day it goes wrong: a bounded ring, secrets struck out on entering.

A secret may be cut by the network anywhere, so what is not yet a whole line is held back until it is one.
"""

from __future__ import annotations

import base64
import time
from collections import deque
from collections.abc import Iterator

from tuimail.model import WireLine

_ENOUGH = 4
"""Letters of base64 below which something else would be struck by chance."""
_PIECES = 600
_HEAD, _TAIL = 1024, 512
"""Octets kept of each piece: enough to read the dialogue, while a mailbox flying past costs nothing."""
STRUCK = b"***"


class WireRing:
    """The last pieces of all connections of one account, in memory only."""

    def __init__(self) -> None:
        self.serial = 0
        """Pieces noted so far."""
        self._pieces: deque[tuple[float, int, str, bytes]] = deque(maxlen=_PIECES)
        self._secrets: list[bytes] = []
        self._connections = 0

    def connection(self) -> WireLog:
        """The log of one more connection."""
        self._connections += 1
        return WireLog(self, self._connections)

    def since(self, serial: int) -> tuple[int, list[WireLine]]:
        """The serial number now, and what was noted after that one, as far as it is still here; oldest first."""
        new = min(self.serial - serial, len(self._pieces))
        pieces = [self._pieces[n] for n in range(len(self._pieces) - new, len(self._pieces))]
        return self.serial, [line for piece in pieces for line in _lines(*piece)]

    def strike(self, *secrets: str | bytes) -> None:
        """See `WireLog.strike`."""
        for secret in secrets:
            self._secrets += [spelling for spelling in spellings(secret) if spelling not in self._secrets]
        self._secrets.sort(key=len, reverse=True)

    def add(self, number: int, who: str, data: bytes) -> None:
        """Note a piece that is cut at the end of a line."""
        if len(data) <= _HEAD + _TAIL:
            kept = self._struck(data)
        else:
            # A secret may lie across a cut: strike a little beyond it, so that no half of one stays.
            more = max(map(len, self._secrets), default=0)
            kept = b"%b\n[%d octets]\n%b" % (
                self._struck(data[: _HEAD + more])[:_HEAD],
                len(data) - _HEAD - _TAIL,
                self._struck(data[-_TAIL - more :])[-_TAIL:],
            )
        self._pieces.append((time.time(), number, who, kept))
        self.serial += 1

    def shown(self, rest: bytes) -> bytes:
        """Half a line, without what may be the beginning of a secret at its end."""
        rest = self._struck(rest)
        hidden = 0
        for secret in self._secrets:
            for length in range(1, min(len(secret), len(rest) + 1)):
                if length > hidden and rest.endswith(secret[:length]):
                    hidden = length
        return rest[: len(rest) - hidden]

    def _struck(self, data: bytes) -> bytes:
        for secret in self._secrets:
            data = data.replace(secret, STRUCK)
        return data


class WireLog:
    """What one connection notes. Made by `WireRing.connection`; without a ring it has one of its own."""

    def __init__(self, ring: WireRing | None = None, number: int = 1) -> None:
        self._ring = ring or WireRing()
        self._number = number
        self._held: dict[str, bytes] = {}

    def strike(self, *secrets: str | bytes) -> None:
        """From now on write `***` wherever one would stand, as it is or in base64, even when the server echoes it."""
        self._ring.strike(*secrets)

    def sent(self, data: bytes) -> None:
        """Note what we wrote, its secrets struck out already."""
        self._note("C", data)

    def received(self, data: bytes) -> None:
        """Note what arrived."""
        self._note("S", data)

    def note(self, sentence: str) -> None:
        """Note what happened to the connection itself."""
        for who, rest in self._held.items():
            if shown := self._ring.shown(rest):
                self._ring.add(self._number, who, shown)
        self._held.clear()
        self._ring.add(self._number, "-", sentence.encode())

    def lines(self) -> Iterator[str]:
        """Oldest first: `12:30:01.250 C: a1 NOOP`, every unprintable octet as an escape."""
        for line in self._ring.since(0)[1]:
            if line.connection == self._number:
                yield f"{line.clock} {line.who}: {line.text}"

    def _note(self, who: str, data: bytes) -> None:
        data = self._held.pop(who, b"") + data
        end = data.rfind(b"\n") + 1
        if len(data) - end > _HEAD + _TAIL:  # no line at all, or the inside of a mail
            end = len(data)
        if end:
            self._ring.add(self._number, who, data[:end])
        if data[end:]:
            self._held[who] = data[end:]


def _lines(at: float, number: int, who: str, data: bytes) -> Iterator[WireLine]:
    clock = time.strftime("%H:%M:%S", time.localtime(at)) + f".{int(at * 1000) % 1000:03}"
    for line in data.removesuffix(b"\n").removesuffix(b"\r").split(b"\n"):
        text = line.removesuffix(b"\r").decode("ascii", "backslashreplace")
        if not text.isprintable():
            text = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
        yield WireLine(clock, number, who, text)


def spellings(secret: str | bytes) -> list[bytes]:
    """How a secret may stand on the wire, the longest first: itself, quoted, and inside any base64.

    Base64 packs three octets into four letters, so there are three ways it may begin; of each, the letters that depend
    on the secret alone. PLAIN, LOGIN, XOAUTH2 and whatever a server makes of them are found that way.
    """
    raw = secret.encode() if isinstance(secret, str) else secret
    if not raw:
        return []
    found = [raw, raw.replace(b"\\", b"\\\\").replace(b'"', b'\\"')]
    for before in range(3):
        letters = base64.b64encode(bytes(before) + raw).rstrip(b"=")
        first = (0, 2, 3)[before]
        last = (before + len(raw)) * 8 // 6
        if last - first >= _ENOUGH:
            found.append(letters[first:last])
    return sorted(dict.fromkeys(found), key=len, reverse=True)
