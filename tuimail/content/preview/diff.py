"""A patch in the colours one knows patches in, and what stands around it as it stands."""

from __future__ import annotations

from tuimail.content.charset import decode
from tuimail.content.clean import clean_body
from tuimail.content.draft import Draft
from tuimail.content.patches import patches
from tuimail.content.preview import MOST_TEXT, cut
from tuimail.content.text import write_patch


def read(draft: Draft, data: bytes, whole: bool, me: frozenset[str]) -> bool:
    """Write it line by line: a block for each file, so that a long one is laid out quickly."""
    lines = clean_body(decode(data, None)[:MOST_TEXT]).rstrip("\n").split("\n")
    done = 0
    for start, styles in patches(lines):
        if start > done:
            draft.add("pre", "\n".join(lines[done:start]))
        done = start + len(styles)
        write_patch(draft, lines[start:done], styles, gap=True)
    if done < len(lines):
        draft.add("pre", "\n".join(lines[done:]))
    if not whole or len(data) > MOST_TEXT:
        cut(draft)
    return True
