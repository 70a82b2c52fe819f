"""What was said on a connection, for the day it goes wrong: a bounded ring, secrets struck out before they enter it."""

from __future__ import annotations

import base64
import time
from collections import deque
from collections.abc import Iterator

_ENOUGH = 4
"""Letters of base64 below which something else would be struck by chance."""
_PIECES = 256
_HEAD, _TAIL = 1024, 512
"""Octets kept of each piece: enough to read the dialogue, while a mailbox flying past costs nothing."""


class WireLog:
    """The last pieces of both directions, in memory only."""

    def __init__(self) -> None:
        self._pieces: deque[tuple[float, str, bytes]] = deque(maxlen=_PIECES)
        self._secrets: list[bytes] = []

    def strike(self, *secrets: str | bytes) -> None:
        """From now on write `***` wherever one would stand, as it is or in base64, even when the server echoes it."""
        for secret in secrets:
            self._secrets += [spelling for spelling in spellings(secret) if spelling not in self._secrets]
        self._secrets.sort(key=len, reverse=True)

    def sent(self, data: bytes) -> None:
        """Note what we wrote, its secrets struck out already."""
        self._note("C", data)

    def received(self, data: bytes) -> None:
        """Note what arrived."""
        self._note("S", data)

    def note(self, sentence: str) -> None:
        """Note what happened to the connection itself."""
        self._note("-", sentence.encode())

    def lines(self) -> Iterator[str]:
        """Oldest first: `12:30:01.250 C: a1 NOOP`, every unprintable octet as an escape."""
        for at, who, data in self._pieces:
            clock = time.strftime("%H:%M:%S", time.localtime(at)) + f".{int(at * 1000) % 1000:03}"
            for line in data.removesuffix(b"\r\n").split(b"\n"):
                text = line.removesuffix(b"\r").decode("ascii", "backslashreplace")
                yield f"{clock} {who}: {''.join(c if c.isprintable() else ascii(c)[1:-1] for c in text)}"

    def _note(self, who: str, data: bytes) -> None:
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
        self._pieces.append((time.time(), who, kept))

    def _struck(self, data: bytes) -> bytes:
        for secret in self._secrets:
            data = data.replace(secret, b"***")
        return data


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
