"""JSON (RFC 8259) with one value on a line."""

from __future__ import annotations

import json
import re

from tuimail.content.charset import decode
from tuimail.content.clean import clean_body
from tuimail.content.draft import Draft
from tuimail.content.preview import MOST_TEXT, cut
from tuimail.model import Span

MOST_OCTETS = 2_000_000
DEEPEST = 200
"""Levels; Python's reader recurses, and so would ours."""
MOST_SPANS = 5_000
_NAME = re.compile(r'^ *("(?:[^"\\]|\\.)*"):', re.MULTILINE)
_NESTING = re.compile(rb'"(?:[^"\\]|\\.)*+"?+|[\[{]|[\]}]')


def read(draft: Draft, data: bytes, whole: bool, me: frozenset[str]) -> bool:
    """Write it indented; False when it is no JSON, or too long or too deep to be taken apart."""
    if not whole or len(data) > MOST_OCTETS or _depth(data) > DEEPEST:
        return False
    try:
        value = json.loads(decode(data, "utf-8"))
        text = json.dumps(value, indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return False
    shown = clean_body(text[:MOST_TEXT])
    spans = []
    for name in _NAME.finditer(shown):
        spans.append(Span(name.start(1), name.end(1), "code"))
        if len(spans) >= MOST_SPANS:
            break
    draft.add("pre", shown, tuple(spans))
    if len(text) > MOST_TEXT:
        cut(draft)
    return True


def _depth(data: bytes) -> int:
    """The deepest nesting, strings skipped."""
    depth = deepest = 0
    for sign in _NESTING.finditer(data):
        if sign[0] in (b"[", b"{"):
            depth += 1
            deepest = max(deepest, depth)
        elif sign[0] in (b"]", b"}"):
            depth -= 1
    return deepest
