"""Selectors of more than one name (`.preheader td`, `td.small.grey`, `[data-x=no]`, `h1 + p`): what elements they mean.

Senders hide text by them, too. One pass over the tree, and a bound on the comparisons, for a thousand rules over a
thousand nested tables could keep us busy for minutes. What depends on the state of a window (`:hover`, `:checked`) or
on the number of an element (`:nth-child`) is not understood, and then the whole selector is as if it were not there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tuimail.content.htmlcss import NO_STYLE, Style, over
from tuimail.content.htmltree import Node

MOST_STEPS = 6
MOST_COMPARISONS = 200_000
"""For one mail, some 50 ms; elements after that are as if no such rule were there."""
LONGEST_VALUE = 2_000
"""Characters of an attribute that are looked at."""
_NAME = r"[a-z_][a-z0-9_-]{0,80}"
_VALUE = r"""(?:"([^"\]]*)"|'([^'\]]*)'|([^\s"'\]]+))"""
_ATTRIBUTE = re.compile(rf"\[\s*({_NAME})\s*(?:([~|^$*]?)=\s*{_VALUE}\s*(?:[is]\s*)?)?\]")
_TAG = re.compile(r"\*|[a-z][a-z0-9]*")
_MARKED = re.compile(r"[.#][a-z0-9_-]{1,80}")
_BETWEEN = re.compile(r"\s*([>+~\s])\s*")

Names = frozenset[str]
"""What an element has: "*", its tag, .class, #id, and every condition on an attribute that it meets."""


class Condition(NamedTuple):
    """What a selector asks of an attribute (Selectors Level 4, §6); `how` is "", "=", "~", "|", "^", "$" or "*"."""

    name: str
    how: str
    value: str

    def met_by(self, value: str) -> bool:
        """Whether an attribute that is there has the value. Case counts for nothing, as for classes."""
        value, wanted = value[:LONGEST_VALUE].lower(), self.value
        match self.how:
            case "":
                return True
            case "=":
                return value == wanted
            case "|":
                return value == wanted or value.startswith(wanted + "-")
            case "~":
                return wanted in value.split()
            case "^":
                return bool(wanted) and value.startswith(wanted)
            case "$":
                return bool(wanted) and value.endswith(wanted)
            case _:
                return bool(wanted) and wanted in value

    def __str__(self) -> str:
        return f"[{self.name}{self.how}={self.value}]"


class Step(NamedTuple):
    """One element of a selector: what it must have, and how it stands to the one before it.

    `place` is one of " " (inside of it), ">" (its child), "+" (next to it), "~" (behind it, of one parent).
    """

    needs: Names
    place: str


class Chain(NamedTuple):
    """A selector, outermost step first."""

    steps: tuple[Step, ...]
    conditions: tuple[Condition, ...]
    style: Style


def read_chain(selector: str, style: Style) -> Chain | None:
    """A selector in lower case; None for one that is not understood."""
    steps: list[Step] = []
    conditions: list[Condition] = []
    at, place = 0, " "
    while at < len(selector) and len(steps) < MOST_STEPS:
        needs: set[str] = set()
        if tag := _TAG.match(selector, at):
            needs.add(tag[0])
            at = tag.end()
        while marked := _MARKED.match(selector, at) or _ATTRIBUTE.match(selector, at):
            at = marked.end()
            if marked.re is _MARKED:
                needs.add(marked[0])
            else:
                name, how, *values = marked.groups()
                value = next((value for value in values if value is not None), None)
                conditions.append(Condition(name, "" if value is None else how or "=", value or ""))
                needs.add(str(conditions[-1]))
        if not needs:
            return None
        steps.append(Step(frozenset(needs), place))
        if at == len(selector):
            return _chain(steps, conditions, style)
        between = _BETWEEN.match(selector, at)
        if between is None:
            return None
        at, place = between.end(), between[1] if between[1] in ">+~" else " "
    return None


def _chain(steps: list[Step], conditions: list[Condition], style: Style) -> Chain | None:
    if len(steps) > 1 and steps[0].needs == {"html"}:  # everything is in it, and the tree has no node for it
        if steps[1].place not in " >":
            return None
        del steps[0]
    return Chain(tuple(steps), tuple(conditions), style)


def styles(root: Node, chains: Sequence[Chain]) -> dict[int, Style]:
    """By `id` of the elements that chains mean: what they say of them, the last one above the others."""
    return dict(_Matching(chains).below(root)) if chains else {}


class _Matching:
    def __init__(self, chains: Sequence[Chain]) -> None:
        self._ending: dict[str, list[tuple[int, Chain]]] = {}
        """By one name of the last step."""
        self._conditions: dict[str, set[Condition]] = {}
        """By the attribute they ask for."""
        for number, chain in enumerate(chains):
            self._ending.setdefault(max(chain.steps[-1].needs, key=len), []).append((number, chain))
            for condition in chain.conditions:
                self._conditions.setdefault(condition.name, set()).add(condition)
        self._left = MOST_COMPARISONS
        self._path: list[tuple[Sequence[Names], int]] = []
        """For each level above the element, and for its own, the names of all siblings and which of them it is."""

    def below(self, root: Node) -> Iterator[tuple[int, Style]]:
        waiting = [(root, 0, [self._names(root)], 0)]
        while waiting and self._left > 0:
            node, level, family, place = waiting.pop()
            del self._path[level:]
            self._path.append((family, place))
            found = sorted(
                (number, chain.style)
                for name in family[place]
                for number, chain in self._ending.get(name, ())
                if self._ends(chain.steps, len(chain.steps) - 1, level, place)
            )
            if found:
                style = NO_STYLE
                for _, said in found:
                    style = over(style, said)
                yield id(node), style
            kids = [kid for kid in node.kids if kid.tag != "#text"]
            names = [self._names(kid) for kid in kids]
            waiting.extend((kid, level + 1, names, number) for number, kid in enumerate(kids))

    def _ends(self, steps: Sequence[Step], last: int, level: int, place: int) -> bool:
        """Whether the steps up to the last one end in that element: `place` of the family on a level of the path."""
        self._left -= 1
        if self._left <= 0 or not steps[last].needs <= self._path[level][0][place]:
            return False
        if not last:
            return True
        match steps[last].place:
            case "+":
                before = [(level, place - 1)] if place else []
            case "~":
                before = [(level, sibling) for sibling in range(place)]
            case ">":
                before = [(level - 1, self._path[level - 1][1])] if level else []
            case _:
                before = [(above, self._path[above][1]) for above in range(level)]
        return any(self._ends(steps, last - 1, *element) for element in reversed(before))

    def _names(self, node: Node) -> Names:
        at = node.attributes
        if not at:
            return frozenset(("*", node.tag))
        names = ["*", node.tag, *(f".{name}" for name in at.get("class", "").lower().split()[:20])]
        if at.get("id"):
            names.append(f"#{at['id'].lower()}")
        for name in self._conditions.keys() & at.keys() if self._conditions else ():
            self._left -= len(self._conditions[name])
            names += [str(condition) for condition in self._conditions[name] if condition.met_by(at[name])]
        return frozenset(names)
