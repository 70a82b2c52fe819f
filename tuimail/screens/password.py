"""Asking for a password: once per session, kept in memory only, by whoever makes the connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tuimail.model import Account


class PasswordScreen(ModalScreen[str | None]):
    """Answers the password, or None when the reader would rather not."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Not now")]

    def __init__(self, account: Account, complaint: str = "") -> None:
        super().__init__()
        self._account = account
        self._complaint = complaint

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(f"Password for {self._account.user}", markup=False, classes="title")
            yield Static(f"for {self._account.host} · kept in memory until tuimail ends", markup=False, classes="muted")
            yield Input(password=True, placeholder="Password")
            yield Static(self._complaint, markup=False, classes="complaint")
            yield Static("Enter  log in     Esc  stay offline", markup=False, classes="muted")

    @on(Input.Submitted)
    def take(self, event: Input.Submitted) -> None:
        if event.value:
            self.dismiss(event.value)


Show = Callable[[PasswordScreen, Callable[[str | None], None]], None]
"""Shows the screen and calls back with its answer; on the event loop, from any task."""


class PasswordAsker:
    """The slot between those who need a password and the app that can ask for it.

    Callable as `await asker(account, complaint)`: waits until an app is there, shows one question
    at a time, and answers None when the reader declines or the app ends.
    """

    def __init__(self) -> None:
        self._show: Show | None = None
        self._attached = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()
        self._open: asyncio.Future[str | None] | None = None

    def attach(self, show: Show) -> None:
        """An app is ready to ask."""
        self._show = show
        self._attached.set()

    def detach(self) -> None:
        """The app ends; an open question is answered None."""
        self._show = None
        self._attached.clear()
        self._answer(None)

    def _answer(self, password: str | None) -> None:
        if self._open is not None and not self._open.done():
            self._open.set_result(password)

    async def __call__(self, account: Account, complaint: str = "") -> str | None:
        async with self._one_at_a_time:
            await self._attached.wait()
            if self._show is None:
                return None
            self._open = asyncio.get_running_loop().create_future()
            self._show(PasswordScreen(account, complaint), self._answer)
            return await self._open
