"""Content-Transfer-Encoding undone (RFC 2045 §6), forgivingly: one stated rule for every slip, never an exception."""

from __future__ import annotations

import binascii

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_JUNK = bytes(octet for octet in range(256) if octet not in _ALPHABET)
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
    if name in ("x-uuencode", "x-uue", "uuencode", "uue"):
        return from_uu(data), True
    return data, name in PLAIN_ENCODINGS
