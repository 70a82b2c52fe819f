"""First words of messages for FakeMail: told by `words`, to whoever asks for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tuimail.changes import MessagesChanged
from tuimail.records import replace

if TYPE_CHECKING:
    from tests.fakes.fake_mail import FakeMail


class FakePreviews:
    """`words`: message id → first words; `asked`: what was asked for, call by call."""

    def __init__(self, mail: FakeMail) -> None:
        self._mail = mail
        self.words: dict[int, str] = {}
        self.asked: list[list[int]] = []

    async def bring(self, ids: Sequence[int]) -> int:
        """Two at a time."""
        self.asked.append(list(ids))
        known = [id_ for id_ in ids if id_ in self.words and not self._mail.rows[id_].preview][:2]
        for id_ in known:
            self._mail.rows[id_] = replace(self._mail.rows[id_], preview=self.words[id_])
            self._mail.tell(MessagesChanged(self._mail.rows[id_].folder_id))
        return len(known)
