"""One supervised task per account, around the screen and not inside it.

Textual cancels its workers on quit without waiting for them, which would lose LOGOUT; the
engine is an async context of its own, left after the screen has gone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from tuimail.changes import AccountState, Change
from tuimail.store.database import Database
from tuimail.sync.account import AccountSync, Connect
from tuimail.sync.attention import Attention


class Engine:
    """The accounts' lives. `start` begins them; `stop` ends them with LOGOUT."""

    def __init__(
        self, database: Database, accounts: Sequence[tuple[str, int, Connect]], tell: Callable[[Change], None]
    ):
        self.attention = Attention()
        self.accounts = {
            account_id: AccountSync(name, account_id, database, connect, tell, self.attention)
            for name, account_id, connect in accounts
        }
        self._tasks: list[asyncio.Task[None]] = []

    def deletes_for_good(self, account_id: int) -> bool:
        """Can the account's server delete messages one by one (UIDPLUS), as far as is known?"""
        account = self.accounts.get(account_id)
        return account is None or account.expunges

    def tells_subscriptions(self, account_id: int) -> bool:
        """Does the account's server tell which folders are subscribed to, as far as is known?"""
        account = self.accounts.get(account_id)
        return account is not None and account.subscriptions

    def start(self) -> None:
        """Begin to talk to the servers; returns at once."""
        if not self._tasks:
            self._tasks = [account.start() for account in self.accounts.values()]

    async def stop(self) -> None:
        """Log out everywhere. Bounded by the connections' own limits (2 s)."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    def states(self) -> list[AccountState]:
        """How each account's connection stands."""
        return [account.state for account in self.accounts.values()]
