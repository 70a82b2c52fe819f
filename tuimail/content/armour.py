"""OpenPGP inside a plain text (RFC 9580 §6 and §7): where such a message begins and ends. One pass, by line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

MOST = 10
"""Messages looked for in one text; the rest stays text."""

_LINE = re.compile(rb"^-----(BEGIN|END) PGP (SIGNED MESSAGE|SIGNATURE|MESSAGE)-----[ \t]*\r?$", re.MULTILINE)
_EMPTY = re.compile(rb"^[ \t]*\r?\n", re.MULTILINE)
_NEXT = {
    ("", b"BEGIN SIGNED MESSAGE"): "signed",
    ("signed", b"BEGIN SIGNATURE"): "signature",
    ("signature", b"END SIGNATURE"): "done",
    ("", b"BEGIN MESSAGE"): "message",
    ("message", b"END MESSAGE"): "done",
}


class Stretch(NamedTuple):
    """A piece of a text."""

    octets: bytes
    kind: str
    """"" (text), signed (clear-signed), message (encrypted, as a rule)."""
    readable: bytes = b""
    """Of what is clear-signed, the words between its header and its signature."""


def stretches(text: bytes) -> list[Stretch]:
    """All of a text in order; one Stretch of kind "" when there is no OpenPGP in it."""
    found: list[Stretch] = []
    taken = 0
    for start, words, end, kind in _messages(text):
        if len(found) >= 2 * MOST:
            break
        if text[taken:start].strip():
            found.append(Stretch(text[taken:start], ""))
        found.append(Stretch(text[start:end], kind, _readable(text[start:words]) if kind == "signed" else b""))
        taken = end
    if text[taken:].strip() or not found:
        found.append(Stretch(text[taken:], ""))
    return found


def _messages(text: bytes) -> Iterator[tuple[int, int, int, str]]:
    """(start, where the signature begins, end, kind); what is not in this order is no message."""
    state, start, words, kind = "", 0, 0, ""
    for line in _LINE.finditer(text):
        mark = line[1] + b" " + line[2]
        state = _NEXT.get((state, mark)) or _NEXT.get(("", mark), "")
        if state in ("signed", "message"):
            start, kind = line.start(), state
        elif state == "signature":
            words = line.start()
        elif state == "done":
            yield start, words, line.end(), kind
            state = ""


def _readable(part: bytes) -> bytes:
    """Without the header of the armour, which nothing vouches for, and with dashes as they were written."""
    empty = _EMPTY.search(part)
    body = part[empty.end() :] if empty else b""
    return b"\n".join(line.removeprefix(b"- ") for line in body.split(b"\n"))
