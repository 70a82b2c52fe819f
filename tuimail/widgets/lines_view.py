"""Lines of a text that scroll, can be marked and copied, and of which only those in sight are painted."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Offset, Size
from textual.message import Message as Posted
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from tuimail.widgets.bindings import bindings_for
from tuimail.widgets.lines import Line
from tuimail.widgets.picture_lines import picture_segments
from tuimail.widgets.safe import safe_line

_LOOKS = (
    "label", "field", "sender", "subject", "note", "attachment", "rule",
    "link", "warning", "code", "dim", "heading", "prefix", "quote-1", "quote-2", "quote-3", "text",
    "fold", "hit", "hit-now", "added", "removed",
    "seal", "seal-good", "seal-doubtful", "seal-bad",
    "seal-more", "seal-good-more", "seal-doubtful-more", "seal-bad-more",
)  # fmt: skip
_SHAPES = {
    "bold": Style(bold=True),
    "italic": Style(italic=True),
    "underline": Style(underline=True),
    "strike": Style(strike=True),
}


class LinesView(ScrollView, can_focus=True, inherit_bindings=False):
    """`set_lines` shows lines. The styles of their spans are the names of `_LOOKS`, with a number what it means."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"message-view--{look}" for look in _LOOKS}
    DEFAULT_CSS = """
    LinesView {
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
        & .message-view--added { color: $text-success; background: $background; }
        & .message-view--removed { color: $text-error; background: $background; }
        & .message-view--quote-1 { color: $text-success; background: $background; }
        & .message-view--quote-2 { color: $text-secondary; background: $background; }
        & .message-view--quote-3 { color: $foreground 70%; background: $background; }
        & .message-view--fold { color: $text-accent 80%; background: $background; text-style: italic; }
        & .message-view--hit { color: $foreground; background: $warning 40%; }
        & .message-view--hit-now { color: $background; background: $warning; text-style: bold; }

        & .message-view--seal { color: $text-accent; background: $background; text-style: bold; }
        & .message-view--seal-more { color: $foreground 70%; background: $background; }
        & .message-view--seal-good { color: $text-success; background: $success 15%; text-style: bold; }
        & .message-view--seal-good-more { color: $foreground 80%; background: $success 15%; }
        & .message-view--seal-doubtful { color: $text-warning; background: $warning 15%; text-style: bold; }
        & .message-view--seal-doubtful-more { color: $foreground 80%; background: $warning 15%; }
        & .message-view--seal-bad { color: $text-error; background: $error 15%; text-style: bold; }
        & .message-view--seal-bad-more { color: $foreground 80%; background: $error 15%; }

        &:ansi .message-view--hit { text-style: reverse; }
        &:ansi .message-view--hit-now { text-style: bold reverse underline; }
        &:ansi .message-view--label { text-style: dim; }
        &:ansi .message-view--dim { text-style: dim; }
        &:ansi .message-view--rule { text-style: dim; }
        &:ansi .message-view--prefix { text-style: dim; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings_for(
        {"view", "mail"}, {"scroll_line", "jump", "half_page", "page", "mark_lines"}
    )

    class Told(Posted):
        """A sentence about what the view has just done."""

        def __init__(self, sentence: str) -> None:
            super().__init__()
            self.sentence = sentence

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self.lines: list[Line] = []
        self._marks: tuple[int, int] | None = None
        self._strips: dict[int, Strip] = {}
        self._looks: dict[str, Style] = {}

    def set_lines(self, lines: list[Line]) -> None:
        """Show these lines, scrolled as it is."""
        self.lines = lines
        self._strips.clear()
        self.virtual_size = Size(self.scrollable_content_region.width, len(lines))
        self.refresh()

    def paint_anew(self) -> None:
        """The styles mean something else now."""
        self._strips.clear()
        self.refresh()

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
        self.scroll_to(y=0 if where == "top" else len(self.lines), animate=False, force=True)

    @property
    def at_end(self) -> bool:
        """The last line is in sight."""
        return self.scroll_offset.y >= len(self.lines) - self._page

    def page_down_or_end(self) -> bool:
        """Scroll one page down; False when the end was in sight already (Space then goes to the next unread)."""
        if self.at_end:
            return False
        self.action_page(1)
        return True

    # --- marking ----------------------------------------------------------------------------------------
    def drop_selection(self) -> None:
        """Nothing is marked any more."""
        self._marks = None
        if self.is_attached and self.text_selection is not None:
            self.screen.clear_selection()

    @property
    def marking(self) -> bool:
        """Lines are being marked with the keyboard; keys belong to that."""
        return self._marks is not None

    def action_mark_lines(self) -> None:
        """Begin with the first line in sight."""
        self._mark(self.scroll_offset.y, self.scroll_offset.y)
        self.post_message(self.Told("Marking lines · j k more or fewer · J K elsewhere · y copy · Esc ends"))

    def _mark(self, anchor: int, end: int) -> None:
        last = max(0, len(self.lines) - 1)
        anchor, end = (max(0, min(place, last)) for place in (anchor, end))
        self._marks = anchor, end
        first, final = sorted((anchor, end))
        self.screen.selections = {self: Selection(Offset(0, first), Offset(len(self.lines[final].text), final))}
        self.scroll_to(y=max(end - self._page + 1, min(end, self.scroll_offset.y)), animate=False, force=True)

    def on_key(self, event: events.Key) -> None:
        if self._marks is None:
            return
        anchor, end = self._marks
        step = {"j": 1, "down": 1, "k": -1, "up": -1, "space": self._page - 1, "J": 1, "K": -1}.get(event.key)
        if step is not None:
            self._mark(anchor + step * (event.key in "JK"), end + step)
        elif event.key in ("y", "enter"):
            text = self.screen.get_selected_text() or ""
            self.app.copy_to_clipboard(text)
            self.drop_selection()
            self.post_message(self.Told(f"Copied {text.count(chr(10)) + 1:,} lines."))
        elif event.key in ("escape", "q"):
            self.drop_selection()
            self.post_message(self.Told(""))
        elif event.key == "ctrl+c":
            return
        event.stop()
        event.prevent_default()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        return selection.extract("\n".join(line.text for line in self.lines)), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        self._strips.clear()
        self.refresh()

    # --- painting ---------------------------------------------------------------------------------------
    def look(self, name: str) -> Style:
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
        return self.meaning(kind, int(number), style) if number.isdigit() else style

    def meaning(self, kind: str, number: int, style: Style) -> Style:
        """The style of "link:3": the look of a link, and what a click on it finds."""
        return style

    def render_line(self, y: int) -> Strip:
        index, width = y + self.scroll_offset.y, self.scrollable_content_region.width
        strip = self._strips.get(index)
        if strip is None:
            if len(self._strips) > 1000:
                self._strips.clear()
            strip = self._strips[index] = self._paint(index, width)
        return strip

    def _paint(self, index: int, width: int) -> Strip:
        if index >= len(self.lines):
            return Strip.blank(width, self.look("text"))
        line = self.lines[index]
        if line.halves:
            return Strip(picture_segments(line.halves)).adjust_cell_length(width, self.look("text"))
        base = self.look(f"quote-{min(line.level, 3)}" if line.level else "text")
        spans = [(span.start, span.end, self.look(span.style)) for span in line.spans]
        selection = self.text_selection
        if selection is not None and (selected := selection.get_span(index)) is not None:
            start, end = selected
            look = self.screen.get_component_rich_style("screen--selection")
            spans.append((start, len(line.text) if end == -1 else end, Style(bgcolor=look.bgcolor)))
        return (
            Strip(_segments(line.text, base, spans))
            .adjust_cell_length(width, self.look("text"))
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
