"""One message to read: headers, notes, attachments, body; only the lines in sight are painted."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events, work
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message as Posted
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from tuimail.model import Document, Link, Message, Span, Summary
from tuimail.widgets.bindings import bindings_for
from tuimail.widgets.dates import Now
from tuimail.widgets.header_block import MODES, message_header, summary_header
from tuimail.widgets.layout import lay_out
from tuimail.widgets.lines import EMPTY, Line, wrap
from tuimail.widgets.safe import safe_line, safe_text

MEASURE = 100
"""Cells of a line at most, however wide the pane: longer lines are hard to read."""

INLINE = 100_000
"""Characters of a document laid out at once; a longer one goes to a thread, for it would be felt."""

_LOOKS = (
    "label", "field", "sender", "subject", "note", "attachment", "rule",
    "link", "warning", "code", "dim", "heading", "prefix", "quote-1", "quote-2", "quote-3", "text",
)  # fmt: skip
_SHAPES = {
    "bold": Style(bold=True),
    "italic": Style(italic=True),
    "underline": Style(underline=True),
    "strike": Style(strike=True),
}
_LINK_META = "tuimail_link"

LayOut = Callable[[int], list[Line]]
"""From a width to the lines."""


class MessageView(ScrollView, can_focus=True, inherit_bindings=False):
    """Data down: `show`, `show_placeholder`, `clear`. Message up: LinkClicked."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"message-view--{look}" for look in _LOOKS}
    DEFAULT_CSS = """
    MessageView {
        background: $background;
        color: $foreground;
        padding: 0 0 0 2;
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
        scrollbar-background: $background;
        scrollbar-background-hover: $background;
        scrollbar-background-active: $background;
        scrollbar-color: $foreground 20%;

        & .message-view--text { color: $foreground; background: $background; }
        & .message-view--label { color: $foreground 60%; background: $background; }
        & .message-view--field { color: $foreground 80%; background: $background; }
        & .message-view--sender { color: $foreground; background: $background; }
        & .message-view--subject { color: $foreground; background: $background; text-style: bold; }
        & .message-view--note { color: $text-warning; background: $background; text-style: bold; }
        & .message-view--attachment { color: $text-accent; background: $background; }
        & .message-view--rule { color: $foreground 20%; background: $background; }
        & .message-view--link { color: $text-primary; background: $background; text-style: underline; }
        & .message-view--warning { color: $text-error; background: $background; text-style: bold; }
        & .message-view--code { color: $text-secondary; background: $background; }
        & .message-view--dim { color: $foreground 60%; background: $background; }
        & .message-view--heading { color: $text-primary; background: $background; text-style: bold; }
        & .message-view--prefix { color: $foreground 40%; background: $background; }
        & .message-view--quote-1 { color: $text-success; background: $background; }
        & .message-view--quote-2 { color: $text-secondary; background: $background; }
        & .message-view--quote-3 { color: $foreground 70%; background: $background; }

        &:ansi .message-view--label { text-style: dim; }
        &:ansi .message-view--dim { text-style: dim; }
        &:ansi .message-view--rule { text-style: dim; }
        &:ansi .message-view--prefix { text-style: dim; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings_for(
        {"view", "mail"}, {"scroll_line", "jump", "half_page", "page", "cycle_headers"}
    )

    class LinkClicked(Posted):
        """The reader clicked a numbered link: where it leads, and why it may not be what it says. Nothing is opened."""

        def __init__(self, link: Link) -> None:
            super().__init__()
            self.link = link

    def __init__(
        self, *, now: Now = time.time, name: str | None = None, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._now = now
        self._message_id: int | None = None
        self._message: Message | None = None
        self._header_mode = MODES[0]
        self._links: Sequence[Link] = ()
        self._head: LayOut = lambda width: []
        self._body: LayOut = lambda width: []
        self._in_thread = False
        self._screen_lines: list[Line] = []
        self._laid_out_for = -1
        self._strips: dict[int, Strip] = {}
        self._looks: dict[str, Style] = {}

    # --- data down -----------------------------------------------------------------------------
    @property
    def message_id(self) -> int | None:
        """Id of the message shown, with or without its text; None when there is none."""
        return self._message_id

    @property
    def has_text(self) -> bool:
        """The message is here, not only what the list knows of it."""
        return self._message is not None

    @property
    def header_mode(self) -> str:
        """One of header_block.MODES."""
        return self._header_mode

    def show(self, message: Message) -> None:
        """Show a message from its top, or with its body filled in below the header already standing there."""
        same = message.id == self._message_id
        self._message, self._message_id = message, message.id
        self._links = message.document.links
        if not same:
            self._header_mode = MODES[0]
        self._head = lambda width: message_header(message, width, self._header_mode, self._now())
        self._show(_body_of(message.document), long=_size(message.document) > INLINE)

    def show_placeholder(self, summary: Summary | None, text: str) -> None:
        """Show what the list knows of a message, and `text` in place of its body (why it is not here)."""
        if summary is None or summary.id != self._message_id:
            self._header_mode = MODES[0]
        self._message, self._links = None, ()
        self._message_id = summary.id if summary else None
        self._head = lambda width: summary_header(summary, width, self._now()) if summary else [EMPTY]
        self._show(lambda width: _quiet_lines(text, width), long=False)

    def clear(self) -> None:
        """Show nothing."""
        self._message, self._message_id, self._links = None, None, ()
        self._head = lambda width: []
        self._show(lambda width: [], long=False)

    def _show(self, body: LayOut, *, long: bool) -> None:
        self._body, self._in_thread = body, long
        self._drop_selection()
        self.scroll_to(y=0, animate=False, force=True)
        self._lay_out()

    def _drop_selection(self) -> None:
        """Selected text belongs to the message that has just left."""
        if self.is_attached and self.text_selection is not None:
            self.screen.clear_selection()

    # --- laying out -----------------------------------------------------------------------------
    @property
    def _text_width(self) -> int:
        """Cells of a line; one stays free before the scrollbar."""
        return min(MEASURE, self.scrollable_content_region.width - 1)

    def _lay_out(self) -> None:
        width = self._laid_out_for = self._text_width
        if self.is_attached:
            self.workers.cancel_group(self, "layout")
        if width <= 0:
            return
        head = self._head(width)
        if self._in_thread:
            self._set_lines(head)
            self._lay_out_in_thread(head, width)
        else:
            self._set_lines(head + self._body(width))

    @work(exclusive=True, group="layout")
    async def _lay_out_in_thread(self, head: list[Line], width: int) -> None:
        """Cancelled as soon as another message or another width is wanted."""
        self._set_lines(head + await asyncio.to_thread(self._body, width))

    def _set_lines(self, lines: list[Line]) -> None:
        self._screen_lines = lines
        self._strips.clear()
        self.virtual_size = Size(self.scrollable_content_region.width, len(lines))
        self.refresh()

    def on_resize(self) -> None:
        """Another width: other lines; the reader stays about where they were."""
        if self._text_width == self._laid_out_for:
            return
        before, top = len(self._screen_lines), self.scroll_offset.y
        self._lay_out()
        if top and before:
            self.scroll_to(y=top * len(self._screen_lines) // before, animate=False, force=True)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._strips.clear()
        self._looks.clear()

    # --- keys -------------------------------------------------------------------------------------
    @property
    def _page(self) -> int:
        return max(1, self.scrollable_content_region.height)

    def _scroll_lines(self, lines: int) -> None:
        self.scroll_to(y=self.scroll_offset.y + lines, animate=False, force=True)

    def action_scroll_line(self, lines: int) -> None:
        self._scroll_lines(lines)

    def action_page(self, pages: int) -> None:
        self._scroll_lines(pages * max(1, self._page - 1))

    def action_half_page(self, halves: int) -> None:
        self._scroll_lines(halves * max(1, self._page // 2))

    def action_jump(self, where: str) -> None:
        self.scroll_to(y=0 if where == "top" else len(self._screen_lines), animate=False, force=True)

    def action_cycle_headers(self) -> None:
        """Short, full, raw, short; the text stays where it is below. Before it has come, its header will be so."""
        self._header_mode = MODES[(MODES.index(self._header_mode) + 1) % len(MODES)]
        if self._message is not None:
            self.scroll_to(y=0, animate=False, force=True)
            self._lay_out()

    def page_down_or_end(self) -> bool:
        """Scroll one page down; False when the end was in sight already (Space then goes to the next unread)."""
        if self.scroll_offset.y >= len(self._screen_lines) - self._page:
            return False
        self.action_page(1)
        return True

    # --- mouse and selection --------------------------------------------------------------------------
    def on_click(self, event: events.Click) -> None:
        number = event.style.meta.get(_LINK_META)
        if isinstance(number, int) and 1 <= number <= len(self._links):
            self.post_message(self.LinkClicked(self._links[number - 1]))

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        return selection.extract("\n".join(line.text for line in self._screen_lines)), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        self._strips.clear()
        self.refresh()

    # --- painting ---------------------------------------------------------------------------------------
    def _look(self, name: str) -> Style:
        """The style of a span; looked up once per theme."""
        style = self._looks.get(name)
        if style is None:
            style = self._looks[name] = self._find_look(name)
        return style

    def _find_look(self, name: str) -> Style:
        kind, _, number = name.partition(":")
        if kind in _SHAPES:
            return _SHAPES[kind]
        if kind not in _LOOKS:
            return Style.null()
        style = self.get_component_rich_style(f"message-view--{kind}")
        return style + Style.from_meta({_LINK_META: int(number)}) if number.isdigit() else style

    def render_line(self, y: int) -> Strip:
        index, width = y + self.scroll_offset.y, self.scrollable_content_region.width
        strip = self._strips.get(index)
        if strip is None:
            if len(self._strips) > 1000:
                self._strips.clear()
            strip = self._strips[index] = self._paint(index, width)
        return strip

    def _paint(self, index: int, width: int) -> Strip:
        if index >= len(self._screen_lines):
            return Strip.blank(width, self._look("text"))
        line = self._screen_lines[index]
        base = self._look(f"quote-{min(line.level, 3)}" if line.level else "text")
        spans = [(span.start, span.end, self._look(span.style)) for span in line.spans]
        selection = self.text_selection
        if selection is not None and (selected := selection.get_span(index)) is not None:
            start, end = selected
            look = self.screen.get_component_rich_style("screen--selection")
            spans.append((start, len(line.text) if end == -1 else end, Style(bgcolor=look.bgcolor)))
        return (
            Strip(_segments(line.text, base, spans))
            .adjust_cell_length(width, self._look("text"))
            .apply_offsets(0, index)
        )


def _segments(text: str, base: Style, spans: Sequence[tuple[int, int, Style]]) -> list[Segment]:
    """The text cut wherever a style begins or ends; later spans lie over earlier ones."""
    length = len(text)
    cuts = sorted({0, length, *(min(max(edge, 0), length) for span in spans for edge in span[:2])})
    segments: list[Segment] = []
    for start, end in pairwise(cuts):
        style = base
        for first, last, look in spans:
            if first <= start and end <= last:
                style = style + look
        segments.append(Segment(safe_line(text[start:end]), style))
    return segments


def _body_of(document: Document) -> LayOut:
    return lambda width: lay_out(document, width)


def _size(document: Document) -> int:
    """Characters, an empty line counted as some."""
    return sum(len(block.text) + 40 for block in document.blocks) + sum(
        block.text.count("\n") * 40 for block in document.blocks
    )


def _quiet_lines(text: str, width: int) -> list[Line]:
    """Our own words in place of a body."""
    lines: list[Line] = []
    for paragraph in safe_text(text).split("\n"):
        for start, end in wrap(paragraph, width):
            lines.append(Line(paragraph[start:end], (Span(0, end - start, "dim"),)))
    return lines
