"""An account without a line, told calmly: since when, and what happens next.

The engine tries again and again, so its state goes from offline to connecting and back; the reader wants to know since
when there has been no line, and that nobody need do anything about it.
"""

from __future__ import annotations

from collections.abc import Sequence

from tuimail.changes import AccountState, Line
from tuimail.records import replace


class Outages:
    """Remembers when each account lost its line."""

    def __init__(self) -> None:
        self._since: dict[str, AccountState] = {}
        self._news: list[AccountState] = []

    def follow(self, states: Sequence[AccountState]) -> list[AccountState]:
        """The states as they are to be shown: one outage is one, however often it was tried in between."""
        return [self._follow(state) for state in states]

    def _follow(self, state: AccountState) -> AccountState:
        began = self._since.get(state.account)
        if state.line in (Line.ONLINE, Line.SYNCING):
            self._since.pop(state.account, None)
            return state
        if began is None:
            if state.line is Line.CONNECTING:
                return state
            self._news.append(state)
            began = state
        shown = replace(state, since=began.since, detail=state.detail or began.detail)
        if state.line is Line.OFFLINE:
            self._since[state.account] = shown
        return shown

    def take_news(self) -> list[AccountState]:
        """Accounts that have lost their line since the last time this was asked."""
        news, self._news = self._news, []
        return news


def what_next(state: AccountState, worked: bool, key: str) -> str:
    """What the reader may expect of an account without a line. worked: it had one before; key: that of "sync now"."""
    if not state.again:
        return f"{state.detail} {key} tries again.".strip()
    if worked and not state.ours:
        return f"It is tried again by itself; {key} tries now."
    return f"{state.detail} It is tried again by itself; {key} tries now.".strip()


def in_a_line(state: AccountState, worked: bool, key: str) -> str:
    """The same for the one line at the foot: what the reader must know comes first, for its end may not be seen."""
    next_ = what_next(state, worked, key)
    lost = worked and state.again and not state.ours
    return f"No line to {state.account}: tried again by itself, {key} now" if lost else f"“{state.account}”: {next_}"
