"""The Textual application: themes, the main screen, and a clean end however it comes.

The engine is not in here: Mail lives around the app (`async with Mail(...)`), because on quit
Textual does not wait for its workers and a LOGOUT would be lost.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.app import App
from textual.binding import Binding, BindingType

from tuimail.keys import BY_ID, Key, sequences
from tuimail.screens.settings import Settings
from tuimail.screens.themes import THEMES
from tuimail.screens.tidying import LOOK_EVERY, Tidying
from tuimail.screens.turns import Turns

if TYPE_CHECKING:
    from textual.driver import Driver
    from textual.screen import Screen

    from tuimail.mail import Mail
    from tuimail.screens.password import PasswordScreen
    from tuimail.screens.setup import Check, Save

_OVER = Path(__file__).with_name("over.tcss")
NO_KEY = "<none>"
"""A key name no terminal sends: an action whose key the reader took away."""


class ThemedApp(App[Any]):
    """What both apps share: the style sheet, the themes, keys in their order, and no palette of Textual's own."""

    CSS_PATH = "app.tcss"
    TITLE = "tuimail"
    ENABLE_COMMAND_PALETTE = False
    # A list needs 60 cells for its dates, a text 72 to read well, the tree 26: side by side begins to pay at 160.
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (80, "-normal"), (120, "-wide"), (160, "-broad")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (16, "-tall")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [Binding(BY_ID["quit"].keys, "quit", "Quit", id="quit", priority=True)]

    def __init__(self, theme: str, quit_key: Key = BY_ID["quit"]) -> None:
        super().__init__()
        self.turns = Turns(self, super().on_event, frozenset(one[0] for one in sequences(quit_key.keys)))
        for ours in THEMES:
            self.register_theme(ours)
        self.theme = theme if theme in self.available_themes else "tuimail-dark"

    def push_screen(self, *arguments: Any, **options: Any) -> Any:
        """Over the screen that is shown; its style is read before the first one."""
        if not self.stylesheet.has_source(str(_OVER)):
            self.stylesheet.add_source(_OVER.read_text("utf-8"), (str(_OVER), ""))
        return super().push_screen(*arguments, **options)

    def refresh_css(self, animate: bool = True) -> None:
        """Textual styles anew what there is when the theme is set. Before there is a screen that is nothing."""
        if self.screen_stack:
            super().refresh_css(animate)
        else:
            self.stylesheet.set_variables(self.get_css_variables())

    async def on_event(self, event: events.Event) -> None:
        """Keys, pastes and clicks of the terminal take their turn."""
        if isinstance(event, events.Key | events.Paste | events.MouseEvent) and not event.is_forwarded:
            await self.turns.take(event)
        else:
            await super().on_event(event)

    def get_driver_class(self) -> type[Driver]:
        """Textual's choice, but on a terminal one that survives its end."""
        from textual.drivers.linux_driver import LinuxDriver

        from tuimail.screens.terminal import LastingDriver

        chosen = super().get_driver_class()
        return LastingDriver if chosen is LinuxDriver else chosen


class TuiMail(ThemedApp):
    """The mail reader. `mail` has been entered already; its exit code is 0 after a quit, 128 + n after signal n."""

    def __init__(self, mail: Mail, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        super().__init__(self.settings.theme, next(key for key in self.settings.keys if key.id == "quit"))
        self.mail = mail
        self.tidying = Tidying()
        # The widgets bind the default keys; where the reader has others, those must not stay alive.
        self.set_keymap(
            {
                key.id: ",".join(one for one in key.keys.split(",") if one and " " not in one) or NO_KEY
                for key in self.settings.keys
                if key.keys != BY_ID[key.id].keys
            }
        )

    def get_default_screen(self) -> Screen[Any]:
        from tuimail.screens.main import MainScreen

        screen = MainScreen(self.mail, self.settings)
        for cells, breakpoints in zip(self.size, (self.HORIZONTAL_BREAKPOINTS, self.VERTICAL_BREAKPOINTS), strict=True):
            # Textual sets them behind the first layout, and then styles everything once more.
            screen.add_class(max(one for one in breakpoints if cells >= one[0])[1], update=False)
        return screen

    def on_mount(self) -> None:
        self.call_after_refresh(self.tidying.start)
        if self.theme != self.settings.theme:
            self.call_after_refresh(self._say_unknown_theme)
        self.set_interval(LOOK_EVERY, self.tidying.look)
        if self.settings.asker is not None:
            self.settings.asker.attach(self._ask_password)

    def _say_unknown_theme(self) -> None:
        from difflib import get_close_matches

        from tuimail.screens.main import MainScreen
        from tuimail.widgets.safe import safe_line

        name, screen = self.settings.theme, self.screen_stack[0]
        near = next(iter(get_close_matches(name, self.available_themes, 1)), self.theme)
        if isinstance(screen, MainScreen):
            screen.say(f"there is no theme “{safe_line(name)}”, as config.toml says; did you mean “{near}”?", "trouble")

    def on_unmount(self) -> None:
        self.turns.stop()
        if self.settings.asker is not None:
            self.settings.asker.detach()

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.InputEvent):
            self.mail.attend()
            self.tidying.catch()
        await super().on_event(event)

    def _ask_password(self, screen: PasswordScreen, answer: Callable[[str | None], None]) -> None:
        # From a task of the network: the app's own loop of messages must push the screen.
        self.call_later(self.push_screen, screen, answer)


class SetupApp(ThemedApp):
    """The first screen when no account is configured; `run_async` returns a `setup.Choice`."""

    def __init__(self, check: Check, save: Save, theme: str = "tuimail-dark") -> None:
        super().__init__(theme)
        self._check = check
        self._save = save

    def on_unmount(self) -> None:
        self.turns.stop()

    def on_mount(self) -> None:
        from tuimail.screens.setup import SetupScreen

        self.push_screen(SetupScreen(self._check, self._save), self.exit)


@contextmanager
def leaving_on_signals(app: App[Any]) -> Iterator[None]:
    """While inside, SIGTERM and SIGHUP (the terminal was closed) end the app the way quit does.

    Textual installs no handlers, so by default either kills the process with the terminal still in
    its hands and nobody logged out.
    """
    loop = asyncio.get_running_loop()
    caught = (signal.SIGTERM, signal.SIGHUP)
    for number in caught:
        loop.add_signal_handler(number, app.exit, None, 128 + number)
    try:
        yield
    finally:
        for number in caught:
            loop.remove_signal_handler(number)


async def run_app(mail: Mail, settings: Settings | None = None) -> int:
    """Run the reader until it is quit, and return its exit code. The caller then leaves Mail, which logs out."""
    sys.setswitchinterval(0.001)  # a message parsed in a thread gives the screen its turn after 1 ms, not 5
    app = TuiMail(mail, settings)
    with leaving_on_signals(app):
        await app.run_async()
    return app.return_code or 0


async def run_setup(check: Check, save: Save, theme: str = "tuimail-dark") -> str:
    """Run the first screen; the answer is a `setup.Choice` ("quit" also when it was ended by a signal)."""
    app = SetupApp(check, save, theme)
    with leaving_on_signals(app):
        choice = await app.run_async()
    return choice or "quit"
