"""What the commands print: plain lines that no mail can use to steer the terminal, or one JSON object for programs."""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
import textwrap
import time
from collections.abc import Callable, Iterator

from tuimail.changes import AccountState
from tuimail.content.clean import clean_body, clean_line
from tuimail.model import Document


def width() -> int:
    """Cells of the terminal that standard output is; 0 when it is none, and nothing may be cut off."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 0


def line(text: str = "") -> None:
    """One line on standard output: cleaned, and cut to the terminal's width when there is one."""
    text = clean_line(text)
    if cells := width():
        text = cut(text, cells)
    sys.stdout.write(text + "\n")


def lines(text: str) -> None:
    """Text of many lines on standard output, cleaned, nothing cut off."""
    sys.stdout.write(clean_body(text).rstrip("\n") + "\n")


def note(text: str) -> None:
    """A remark on standard error, so that it never mixes with an answer."""
    for each in text.splitlines():
        sys.stderr.write(f"tuimail: {clean_line(each)}\n")


def pointed(text: str, start: int, end: int) -> None:
    """The text on standard error, and under it a mark below the characters [start, end)."""
    from rich.cells import cell_len

    before, inside = clean_line(text[:start]), clean_line(text[start:end])
    sys.stderr.write(f"    {before}{inside}{clean_line(text[end:])}\n")
    sys.stderr.write(f"    {' ' * cell_len(before)}{'^' * max(1, cell_len(inside))}\n")


def as_json(answer: object) -> None:
    """One JSON object on standard output."""
    json.dump(answer, sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")


def cut(text: str, cells: int) -> str:
    """The text in at most so many terminal cells, with … where something was cut off."""
    from rich.cells import cell_len, set_cell_size

    return text if cell_len(text) <= cells else set_cell_size(text, max(0, cells - 1)).rstrip() + "…"


def column(text: str, cells: int) -> str:
    """The cleaned text in exactly so many terminal cells."""
    from rich.cells import set_cell_size

    return set_cell_size(cut(clean_line(text), cells), cells)


def local_time(seconds: int) -> str:
    """2026-11-20 14:02, on this machine's clock."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))


def iso(seconds: int | None) -> str | None:
    """2026-11-20T14:02:03Z, or None."""
    return None if seconds is None else time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def readable(document: Document, width: int = 0) -> str:
    """The document as text: paragraphs wrapped to `width` cells (0: not at all), quotes and lists with their marks."""
    told: list[str] = []
    for number, block in enumerate(document.blocks):
        if block.gap and number:
            told.append(block.rest.rstrip() if block.level else "")
        if block.kind == "rule":
            told.append(block.first + "─" * ((width or 72) - len(block.first)))
            continue
        prefix = block.first
        for paragraph in block.text.split("\n"):
            pieces = [paragraph]
            if block.kind not in ("pre", "table", "columns") and width:
                room = max(20, width - len(block.rest))
                pieces = textwrap.wrap(paragraph, room, break_on_hyphens=False, replace_whitespace=False) or [""]
            for piece in pieces:
                told.append((prefix + piece).rstrip())
                prefix = block.rest
    return "\n".join(told)


@contextlib.contextmanager
def progress() -> Iterator[Callable[[AccountState], None] | None]:
    """A bar for each account on standard error while a sync runs; None where nobody is looking."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    bars: dict[str, TaskID] = {}
    words = TextColumn("{task.description}", markup=False)  # a folder may be called [red]
    with Progress(
        words, BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=Console(stderr=True), transient=True
    ) as shown:

        def report(state: AccountState) -> None:
            if state.account not in bars:
                bars[state.account] = shown.add_task(clean_line(state.account), total=None)
            shown.update(bars[state.account], completed=state.done, total=state.total or None)

        yield report


@contextlib.contextmanager
def counting(what: str) -> Iterator[Callable[[int, int], None] | None]:
    """A bar on standard error for so many of so many; None where nobody is looking."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    words = TextColumn("{task.description}", markup=False)
    columns = (words, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(clean_line(what), total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)
