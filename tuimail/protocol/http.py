"""The one question of HTTP that a mail reader asks: GET, and the answer read as its octets come (RFC 9112)."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

MOST_HEAD = 32_768
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})(?: |$)")
_SIZE = re.compile(rb"[0-9A-Fa-f]{1,7}")
_SAFE = "/:@!$&'()*+,;=-._~%?"


def request(url: str) -> bytes:
    """A GET that says no more than it must: no cookies, no referrer, no languages."""
    parts = urlsplit(url)
    path = quote(parts.path or "/", safe=_SAFE) + (f"?{quote(parts.query, safe=_SAFE)}" if parts.query else "")
    name = parts.hostname or ""
    host = f"[{name}]" if ":" in name else name.encode("idna").decode()
    port = f":{parts.port}" if parts.port not in (None, 443) else ""
    lines = (
        f"GET {path} HTTP/1.1",
        f"Host: {host}{port}",
        "User-Agent: tuimail",
        "Accept: image/png,image/jpeg,image/gif,image/webp",
        "Accept-Encoding: identity",
        "Connection: close",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")


class Answer:
    """Feed it what comes until `done`; then there is `status`, `location` and `body`.

    Raises ValueError, in a few words, for what is no answer, or one of more than `most` octets.
    """

    def __init__(self, most: int) -> None:
        self.status = 0
        self.location = ""
        """Where a redirection leads (RFC 9110 §10.2.2), as sent."""
        self.body = b""
        self.done = False
        self._most = most
        self._waiting = b""
        self._length: int | None = None
        self._chunked = False

    def feed(self, data: bytes) -> None:
        """Octets from the line."""
        self._waiting += data
        while not self.status:
            head, empty, rest = self._waiting.partition(b"\r\n\r\n")
            if not empty:
                if len(self._waiting) > MOST_HEAD:
                    raise ValueError("no end of the header")
                return
            self._waiting = rest
            self._head(head)
        if self._chunked:
            self._chunks()
        else:
            self.body += self._waiting
            self._waiting = b""
            self.done = self._length is not None and len(self.body) >= self._length
        if len(self.body) > self._most:
            raise ValueError("too large")

    def end(self) -> None:
        """The line was closed. What came without a length is whole then (RFC 9112 §6.3)."""
        if not self.done and (not self.status or self._chunked or self._length is not None):
            raise ValueError("cut short")
        self.done = True

    def _head(self, head: bytes) -> None:
        first, *lines = head.split(b"\r\n")
        found = _STATUS.match(first)
        if found is None:
            raise ValueError("not HTTP")
        if found[1].startswith(b"1"):  # an interim answer; the real one follows
            return
        self.status = int(found[1])
        fields = {}
        for line in lines:
            name, _, value = line.partition(b":")
            fields[name.strip().lower()] = value.strip()
        self.location = fields.get(b"location", b"").decode("latin-1")
        self._chunked = b"chunked" in fields.get(b"transfer-encoding", b"").lower()
        length = fields.get(b"content-length", b"")
        if length.isdigit() and not self._chunked:
            self._length = int(length[:12])
            if self._length > self._most:
                raise ValueError("too large")

    def _chunks(self) -> None:
        """RFC 9112 §7.1; what stands after the last chunk is nothing to us."""
        while not self.done:
            line, end, rest = self._waiting.partition(b"\r\n")
            if not end:
                if len(line) > MOST_HEAD:
                    raise ValueError("a bad chunk")
                return
            found = _SIZE.match(line)
            if found is None:
                raise ValueError("a bad chunk")
            size = int(found[0], 16)
            if len(self.body) + size > self._most:
                raise ValueError("too large")
            if len(rest) < size + 2 and size:
                return
            self.body += rest[:size]
            self._waiting = rest[size + 2 :]
            self.done = size == 0
