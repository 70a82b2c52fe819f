"""Pictures in the viewer: none, those that come with the mail, and those of senders the reader has named."""

from __future__ import annotations

import asyncio
import logging

from textual import on, work

from tuimail.errors import TuimailError
from tuimail.model import Document, Message, Picture
from tuimail.screens.viewing import ViewingScreen
from tuimail.widgets.lines import Line
from tuimail.widgets.message_view import MessageView
from tuimail.widgets.picture_lines import picture_lines
from tuimail.widgets.safe import safe_line

log = logging.getLogger(__name__)

ROWS = 24
"""Lines of a picture at most, and two thirds of the viewer: what is written about it should be in sight with it."""
_TOGETHER = 0.5
"""Seconds in which pictures that come are put into the text together."""

_QUESTION = (
    "Load remote pictures of {sender}, now and for its later mail? Its servers learn each time that and when you"
    " open the mail, and your network address."
)


class PicturesScreen(ViewingScreen):
    """`i`, and what it asks."""

    pictures_shown = False
    """In this session, until `i` takes them away again."""

    async def action_cycle_pictures(self) -> None:
        """None; the mail's own (and the sender's, where that was allowed); the sender's, after a question; none."""
        message = self.view.message
        if message is None:
            self.say("No message here.")
        elif not self.pictures_shown:
            if why := self._why_not():
                self.say_here(why)
                return
            self.pictures_shown = True
            self._show_pictures(message)
        elif any(picture.remote for picture in message.document.pictures) and self._may_ask(message):
            self._ask_to_load(message, otherwise_hide=True)
        else:
            self._hide_pictures()

    def action_load_remote(self) -> None:
        """The question, whatever `i` would do now."""
        message = self.view.message
        if message is None:
            self.say("No message here.")
        elif why := self._why_not() or self.mail.pictures.doubt(message):
            self.say_here(why)
        else:
            self._ask_to_load(message)

    async def action_load_no_remote(self) -> None:
        """The sender is forgotten, and what is loaded taken away."""
        message = self.view.message
        if message is None or not message.sender:
            self.say("No message here.")
            return
        await self.mail.pictures.load_no_remote(message)
        if self.pictures_shown:
            self.view.take_pictures_away()
            self._show_pictures(message)
        self.say(f"Remote pictures of {safe_line(message.sender[0].email)} are not loaded any more.", "done")

    def _why_not(self) -> str:
        if self.app.no_color:
            return "Pictures are made of colours, and NO_COLOR is set."
        return self.mail.pictures.missing

    def _may_ask(self, message: Message) -> bool:
        pictures = self.mail.pictures
        return not pictures.doubt(message) and not pictures.loads_remote(message)

    def _ask_to_load(self, message: Message, *, otherwise_hide: bool = False) -> None:
        from tuimail.screens.ask import AskScreen

        async def answered(yes: bool) -> None:
            if yes:
                await self.mail.pictures.load_remote(message)
                self.pictures_shown = True
                self._show_pictures(message)
            elif otherwise_hide:
                self._hide_pictures()

        self.ask(AskScreen(_QUESTION.format(sender=safe_line(message.sender[0].email))), answered)

    def _hide_pictures(self) -> None:
        self.pictures_shown = False
        self.workers.cancel_group(self, "pictures")
        self.view.take_pictures_away()
        self.say_here("No pictures")

    def _show_pictures(self, message: Message) -> None:
        if message.document.pictures:
            self._load(message, self.view.text_width)
        else:
            key = self._key_of("read.attachments")
            self.say_here(f"Pictures on · no pictures in the text of this message; {key} shows the attachments")

    @on(MessageView.Pictured)
    def _pictured(self, event: MessageView.Pictured) -> None:
        self.workers.cancel_group(self, "pictures")
        if self.pictures_shown:
            self._load(event.message, event.columns)

    @work(exclusive=True, group="pictures", exit_on_error=False)
    async def _load(self, message: Message, columns: int) -> None:
        """Each as it comes, some at a time; those that cannot be shown are counted and one reason told."""
        document = message.document
        remote = self.mail.pictures.loads_remote(message)
        wanted = [n for n, picture in enumerate(document.pictures, 1) if remote or not picture.remote]
        waiting = {asyncio.create_task(self._lines(message, number, columns)) for number in wanted}
        shown, why = 0, ""
        try:
            while waiting:
                done, waiting = await asyncio.wait(waiting, timeout=_TOGETHER)
                come: dict[int, list[Line]] = {}
                for task in done:
                    number, lines, trouble = task.result()
                    why = why or trouble
                    if lines:
                        come[number] = lines
                shown += len(come)
                if come:
                    self.view.put_pictures(document, come)
        finally:
            for task in waiting:
                task.cancel()
        self._say_shown(document, shown, len(wanted), why)

    async def _lines(self, message: Message, number: int, columns: int) -> tuple[int, list[Line], str]:
        """(number, lines, why there are none)."""
        picture: Picture = message.document.pictures[number - 1]
        rows = max(1, min(ROWS, self.view.scrollable_content_region.height * 2 // 3))
        try:
            raster = await self.mail.pictures.get(message, picture, columns, rows)
        except TuimailError as error:
            return number, [], str(error)
        return number, await asyncio.to_thread(picture_lines, raster), ""

    def _say_shown(self, document: Document, shown: int, wanted: int, why: str) -> None:
        elsewhere = len(document.pictures) - wanted
        words = [f"{shown:,} of {wanted:,} pictures" if wanted else "Pictures on"]
        if elsewhere:
            words.append(f"{elsewhere:,} remote not loaded")
        self.say_here(" · ".join([*words, *([why] if why else [])]))
