"""Links of hypertext while it is written: each place a mail leads to gets one number, shown behind its words.

Where the words may deceive, the host it really leads to stands there too.
"""

from __future__ import annotations

from tuimail.content.clean import clean_body
from tuimail.content.draft import Draft
from tuimail.content.links import true_host, warning
from tuimail.content.paragraph import Paragraph
from tuimail.model import Span

LONGEST_LINK_TEXT = 300
"""Characters kept of what an anchor shows; the paragraph has them all."""
LONGEST_BUTTON = 40


class Anchor:
    """An <a href> that is open."""

    __slots__ = ("button", "number", "piece", "repeated", "start", "suspicion", "url")

    def __init__(self, url: str, button: bool, repeated: bool) -> None:
        self.url = url
        self.button = button
        self.repeated = repeated
        """Another anchor of the mail leads there too."""
        self.number = 0
        """Once something of it has been shown."""
        self.suspicion = ""
        self.start = self.piece = 0


class Anchors:
    """The open anchors, the innermost last, and the numbers given so far."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._numbers: dict[str, int] = {}
        self.stack: list[Anchor] = []
        self._postponed: dict[str, Anchor] = {}

    def open(self, anchor: Anchor, paragraph: Paragraph) -> Anchor:
        """Begin an anchor; what an outer one has shown so far is numbered."""
        self.show(paragraph)
        anchor.start, anchor.piece = paragraph.length, len(paragraph.pieces)
        self.stack.append(anchor)
        return anchor

    def close(self, paragraph: Paragraph) -> None:
        """End the innermost anchor."""
        self.show(paragraph)
        self.stack.pop()
        if self.stack:
            self.stack[-1].start, self.stack[-1].piece = paragraph.length, len(paragraph.pieces)

    def restart(self, paragraph: Paragraph) -> None:
        """The paragraph was ended; what is open goes on in the next."""
        for anchor in self.stack:
            anchor.start, anchor.piece = paragraph.length, len(paragraph.pieces)

    def set_aside(self) -> list[Anchor]:
        """Nothing is open inside a cell; the caller puts the stack back."""
        stack, self.stack = self.stack, []
        return stack

    def wants_picture(self, paragraph: Paragraph) -> bool:
        """Whether a picture without words is all there is to see of a link so far, and no other link leads there."""
        if not self.stack or paragraph.length != self.stack[-1].start:
            return False
        anchor = self.stack[-1]
        if anchor.repeated:
            self._postponed[anchor.url] = anchor
        return not anchor.repeated

    def unseen(self) -> list[Anchor]:
        """Links left to another one to the same place that never was to be seen."""
        return [anchor for url, anchor in self._postponed.items() if url not in self._numbers]

    def show(self, paragraph: Paragraph) -> None:
        """Mark what the paragraph shows of the innermost anchor, and number it when that is its first."""
        if not self.stack:
            return
        anchor = self.stack[-1]
        shown = " ".join(clean_body("".join(paragraph.pieces[anchor.piece :])).split())
        if not shown:
            return
        trailing = paragraph.drop_blank()
        if not anchor.number and not self._number(anchor, shown, paragraph):
            return
        style = f"{'warning' if anchor.suspicion else 'link'}:{anchor.number}"
        paragraph.spans.append(Span(anchor.start, paragraph.length, style))
        paragraph.at_blank = False
        if trailing:
            paragraph.words(" ")
        anchor.start, anchor.piece = paragraph.length, len(paragraph.pieces)

    def _number(self, anchor: Anchor, shown: str, paragraph: Paragraph) -> bool:
        """False when there are too many links."""
        anchor.suspicion = warning(anchor.url, shown[:LONGEST_LINK_TEXT])
        known = 0 if anchor.suspicion else self._numbers.get(anchor.url, 0)
        words = shown[:LONGEST_LINK_TEXT].removeprefix("▣").strip() or "picture"
        anchor.number = known or self._draft.link(anchor.url, words, anchor.suspicion)
        if not anchor.number:
            return False
        if not anchor.suspicion:
            self._numbers[anchor.url] = anchor.number
        if anchor.button and len(shown) <= LONGEST_BUTTON:
            paragraph.mark(anchor.start, "bold")
        mark = f"[{anchor.number} → {true_host(anchor.url)}]" if anchor.suspicion else f"[{anchor.number}]"
        paragraph.pieces.append(mark)
        paragraph.length += len(mark)
        return True
