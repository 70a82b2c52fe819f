"""Filter as you type, and search everywhere: every key is a question, the newest one interrupts those before it.

What was in the list before is kept aside, with its cursor and the line it stood on, and comes back with Esc.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from textual import events, on, work

from tuimail.changes import Line
from tuimail.errors import Offline, TuimailError
from tuimail.model import Folder
from tuimail.records import Record
from tuimail.screens.hits import Hits
from tuimail.screens.pictures import PicturesScreen
from tuimail.screens.settings import Settings
from tuimail.screens.sources import Source, shown_name
from tuimail.widgets.search_box import SearchBox

if TYPE_CHECKING:
    from textual.timer import Timer

    from tuimail.mail import Mail
    from tuimail.query import Query

AT_ONCE = 0.004
"""Seconds that a key stands still for its first hits; what is here by then is in the same picture as the letter."""
ANSWER_SOON = 0.3
"""Seconds that Enter and the arrows wait for the hits of the keys before them at most."""
ALL_OF_THEM = 0.25
"""Seconds without a key after which all hits are gathered, not only the newest."""
LONGER = 4
"""Times that a text waits longer while words are typed than when the cursor rests."""
LOOK_AT_INDEX = 1.0
"""Seconds between two looks how far the index is."""
_NEIGHBOURS = 40
_NO_SEARCH = frozenset({"pop3", "files"})
"""Protocols whose servers find nothing."""


class Before(Record):
    """What was in the list."""

    source: Source
    title: str
    folder_id: int | None
    cursor_id: int | None
    line: int
    following: Sequence[int]
    """The messages below the cursor, should it have left meanwhile."""
    selected: frozenset[int]


class FilteringScreen(PicturesScreen):
    """The prompt over the list, and what it finds."""

    def __init__(self, mail: Mail, settings: Settings) -> None:
        super().__init__(mail, settings)
        self._box: SearchBox | None = None
        self._before: Before | None = None
        self._everywhere = False
        self._query: Query | None = None
        self._asked: Hits | None = None
        """The last question; what stands in the list may still be the answer to another."""
        self._walked = False
        """The reader has moved the cursor among the hits: it keeps its message."""
        self._answered = asyncio.Event()
        self._hurry = asyncio.Event()
        """Servers are asked now, however short the last key is ago."""
        self._behind = (0, 0)
        self._index_timer: Timer | None = None

    @property
    def hits(self) -> Hits | None:
        """What was searched for, while it stands in the list."""
        return self.source if isinstance(self.source, Hits) else None

    # --- the prompt -----------------------------------------------------------------------------------
    async def action_filter(self) -> None:
        await self._type(everywhere=self._before is not None and self._everywhere)

    async def action_search(self) -> None:
        await self._type(everywhere=True)

    async def _type(self, *, everywhere: bool) -> None:
        if self.source is None:
            self.say("There is no mail yet.")
            return
        if self._at != "list":
            self.focus_pane("list")
        elsewhere, self._everywhere = everywhere != self._everywhere, everywhere
        if self._before is None:
            self._before = self._put_aside(self.source)
            self._query, self._walked = None, False
        elif elsewhere and self._query is not None:
            self._ask(self._query.text, everywhere)
        if self._box is None:
            self._box = SearchBox(id="search")
            await self.query_one("#list-pane").mount(self._box, before=self.list)
            self.watch(self._box, "words", self._words_changed, init=False)
        self.list_title.display = False  # not by a class of the screen: all that is in it would be styled anew
        self._box.open(self._searched, "" if self._query is None else self._query.text)
        self.footer.tell(SearchBox.HINTS)
        self._look_at_index()
        self._show_title()

    def _put_aside(self, source: Source) -> Before:
        rows = (self.list.summary_at(self.list.cursor + n) for n in range(1, _NEIGHBOURS))
        following = [row.id for row in rows if row is not None]
        selected = frozenset(self.list.selected)
        return Before(source, self._title, self._folder_id, self.list.cursor_id, self.list.line, following, selected)

    @property
    def _searched(self) -> str:
        """What is searched, in words."""
        before = self._before
        if self._everywhere or before is None:
            return "Everywhere"
        folder = None if before.folder_id is None else self.mail.folder(before.folder_id)
        return before.title or (shown_name(folder) if folder else "")

    def _words_changed(self, words: str) -> None:
        if words != ("" if self._query is None else self._query.text):
            self._ask(words, self._everywhere)
            if self._box is not None and self._answered.is_set():
                self._box.input.call_next(self.paint)  # when the prompt has done all that its key does

    @on(SearchBox.Pressed)
    async def _pressed(self, event: SearchBox.Pressed) -> None:
        match event.what:
            case "keep":
                await self._keep()
            case "leave":
                self.end_search()
            case "toggle" if self._box is not None:
                self._everywhere = not self._everywhere
                self._box.label(self._searched)
                self._walked = True
                self._ask(self._box.words, self._everywhere)
            case "help":
                from tuimail.screens.help import HelpScreen

                self.app.push_screen(HelpScreen(self.settings.keys, self.settings.preset, search=True))

    @on(SearchBox.Walked)
    async def _walk(self, event: SearchBox.Walked) -> None:
        await self._soon()
        self._walked = True
        if event.how == "page":
            self.list.action_page(event.lines)
        else:
            self.list.action_cursor(event.lines)

    async def _soon(self) -> None:
        """What was typed is answered, or it takes too long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(ANSWER_SOON):
                await self._answered.wait()

    async def _keep(self) -> None:
        """The hits stay in the list, and the list gets the keys."""
        await self._soon()
        self._hurry.set()
        if self._query is None or self._query.empty:
            self.end_search()
            return
        self.focus_pane("list")
        self._close_box()
        self._show_title()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """A click beside the prompt keeps what it found."""
        super().on_descendant_focus(event)
        if self._box is not None and self._box.is_open and self.focused in (self.list, self.view, self.folder_tree):
            self._hurry.set()
            self._close_box()
            self._show_title()

    def _close_box(self) -> None:
        self.list_title.display = True
        if self._box is not None:
            self._box.close()
        self.footer.offer(self._at)

    # --- coming back ----------------------------------------------------------------------------------
    def end_search(self) -> bool:
        """The list as it was before; False when nothing was searched."""
        before = self._before
        if before is None:
            return False
        self.focus_pane("list")
        self._close_box()
        self._show_before(before)
        self._before = None
        return True

    def _show_before(self, before: Before) -> None:
        self._stop_asking()
        there = before.source.position
        stays = (id_ for id_ in (before.cursor_id, *before.following) if id_ is not None and there(id_) is not None)
        super().open_list(
            before.source, before.title, folder_id=before.folder_id, cursor_id=next(stays, None), line=before.line
        )
        self.list.select(before.selected)
        self._refresh_list()  # what has left meanwhile is not selected any more

    def open_list(self, source: Source, title: str = "", **where: Any) -> None:
        """Another list ends the search."""
        if self._before is not None:
            self._stop_asking()
            self._before = None
            self._close_box()
        super().open_list(source, title, **where)

    def forget(self, ids: Sequence[int]) -> None:
        """Something was done to these: what belongs elsewhere now leaves the list at once, and that behind a search."""
        for source in (self.source, self._before.source if self._before is not None else None):
            if source is not None:
                source.forget(ids)

    def _stop_asking(self) -> None:
        self.workers.cancel_group(self, "search")
        if self._asked is not None:
            self._asked.stop()
        self._answered.set()

    # --- asking ---------------------------------------------------------------------------------------
    def _ask(self, text: str, everywhere: bool) -> None:
        """Show what these words find."""
        self._query = query = self.mail.searching.parse(text)
        self._stop_asking()
        if query.empty:
            if self._before is not None:
                self._show_before(self._before)
            self._show_title()
            return
        self._hurry.clear()
        self._answered.clear()
        self._asked = hits = self._hits_of(query, everywhere)
        if hits.begin(AT_ONCE):
            self._show_hits(hits)
        self._find(hits)

    def _hits_of(self, query: Query, everywhere: bool) -> Hits:
        from tuimail.query import All

        before = self._before
        if everywhere or before is None:
            return Hits(self.mail, query)
        if isinstance(before.source, Hits):  # a search within a search
            query = type(query)(query.text, All((before.source.query.node, query.node)), query.errors, query.marks)
        return Hits(self.mail, query, before.source.where)

    @work(exclusive=True, group="search", exit_on_error=False)
    async def _find(self, hits: Hits) -> None:
        if self.source is not hits:
            try:
                await hits.begun()
            except TuimailError as error:
                self.say_error(error)
                return
            self._show_hits(hits)
            self.paint(again=True)
        if not hits.known:
            await asyncio.sleep(min(ALL_OF_THEM, self.settings.search_rest))
            await self._gathered(hits)
        if self._everywhere:
            await self._ask_servers(hits)

    def _show_hits(self, hits: Hits) -> None:
        before = self._before
        self.source = hits
        self._answered.set()
        self._title = f"{self._searched} / {hits.query.text.strip()}"
        self._folder_id = None if self._everywhere or before is None else before.folder_id
        self._filling = False
        self.list.show(hits, self.list.cursor_id if self._walked else None)
        self.folder_tree.current = self._list_key
        self._show_title()
        if self._index_timer is None:
            self._index_timer = self.set_interval(LOOK_AT_INDEX, self._look_at_index)

    async def _ask_servers(self, hits: Hits) -> None:
        """What only they know joins below, when the typing has rested or Enter was pressed."""
        from tuimail.query import Words, leaves

        theirs = {account.name for account in self.mail.accounts if account.protocol not in _NO_SEARCH}
        if not theirs or not any(isinstance(leaf, Words) for leaf in leaves(hits.query.node)):
            return
        server = "servers" if len(theirs) > 1 else "server"
        if not self._on_line(theirs):
            self._rule(hits, f"offline: the {server} cannot be asked now")
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(self.settings.search_rest):
                await self._hurry.wait()
        self._rule(hits, f"asking the {server}…")
        more, lost = 0, False
        try:
            async for more in hits.ask_servers():
                self._rule(hits, f"{more:,} more from the {server}, asking on…")
        except Offline:
            lost = True
        except TuimailError as error:
            self._rule(hits, str(error))
            return
        if lost:
            first = f"{more:,} more from the {server}, then" if more else f"the {server} had found nothing when"
            self._rule(hits, f"{first} the line was lost")
        else:
            self._rule(hits, f"{more:,} more from the {server}" if more else f"nothing more on the {server}")

    def _on_line(self, accounts: set[str]) -> bool:
        on_line = (Line.ONLINE, Line.SYNCING)
        return any(state.account in accounts and state.line in on_line for state in self.mail.states())

    def _rule(self, hits: Hits, words: str) -> None:
        if self.source is hits:
            hits.rule(words)
            self.list.refresh_rows()
            self._show_title()

    # --- what the viewer shows meanwhile --------------------------------------------------------------
    @property
    def _typing(self) -> bool:
        """The cursor goes where the words take it, not the reader."""
        return self._box is not None and self._box.is_open and not self._walked

    @property
    def _dwell(self) -> float:
        return super()._dwell * (LONGER if self._typing else 1)

    def _show_at_once(self, message_id: int | None) -> None:
        if not self._typing:  # else each letter would paint a text that the next one takes away
            super()._show_at_once(message_id)

    async def _open(self, message_id: int) -> None:
        """What was searched for is found in the text, too."""
        if (hits := self.hits) is not None and (pattern := hits.pattern) is not None:
            self.view.find_in(message_id, pattern)
        await super()._open(message_id)

    # --- what is said of it ---------------------------------------------------------------------------
    def _show_title(self) -> None:
        """The prompt stands in the place of the title."""
        self.list.mark(None if self.hits is None else self.hits.wanted)
        typing = self._box is not None and self._box.is_open
        if not typing:
            super()._show_title()
        if self.hits is not None:
            self.list.empty_text = "Nothing found." if self.hits.known else "Searching…"
        if self._box is None or not typing:
            return
        query = self._query
        counted = self._counted(None) if self.hits is not None else ""
        told = self._box.tell(counted, query.marks, query.errors) if query else self._box.tell("")
        self.say(told, "trouble" if told else "info")

    def _counted(self, folder: Folder | None) -> str:
        if (hits := self.hits) is None:
            return super()._counted(folder)
        rows = self._behind[0]
        if not rows:
            return hits.counted
        total = sum(each.total for each in self.mail.folders())
        return f"{hits.counted} · {max(0, total - rows):,} of {total:,} indexed"

    def _look_at_index(self) -> None:
        """While it is behind, what was found may be more by now."""
        if self._before is None and self.hits is None:
            if self._index_timer is not None:
                self._index_timer.stop()
                self._index_timer = None
            return
        behind, self._behind = self._behind, self.mail.searching.behind()
        if behind != self._behind and self.hits is not None:
            self._gather(self.hits)
