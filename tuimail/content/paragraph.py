"""A paragraph of hypertext while it is being written: pieces of text, the styles over them, blanks collapsed."""

from __future__ import annotations

import re
import unicodedata

from tuimail.content.clean import clean_body
from tuimail.model import Span

_BLANKS = re.compile(r"[ \t\r\n\f]+")
_INVISIBLE = str.maketrans(dict.fromkeys([0x200B, 0x2060, 0xFEFF, 0x00AD, 0x034F, 0x180E]) | {0xA0: " "})
_UP = str.maketrans("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ")
_DOWN = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")
_RAISED = re.compile(r"[0-9+\-=()n]{1,12}")
_LOWERED = re.compile(r"[0-9+\-=()]{1,12}")
_LONGEST_LOOK = 500
"""Characters searched for the first letter with a direction."""


class Paragraph:
    """Offsets count what has been written since `take`."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.length = 0
        self.spans: list[Span] = []
        self.at_blank = True
        self.broken = False
        """There was something in it that takes room, even if no words."""

    def words(self, text: str, *, keeps_lines: bool = False) -> None:
        """Add text; blanks are collapsed as HTML has it, or kept as in `white-space: pre`."""
        if keeps_lines:
            text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_INVISIBLE)
        else:
            if not self.broken and "\xa0" in text:
                self.broken = True
            text = _BLANKS.sub(" ", text.translate(_INVISIBLE) if not text.isascii() else text)
            if self.at_blank and text[:1] == " ":
                text = text[1:]
        if text:
            self.at_blank = text[-1] in " \n"
            self.pieces.append(text)
            self.length += len(text)

    def line_break(self) -> None:
        """<br>: also takes the blank before it away."""
        self.broken = True
        self.pieces.append("\n")
        self.length += 1
        self.at_blank = True

    def mark(self, start: int, style: str) -> None:
        """Style from `start` to here; what continues the last span of that style makes it longer."""
        if self.length <= start:
            return
        if self.spans:
            last = self.spans[-1]
            if last.style == style and last.end == start:
                self.spans[-1] = Span(last.start, self.length, style)
                return
        self.spans.append(Span(start, self.length, style))

    def raise_or_lower(self, start: int, up: bool) -> None:
        """Digits since `start` as raised or lowered ones, where there are such; words stay as they are."""
        if not self.pieces or self.length - len(self.pieces[-1]) != start:
            return
        text = self.pieces[-1]
        if (_RAISED if up else _LOWERED).fullmatch(text):
            self.pieces[-1] = text.translate(_UP if up else _DOWN)

    def drop_blank(self) -> bool:
        """Take a blank off the end; whether there was one."""
        if self.pieces and self.pieces[-1].endswith(" "):
            self.pieces[-1] = self.pieces[-1][:-1]
            self.length -= 1
            return True
        return False

    def take(self) -> tuple[str, tuple[Span, ...]]:
        """The cleaned text and its spans; then it is empty again."""
        text, spans = cleaned("".join(self.pieces), self.spans)
        self.pieces, self.spans, self.length = [], [], 0
        self.at_blank, self.broken = True, False
        return text, spans


def cleaned(text: str, spans: list[Span]) -> tuple[str, tuple[Span, ...]]:
    """Clean a paragraph, take blank lines off its ends, and move its spans along with it."""
    clean = clean_body(text)
    moved: dict[int, int] = {}
    if len(clean) != len(text):  # characters were dropped: count each stretch between edges again
        done = length = 0
        for cut in sorted({edge for span in spans for edge in (span.start, span.end)}):
            length += len(clean_body(text[done:cut]))
            moved[cut] = length
            done = cut
    clean = clean.rstrip()
    lead = len(clean) - len(clean.lstrip("\n"))
    end = len(clean) - lead
    kept = []
    for span in spans:
        first = max(0, moved.get(span.start, span.start) - lead)
        last = min(end, moved.get(span.end, span.end) - lead)
        if first < last:
            kept.append(Span(first, last, span.style))
    return clean[lead:], tuple(kept)


def reads_from_right(text: str) -> bool:
    """Whether the first letter with a direction is Hebrew, Arabic or the like (Unicode UAX #9, P2)."""
    if text.isascii():
        return False
    for character in text[:_LONGEST_LOOK]:
        kind = unicodedata.bidirectional(character)
        if kind == "L":
            return False
        if kind in ("R", "AL"):
            return True
    return False
