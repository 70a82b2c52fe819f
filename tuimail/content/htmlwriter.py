"""The walk through the tree of a mail that writes its blocks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

from tuimail.content.anchors import Anchor, Anchors
from tuimail.content.clean import clean_body
from tuimail.content.draft import Draft
from tuimail.content.htmlcells import write_line_of_cells, write_table
from tuimail.content.htmlcss import CLEAR, Sheet, Style
from tuimail.content.htmlimage import Kind, kind_of
from tuimail.content.htmllook import LARGE, Look, Looks
from tuimail.content.htmlpictures import write_image, write_wordless
from tuimail.content.htmlshape import begins_with_field, is_button, is_tight
from tuimail.content.htmltable import read_table, short_cells
from tuimail.content.htmltree import Node, Page
from tuimail.content.links import tidy
from tuimail.content.paragraph import Paragraph, reads_from_right
from tuimail.content.text import BAR, MOST_BARS, link_spans
from tuimail.model import Cell, Span

MOST_BLOCKS = 5_000
"""Of one HTML part."""
LONGEST_HEADING = 120
"""Characters up to which a line of large letters is a heading."""
MOST_SPANS = 500
"""Of one block, for looking for bare URLs between them."""

_SKIPPED = frozenset(
    (
        "script style title noscript template iframe object embed math audio video canvas select"
        " option map area link meta col colgroup rp"
    ).split(" ")
)
_BLOCKS = frozenset(
    (
        "p div section article header footer main center figure figcaption address dl dt dd form fieldset nav aside"
        " summary details h1 h2 h3 h4 h5 h6 tr table tbody thead tfoot caption td th hgroup legend menu dir search"
    ).split(" ")
)
_FETCHES = frozenset(["iframe", "object", "embed", "audio", "video"])
_SPACED = frozenset(["p", "h1", "h2", "h3", "h4", "h5", "h6", "figure", "dl", "fieldset", "details"])
_HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
_TITLES = frozenset(["h3", "h4", "h5", "h6"])
"""Small headings, which stand close above their text."""
_KEEPS_LINES = frozenset(["pre", "textarea", "xmp", "plaintext", "listing"])
_MARKED = {"u": "underline", "ins": "underline", **dict.fromkeys(["code", "tt", "kbd", "samp"], "code")}
_SIGNATURES = frozenset(["gmail_signature", "moz-signature", "signature"])
_OUTLOOK = frozenset(["divrplyfwdmsg", "x_divrplyfwdmsg", "mail-editor-reference-message-container"])
_START = re.compile(r"\s{0,9}(\d{1,6})")

Step = Node | Callable[[], None]


class Writer:
    """Walks the tree with its own stack (no recursion): a step is a node to enter or something to do on leaving."""

    def __init__(self, draft: Draft, page: Page, *, show_all: bool = False, show_faint: bool = False) -> None:
        self.draft = draft
        self.looks = Looks(Sheet(page.css), page.root)
        self.root = page.root
        self.show_all = show_all
        self.show_faint = show_faint
        self.words = self.faint_words = 0  # shown, about; left out for their colour
        self.steps: list[Step] = []
        self.paragraph = Paragraph()
        self.look = self.looks.inside(Look(), self.looks.style(page.root))
        self.kind = "text"
        self.least = 0.0  # size of the smallest letters of the paragraph
        self.first = self.rest = ""
        self.level = 0
        self.gap = True
        self.after_title = False
        self.written = 0
        self.numbers: list[int] = []  # of the open ordered lists; -1 for a bulleted one
        self.anchors = Anchors(draft)
        self.links_to = Counter(node.attributes.get("href", "") for node in page.root.below() if node.tag == "a")
        self.instead_of_break = ""  # inside a cell or a line of short cells paragraphs do not end
        self.threaded = False
        self.in_button = False
        self.wordless: list[Span] = []  # pictures that belong above the next block
        self.apart: set[int] = set()  # cells that stand beside others and are read one below the other

    def write(self) -> None:
        self.steps = list(reversed(self.root.kids))
        self.run()
        if self.steps:
            self.draft.cut = True
        self.flush()
        for anchor in self.anchors.unseen():
            self.anchors.open(anchor, self.paragraph)
            self.paragraph.words("▣ ")
            self.anchors.close(self.paragraph)
        self.flush()
        if self.wordless:
            write_wordless(self)

    def run(self) -> None:
        while self.steps and self.written < MOST_BLOCKS:
            step = self.steps.pop()
            if isinstance(step, Node):
                self.enter(step)
            else:
                step()

    def enter(self, node: Node) -> None:
        tag = node.tag
        if tag == "#text":
            self.text(node.text)
            return
        if tag in _SKIPPED:
            if tag in _FETCHES:
                self.draft.images += 1
            return
        style = self.looks.style(node)
        if style.gone and not self.show_all:
            self.leave_out(node)
            return
        if tag == "br":
            self.paragraph.line_break()
        elif tag == "img":
            write_image(self, node)
        elif tag == "input":
            self.field(node)
        elif tag == "hr":
            self.flush()
            self.rule()
        elif tag in ("ul", "ol"):
            self.enter_list(node, style)
        elif tag == "li":
            self.enter_item(node, style)
        elif tag == "blockquote":
            self.enter_quote(node, style)
        elif tag in _KEEPS_LINES:
            self.preformatted(node, style)
        elif tag == "table" and (grid := read_table(node)):
            write_table(self, node, grid, style)
        elif tag == "tr" and not self.instead_of_break:
            if cells := short_cells(node):
                write_line_of_cells(self, cells, style)
            else:
                beside = [id(cell) for cell in node.kids if cell.tag in ("td", "th")]
                self.apart.update(beside if len(beside) > 1 else ())
                self.enter_styled(node, style)
        else:
            self.enter_styled(node, style)

    def inside(self, node: Node, style: Style, leave: Callable[[], None]) -> None:
        """Go through the children in the look of the style, then leave."""
        look = self.look
        self.look = self.looks.inside(look, style)

        def back() -> None:
            leave()
            self.look = look

        self.steps.append(back)
        self.steps.extend(reversed(node.kids))

    # words

    def text(self, text: str) -> None:
        look = self.look
        if look.hidden and not self.show_all and not (look.hidden == "faint" and self.show_faint):
            self.hide(text, faint=look.hidden == "faint")
            return
        paragraph = self.paragraph
        start = paragraph.length
        paragraph.words(text, keeps_lines=look.keeps_lines)
        if paragraph.length == start:
            return
        if text.isspace():
            return
        self.words += text.count(" ") + 1
        self.least = min(self.least, look.size) if self.least else look.size
        if look.bold:
            paragraph.mark(start, "bold")
        if look.italic:
            paragraph.mark(start, "italic")
        if look.strike:
            paragraph.mark(start, "strike")
        if look.pale:
            paragraph.mark(start, "dim")

    def hide(self, text: str, *, faint: bool = False) -> None:
        """Leave words out, and count them."""
        words = len([word for word in clean_body(text).replace("\u200c", "").split() if word != "\u034f"])
        if words:
            self.draft.hidden += 1
            self.draft.hidden_words += words
            self.draft.faint_words += words if faint else 0
            self.faint_words += words if faint else 0

    def leave_out(self, node: Node) -> None:
        words = []
        for below in (node, *node.below()):
            if below.tag == "#text":
                words.append(below.text)
            elif below.tag == "img":
                self.count(kind_of(below.attributes, unseen=True))
        self.hide(" ".join(words))

    def flush(self, gap: bool = True) -> None:
        """End the paragraph; `gap`: an empty line stands before the next."""
        paragraph = self.paragraph
        if self.instead_of_break:
            if paragraph.length and not paragraph.at_blank:
                paragraph.words(self.instead_of_break, keeps_lines=True)
            return
        self.anchors.show(paragraph)
        broken = paragraph.broken
        text, spans = paragraph.take() if paragraph.length else ("", ())
        paragraph.broken = False
        if text.strip():
            kind = self.kind
            if kind == "text" and self.least >= LARGE and len(text) <= LONGEST_HEADING:
                kind = "heading"
            self.add(kind, text, spans)
            self.gap = gap
        elif gap or broken:
            self.gap = True
        self.least = 0.0
        self.anchors.restart(paragraph)

    def add(self, kind: str, text: str, spans: tuple[Span, ...] = (), rows: tuple[tuple[Cell, ...], ...] = ()) -> None:
        if len(spans) < MOST_SPANS and not rows:  # URLs written out without an anchor
            anchors = [span for span in spans if span.style.startswith(("link", "warning"))]
            spans += tuple(link_spans(self.draft, text, anchors))
        gap = self.gap and not self.after_title and bool(self.draft.blocks)
        spans, self.wordless = (*self.wordless, *spans), []
        right = self.look.rtl if self.look.rtl is not None else reads_from_right(text)
        self.draft.add(
            kind, text, spans, first=self.first, rest=self.rest, level=self.level, gap=gap, rows=rows, right=right
        )
        self.written += 1
        self.first = self.rest
        self.after_title = False

    def rule(self) -> None:
        if self.instead_of_break or (self.draft.blocks and self.draft.blocks[-1].kind == "rule"):
            return
        self.draft.add("rule", "", first=self.rest, rest=self.rest, level=self.level)
        self.gap = True
        self.written += 1

    # elements

    def enter_styled(self, node: Node, style: Style) -> None:
        tag = node.tag
        paragraph = self.paragraph
        block = tag in _BLOCKS
        kind, rest, level, in_button = self.kind, self.rest, self.level, self.in_button
        gap = (tag in _SPACED and not is_tight(node, style)) or id(node) in self.apart
        if block:
            self.flush(gap=gap or bool(style.above))
            if not self.instead_of_break:
                self.block_edges(node, style)
        if tag in _HEADINGS:
            self.kind = "heading"
        elif _SIGNATURES.intersection(node.attributes.get("class", "").lower().split()[:5]):
            self.kind = "signature"
        if block and style.background is not None and style.background != CLEAR:
            self.in_button = is_button(node)
        start = paragraph.length
        anchor = self.open_anchor(node, style) if tag == "a" else None
        if tag == "q":
            paragraph.words("“")
        elif tag == "rt":
            paragraph.words("(")

        def leave() -> None:
            if anchor:
                self.anchors.close(paragraph)
            elif tag in ("sup", "sub"):
                paragraph.raise_or_lower(start, tag == "sup")
            elif tag == "q":
                paragraph.words("”")
            elif tag == "rt":
                paragraph.words(")")
            elif mark := _MARKED.get(tag):
                paragraph.mark(min(start, paragraph.length), mark)
            if block:
                self.flush(gap=gap or bool(style.below))
                self.after_title = tag in _TITLES
                self.kind, self.in_button = kind, in_button
                if rest != self.rest and (not self.threaded or level == self.level):
                    self.rest = self.first = rest
                    self.level = level

        self.inside(node, style, leave)

    def block_edges(self, node: Node, style: Style) -> None:
        """Lines that are drawn at the left or above, and the older mail below an answer of Outlook's."""
        tag, at = node.tag, node.attributes
        if tag == "dd":
            self.indent("    ", "    ")
            return
        if at.get("id", "").lower() in _OUTLOOK or (style.line_above and begins_with_field(node)):
            self.rule()
            if not self.threaded and not self.level:
                self.threaded = True
                self.level = 1
                self.indent(BAR, BAR)
            return
        if style.bar and tag in ("div", "section", "p", "aside"):
            if style.bar == "quote" and not self.threaded:
                self.level += 1
            if self.rest.count(BAR) < MOST_BARS:
                self.indent(BAR, BAR)

    def count(self, kind: Kind) -> None:
        self.draft.images += kind in (Kind.REMOTE, Kind.TRACKER)
        self.draft.trackers += kind is Kind.TRACKER

    def field(self, node: Node) -> None:
        type_ = node.attributes.get("type", "").lower()
        if type_ in ("checkbox", "radio"):
            self.paragraph.words("☑ " if "checked" in node.attributes else "☐ ")
        elif type_ == "image" and "src" in node.attributes:
            self.draft.images += 1

    def preformatted(self, node: Node, style: Style) -> None:
        self.flush()
        text = node.all_text()
        look = self.looks.inside(self.look, style)
        if look.hidden and not self.show_all:
            self.hide(text, faint=look.hidden == "faint")
        elif text.strip():
            self.words += 1
            self.add("pre", clean_body(text.strip("\n")).rstrip())
        self.gap = True

    def enter_list(self, node: Node, style: Style) -> None:
        self.flush(gap=not self.numbers)
        found = _START.match(node.attributes.get("start", ""))
        self.numbers.append((int(found[1]) if found else 1) if node.tag == "ol" else -1)

        def leave() -> None:
            self.numbers.pop()
            self.flush(gap=not self.numbers)

        self.inside(node, style, leave)

    def enter_item(self, node: Node, style: Style) -> None:
        self.flush(gap=False)
        if not self.numbers or self.numbers[-1] < 0:
            mark = " • " if len(self.numbers) % 2 else " ◦ "
        else:
            mark = f"{self.numbers[-1]:>2}. "
            self.numbers[-1] += 1
        before = self.rest
        self.indent(mark, " " * len(mark))

        def leave() -> None:
            self.flush(gap=False)
            self.rest = self.first = before

        self.inside(node, style, leave)

    def enter_quote(self, node: Node, style: Style) -> None:
        self.flush()
        before, level = self.rest, self.level
        self.level += 1
        if self.level <= MOST_BARS:
            self.indent(BAR, BAR)

        def leave() -> None:
            self.flush()
            self.level = level
            self.rest = self.first = before

        self.inside(node, style, leave)

    def indent(self, first: str, rest: str) -> None:
        before = self.rest
        if len(before) < 2 * MOST_BARS:
            self.first, self.rest = before + first, before + rest

    def open_anchor(self, node: Node, style: Style) -> Anchor | None:
        href = node.attributes.get("href", "")
        if not href or not (url := tidy(href)):
            return None
        names = node.attributes.get("class", "").lower()
        button = self.in_button or bool(style.button) or "button" in names or "btn" in names
        return self.anchors.open(Anchor(url, button, self.links_to[href] > 1), self.paragraph)
