"""What is signed or was encrypted, in lines: a card and a bar beside all that is under it. Pure.

In a document with a seal the first column is ours: no text of a mail can stand there, so a bar that a mail has drawn
itself stands a column further in, in another colour, and without a line in the header above.
"""

from __future__ import annotations

from collections.abc import Sequence

from tuimail.model import Seal, Span
from tuimail.widgets.lines import Line, wrap
from tuimail.widgets.safe import safe_line

GUTTER = 2
"""Cells of the column, in a document that has a seal."""
MOST_NAMED = 5
"""In the header; their cards have them all."""
MARKS = {"good": "✓", "doubtful": "?", "bad": "✗", "waiting": "…", "unchecked": "?", "closed": "■", "opened": "□"}
_LOOKS = {"good": "seal-good", "doubtful": "seal-doubtful", "bad": "seal-bad"}


def look_of(seal: Seal) -> str:
    """The style of a seal, its bar and its card."""
    return _LOOKS.get(seal.word, "seal")


def beside(line: Line) -> Line:
    """A line that is under no seal, in a document that has one."""
    return Line(" " * GUTTER + line.text, _moved(line.spans), line.level) if line.text else line


def under(seal: Seal, lines: Sequence[Line], width: int) -> list[Line]:
    """A card, the lines under it with the bar, and where it ends. width: of all, the bar included."""
    look = look_of(seal)
    framed: list[Line] = []
    for number, words in enumerate(seal.lines):
        for part in _wrapped(words, width - GUTTER - 2):
            mark = f"{MARKS[seal.word]} " if not framed else "  "
            text = f"{'║' if framed else '╔'} {mark}{part}"
            framed.append(Line(text, (Span(0, len(text), look if not number else f"{look}-more"), Span(0, 1, look))))
    framed += [Line("║ " + line.text, (*_moved(line.spans), Span(0, 1, look)), line.level) for line in lines]
    framed.append(Line("╚" + "═" * GUTTER, (Span(0, 1 + GUTTER, look),)))
    return framed


def in_header(seals: Sequence[Seal], label: int, width: int) -> list[Line]:
    """One line for each seal above the text, where nothing but our own words stands. label: cells of its name."""
    lines: list[Line] = []
    for number, seal in enumerate(seals[:MOST_NAMED]):
        name = f"{'' if number else 'Seal':<{label}}"
        part = "" if seal.whole else "In part: "
        for place, words in enumerate(_wrapped(part + seal.lines[0], width - label - 2)):
            text = f"{' ' * label if place else name}{'  ' if place else MARKS[seal.word] + ' '}{words}"
            lines.append(Line(text, (Span(0, label, "label"), Span(label, len(text), look_of(seal)))))
    if len(seals) > MOST_NAMED:
        text = f"{' ' * label}and {len(seals) - MOST_NAMED} more below"
        lines.append(Line(text, (Span(label, len(text), "seal"),)))
    return lines


def _wrapped(words: str, room: int) -> list[str]:
    text = safe_line(words)
    return [text[start:end] for start, end in wrap(text, max(1, room))]


def _moved(spans: Sequence[Span]) -> tuple[Span, ...]:
    return tuple(Span(span.start + GUTTER, span.end + GUTTER, span.style) for span in spans)
