"""Shared by the tests of `content`: the hostile samples, and every string inside a noun."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tuimail.records import Record

FOLDER = Path(__file__).parent.parent / "data" / "hostile"
MANIFEST: list[dict[str, Any]] = [
    json.loads(line) for line in (FOLDER / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
]
SAMPLES = [sample for sample in MANIFEST if sample["checks"].get("format", "message") == "message"]
"""The messages; the others are an mbox, words of a server, or a store."""

FORBIDDEN = frozenset(
    (
        *(*range(0x09), *range(0x0B, 0x20), 0x7F, *range(0x80, 0xA0), 0x061C, 0x200B, 0x200E, 0x200F, 0x2028, 0x2029),
        *(*range(0x202A, 0x202F), *range(0x2060, 0x2070), *range(0xD800, 0xE000), 0xFEFF, *range(0xFFF9, 0xFFFC)),
        *range(0xE0000, 0xE1000),
    )
)
"""Code points that no string shown to anybody may hold; line break and tab are judged apart."""


def raw(sample: dict[str, Any]) -> bytes:
    return (FOLDER / str(sample["file"])).read_bytes()


def strings(noun: object) -> Iterator[str]:
    """Every string in a record, dataclass, tuple or named tuple, however deep."""
    if isinstance(noun, str):
        yield noun
    elif isinstance(noun, tuple):
        for item in noun:
            yield from strings(item)
    elif isinstance(noun, Record) or dataclasses.is_dataclass(noun):
        names = (
            noun.__struct_fields__ if isinstance(noun, Record) else [field.name for field in dataclasses.fields(noun)]
        )
        for name in names:
            yield from strings(getattr(noun, name))


def forbidden_in(noun: object) -> list[str]:
    return [ascii(text)[:200] for text in strings(noun) if FORBIDDEN.intersection(map(ord, text))]
