"""How an element of a mail looks: what its tag, the style sheet, its style and its parents say together.

And whether text that looks so can be seen at all. Newsletters set `font-size: 0` on a frame and a size again inside,
so that is judged where the text stands; `display: none` is judged where it is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from tuimail.content.htmlchains import read_chain, styles
from tuimail.content.htmlcss import CLEAR, NO_STYLE, UNKNOWN, Sheet, Style, contrast, over, read_color, read_style
from tuimail.content.htmltree import Node

FAINT = 1.2
"""Contrast below which text is taken for invisible; the palest grey of honest small print on white has 1.5."""
PALE = 3.2
"""Contrast below which text was meant to stay in the background."""
TINY = 2.5
"""Pixels up to which nobody can read."""
SMALL_PRINT = 10.5
LARGE = 20.0
"""Pixels from which a line is a heading."""

_TAGS: Mapping[str, Style] = {
    **dict.fromkeys(["b", "strong", "th", "dt"], Style(bold=True)),
    **dict.fromkeys(["em", "i", "cite", "var", "dfn"], Style(italic=True)),
    **dict.fromkeys(["s", "del", "strike"], Style(strike=True)),
    "small": Style(size=-0.8),
    "mark": Style(bold=True),
    "big": Style(size=-1.2),
}


class Look(NamedTuple):
    """What is in force where a text stands."""

    color: int = 0x000000
    background: int = 0xFFFFFF
    size: float = 16.0
    visible: bool = True
    bold: bool = False
    italic: bool = False
    strike: bool = False
    keeps_lines: bool = False
    rtl: bool | None = None
    right: bool = False
    hidden: str = ""
    """Why nobody can see the text: "invisible", "tiny", "faint", or "" when they can."""
    pale: bool = False


class Looks:
    """Finds the look of elements; equal styles are read once."""

    def __init__(self, sheet: Sheet, root: Node) -> None:
        self._sheet = sheet
        chains = (read_chain(selector, style) for selector, style in sheet.others)
        self._chained = styles(root, [chain for chain in chains if chain is not None])
        self._read: dict[str, Style] = {}
        self._inherited: dict[tuple[Look, Style], Look] = {}

    def style(self, node: Node) -> Style:
        """What is said of an element itself."""
        at = node.attributes
        style = _TAGS.get(node.tag, NO_STYLE)
        chained = self._chained.get(id(node), NO_STYLE)
        if not at:
            return over(over(style, self._sheet.style(node.tag, at)), chained)
        if "bgcolor" in at or "background" in at or "color" in at or "dir" in at or "align" in at:
            style = over(style, _of_attributes(at))
        style = over(over(style, self._sheet.style(node.tag, at)), chained)
        if text := at.get("style"):
            read = self._read.get(text)
            if read is None:
                read = self._read[text] = read_style(text)
            style = over(style, read)
        if "hidden" in at:
            style = over(style, Style(gone=True))
        return style

    def inside(self, look: Look, style: Style) -> Look:
        """The look of what stands inside an element of that style in a place of that look."""
        if style is NO_STYLE:
            return look
        found = self._inherited.get((look, style))
        if found is None:
            found = self._inherited[look, style] = _inherit(look, style)
        return found


def _of_attributes(at: Mapping[str, str]) -> Style:
    direction = at.get("dir", "").lower()
    return Style(
        background=UNKNOWN if at.get("background") else read_color(at["bgcolor"]) if at.get("bgcolor") else None,
        color=read_color(at["color"]) if at.get("color") else None,
        rtl=direction == "rtl" if direction in ("rtl", "ltr") else None,
        right=at["align"].lower() == "right" if at.get("align") else None,
    )


def _inherit(look: Look, style: Style) -> Look:
    background = look.background if style.background in (None, CLEAR) else style.background
    color = look.color if style.color is None else style.color
    size = look.size if style.size is None else style.size if style.size >= 0 else -style.size * look.size
    visible = look.visible if style.visible is None else style.visible
    seen = contrast(color, background) if color >= 0 and background >= 0 else PALE
    if not visible or color == CLEAR:
        hidden = "invisible"
    elif size <= TINY:
        hidden = "tiny"
    else:
        hidden = "faint" if seen < FAINT else ""
    return Look(
        color=color,
        background=background,
        size=size,
        visible=visible,
        bold=look.bold if style.bold is None else style.bold,
        italic=look.italic if style.italic is None else style.italic,
        strike=look.strike or bool(style.strike),
        keeps_lines=look.keeps_lines if style.keeps_lines is None else style.keeps_lines,
        rtl=look.rtl if style.rtl is None else style.rtl,
        right=look.right if style.right is None else style.right,
        hidden=hidden,
        pale=seen < PALE or size <= SMALL_PRINT,
    )
