"""Where a list gets its rows: whole pages on demand, a few of them remembered, never the whole folder."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Sequence
from typing import Protocol

from tuimail.model import Summary
from tuimail.records import Record

PAGE = 64
"""Rows asked for at once; pages start at multiples of this."""
PAGES_KEPT = 16


class Rule(Record):
    """A row that is a line with words in it; the cursor passes over it."""

    words: str


class RowSource(Protocol):
    """Rows of one list. Each answer is at once (a bounded query); the list never waits."""

    def count(self) -> int:
        """Rows there are, those still on their way (painted as placeholders) included."""

    def page(self, offset: int, limit: int) -> Sequence[Summary | Rule | None]:
        """Rows offset … offset + limit, None for one that is not here (any more); fewer when the rest is not here."""

    def position(self, message_id: int) -> int | None:
        """At which row a message stands; None when it is not here (any more)."""

    def still(self, ids: Collection[int]) -> set[int]:
        """Those of these messages that are in the list."""

    def between(self, start: int, end: int) -> Sequence[int]:
        """The messages of the rows [start, end)."""


class NoRows:
    """The source of a list that shows nothing yet."""

    def count(self) -> int:
        return 0

    def page(self, offset: int, limit: int) -> Sequence[Summary]:
        return ()

    def position(self, message_id: int) -> int | None:
        return None

    def still(self, ids: Collection[int]) -> set[int]:
        return set()

    def between(self, start: int, end: int) -> Sequence[int]:
        return ()


class Rows:
    """What is remembered of a source between two changes of its data; made anew when the data changes."""

    def __init__(self, source: RowSource) -> None:
        self.source = source
        self.count = source.count()
        self._pages: OrderedDict[int, Sequence[Summary | Rule | None]] = OrderedDict()

    def line(self, index: int) -> Summary | Rule | None:
        """What stands there, asking the source for its page when it is not remembered; None: not here yet."""
        if not 0 <= index < self.count:
            return None
        number, place = divmod(index, PAGE)
        page = self._pages.get(number)
        if page is None:
            page = self._pages[number] = self.source.page(number * PAGE, PAGE)
            if len(self._pages) > PAGES_KEPT:
                self._pages.popitem(last=False)
        else:
            self._pages.move_to_end(number)
        return page[place] if place < len(page) else None

    def at(self, index: int) -> Summary | None:
        """The row; None: not here yet, or no message."""
        line = self.line(index)
        return None if isinstance(line, Rule) else line

    def remembered(self, index: int) -> Summary | Rule | None:
        """What stands there if its page is at hand; never asks the source."""
        number, place = divmod(index, PAGE)
        page = self._pages.get(number, ())
        return page[place] if index >= 0 and place < len(page) else None
