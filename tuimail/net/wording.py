"""Making a server's words fit to stand in our sentences: hostile until printable, and short."""

from __future__ import annotations

_SENTENCE = 200


def printable(text: str, limit: int = _SENTENCE) -> str:
    """One line of visible characters: controls, escapes, bidi marks, odd blanks become spaces; long texts are cut."""
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    return " ".join("".join(c if c.isprintable() else " " for c in cut).split())


def said(text: bytes) -> str:
    """A server's human-readable text (RFC 3501 resp-text), for the end of our sentence; "" when it said nothing."""
    words = printable(text.decode("utf-8", "replace"))
    return f"“{words}”" if words else ""
