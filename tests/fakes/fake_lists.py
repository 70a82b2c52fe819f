"""`Mail.lists` over the letters of a FakeMail."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from tuimail.model import Flag, Only, Summary

if TYPE_CHECKING:
    from tests.fakes.fake_mail import FakeMail


class FakeLists:
    """Answers like `sync.lists.Lists`, from memory."""

    def __init__(self, mail: FakeMail) -> None:
        self._mail = mail

    def rows(self, ids: Sequence[int]) -> list[Summary | None]:
        return [self._mail.summary(id_) for id_ in ids]

    def newest(self, folders: Sequence[int], limit: int = 200) -> list[int]:
        return list(self._of(folders))[:limit]

    def between(self, folder_id: int, start: int, end: int) -> Sequence[int]:
        return self._of([folder_id])[start:end]

    def still_in(self, ids: Collection[int], folders: Sequence[int] | None = None) -> set[int]:
        rows = filter(None, map(self._mail.summary, ids))
        return {row.id for row in rows if folders is None or row.folder_id in folders}

    async def every(self, folders: Sequence[int], only: Only = Only.ALL, like: int = 0) -> array[int]:
        return await self.kind_of(self._of(folders), only, like)

    async def kind_of(self, ids: Sequence[int], only: Only, like: int = 0) -> array[int]:
        meant = self._mail.summary(like)
        return array("q", (id_ for id_ in ids if (row := self._mail.summary(id_)) and _is(row, only, meant)))

    def _of(self, folders: Sequence[int]) -> Sequence[int]:
        rows = [row for folder in folders for row in self._mail.page(folder, 0, 1_000_000)]
        return [row.id for row in sorted(rows, key=lambda row: (row.received, row.id), reverse=True)]


def _is(row: Summary, only: Only, meant: Summary | None) -> bool:
    match only:
        case Only.UNREAD:
            return Flag.SEEN not in row.flags
        case Only.READ:
            return Flag.SEEN in row.flags
        case Only.STARRED:
            return Flag.FLAGGED in row.flags
        case Only.SENDER:
            return meant is not None and row.email == meant.email
        case Only.THREAD:
            return meant is not None and (row.id == meant.id or (bool(row.thread) and row.thread == meant.thread))
        case _:
            return True
