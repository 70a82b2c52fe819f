"""text/html to blocks: what the mail says, without what it does, and without what it hides.

Allow-list by construction: words, a few styles, lists, quotes, tables and numbered links come out; scripts and forms
do not. What nobody could see in a window is left out and counted. Images are counted and never fetched.
"""

from __future__ import annotations

from tuimail.content.draft import Draft
from tuimail.content.htmltree import read_html
from tuimail.content.htmlwriter import Writer
from tuimail.model import Document

MOSTLY = 3
"""Times as many words in the colour of their background as others: more likely we misread the colours."""


def html_document(html: str) -> Document:
    """The Document of a text/html body. html: decoded, not yet cleaned. Never raises; time linear in its length."""
    draft = Draft()
    write_html(draft, html)
    return draft.document()


def write_html(draft: Draft, html: str) -> None:
    """Add a text/html body to a draft, with what was hidden, not fetched or cut counted there."""
    page = read_html(html)
    before = len(draft.blocks), len(draft.links), len(draft.pictures)
    counts = draft.hidden, draft.hidden_words, draft.faint_words, draft.images, draft.trackers
    writer = Writer(draft, page)
    writer.write()
    hides_all = not writer.words and draft.hidden_words > counts[1]
    if hides_all or writer.faint_words > MOSTLY * writer.words:
        del draft.blocks[before[0] :], draft.links[before[1] :], draft.pictures[before[2] :]
        draft.hidden, draft.hidden_words, draft.faint_words, draft.images, draft.trackers = counts
        draft.shown_all = True
        Writer(draft, page, show_all=hides_all, show_faint=True).write()
    draft.cut = draft.cut or page.cut
