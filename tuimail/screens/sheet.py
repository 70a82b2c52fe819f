"""What the history and the queue have in common: a sheet of lines with a cursor that loads itself in a thread."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, ClassVar, cast

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tuimail.errors import TuimailError
from tuimail.screens.panes import UNEXPECTED
from tuimail.screens.turns import TakesTurns
from tuimail.widgets.ledger import Entry, Ledger
from tuimail.widgets.safe import safe_line

if TYPE_CHECKING:
    from tuimail.mail import Mail

log = logging.getLogger(__name__)

NBSP = "\N{NO-BREAK SPACE}"
SOON = 0.3
"""Seconds the keys typed meanwhile wait for the first lines at most."""


class LedgerScreen(ModalScreen[str]):
    """Dismissed with "" or the name of the sheet to be shown instead.

    A subclass says what its lines are (`load`, `entries`), and which words at the foot can be pressed (`KEYS`).
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "dismiss('')", "Close")]
    TITLE: ClassVar[str | None] = ""
    KEYS: ClassVar[tuple[tuple[str, str, str], ...]] = ()
    """(Key for people, word, action) of each thing that can be done."""

    def __init__(self, mail: Mail, now: Callable[[], float]) -> None:
        super().__init__()
        self.mail = mail
        self.now = now
        self.acted = False
        """Something was done here."""
        self._stale = False
        self._loaded = asyncio.Event()

    def compose(self) -> ComposeResult:
        with Vertical(classes="sheet ledger"):
            yield Static(self.TITLE or "", markup=False, id="ledger-title", classes="title one-line")
            yield Static("", markup=False, id="ledger-above", classes="muted")
            yield Ledger(id="ledger")
            yield Static("", markup=False, id="ledger-said")
            yield Static(self._keys(), id="ledger-keys")

    def on_mount(self) -> None:
        self.ledger.focus()
        self._stale = True
        self._reload()
        cast(TakesTurns, self.app).turns.hold_until(self._loaded, SOON)

    def on_resize(self) -> None:
        if self._loaded.is_set():
            self.call_after_refresh(self.show)

    @property
    def ledger(self) -> Ledger:
        """The lines."""
        return self.query_one(Ledger)

    @property
    def room(self) -> int:
        """Cells of a line."""
        return max(20, self.ledger.room)

    async def load(self) -> None:
        """Ask Mail for what is to be shown."""
        raise NotImplementedError

    def entries(self) -> list[Entry]:
        """What was loaded, as lines."""
        raise NotImplementedError

    def above(self) -> Content:
        """What stands under the title."""
        raise NotImplementedError

    def renew(self) -> None:
        """Something has changed: look again. While it is being looked at, once more after that."""
        self._stale = True
        if self.is_mounted:
            self._reload()

    @work(group="ledger", exit_on_error=False)
    async def _reload(self) -> None:
        while self._stale:
            self._stale = False
            await self.load()
            self.show()

    def show(self) -> None:
        """Paint what was loaded last."""
        self._loaded.set()
        self.query_one("#ledger-above", Static).update(self.above())
        self.ledger.show(self.entries())

    def say(self, words: str) -> None:
        """One sentence above the keys."""
        self.query_one("#ledger-said", Static).update(Content(safe_line(words[:1].upper() + words[1:])))

    async def attempt(self, doing: Awaitable[str]) -> None:
        """Do it, say what came of it, and look again."""
        self.acted = True
        try:
            words = await doing
        except TuimailError as error:
            words = str(error)
        except Exception:
            log.exception("%s failed", type(self).__name__)
            words = UNEXPECTED
        await self.load()
        self.show()
        self.say(words)

    def _keys(self) -> Content:
        line = "  ".join(
            f"[@click=screen.{action}][b $text-accent]{key}[/b $text-accent]{NBSP}{word.replace(' ', NBSP)}[/]"
            for key, word, action in self.KEYS
        )
        return Content.from_markup(line)
