"""A thread as a tree, and the lines that draw it: pure, linear, without recursion.

Parents are made of References, which anybody may write: they may be missing, form circles, or be ten thousand deep.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tuimail.records import Record

DEEPEST = 6
"""Levels that are indented; what is deeper stands below each other behind DEEPER."""
DEEPER = "⋯ "
_CHILD, _LAST = "├─▸ ", "└─▸ "
_PASSING, _PAST = "│ ", "  "


class Leaf(Record):
    """A message of a thread, before it has a place in the tree."""

    id: int
    name: str
    """Its Message-ID; copies of one message have the same."""
    refs: str
    """Message-IDs of its ancestors, oldest first, blanks between them."""
    date: int
    nearness: int = 0
    """Which of several copies is shown: the one with the lowest."""


class Branch(Record):
    """A message in its place."""

    id: int
    depth: int
    drawing: str
    """What stands before its subject, "" for the first; at most 14 cells."""


def arrange(leaves: Iterable[Leaf]) -> list[Branch]:
    """The messages of one thread in the order they are shown: each under the nearest ancestor that is here.

    Siblings stand by date. Copies of one message are shown once. What hangs on an ancestor that nobody has stands under
    the oldest message, which would be its brother.
    """
    shown: dict[str, Leaf] = {}
    for leaf in leaves:
        known = shown.get(leaf.name)
        if known is None or (leaf.nearness, leaf.id) < (known.nearness, known.id):
            shown[leaf.name] = leaf
    if not shown:
        return []
    order = sorted(shown.values(), key=lambda leaf: (leaf.date, leaf.id))
    parents = {leaf.name: _parent(leaf, shown) for leaf in order}
    _cut_circles(order, parents)
    first = next(leaf.name for leaf in order if not parents[leaf.name])
    children: dict[str, list[Leaf]] = {}
    for leaf in order:
        if leaf.name != first:
            children.setdefault(parents[leaf.name] or first, []).append(leaf)
    return _walk(shown[first], children)


def _parent(leaf: Leaf, shown: dict[str, Leaf]) -> str:
    """The last of its references that is here and not itself; "" when there is none."""
    end = len(leaf.refs)
    while end > 0:
        start = leaf.refs.rfind(" ", 0, end)
        name = leaf.refs[start + 1 : end]
        if name in shown and name != leaf.name:
            return name
        end = start
    return ""


def _cut_circles(order: Sequence[Leaf], parents: dict[str, str]) -> None:
    """Going up from anywhere must end: of each circle the oldest message loses its parent."""
    seen: dict[str, int] = {}
    age = {leaf.name: number for number, leaf in enumerate(order)}
    for turn, leaf in enumerate(order):
        name = leaf.name
        while name and name not in seen:
            seen[name] = turn
            name = parents[name]
        if name and seen[name] == turn:
            circle = [name]
            while (name := parents[name]) != circle[0]:
                circle.append(name)
            parents[min(circle, key=age.__getitem__)] = ""


def _walk(first: Leaf, children: dict[str, list[Leaf]]) -> list[Branch]:
    """Depth first. The stack holds (message, depth, what is drawn before its corner, its corner)."""
    branches: list[Branch] = []
    stack = [(first, 0, "", "")]
    while stack:
        leaf, depth, before, corner = stack.pop()
        branches.append(Branch(leaf.id, depth, before + corner if depth <= DEEPEST else DEEPER + corner))
        below = before + (_PAST if corner == _LAST else _PASSING) if 0 < depth < DEEPEST else before
        answers = children.get(leaf.name, ())
        stack += [
            (answer, depth + 1, below, _LAST if number == 0 else _CHILD)
            for number, answer in enumerate(reversed(answers))
        ]
    return branches
