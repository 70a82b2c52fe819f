"""What waits for the servers, in groups of equal changes: how each stands, tried again, or dropped."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content

from tuimail.changes import AccountState, Line
from tuimail.model import Conflict, PendingChange, QueueGroup
from tuimail.screens.ask import AskScreen
from tuimail.screens.sheet import LedgerScreen
from tuimail.widgets.dates import SHORT_WIDTH, brief, short
from tuimail.widgets.ledger import Entry, Ledger, Piece
from tuimail.widgets.safe import safe_text
from tuimail.widgets.status_line import glyph, in_words

if TYPE_CHECKING:
    from tuimail.mail import Mail

UNFOLDED = 200
"""Messages of a group that are shown at most."""
SAFE = "safe on disk until then"
NOTHING = "There is no change here."
CONFLICTS = 20
"""Of what others made pointless, so many are shown."""


def _line_of(state: AccountState, now: float) -> str:
    words = in_words(state, now)
    if state.line is Line.SYNCING and not state.total:
        words = "looking for changes"
    elif state.line is Line.OFFLINE:
        words += ", tried again by itself" if state.again else ", waits for you to try again"
    return f"{glyph(state)} {state.account}  {words}" + (f"\n  {state.detail}" if state.detail else "")


class QueueScreen(LedgerScreen):
    """Enter unfolds a group; r tries again what was refused, R all of it; x drops a change: the server has its way."""

    TITLE = "Queue"
    KEYS = (
        ("Enter", "unfold", "unfold"),
        ("r", "retry", "retry"),
        ("R", "all", "retry_all"),
        ("x", "drop", "drop"),
        ("z", "undo", "undo"),
        ("h", "history", "dismiss('history')"),
        ("Esc", "close", "dismiss('')"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("dollar_sign", "dismiss('')", "Close", show=False),
        Binding("space,o", "unfold", "Unfold", show=False),
        Binding("r", "retry", "Try again", show=False),
        Binding("R", "retry_all", "Try all again", show=False),
        Binding("x,d", "drop", "Drop", show=False),
        Binding("z", "undo", "Undo", show=False),
        Binding("h", "dismiss('history')", "History", show=False),
    ]

    def __init__(self, mail: Mail, now: Callable[[], float], states: Callable[[], Sequence[AccountState]]) -> None:
        super().__init__(mail, now)
        self._states = states
        self._groups: list[QueueGroup] = []
        self._leaving: list[tuple[str, int]] = []
        self._conflicts: list[Conflict] = []
        self._unfolded: dict[str, list[PendingChange]] = {}

    async def load(self) -> None:
        waiting = self.mail.waiting
        self._groups = await waiting.groups()
        self._leaving = await waiting.leaving()
        self._conflicts = waiting.conflicts(CONFLICTS)
        there = {group.key for group in self._groups}
        self._unfolded = {key: await waiting.members(key, UNFOLDED) for key in self._unfolded if key in there}

    def above(self) -> Content:
        now = self.now()
        return Content("\n").join(Content(safe_text(_line_of(state, now))) for state in self._states())

    # --- lines ------------------------------------------------------------------------------------------
    def entries(self) -> list[Entry]:
        if count := sum(group.count for group in self._groups):
            safe = ((SAFE, "muted"),) if self.room >= 60 else ()
            entries = [Entry(None, ((f"Waiting for the server: {count:,}", "bold"),), safe)]
        elif self._leaving:
            entries = []
        else:
            entries = [Entry(None, (("Nothing waits. All you did is where it belongs.", "muted"),))]
        for group in self._groups:
            entries += self._entries_of(group)
        for account, count in self._leaving:
            many = f"{count:,} messages" if count > 1 else "1 message"
            entries.append(
                Entry(None, ((f"  The next visit to {safe_text(account)} deletes {many} there", "warning"),))
            )
        if self._conflicts:
            entries += [Entry(None), Entry(None, (("Others were faster", "bold"),))]
            for conflict in self._conflicts:
                entries += self._conflict(conflict)
        return entries

    def _entries_of(self, group: QueueGroup) -> list[Entry]:
        one = group.count == 1
        open_ = group.key in self._unfolded
        mark = "  " if one else "▾ " if open_ else "▸ "
        what = group.what or "nothing to send, to be confirmed"
        left: list[Piece] = [(f"  {mark}", "muted"), (what, "plain" if group.what else "muted")]
        if group.subject or not one:
            left.append((f"  “{group.subject}”", "muted") if one else (f" · {group.count:,} messages", "bold"))
        if len(self._states()) > 1 and self.room >= 90:
            left.append((f"  {group.account}", "muted"))
        state, style = self._state(group)
        age = f"{brief(group.since, self.now()):>9}" if self.room >= 50 else ""
        entries = [Entry(group.key, (*left, ("", "plain")), ((state, style), (age, "muted")))]
        if group.error:
            wrapped = textwrap.wrap(group.error, self.room - 6)[:4]
            entries += [Entry(None, ((f"      {line}", "error"),)) for line in wrapped]
        if open_:
            shown = self._unfolded[group.key]
            entries += [
                Entry(
                    (group.key, m.message_id), ((f"      {m.what}  ", "muted"), (m.subject or "(no subject)", "plain"))
                )
                for m in shown
            ]
            if group.count > len(shown):
                entries.append(Entry(None, ((f"      and {group.count - len(shown):,} more", "muted"),)))
        return entries

    def _state(self, group: QueueGroup) -> Piece:
        if group.error:
            return ("waits for you", "warning") if group.ours else ("refused", "error")
        if not group.what:
            return "", "muted"
        if group.unmade:
            return "waits for its folder" if self.room < 90 else f"waits for the folder {group.unmade}", "warning"
        lines = {state.account: state.line for state in self._states()}
        if lines.get(group.account) in (Line.ONLINE, Line.SYNCING):
            return "being sent", "accent"
        return "waits for the line", "warning"

    def _conflict(self, conflict: Conflict) -> list[Entry]:
        at = short(conflict.at, datetime.fromtimestamp(self.now()))
        subject = f"“{conflict.subject or '(no subject)'}”"
        head: tuple[Piece, ...] = ((f"  {at:<{SHORT_WIDTH}}  ", "muted"), (f"{subject}  ", "plain"))
        words = f"{conflict.words}."
        if sum(cell_len(text) for text, _ in head) + len(words) <= self.room:
            return [Entry(None, (*head, (words, "muted")))]
        wrapped = textwrap.wrap(words, self.room - 6)
        return [Entry(None, head), *(Entry(None, ((f"      {line}", "muted"),)) for line in wrapped)]

    # --- doing ------------------------------------------------------------------------------------------
    @property
    def _here(self) -> tuple[QueueGroup | None, int | None]:
        """The group under the cursor, and the message of it if it is one."""
        key = self.ledger.key
        group_key, message_id = key if isinstance(key, tuple) else (key, None)
        return next((group for group in self._groups if group.key == group_key), None), message_id

    @on(Ledger.Chosen)
    async def _chosen(self) -> None:
        await self.action_unfold()

    async def action_unfold(self) -> None:
        group, _ = self._here
        if group is None or group.count == 1:
            self.say("There is nothing to unfold here." if self._groups else NOTHING)
            return
        if group.key in self._unfolded:
            del self._unfolded[group.key]
        else:
            self._unfolded[group.key] = []
        await self.load()
        self.show()

    async def action_retry(self) -> None:
        group, message_id = self._here
        if group is None:
            self.say(NOTHING)
            return
        if not group.error:
            self.say("This was not refused: it is sent by itself.")
            return

        async def retry() -> str:
            await self.mail.waiting.retry(group.key, () if message_id is None else (message_id,))
            return "Tried again."

        await self.attempt(retry())

    async def action_retry_all(self) -> None:
        if not (refused := [group.key for group in self._groups if group.error]):
            self.say("Nothing was refused.")
            return

        async def retry() -> str:
            for key in refused:
                await self.mail.waiting.retry(key)
            return "All tried again."

        await self.attempt(retry())

    async def action_drop(self) -> None:
        group, message_id = self._here
        if group is None:
            self.say(NOTHING)
            return
        if not group.what:
            self.say("There is nothing to drop: the server has it so, as far as is known.")
            return

        async def drop() -> str:
            return f"{await self.mail.waiting.drop(group.key, () if message_id is None else (message_id,))} · z undo"

        if group.count == 1 or message_id is not None:
            await self.attempt(drop())
            return

        async def answered(yes: bool | None) -> None:
            if yes:
                await self.attempt(drop())

        question = f"Drop this change of {group.count:,} messages? They stay as the server has them; z takes it back."
        self.app.push_screen(AskScreen(question), answered)

    async def action_undo(self) -> None:
        async def undo() -> str:
            return await self.mail.undo() or "Nothing to undo."

        await self.attempt(undo())
