"""Images of a mail written: words stand where the picture is, and its number under them for who wants to see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuimail.content.htmlimage import Kind, kind_of, picture_of, words_of
from tuimail.content.htmltree import Node
from tuimail.model import Span
from tuimail.records import replace

if TYPE_CHECKING:
    from tuimail.content.htmlwriter import Writer


def write_image(writer: Writer, node: Node) -> None:
    """An <img>; one without words is left for the next block, and nothing is to be seen of it."""
    kind = kind_of(node.attributes)
    writer.count(kind)
    if writer.look.hidden == "invisible" and not writer.show_all:
        return
    paragraph = writer.paragraph
    words = words_of(node.attributes, kind)
    picture = picture_of(node.attributes, kind, words)
    number = writer.draft.picture(picture) if picture is not None else 0
    start = paragraph.length
    if words and not any(map(str.isalnum, words)) and len(words) <= 4:
        paragraph.words(words)  # an emoji as a picture
    elif words:
        paragraph.words(f"▣ {words}")
        paragraph.mark(start, "dim")
        if number:
            paragraph.mark(start, f"picture:{number}")
        if not node.attributes.get("align"):
            paragraph.words(" ")
    elif kind is Kind.REMOTE:
        if number:
            writer.wordless.append(Span(0, 0, f"picture:{number}"))
        if writer.anchors.wants_picture(paragraph):
            paragraph.words("▣ ")


def write_wordless(writer: Writer) -> None:
    """Pictures after the last words; where there are no words at all, something has to stand for them."""
    if writer.draft.blocks:
        last = writer.draft.blocks[-1]
        end = len(last.text)
        spans = tuple(Span(end, end, span.style) for span in writer.wordless)
        writer.draft.blocks[-1] = replace(last, spans=(*last.spans, *spans))
    else:
        writer.add("text", "▣")
