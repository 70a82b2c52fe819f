"""Putting mail where it belongs: spam, labels, copies, deleting for good. `Mail.filing` is one of these.

Each verb is one durable transaction of wish and history, as the verbs of `Mail` are, and returns what it did in words.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from tuimail.changes import Change, FoldersChanged
from tuimail.errors import NotFound, Unfit
from tuimail.model import Flag, Folder, Label, Role
from tuimail.protocol.imap import keywords
from tuimail.store import habits, history, labels, messages
from tuimail.store.database import USER, Database
from tuimail.store.folders import give_role
from tuimail.store.history import Done
from tuimail.sync.past import looked_up

_SPAM = keywords.change(remove=("$NotJunk", "NonJunk", "NotJunk"))
_NOT_SPAM = keywords.change(add=("$NotJunk",), remove=("Junk",))
"""The registered keyword (IANA), and what Thunderbird and Apple Mail said before there was one."""


_LIKE = {
    "thread": "as before in this thread",
    "list": "as from this list",
    "sender": "as from this sender",
    "any": "recent",
}


class Filing:
    """may: raises ReadOnly where nothing may be changed. done: tells of a deed. folders: all there are.

    expunges: can the server of this account delete for good, or only mark (no UIDPLUS)?
    """

    def __init__(
        self,
        database: Database,
        may: Callable[[], None],
        done: Callable[[Done], str],
        folders: Callable[[], list[Folder]],
        expunges: Callable[[int], bool],
        tell: Callable[[Change], None],
    ) -> None:
        self._database = database
        self._may = may
        self._done = done
        self._folders = folders
        self._expunges = expunges
        self._tell = tell

    def all_in(self, ids: Sequence[int], role: Role) -> bool:
        """Do all of these messages stand in folders for this?"""
        places = {f.id for f in self._folders() if f.role is role}
        return self._database.look(lambda db: messages.all_in(db, ids, places), False)

    # --- spam ---------------------------------------------------------------------------------------------

    async def spam(self, ids: Sequence[int]) -> str:
        """Into the spam folder of each message's account, and marked as spam, in one deed.

        Raises NotFound when there is no such folder, ReadOnly, StoreError.
        """
        goals = self._goals(Role.JUNK)
        return await self._change(ids, goals, Flag.JUNK, Flag.NONE, _SPAM, "marked spam", "spam")

    async def not_spam(self, ids: Sequence[int]) -> str:
        """Back into the inbox, and not spam any more; as `spam`."""
        goals = self._goals(Role.INBOX)
        return await self._change(ids, goals, Flag.NONE, Flag.JUNK, _NOT_SPAM, "marked not spam", "inbox")

    def _goals(self, role: Role) -> dict[int, int]:
        return {f.account_id: f.id for f in reversed(self._folders()) if f.role is role}

    async def _change(
        self, ids: Sequence[int], goals: Mapping[int, int], add: Flag, remove: Flag, words: str, verb: str, what: str
    ) -> str:
        self._may()
        now = int(time.time())
        done = await self._database.write(
            lambda db: history.change_within(db, ids, goals, int(add), int(remove), words, verb, now), USER
        )
        if done is None:
            raise NotFound(f"This account has no {what} folder.", "Create one, or move with v.")
        return self._done(done)

    # --- labels -------------------------------------------------------------------------------------------

    async def labels(self, ids: Sequence[int]) -> list[Label]:
        """The labels that the accounts of these messages know, the most used first."""
        return await looked_up(self._database, lambda db: labels.known(db, ids))

    async def label(self, ids: Sequence[int], name: str, *, on: bool = True) -> str:
        """Give a label, or take it off; a name no label has makes a new one.

        Raises Unfit, saying why, for a name no label can have, ReadOnly, StoreError.
        """
        self._may()
        known = {label.name.casefold(): label.keyword for label in await self.labels(ids)}
        try:
            keyword = known.get(name.casefold()) or keywords.encode(name)
        except ValueError as error:
            raise Unfit(str(error)) from error
        words = keywords.change((keyword,)) if on else keywords.change((), (keyword,))
        verb = f"labelled {keywords.decode(keyword)}:" if on else f"took {keywords.decode(keyword)} off"
        now = int(time.time())
        return self._done(await self._database.write(lambda db: history.label(db, ids, words, verb, now), USER))

    # --- copies and habits ----------------------------------------------------------------------------------

    async def copy(self, ids: Sequence[int], folder_id: int) -> str:
        """Copy to a folder of the same account, as soon as the line allows. Raises as `Mail.move`."""
        self._may()
        target = next((f for f in self._folders() if f.id == folder_id and f.selectable), None)
        goals = {target.account_id: folder_id} if target is not None else {}
        verb, now = f"copied to {target.name if target else ''}", int(time.time())
        done = await self._database.write(lambda db: history.copy_within(db, ids, goals, verb, now), USER)
        if done is None:
            raise NotFound("Messages can only be copied within their account.", "Choose a folder of the same account.")
        return self._done(done)

    def usual(self, ids: Sequence[int]) -> list[tuple[int, str]]:
        """(Folder, why) where messages like these were filed by hand: of the thread, the list, the sender; then any."""
        found: list[tuple[int, str]] = self._database.look(lambda db: habits.usual(db, ids), [])
        return [(folder_id, _LIKE[kind]) for folder_id, kind in found]

    def choices(self, ids: Sequence[int]) -> list[Folder]:
        """The folders that these messages can be moved or copied to: those of their accounts."""
        accounts: dict[int, int] = self._database.look(lambda db: messages.accounts(db, ids), {})
        return [f for f in self._folders() if f.selectable and f.account_id in set(accounts.values())]

    # --- folders that a verb needs --------------------------------------------------------------------------

    def lacking(self, ids: Sequence[int], role: Role) -> list[tuple[int, str]]:
        """(id, name) of the accounts of these messages that have no folder for this."""
        folders = self._folders()
        accounts: dict[int, int] = self._database.look(lambda db: messages.accounts(db, ids), {})
        having = {f.account_id for f in folders if f.role is role}
        names = {f.account_id: f.account for f in folders}
        return [(i, names.get(i, "")) for i in sorted(set(accounts.values()) - having)]

    async def give_role(self, folder_id: int, role: Role) -> None:
        """This folder is for this, from now on. Raises ReadOnly, StoreError."""
        self._may()
        await self._database.write(lambda db: give_role(db, folder_id, role), USER)
        self._tell(FoldersChanged())

    # --- deleting for good ----------------------------------------------------------------------------------

    async def delete(self, ids: Sequence[int]) -> str:
        """Delete for good, which nothing brings back. Raises ReadOnly, StoreError."""
        self._may()
        now = int(time.time())
        return self._done(await self._database.write(lambda db: history.delete(db, ids, now), USER))

    def only_marks(self, ids: Sequence[int]) -> bool:
        """Is one of these on a server that can only mark as deleted what others then remove?"""
        accounts: dict[int, int] = self._database.look(lambda db: messages.accounts(db, ids), {})
        return not all(self._expunges(account_id) for account_id in set(accounts.values()))
