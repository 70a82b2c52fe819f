"""The links of a message: the list of them with their true hosts, and the last look at one before it is opened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tuimail.model import Link
from tuimail.screens.pick import Choice, Pick
from tuimail.widgets.hosts import host_of
from tuimail.widgets.safe import safe_line

LONGEST_TEXT = 60


class PickLink(Pick[int]):
    """Answers the number of the link chosen, or None."""

    PLACEHOLDER: ClassVar[str] = "A number, a host or a few letters"
    NOTHING: ClassVar[str] = "No link has these letters in this order."

    def __init__(self, links: Sequence[Link]) -> None:
        count = len(links)
        title = f"{count:,} link{'s' * (count != 1)}"
        super().__init__(title, [Choice(_name(n, link), _beside(link), n) for n, link in enumerate(links, 1)])


def _name(number: int, link: Link) -> str:
    return safe_line(f"{number} {host_of(link.url)}")


def _beside(link: Link) -> str:
    """Why it may not be what it says, else what the mail shows for it."""
    if link.warning:
        return f"! {safe_line(link.warning)}"
    if link.also:
        return f"also written {safe_line(link.also)}"
    text = safe_line(link.text)
    if text == link.url:  # written out: the host says enough, the path tells it from the others
        text = text.partition("://")[2].partition("/")[2]
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"


class LinkScreen(ModalScreen[str | None]):
    """Where one link leads, in full. Answers "open", "copy" or None; what looks like a trick does not open by Enter."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss(None)", "Close"),
        Binding("y,c", "dismiss('copy')", "Copy"),
        Binding("o", "open", "Open"),
        Binding("enter", "enter", "Open"),
        Binding("j,down", "scroll(1)", "Down", show=False),
        Binding("k,up", "scroll(-1)", "Up", show=False),
    ]

    def __init__(self, link: Link) -> None:
        super().__init__()
        self._link = link

    def compose(self) -> ComposeResult:
        url, host = safe_line(self._link.url), safe_line(host_of(self._link.url))
        at = url.lower().find(host.lower()) if host else -1
        shown = Content(url)
        if at >= 0:
            shown = shown.stylize("bold $text-accent", at, at + len(host))
        copies = "y  copy"
        keys = "o  open all the same" if self._link.warning else "Enter  open"
        if self._is_address:
            keys, copies = "Enter  copy the address", ""
        with Vertical(classes="dialog"):
            yield Static(Content(host or "A link"), classes="title")
            if self._link.also:
                yield Static(Content(f"also written {safe_line(self._link.also)}"), classes="muted")
            if self._link.warning:
                yield Static(Content(f"! {safe_line(self._link.warning)}"), classes="complaint")
            with VerticalScroll(classes="whole-url"):
                yield Static(shown)
            yield Static("     ".join(filter(None, [keys, copies, "Esc  close"])), markup=False, classes="muted")

    @property
    def _is_address(self) -> bool:
        return self._link.url.startswith("mailto:")

    def action_enter(self) -> None:
        if not self._link.warning:
            self.action_open()

    def action_open(self) -> None:
        """A mail address there is nothing to open by: it is copied."""
        self.dismiss("copy" if self._is_address else "open")

    def action_scroll(self, lines: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def on_click(self, event: events.Click) -> None:
        if event.widget is self:
            self.dismiss(None)
