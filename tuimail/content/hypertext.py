"""text/html to blocks: what the mail says, without what it does.

Allow-list by construction: words, a few styles, lists, quotes, simple tables and numbered links come out; scripts,
forms and hidden parts do not; images are counted and never fetched.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from tuimail.content.clean import clean_body
from tuimail.content.draft import Draft
from tuimail.content.htmltable import data_table
from tuimail.content.htmltree import Node, read_html
from tuimail.content.links import tidy, warning
from tuimail.content.text import BAR, MOST_BARS, link_spans
from tuimail.model import Document, Span

MOST_BLOCKS = 5_000
"""Of one HTML part."""
LONGEST_LINK_TEXT = 300
"""Characters kept of what an anchor shows; the paragraph has them all."""
MOST_SPANS = 500
"""Of one block, for looking for bare URLs between them."""

_SKIPPED = frozenset(
    (
        "script style head title noscript template iframe object embed math audio video canvas select input"
        " option map area link meta"
    ).split(" ")
)
_BLOCKS = frozenset(
    (
        "p div section article header footer main center figure figcaption address dl dt dd form fieldset nav aside"
        " summary details h1 h2 h3 h4 h5 h6 tr table tbody thead tfoot caption td th"
    ).split(" ")
)
_FETCHES = frozenset(["iframe", "object", "embed", "audio", "video"])
_SPACED = frozenset(["p", "h1", "h2", "h3", "h4", "h5", "h6", "figure"])
_TIGHT = frozenset(["tr", "td", "th", "div", "tbody", "table", "dt", "dd", "center", "figcaption"])
_HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
_STYLES = {
    **dict.fromkeys(["b", "strong", "th"], "bold"),
    **dict.fromkeys(["em", "i", "cite"], "italic"),
    **dict.fromkeys(["u", "ins"], "underline"),
    **dict.fromkeys(["s", "del", "strike"], "strike"),
    **dict.fromkeys(["code", "tt", "kbd", "samp"], "code"),
}
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_INVISIBLE = str.maketrans(dict.fromkeys([0x200B, 0x200C, 0x2060, 0xFEFF, 0x00AD, 0x034F, 0x180E]) | {0xA0: " "})
_HIDES = re.compile(
    r"display:none|visibility:hidden|(?:^|;)font-size:0(?:px|pt|em|%)?(?:!important)?(?:;|$)|mso-hide:all"
    r"|(?:^|;)opacity:0(?:\.0+)?(?:!important)?(?:;|$)"
)
_FLAT = re.compile(r"max-height:0|(?:^|;)height:0")
_PIXELS = re.compile(r"\s{0,9}(\d{1,6})")
_LONGEST_STYLE = 2_000

Step = Node | Callable[[], None]


def html_document(html: str) -> Document:
    """The Document of a text/html body. html: decoded, not yet cleaned. Never raises."""
    draft = Draft()
    write_html(draft, html)
    return draft.document()


def write_html(draft: Draft, html: str) -> None:
    """Add a text/html body to a draft; counts `draft.hidden` and `draft.images`, sets `draft.cut` at a limit."""
    root, cut = read_html(html)
    draft.cut = draft.cut or cut
    _Writer(draft).write(root)


class _Writer:
    """Walks the tree with its own stack (no recursion): a step is a node to enter or something to do on leaving."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.steps: list[Step] = []
        self.pieces: list[str] = []
        self.length = 0
        self.spans: list[Span] = []
        self.at_blank = True
        self.kind = "text"
        self.first = self.rest = ""
        self.level = 0
        self.gap = True
        self.written = 0
        self.numbers: list[int] = []  # of the open ordered lists; -1 for a bulleted one

    def write(self, root: Node) -> None:
        self.steps = list(reversed(root.kids))
        while self.steps and self.written < MOST_BLOCKS:
            step = self.steps.pop()
            if isinstance(step, Node):
                self.enter(step)
            else:
                step()
        if self.steps:
            self.draft.cut = True
        self.flush()

    def enter(self, node: Node) -> None:
        tag = node.tag
        if tag == "#text":
            self.words(node.text)
        elif tag in _SKIPPED:
            if tag in _FETCHES or (tag == "input" and "src" in node.attributes):
                self.draft.images += 1
        elif _hidden(node):
            self.draft.hidden += 1
        elif tag == "br":
            self.pieces.append("\n")
            self.length += 1
            self.at_blank = True
        elif tag == "hr":
            self.flush()
            self.draft.add("rule", "", first=self.rest, rest=self.rest, level=self.level)
        elif tag == "img":
            self.image(node)
        elif tag in ("pre", "textarea", "xmp", "plaintext", "listing"):
            self.preformatted(node.all_text())
        elif tag == "table" and (rows := data_table(node)):
            self.preformatted("\n".join(rows))
        elif tag in ("ul", "ol"):
            self.enter_list(node)
        elif tag == "li":
            self.enter_item(node)
        elif tag == "blockquote":
            self.enter_quote(node)
        else:
            self.enter_styled(node)

    def inside(self, node: Node, leave: Callable[[], None]) -> None:
        self.steps.append(leave)
        self.steps.extend(reversed(node.kids))

    # words

    def words(self, text: str) -> None:
        text = _BLANKS.sub(" ", text.translate(_INVISIBLE))
        if self.at_blank:
            text = text.lstrip(" ")
        if text:
            self.at_blank = text.endswith(" ")
            self.pieces.append(text)
            self.length += len(text)

    def mark(self, start: int, style: str) -> None:
        if self.length > start:
            self.spans.append(Span(start, self.length, style))

    def flush(self, gap: bool = True) -> None:
        """End the paragraph; `gap`: an empty line stands before the next."""
        text = "".join(self.pieces).rstrip()
        if text.strip():
            # Cleaning may drop characters; spans must then be counted again, so it happens to each piece.
            text, spans = _cleaned("".join(self.pieces), self.spans)
            self.add(self.kind, text, spans)
            self.gap = gap
        elif gap:
            self.gap = True
        self.pieces, self.spans, self.length, self.at_blank = [], [], 0, True

    def add(self, kind: str, text: str, spans: tuple[Span, ...] = ()) -> None:
        if len(spans) < MOST_SPANS:  # URLs written out without an anchor
            anchors = [span for span in spans if span.style.startswith(("link", "warning"))]
            spans += tuple(link_spans(self.draft, text, anchors))
        gap = self.gap and bool(self.draft.blocks)
        self.draft.add(kind, text, spans, first=self.first, rest=self.rest, level=self.level, gap=gap)
        self.written += 1
        self.first = self.rest

    def preformatted(self, text: str) -> None:
        self.flush()
        self.gap = True
        if text.strip():
            self.add("pre", clean_body(text.strip("\n")))
        self.gap = True

    # elements

    def image(self, node: Node) -> None:
        at = node.attributes
        self.draft.images += 1
        if any((size := _pixels(at.get(side))) is not None and size <= 3 for side in ("width", "height")):
            return
        if alt := at.get("alt", "").strip():
            start = self.length
            self.words(f"▣ {alt} ")
            self.mark(start, "dim")

    def enter_list(self, node: Node) -> None:
        self.flush()
        start = _pixels(node.attributes.get("start"))
        self.numbers.append((1 if start is None else start) if node.tag == "ol" else -1)

        def leave() -> None:
            self.flush()
            self.numbers.pop()

        self.inside(node, leave)

    def enter_item(self, node: Node) -> None:
        self.flush(gap=False)
        if not self.numbers or self.numbers[-1] < 0:
            mark = " • "
        else:
            mark = f"{self.numbers[-1]:>2}. "
            self.numbers[-1] += 1
        before = self.indent(mark, " " * len(mark))
        self.gap = False

        def leave() -> None:
            self.flush(gap=False)
            self.rest = self.first = before

        self.inside(node, leave)

    def enter_quote(self, node: Node) -> None:
        self.flush()
        self.level += 1
        before = self.indent(BAR, BAR) if self.level <= MOST_BARS else self.rest

        def leave() -> None:
            self.flush()
            self.level -= 1
            self.rest = self.first = before

        self.inside(node, leave)

    def indent(self, first: str, rest: str) -> str:
        before = self.rest
        if len(before) < 2 * MOST_BARS:
            self.first, self.rest = before + first, before + rest
        return before

    def enter_styled(self, node: Node) -> None:
        tag = node.tag
        block = tag in _BLOCKS
        if block:
            self.flush(gap=tag not in _TIGHT)
        if tag in _HEADINGS:
            self.kind = "heading"
        start = self.length
        links_before = len(self.draft.links)
        shows = len(self.pieces)

        def leave() -> None:
            if tag == "a" and len(self.draft.links) == links_before:
                self.anchor(node.attributes.get("href", ""), start, "".join(self.pieces[shows:]).strip())
            if style := _STYLES.get(tag):
                self.mark(start, style)
            if block:
                self.flush(gap=tag in _SPACED)
            if tag in _HEADINGS:
                self.kind = "text"

        self.inside(node, leave)

    def anchor(self, href: str, start: int, shown: str) -> None:
        if not shown or not href or not (url := tidy(href)):
            return
        shown = " ".join(clean_body(shown).split())[:LONGEST_LINK_TEXT]
        suspicion = warning(url, shown)
        number = self.draft.link(url, shown, suspicion)
        if number:
            trailing = self.pieces[-1].endswith(" ") if self.pieces else False
            if trailing:
                self.pieces[-1] = self.pieces[-1][:-1]
                self.length -= 1
            tag = f"[{number}] " if trailing else f"[{number}]"
            self.pieces.append(tag)
            self.length += len(tag)
            self.spans.append(Span(start, self.length - trailing, f"{'warning' if suspicion else 'link'}:{number}"))
            self.at_blank = trailing


def _cleaned(text: str, spans: list[Span]) -> tuple[str, tuple[Span, ...]]:
    """Clean a paragraph and move its spans along with it."""
    clean = clean_body(text).rstrip()
    if len(clean) != len(text.rstrip()):
        cuts = sorted({edge for span in spans for edge in (span.start, span.end)})
        moved = {}
        done = length = 0
        for cut in cuts:
            length += len(clean_body(text[done:cut]))
            moved[cut] = length
            done = cut
        spans = [Span(moved[span.start], moved[span.end], span.style) for span in spans]
    end = len(clean)
    return clean, tuple(
        Span(span.start, min(span.end, end), span.style) for span in spans if span.start < min(span.end, end)
    )


def _hidden(node: Node) -> bool:
    if "hidden" in node.attributes:
        return True
    style = node.attributes.get("style")
    if not style:
        return False
    style = _BLANKS.sub("", style[:_LONGEST_STYLE]).lower()
    return bool(_HIDES.search(style)) or ("overflow:hidden" in style and bool(_FLAT.search(style)))


def _pixels(value: str | None) -> int | None:
    found = _PIXELS.match(value or "")
    return int(found[1]) if found else None
