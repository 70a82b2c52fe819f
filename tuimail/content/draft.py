"""A Document while it is being written: blocks and links of several parts, numbered through, within limits."""

from __future__ import annotations

from collections.abc import Iterator

from tuimail.content.links import also_written, beware, other_letters
from tuimail.model import NOT_LOADED, Block, Cell, Document, Link, Picture, Span

MOST_BLOCKS = 50_000
MOST_LINKS = 5_000
MOST_PICTURES = 40


class Draft:
    """Collects blocks and links; `indent` stands before every line added while it is set, `seal` goes with it."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.links: list[Link] = []
        self.pictures: list[Picture] = []
        self.indent = ""
        self.seal = 0
        """Number of the seal that what is added stands under."""
        self.secret = False
        """What is added was encrypted: nothing in it is ever loaded."""
        self.hidden = 0
        """Parts the sender had made invisible; dropped."""
        self.hidden_words = 0
        """In those."""
        self.faint_words = 0
        """Of those, the ones in the colour of their background."""
        self.shown_all = False
        """All was hidden or nearly so, and is shown all the same."""
        self.images = 0
        """Remote images; never fetched."""
        self.trackers = 0
        """Of those, the ones that only tell the sender that the mail was opened."""
        self.cut = False
        """A limit was reached and something is missing."""

    def add(
        self,
        kind: str,
        text: str,
        spans: tuple[Span, ...] = (),
        *,
        first: str = "",
        rest: str = "",
        level: int = 0,
        gap: bool = True,
        rows: tuple[tuple[Cell, ...], ...] = (),
        right: bool = False,
    ) -> None:
        """Add a block of cleaned text."""
        if len(self.blocks) >= MOST_BLOCKS:
            self.cut = True
            return
        first, rest = self.indent + first, self.indent + rest
        self.blocks.append(Block(kind, text, spans, first, rest, level, gap, rows, right, self.seal))

    def link(self, url: str, text: str, warning: str = "") -> int:
        """Number of a new link (from 1), 0 when there are too many."""
        if len(self.links) >= MOST_LINKS:
            return 0
        self.links.append(Link(url, text, warning, also_written(url)))
        return len(self.links)

    def picture(self, picture: Picture) -> int:
        """Number of a new picture (from 1), 0 when there are too many."""
        if self.secret or len(self.pictures) >= MOST_PICTURES:
            return 0
        self.pictures.append(picture)
        return len(self.pictures)

    def notes(self) -> Iterator[str]:
        """What a reader should know was left out, in words."""
        if self.cut:
            yield "The message is too long or too involved to show in full; saved as a file it is whole."
        if self.shown_all:
            yield "The sender made all or most of this text invisible; it is shown all the same."
        if self.hidden:
            words = f" ({self.hidden_words:,} words)" if self.hidden_words > 1 else ""
            if self.faint_words:
                words = f" ({self.hidden_words:,} words, {self.faint_words:,} in the colour of their background)"
            yield f"Hidden parts left out: {self.hidden:,}{words}."
        yield from filter(None, (beware(self.links), other_letters(self.links)))
        if self.images:
            tracking = f", {self.trackers:,} of them for tracking" if self.trackers else ""
            if self.images == self.trackers:
                yield f"Tracking images not loaded: {self.trackers:,}."
            else:
                yield f"{NOT_LOADED}{self.images:,}{tracking}."

    def document(self) -> Document:
        return Document(tuple(self.blocks), tuple(self.links), pictures=tuple(self.pictures))
