"""The folders of a FakeMail, changed at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuimail.errors import Unfit
from tuimail.model import Folder, Role
from tuimail.records import replace
from tuimail.sync.shelves import Shelves

if TYPE_CHECKING:
    from tests.fakes.fake_mail import FakeMail


class FakeShelves(Shelves):
    """`tells`: the server tells of subscriptions."""

    def __init__(self, mail: FakeMail) -> None:
        self._mail = mail
        self._folders = mail.folders
        self._may = lambda: None
        self.tells = True

    async def create(self, account_id: int, name: str) -> str:
        if "%" in name:
            raise Unfit("A folder's name has no % in it.")
        await self._mail.create_folder(account_id, name)
        return f"made folder {name}"

    async def rename(self, folder: Folder, name: str) -> str:
        self._mail.put_folder(replace(folder, name=name))
        return f"renamed {folder.name} to {name}"

    async def delete(self, folder: Folder) -> str:
        self._mail.put_folder(folder, gone=True)
        return f"deleted folder {folder.name}"

    async def subscribe(self, folder: Folder, *, on: bool) -> str:
        self._mail.put_folder(replace(folder, subscribed=on))
        return f"subscribed to {folder.name}" if on else f"unsubscribed from {folder.name}"

    def lacks_trash(self, folder: Folder) -> bool:
        return bool(folder.total or folder.exists) and self._mail.folder_by_role(1, Role.TRASH) is None

    def subscribable(self, account_id: int) -> bool:
        return self.tells
