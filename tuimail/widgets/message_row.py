"""One line of the message list: which columns fit a width, and how a Summary fills them. Pure but for the styles.

Every state has a glyph, so nothing hangs on colour: ▌ cursor, ✓ selected, ● unread, ★ starred,
↩ answered, + attachment, ⧗ a change the server has not yet confirmed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tuimail.model import Flag, Summary
from tuimail.widgets.dates import SHORT_WIDTH, short
from tuimail.widgets.safe import fit

WIDE = 100
NARROW = 60
MARKS = 2
"""Cells at the left where a click toggles the selection."""

Styles = Mapping[str, Style]
"""Keys: row, unread, dot, star, date, pending, placeholder."""


def state_glyphs(summary: Summary) -> str:
    """Answered, attachment, pending: three cells, blank where it is not so."""
    return (
        ("↩" if summary.flags & Flag.ANSWERED else " ")
        + ("+" if summary.has_attachment else " ")
        + ("⧗" if summary.pending else " ")
    )


def sender_width(width: int) -> int:
    """Cells of the sender column in a list of `width` cells."""
    if width >= WIDE:
        return 24
    if width >= NARROW:
        return 18
    return max(6, width * 3 // 10)


def paint(
    summary: Summary | None, width: int, today: datetime, styles: Styles, *, cursor: bool, selected: bool
) -> Strip:
    """The row as a strip of exactly `width` cells. `summary` None: a row that is still on its way."""
    marks = ("▌" if cursor else " ") + ("✓" if selected else " ")
    base = styles["row"]
    if summary is None:
        return Strip([Segment(marks, styles["mark"]), Segment("    …", styles["placeholder"])]).adjust_cell_length(
            width, base
        )
    unread = not summary.flags & Flag.SEEN
    words = styles["unread"] if unread else base
    segments = [
        Segment(marks, styles["mark"]),
        Segment("● " if unread else "  ", styles["dot"]),
        Segment("★ " if summary.flags & Flag.FLAGGED else "  ", styles["star"]),
    ]
    sender = sender_width(width)
    glyphs = state_glyphs(summary)
    if width < NARROW:
        tail = glyphs.replace(" ", "")
        subject = width - MARKS - 4 - sender - 1 - (len(tail) + 1 if tail else 0)
        segments += [
            Segment(fit(summary.sender, sender) + " ", words),
            Segment(fit(summary.subject, subject), words),
        ]
        if tail:
            segments.append(Segment(" " + tail, styles["pending"] if summary.pending else styles["date"]))
    else:
        subject = width - MARKS - 4 - sender - 2 - 1 - len(glyphs) - 1 - SHORT_WIDTH - 1
        segments += [
            Segment(fit(summary.sender, sender) + "  ", words),
            Segment(fit(summary.subject, subject) + " ", words),
            Segment(glyphs + " ", styles["pending"] if summary.pending else styles["date"]),
            Segment(f"{short(summary.date, today):>{SHORT_WIDTH}} ", styles["date"]),
        ]
    return Strip(segments).adjust_cell_length(width, base)
