"""text/plain to blocks: lines stay as written, quotes get bars, signature and patches are set apart, links are found.

Only format=flowed (RFC 3676) is joined into paragraphs, because there the writer said which line ends are soft.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from tuimail.content.clean import clean_body
from tuimail.content.draft import Draft
from tuimail.content.links import scan, tidy, warning
from tuimail.content.patches import patch_spans, patches
from tuimail.model import Document, Span

MOST_CHARACTERS = 2_000_000
MOST_LINES = 50_000
BAR = "▌ "
MOST_BARS = 12
"""Deeper quotes get no more bars, so that a line of 20,000 ">" leaves room for words."""

# Bounded: each round of a repeated group is kept for going back, and a line may be megabytes of them.
_QUOTE = re.compile(r"(?:>+ ?){0,100}")
_FLOWED_QUOTE = re.compile(r">*")


def plain_document(text: str, *, flowed: bool = False, delsp: bool = False) -> Document:
    """The Document of a text/plain body. text: decoded, not yet cleaned. Never raises."""
    draft = Draft()
    write_plain(draft, text, flowed=flowed, delsp=delsp)
    return draft.document()


def write_plain(draft: Draft, text: str, *, flowed: bool = False, delsp: bool = False) -> None:
    """Add a text/plain body to a draft; what is beyond the limits sets `draft.cut`."""
    if len(text) > MOST_CHARACTERS:
        text, draft.cut = text[:MOST_CHARACTERS], True
    lines = clean_body(text).rstrip("\n").split("\n", MOST_LINES)
    if len(lines) > MOST_LINES:
        del lines[MOST_LINES:]
        draft.cut = True
    if flowed:
        _write_paragraphs(draft, _unflowed(lines, delsp))
        return
    done = 0
    for start, styles in patches(lines):
        _write_paragraphs(draft, _levelled(lines[done:start]))
        done = start + len(styles)
        write_patch(draft, lines[start:done], styles, gap=start > 0 and not lines[start - 1].strip())
    _write_paragraphs(draft, _levelled(lines[done:]))


def write_patch(draft: Draft, lines: Sequence[str], styles: Sequence[str], *, gap: bool) -> None:
    """Add what `patches` found: every blank of it stands as it was sent."""
    text = "\n".join(lines)
    draft.add("pre", text, (*patch_spans(lines, styles), *link_spans(draft, text)), gap=gap and bool(draft.blocks))


def _write_paragraphs(draft: Draft, lines: Iterable[tuple[int, str]]) -> None:
    for kind, level, paragraph, gap in _paragraphs(lines):
        _write(draft, kind, level, "\n".join(paragraph), gap)


def _levelled(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """(quote depth, text) of each line; one blank after each ">" belongs to the mark."""
    for line in lines:
        if line.startswith(">"):
            mark = _QUOTE.match(line)
            end = mark.end() if mark else 0
            yield line.count(">", 0, end), line[end:]
        else:
            yield 0, line


def _unflowed(lines: Iterable[str], delsp: bool) -> Iterator[tuple[int, str]]:
    """Soft line breaks joined (RFC 3676 §4): a line that ends in a blank goes on, at the same quote depth."""
    pending: list[str] = []
    pending_level = 0
    for line in lines:
        mark = _FLOWED_QUOTE.match(line)
        level = mark.end() if mark else 0
        text = line[level:]
        text = text.removeprefix(" ")  # space-stuffing
        if pending and (level != pending_level or text == "-- "):
            yield pending_level, "".join(pending)
            pending = []
        if text.endswith(" ") and text != "-- ":
            pending.append(text[:-1] if delsp else text)
            pending_level = level
        else:
            yield level, "".join([*pending, text])
            pending = []
    if pending:
        yield pending_level, "".join(pending)


def _paragraphs(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[str, int, list[str], bool]]:
    """(kind, quote depth, lines, empty line before) of each run of lines of one depth without an empty line."""
    paragraph: list[str] = []
    depth = 0
    kind = "text"
    gap = False
    for level, text in lines:
        blank = not text.strip()
        starts_signature = text == "-- "
        if paragraph and (blank or level != depth or starts_signature):
            yield kind, depth, paragraph, gap
            paragraph, gap = [], False
        if level != depth or starts_signature:
            kind, depth = "signature" if starts_signature else "text", level
        if blank:
            gap = True
        else:
            paragraph.append(text)
    if paragraph:
        yield kind, depth, paragraph, gap


def _write(draft: Draft, kind: str, level: int, text: str, gap: bool) -> None:
    bars = BAR * min(level, MOST_BARS)
    spans = tuple(link_spans(draft, text))
    draft.add(kind, text, spans, first=bars, rest=bars, level=level, gap=gap and bool(draft.blocks))


def link_spans(draft: Draft, text: str, taken: Sequence[Span] = ()) -> Iterator[Span]:
    """Number the URLs written out in cleaned text, but those inside spans already `taken`."""
    for start, end in scan(text):
        written = text[start:end]
        url = "" if any(span.start < end and start < span.end for span in taken) else tidy(written)
        number = draft.link(url, written, warning(url)) if url else 0
        if number:
            yield Span(start, end, f"{'warning' if draft.links[-1].warning else 'link'}:{number}")
