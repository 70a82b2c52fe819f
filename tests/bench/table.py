"""Medians of one run as a markdown table, each with its ratio to a baseline of the same run."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Row:
    """What one thing took, several times. unit: "s" or "ms"; samples in seconds."""

    what: str
    unit: str = "s"
    samples: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)
    note: str = ""
    """Why there are no samples, or what should be known."""

    @property
    def median(self) -> float | None:
        return statistics.median(self.samples) if self.samples else None


@dataclass(slots=True)
class Group:
    """Rows that may be compared with each other: measured interleaved. The first is what the ratios are against."""

    title: str
    rows: list[Row]


def markdown(groups: Sequence[Group]) -> str:
    """One table: a group's title in bold, then its rows."""
    lines = ["| | median | min … max | n | × first row | peak MB | |", "|---|---:|---:|---:|---:|---:|---|"]
    for group in groups:
        lines.append(f"| **{group.title}** | | | | | | |")
        base = group.rows[0].median if group.rows else None
        lines += [_line(row, base) for row in group.rows]
    return "\n".join(lines)


def _line(row: Row, base: float | None) -> str:
    median = row.median
    if median is None:
        return f"| {row.what} | – | | 0 | | | {row.note or 'no result'} |"
    spread = f"{_time(min(row.samples), row.unit)} … {_time(max(row.samples), row.unit)}"
    ratio = f"{median / base:.2f}" if base else ""
    memory = f"{statistics.median(row.megabytes):.0f}" if row.megabytes else ""
    return (
        f"| {row.what} | {_time(median, row.unit)} | {spread} | {len(row.samples)} | {ratio} | {memory} | {row.note} |"
    )


def _time(seconds: float, unit: str) -> str:
    return f"{seconds * 1000:.1f} ms" if unit == "ms" else f"{seconds:.3f} s"
