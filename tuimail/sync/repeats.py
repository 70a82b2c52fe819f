"""What a reader has read of a thread already, so that an answer can be shown without it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping

from tuimail.model import Message
from tuimail.records import replace
from tuimail.store import ancestors, bodies
from tuimail.store.database import Database

REMEMBERED = 500
"""Messages whose words are kept as numbers."""

Read = Callable[[int, Mapping[str, bytes]], Message]


class Repeats:
    """Remembers what messages said, and folds in a message what the ones it answers have said. `read` parses."""

    def __init__(self, database: Database, read: Read) -> None:
        self._database = database
        self._read = read
        self._said: OrderedDict[int, frozenset[int]] = OrderedDict()

    async def fold(self, message: Message) -> Message:
        """The message with its folds; the work is done in a thread."""
        before = ancestors.ancestors(self._database.read, message.id)
        known = [self._said[each] for each in before if each in self._said]
        unknown = [each for each in before if each not in self._said]
        folded, learned = await asyncio.to_thread(self._fold, message, known, unknown)
        for each, said in learned.items():
            self._said[each] = said
            self._said.move_to_end(each)
        while len(self._said) > REMEMBERED:
            self._said.popitem(last=False)
        return folded

    def _fold(
        self, message: Message, known: Iterable[frozenset[int]], unknown: Iterable[int]
    ) -> tuple[Message, dict[int, frozenset[int]]]:
        from tuimail.content.quotes import folded, said

        learned = dict(self._learn(unknown))
        before = frozenset[int]().union(*known, *learned.values())
        learned[message.id] = said(message.document)
        return replace(message, document=folded(message.document, before)), learned

    def _learn(self, ids: Iterable[int]) -> Iterator[tuple[int, frozenset[int]]]:
        from tuimail.content.quotes import said

        if not (ids := tuple(ids)):
            return
        with self._database.reading() as db:
            for each in ids:
                if sections := bodies.get_body(db, each):
                    yield each, said(self._read(each, sections).document)
