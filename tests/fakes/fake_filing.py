"""Spam, labels and deletion of a FakeMail: on its rows, at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tuimail.errors import NotFound, Unfit
from tuimail.model import Flag, Folder, Label, Role, Summary
from tuimail.records import replace
from tuimail.sync.filing import Filing

if TYPE_CHECKING:
    from tests.fakes.fake_mail import FakeMail


class FakeFiling(Filing):
    """`marks`: the server can only mark what is to be deleted."""

    def __init__(self, mail: FakeMail) -> None:
        self._mail = mail
        self.marks = False
        self.habits: list[tuple[str, str]] = []
        """(Name of a folder, why) in the order of `usual`."""
        self.copied: list[tuple[tuple[int, ...], str]] = []

    def _rows(self, ids: Sequence[int]) -> list[Summary]:
        return [row for id_ in ids if (row := self._mail.summary(id_)) is not None]

    def all_in(self, ids: Sequence[int], role: Role) -> bool:
        places = {folder.id for folder in self._mail.folders() if folder.role is role}
        return all(row.folder_id in places for row in self._rows(ids))

    async def spam(self, ids: Sequence[int]) -> str:
        return self._marked(ids, Role.JUNK, "marked spam")

    async def not_spam(self, ids: Sequence[int]) -> str:
        return self._marked(ids, Role.INBOX, "marked not spam")

    def _marked(self, ids: Sequence[int], role: Role, verb: str) -> str:
        if (target := self._mail.folder_by_role(1, role)) is None:
            raise NotFound(f"No {role} folder.")
        junk = Flag.JUNK if role is Role.JUNK else Flag.NONE
        rows = self._rows(ids)
        return self._mail.do(
            {row.id: replace(row, folder_id=target.id, flags=row.flags & ~Flag.JUNK | junk) for row in rows}, verb
        )

    async def labels(self, ids: Sequence[int]) -> list[Label]:
        used: dict[str, list[int]] = {}
        for row in self._mail.rows.values():
            for name in row.labels:
                used.setdefault(name, []).append(row.id)
        ordered = sorted(used.items(), key=lambda one: (-len(one[1]), one[0]))
        return [Label(name, name, len(having), len({*ids} & {*having})) for name, having in ordered]

    async def label(self, ids: Sequence[int], name: str, *, on: bool = True) -> str:
        if "(" in name:
            raise Unfit("A label cannot have “(” in it.")
        verb = f"labelled {name}:" if on else f"took {name} off"
        changed = {}
        for row in self._rows(ids):
            others = tuple(label for label in row.labels if label != name)
            changed[row.id] = replace(row, labels=(*others, name) if on else others)
        return self._mail.do(changed, verb)

    async def delete(self, ids: Sequence[int]) -> str:
        words = self._mail.do({row.id: replace(row, folder_id=0) for row in self._rows(ids)}, "deleted for good")
        self._mail.forget_last()
        return words

    def only_marks(self, ids: Sequence[int]) -> bool:
        return self.marks

    async def copy(self, ids: Sequence[int], folder_id: int) -> str:
        name = next(folder.name for folder in self._mail.folders() if folder.id == folder_id)
        self.copied.append((tuple(ids), name))
        return self._mail.do({row.id: row for row in self._rows(ids)}, f"copied to {name}")

    def usual(self, ids: Sequence[int]) -> list[tuple[int, str]]:
        return [(self._mail.by_name(name).id, why) for name, why in self.habits]

    def choices(self, ids: Sequence[int]) -> list[Folder]:
        return self._mail.folders()

    def lacking(self, ids: Sequence[int], role: Role) -> list[tuple[int, str]]:
        return [] if self._mail.folder_by_role(1, role) else [(1, self._mail.folders()[0].account)]

    async def give_role(self, folder_id: int, role: Role) -> None:
        self._mail.give_role(folder_id, role)
