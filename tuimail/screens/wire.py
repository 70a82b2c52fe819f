"""What is being said to an account's server, as it is said. Secrets have been struck out before it comes here."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tuimail.model import WireLine
from tuimail.widgets.safe import safe_line
from tuimail.widgets.wire_view import WireView

if TYPE_CHECKING:
    from tuimail.mail import Mail

LOOK_EVERY = 0.2
"""Seconds between two looks for new lines."""


class WireScreen(ModalScreen[None]):
    """Esc, q or F12 closes it. directory: gives the place where a saved log goes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,f12", "dismiss", "Close"),
        Binding("p,space", "pause", "Pause", show=False),
        Binding("f,tab", "filter", "Connection", show=False),
        Binding("w", "save", "Save", show=False),
    ]

    def __init__(self, mail: Mail, account: str, directory: Callable[[], Path] = Path.cwd) -> None:
        super().__init__()
        self._mail = mail
        self._account = account
        self._directory = directory
        self._serial = 0
        self._paused = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="sheet wire"):
            yield Static(id="wire-title", classes="title")
            yield WireView(id="wire")
            yield Static("", markup=False, id="wire-said", classes="muted one-line")
            yield Static(
                "Esc  close   p  pause   f  connection   w  save   ↑ ↓ ← →  scroll", markup=False, classes="muted"
            )

    def on_mount(self) -> None:
        self.view.focus()
        self._look()
        self.call_after_refresh(self.view.action_edge, True)
        self.set_interval(LOOK_EVERY, self._look)

    @property
    def view(self) -> WireView:
        """The lines."""
        return self.query_one(WireView)

    def _look(self) -> None:
        if not self._paused:
            serial, lines = self._mail.wire(self._account, self._serial)
            if serial != self._serial:
                self._serial = serial
                self.view.add(lines)
        self._show_title()

    def _show_title(self) -> None:
        which = f"connection {self.view.connection}" if self.view.connection else "all connections"
        paused = ("  paused", "$text-warning") if self._paused else ""
        title = Content.assemble(
            ("Wire log  ", "bold"), safe_line(self._account), (f"  {which}", "$text-muted"), paused
        )
        self.query_one("#wire-title", Static).update(title)

    def action_pause(self) -> None:
        self._paused = not self._paused
        self._look()

    def action_filter(self) -> None:
        """All, then each connection, then all again."""
        choices = [0, *self.view.connections]
        now = self.view.connection
        at = choices.index(now) if now in choices else 0
        self.view.choose(choices[(at + 1) % len(choices)])
        self._show_title()

    @work(exclusive=True, group="save", exit_on_error=False)
    async def action_save(self) -> None:
        said = self.query_one("#wire-said", Static)
        try:
            path = await asyncio.to_thread(save, self._directory(), list(self.view.shown))
        except OSError as error:
            said.update(f"The log was not saved: {error.strerror}.")
        else:
            said.update(f"Saved as {safe_line(str(path))}, readable by you only.")


def save(directory: Path, lines: list[WireLine]) -> Path:
    """Write the lines into a new file that only its owner can read. Raises OSError."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    for number in range(100):
        path = directory / f"tuimail-wire-{stamp}{f'-{number}' if number else ''}.log"
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
        except FileExistsError:
            continue
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.writelines(f"{line.clock} {line.connection} {line.who}: {line.text}\n" for line in lines)
        return path
    raise FileExistsError(17, "a hundred logs were saved in this second")
