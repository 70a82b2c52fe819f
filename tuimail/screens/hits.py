"""A search as a list: what the store finds, newest first, and below a rule what only servers knew of.

Rows do not vanish under the reader's hands: a message that no longer is what was asked for (it was read, say) stays
until the next question; one that left the folders that are searched goes at once. Server hits stay below the rule in
the order in which they came, so nothing that is on the screen moves when more of them come.
"""

from __future__ import annotations

import asyncio
import re
from array import array
from collections.abc import AsyncIterator, Collection, Container, Hashable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from tuimail.model import Only, Summary
from tuimail.screens.sources import IdRows, placed
from tuimail.widgets.marking import Wanted, pattern_of_words
from tuimail.widgets.rows import Rule

if TYPE_CHECKING:
    from tuimail.mail import Mail
    from tuimail.query import Node, Query

_RULE = 0
"""Stands for the rule among the ids; no message has it."""
PAGE = 200
"""Hits that come at once, where there are so many; fewer are all."""
_FEW = 2_000
"""Messages that may stay though they are no hits any more."""


class Asked(Protocol):
    """A question for the first hits, as the store takes it."""

    def within(self, seconds: float) -> list[int] | None:
        """Stand still for the answer, so long at most; None: not here yet."""

    async def answer(self) -> list[int]:
        """The ids, newest first. Raises StoreError."""

    def break_off(self) -> None:
        """Nobody wants it any more."""


class Search:
    """The order of a search's own hits."""

    def __init__(self, mail: Mail, query: Query, folders: Sequence[int] | None, key: Hashable) -> None:
        self._mail = mail
        self.query = query
        self.folders = folders
        self.key = key

    def first(self) -> Sequence[int]:
        return ()

    async def all(self) -> Sequence[int]:
        return await self._mail.searching.ids(self.query, self.folders)

    def dress(self, rows: list[Summary | None]) -> list[Summary | None]:
        one = self.folders is not None and len(self.folders) == 1
        return rows if one else placed(self._mail, rows)


class Hits(IdRows):
    """The rows of a Search. folders: only there; None: everywhere. key: as of a Source."""

    def __init__(
        self, mail: Mail, query: Query, folders: Sequence[int] | None = None, key: Hashable = "search"
    ) -> None:
        self.query = query
        self._where = mail.searching.where(query, folders)
        super().__init__(mail, Search(mail, query, folders, key))
        self._ours = self._ids
        self._theirs: list[int] = []
        self._words = ""
        self._asked: Asked | None = None
        self.known = False
        """All of ours are here, not only the first of them."""

    @cached_property
    def pattern(self) -> re.Pattern[str] | None:
        """What finds the words of the question in a text."""
        return pattern_of_words(_wanted(self.query.node))

    @cached_property
    def wanted(self) -> Wanted | None:
        """The same for many rows at once, known sooner."""
        return Wanted.of(_wanted(self.query.node))

    @property
    def counted(self) -> str:
        """How many there are, in words."""
        count = len(self._ours)
        ours = f"{count:,}" if self.known else f"{count:,}+" if count else "…"
        return f"{ours} + {len(self._theirs):,} from the server" if self._theirs else ours

    @property
    def found(self) -> bool:
        """There are rows."""
        return bool(self._ours or self._theirs)

    def begin(self, patience: float) -> bool:
        """Ask for the first ones, and stand still for them, so many seconds at most. False: `begun` waits for them."""
        self._asked = self._mail.searching.first(self.query, self.order.folders)
        found = self._asked.within(patience)
        if found is not None:
            self._begin_with(found)
        return found is not None

    async def begun(self) -> None:
        """Wait for the first ones. Raises StoreError."""
        if self._asked is not None:
            self._begin_with(await self._asked.answer())

    def _begin_with(self, found: list[int]) -> None:
        self.known = len(found) < PAGE
        self._put(array("q", found), self._theirs)

    def rule(self, words: str) -> None:
        """Say something below our own hits; "" takes the rule away, if nothing stands below it."""
        self._words = words
        self._put(self._ours, self._theirs)

    async def ask_servers(self) -> AsyncIterator[int]:
        """Add what servers find besides; yields how many there are whenever there are more. Raises StoreError."""
        async for some in self._mail.searching.on_server(self.query, self.order.folders):
            known = {*self._ours, *self._theirs}
            self._put(self._ours, self._theirs + [id_ for id_ in some if id_ not in known])
            yield len(self._theirs)

    def stop(self) -> None:
        """It is not looked at any more: what is being asked and gathered is not wanted."""
        if self._asked is not None:
            self._asked.break_off()
        if self._renewing is not None:
            self._renewing.cancel()

    # --- rows -----------------------------------------------------------------------------------------

    def page(self, offset: int, limit: int) -> Sequence[Summary | Rule | None]:
        rows = list(super().page(offset, limit))
        place = len(self._ours) - offset
        if self._words and 0 <= place < len(rows):
            rows[place] = Rule(self._words)
        return rows

    def between(self, start: int, end: int) -> Sequence[int]:
        return [id_ for id_ in self._ids[start:end] if id_ != _RULE]

    async def every(self, only: Only = Only.ALL, like: int = 0) -> Sequence[int]:
        return self.between(0, len(self._ids)) if only is Only.ALL else await super().every(only, like)

    def forget(self, ids: Collection[int]) -> None:
        if gone := set(ids) - self._mail.lists.still_in(ids, self._where):
            ours = array("q", (id_ for id_ in self._ours if id_ not in gone))
            self._put(ours, [id_ for id_ in self._theirs if id_ not in gone])

    async def _renew(self) -> None:
        while self._stale:
            self._stale = False
            before = self._ours
            found = await self.order.all()
            missing = await asyncio.to_thread(_missing, before, found)
            there = self._mail.lists.still_in(missing, self._where) if len(missing) <= _FEW else set()
            ours = await asyncio.to_thread(_merged, before, found, there, frozenset(self._theirs))
            if not self._stale:  # else something was done meanwhile, and it is gathered again
                self.known = True
                still = self._mail.lists.still_in(self._theirs, self._where)
                self._put(ours, [id_ for id_ in self._theirs if id_ in still])

    def _put(self, ours: array[int], theirs: list[int]) -> None:
        self._ours, self._theirs = ours, theirs
        self._ids = ours + array("q", [_RULE, *theirs]) if self._words else ours


def _wanted(node: Node) -> Iterator[str]:
    """The words that were asked for; not those that shall not be there."""
    from tuimail.query import All, Any, Words  # not needed for the first picture

    match node:
        case All(nodes) | Any(nodes):
            for one in nodes:
                yield from _wanted(one)
        case Words("" | "from" | "subject" | "body", text):
            yield text


def _missing(before: Sequence[int], found: Sequence[int]) -> set[int]:
    return set(before).difference(found)


def _merged(before: Sequence[int], found: Sequence[int], stays: Container[int], below: Collection[int]) -> array[int]:
    """What was found, without what stands below the rule, and what stays, each before what it stood before."""
    if below:
        found = [id_ for id_ in found if id_ not in below]
    if not stays:
        return array("q", found)
    there, above = set(found), dict[int, list[int]]()
    waiting: list[int] = []
    last = 0
    for id_ in before:
        if id_ in there:
            above[id_], waiting, last = waiting, [], id_
        elif id_ in stays:
            waiting.append(id_)
    merged = array("q", () if last else waiting)
    for id_ in found:
        merged.extend(above.get(id_, ()))
        merged.append(id_)
        if id_ == last:
            merged.extend(waiting)
    return merged
