"""The letters of a name that were searched for, marked as Textual does it, but the name is never read as markup.

Matcher.highlight (Textual 8.2) takes its candidate for markup, and the names here are a server's.
"""

from __future__ import annotations

from textual.content import Content
from textual.fuzzy import Matcher


def marked(matcher: Matcher, name: str) -> Content:
    """The name as it is, the letters found in the matcher's style."""
    content = Content(name)
    _, offsets = matcher.fuzzy_search.match(matcher.query, name)
    for offset in offsets:
        if not name[offset].isspace():
            content = content.stylize(matcher.match_style, offset, offset + 1)
    return content
