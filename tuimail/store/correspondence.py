"""Replies that do not say what they answer, matched by who writes to whom.

Every message in an inbox has its owner in common with every other, so a shared participant proves nothing. Two messages
belong together here when somebody wrote to somebody in one, and either of the two to the other in the second; or when
both came over the same list.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

MOST_PEOPLE = 20
"""Recipients that are looked at."""

_ADDRESS = re.compile(r"[^\s<>,;:\"()\[\]@]{1,200}+@[^\s<>,;:\"()\[\]@]{1,200}+")


class Letter(NamedTuple):
    """What of a message matters here; all letters that are compared have one base subject."""

    node: int
    """Which thread or message it stands for."""
    date: int
    reply: bool
    """It calls itself a reply and has no references."""
    email: str
    addressed: str
    """All of To and Cc."""
    list_id: str


def answers(letters: Sequence[Letter], near: int) -> Iterator[tuple[int, int]]:
    """Pairs of nodes that are one conversation: a reply and what came less than `near` seconds before it.

    Not every such pair, but enough that all that belong together hang together; linear after a sort.
    """
    between: dict[tuple[str, str], list[Letter]] = {}
    for letter in sorted(letters, key=lambda letter: (letter.date, letter.reply, letter.node)):
        for pair in _pairs(letter):
            waiting = between.setdefault(pair, [])
            if letter.reply:
                for earlier in waiting:
                    if letter.date - earlier.date < near:
                        yield letter.node, earlier.node
                waiting.clear()  # a later reply that would reach these reaches this one, too
            waiting.append(letter)


def _pairs(letter: Letter) -> Iterable[tuple[str, str]]:
    author = letter.email.lower()
    pairs = {("", letter.list_id)} if letter.list_id else set()
    for found in _ADDRESS.finditer(letter.addressed.lower()):
        person = found[0]
        pairs.add((author, person) if author < person else (person, author))
        if len(pairs) >= MOST_PEOPLE:
            break
    return pairs
