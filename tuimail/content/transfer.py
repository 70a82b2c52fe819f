"""Content-Transfer-Encoding undone (RFC 2045 §6), forgivingly: one stated rule for every slip, never an exception."""

from __future__ import annotations

import binascii

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_JUNK = bytes(octet for octet in range(256) if octet not in _ALPHABET)
_UU = frozenset(["x-uuencode", "x-uue", "uuencode", "uue"])
PLAIN_ENCODINGS = frozenset(["", "7bit", "8bit", "binary"])


def from_base64(data: bytes) -> bytes:
    """Base64: octets outside the alphabet are skipped; padding ends a run, and what follows is a new run."""
    decoded = []
    for run in data.translate(None, _JUNK).rstrip(b"=").split(b"="):
        whole = run[:-1] if len(run) % 4 == 1 else run
        decoded.append(binascii.a2b_base64(whole + b"=" * (-len(whole) % 4)))
    return b"".join(decoded)


def from_uu(data: bytes) -> bytes:
    """uuencode between "begin" and "end" (either may be missing); lines that are none are skipped."""
    decoded = []
    for line in data.splitlines():
        if line.startswith(b"begin ") or not line:
            continue
        if line == b"end":
            break
        try:
            decoded.append(binascii.a2b_uu(line))
        except binascii.Error:
            continue
    return b"".join(decoded)


def undo(data: bytes, encoding: str) -> tuple[bytes, bool]:
    """The octets behind a transfer encoding, and whether it was known; an unknown one leaves them as sent."""
    name = encoding.strip().lower()
    if name == "base64":
        return from_base64(data), True
    if name == "quoted-printable":
        return binascii.a2b_qp(data), True
    if name in _UU:
        return from_uu(data), True
    return data, name in PLAIN_ENCODINGS


LONGEST_LINE = 1 << 20
"""Octets of one line that a Decoder keeps back at most; longer ones are cut there, whatever they mean."""


def decoded_size(size: int, encoding: str) -> int:
    """About how many octets will come out of `size` transferred ones; base64 in lines of 76 (RFC 2045 §6.8)."""
    return size * 57 // 78 if encoding.strip().lower() == "base64" else size


class Decoder:
    """`undo` piece by piece: what the pieces give, joined, is what `undo` gives of the whole, at any cutting.

    Two things live on between pieces, so that a decoder can be put away and go on another day: `carry`, octets
    not decoded yet, and `ended` (a uuencoded file may be followed by anything).
    """

    def __init__(self, encoding: str, carry: bytes = b"", *, ended: bool = False) -> None:
        self._name = encoding.strip().lower()
        self.carry = carry
        self.ended = ended

    def feed(self, data: bytes) -> bytes:
        """The octets that this much more of the transferred ones settles."""
        if self._name == "base64":
            *runs, rest = (self.carry + data.translate(None, _JUNK)).split(b"=")
            whole = len(rest) - len(rest) % 4
            self.carry = rest[whole:]
            return b"".join([*map(from_base64, runs), binascii.a2b_base64(rest[:whole])])
        if self._name == "quoted-printable" or self._name in _UU:
            held = self.carry + data
            cut = held.rfind(b"\n") + 1
            if len(held) - cut > LONGEST_LINE:
                cut = len(held)
            self.carry = held[cut:]
            return self._lines(held[:cut])
        return data

    def finish(self) -> bytes:
        """What was still kept back; the decoder is spent."""
        held, self.carry = self.carry, b""
        return from_base64(held) if self._name == "base64" else self._lines(held)

    def _lines(self, held: bytes) -> bytes:
        if self._name not in _UU:
            return binascii.a2b_qp(held)
        if self.ended:
            return b""
        self.ended = b"end" in held.splitlines()
        return from_uu(held)
