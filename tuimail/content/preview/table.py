"""Comma, semicolon or tab separated values (RFC 4180 and its relatives) as columns that stand below each other."""

from __future__ import annotations

import csv
import io
import re

from tuimail.content.charset import decode
from tuimail.content.clean import clean_line
from tuimail.content.draft import Draft
from tuimail.content.preview import cut
from tuimail.content.width import cells
from tuimail.model import Span

MOST_ROWS = 2_000
MOST_COLUMNS = 60
WIDEST = 40
"""Cells of a column."""
_NUMBER = re.compile(r"[-+(]?[\d.,'\u00a0 ]*\d[\d.,]*\)?\s?[%€$£]?")


def read(draft: Draft, data: bytes, whole: bool, me: frozenset[str]) -> bool:
    """Write the table; False when it is none."""
    text = decode(data, None).lstrip("\ufeff")
    if not whole:
        text = text.rpartition("\n")[0] or text
    try:
        rows = _rows(text)
    except csv.Error:
        return False
    if not rows or max(map(len, rows)) < 2:
        return False
    more = len(rows) > MOST_ROWS or max(map(len, rows)) > MOST_COLUMNS
    shown = [[_cell(value) for value in row[:MOST_COLUMNS]] for row in rows[:MOST_ROWS]]
    columns = max(map(len, shown))
    widths = [max((cells(row[at]) for row in shown if at < len(row)), default=0) for at in range(columns)]
    right = [
        len(values := [row[at] for row in shown[1:] if at < len(row) and row[at]]) > 0
        and all(_NUMBER.fullmatch(value) for value in values)
        for at in range(columns)
    ]
    lines = ["  ".join(_padded(row, widths, right)).rstrip() for row in shown]
    draft.add("pre", "\n".join(lines), (Span(0, len(lines[0]), "bold"),))
    if more or not whole:
        cut(draft)
    return True


def _rows(text: str) -> list[list[str]]:
    """Raises csv.Error."""
    head = text[:8_192]
    delimiter = max(",;\t|", key=lambda sign: min(_counts(head, sign), default=0))
    rows: list[list[str]] = []
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
        if row:
            rows.append(row)
        if len(rows) > MOST_ROWS:
            break
    return rows


def _counts(head: str, sign: str) -> list[int]:
    return [line.count(sign) for line in head.splitlines()[:20] if line.strip()]


def _cell(value: str) -> str:
    value = clean_line(value[: 4 * WIDEST]).strip()
    if cells(value) <= WIDEST:
        return value
    while cells(value) > WIDEST - 1:
        value = value[: min(len(value) - 1, WIDEST)]
    return value + "…"


def _padded(row: list[str], widths: list[int], right: list[bool]) -> list[str]:
    padded = []
    for at, width in enumerate(widths):
        value = row[at] if at < len(row) else ""
        blanks = " " * (width - cells(value))
        padded.append(blanks + value if right[at] else value + blanks)
    return padded
