"""Cutting a byte stream into status lines and dot-stuffed bodies (RFC 1939 §3).

What ends a line is learned from the status line: behind one that ends in CRLF only CRLF.CRLF ends the body, so that a
bare LF inside a mail cannot (CVE-2023-51764 and its kin); a server that ends its status lines in LF is taken at that.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from tuimail.protocol.errors import RemoteProtocolError

MAX_LINE: Final = 8 * 1024
"""Octets of a status line; RFC 2449 §4 allows 512. Lines inside a body have no limit."""
PIECE: Final = 1 << 20
"""Octets of a body that are kept in one piece."""


class Body(NamedTuple):
    """What a multi-line response holds, dots unstuffed, line ends as they came."""

    data: bytes
    cut: bool
    """It was longer than asked for; the rest was read and thrown away."""
    before: tuple[bytes, ...] = ()
    """Of a very large one what comes before `data`, to be joined where that makes nobody wait."""


class Framer:
    """Bytes in, lines and bodies out. The work is linear in the bytes, whatever the cuts they arrive in."""

    def __init__(self) -> None:
        self._data = b""
        self._cursor = 0
        """Everything in `_data` before it is consumed."""
        self._fed: list[bytes] = []
        self._fed_size = 0
        self._eol = b"\r\n"
        self._pieces: list[bytes] = []
        """The body so far, but for its last piece."""
        self._piece = bytearray()
        """The last piece of the body so far, unstuffed; the first one has the line end before it."""
        self._kept = 0
        """Octets in all of them."""
        self._body_size = 0
        self._limit = 0

    @property
    def buffered(self) -> int:
        """Octets received and not yet given out."""
        return len(self._data) - self._cursor + self._fed_size

    @property
    def body_size(self) -> int:
        """Octets of the body under way that have been consumed."""
        return max(0, self._body_size - len(self._eol))

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the stream."""
        self._fed.append(data)
        self._fed_size += len(data)

    def next_line(self) -> bytes | None:
        """The next line without its end, or None until more bytes come. Raises RemoteProtocolError beyond MAX_LINE."""
        newline = self._data.find(b"\n", self._cursor)
        if newline < 0 and self._fed:
            self._join()
            newline = self._data.find(b"\n", self._cursor)
        if (newline if newline >= 0 else len(self._data)) - self._cursor > MAX_LINE:
            raise RemoteProtocolError(f"a line of more than {MAX_LINE} octets where a short one belongs")
        if newline < 0:
            return None
        start, self._cursor = self._cursor, newline + 1
        returned = newline > start and self._data[newline - 1] == 13
        self._eol = b"\r\n" if returned else b"\n"
        return self._data[start : newline - returned]

    def begin_body(self, limit: int) -> None:
        """What follows the line just given out is a body, of which `limit` octets are kept."""
        self._cursor -= len(self._eol)  # the end of that line may be the beginning of the end
        self._pieces, self._piece, self._kept = [], bytearray(), 0
        self._body_size = 0
        self._limit = limit + len(self._eol)

    def next_body(self) -> Body | None:
        """The body begun, when all of it is here."""
        eol = self._eol
        end = eol + b"." + eol
        at = self._data.find(end, self._cursor)
        if at < 0 and self._fed:
            self._join()
            at = self._data.find(end, self._cursor)
        if at < 0:
            self._consume(self._safe_cut(len(end) - 1))
            return None
        if not self._kept and at + len(eol) - self._cursor <= self._limit:  # the usual case: all in one piece
            whole = self._unstuffed(at + len(eol))
            self._cursor = at + len(end)
            return Body(whole[len(eol) :], False)
        self._consume(at + len(eol))
        self._cursor = at + len(end)
        return self._finished()

    def end_glued(self) -> Body | None:
        """The body begun, if a dot glued to its last line may be its end: `text.` CRLF, as Exchange 2000 did.

        To be asked when the server has said nothing for a while.
        """
        if self._fed:
            self._join()
        end = b"." + self._eol
        if not self._data.endswith(end) or len(self._data) - self._cursor < len(end):
            return None
        self._consume(len(self._data) - len(end))
        self._cursor = len(self._data)
        if not self._piece.endswith(self._eol) and self._kept < self._limit:
            self._piece += self._eol
        return self._finished()

    def _finished(self) -> Body:
        first, *others = *self._pieces, bytes(self._piece)
        *before, last = first[len(self._eol) :], *others
        self._pieces, self._piece, self._kept = [], bytearray(), 0
        return Body(last, self._body_size > self._limit, tuple(before))

    def _safe_cut(self, keep: int) -> int:
        """Up to where the body is surely body, and no stuffed dot is torn apart."""
        cut = len(self._data) - keep
        stuffed = self._eol + b".."
        for length in range(len(stuffed) - 1, 0, -1):
            if self._data.endswith(stuffed[:length], self._cursor, max(cut, 0)):
                return cut - length
        return cut

    def _consume(self, until: int) -> None:
        if until <= self._cursor:
            return
        room = self._limit - self._kept
        if room > 0:
            more = self._unstuffed(until)[:room]
            self._piece += more
            self._kept += len(more)
            if len(self._piece) > PIECE:
                keep = len(self._piece) - len(self._eol)  # where it ends is still to be seen
                self._pieces.append(bytes(memoryview(self._piece)[:keep]))
                self._piece = self._piece[keep:]
        self._body_size += until - self._cursor
        self._cursor = until

    def _unstuffed(self, until: int) -> bytes:
        """RFC 1939 §3: the first octet (the dot) is stripped.

        Only where two dots stand: what a server sends that stuffs nothing then loses nothing but the rare `..`.
        """
        stuffed = self._eol + b".."
        if self._data.find(stuffed, self._cursor, until) < 0:
            return self._data[self._cursor : until]
        return self._data[self._cursor : until].replace(stuffed, self._eol + b".")

    def _join(self) -> None:
        self._data = b"".join((self._data[self._cursor :], *self._fed))
        self._cursor = 0
        self._fed = []
        self._fed_size = 0
