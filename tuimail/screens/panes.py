"""The three panes of the main screen: which of them are seen, which has the focus, and where a key goes."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar, cast

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from tuimail.errors import TuimailError
from tuimail.keys import Key, display, panes
from tuimail.screens.chords import ChordScreen
from tuimail.screens.footer import KeyFooter
from tuimail.screens.settings import Settings
from tuimail.widgets.folder_tree import FolderTree
from tuimail.widgets.message_list import MessageList
from tuimail.widgets.message_view import MessageView
from tuimail.widgets.status_line import Kind, StatusLine
from tuimail.widgets.which_key import WhichKey

if TYPE_CHECKING:
    from tuimail.mail import Mail

log = logging.getLogger(__name__)

T = TypeVar("T")

UNEXPECTED = "Something went wrong that should not have; the log has the details."

_PANES = ("folders", "list", "view")


class PaneScreen(ChordScreen):
    """From 160 columns all side by side, from 80 the list above the viewer, below that one pane at a time."""

    AUTO_FOCUS = ""  # Textual's own choice, the folders, would come after ours on a slow machine

    def __init__(self, mail: Mail, settings: Settings) -> None:
        super().__init__(settings.keys, settings.chord_delay)
        self.mail = mail
        self.settings = settings
        now = settings.now
        self.folder_tree = FolderTree(id="folders")
        self.list = MessageList(now=now, id="list")
        attached = next(key.keys for key in settings.keys if key.id == "read.attachments")
        self.view = MessageView(now=now, attached_key=display(attached.split(",")[0]), id="view")
        self.status = StatusLine(now=now, id="status")
        self.which_key = WhichKey(id="which-key")
        self.footer = KeyFooter(settings.keys, id="footer")
        self.list_title = Static("", markup=False, id="list-title")
        self._preview = settings.preview
        self.set_class(not self._preview, "no-preview")
        self._at = "list"
        self.add_class("at-list", update=False)
        self._said_of: int | None = None
        """The message that the words in the status line are of, if they are of one."""
        self._said_of_key = False
        """They are of a key that is none: they go with the next one that is."""

    def compose(self) -> ComposeResult:
        with Horizontal(id="panes"):
            yield self.folder_tree
            with Horizontal(id="mail"):
                with Vertical(id="list-pane"):
                    yield self.list_title
                    yield self.list
                yield self.view
        yield self.footer
        yield self.status
        yield self.which_key

    def say(self, text: str, kind: Kind = "info") -> None:
        """One sentence in the status line. While nothing may be changed, an empty one says so again."""
        if not text and self.mail.read_only:
            text, kind = self.mail.read_only, "trouble"
        self.status.set_message(text[:1].upper() + text[1:], kind)
        self._said_of = None
        self._said_of_key = False

    def say_here(self, text: str, kind: Kind = "info") -> None:
        """As `say`, of the message under the cursor: it goes when the reader goes on."""
        self.say(text, kind)
        self._said_of = self.list.cursor_id

    def hush(self, message_id: int | None) -> None:
        """This message is on now: what was said of another one goes."""
        if self._said_of not in (None, message_id):
            self.say("")

    def say_error(self, error: TuimailError) -> None:
        self.say(str(error), "trouble")

    # --- panes and focus ---------------------------------------------------------------------------
    def focused_pane(self) -> str | None:
        for pane in _PANES:
            if self.focused is not None and self.focused.id == pane:
                return pane
        return self._at if self.focused is None else None

    @property
    def one_pane(self) -> bool:
        """Only the focused pane is on the screen."""
        return self.has_class("-narrow") or self.has_class("-short")

    @property
    def view_is_shown(self) -> bool:
        return self._at == "view" or (self._preview and not self.one_pane)

    def focus_pane(self, pane: str) -> None:
        """Put the focus there; with one pane at a time, show it."""
        self._at = pane
        self.update_classes({f"at-{each}": each == pane for each in _PANES}, animate=False)
        self.query_one(f"#{pane}").focus()
        self.footer.offer(pane)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """A click may move the focus too. The event may be late, and the focus elsewhere again."""
        if event.widget is self.focused and event.widget.id in _PANES and event.widget.id != self._at:
            self.focus_pane(event.widget.id)

    def _walk_panes(self, step: int) -> None:
        order = [pane for pane in _PANES if pane != "view" or self.view_is_shown or self.one_pane]
        place = order.index(self._at) if self._at in order else 0
        self.focus_pane(order[(place + step) % len(order)])

    def action_focus_next_pane(self) -> None:
        self._walk_panes(1)

    def action_focus_previous_pane(self) -> None:
        self._walk_panes(-1)

    def action_focus_pane(self, pane: str) -> None:
        self.focus_pane(pane)

    # --- keys ------------------------------------------------------------------------------------------
    async def perform(self, key: Key) -> None:
        """Run an action on the focused pane if it has it, else here, else on the app."""
        if self._said_of_key:
            self.say("")
        name = key.action.partition("(")[0]
        pane = self.query_one(f"#{self._at}")
        for node in (pane, self, self.app):
            if hasattr(node, f"action_{name}"):
                await self.attempt(self.app.run_action(key.action, node), key.id)
                return

    async def attempt(self, doing: Awaitable[object], name: str) -> None:
        """Do it; what goes wrong is said in the status line, and the program goes on."""
        try:
            await doing
        except TuimailError as error:
            self.say_error(error)
        except Exception:
            log.exception("%s failed", name)
            self.say(UNEXPECTED, "trouble")

    def ask(self, question: ModalScreen[T], then: Callable[[T], Awaitable[None]]) -> None:
        """Put a question over this screen; `then` gets the answer, None included.

        The question is there when this returns: pushed from a worker it would come after the keys typed meanwhile.
        """

        async def answered(answer: T | None) -> None:
            await self.attempt(then(cast(T, answer)), type(question).__name__)

        self.app.push_screen(question, answered)

    @on(KeyFooter.Pressed)
    async def _footer_pressed(self, event: KeyFooter.Pressed) -> None:
        await self.perform(next(key for key in self.settings.keys if key.id == event.key_id))

    async def perform_by_name(self, key: Key) -> None:
        """What the palette does: the focus goes to a pane where the action works, then it is performed."""
        if self._at not in panes(key):
            self.focus_pane(panes(key)[0])
        await self.perform(key)

    def show_continuations(self, typed: str, choices: list[tuple[str, Key]]) -> None:
        grouped: dict[str, list[tuple[str, str]]] = {}
        for shown, key in choices:
            grouped.setdefault(key.group, []).append((shown, key.text))
        self.which_key.offer(typed, list(grouped.items()))

    def hide_continuations(self) -> None:
        self.which_key.withdraw()

    def chord_unknown(self, typed: str) -> None:
        self.say(f"“{typed}” is no key here · {display(self._keys_of('help'), ' or ')} shows them all")
        self._said_of_key = True

    def _keys_of(self, key_id: str) -> str:
        return next(key.keys for key in self.settings.keys if key.id == key_id)
