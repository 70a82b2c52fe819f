"""`Mail.threads` where every message is alone: for tests about something else."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.fakes.fake_mail import FakeMail


class FakeThreads:
    """Answers like `sync.threads.Threads`; threaded lists themselves are tried over a real store."""

    def __init__(self, mail: FakeMail) -> None:
        self._mail = mail
        self.remembered: bool | None = None

    def threaded(self) -> bool | None:
        return self.remembered

    async def set_threaded(self, threaded: bool) -> None:
        self.remembered = threaded

    def first_heads(self, folders: Sequence[int], limit: int = 200) -> list[int]:
        return self._mail.lists.newest(folders, limit)

    async def laid_out(
        self, folders: Sequence[int], *, unfolded: bool = False, but: Collection[int] = ()
    ) -> tuple[array[int], dict[int, str]]:
        return await self._mail.lists.every(folders), {}

    def head_of(self, message_id: int, folders: Sequence[int]) -> int | None:
        return None

    def held(self, folders: Collection[int], threads: Iterable[int]) -> dict[int, object]:
        return {}

    async def tree(self, message_id: int, folders: Sequence[int]) -> list[object]:
        return []

    def of(self, message_ids: Sequence[int], folders: Sequence[int]) -> array[int]:
        return array("q")

    async def unread(self, message_ids: Sequence[int], folders: Sequence[int]) -> int | None:
        return None

    def muted(self, threads: Iterable[int]) -> set[int]:
        return set()

    async def mute(self, ids: Sequence[int]) -> str:
        return "muted 1 thread"
