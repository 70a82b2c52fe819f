"""What the shape of an element tells of its meaning: buttons, header fields above older mail, lines that are no
paragraphs."""

from __future__ import annotations

import re

from tuimail.content.htmlcss import Style
from tuimail.content.htmltree import Node

LONGEST_BUTTON = 40
_FIELD = re.compile(r"\s*[^\s:]{2,20}\s?:")


def begins_with_field(node: Node) -> bool:
    """Whether the first words are a field of a header (From: …), as Outlook writes above older mail."""
    for count, below in enumerate(node.below()):
        if below.tag == "#text" and below.text.strip():
            return _FIELD.match(below.text) is not None
        if count > 20:
            break
    return False


def is_tight(node: Node, style: Style) -> bool:
    """A paragraph that is only a line: Word writes empty ones where it wants room."""
    if node.tag != "p" or style.above or style.below:
        return False
    said = style.above is False and style.below is False
    return said or node.attributes.get("class", "").lower().startswith("mso")


def is_button(node: Node) -> bool:
    """Whether a coloured box holds nothing but a link of a few words."""
    links = length = 0
    for count, below in enumerate(node.below()):
        links += below.tag == "a"
        length += len(below.text.strip())
        if count > 12 or length > LONGEST_BUTTON:
            return False
    return links == 1
