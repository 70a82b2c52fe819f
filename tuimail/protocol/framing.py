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

MAX_MARKER: Final = 64
"""Octets of a literal marker at the end of a line, leading zeros included."""

# RFC 9051: literal = "{" number64 ["+"] "}" CRLF *CHAR8      literal8 = "~{" number64 "}" CRLF *OCTET
_LITERAL = re.compile(rb"\{([0-9]+)\+?\}\Z")
# `{-1}`, `{}`, `{5` where a literal should stand: what follows cannot be told from protocol, so we must not go on.
_BROKEN_LITERAL = re.compile(rb"(?<=[ (\]~])\{(?:-[0-9]+|[0-9]*)[+-]?\}?\Z")
# A line of human text never carries a literal; otherwise `* OK see {10}` would eat the next ten octets.
_HUMAN_TEXT = re.compile(rb"\+|[^ ]+ +(?:OK|NO|BAD|BYE|PREAUTH)(?![^ ])", re.IGNORECASE)
_FETCH = re.compile(rb"\* +[0-9]+ +FETCH ", re.IGNORECASE)

_RETURN, _SPACE, _CLOSE = b"\r )"


class Frame(NamedTuple):
    """One response: its text without the last line end, literal markers (`{5}` CRLF) kept in it, and the literals."""

    text: bytes
    literals: tuple[bytes, ...] = ()


class Framer:
    """Bytes in, frames out. The work is linear in the bytes, whatever the cuts they arrive in."""

    def __init__(self) -> None:
        self._data = b""
        self._cursor = 0
        """Everything in `_data` before it is consumed."""
        self._dry = True
        """`_data` has no newline behind the cursor."""
        self._fed: list[bytes] = []
        """What came since; joined to `_data` only when it is enough to go on, so a byte is copied once or twice."""
        self._fed_size = 0
        self._fed_newline = False
        self._text: list[bytes] = []
        """The lines of the current frame that ended in a literal."""
        self._text_size = 0
        self._literals: list[bytes] = []
        self._literal_size = 0
        """Octets of all literals of the current frame, the owed one included."""
        self._owed: int | None = None
        """The size of the literal that begins at the cursor."""

    @property
    def buffered(self) -> int:
        """Octets received and not yet given out as frames."""
        unframed = len(self._data) - self._cursor + self._fed_size
        return unframed + self._text_size + self._literal_size - (self._owed or 0)

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the stream."""
        self._fed.append(data)
        self._fed_size += len(data)
        self._fed_newline = self._fed_newline or b"\n" in data

    def take_back(self) -> bytes:
        """What was fed and not yet framed, for another layer to read; to be asked between two responses only."""
        rest = b"".join((self._data[self._cursor :], *self._fed))
        self.__init__()  # type: ignore[misc]
        return rest

    def next_frame(self) -> Frame | None:
        """The next whole response, or None until more bytes come. Raises RemoteProtocolError beyond the limits."""
        while self._owed is None or self._take_literal():
            data, start = self._data, self._cursor
            newline = -1 if self._dry else data.find(b"\n", start)
            if newline < 0:
                self._dry = True
                if self._fed_newline:
                    self._join()
                    continue
                if start == len(data):
                    self._data, self._cursor = b"", 0  # let go of what may have been a big literal
                if self._text_size + len(data) - start + self._fed_size > MAX_TEXT:
                    raise RemoteProtocolError(f"a response line of more than {MAX_TEXT} octets")
                return None
            end = newline - 1 if newline > start and data[newline - 1] == _RETURN else newline
            if not self._text:
                if data[start] == 0:
                    start = end - len(data[start:end].lstrip(b"\0"))
                if start == end:  # a blank line, or NULs alone, between responses
                    self._cursor = newline + 1
                    continue
            elif not data[start:end].strip(b" ") and _FETCH.match(self._text[0]):
                # FETCH ends with ")". A blank line behind a literal is a slip some servers make (cpython#88574).
                if newline + 1 == len(data):
                    if not self._fed:
                        return None
                    self._join()
                    continue
                if data[newline + 1] in (_SPACE, _CLOSE):
                    self._cursor = newline + 1
                    continue
            self._cursor = newline + 1
            line = data[start:end]
            brace = line.rfind(b"{", -MAX_MARKER)
            if brace >= 0 and (self._text or not _HUMAN_TEXT.match(line)):
                self._expect_literal(line, brace)
                if self._owed is not None:
                    continue
            if not self._text:
                return Frame(line)
            return self._complete(line)
        return None

    def next_lists(self, usual: re.Pattern[bytes], most: int) -> list[tuple[re.Match[bytes], bytes | None]]:
        """The next responses, `most` at most, as far as all of them is here and looks as `usual` says.

        `usual` matches a response with its CRLF; or, with its last group the size of a literal, everything
        before the literal, behind which only ")" CRLF may stand. Returns matches and literals.
        """
        taken: list[tuple[re.Match[bytes], bytes | None]] = []
        if self._text:
            return taken
        data, at = self._data, self._cursor
        while len(taken) < most and (found := usual.match(data, at)) is not None:
            end = found.end()
            if (size := found[usual.groups]) is None:
                taken.append((found, None))
                at = end
                continue
            behind = end + int(size)
            if data[behind : behind + 3] != b")\r\n":
                break
            taken.append((found, data[end:behind]))
            at = behind + 3
        self._cursor = at
        return taken

    def _join(self) -> None:
        self._data = b"".join((self._data[self._cursor :], *self._fed))
        self._cursor = 0
        self._dry = False
        self._fed = []
        self._fed_size = 0
        self._fed_newline = False

    def _take_literal(self) -> bool:
        assert self._owed is not None
        missing = self._cursor + self._owed - len(self._data)
        if missing > 0:
            if missing > self._fed_size:
                return False
            self._join()
        start, self._cursor = self._cursor, self._cursor + self._owed
        self._literals.append(self._data[start : self._cursor])
        self._owed = None
        return True

    def _expect_literal(self, line: bytes, brace: int) -> None:
        if found := _LITERAL.match(line, brace):
            digits = found[1].lstrip(b"0")
            self._owed = int(digits or b"0") if len(digits) <= 12 else MAX_LITERALS + 1
            self._literal_size += self._owed
            if self._literal_size > MAX_LITERALS:
                raise RemoteProtocolError(f"a literal that makes its response larger than {MAX_LITERALS} octets")
            self._text += (line, b"\r\n")
            self._text_size += len(line) + 2
            if self._text_size > MAX_TEXT:
                raise RemoteProtocolError(f"a response text of more than {MAX_TEXT} octets")
        elif _BROKEN_LITERAL.match(line, brace):
            raise RemoteProtocolError("a literal without a usable size")

    def _complete(self, line: bytes) -> Frame:
        frame = Frame(b"".join((*self._text, line)), tuple(self._literals))
        self._text = []
        self._literals = []
        self._text_size = self._literal_size = 0
        return frame
