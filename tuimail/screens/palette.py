"""Every action by name, every folder, every theme: the command palette."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from tuimail.keys import display, distinct
from tuimail.screens.found import marked
from tuimail.screens.reading import shown_name
from tuimail.screens.themes import OFFERED

if TYPE_CHECKING:
    from tuimail.screens.main import MainScreen


# What one looks for by name comes first; who presses j all day does not look for it here.
_ORDER = ("Act", "Go", "Program", "Panes", "Read", "Folders", "Move")


class MainCommands(Provider):
    """What the palette offers on the main screen."""

    def _offers(self) -> Iterator[tuple[str, str, Callable[[], object]]]:
        """(name, what stands beside it, what it does)."""
        main = cast("MainScreen", self.screen)
        for key in sorted(distinct(main.settings.keys), key=lambda key: _ORDER.index(key.group)):
            if key.id != "palette":
                yield key.text.rstrip("…"), display(key.keys), partial(main.perform_by_name, key)
        for folder in main.mail.folders():
            if folder.selectable:
                beside = f"{folder.unread:,} unread" if folder.unread else ""
                yield f"Go to {shown_name(folder)}", beside, partial(main.open_folder, folder.id)
        for theme in OFFERED:
            yield f"Theme: {theme}", "now" if self.app.theme == theme else "", partial(main.set_theme, theme)

    async def discover(self) -> Hits:
        for name, beside, run in self._offers():
            yield DiscoveryHit(self._line(Content(name), beside), run, text=name)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for name, beside, run in self._offers():
            if (score := matcher.match(name)) > 0:
                yield Hit(score, self._line(marked(matcher, name), beside), run, text=name)

    @staticmethod
    def _line(name: Content, beside: str) -> Content:
        return Content.assemble(name, (f"   {beside}", "$text-muted")) if beside else name
