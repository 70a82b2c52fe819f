"""The attachments of one message: to look at, to save (one, some or all), to open elsewhere, to pipe.

A press on a line chooses it; everything else has a word at the foot that can be pressed too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tuimail.errors import TuimailError
from tuimail.model import Attachment, Block, Document, Message, Picture
from tuimail.screens.ask import AskScreen
from tuimail.screens.save import TELL_EVERY, Pace, Progress, Save, Saver, Wanted
from tuimail.widgets.header_block import octets, size_of
from tuimail.widgets.layout import lay_out
from tuimail.widgets.lines import Line
from tuimail.widgets.lines_view import LinesView
from tuimail.widgets.picture_lines import picture_lines
from tuimail.widgets.safe import fit, safe_line, safe_text

if TYPE_CHECKING:
    from tuimail.mail import Mail

T = TypeVar("T")

_KEYS = (
    ("Space", "mark", "mark()"),
    ("v", "look", "look()"),
    ("s", "save", "save()"),
    ("S", "all", "save_all()"),
    ("o", "open", "open()"),
    ("|", "pipe", "pipe()"),
    ("x", "stop", "stop()"),
    ("Esc", "close", "close()"),
)
_LOOKING_KEYS = (
    ("n", "next", "next()"),
    ("p", "previous", "previous()"),
    ("s", "save", "save()"),
    ("o", "open", "open()"),
    ("|", "pipe", "pipe()"),
    ("x", "stop", "stop()"),
    ("Esc", "back", "close()"),
)
TYPE, SIZE = 26, 8
"""Cells of these columns; of the first where there is room for it."""
NAME = 20
"""Cells of a name before the type gets any."""
MOST_LISTED = 200
"""Each line of the list costs a third of a millisecond, and nobody looks through more."""


class AttachmentsScreen(ModalScreen[None]):
    """Esc closes what is being looked at, then the panel; saving goes on without it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,A", "close", "Close"),
        Binding("space", "mark", "Choose"),
        Binding("v", "look", "Look at it"),
        Binding("enter", "look", "Look at it", priority=True),
        Binding("n", "next", "Next", show=False),
        Binding("p", "previous", "Previous", show=False),
        Binding("s", "save", "Save"),
        Binding("S", "save_all", "Save all"),
        Binding("o", "open", "Open"),
        Binding("vertical_line", "pipe", "Pipe"),
        Binding("x,ctrl+c", "stop", "Stop"),
        Binding("j", "walk(1)", "Down", show=False),
        Binding("k", "walk(-1)", "Up", show=False),
    ]

    def __init__(self, mail: Mail, message: Message, saver: Saver) -> None:
        super().__init__()
        self._mail = mail
        self._message = message
        self._saver = saver
        self._chosen: set[int] = set()
        self._pace: Pace | None = None
        self._document = Document()
        self._picture: list[Line] = []
        self._measured = asyncio.Event()
        """The preview has its measure."""

    def compose(self) -> ComposeResult:
        with Vertical(classes="sheet"):
            yield Static("", markup=False, id="attachments-title", classes="title one-line")
            yield OptionList(id="attachments", classes="found")
            yield LinesView(id="preview")
            yield Static("", markup=False, id="attachments-said", classes="one-line")
            yield Static(id="attachments-keys")

    def on_mount(self) -> None:
        self._turn(looking=False)
        self._fill()
        self._show_words()
        self.set_interval(TELL_EVERY, self._show_words)

    def on_resize(self) -> None:
        self.call_after_refresh(self._fill)

    def _turn(self, *, looking: bool) -> None:
        """To what is looked at, which has the whole panel, or back to the list."""
        self.set_class(looking, "looking")
        self.query_one(LinesView if looking else OptionList).focus()
        if looking:
            count, here = len(self._message.attachments), self.query_one(OptionList).highlighted or 0
            title = f"{safe_line(self._here.name)}  ·  {here + 1:,} of {count:,}"
        else:
            title = f"Attachments of “{safe_line(self._message.subject or '(no subject)')}”"
        self.query_one("#attachments-title", Static).update(title)
        words = (
            f"[@click=screen.{action}][b $text-accent]{key}[/b $text-accent] {word}[/]"
            for key, word, action in (_LOOKING_KEYS if looking else _KEYS)
        )
        self.query_one("#attachments-keys", Static).update(Content.from_markup("  ".join(words)))

    # --- the list --------------------------------------------------------------------------------
    def _fill(self) -> None:
        listing = self.query_one(OptionList)
        here = listing.highlighted or 0
        room = max(10, listing.scrollable_content_region.width - SIZE - 8)
        kind = max(0, min(TYPE, room - NAME))
        attachments = self._message.attachments
        listed = attachments[:MOST_LISTED]
        listing.clear_options()
        listing.add_options(Option(self._line(place, each, room - kind, kind)) for place, each in enumerate(listed))
        listing.highlighted = min(here, listing.option_count - 1)
        if (left := len(attachments) - len(listed)) > 0:
            listing.add_option(Option(Content(f"  … and {left:,} more; S saves all of them"), disabled=True))

    def _line(self, place: int, attachment: Attachment, room: int, kind: int) -> Content:
        mark = "✓ " if place in self._chosen else "  "
        return Content.assemble(
            (mark, "bold $text-accent"),
            fit(safe_line(attachment.name), room),
            (f"  {fit(safe_line(attachment.type), kind)}{size_of(attachment):>{SIZE}}", "$text-muted"),
        )

    @property
    def _here(self) -> Attachment:
        return self._message.attachments[self.query_one(OptionList).highlighted or 0]

    def action_walk(self, lines: int) -> None:
        if self.focused is self.query_one(OptionList):
            self._walk(lines)

    def _walk(self, lines: int) -> None:
        listing = self.query_one(OptionList)
        last = min(len(self._message.attachments), MOST_LISTED) - 1
        listing.highlighted = max(0, min((listing.highlighted or 0) + lines, last))

    def action_mark(self) -> None:
        self._mark(self.query_one(OptionList).highlighted or 0)
        self.action_walk(1)

    @on(OptionList.OptionSelected)
    def _pressed(self, event: OptionList.OptionSelected) -> None:
        self._mark(event.option_index)

    def _mark(self, place: int) -> None:
        self._chosen ^= {place}
        self._fill()

    # --- saving -----------------------------------------------------------------------------------
    def action_save(self) -> None:
        attachments = self._message.attachments
        self._ask_and_save(*([attachments[place] for place in sorted(self._chosen)] or [self._here]))
        self._chosen.clear()
        self._fill()

    def action_save_all(self) -> None:
        self._save(*(attachment for attachment in self._message.attachments if attachment.elsewhere is None))

    @work(exit_on_error=False)
    async def _ask_and_save(self, *attachments: Attachment) -> None:
        """What does not come with the mail is fetched from where it says after a question, one by one."""
        wanted = [each for each in attachments if await self._may_come(each)]
        if wanted:
            self._save(*wanted)

    async def _may_come(self, attachment: Attachment) -> bool:
        if (place := attachment.elsewhere) is None:
            return True
        return await self.app.push_screen_wait(
            AskScreen(f"Fetch “{safe_line(attachment.name)}” from {safe_line(place.host)}? They see who asks and when.")
        )

    def _save(self, *attachments: Attachment) -> None:
        if not attachments:
            return
        self._saver.add(*(Wanted(each.name, self._saving(each)) for each in attachments))
        self._show_words()

    def _saving(self, attachment: Attachment) -> Save:
        save, row = self._mail.attached.save, self._message.id
        if attachment.elsewhere is not None:
            fetch = self._mail.attached.save_elsewhere
            return lambda directory, progress: fetch(attachment, directory, progress)
        return lambda directory, progress: save(row, attachment, directory, progress)

    def action_stop(self) -> None:
        if self._pace is not None:
            self.workers.cancel_group(self, "fetch")
            self._pace = None
            self._say("Stopped. What came is kept.")
        else:
            self._saver.stop()

    def _show_words(self) -> None:
        if words := self._pace.words if self._pace is not None else self._saver.words:
            self._say(words)

    def _say(self, words: str) -> None:
        self.query_one("#attachments-said", Static).update(safe_line(words))

    # --- looking, opening, piping -----------------------------------------------------------------------
    def action_look(self) -> None:
        self._look(self._here)

    def action_next(self) -> None:
        self._look_on(1)

    def action_previous(self) -> None:
        self._look_on(-1)

    def _look_on(self, places: int) -> None:
        """At another one; nothing while none is looked at."""
        listing = self.query_one(OptionList)
        before = listing.highlighted
        if self.has_class("looking"):
            self._walk(places)
            if listing.highlighted != before:
                self._look(self._here)

    @work(exclusive=True, group="fetch", exit_on_error=False)
    async def _look(self, attachment: Attachment) -> None:
        preview = self._mail.attached.preview
        document = await self._fetch(attachment, lambda pace: preview(self._message.id, attachment, pace))
        if document is not None:
            self._say("")
            self._show(document)
            for picture in document.pictures:
                await self._show_picture(attachment, picture)

    async def _show_picture(self, attachment: Attachment, picture: Picture) -> None:
        """Below what is said about it; where it cannot be shown, why."""
        pictures, view = self._mail.pictures, self.query_one(LinesView)
        if pictures.missing or self.app.no_color:
            self._say(pictures.missing)
            return
        await self._measured.wait()
        room = view.scrollable_content_region
        columns, rows = room.width - 1, room.height - 2
        raster = await self._fetch(attachment, lambda pace: pictures.get(self._message, picture, columns, max(6, rows)))
        if raster is not None:
            self._picture = await asyncio.to_thread(picture_lines, raster)
            self._lay_out()

    def _show(self, document: Document) -> None:
        self._document, self._picture = document, []
        self._measured.clear()
        self._turn(looking=True)
        view = self.query_one(LinesView)
        self.call_after_refresh(self._lay_out)
        view.scroll_to(y=0, animate=False, force=True)

    def _lay_out(self) -> None:
        view = self.query_one(LinesView)
        view.set_lines(lay_out(self._document, max(20, view.scrollable_content_region.width - 1)) + self._picture)
        self._measured.set()

    def action_open(self) -> None:
        self._open(self._here)

    @work(exclusive=True, group="fetch", exit_on_error=False)
    async def _open(self, attachment: Attachment) -> None:
        """After a question that says what it really is: names lie."""
        from tuimail.screens.opener import hand_over

        attached, row = self._mail.attached, self._message.id
        kind = await self._fetch(attachment, lambda pace: attached.kind(row, attachment))
        if kind is None:
            return
        beware = f" Beware: {kind.warning}" if kind.warning else ""
        if attachment.inside is not None:
            beware += " It came encrypted; a copy that is not lies on this disk for a day then."
        name, size = safe_line(attachment.name), octets(attachment.size)
        question = f"“{name}” is {safe_line(kind.words)}, {size}.{beware} Open it with another program?"
        if await self.app.push_screen_wait(AskScreen(question)):
            path = await self._fetch(attachment, lambda pace: attached.copy(row, attachment, pace))
            if path is not None:
                self._say(await hand_over(str(path)) or f"Opened {name}.")

    def action_pipe(self) -> None:
        from tuimail.screens.prompt import PromptScreen

        attachment = self._here

        def run(command: str | None) -> None:
            if command and command.strip():
                self._pipe(attachment, command.strip())

        self.app.push_screen(PromptScreen(f"Pipe {safe_line(attachment.name)} to"), run)

    @work(exclusive=True, group="fetch", exit_on_error=False)
    async def _pipe(self, attachment: Attachment, command: str) -> None:
        from tuimail.screens.pipe import pipe

        attached = self._mail.attached
        octets = await self._fetch(attachment, lambda pace: attached.read(self._message.id, attachment, pace))
        if octets is None:
            return
        self._say(f"Running {command}…")
        piped = await pipe(octets, command)
        self._say(piped.trouble or "The command is done.")
        if text := safe_text(piped.output.decode("utf-8", "replace")).strip("\n"):
            self._show(Document((Block("pre", text),)))

    async def _fetch(self, attachment: Attachment, work: Callable[[Progress], Awaitable[T]]) -> T | None:
        """What `work` gives; how far it is and what goes wrong is said meanwhile, and then it is None."""
        if attachment.elsewhere is not None:
            self._say(f"It lies at {attachment.elsewhere.host}, and not in this mail: s fetches it.")
            return None
        self._pace = pace = Pace(f"Fetching {safe_line(attachment.name)}")
        try:
            return await work(pace)
        except TuimailError as error:
            self._say(str(error))
        finally:
            if self._pace is pace:
                self._pace = None
        return None

    # --- leaving ----------------------------------------------------------------------------------------
    def action_close(self) -> None:
        if self.has_class("looking"):
            self._turn(looking=False)
            self._say("")
        else:
            self.dismiss(None)
