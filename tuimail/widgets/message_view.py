"""One message to read: headers, notes, attachments, body."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from rich.style import Style
from textual import events, work
from textual.binding import BindingType
from textual.message import Message as Posted

from tuimail.model import Document, Link, Message, Summary
from tuimail.widgets.bindings import bindings_for
from tuimail.widgets.dates import Now
from tuimail.widgets.finding import mark_lines, pattern_of, places
from tuimail.widgets.header_block import MODES, message_header, summary_header
from tuimail.widgets.hosts import terminal_target
from tuimail.widgets.layout import lay_out, plain
from tuimail.widgets.layouts import HANG, Layouts, lay_out_found, measure, quiet_lines
from tuimail.widgets.lines import EMPTY, Line
from tuimail.widgets.lines_view import LinesView

MEASURE = 100
"""Cells of a line at most, however wide the pane: longer lines are hard to read."""

INLINE = 30_000
"""Characters of a document laid out at once; a longer one goes to a thread, for it would be felt."""
_LINK_META = "tuimail_link"
_FOLD_META = "tuimail_fold"

_HEADERS = {"short": "", "full": "All fields of the header", "raw": "The header as it was sent"}

LayOut = Callable[[int], list[Line]]
"""From a width to the lines."""


class MessageView(LinesView):
    """Data down: `show`, `show_placeholder`, `clear`. Messages up: LinkClicked, Told."""

    BINDINGS: ClassVar[list[BindingType]] = bindings_for(
        {"view", "mail"}, {"cycle_headers", "toggle_folds", "copy_all"}
    )

    class LinkClicked(Posted):
        """The reader clicked a numbered link: where it leads, and why it may not be what it says. Nothing is opened."""

        def __init__(self, link: Link, number: int) -> None:
            super().__init__()
            self.link = link
            self.number = number

    class Pictured(Posted):
        """A document that mentions pictures is shown, or shown at another width: `put_pictures` adds them."""

        def __init__(self, message: Message, columns: int) -> None:
            super().__init__()
            self.message = message
            self.columns = columns

    class Found(Posted):
        """Which hit is in sight: "3 of 17", "nothing found"."""

        def __init__(self, words: str) -> None:
            super().__init__()
            self.words = words

    def __init__(
        self,
        *,
        now: Now = time.time,
        attached_key: str = "A",
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """attached_key: what the reader presses to see the attachments."""
        super().__init__(name=name, id=id, classes=classes)
        self._now = now
        self._attached_key = attached_key
        self._message_id: int | None = None
        self._message: Message | None = None
        self._header_mode = MODES[0]
        self._document = Document()
        self._unfolded: frozenset[int] = frozenset()
        self._head: LayOut = lambda width: []
        self._body: LayOut | None = None
        """Our own words in place of a document."""
        self._layouts = Layouts()
        self._pictures: dict[int, list[Line]] = {}
        self._pattern: re.Pattern[str] | None = None
        self._hits: list[int] = []
        self._hit = 0
        self._new_pattern = False
        self._sought: tuple[int, re.Pattern[str]] | None = None
        """What is to be found in a message that is opened, once its text is here."""
        self._laid_out_for = -1

    # --- data down -----------------------------------------------------------------------------
    @property
    def message_id(self) -> int | None:
        """Id of the message shown, with or without its text; None when there is none."""
        return self._message_id

    @property
    def message(self) -> Message | None:
        """The message shown, None while its text is not here."""
        return self._message

    @property
    def has_text(self) -> bool:
        """The message is here, not only what the list knows of it."""
        return self._message is not None

    @property
    def header_mode(self) -> str:
        """One of header_block.MODES."""
        return self._header_mode

    @property
    def links(self) -> Sequence[Link]:
        """The links of the message shown, number 1 first."""
        return self._document.links

    def show(self, message: Message) -> None:
        """Show a message from its top, or with its body filled in below the header already standing there."""
        same = message.id == self._message_id
        self._message, self._message_id = message, message.id
        if not same:
            self._header_mode = MODES[0]
        self._head = lambda width: message_header(
            message, width, self._header_mode, self._now(), self._loaded, self._attached_key
        )
        attached = f" {self._attached_key} shows what is attached." if message.attachments else ""
        empty = f"This message has no text.{attached}"
        self._show(message.document, None if message.document.blocks else lambda width: quiet_lines(empty, width))
        self._seek()

    def renew(self, message: Message) -> None:
        """The same message with more known of it; the reader stays where they are."""
        if message.id != self._message_id or message is self._message:
            return
        top, unfolded = self.scroll_offset.y, self._unfolded
        self.show(message)
        if top or unfolded:
            self._unfold(frozenset(place for place in unfolded if place < len(message.document.folds)))
            self.scroll_to(y=top, animate=False, force=True)

    def show_placeholder(self, summary: Summary | None, text: str) -> None:
        """Show what the list knows of a message, its first words too; `text` says why its body is not here."""
        if summary is None or summary.id != self._message_id:
            self._header_mode = MODES[0]
        self._message = None
        self._message_id = summary.id if summary else None
        self._head = lambda width: summary_header(summary, width, self._now()) if summary else [EMPTY]
        words = f"{text}\n\n{summary.preview} …".lstrip() if summary is not None and summary.preview else text
        self._show(Document(), lambda width: quiet_lines(words, width))

    def clear(self) -> None:
        """Show nothing."""
        self._message, self._message_id = None, None
        self._head = lambda width: []
        self._show(Document(), lambda width: [])

    async def prepare(self, message: Message) -> None:
        """Lay a message out in a thread, so that showing it later takes one frame."""
        width = self.text_width
        if width > 0 and self._layouts.known(message.document, width, frozenset()) is None:
            lines = await asyncio.to_thread(lay_out, message.document, width, frozenset(), HANG)
            self._layouts.keep(message.document, width, frozenset(), lines)

    def _show(self, document: Document, body: LayOut | None) -> None:
        if document is not self._document:
            self._unfolded, self._pattern = frozenset(), None
            self._pictures = {}
            self._looks.clear()  # the looks of links know where they lead
        self._document, self._body = document, body
        self.drop_selection()
        self.scroll_to(y=0, animate=False, force=True)
        self._lay_out()
        self._ask_for_pictures()

    # --- pictures -------------------------------------------------------------------------------
    def _ask_for_pictures(self) -> None:
        if self._message is not None and self._document.pictures and self.text_width > 0:
            self.post_message(self.Pictured(self._message, self.text_width))

    def put_pictures(self, document: Document, pictures: Mapping[int, list[Line]]) -> None:
        """More pictures of the document shown, by number; what was in sight stays there."""
        if document is self._document:
            above = sum(not line.halves for line in self.lines[: self.scroll_offset.y])
            self._pictures = {**self._pictures, **pictures}
            self._lay_out()
            self._scroll_below(above)

    @property
    def _loaded(self) -> int:
        """Remote pictures that are shown."""
        return sum(self._document.pictures[number - 1].remote for number in self._pictures)

    def take_pictures_away(self) -> None:
        """The words alone."""
        above = sum(not line.halves for line in self.lines[: self.scroll_offset.y])
        self._pictures = {}
        self._lay_out()
        self._scroll_below(above)

    def _scroll_below(self, texts: int) -> None:
        """Bring in sight what stands below so many lines of text."""
        for place, line in enumerate(self.lines if texts else ()):
            texts -= not line.halves
            if not texts:
                self.scroll_to(y=place + 1, animate=False, force=True)
                break

    # --- laying out -----------------------------------------------------------------------------
    @property
    def text_width(self) -> int:
        """Cells of a line; one stays free before the scrollbar."""
        return min(MEASURE, self.scrollable_content_region.width - HANG)

    def _lay_out(self) -> None:
        width = self._laid_out_for = self.text_width
        if self.is_attached:
            self.workers.cancel_group(self, "layout")
        if width <= 0:
            return
        head = self._head(width)
        document, pattern, number = self._document, self._pattern, 0
        if pattern is not None:
            head, number = mark_lines(head, pattern)
        if self._body is not None:
            self.set_lines(head + self._body(width))
        elif (
            pattern is None
            and not self._pictures
            and (kept := self._layouts.known(document, width, self._unfolded)) is not None
        ):
            self.set_lines(head + kept)
        elif measure(document) > INLINE:
            super().set_lines(head)
            self._lay_out_in_thread(head, width, number)
        else:
            self._laid_out(
                head, width, *lay_out_found(document, width, self._unfolded, pattern, number, self._pictures)
            )

    @work(exclusive=True, group="layout")
    async def _lay_out_in_thread(self, head: list[Line], width: int, number: int) -> None:
        """Cancelled as soon as another message or another width is wanted."""
        asked = self._document, width, self._unfolded, self._pattern, number, self._pictures
        self._laid_out(head, width, *await asyncio.to_thread(lay_out_found, *asked))

    def _laid_out(self, head: list[Line], width: int, unfolded: frozenset[int], lines: list[Line]) -> None:
        self._unfolded = unfolded
        if self._pattern is None and not self._pictures and not any(seal.secret for seal in self._document.seals):
            self._layouts.keep(self._document, width, unfolded, lines)
        self.set_lines(head + lines)

    def set_lines(self, lines: list[Line]) -> None:
        super().set_lines(lines)
        if self._pattern is None:
            return
        self._hits = places(lines)
        if self._new_pattern:
            self._new_pattern = False
            top = self.scroll_offset.y
            self._hit = next((place for place, line in enumerate(self._hits) if line >= top), 0)
            self._show_hit()

    def on_resize(self) -> None:
        """Another width: other lines; the reader stays about where they were."""
        if self.text_width == self._laid_out_for:
            return
        before, top = len(self.lines), self.scroll_offset.y
        self._pictures = {}  # they were made for another width
        self._lay_out()
        self._ask_for_pictures()
        if top and before:
            self.scroll_to(y=top * len(self.lines) // before, animate=False, force=True)

    def action_cycle_headers(self) -> None:
        """Short, full, raw, short; the text stays where it is below. Before it has come, its header will be so."""
        self._header_mode = MODES[(MODES.index(self._header_mode) + 1) % len(MODES)]
        self.post_message(self.Told(_HEADERS[self._header_mode]))
        if self._message is not None:
            self.scroll_to(y=0, animate=False, force=True)
            self._lay_out()

    # --- folds ----------------------------------------------------------------------------------------
    def action_toggle_folds(self) -> None:
        """Unfold everything, or fold it again."""
        folds = self._document.folds
        if not folds:
            self.post_message(self.Told("Nothing is folded in this message."))
        else:
            self._unfold(frozenset() if self._unfolded else frozenset(range(len(folds))))

    def _unfold(self, unfolded: frozenset[int]) -> None:
        self._unfolded = unfolded
        self.drop_selection()
        self._lay_out()
        self.scroll_to(y=min(self.scroll_offset.y, len(self.lines)), animate=False, force=True)

    # --- finding --------------------------------------------------------------------------------------
    @property
    def finds(self) -> bool:
        """Words are being looked for."""
        return self._pattern is not None

    @property
    def has_hits(self) -> bool:
        """They stand somewhere in the text."""
        return bool(self._hits)

    @property
    def found(self) -> str:
        """Which hit is in sight: "3 of 17", "nothing found"; "" while nothing is looked for, or not yet."""
        if self._pattern is None or self._new_pattern:
            return ""
        return f"{self._hit + 1:,} of {len(self._hits):,}" if self._hits else "nothing found"

    def find(self, words: str | re.Pattern[str]) -> None:
        """Mark these words wherever they stand, folded parts included, and bring the first one in sight; "" ends it."""
        self._pattern, self._new_pattern = (pattern_of(words) if isinstance(words, str) else words), True
        self._hits, self._hit = [], 0
        self._lay_out()

    def find_in(self, message_id: int, pattern: re.Pattern[str]) -> None:
        """Find this in a message as soon as its text is shown."""
        self._sought = message_id, pattern
        self._seek()

    def _seek(self) -> None:
        if self._sought is not None and self._message is not None and self._message.id == self._sought[0]:
            (_, pattern), self._sought = self._sought, None
            self.find(pattern)

    def find_next(self, direction: int) -> None:
        """To the next hit, or the previous one; round at the ends."""
        if self._hits:
            self._hit = (self._hit + direction) % len(self._hits)
            self.paint_anew()
            self._show_hit()

    def _show_hit(self) -> None:
        if self._hits:
            line, top = self._hits[self._hit], self.scroll_offset.y
            if not top <= line < top + self._page - 1:
                self.scroll_to(y=max(0, line - self._page // 3), animate=False, force=True)
        self.post_message(self.Found(self.found))

    # --- mouse and selection --------------------------------------------------------------------------
    def on_click(self, event: events.Click) -> None:
        number = event.style.meta.get(_LINK_META)
        if isinstance(number, int) and 1 <= number <= len(self.links):
            self.post_message(self.LinkClicked(self.links[number - 1], number))
        fold = event.style.meta.get(_FOLD_META)
        if isinstance(fold, int):
            self._unfold(self._unfolded ^ {fold - 1})

    def action_copy_all(self) -> None:
        """The text of the message, as it is laid out, without its header."""
        text = plain(self._document.blocks)
        self.app.copy_to_clipboard(text)
        self.post_message(self.Told(f"Copied {text.count(chr(10)) + 1:,} lines."))

    # --- painting ---------------------------------------------------------------------------------------
    def look(self, name: str) -> Style:
        return super().look("hit-now" if name == f"hit:{self._hit + 1}" else name)

    def meaning(self, kind: str, number: int, style: Style) -> Style:
        if kind == "fold":
            return style + Style.from_meta({_FOLD_META: number})
        if kind not in ("link", "warning"):
            return style
        style += Style.from_meta({_LINK_META: number})
        # A link that may not be what it says is not handed to the terminal: it is opened from the list, or not at all.
        if kind == "link" and number <= len(self.links) and (url := terminal_target(self.links[number - 1])):
            style += Style(link=url)
        return style
