"""Accounts and their folders, by hierarchy, with a cursor of its own beside the folder that is open."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tuimail.changes import AccountState, Line
from tuimail.model import Folder, Role
from tuimail.widgets.bindings import bindings_for
from tuimail.widgets.folder_lines import LineKey, OtherList, TreeLine, tree_lines
from tuimail.widgets.safe import fit

ROLE_GLYPHS = {
    Role.NONE: " ",
    Role.INBOX: "↓",
    Role.ARCHIVE: "≡",
    Role.DRAFTS: "¶",
    Role.SENT: "↑",
    Role.JUNK: "!",
    Role.TRASH: "×",
    Role.ALL: "*",
}
"""From the set of characters that every terminal font has (WGL4), one cell each."""

SEARCH_GLYPH = "/"

LINE_GLYPHS = {Line.ONLINE: "●", Line.SYNCING: "●", Line.CONNECTING: "◌", Line.OFFLINE: "✕", None: " "}
"""How an account stands, told apart by shape."""


class FolderTree(ScrollView, can_focus=True, inherit_bindings=False):
    """Folders of all accounts; an account has a line of its own only when there is more than one.

    Data down: `update`, `current`. Messages up: FolderChosen, ListChosen, AccountChosen.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "folder-tree--folder",
        "folder-tree--unread",
        "folder-tree--account",
        "folder-tree--disabled",
        "folder-tree--glyph",
        "folder-tree--current",
        "folder-tree--cursor",
    }
    DEFAULT_CSS = """
    FolderTree {
        background: $surface;
        color: $foreground;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        scrollbar-background: $surface;
        scrollbar-background-hover: $surface;
        scrollbar-background-active: $surface;
        scrollbar-color: $foreground 20%;

        & .folder-tree--folder { color: $foreground 80%; background: $surface; }
        & .folder-tree--unread { color: $foreground; background: $surface; text-style: bold; }
        & .folder-tree--account { color: $foreground; background: $surface; text-style: bold; }
        & .folder-tree--disabled { color: $foreground 60%; background: $surface; }
        & .folder-tree--glyph { color: $foreground 50%; background: $surface; }
        & .folder-tree--current { color: $accent; background: $surface; text-style: bold; }
        & .folder-tree--cursor { background: $foreground 8%; }
        &:focus .folder-tree--cursor { background: $primary 45%; color: $foreground; }

        &:nocolor:focus .folder-tree--cursor { text-style: reverse; }
        &:ansi .folder-tree--disabled { text-style: dim; }
        &:ansi .folder-tree--glyph { text-style: dim; }
        &:ansi .folder-tree--cursor { background: ansi_default; }
        &:ansi:focus .folder-tree--cursor {
            background: $block-cursor-background;
            color: $block-cursor-foreground;
        }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings_for(
        {"folders"}, {"cursor", "jump", "choose_folder", "toggle_fold"}
    )

    current: reactive[Hashable] = reactive(None)
    """Id of the folder, or key of the other list, that is shown; set by the screen, marked › here."""

    class FolderChosen(Message):
        """The reader wants this folder (Enter, click)."""

        def __init__(self, folder_id: int) -> None:
            super().__init__()
            self.folder_id = folder_id

    class ListChosen(Message):
        """The reader wants this list, which is no folder."""

        def __init__(self, key: Hashable) -> None:
            super().__init__()
            self.key = key

    class AccountChosen(Message):
        """The reader wants to know about this account, which has no folders yet."""

        def __init__(self, account: str) -> None:
            super().__init__()
            self.account = account

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._folders: Sequence[Folder] = ()
        self._states: Sequence[AccountState] = ()
        self._above: Sequence[OtherList] = ()
        self._searches: Sequence[OtherList] = ()
        self._folded: set[LineKey] = set()
        self._tree_lines: list[TreeLine] = []
        self._cursor = 0

    # --- data down ---------------------------------------------------------------------------
    def update(self, folders: Sequence[Folder], states: Sequence[AccountState] = ()) -> None:
        """Show these; cursor and folding stay where they are."""
        self._folders, self._states = tuple(folders), tuple(states)
        self._rebuild()

    def put_lists(self, above: Sequence[OtherList], searches: Sequence[OtherList]) -> None:
        """Show these besides the folders: lists over all accounts above them, searches below."""
        self._above, self._searches = tuple(above), tuple(searches)
        self._rebuild()

    def watch_current(self) -> None:
        """The cursor follows the open folder while the reader is elsewhere."""
        if not self.has_focus:
            for index, line in enumerate(self._tree_lines):
                if _opens(line) is not None and _opens(line) == self.current:
                    self._move(index)

    def next_folder(self, direction: int) -> int | None:
        """Id of the folder after (1) or before (-1) the current one in the order shown; None at the end."""
        ids = [line.folder_id for line in self._tree_lines if line.folder_id is not None]
        if self.current not in ids:
            return ids[0 if direction > 0 else -1] if ids else None
        place = ids.index(self.current) + direction
        return ids[place] if 0 <= place < len(ids) else None

    @property
    def cursor_folder(self) -> int | None:
        """Id of the folder under the cursor; None on an account or a level that is no folder."""
        return self._tree_lines[self._cursor].folder_id if self._tree_lines else None

    @property
    def cursor_list(self) -> Hashable:
        """Key of the other list under the cursor; None on anything else."""
        return self._tree_lines[self._cursor].opens if self._tree_lines else None

    def _rebuild(self) -> None:
        key = self._tree_lines[self._cursor].key if self._tree_lines else None
        lines = tree_lines(self._folders, self._states, self._folded, self._above, self._searches)
        if lines == self._tree_lines:
            return  # a sync tells much that changes no line here
        before, self._tree_lines = self._tree_lines, lines
        if [line.key for line in lines] == [line.key for line in before]:
            for index, (line, old) in enumerate(zip(lines, before, strict=True)):
                if line != old:  # a count: one line is painted, not the pane
                    self.refresh(Region(0, index - self.scroll_offset.y, self.size.width, 1))
            return
        places = [index for index, line in enumerate(self._tree_lines) if line.key == key]
        self._cursor = places[0] if places else max(0, min(self._cursor, len(self._tree_lines) - 1))
        if key is None:
            self.watch_current()
        self._resized()

    def _resized(self) -> None:
        self.virtual_size = Size(self.scrollable_content_region.width, len(self._tree_lines))
        self.refresh()

    def on_resize(self) -> None:
        self._resized()
        self._move(self._cursor)

    # --- keys and mouse ------------------------------------------------------------------------
    def _move(self, index: int) -> None:
        self._cursor = max(0, min(index, len(self._tree_lines) - 1))
        top, height = self.scroll_offset.y, self.scrollable_content_region.height
        if height and not top <= self._cursor < top + height:
            line = self._cursor if self._cursor < top else self._cursor - height + 1
            self.scroll_to(y=line, animate=False, force=True)
        self.refresh()

    def action_cursor(self, lines: int) -> None:
        self._move(self._cursor + lines)

    def action_jump(self, where: str) -> None:
        self._move(0 if where == "top" else len(self._tree_lines) - 1)

    def action_choose_folder(self) -> None:
        """Open the folder; a line that cannot be opened folds or unfolds instead."""
        if self.cursor_list is not None:
            self.post_message(self.ListChosen(self.cursor_list))
        elif self._tree_lines and (account := self._tree_lines[self._cursor].account):
            self.post_message(self.AccountChosen(account))
        elif self.cursor_folder is None:
            self.action_toggle_fold()
        else:
            self.post_message(self.FolderChosen(self.cursor_folder))

    def action_toggle_fold(self) -> None:
        if self._tree_lines and self._tree_lines[self._cursor].foldable:
            self._folded ^= {self._tree_lines[self._cursor].key}
            self._rebuild()

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is not None and (index := offset.y + self.scroll_offset.y) < len(self._tree_lines):
            self._move(index)
            self.action_choose_folder()

    # --- painting ----------------------------------------------------------------------------------
    def render_line(self, y: int) -> Strip:
        index, width = y + self.scroll_offset.y, self.scrollable_content_region.width
        if index >= len(self._tree_lines):
            return Strip.blank(width, self.rich_style)
        line = self._tree_lines[index]
        name = "folder"
        current = _opens(line) is not None and _opens(line) == self.current
        if line.depth == 0 and not line.key[1]:
            name = "account"
        elif _opens(line) is None:
            name = "disabled"
        elif current:
            name = "current"
        elif line.unread:
            name = "unread"
        words = self.get_component_rich_style(f"folder-tree--{name}")
        quiet = self.get_component_rich_style("folder-tree--glyph")
        mark = self.get_component_rich_style("folder-tree--current")
        if index == self._cursor:
            over = self.get_component_rich_style("folder-tree--cursor")
            ground = Style(bgcolor=over.bgcolor, reverse=over.reverse)
            if self.has_focus:
                ground += Style(color=over.color)
            words, quiet, mark = words + ground, quiet + ground, mark + ground
        bar = ("▌" if index == self._cursor else " ") + ("›" if current else " ")
        glyph = LINE_GLYPHS[line.line] if name == "account" else ROLE_GLYPHS[line.role]
        if line.opens is not None and line.role is Role.NONE:
            glyph = SEARCH_GLYPH
        indent = "  " * min(line.depth, max(0, width // 2 - 6))
        fold = (" ▸" if line.folded else " ▾") if line.foldable else ""
        count = f" {line.unread:,} " if line.unread else " "
        if line.total is not None:
            count = f" {line.unread:,}/{line.total:,} " if line.unread else f" {line.total:,} "
        room = max(0, width - 4 - len(indent) - len(fold) - len(count))
        label = fit(line.label, min(room, cell_len(line.label[: room * 8])))
        rest = room - cell_len(label)
        segments = [
            Segment(bar, mark),
            Segment(f"{indent}{glyph} ", quiet),
            Segment(label, words),
            Segment(fold + " " * rest, quiet),
            Segment(count, words),
        ]
        return Strip(segments).adjust_cell_length(width, words)


def _opens(line: TreeLine) -> Hashable:
    return line.opens if line.folder_id is None else line.folder_id
