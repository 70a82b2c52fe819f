"""COMPRESS=DEFLATE (RFC 4978) as a byte filter under the framer, and what it saved.

A kilobyte can inflate to a megabyte, so nothing inflates ahead of its reader: plain octets are made piece by piece,
as the framer asks for them, and its limits hold for them as for any others.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Final

from tuimail.protocol.errors import RemoteProtocolError

PIECE: Final = 256 * 1024
"""Octets inflated at a time."""
_RAW: Final = -15
"""RFC 4978 §3: no zlib header, the largest window."""


@dataclass(slots=True)
class Traffic:
    """Octets of one connection, above TLS: as they travelled, and as they were said."""

    received: int = 0
    read: int = 0
    sent: int = 0
    written: int = 0

    @property
    def ratio(self) -> float:
        """How many octets of dialogue one octet on the line carried; 1.0 without compression."""
        return (self.read + self.written) / max(1, self.received + self.sent)


class Deflate:
    """Both directions of a connection behind the OK to COMPRESS."""

    def __init__(self) -> None:
        self._squeeze = zlib.compressobj(wbits=_RAW)
        self._stretch = zlib.decompressobj(_RAW)
        self._held = bytearray()
        self._full = False
        """The last piece was a whole one, so more may wait inside zlib."""

    def squeeze(self, data: bytes) -> bytes:
        """What to write for these octets, flushed so that the other side can read all of it now."""
        return self._squeeze.compress(data) + self._squeeze.flush(zlib.Z_SYNC_FLUSH)

    def feed(self, data: bytes) -> None:
        """Take octets from the line."""
        self._held += data

    def take(self) -> bytes:
        """The next plain octets, PIECE at most; b"" when there are none. Raises RemoteProtocolError on garbage."""
        while self._held or self._full:
            if self._stretch.eof:  # RFC 1951 has a last block, a conversation has none
                raise RemoteProtocolError("the compressed stream ended before the connection did")
            try:
                plain = self._stretch.decompress(self._held, PIECE)
            except zlib.error as error:
                raise RemoteProtocolError(f"a compressed stream that is none ({error})") from None
            self._held = bytearray(self._stretch.unconsumed_tail or self._stretch.unused_data)
            self._full = len(plain) == PIECE
            if plain:
                return plain
        return b""
