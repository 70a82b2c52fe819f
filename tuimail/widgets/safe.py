"""The second net: nothing that could command a terminal leaves a widget, whoever made the string.

`content.clean` has already cleaned every text that came from outside; Textual itself lets every
control character through to the terminal. So each widget passes what it paints through here once
more. Replacing one for one keeps offsets (spans, selections) true.
"""

from __future__ import annotations

import re

from rich.cells import cell_len, set_cell_size

# C0, DEL, C1; line and paragraph separators; bidi marks, embeddings and isolates; lone surrogates.
_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_FORBIDDEN_BUT_BREAKS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
_SPACES = str.maketrans("\t\n", "  ")
_MARK = "\N{REPLACEMENT CHARACTER}"


def safe_line(text: str) -> str:
    """One line that may be painted: tab and newline become spaces, other controls a visible mark; same length."""
    if text.isascii() and text.isprintable():
        return text
    return _FORBIDDEN.sub(_MARK, text.translate(_SPACES))


def safe_text(text: str) -> str:
    """Like `safe_line`, but newlines and tabs stay for the one who wraps the text; same length."""
    return _FORBIDDEN_BUT_BREAKS.sub(_MARK, text)


def fit(text: str, width: int) -> str:
    """A safe line of exactly `width` cells: cut at a grapheme with "…", or padded with spaces.

    Looks at no more than a bounded part of a very long text, so a subject of a megabyte costs nothing.
    """
    if width <= 0:
        return ""
    if text.isascii() and text.isprintable():
        return text.ljust(width) if len(text) <= width else text[: width - 1] + "…"
    line = safe_line(text[: width * 8])
    length = cell_len(line)
    if length <= width:
        return line + " " * (width - length)
    return set_cell_size(line, width - 1) + "…"
