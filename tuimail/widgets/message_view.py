"""One message to read: headers, notes, attachments, body; only the lines in sight are painted."""

from __future__ import annotations

import time

from textual.message import Message as Posted
from textual.scroll_view import ScrollView

from tuimail.model import Message, Summary
from tuimail.widgets.dates import Now


class MessageView(ScrollView, can_focus=True):
    """Data down: `show`, `show_placeholder`, `clear`. Message up: LinkClicked."""

    class LinkClicked(Posted):
        """The reader clicked a numbered link; the address goes to the screen, which asks before anything is opened."""

        def __init__(self, url: str) -> None:
            super().__init__()
            self.url = url

    def __init__(
        self, *, now: Now = time.time, name: str | None = None, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._now = now
        self.message_id: int | None = None

    def show(self, message: Message) -> None:
        """Show a message from its top."""
        self.message_id = message.id

    def show_placeholder(self, summary: Summary | None, text: str) -> None:
        """Show what the list knows of a message, and `text` in place of its body (why it is not here)."""
        self.message_id = summary.id if summary else None

    def clear(self) -> None:
        """Show nothing."""
        self.message_id = None

    def page_down_or_end(self) -> bool:
        """Scroll one page down; False when the end was in sight already (Space then goes to the next unread)."""
        return False
