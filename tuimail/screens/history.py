"""What was done, day by day; any line can be reversed, out of order, and done again."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content

from tuimail.model import DeedLine
from tuimail.screens.sheet import LedgerScreen
from tuimail.widgets.dates import day, local
from tuimail.widgets.ledger import Entry, Ledger

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tuimail.mail import Mail

AT_FIRST = 100
"""Lines that are loaded; more as the cursor comes near the last."""
UNFOLDED = 50
"""Messages of a line that are shown at most."""

_WHYS = {
    "gone": ("deleted", "deleted since"),
    "later": ("acted on again", "acted on again since, which would have to be reversed first"),
    "moved": ("moved elsewhere", "moved elsewhere since"),
    "changed": ("changed elsewhere", "changed elsewhere since"),
    "folder": ("folder gone", "from a folder that is not there any more"),
    "full": ("not empty", "filled with mail since"),
    "taken": ("name taken", "given its name to another folder since"),
}


def short(line: DeedLine) -> str:
    """How a line stands, in a few words."""
    count = line.deed.count
    if line.final:
        return "for good"
    if line.deed.undone:
        return "reversed"
    if line.able == count:
        return "reversible"
    return f"{line.able:,} of {count:,} reversible" if line.able else "not any more"


def reasons(line: DeedLine) -> str:
    """Why it is not all, in a few words."""
    if len(line.whys) == 1 and not line.able:
        return _WHYS[line.whys[0][0]][0]
    return ", ".join(f"{count:,} {_WHYS[why][0]}" for why, count in line.whys)


def sentence(line: DeedLine) -> str:
    """What Enter would do, and why not more."""
    count = line.deed.count
    act = "do it again" if line.deed.undone else "reverse it"
    each = [
        f"{'all' if number == count > 1 else f'{number:,}'} {'were' if number > 1 else 'was'} {_WHYS[why][1]}"
        if count > 1
        else f"it was {_WHYS[why][1]}"
        for why, number in line.whys
    ]
    because = "; ".join(each)
    if line.final:
        return "What is deleted for good cannot be brought back."
    if not line.able:
        can = "cannot be done again" if line.deed.undone else "cannot be reversed any more"
        return f"This {can}" + (f": {because}." if because else ".")
    if line.able < count:
        return f"Enter would {act} for {line.able:,} of {count:,} messages; {because}."
    return ""


class HistoryScreen(LedgerScreen):
    """Enter turns a line over; z reverses it, Z does it again, Space shows its messages."""

    TITLE = "History"
    KEYS = (
        ("Enter", "reverse / do again", "turn('')"),
        ("Space", "messages", "unfold"),
        ("$", "queue", "dismiss('queue')"),
        ("Esc", "close", "dismiss('')"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("z", "turn('reverse')", "Reverse this", show=False),
        Binding("Z", "turn('repeat')", "Do this again", show=False),
        Binding("space,o", "unfold", "Its messages", show=False),
        Binding("dollar_sign", "dismiss('queue')", "Queue", show=False),
    ]

    def __init__(self, mail: Mail, now: Callable[[], float]) -> None:
        super().__init__(mail, now)
        self._lines: list[DeedLine] = []
        self._limit = AT_FIRST
        self._unfolded: int | None = None
        self._messages: list[tuple[int, str, str, str]] = []

    async def load(self) -> None:
        self._lines = await self.mail.past.lines(self._limit)
        if self._unfolded is not None:
            self._messages = await self.mail.past.messages_of(self._unfolded, UNFOLDED + 1)

    def above(self) -> Content:
        return Content("Kept on disk; any line can be taken back, in any order." if self.room >= 60 else "")

    def entries(self) -> list[Entry]:
        if not self._lines:
            return [
                Entry(None, (("Nothing yet. What you do to mail stands here, to be taken back.", "muted"),)),
            ]
        now = self.now()
        entries: list[Entry] = []
        heading = ""
        for line in self._lines:
            if (date := day(line.deed.at, now)) != heading:
                entries += [Entry(None)] * bool(entries) + [Entry(None, ((heading := date, "bold"),))]
            entries.append(self._entry(line))
            if line.deed.id == self._unfolded:
                entries += self._unfold(line)
        return entries

    def _entry(self, line: DeedLine) -> Entry:
        when = local(line.deed.at)
        clock = f"{when.hour:02}:{when.minute:02}" if when is not None else "     "
        undone, can = line.deed.undone, bool(line.able)
        words = "struck" if undone else "plain" if can else "muted"
        left = [(f"  {clock}  ", "muted"), (line.deed.label, words)]
        if line.subject:
            left.append((f"  “{line.subject}”", "muted"))
        told = short(line)
        if (why := reasons(line)) and self.room >= 90 and not (undone or line.final):
            told += f" · {why}"
        elif undone and can and self.room >= 90:
            told += " · can be done again"
        full = can and line.able == line.deed.count and not undone
        return Entry(
            line.deed.id,
            (*left, ("", "plain")),
            ((told, "accent" if full else "warning" if can and not undone else "muted"),),
        )

    def _unfold(self, line: DeedLine) -> list[Entry]:
        found = []
        for _, sender, subject, why in self._messages[:UNFOLDED]:
            there = bool(sender or subject)
            words = (
                (f"           {sender or '—'}  ", "muted"),
                (subject or "(no subject)", "plain" if why == "ok" else "muted"),
            )
            gone = (("           a message that is not there any more", "muted"),)
            reason = ((_WHYS[why][0], "muted"),) if why in _WHYS and why != "gone" else ()
            found.append(Entry(None, words if there else gone, reason))
        if line.deed.count > UNFOLDED:
            found.append(Entry(None, ((f"           and {line.deed.count - UNFOLDED:,} more", "muted"),)))
        return found

    @property
    def _line(self) -> DeedLine | None:
        return next((line for line in self._lines if line.deed.id == self.ledger.key), None)

    @on(Ledger.Moved)
    def _moved(self) -> None:
        self.say(sentence(self._line) if self._line is not None else "")
        if self.ledger.from_end < AT_FIRST // 2 and len(self._lines) == self._limit:
            self._limit += AT_FIRST
            self.renew()

    @on(Ledger.Chosen)
    async def _chosen(self) -> None:
        await self.action_turn("")

    async def action_turn(self, way: str) -> None:
        """way: "reverse", "repeat", or "" for whichever fits the line."""
        if (line := self._line) is None:
            return
        way = way or ("repeat" if line.deed.undone else "reverse")
        if (way == "repeat") is not line.deed.undone:
            self.say(
                "This was reversed already: Z does it again." if line.deed.undone else "This stands: z reverses it."
            )
            return
        past = self.mail.past
        await self.attempt(self._turned(line, past.repeat if way == "repeat" else past.reverse))

    async def _turned(self, line: DeedLine, do: Callable[[int], Awaitable[str]]) -> str:
        return await do(line.deed.id) or sentence(line) or "Nothing of this can be turned over any more."

    async def action_unfold(self) -> None:
        line = self._line
        if line is not None:
            self._unfolded = None if line.deed.id == self._unfolded else line.deed.id
            self._messages = []
            await self.load()
            self.show()
