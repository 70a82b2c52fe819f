"""Making a server's words fit to stand in our sentences: hostile until printable, and short."""

from __future__ import annotations

import re

_SENTENCE = 200
_BUSY_CODES = frozenset(("UNAVAILABLE", "IN-USE", "INUSE", "LIMIT", "SERVERBUG"))
_BUSY_WORDS = re.compile(r"too many|try again later|temporar|maximum number of connections", re.IGNORECASE)


def busy(code: str, words: str) -> bool:
    """Whether a refusal means "not now" and not "not you" (RFC 5530, and words where there is no code)."""
    return code in _BUSY_CODES or (not code and _BUSY_WORDS.search(words) is not None)


def printable(text: str, limit: int = _SENTENCE) -> str:
    """One line of visible characters: controls, escapes, bidi marks, odd blanks become spaces; long texts are cut."""
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    return " ".join("".join(c if c.isprintable() else " " for c in cut).split())


def said(text: bytes) -> str:
    """A server's human-readable text (RFC 3501 resp-text), for the end of our sentence; "" when it said nothing."""
    words = printable(text.decode("utf-8", "replace"))
    return f"“{words}”" if words else ""
