"""Cutting a byte stream into responses: lines, with counted literals inside them.

Framing never depends on parsing, so a response we cannot read costs that response and not the connection.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from tuimail.protocol.errors import RemoteProtocolError

MAX_TEXT: Final = 64 * 1024 * 1024
"""Octets of one response outside its literals. Ten thousand is not enough: a SEARCH over a big mailbox is one line."""
MAX_LITERALS: Final = 1024 * 1024 * 1024
"""Octets of all literals of one response together."""
COMPACT_AT: Final = 64 * 1024
"""Consumed octets that may lie in front of the cursor before the buffer is cut."""

# RFC 9051: literal = "{" number64 ["+"] "}" CRLF *CHAR8      literal8 = "~{" number64 "}" CRLF *OCTET
_LITERAL = re.compile(rb"\{([0-9]+)\+?\}\Z")
# `{-1}`, `{}`, `{5` where a literal should stand: what follows cannot be told from protocol, so we must not go on.
_BROKEN_LITERAL = re.compile(rb"[ (\]]~?\{(?:-[0-9]+|[0-9]*)[+-]?\}?\Z")
# A line of human text never carries a literal; otherwise `* OK see {10}` would eat the next ten octets.
_HUMAN_TEXT = re.compile(rb"\+|[^ ]+ +(?:OK|NO|BAD|BYE|PREAUTH)(?![^ ])", re.IGNORECASE)
_FETCH = re.compile(rb"\* +[0-9]+ +FETCH ", re.IGNORECASE)

_NEWLINE, _RETURN, _SPACE, _CLOSE, _BRACE = b"\n\r )}"


class Frame(NamedTuple):
    """One response: its text without the last line end, literal markers (`{5}` CRLF) kept in it, and the literals."""

    text: bytes
    literals: tuple[bytes, ...] = ()


class Framer:
    """Bytes in, frames out. The work is linear in the bytes, whatever the cuts they arrive in."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._cursor = 0
        """Everything before it is consumed."""
        self._searched = 0
        """No newline lies between the cursor and here."""
        self._text: list[bytes] = []
        """The lines of the current frame that ended in a literal."""
        self._text_size = 0
        self._literals: list[bytes] = []
        self._literal_size = 0
        self._owed: int | None = None
        """The size of the literal that begins at the cursor."""

    @property
    def buffered(self) -> int:
        """Octets received and not yet given out as frames."""
        return len(self._buffer) - self._cursor + self._text_size + self._literal_size

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the stream."""
        if self._cursor >= COMPACT_AT:
            del self._buffer[: self._cursor]
            self._searched -= self._cursor
            self._cursor = 0
        self._buffer += data

    def next_frame(self) -> Frame | None:
        """The next whole response, or None until more bytes come. Raises RemoteProtocolError beyond the limits."""
        buffer = self._buffer
        while True:
            if self._owed is not None and not self._take_literal():
                return None
            start = self._cursor
            newline = buffer.find(b"\n", self._searched)
            if newline < 0:
                self._searched = len(buffer)
                if self._text_size + self._searched - start > MAX_TEXT:
                    raise RemoteProtocolError(f"a response line of more than {MAX_TEXT} octets")
                return None
            end = newline - 1 if newline > start and buffer[newline - 1] == _RETURN else newline
            if self._text:
                if end == start and _FETCH.match(self._text[0]):
                    # FETCH ends with ")". An empty line behind a literal is a slip some servers make (cpython#88574).
                    if newline + 1 == len(buffer):
                        self._searched = start
                        return None
                    if buffer[newline + 1] in (_CLOSE, _SPACE):
                        self._cursor = self._searched = newline + 1
                        continue
            elif end == start or buffer[start] == 0:
                while start < end and buffer[start] == 0:
                    start += 1
                if start == end:  # a blank line, or leading NULs, between responses
                    self._cursor = self._searched = newline + 1
                    continue
            self._cursor = self._searched = newline + 1
            line = bytes(buffer[start:end])
            if line.endswith(b"}") or b"{" in line[-12:]:
                self._expect_literal(line)
                if self._owed is not None:
                    continue
            return self._complete(line)

    def _expect_literal(self, line: bytes) -> None:
        if not self._text and _HUMAN_TEXT.match(line):
            return
        if found := _LITERAL.search(line, max(0, len(line) - 64)):
            digits = found[1].lstrip(b"0")
            owed = int(digits or b"0") if len(digits) <= 12 else MAX_LITERALS + 1
            if self._literal_size + owed > MAX_LITERALS:
                raise RemoteProtocolError(f"a literal that makes its response larger than {MAX_LITERALS} octets")
            self._owed = owed
            self._text.append(line + b"\r\n")
            self._text_size += len(line) + 2
            if self._text_size > MAX_TEXT:
                raise RemoteProtocolError(f"a response text of more than {MAX_TEXT} octets")
        elif _BROKEN_LITERAL.search(line, max(0, len(line) - 64)):
            raise RemoteProtocolError("a literal without a usable size")

    def _take_literal(self) -> bool:
        assert self._owed is not None
        end = self._cursor + self._owed
        if len(self._buffer) < end:
            return False
        with memoryview(self._buffer) as view:
            self._literals.append(bytes(view[self._cursor : end]))
        self._literal_size += self._owed
        self._cursor = self._searched = end
        self._owed = None
        return True

    def _complete(self, line: bytes) -> Frame:
        if not self._text:
            return Frame(line)
        self._text.append(line)
        frame = Frame(b"".join(self._text), tuple(self._literals))
        self._text, self._literals = [], []
        self._text_size = self._literal_size = 0
        return frame
