"""Selectors of more than one name (`.preheader td`, `div > p`, `td.small.grey`): which elements they mean.

Senders hide text by them, too. One pass over the tree, and a bound on the comparisons, for a thousand rules over a
thousand nested tables could keep us busy for minutes.
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
_STEP = re.compile(r"(\*|[a-z][a-z0-9]*)?((?:[.#][a-z0-9_-]{1,80}){0,4})")
_MARKED = re.compile(r"[.#][^.#]+")


class Chain(NamedTuple):
    """A selector, outermost step first. Each step is what an element must have of: its tag, .class, #id."""

    steps: tuple[frozenset[str], ...]
    beneath: tuple[bool, ...]
    """For each step whether the one before it must be its very parent."""
    style: Style


def read_chain(selector: str, style: Style) -> Chain | None:
    """A selector in lower case; None for one that is not understood."""
    steps: list[frozenset[str]] = []
    beneath: list[bool] = []
    direct = False
    for word in selector.replace(">", " > ").split()[: 2 * MOST_STEPS + 1]:
        if word == ">":
            direct = bool(steps)
            continue
        found = _STEP.fullmatch(word)
        if found is None or len(steps) == MOST_STEPS:
            return None
        steps.append(frozenset([*_MARKED.findall(found[2]), *([found[1]] if found[1] else [])]) or frozenset("*"))
        beneath.append(direct)
        direct = False
    if len(steps) > 1 and steps[0] == {"html"}:  # everything is in it, and the tree has no node for it
        del steps[0], beneath[0]
        beneath[0] = False
    return Chain(tuple(steps), tuple(beneath), style) if steps and not direct else None


def styles(root: Node, chains: Sequence[Chain]) -> dict[int, Style]:
    """By `id` of the elements that chains mean: what they say of them, the last one above the others."""
    return dict(_Matching(chains).below(root)) if chains else {}


class _Matching:
    def __init__(self, chains: Sequence[Chain]) -> None:
        self._ending: dict[str, list[tuple[int, Chain]]] = {}
        """By one name of the last step."""
        for number, chain in enumerate(chains):
            self._ending.setdefault(max(chain.steps[-1], key=len), []).append((number, chain))
        self._left = MOST_COMPARISONS

    def below(self, root: Node) -> Iterator[tuple[int, Style]]:
        path: list[frozenset[str]] = []
        waiting = [(root, 0)]
        while waiting and self._left > 0:
            node, depth = waiting.pop()
            del path[depth:]
            names = _names(node)
            found = sorted(
                (number, chain.style)
                for name in names
                for number, chain in self._ending.get(name, ())
                if self._is(chain.steps[-1], names) and self._stands(chain, len(chain.steps) - 2, path, depth - 1)
            )
            if found:
                style = NO_STYLE
                for _, said in found:
                    style = over(style, said)
                yield id(node), style
            path.append(names)
            waiting.extend((kid, depth + 1) for kid in node.kids if kid.tag != "#text")

    def _is(self, step: frozenset[str], names: frozenset[str]) -> bool:
        self._left -= 1
        return self._left > 0 and step <= names

    def _stands(self, chain: Chain, step: int, path: Sequence[frozenset[str]], level: int) -> bool:
        """The steps up to this one are found on the path from this level upwards."""
        if step < 0:
            return True
        last = level if chain.beneath[step + 1] else 0
        return any(
            self._is(chain.steps[step], path[at]) and self._stands(chain, step - 1, path, at - 1)
            for at in range(level, max(last, 0) - 1, -1)
        )


def _names(node: Node) -> frozenset[str]:
    at = node.attributes
    if not at:
        return frozenset(("*", node.tag))
    classes = (f".{name}" for name in at.get("class", "").lower().split()[:20])
    return frozenset(("*", node.tag, *classes, *([f"#{at['id'].lower()}"] if at.get("id") else ())))
