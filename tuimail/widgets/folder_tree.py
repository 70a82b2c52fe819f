"""Accounts and their folders, by hierarchy, with a cursor of its own beside the folder that is open."""

from __future__ import annotations

from collections.abc import Sequence

from textual.message import Message
from textual.scroll_view import ScrollView

from tuimail.changes import AccountState
from tuimail.model import Folder


class FolderTree(ScrollView, can_focus=True):
    """Folders of all accounts; an account has a line of its own only when there is more than one.

    Data down: `update`, `current`. Message up: FolderChosen.
    """

    class FolderChosen(Message):
        """The reader wants this folder (Enter, click)."""

        def __init__(self, folder_id: int) -> None:
            super().__init__()
            self.folder_id = folder_id

    current: int | None = None
    """Id of the folder whose messages are shown; set by the screen, highlighted here."""

    def update(self, folders: Sequence[Folder], states: Sequence[AccountState] = ()) -> None:
        """Show these; cursor and folding stay where they are."""

    def next_folder(self, direction: int) -> int | None:
        """Id of the selectable folder after (1) or before (-1) the current one in the order shown; None at the end."""
        return None
