"""The little of CSS that decides whether mail text can be seen, and how loud it is.

Only what a reader of text must know is read: hiding, colours, size, weight, a few edges. Selectors are `tag`,
`.class`, `#id` and `tag.class` (others are kept for `htmlchains`); rules for small screens, print or dark windows
(`@media (…)`) do not count, as nobody with a window reads by them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

LONGEST_STYLE = 2_000
"""Characters of one style attribute or rule that are read."""
LONGEST_SHEET = 200_000
MOST_RULES = 5_000
MOST_OTHERS = 500
"""Selectors of more than one name."""
UNKNOWN = -1
"""A colour or background that cannot be told (a gradient, a picture, a name we do not know)."""
CLEAR = -2
"""The colour `transparent`: text in it cannot be seen, a background of it changes nothing."""

_NAMES = {
    "black": 0x000000, "white": 0xFFFFFF, "red": 0xFF0000, "green": 0x008000, "blue": 0x0000FF, "yellow": 0xFFFF00,
    "gray": 0x808080, "grey": 0x808080, "silver": 0xC0C0C0, "navy": 0x000080, "maroon": 0x800000, "teal": 0x008080,
    "purple": 0x800080, "olive": 0x808000, "lime": 0x00FF00, "aqua": 0x00FFFF, "fuchsia": 0xFF00FF,
    "orange": 0xFFA500, "lightgray": 0xD3D3D3, "lightgrey": 0xD3D3D3, "darkgray": 0xA9A9A9, "darkgrey": 0xA9A9A9,
    "dimgray": 0x696969, "dimgrey": 0x696969, "whitesmoke": 0xF5F5F5, "snow": 0xFFFAFA, "ivory": 0xFFFFF0,
    "ghostwhite": 0xF8F8FF, "floralwhite": 0xFFFAF0, "aliceblue": 0xF0F8FF, "gainsboro": 0xDCDCDC,
    "windowtext": 0x000000, "window": 0xFFFFFF, "transparent": CLEAR,
}  # fmt: skip
_HEX = re.compile(r"#([0-9a-f]{3,8})\b")
_RGB = re.compile(r"rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})\s*(?:[,/]\s*([\d.]{1,8})(%?))?")
_NUMBER = re.compile(r"(-?\d{0,7}(?:\.\d{0,6})?)(px|pt|r?em|ex|%|in|cm|mm|vw|vh)?")
_AS_BEFORE = frozenset(["inherit", "unset", "currentcolor", "revert"])
_BRACES = re.compile("[{}]")
_SELECTOR = re.compile(r"([a-z][a-z0-9]*)?(?:([.#])([a-z0-9_-]{1,80}))?")
_PIXELS = {"px": 1.0, "": 1.0, "pt": 4 / 3, "in": 96.0, "cm": 37.8, "mm": 3.78, "vw": 8.0, "vh": 8.0}
PARAGRAPH = 8.0
"""Pixels between two lines from which they are two paragraphs."""
_FAR = -90.0
"""Pixels left of or above the window from which nothing is in sight."""


class Style(NamedTuple):
    """What declarations say; None where they say nothing."""

    gone: bool | None = None
    """Not painted at all, and nothing inside can be: display, opacity, clipped away, moved off the window."""
    visible: bool | None = None
    """`visibility`, which an element inside may turn again."""
    color: int | None = None
    """0xRRGGBB, UNKNOWN or CLEAR."""
    background: int | None = None
    size: float | None = None
    """Pixels; relative sizes are negative parts of the parent's (-1.5 = 150 %)."""
    bold: bool | None = None
    italic: bool | None = None
    strike: bool | None = None
    keeps_lines: bool | None = None
    """white-space: pre and its kin."""
    rtl: bool | None = None
    right: bool | None = None
    """text-align."""
    above: bool | None = None
    """Room above, as between paragraphs; False: none at all."""
    below: bool | None = None
    bar: str | None = None
    """A line on the left edge: "quote" where mail programs draw one, else "note"."""
    line_above: bool | None = None
    button: bool | None = None
    """Padding all round, as a button has."""


NO_STYLE = Style()


def over(below: Style, above: Style) -> Style:
    """Both together; what `above` says wins."""
    if above is NO_STYLE:
        return below
    if below is NO_STYLE:
        return above
    return Style._make(old if new is None else new for old, new in zip(below, above, strict=True))


def read_style(text: str) -> Style:
    """A style attribute. Never raises; what is not understood says nothing."""
    said: dict[str, str] = {}
    for declaration in text[:LONGEST_STYLE].lower().split(";"):
        name, colon, value = declaration.partition(":")
        if colon:
            said[name.strip()] = value.replace("!important", "").strip()
    return _style(said) if said else NO_STYLE


def read_color(value: str) -> int:
    """A CSS or HTML colour as 0xRRGGBB, UNKNOWN or CLEAR."""
    value = value.strip().lower()[:100]
    if found := _HEX.match(value):
        digits = found[1]
        if len(digits) in (3, 4):
            digits = "".join(digit * 2 for digit in digits)
        if len(digits) == 8 and int(digits[6:], 16) < 16:
            return CLEAR
        return int(digits[:6], 16) if len(digits) in (6, 8) else UNKNOWN
    if found := _RGB.match(value):
        opaque = found[4] is None or _float(found[4]) / (100 if found[5] else 1) > 0.05
        red, green, blue = (min(255, int(found[place])) for place in (1, 2, 3))
        return (red << 16 | green << 8 | blue) if opaque else CLEAR
    if value and value.isalnum() and len(value) == 6 and not set(value) - set("0123456789abcdef"):
        return int(value, 16)  # bgcolor=ffffff
    return _NAMES.get(value, UNKNOWN)


def contrast(one: int, other: int) -> float:
    """From 1 (the same) to 21 (WCAG 2.2, contrast ratio)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def pixels(value: str, default: float = 0.0) -> float:
    """The first length of a value in pixels; parts of the window or the type as if those were usual ones."""
    found = _NUMBER.match(value.strip())
    if not found or not found[1].strip("-."):
        return default
    unit = found[2] or ""
    return _float(found[1]) * _PIXELS.get(unit, 16.0 if unit != "%" else 8.0)


class Sheet:
    """The rules of the <style> elements of one mail."""

    def __init__(self, css: str = "") -> None:
        self._rules: dict[tuple[str, str], Style] = {}
        self._compound: dict[tuple[str, str], Style] = {}
        self.others: list[tuple[str, Style]] = []
        """Selectors of more than one name, in lower case."""
        for selector, body in _rules(css[:LONGEST_SHEET]):
            self._add(selector, body)

    def _add(self, selectors: str, body: str) -> None:
        style = read_style(body)
        if style == NO_STYLE:
            return
        for selector in selectors.lower().split(",")[:50]:
            selector = selector.strip()
            found = _SELECTOR.fullmatch(selector)
            if not found or not (found[1] or found[3]):
                if selector and len(self.others) < MOST_OTHERS:
                    self.others.append((selector, style))
                continue
            tag, mark, name = found[1] or "", found[2] or "", found[3] or ""
            rules, key = (self._compound, (tag, mark + name)) if tag and name else (self._rules, (mark, name or tag))
            rules[key] = over(rules.get(key, NO_STYLE), style)

    def style(self, tag: str, attributes: Mapping[str, str]) -> Style:
        """What the rules say of an element: by its tag, then its classes, then its id."""
        if not self._rules and not self._compound:
            return NO_STYLE
        found = self._rules.get(("", tag), NO_STYLE)
        for name in attributes.get("class", "").lower().split()[:20]:
            found = over(found, self._rules.get((".", name), NO_STYLE))
            found = over(found, self._compound.get((tag, "." + name), NO_STYLE))
        if name := attributes.get("id", "").lower():
            found = over(found, self._rules.get(("#", name), NO_STYLE))
            found = over(found, self._compound.get((tag, "#" + name), NO_STYLE))
        return found


def _rules(css: str) -> Iterator[tuple[str, str]]:
    """(selectors, declarations) of each rule that holds in a window; one pass, whatever is left open."""
    css = _without_comments(css)
    holds = [True]  # for each open @-block around the place
    head, start, count, inside = "", 0, 0, False
    for brace in _BRACES.finditer(css):
        text = css[start : brace.start()]
        start = brace.end()
        if brace[0] == "{" and not inside:
            head = text.rpartition(";")[2].strip()
            inside = not head.startswith("@")
            if not inside:
                media = head.lower()
                holds.append(holds[-1] and media.startswith("@media") and "(" not in media and "print" not in media)
        elif inside:
            inside = False
            count += 1
            if holds[-1]:
                yield head[:LONGEST_STYLE], text
        elif len(holds) > 1:
            holds.pop()
        if count >= MOST_RULES or len(holds) > 50:
            return


def _without_comments(css: str) -> str:
    kept = []
    place = 0
    while (opened := css.find("/*", place)) >= 0:
        kept.append(css[place:opened])
        closed = css.find("*/", opened + 2)
        if closed < 0:
            return "".join(kept)
        place = closed + 2
    kept.append(css[place:])
    return "".join(kept).replace("<!--", "").replace("-->", "")


def _style(said: Mapping[str, str]) -> Style:
    get = said.get
    background = get("background-color") or get("background")
    weight = get("font-weight", "")
    decoration = get("text-decoration") or get("text-decoration-line", "")
    white = get("white-space")
    slant = get("font-style")
    direction = get("direction")
    return Style(
        gone=True if _gone(said) else None,
        visible=None if (value := get("visibility")) is None else value not in ("hidden", "collapse"),
        color=read_color(value) if (value := get("color")) and value not in _AS_BEFORE else None,
        background=_background(background) if background and background not in _AS_BEFORE else None,
        size=_size(value) if (value := get("font-size")) else None,
        bold=(weight in ("bold", "bolder") or (weight.isdigit() and int(weight[:4]) >= 600)) if weight else None,
        italic=slant.startswith(("italic", "oblique")) if slant else None,
        strike=True if "line-through" in decoration else None,
        keeps_lines=white.startswith(("pre", "break-spaces")) if white else None,
        rtl=direction == "rtl" if direction in ("rtl", "ltr") else None,
        right=value in ("right", "end") if (value := get("text-align")) else None,
        above=_room(said, "top"),
        below=_room(said, "bottom"),
        bar=_bar(said),
        line_above=True if _edge(get("border-top", "")) and "border" not in said.get("border-left", "") else None,
        button=True if _padded(said) else None,
    )


def _gone(said: Mapping[str, str]) -> bool:
    get = said.get
    if get("display", "").startswith("none"):
        return True
    if (value := get("opacity")) and _float(value.rstrip("%")) < 0.05:
        return True
    if "hidden" in (get("overflow", ""), get("overflow-x", ""), get("overflow-y", "")) and any(
        (value := get(side)) and value[0].isdigit() and pixels(value) <= 1
        for side in ("height", "max-height", "width", "max-width")
    ):
        return True
    if pixels(get("text-indent", "")) <= _FAR or "scale(0)" in get("transform", ""):
        return True
    if get("position") in ("absolute", "fixed", "relative") and (
        any(pixels(get(side, "")) <= _FAR for side in ("left", "top", "right", "bottom"))
        or get("clip", "").replace(" ", "").startswith(("rect(0,0,0", "rect(0000", "rect(0px,0px,0px", "rect(1px"))
    ):
        return True
    return any(pixels(get(side, "")) <= 10 * _FAR for side in ("margin-left", "margin-top", "margin"))


def _background(value: str) -> int:
    if "url(" in value or "gradient" in value:
        return UNKNOWN
    color = read_color(value)
    if color == UNKNOWN:  # `background: none repeat scroll 0 0 #fff`
        for word in value.split()[:8]:
            if word.startswith("#") or word in _NAMES:
                return read_color(word)
        return CLEAR if value.startswith(("none", "inherit", "initial")) else UNKNOWN
    return color


def _size(value: str) -> float | None:
    found = _NUMBER.match(value)
    if not found or not found[1].strip("-."):
        return None  # small, large, inherit
    number, unit = _float(found[1]), found[2] or ""
    if number <= 0:
        return 0.0
    if unit == "rem":
        return number * 16
    if unit in ("em", "%"):
        return -number / (100 if unit == "%" else 1)
    return number * _PIXELS.get(unit, 16.0)


def _room(said: Mapping[str, str], side: str) -> bool | None:
    """Whether a "top" or "bottom" keeps others away."""
    lengths = {what: _side(said, what, side) for what in ("padding", "margin")}
    if any(length is not None and length >= PARAGRAPH for length in lengths.values()):
        return True
    return False if lengths["margin"] == 0 else None


def _side(said: Mapping[str, str], what: str, side: str) -> float | None:
    if value := said.get(f"{what}-{side}"):
        return pixels(value)
    parts = said.get(what, "").split()[:4]
    return pixels(parts[2 if side == "bottom" and len(parts) > 2 else 0]) if parts else None


def _padded(said: Mapping[str, str]) -> bool:
    parts = said.get("padding", "").split()
    beside = pixels(parts[1] if len(parts) > 1 else parts[0]) if parts else pixels(said.get("padding-left", ""))
    return beside >= 8 and ("background" in said or "background-color" in said or "border" in said)


def _edge(value: str) -> bool:
    """Whether a border is one that is drawn."""
    return "solid" in value and not any(part.startswith("0") or part == "none" for part in value.split())


def _bar(said: Mapping[str, str]) -> str | None:
    value = said.get("border-left", "")
    if not _edge(value):
        return None
    return "quote" if "blue" in value or "1.5pt" in value else "note"


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _luminance(color: int) -> float:
    parts = [channel / 255 for channel in (color >> 16 & 255, color >> 8 & 255, color & 255)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
