"""History and queue of a FakeMail: what was done with it stands, unless a test says otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tuimail.errors import Unfit
from tuimail.model import Conflict, DeedLine, PendingChange, QueueGroup
from tuimail.records import replace
from tuimail.sync.past import Past
from tuimail.sync.waiting import Waiting

if TYPE_CHECKING:
    from tests.fakes.fake_mail import FakeMail


class FakePast(Past):
    """`stands`: deed id → (able, whys) of lines that are not wholly reversible."""

    def __init__(self, mail: FakeMail) -> None:
        self._mail = mail
        self.more: list[DeedLine] = []
        """Older lines."""
        self.stands: dict[int, tuple[int, tuple[tuple[str, int], ...]]] = {}
        self.asked: list[int] = []
        """The limits that were asked for."""

    async def lines(self, limit: int) -> list[DeedLine]:
        self.asked.append(limit)
        found = []
        for deed in self._mail.history():
            able, whys = self.stands.get(deed.id, (deed.count, ()))
            rows = self._mail.rows_of(deed.id)
            subject = next(iter(rows.values())).subject if len(rows) == 1 else ""
            found.append(DeedLine(deed, able, whys, subject=subject))
        return [*found, *self.more][:limit]

    async def messages_of(self, deed_id: int, limit: int) -> list[tuple[int, str, str, str]]:
        return [(row.id, row.sender, row.subject, "ok") for row in self._mail.rows_of(deed_id).values()][:limit]

    async def reverse(self, deed_id: int) -> str:
        return self._mail.turn(deed_id, undone=True) if self._able(deed_id) else ""

    async def repeat(self, deed_id: int) -> str:
        return self._mail.turn(deed_id, undone=False) if self._able(deed_id) else ""

    def _able(self, deed_id: int) -> bool:
        return self.stands.get(deed_id, (1, ()))[0] > 0


class FakeWaiting(Waiting):
    """What waits is what was done while the line was away, and `extra`."""

    def __init__(self, mail: FakeMail) -> None:
        self._mail = mail
        self.extra: list[QueueGroup] = []
        self.others: list[Conflict] = []
        self.gone_soon: list[tuple[str, int]] = []
        self.retried: list[tuple[str, tuple[int, ...]]] = []

    async def leaving(self) -> list[tuple[str, int]]:
        return self.gone_soon

    async def groups(self) -> list[QueueGroup]:
        found: dict[str, QueueGroup] = {}
        for change in self._mail.pending():
            before = found.get(change.what)
            found[change.what] = (
                replace(before, count=before.count + 1)
                if before
                else QueueGroup(
                    change.what,
                    self._mail.accounts[0].name,
                    change.what,
                    1,
                    change.since,
                    change.error,
                    subject=change.subject,
                )
            )
        return [*self.extra, *found.values()]

    async def members(self, key: str, limit: int) -> list[PendingChange]:
        waiting = [change for change in self._mail.pending() if change.what == key]
        return [
            replace(change, what=row.sender)
            for change in waiting
            if (row := self._mail.summary(change.message_id)) is not None
        ][:limit]

    def _ids(self, key: str, only: Sequence[int]) -> list[int]:
        return (
            list(only)
            or [change.message_id for change in self._mail.pending() if change.what == key]
            or [-n for group in self.extra if group.key == key for n in range(1, group.count + 1)]
        )

    async def retry(self, key: str, only: Sequence[int] = ()) -> None:
        self.retried.append((key, tuple(only)))
        self.extra = [replace(group, error="") if group.key == key else group for group in self.extra]

    async def drop(self, key: str, only: Sequence[int] = ()) -> str:
        if any(group.key == key and group.what.startswith("make") for group in self.extra):
            raise Unfit("Mail is to go into this folder.", "Drop that first.")
        ids = self._ids(key, only)
        self.extra = [group for group in self.extra if group.key != key]
        self._mail.no_longer_waits(ids)
        return f"dropped the change of {len(ids):,} message{'s' * (len(ids) != 1)}"

    def conflicts(self, limit: int = 20) -> list[Conflict]:
        return self.others[:limit]
