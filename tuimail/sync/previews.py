"""`Mail.previews`: the first words of messages whose texts are not here, for the rows that are looked at.

At the lowest priority and a few at a time: a server may have to read the message for it (RFC 8970 §3).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby

from tuimail.changes import Change, Line, MessagesChanged
from tuimail.content.clean import clean_line
from tuimail.errors import Offline, RemoteError
from tuimail.net.previews import Previews as Knows
from tuimail.net.remote import Remote
from tuimail.protocol.imap import sets
from tuimail.store import messages, previews
from tuimail.store.database import Database
from tuimail.sync.account import AccountSync

AT_ONCE = 16
"""Messages in one question: whatever the reader asks for waits for no more."""
PRIORITY = 2
"""Behind texts that are read, and those that are fetched ahead."""

Group = list[tuple[int, messages.Place]]


class Previews:
    """What servers say of the beginnings of texts; where they say nothing, the index takes them from the text."""

    def __init__(self, database: Database, accounts: Mapping[int, AccountSync], tell: Callable[[Change], None]) -> None:
        self._database = database
        self._accounts = accounts
        self._tell = tell

    async def bring(self, ids: Sequence[int]) -> int:
        """Fetch and keep the first words of some of these messages, the first ones; returns of how many.

        Those at hand, offline or of servers that cannot tell are passed over. Raises StoreError.
        """
        nothing: list[int] = []
        for group in self._groups(self._database.look(lambda db: previews.unknown(db, ids), nothing)):
            with contextlib.suppress(Offline, RemoteError):
                return await self._ask(group)
        return 0

    def _groups(self, ids: Sequence[int]) -> Iterator[Group]:
        """Messages of one folder, of accounts that can be asked, few enough for one question."""
        places = [(id_, messages.place(self._database.read, id_)) for id_ in ids]
        there = [(id_, place) for id_, place in places if place is not None and place.remote_id is not None]
        for _, of_folder in groupby(there, key=lambda one: one[1].folder_id):
            found = list(of_folder)[:AT_ONCE]
            account = self._accounts.get(found[0][1].account_id)
            if account is not None and account.previews and account.state.line in (Line.ONLINE, Line.SYNCING):
                yield found

    async def _ask(self, group: Group) -> int:
        place = group[0][1]
        rows = {one.remote_id: id_ for id_, one in group if one.remote_id is not None}

        async def ask(remote: Remote) -> dict[int, str]:
            if not isinstance(remote, Knows):
                return {}
            return await remote.previews(place.folder, sets.from_numbers(rows), place.uidvalidity)

        told = await self._accounts[place.account_id].demand(ask, PRIORITY)
        words = {rows[uid]: " ".join(clean_line(text).split()) for uid, text in told.items() if uid in rows}
        if words:
            await self._database.write(lambda db: previews.put(db, words))
            self._tell(MessagesChanged(place.folder_id))
        return len(words)
