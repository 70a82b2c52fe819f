"""The answer to TOP, cut to what was asked for."""

from __future__ import annotations

from typing import NamedTuple


class Block(NamedTuple):
    """A header with its empty line, and what came behind it; body None: there was no empty line."""

    head: bytes
    body: bytes | None


def block_of(data: bytes) -> Block:
    """Split at the first empty line. A second status line in front (FTGate) is left out."""
    if data[:3].upper() == b"+OK":
        data = data[data.find(b"\n") + 1 :]
    if data[:2] == b"\r\n":
        return Block(b"\r\n", data[2:])
    for empty in (b"\r\n\r\n", b"\n\n"):
        at = data.find(empty)
        if at >= 0:
            return Block(data[: at + len(empty)], data[at + len(empty) :])
    return Block(data, None)


def asked_for(data: bytes, lines: int) -> bytes:
    """The header and no more lines of the body than were asked for."""
    head, body = block_of(data)
    if not lines or not body:
        return head
    end = -1
    for _ in range(lines):
        end = body.find(b"\n", end + 1)
        if end < 0:
            return head + body
    return head + body[: end + 1]


def has_more_than(data: bytes, lines: int) -> bool:
    """Whether more of the body came than was asked for."""
    _, body = block_of(data)
    return bool(body) and (body or b"").rstrip(b"\r\n").count(b"\n") >= lines and bool((body or b"").strip())
