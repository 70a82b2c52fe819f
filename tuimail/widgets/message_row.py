"""One line of the message list: which columns fit a width, and how a Summary fills them. Pure but for the styles.

Every state has a glyph (SIGNS; ▌ is the cursor), so nothing hangs on colour.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tuimail.model import Flag, Summary
from tuimail.widgets.dates import SHORT_WIDTH, SHORTEST_WIDTH, short, shortest
from tuimail.widgets.safe import fit

WIDE = 100
NARROW = 60
DATED = 44
"""Below this a row is sender and subject alone."""
PLACE = 20
"""Cells for the name of a folder at most, where a list is of several."""
NARROW_PLACE = 8
"""The same in a narrow list."""
LABEL = 14
"""Cells of a label at most, its brackets with it."""
FIRST_WORDS = 16
"""Cells below which the beginning of a text says nothing."""
MARKS = 2
"""Cells at the left where a click toggles the selection."""

SIGNS = (
    ("●", "Unread"),
    ("★", "Starred"),
    ("↩", "Answered"),
    ("+", "Has attachments"),
    ("✓", "Selected"),
    ("⊘", "The thread is muted"),
    ("⧗", "A change waits for the server"),
    ("✗", "POP3: will be deleted on the server"),
    ("⌂", "POP3: only here, not on the server"),
)
"""What the glyphs mean, for the help."""

# As plain numbers: `&` of two Flags makes a third one, which takes a tenth of a row's time.
_SEEN, _ANSWERED, _STARRED = int(Flag.SEEN), int(Flag.ANSWERED), int(Flag.FLAGGED)

Styles = Mapping[str, Style]
"""Keys: row, unread, dot, star, label, date, pending, placeholder."""


def state_glyphs(summary: Summary) -> str:
    """Answered, attachment, and how it stands with the server: three cells, blank where it is not so."""
    return (
        ("↩" if int(summary.flags) & _ANSWERED else " ")
        + ("+" if summary.has_attachment else " ")
        + ("✗" if summary.standing == "leaving" else "⧗" if summary.pending else "⌂" if summary.standing else " ")
    )


def sender_width(width: int) -> int:
    """Cells of the sender column in a list of `width` cells."""
    if width >= WIDE:
        return 24
    if width >= NARROW:
        return 18
    return width // 4 if width >= DATED else max(6, width * 3 // 10)


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
    flags = int(summary.flags)
    unread = not flags & _SEEN
    words = styles["date"] if summary.aside else styles["unread"] if unread else base
    sender = sender_width(width)
    glyphs = state_glyphs(summary)
    quiet = styles["pending"] if summary.pending else styles["date"]
    pieces = [
        (marks, styles["mark"]),
        ("● " if unread else "  ", styles["dot"]),
        ("★ " if flags & _STARRED else "  ", styles["star"]),
    ]
    who = fit(summary.sender, sender) if not summary.held else _counted(summary, sender)
    if width < NARROW:
        where = fit(summary.place, min(NARROW_PLACE, cell_len(summary.place)))
        tail = glyphs.replace(" ", "")
        beside = [(f" {text}", style) for text, style in ((where, styles["date"]), (tail, quiet)) if text]
        if width >= DATED:
            beside.append((f" {shortest(summary.date, today):>{SHORTEST_WIDTH}}", styles["date"]))
        subject = width - MARKS - 4 - sender - 1 - sum(cell_len(text) for text, _ in beside)
        pieces += [(f"{who} ", words), *_what(summary, subject, words, styles), *beside]
    else:
        place = min(PLACE, cell_len(summary.place)) if width >= WIDE else min(PLACE // 2, cell_len(summary.place))
        subject = width - MARKS - 4 - sender - 2 - 1 - (place + 1 if place else 0) - len(glyphs) - 1 - SHORT_WIDTH - 1
        pieces += [
            (f"{who}  ", words),
            *_what(summary, subject, words, styles),
            (" ", words),
            (f"{fit(summary.place, place)} " if place else "", styles["date"]),
            (glyphs + " ", quiet),
            (f"{short(summary.date, today):>{SHORT_WIDTH}} ", styles["date"]),
        ]
    return Strip(_joined(pieces)).adjust_cell_length(width, base)


def _what(summary: Summary, width: int, words: Style, styles: Styles) -> list[tuple[str, Style]]:
    """The subject, behind as many labels as fit a third of its room, and before the first words of the text."""
    subject = summary.subject or "(no subject)"
    if not summary.labels:
        return _said(summary.branch + subject, summary.preview, width, words, styles["date"])
    chips, room = "", max(width // 3, min(LABEL, width))
    for number, name in enumerate(summary.labels):
        chip = f"[{fit(name, min(cell_len(name), LABEL - 2))}] "
        if cell_len(chips + chip) > room:
            chips += f"+{len(summary.labels) - number} " if number else ""
            break
        chips += chip
    branch = fit(summary.branch, min(cell_len(summary.branch), width))
    left = width - cell_len(branch) - cell_len(chips)
    if left < 1:
        return [(fit(branch + subject, width), words)]
    return [
        (branch, words),
        (chips, styles["label"]),
        *_said(subject, summary.preview, left, words, styles["date"]),
    ]


def _said(subject: str, preview: str, width: int, words: Style, quiet: Style) -> list[tuple[str, Style]]:
    """The subject, and where it leaves room what the text begins with."""
    said = fit(subject, width)
    room = width - cell_len(said.rstrip()) - 2 if preview else 0
    if room < FIRST_WORDS:
        return [(said, words)]
    return [(f"{said.rstrip()}  ", words), (fit(preview, room), quiet)]


def _counted(summary: Summary, width: int) -> str:
    """The sender and how many messages stand behind this row."""
    count = f" ({summary.held + 1:,})"
    name, room = summary.sender, width - len(count)
    first, among, others = name.partition(" … ")
    if among and cell_len(name) > room:  # the first and the last of them say more than half of a name
        name = f"{first} … {others.rpartition(', ')[2]}"
    return fit(fit(name, room).rstrip() + count, width)


def paint_rule(words: str, width: int, styles: Styles) -> Strip:
    """A line across the list with words in it."""
    text = f" {fit(words, max(0, width - 8)).rstrip()} " if words else ""
    line = f"──{text}".ljust(width, "─") if width >= 12 else "─" * width
    return Strip([Segment(line, styles["placeholder"])]).adjust_cell_length(width, styles["row"])


def _joined(pieces: Sequence[tuple[str, Style]]) -> list[Segment]:
    """As few segments as look the same, for each costs the terminal's renderer time.

    All styles of a row have one ground, so a blank piece looks the same in its neighbour's style.
    """
    joined: list[tuple[str, Style]] = []
    for text, style in pieces:
        if joined:
            before, last = joined[-1]
            if last is style or not text.strip(" "):
                joined[-1] = (before + text, last)
                continue
            if not before.strip(" "):
                joined[-1] = (before + text, style)
                continue
        joined.append((text, style))
    return [Segment(text, style) for text, style in joined]
