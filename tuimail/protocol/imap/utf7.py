"""Modified UTF-7, the mailbox names of IMAP4rev1 (RFC 3501 §5.1.3).

"&" is written "&-"; runs of other characters as "&" modified-base64(UTF-16BE) "-", with "," for "/" and no padding.
"""

from __future__ import annotations

import binascii
import re
from typing import Final

_OTHER: Final = re.compile(r"[^\x20-\x7e]+")
_SHIFTED: Final = re.compile(rb"&([A-Za-z0-9+,]*)-")


def encode(name: str) -> bytes:
    """The wire name. Lone surrogates become U+FFFD."""
    return _OTHER.sub(lambda run: _shift(run[0]), name.replace("&", "&-")).encode("ascii")


def _shift(run: str) -> str:
    units = run.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "replace").encode("utf-16-be")
    base64 = binascii.b2a_base64(units, newline=False).rstrip(b"=").replace(b"/", b",")
    return f"&{base64.decode('ascii')}-"


def decode(name: bytes) -> str:
    """The name for people; never raises. What is no modified UTF-7 is read as UTF-8 (rev2 servers), else as Latin-1."""
    if not name.isascii():
        try:
            return name.decode("utf-8")
        except UnicodeDecodeError:
            return name.decode("latin-1")
    return _SHIFTED.sub(_unshift, name).decode("utf-8", "replace")


def _unshift(run: re.Match[bytes]) -> bytes:
    if not run[1]:
        return b"&"
    base64 = run[1].replace(b",", b"/")
    try:
        units = binascii.a2b_base64(base64 + b"=" * (-len(base64) % 4))
        return units.decode("utf-16-be").encode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return run[0]  # shown as it stands rather than guessed at
