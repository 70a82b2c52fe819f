"""`Mail.searching` over the letters of a FakeMail: a test says what servers know besides, and when they answer."""

from __future__ import annotations

import asyncio
import re
from array import array
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING

from tests.fakes.letters import NOW
from tuimail import query as language
from tuimail.errors import Offline, StoreError
from tuimail.model import Flag, Role, Saved, Summary
from tuimail.query import All, Any, Attached, In, Is, Node, Not, Query, Words

if TYPE_CHECKING:
    from tests.fakes.fake_mail import FakeMail


_THREAD = 0.02
"""Seconds that an answer takes which nobody stands still for: more than one picture."""


class FakeQuestion:
    """A question for the first hits: answered at once, or when `slow` is set."""

    def __init__(self, searching: FakeSearching, query: Query, found: list[int]) -> None:
        self._searching = searching
        self._query = query
        self._found = found

    def within(self, seconds: float) -> list[int] | None:
        return self._found if self._searching.slow is None and self._searching.trouble is None else None

    async def answer(self) -> list[int]:
        await asyncio.sleep(_THREAD)
        if self._searching.slow is not None:
            await self._searching.slow.wait()
        if self._searching.trouble is not None:
            raise self._searching.trouble
        return self._found

    def break_off(self) -> None:
        slow = self._searching.slow
        if slow is not None and not slow.is_set():
            self._searching.broken_off.append(self._query.text)


class FakeSearching:
    """Answers like `sync.searching.Searching`, from memory."""

    def __init__(self, mail: FakeMail) -> None:
        self._mail = mail
        self.there: list[list[int]] = []
        """What the server adds, answer by answer."""
        self.answers = asyncio.Semaphore(1_000)
        """One is taken for each answer of the server; a test that makes it Semaphore(0) lets them out one by one."""
        self.lost = False
        """The line goes after the server's last answer."""
        self.slow: asyncio.Event | None = None
        """When it is set, the store answers."""
        self.trouble: StoreError | None = None
        """Why the store cannot answer."""
        self.asked: list[str] = []
        """The questions to the store, in their order."""
        self.broken_off: list[str] = []
        self.asked_there: list[str] = []
        """The questions to the server."""
        self.index_behind = (0, 0)
        self.page = 200
        self._kept: dict[str, str] = {}

    def parse(self, text: str) -> Query:
        return language.parse(text, NOW)

    def where(self, query: Query, folders: Sequence[int] | None = None) -> Sequence[int]:
        known = self._mail.folders()
        if folders is None:
            folders = [folder.id for folder in known if folder.role not in (Role.TRASH, Role.JUNK)]
        nodes = query.node.nodes if isinstance(query.node, All) else (query.node,)
        named = {node.folder for node in nodes if isinstance(node, In)}
        return [one.id for one in known if one.id in folders and named <= {one.name}]

    def first(self, query: Query, folders: Sequence[int] | None = None) -> FakeQuestion:
        self.asked.append(query.text)
        return FakeQuestion(self, query, self._found(query, folders)[: self.page])

    async def ids(self, query: Query, folders: Sequence[int] | None = None) -> array[int]:
        return array("q", self._found(query, folders))

    def _found(self, query: Query, folders: Sequence[int] | None) -> list[int]:
        rows = [row for folder in self.where(query, folders) for row in self._mail.page(folder, 0, 1_000_000)]
        rows.sort(key=lambda row: (row.received, row.id), reverse=True)
        return [row.id for row in rows if self._fits(row, query.node)]

    def _fits(self, row: Summary, node: Node) -> bool:
        match node:
            case All(nodes):
                return all(self._fits(row, one) for one in nodes)
            case Any(nodes):
                return any(self._fits(row, one) for one in nodes)
            case Not(inner):
                return not self._fits(row, inner)
            case Words(field, text):
                who, what = f"{row.sender} {row.email}", row.subject
                body = " ".join(block.text for block in self._mail.text_of(row.id))
                where = {"from": who, "subject": what, "body": body}.get(field, f"{who} {what} {body}")
                return re.search(rf"\b{re.escape(text)}", where, re.IGNORECASE) is not None
            case Is(flag):
                return {"unread": Flag.SEEN not in row.flags, "starred": Flag.FLAGGED in row.flags}[flag]
            case In(folder):
                return any(one.id == row.folder_id and one.name == folder for one in self._mail.folders())
            case Attached():
                return row.has_attachment
        return True

    async def on_server(self, query: Query, folders: Sequence[int] | None = None) -> AsyncIterator[list[int]]:
        self.asked_there.append(query.text)
        for answer in self.there:
            await self.answers.acquire()
            yield answer
        if self.lost:
            raise Offline("There is no line now.")

    def saved(self) -> list[Saved]:
        return [Saved(name, text) for name, text in sorted(self._kept.items())]

    async def save(self, name: str, text: str) -> None:
        self._kept[name] = text

    async def forget(self, name: str) -> None:
        self._kept.pop(name, None)

    async def counts(self) -> dict[str, tuple[int, int]]:
        counts = {}
        for kept in self.saved():
            rows = [self._mail.summary(id_) for id_ in await self.ids(self.parse(kept.query))]
            counts[kept.name] = len(rows), sum(Flag.SEEN not in row.flags for row in rows if row)
        return counts

    def behind(self) -> tuple[int, int]:
        return self.index_behind
