"""What of a text has been said before: long quotations and paragraphs of earlier mail of the thread become folds.

Nothing is ever taken away: folding only cuts blocks at line ends and names ranges of them, so that a reader can
leave them out; the words of the document are the same before and after.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tuimail.model import Block, Document, Fold, Span
from tuimail.records import replace

FEW = 5
"""Lines of a quotation that are shown without further ado."""
TASTE = 3
"""Lines left of a quotation that has not been read elsewhere: its beginning, or what the answer below refers to."""
WORTH = 3
"""Lines a fold must save."""
REPEATED = 120
"""Characters that the author's own words must hold to be folded as a repetition; a greeting is none."""
MOST_FOLDS = 1_000
_LINE = 76
_TINY = 3

_NUMBER = re.compile(r"\[\d{1,4}\]")
_DISCLAIMER = re.compile(
    r"\b(?:intended (?:only|solely) for|received this (?:e-?mail|message|communication|transmission)s? (?:in error|by "
    r"mistake)|(?:e-?mail|message|communication)[\w\s,()]{0,80}\bconfidential|confidentiality notice"
    r"|vertrauliche (?:und/oder|oder|informationen)|nicht der richtige adressat)",
    re.IGNORECASE,
)


def said(document: Document) -> frozenset[int]:
    """A number for each paragraph and each line of a message, to know them again in an answer of this session."""
    keys: set[int] = set()
    for block in document.blocks:
        keys.add(_key(block.text))
        keys.update(map(_key, block.text.split("\n")))
    return frozenset(keys)


def folded(document: Document, before: frozenset[int] = frozenset()) -> Document:
    """The document with its disclaimer set apart and its folds named.

    before: what earlier messages of the thread said that the reader has read, as `said` gives it.
    """
    shown: list[Block] = []
    folds: list[Fold] = []
    runs = list(_runs(_quiet(document.blocks), before))
    only_repeats = all(kind != "own" for kind, _, _ in runs)  # a copy of a mail is there to be read
    for kind, run, followed in runs:
        known = kind == "repeated" or (kind == "quoted" and all(_known(block, before) for block in run))
        head: list[Block] = run
        middle: list[Block] = []
        tail: list[Block] = []
        if kind == "quoted":
            head, middle, tail = _quotation(run, known, followed)
        elif kind == "repeated" and not only_repeats and sum(len(block.text) for block in run) >= REPEATED:
            head, middle = [], run
        size = lines(middle)
        if size < WORTH or len(folds) >= MOST_FOLDS:
            shown += run
            continue
        start = len(shown) + len(head)
        words = "lines already read" if known else "more quoted lines" if head else "quoted lines"
        folds.append(Fold(start, start + len(middle), f"{size:,} {words}"))
        shown += [*head, *middle, *tail]
    return replace(document, blocks=tuple(shown), folds=tuple(folds))


def lines(blocks: Sequence[Block]) -> int:
    """How many lines a page of ordinary width gives to the words of these blocks."""
    return sum(1 + len(line) // _LINE for block in blocks for line in block.text.split("\n"))


def _runs(blocks: Sequence[Block], before: frozenset[int]) -> Iterator[tuple[str, list[Block], bool]]:
    """("quoted", "own" or "repeated", blocks, whether the author's own words follow) of each run of one kind."""
    run: list[Block] = []
    now = ""
    for block in blocks:
        kind = "quoted" if block.level else "repeated" if _known(block, before) else "own"
        if run and kind != now:
            yield now, run, not block.level and block.kind != "signature"
            run = []
        now = kind
        run.append(block)
    if run:
        yield now, run, False


def _quotation(run: list[Block], known: bool, followed: bool) -> tuple[list[Block], list[Block], list[Block]]:
    """(left at the head, folded, left at the end). An answer below keeps the words it answers in sight."""
    if lines(run) <= FEW:
        return run, [], []
    if followed:
        middle, tail = _cut(run, -1 if known else -TASTE)
        return [], middle, tail
    head, middle = _cut(run, 0 if known else TASTE)
    return head, middle, []


def _cut(run: list[Block], place: int) -> tuple[list[Block], list[Block]]:
    """Two parts, the first of `place` lines, or the second when it is negative."""
    total = sum(block.text.count("\n") + 1 for block in run)
    left = max(0, min(place if place >= 0 else total + place, total))
    head: list[Block] = []
    for index, block in enumerate(run):
        count = block.text.count("\n") + 1
        if left <= 0:
            return head, run[index:]
        if count > left and block.rows:
            return head, run[index:]  # a table stays whole
        if count > left:
            first, second = _split(block, left)
            return [*head, first], [second, *run[index + 1 :]]
        head.append(block)
        left -= count
    return head, []


def _split(block: Block, line: int) -> tuple[Block, Block]:
    """One block as two that read the same, cut after `line` lines."""
    at = -1
    for _ in range(line):
        at = block.text.index("\n", at + 1)
    first = tuple(Span(s.start, min(s.end, at), s.style) for s in block.spans if s.start < at)
    second = tuple(Span(max(s.start - at - 1, 0), s.end - at - 1, s.style) for s in block.spans if s.end > at + 1)
    return (
        replace(block, text=block.text[:at], spans=first),
        replace(block, text=block.text[at + 1 :], spans=second, first=block.rest, gap=False),
    )


def _known(block: Block, before: frozenset[int]) -> bool:
    """Every word of it was said before: the paragraph as a whole, or each of its lines."""
    if not before:
        return False
    return _key(block.text) in before or all(
        len(line.strip()) < _TINY or _key(line) in before for line in block.text.split("\n")
    )


def _key(text: str) -> int:
    """The same for the same words, however they are wrapped, spaced and numbered."""
    return hash("".join(_NUMBER.sub("", text).split()).casefold())


def _quiet(blocks: tuple[Block, ...]) -> list[Block]:
    """The lawyers' last words look like a signature."""
    changed = list(blocks)
    for place in range(len(blocks) - 1, max(-1, len(blocks) - 7), -1):
        block = blocks[place]
        if not block.level and block.kind == "text" and _DISCLAIMER.search(block.text[:2_000]):
            changed[place] = replace(block, kind="signature")
    return changed
