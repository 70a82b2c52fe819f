"""Made-up rows, folders and messages for the widgets, and an app to put one widget in."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TypeVar

from rich.segment import Segment
from textual.app import App, ComposeResult
from textual.message import Message as Posted
from textual.pilot import Pilot
from textual.widget import Widget

from tuimail.model import Address, Block, Document, Flag, Folder, Message, Role, Summary

NOW = 1_795_217_000
"""Fri 20 Nov 2026 23:23:20 UTC, for ever."""


def now() -> float:
    return NOW


def fastest(work: Callable[[], object]) -> float:
    """CPU seconds of the best of three runs: what the code costs, whoever else uses the machine or the heap."""
    seconds = []
    gc.disable()
    try:
        for _ in range(3):
            started = time.process_time()
            work()
            seconds.append(time.process_time() - started)
    finally:
        gc.enable()
    return min(seconds)


def summary(
    id: int,
    *,
    sender: str = "Ada Lovelace",
    subject: str = "",
    flags: Flag = Flag.SEEN,
    date: int = NOW,
    has_attachment: bool = False,
    pending: bool = False,
    standing: str = "",
) -> Summary:
    return Summary(
        id=id,
        folder_id=1,
        uid=str(id),
        received=date,
        date=date,
        sender=sender,
        email="ada@example.org",
        to="me@example.org",
        subject=subject or f"message {id}",
        flags=flags,
        size=2000,
        has_attachment=has_attachment,
        cached=True,
        pending=pending,
        standing=standing,
    )


class ListSource:
    """Rows from a list of ids that a test may change under the widget."""

    def __init__(self, ids: Sequence[int], on_their_way: int = 0) -> None:
        self.ids = list(ids)
        self.on_their_way = on_their_way
        self.asked: list[tuple[int, int]] = []

    def count(self) -> int:
        return len(self.ids) + self.on_their_way

    def page(self, offset: int, limit: int) -> list[Summary]:
        self.asked.append((offset, limit))
        return [summary(id) for id in self.ids[offset : offset + limit]]

    def position(self, message_id: int) -> int | None:
        return self.ids.index(message_id) if message_id in self.ids else None

    def still(self, ids: Collection[int]) -> set[int]:
        return set(ids).intersection(self.ids)

    def between(self, start: int, end: int) -> Sequence[int]:
        return self.ids[start:end]


class Million:
    """A folder of a million messages that exists only where one looks; message n stands at row n - 1."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def count(self) -> int:
        return 1_000_000

    def page(self, offset: int, limit: int) -> list[Summary]:
        self.asked.append(offset)
        return [summary(index + 1) for index in range(offset, min(offset + limit, 1_000_000))]

    def position(self, message_id: int) -> int | None:
        return message_id - 1 if 1 <= message_id <= 1_000_000 else None

    def still(self, ids: Collection[int]) -> set[int]:
        return {id for id in ids if 1 <= id <= 1_000_000}

    def between(self, start: int, end: int) -> Sequence[int]:
        return range(start + 1, min(end, 1_000_000) + 1)


def folder(
    id: int,
    name: str,
    role: Role = Role.NONE,
    *,
    unread: int = 0,
    account: str = "work",
    account_id: int = 1,
    separator: str = "/",
    selectable: bool = True,
) -> Folder:
    return Folder(id, account_id, account, name, separator, role, selectable, 100, unread, 100)


def message(
    id: int = 1, *, document: Document | None = None, text: str = "Hello", to: tuple[Address, ...] = ()
) -> Message:
    return Message(
        id=id,
        subject=f"message {id}",
        sender=(Address("Ada Lovelace", "ada@example.org"),),
        to=to or (Address("", "me@example.org"),),
        cc=(),
        reply_to=(),
        date=NOW - 3600,
        headers=(("From", "Ada Lovelace <ada@example.org>"), ("X-Odd", "42")),
        document=document or Document((Block("text", text),)),
        raw_headers="From: =?utf-8?q?Ada?= <ada@example.org>\nX-Odd: 42\n",
    )


Told = TypeVar("Told", bound=Posted)


class Stage(App[None]):
    """One widget alone on the screen; what it posts is kept in `heard`."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, widget: Widget, theme: str = "textual-dark") -> None:
        super().__init__()
        self.widget = widget
        self.heard: list[Posted] = []
        self.theme = theme

    def compose(self) -> ComposeResult:
        yield self.widget

    def on_mount(self) -> None:
        self.widget.focus()

    def play(self, width: int = 80, height: int = 20) -> AbstractAsyncContextManager[Pilot[None]]:
        """Run without a terminal, in a window of this size."""
        return self.run_test(size=(width, height), message_hook=self._hear)

    def _hear(self, message: Posted) -> None:
        if not any(message is each for each in self.heard):
            self.heard.append(message)

    def told(self, kind: type[Told]) -> list[Told]:
        """What the widget posted, of one kind."""
        return [message for message in self.heard if isinstance(message, kind)]

    def segments(self) -> list[list[Segment]]:
        """The lines of the screen as styled segments."""
        return [list(strip) for strip in self.screen._compositor.render_strips()]

    def painted(self) -> list[str]:
        """The lines of the screen as text."""
        return ["".join(segment.text for segment in line) for line in self.segments()]
