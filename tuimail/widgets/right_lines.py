"""Lines of Hebrew, Arabic and the like: at the right edge, their prefix mirrored, letters in logical order.

A terminal that knows bidi turns the words around itself, one that does not shows them as they are stored; either way
what is copied is the text. No bidi control ever goes to the terminal.
"""

from __future__ import annotations

import re

from rich.cells import cell_len

from tuimail.model import Span
from tuimail.widgets.lines import Line

_PARTS = re.compile(r"\d+|.", re.DOTALL)
_OTHER_HAND = str.maketrans("▌▎", "▐▕")


def at_right(line: Line, prefix: str, width: int, style: str) -> Line:
    """The line moved to the right edge of `width` cells, with its prefix (of that style) after it."""
    after = mirrored(prefix).rstrip()
    pad = max(0, width - cell_len(line.text) - cell_len(mirrored(prefix)))
    spans = [Span(span.start + pad, span.end + pad, span.style) for span in line.spans]
    end = pad + len(line.text)
    if after:
        spans.append(Span(end, end + len(after), style))
    return Line(" " * pad + line.text + after, tuple(spans), line.level)


def mirrored(prefix: str) -> str:
    """A prefix as seen from the right: " 10. " is " .10 "."""
    return "".join(reversed(_PARTS.findall(prefix))).translate(_OTHER_HAND)
