"""What can be done with the message in the viewer besides filing it: find, follow links, another form, copy, pipe."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import on, work
from textual.worker import Worker

from tuimail.errors import TuimailError
from tuimail.keys import display
from tuimail.model import Link, Message
from tuimail.screens.foresight import ForesightScreen
from tuimail.screens.settings import Settings
from tuimail.widgets.header_block import octets
from tuimail.widgets.hosts import host_of
from tuimail.widgets.message_view import MessageView
from tuimail.widgets.safe import fit, safe_line, safe_text

if TYPE_CHECKING:
    from tuimail.mail import Mail

MOST_FOR_A_FORM = 20_000_000
"""Octets of a message that is fetched whole because its other form was not."""

CHARSETS = (
    "utf-8 windows-1252 iso-8859-1 iso-8859-15 windows-1250 iso-8859-2 windows-1251 koi8-r koi8-u iso-8859-5"
    " windows-1253 windows-1254 windows-1255 windows-1256 windows-1257 shift_jis iso-2022-jp euc-jp gb18030 big5"
    " euc-kr windows-874 cp437 cp850 mac-roman"
).split()
"""Offered by name, the likely ones first."""

_FINDING = (("view.find_next", "next"), ("view.find_previous", "previous"), ("read.escape", "ends"))
_NAMES = {"html": "HTML", "plain": "plain text"}


class ViewingScreen(ForesightScreen):
    """Keys of the viewer that need more than the widget."""

    def __init__(self, mail: Mail, settings: Settings) -> None:
        super().__init__(mail, settings)
        self._rest: Worker[None] | None = None
        """Fetches the rest of a large message."""

    # --- finding ------------------------------------------------------------------------------------------
    def action_find(self) -> None:
        """Every letter finds at once; Enter keeps what is found, Esc ends it where one was before."""
        from tuimail.screens.prompt import PromptScreen

        self.focus_pane("view")
        before = self.view.scroll_offset.y
        prompt = PromptScreen("Find", changed=self.view.find)

        async def done(words: str | None) -> None:
            if words and words.strip():
                self._say_found(self.view.found)
            else:
                self.view.find("")
                self.view.scroll_to(y=before, animate=False, force=True)
                self.say("")

        self.ask(prompt, done)

    @on(MessageView.Found)
    def _found(self, event: MessageView.Found) -> None:
        from tuimail.screens.prompt import PromptScreen

        if isinstance(self.app.screen, PromptScreen):
            self.app.screen.hint(event.words)
        else:
            self._say_found(event.words)

    def _say_found(self, words: str) -> None:
        if words:
            offered = _FINDING if self.view.has_hits else _FINDING[-1:]
            keys = (f"{self._key_of(key_id)} {word}" for key_id, word in offered)
            self.say_here(" · ".join([words, *keys]))

    def action_find_next(self, direction: int) -> None:
        if self.view.has_hits:
            self.view.find_next(direction)
        elif self.view.finds:
            self._say_found(self.view.found)
        else:
            self.say_here(f"Nothing is looked for · {self._key_of('view.find')} finds words in this message")

    def _key_of(self, key_id: str) -> str:
        return display(self._keys_of(key_id).split(",")[0])

    @on(MessageView.Told)
    def _told(self, event: MessageView.Told) -> None:
        self.say_here(event.sentence)

    def action_toggle_folds(self) -> None:
        self.view.action_toggle_folds()

    def end_viewing(self) -> bool:
        """Esc in the viewer ends the finding, then a full screen that was asked for; False without either."""
        if self.view.finds:
            self.view.find("")
            self.say("")
        elif self.has_class("zoomed") and not self.is_low:
            self.remove_class("zoomed")
        else:
            return False
        return True

    # --- full screen ----------------------------------------------------------------------------------------
    def action_zoom(self) -> None:
        here = self.view.message
        if here is not None and here.beginning:
            if self._rest is None:
                self._rest = self._fetch_rest(here.id)
        else:
            self.toggle_class("zoomed")

    def lacks_rest(self, message: Message) -> bool:
        """Only its beginning is here, which is said: what is below it is not known."""
        if message.beginning:
            self.say_here(f"Only the beginning is here · {self._key_of('view.zoom')} downloads all of it")
        return message.beginning

    def give_up_fetching(self) -> bool:
        """Esc ends the download of a large message; False when there is none."""
        if self._rest is None:
            return False
        self._rest.cancel()
        return True

    @work(group="rest", exit_on_error=False)
    async def _fetch_rest(self, message_id: int) -> None:
        """The whole of a message of which only the beginning is shown (POP3)."""
        stops = self._key_of("read.escape")

        def progress(done: int, total: int) -> None:
            self.say(f"Fetching: {octets(done)} of {octets(total)} · {stops} stops")

        self.say(f"Fetching… · {stops} stops")
        try:
            await self.mail.raw(message_id, progress)
            message = await self.mail.message(message_id)
        except TuimailError as error:
            self.say_error(error)
            return
        except asyncio.CancelledError:
            self.say("Stopped; the beginning stays here.")
            raise
        finally:
            self._rest = None
        self.say_here("All of it is here.", "done")
        if self.view.message_id == message_id:
            self.view.show(message)

    def focus_pane(self, pane: str) -> None:
        if pane != "view":
            self.remove_class("zoomed")
        super().focus_pane(pane)

    # --- links ------------------------------------------------------------------------------------------------
    def action_links(self) -> None:
        links = self.view.links
        if not links:
            self.say_here("No links in this message.")
            return
        from tuimail.screens.links import PickLink

        async def look(number: int | None) -> None:
            if number is not None:
                self._look_at(links[number - 1])

        self.ask(PickLink(links), look)

    @on(MessageView.LinkClicked)
    def _link_clicked(self, event: MessageView.LinkClicked) -> None:
        self._look_at(event.link)

    def _look_at(self, link: Link) -> None:
        """Where it leads, in full, before anything is opened."""
        from tuimail.screens.links import LinkScreen

        async def answered(answer: str | None) -> None:
            if answer == "open":
                self._open_link(link)
            elif answer == "copy":
                address = host_of(link.url) if link.url.startswith("mailto:") else link.url
                self.app.copy_to_clipboard(address)
                self.say_here(f"Copied {fit(safe_line(address), 60).rstrip()}", "done")

        self.ask(LinkScreen(link), answered)

    @work(group="save", exit_on_error=False)
    async def _open_link(self, link: Link) -> None:
        from tuimail.screens.opener import open_link

        self.say(f"Opening {safe_line(host_of(link.url))}…")
        trouble = await open_link(link.url)
        if trouble:
            self.say(f"{trouble} In the list of links y copies it.", "trouble")

    # --- another form of the text -----------------------------------------------------------------------------
    def action_toggle_form(self) -> None:
        here = self.view.message
        if here is not None and self.lacks_rest(here):
            return
        if here is None or len(here.forms) < 2:
            self.say_here("There is only one form of this text." if here else "No message here.")
        else:
            self._show_as(here.id, form=next(form for form in here.forms if form != here.form))

    def action_choose_charset(self) -> None:
        here = self.view.message
        if here is None:
            self.say("No message here.")
            return
        from tuimail.screens.pick import Choice, Pick

        async def chosen(charset: str | None) -> None:
            if charset is not None:
                self._show_as(here.id, form=here.form if len(here.forms) > 1 else "", charset=charset)

        offered = [Choice("as the mail says", "", ""), *(Choice(name, "", name) for name in CHARSETS)]
        self.ask(Pick[str]("Read the text in another character set", offered), chosen)

    @work(exclusive=True, group="body", exit_on_error=False)
    async def _show_as(self, message_id: int, form: str = "", charset: str = "") -> None:
        try:
            message = await self.mail.message(message_id, form=form, charset=charset)
            if form and message.form != form:  # of a big message only one form was fetched
                summary = self.mail.summary(message_id)
                if summary is None or summary.size > MOST_FOR_A_FORM:
                    self.say_here(f"The {_NAMES[form]} form of so large a message is not fetched; w saves it whole.")
                    return
                self.say(f"Fetching the {_NAMES[form]} form…")
                await self.mail.raw(message_id)
                message = await self.mail.message(message_id, form=form, charset=charset)
        except TuimailError as error:
            self.say_error(error)
            return
        if self.view.message_id == message_id:
            self.view.show(message)
            words = [f"Shown as {_NAMES[message.form]}" if form and message.form in _NAMES else "", charset]
            self.say_here(" · ".join(filter(None, words)))

    # --- what is signed or encrypted ----------------------------------------------------------------------------
    def action_open_sealed(self) -> None:
        here = self.view.message
        if here is None:
            self.say("No message here.")
        elif self.lacks_rest(here):
            return
        elif not here.document.seals:
            self.say_here("Nothing here is signed or encrypted.")
        else:
            self._open_sealed(here.id, here.form if len(here.forms) > 1 else "")

    @work(exclusive=True, group="body", exit_on_error=False)
    async def _open_sealed(self, message_id: int, form: str) -> None:
        """On a key and not by itself: gpg may want a token or take its time, and a mail only passed by stays closed."""
        summary = self.mail.summary(message_id)
        if summary is not None and summary.size > MOST_FOR_A_FORM:
            self.say_here("So large a message is not opened here; w saves it.")
            return
        self.say_here("Asking gpg…")
        try:
            message = await self.mail.looked_into(message_id, decrypt=True, form=form)
        except TuimailError as error:
            self.say_error(error)
            return
        if self.view.message_id == message_id:
            self.view.renew(message)
            secret = any(seal.secret for seal in message.document.seals)
            self.say_here("Opened, until you go on to another message." if secret else "")

    # --- to a command -----------------------------------------------------------------------------------------
    def action_pipe(self) -> None:
        message_id = self.list.cursor_id
        if message_id is None:
            self.say("No message here.")
            return
        from tuimail.screens.prompt import PromptScreen

        async def run(command: str | None) -> None:
            if command and command.strip():
                self._pipe(message_id, command.strip())

        self.ask(PromptScreen("Pipe the message as sent to"), run)

    @work(exclusive=True, group="save", exit_on_error=False)
    async def _pipe(self, message_id: int, command: str) -> None:
        from tuimail.screens.output import OutputScreen
        from tuimail.screens.pipe import pipe

        self.say(f"Running {safe_line(command)}…")
        try:
            piped = await pipe(await self.mail.raw(message_id), command)
        except TuimailError as error:
            self.say_error(error)
            return
        self.say(piped.trouble or "The command is done.", "trouble" if piped.trouble else "done")
        text = piped.output.decode(errors="replace").replace("\r\n", "\n").strip("\n")
        if text := safe_text(text).expandtabs():
            self.app.push_screen(OutputScreen(f"| {safe_line(command)}", text))
