"""HTML tokens to a small bounded tree.

A tokenizer by the specification (justhtml), but not its tree builder: HTML5 tree construction is quadratic or worse
by design ("active formatting elements" make a million nodes of a thousand tags, lexbor#340, html5ever#788). Ours is
linear, forgets what mail does not need, and stops at limits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from typing import NamedTuple, cast

MOST_CHARACTERS = 1_000_000
DEEPEST = 200
MOST_NODES = 150_000
MOST_ATTRIBUTES = 24

_KEPT = frozenset(
    (
        "href src alt style width height align colspan rowspan border role hidden start background bgcolor color class"
        " id dir type checked"
    ).split(" ")
)
_FRAME = frozenset(["html", "head", "body"])
"""No nodes of ours: an unclosed head would hide all that follows."""
_ASKED = re.compile(r"\[\s{0,10}([a-z_][a-z0-9_-]{0,80})\s{0,10}[]=~|^$*]", re.IGNORECASE)
MOST_ASKED = 100
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split(" "))
_BLOCKS = frozenset(
    (
        "address article aside blockquote center details dialog div dl fieldset figcaption figure footer form"
        " h1 h2 h3 h4 h5 h6 header hr main nav ol p pre section table ul"
    ).split(" ")
)
_INLINE = frozenset(
    (
        "a abbr b big cite code del em font i ins kbd mark nobr q s samp small span strike strong sub sup"
        " tt u var label"
    ).split(" ")
)
# A start tag ends these open elements (HTML Standard §13.1.2.4, optional tags) …
_CLOSES = {
    "li": ("li",),
    "dt": ("dt", "dd"),
    "dd": ("dt", "dd"),
    "tr": ("tr", "td", "th"),
    "td": ("td", "th"),
    "th": ("td", "th"),
    "option": ("option",),
    "tbody": ("tr", "td", "th", "tbody", "thead", "tfoot"),
    "tfoot": ("tr", "td", "th", "tbody", "thead"),
    "thead": ("tbody",),
    "a": ("a",),
}
# … but not through these.
_FENCES = {
    "li": ("ul", "ol", "table"),
    "dt": ("dl", "table"),
    "dd": ("dl", "table"),
    "a": ("td", "th", "table", "li", "blockquote", "div"),
}
_P_FENCES = ("table", "td", "th", "li", "blockquote", "div")
_TABLE_ONLY = ("table",)
_TABLE_FENCED = frozenset(["p", "li", "div", "td", "th", "tr"])


class Node:
    """An element, or a text (`tag` "#text")."""

    __slots__ = ("attributes", "kids", "tag", "text")

    def __init__(self, tag: str, attributes: dict[str, str] | None = None, text: str = "") -> None:
        self.tag = tag
        self.attributes = attributes or {}
        self.kids: list[Node] = []
        self.text = text

    def below(self) -> Iterator[Node]:
        """Every node inside, in document order."""
        waiting = self.kids[::-1]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.kids))

    def all_text(self) -> str:
        return "".join(node.text for node in self.below())


class Page(NamedTuple):
    """A mail's HTML, read."""

    root: Node
    """The body, with the attributes of the html and body tags."""
    css: str
    """What its style elements hold."""
    cut: bool
    """A limit cut something off."""


def read_html(html: str) -> Page:
    """Never raises on any text."""
    from justhtml import stream

    html, all_of_it = html[:MOST_CHARACTERS], len(html) <= MOST_CHARACTERS
    names = _KEPT | _asked(html)
    root = Node("body")
    open_nodes = [root]
    css: list[str] = []
    count = 0
    for kind, data in stream(html):
        if kind == "text":
            if open_nodes[-1].tag == "style":
                css.append(str(data))
            else:
                open_nodes[-1].kids.append(Node("#text", text=str(data)))
            count += 1
        elif kind == "start":
            tag, attributes = cast("tuple[str, dict[str, str | None]]", data)
            if tag in _FRAME:
                if tag != "head":
                    root.attributes |= _kept(attributes, names)
                continue
            if tag in _CLOSES:
                _close(open_nodes, _CLOSES[tag], _FENCES.get(tag, _TABLE_ONLY))
            elif tag in _BLOCKS:
                _close(open_nodes, ("p",), _P_FENCES)
            node = Node(tag, _kept(attributes, names))
            open_nodes[-1].kids.append(node)
            count += 1
            if tag not in _VOID and len(open_nodes) < DEEPEST:
                open_nodes.append(node)
        elif kind == "end" and data not in _FRAME:
            tag = cast(str, data)
            _close(open_nodes, (tag,), _fences(tag))
        if count > MOST_NODES:
            return Page(root, "\n".join(css), True)
    return Page(root, "\n".join(css), not all_of_it)


def _asked(html: str) -> set[str]:
    """The names of attributes that a style sheet in it may ask for; what only looks so costs a little memory."""
    names: set[str] = set()
    for found in _ASKED.finditer(html):
        names.add(found[1].lower())
        if len(names) >= MOST_ASKED:
            break
    return names


def _kept(attributes: dict[str, str | None], names: Set[str]) -> dict[str, str]:
    kept = {}
    for count, (name, value) in enumerate(attributes.items()):
        if count >= MOST_ATTRIBUTES:
            break
        if name in names:
            kept[name] = value or ""
    return kept


def _fences(tag: str) -> tuple[str, ...]:
    """What an end tag cannot close through."""
    if tag in _INLINE:
        return ("td", "th", "table", "li", "blockquote", "div")
    return _TABLE_ONLY if tag in _TABLE_FENCED else ()


def _close(open_nodes: list[Node], tags: tuple[str, ...], fences: tuple[str, ...]) -> None:
    for place in range(len(open_nodes) - 1, 0, -1):
        if open_nodes[place].tag in tags:
            del open_nodes[place:]
            return
        if open_nodes[place].tag in fences:
            return
