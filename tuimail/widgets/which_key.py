"""After the first key of a chord: what may follow. Shown by the screen when the reader hesitates."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from textual.content import Content
from textual.widgets import Static

from tuimail.widgets.safe import safe_line

Group = tuple[str, Sequence[tuple[str, str]]]
"""A heading, and pairs of a key as written ("i") and words ("Go to the inbox")."""

LEAST = 8
"""Lines of a column at least, for one reads downwards."""
GAP = 3
"""Cells between two columns."""
AROUND = (9, 4)
"""Cells and lines of the screen that are not for columns: frame, padding and margin; footer and status line."""


def _poured(groups: Sequence[Group], height: int, between: int) -> list[list[Content]]:
    """The groups in columns of at most `height` lines, `between` empty ones between two groups.

    A heading never stands alone at the foot of a column.
    """
    columns: list[list[Content]] = [[]]
    for heading, choices in groups:
        wide = max(cell_len(safe_line(key)) for key, _ in choices)
        if columns[-1] and len(columns[-1]) + between + len((heading, choices[0])) > height:
            columns.append([])
        elif columns[-1]:
            columns[-1] += [Content("")] * between
        columns[-1].append(Content.styled(safe_line(heading), "$text-muted"))
        for key, words in choices:
            if len(columns[-1]) >= height:
                columns.append([])
            padded = " " * (wide - cell_len(safe_line(key))) + safe_line(key)
            columns[-1].append(Content.assemble((padded, "bold $accent"), "  ", Content(safe_line(words))))
    return columns


def laid_out(groups: Sequence[Group], width: int, height: int) -> Content:
    """As few lines as `width` cells allow, `height` at most; what has no room is left out."""
    for lines, between in [*((lines, 1) for lines in range(min(LEAST, height), height + 1)), (height, 0)]:
        columns = _poured(groups, lines, between)
        widths = [max(line.cell_length for line in column) for column in columns]
        if sum(widths) + GAP * (len(widths) - 1) <= width:
            break
    else:
        del columns[max(1, (width + GAP) // (max(widths) + GAP)) :]
    rows: list[Content] = []
    for row in range(max(map(len, columns))):
        cells: list[Content | str] = []
        for column, wide in zip(columns, widths, strict=False):
            line = column[row] if row < len(column) else Content("")
            cells += [line, " " * (wide - line.cell_length + GAP)]
        rows.append(Content.assemble(*cells[:-1]))
    return Content("\n").join(rows)


class WhichKey(Static):
    """A small list of keys and what they do, floating at the foot of the screen.

    `offer(prefix, groups)` shows it, `withdraw()` hides it. The screen should declare the layer `above`
    (`Screen { layers: base above; }`) so that it covers the panes instead of pushing them up.
    """

    DEFAULT_CSS = """
    WhichKey {
        layer: above;
        dock: bottom;
        display: none;
        width: auto;
        height: auto;
        margin: 0 0 2 2;
        padding: 0 2;
        background: $panel;
        color: $foreground;
        border: round $accent;
        border-title-color: $foreground;
    }
    """

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__("", markup=False, name=name, id=id, classes=classes)

    def offer(self, prefix: str, groups: Sequence[Group]) -> None:
        """Show what may follow `prefix`."""
        width, height = self.app.size
        self.border_title = Content(f"{safe_line(prefix)} …")
        self.update(laid_out(groups, width - AROUND[0], height - AROUND[1]))
        self.display = True

    def withdraw(self) -> None:
        """Hide it again."""
        self.display = False
