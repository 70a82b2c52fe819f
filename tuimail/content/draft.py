"""A Document while it is being written: blocks and links of several parts, numbered through, within limits."""

from __future__ import annotations

from tuimail.model import Block, Document, Link, Span

MOST_BLOCKS = 50_000
MOST_LINKS = 5_000


class Draft:
    """Collects blocks and links; `indent` stands before every line added while it is set."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.links: list[Link] = []
        self.indent = ""
        self.hidden = 0
        """Parts the sender had made invisible; dropped."""
        self.images = 0
        """Remote images; never fetched."""
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
    ) -> None:
        """Add a block of cleaned text."""
        if len(self.blocks) >= MOST_BLOCKS:
            self.cut = True
            return
        self.blocks.append(Block(kind, text, spans, self.indent + first, self.indent + rest, level, gap))

    def link(self, url: str, text: str, warning: str = "") -> int:
        """Number of a new link (from 1), 0 when there are too many."""
        if len(self.links) >= MOST_LINKS:
            return 0
        self.links.append(Link(url, text, warning))
        return len(self.links)

    def document(self) -> Document:
        return Document(tuple(self.blocks), tuple(self.links))
