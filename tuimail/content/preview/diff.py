"""A patch in the colours one knows patches in."""

from __future__ import annotations

from tuimail.content.charset import decode
from tuimail.content.clean import clean_body
from tuimail.content.draft import Draft
from tuimail.content.preview import MOST_TEXT, cut
from tuimail.model import Span

MOST_SPANS = 5_000
_FILES = ("diff ", "index ", "--- ", "+++ ", "Index: ", "rename ", "new file", "deleted file", "similarity ")


def read(draft: Draft, data: bytes, whole: bool, me: frozenset[str]) -> bool:
    """Write it line by line: a block for each file, so that a long one is laid out quickly."""
    text = clean_body(decode(data, None)[:MOST_TEXT])
    block: list[str] = []
    inside = False  # below the first @@, where --- is a line taken away, not a file's name
    for line in text.rstrip("\n").split("\n"):
        if line.startswith(("diff ", "Index: ")) and block:
            _write(draft, block)
            block, inside = [], False
        block.append(line)
        inside = inside or line.startswith("@@")
    _write(draft, block)
    if not whole or len(data) > MOST_TEXT:
        cut(draft)
    return True


def _write(draft: Draft, lines: list[str]) -> None:
    spans: list[Span] = []
    place, inside = 0, False
    for line in lines:
        inside = inside or line.startswith("@@")
        if (style := _style(line, inside)) and len(spans) < MOST_SPANS:
            spans.append(Span(place, place + len(line), style))
        place += len(line) + 1
    draft.add("pre", "\n".join(lines), tuple(spans), gap=bool(draft.blocks))


def _style(line: str, inside: bool) -> str:
    if line.startswith("@@"):
        return "code"
    if not inside:
        return "bold" if line.startswith(_FILES) else ""
    return {"+": "added", "-": "removed"}.get(line[:1], "")
