"""Every action by name, every folder, every theme: the command palette."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from tuimail.keys import display, distinct
from tuimail.screens.pick import Choice, Pick
from tuimail.screens.sources import shown_name
from tuimail.screens.themes import OFFERED

if TYPE_CHECKING:
    from tuimail.screens.main import MainScreen

Command = Callable[[], object]

# What one looks for by name comes first; who presses j all day does not look for it here.
_ORDER = ("Act", "Search", "Threads", "Select", "Go", "Program", "Panes", "Read", "Folders", "Move")

# What other programs call it, and so whoever comes from them.
ALSO = {
    "account": ("connection", "server"),
    "folder.go": ("change folder", "jump to a folder"),
    "folder.unified": ("unified inbox",),
    "folders.delete": ("remove a folder",),
    "folders.new": ("create a folder", "make a folder", "add a folder"),
    "help": ("help", "shortcuts"),
    "list.filter": ("limit",),
    "mail.label": ("tag", "keyword"),
    "mail.mark_read": ("mark as read", "seen"),
    "mail.mark_unread": ("mark as unread", "unseen"),
    "mail.move": ("file", "refile"),
    "mail.mute": ("ignore the thread",),
    "mail.spam": ("junk", "report spam"),
    "mail.star": ("flag", "unflag"),
    "mail.trash": ("delete", "remove"),
    "quit": ("exit", "close"),
    "read.attachments": ("download attachments", "save attachments"),
    "read.headers": ("source", "raw message"),
    "read.links": ("url",),
    "read.pipe": ("print", "shell command"),
    "read.save": ("export", "download the message"),
    "sync.now": ("refresh", "check mail", "fetch mail", "reload"),
    "thread.fold": ("collapse", "expand"),
    "thread.fold_all": ("collapse all", "expand all"),
    "view.zoom": ("zoom", "maximize"),
    "wire": ("debug", "protocol log"),
}


def commands(main: MainScreen) -> Iterator[Choice[Command]]:
    """What can be done on the main screen: each runs when it is called, or gives something to wait for."""
    order = {group: place for place, group in enumerate(_ORDER)}
    for key in sorted(distinct(main.settings.keys), key=lambda key: order.get(key.group, len(order))):
        if key.id != "palette":
            name, also = key.text.rstrip("…"), ALSO.get(key.id, ())
            yield Choice(name, display(key.keys), partial(main.perform_by_name, key), also)
    for folder in main.mail.folders():
        if folder.selectable:
            beside = f"{folder.unread:,} unread" if folder.unread else ""
            yield Choice(f"Go to {shown_name(folder)}", beside, partial(main.open_folder, folder.id))
    for theme in OFFERED:
        yield Choice(f"Theme: {theme}", "now" if main.app.theme == theme else "", partial(main.set_theme, theme))


class Palette(Pick[Command]):
    """Answers what to do, or None."""

    PLACEHOLDER: ClassVar[str] = "An action, a folder, a theme…"
    NOTHING: ClassVar[str] = "Nothing here has these letters in this order."

    def __init__(self, main: MainScreen) -> None:
        super().__init__("Everything by name", list(commands(main)))
