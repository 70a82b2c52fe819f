"""Folders as the lines of a tree: hierarchy from names, what is folded left out. Pure."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass, field

from tuimail.changes import AccountState, Line
from tuimail.model import Folder, Role
from tuimail.records import Record

DEEPEST = 20
"""Levels of a name that are told apart; a longer name keeps its rest in one piece."""

LineKey = tuple[int, str]
"""(account id, full name); the name of an account's own line is "". Stays the same while folders come and go."""


SEARCHES: LineKey = (-1, "")
"""The line above the searches that are kept."""
UNREACHED = -2
"""Stands for the id of the first account that has not been reached yet, -3 for that of the second."""


class OtherList(Record):
    """A list that is no folder: all inboxes, a search that is kept."""

    key: Hashable
    """What it is called among the lists (`Source.key`)."""
    label: str
    unread: int = 0
    total: int | None = None
    """None: the messages are not counted."""


class TreeLine(Record):
    """One line of the tree."""

    key: LineKey
    depth: int
    label: str
    folder_id: int | None
    """None: an account, or a level that is no folder or cannot be opened."""
    role: Role = Role.NONE
    unread: int = 0
    """Unread messages here; of a folded line, those hidden below it as well."""
    foldable: bool = False
    folded: bool = False
    line: Line | None = None
    """For an account: the state of its connection."""
    account: str = ""
    """Set for an account of which nothing is known but its name: it has not been reached yet."""
    opens: Hashable = None
    """The key of another list that this line stands for."""
    total: int | None = None
    """Messages there, where that is told."""


@dataclass(slots=True)
class _Node:
    key: LineKey
    label: str
    folder: Folder | None = None
    children: dict[str, _Node] = field(default_factory=dict)

    def unread(self) -> int:
        own = self.folder.unread if self.folder else 0
        return own + sum(child.unread() for child in self.children.values())


def _levels(folder: Folder) -> list[str]:
    if not folder.separator:
        return [folder.name]
    return folder.name.split(folder.separator, DEEPEST)


def tree_lines(
    folders: Sequence[Folder],
    states: Sequence[AccountState],
    folded: Collection[LineKey],
    above: Sequence[OtherList] = (),
    searches: Sequence[OtherList] = (),
) -> list[TreeLine]:
    """The lines in the order given, children below their parents; accounts as roots when there is more than one.

    An account without folders has a line, too: it may be the one that needs its owner.
    above: lists over all accounts, first of all. searches: those that are kept, last of all.
    """
    accounts: dict[int, _Node] = {}
    for folder in folders:
        root = accounts.setdefault(folder.account_id, _Node((folder.account_id, ""), folder.account))
        node, so_far = root, ""
        for level in _levels(folder):
            so_far = f"{so_far}{folder.separator}{level}" if so_far else level
            node = node.children.setdefault(level, _Node((folder.account_id, so_far), level))
        node.folder = folder
    line_of = {state.account: state.line for state in states}
    unreached = line_of.keys() - {root.label for root in accounts.values()}
    several = len(accounts) + len(unreached) > 1
    lines = [TreeLine((0, each.label), 0, each.label, None, Role.INBOX, each.unread, opens=each.key) for each in above]
    for root in accounts.values():
        if several:
            closed = root.key in folded
            unread = root.unread() if closed else 0
            line = line_of.get(root.label)
            lines.append(TreeLine(root.key, 0, root.label, None, Role.NONE, unread, True, closed, line))
            if closed:
                continue
        for child in root.children.values():
            _add(child, several, folded, lines)
    for place, state in enumerate(states):
        if several and state.account in unreached:
            key = (UNREACHED - place, "")
            lines.append(TreeLine(key, 0, state.account, None, line=state.line, account=state.account))
    if searches:
        closed = SEARCHES in folded
        lines.append(TreeLine(SEARCHES, 0, "Searches", None, foldable=True, folded=closed))
        for each in searches if not closed else ():
            key = (SEARCHES[0], each.label)
            lines.append(TreeLine(key, 1, each.label, None, unread=each.unread, opens=each.key, total=each.total))
    return lines


def _add(node: _Node, depth: int, folded: Collection[LineKey], lines: list[TreeLine]) -> None:
    folder = node.folder
    closed = bool(node.children) and node.key in folded
    unread = node.unread() if closed else folder.unread if folder else 0
    folder_id = folder.id if folder and folder.selectable else None
    role = folder.role if folder else Role.NONE
    # INBOX is written in capitals by the protocol (RFC 3501 §5.1), not by people.
    label = "Inbox" if role is Role.INBOX and node.label.upper() == "INBOX" else node.label
    lines.append(TreeLine(node.key, depth, label, folder_id, role, unread, bool(node.children), closed))
    if not closed:
        for child in node.children.values():
            _add(child, depth + 1, folded, lines)
