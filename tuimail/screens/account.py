"""An account made visible: how its connections are protected, what its server can do, and what went wrong last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tuimail.accounts.pop3 import leave_in_words
from tuimail.changes import AccountState
from tuimail.mail import FILES
from tuimail.model import Account, AccountFacts, Facts, Quota, Security
from tuimail.widgets.dates import short
from tuimail.widgets.header_block import octets
from tuimail.widgets.lines import wrap
from tuimail.widgets.safe import safe_line
from tuimail.widgets.status_line import glyph, in_words

if TYPE_CHECKING:
    from tuimail.mail import Mail

LABEL = 18
"""Cells of the left column."""
Row = tuple[str, str | None]
"""Label and words; a heading has no words."""
_PURPOSE = {"work": "At work", "watch": "On watch"}
_PROTECTION = {
    Security.TLS: "TLS from the first byte",
    Security.STARTTLS: "STARTTLS, required",
    Security.PLAIN: "none",
}


class AccountScreen(ModalScreen[str | None]):
    """Esc or q closes it; answers "wire" when the reader wants the wire log. now: epoch seconds."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter,f9", "dismiss", "Close"),
        Binding("f12", "dismiss('wire')", "Wire log", show=False),
        Binding("r", "look", "Look again", show=False),
        Binding("j,down", "scroll(1)", "Down", show=False),
        Binding("k,up", "scroll(-1)", "Up", show=False),
        Binding("space,pagedown,ctrl+d", "scroll(10)", "Down", show=False),
        Binding("pageup,ctrl+u", "scroll(-10)", "Up", show=False),
    ]

    def __init__(self, mail: Mail, account: Account, now: float) -> None:
        super().__init__()
        self._mail = mail
        self._account = account
        self._now = now
        self._facts: AccountFacts | None = None

    def compose(self) -> ComposeResult:
        with Vertical(classes="sheet"):
            yield Static(Content.assemble("Account  ", safe_line(self._account.name)), classes="title")
            with VerticalScroll(id="account-all"):
                yield Static(Content(""), id="account-facts")
            yield Static("Esc  close     r  look again     F12  wire log     ↑ ↓ Space  scroll", classes="muted")

    def on_mount(self) -> None:
        self.action_look()

    @work(exclusive=True, group="body", exit_on_error=False)
    async def action_look(self) -> None:
        account_id = self._mail.account_id(self._account.name)
        self._show(await self._mail.facts(account_id) if account_id is not None else AccountFacts((), ()))

    def on_resize(self) -> None:
        self._show(self._facts)

    def _show(self, facts: AccountFacts | None) -> None:
        self._facts = facts
        state = next((one for one in self._mail.states() if one.account == self._account.name), None)
        width = max(40, self.query_one("#account-all").container_size.width - 1)  # one cell for the scroll bar
        text = Content("\n").join(laid_out(rows(self._account, state, facts, self._now), width))
        self.query_one("#account-facts", Static).update(text)

    def action_scroll(self, lines: int) -> None:
        self.query_one("#account-all", VerticalScroll).scroll_relative(y=lines, animate=False)


def rows(account: Account, state: AccountState | None, facts: AccountFacts | None, now: float) -> Iterator[Row]:
    """All that is shown. facts: None while the server is being asked."""
    files = account.protocol == FILES
    if files:
        yield "Files", account.host
    else:
        yield "Server", f"{account.host}, port {account.port}"
        yield "Login name", account.user
    if account.authorize_as:
        yield "Opens", f"the mailbox of {account.authorize_as}"
    if state is not None:
        yield "State", f"{glyph(state)} {in_words(state, now)}" + (f": {state.detail}" if state.detail else "")
    if account.protocol == "pop3":
        yield "Mail there", leave_in_words(account)
    if account.pin:
        yield "Pinned", account.pin
    if files:
        return
    if facts is None:
        yield "", "Asking the server…"
        return
    for number, (purpose, connection) in enumerate(facts.connections):
        if not number:
            yield "Protection", connection.tls or f"{_PROTECTION[account.security]}: readable for whoever is in between"
            yield "Logged in by", connection.mechanism or "nothing: the server knew us"
        yield _PURPOSE.get(purpose, purpose), _traffic(connection)
    if facts.errors:
        today = datetime.fromtimestamp(now)
        yield "Last troubles", None
        yield from ((short(at, today), what) for at, what in facts.errors)
    if facts.connections:
        yield from _server(facts.connections[0][1])


def _traffic(facts: Facts) -> str:
    milliseconds = facts.round_trip * 1000
    trip = f"{milliseconds:.{0 if milliseconds >= 10 else 1}f} ms round trip, " if facts.round_trip else ""
    squeezed = f", compressed\N{NO-BREAK SPACE}{facts.ratio:.1f}:1" if facts.compressed else ", not compressed"
    return f"{trip}{octets(facts.received)} in, {octets(facts.sent)} out{squeezed}"


def _server(facts: Facts) -> Iterator[Row]:
    if facts.certificate:
        yield "Certificate", None
        yield from facts.certificate
    yield "Server", None
    yield "Calls itself", facts.server or "nothing"
    yield from (("Space" if quota.resource == "STORAGE" else "Limit", _quota(quota)) for quota in facts.quotas)
    if facts.stored is not None:
        yield "Holds", f"{octets(facts.stored)} in all folders"
    yield "What it can do, and what that buys", None
    yield from facts.buys
    known = {name for name, _ in facts.buys} | {name for name, _ in facts.masked}
    if others := sorted(facts.offered - known):
        yield "Offers, too", " ".join(others)
    if facts.masked:
        yield "Not used", None
        yield from facts.masked


def _quota(quota: Quota) -> str:
    storage = quota.resource == "STORAGE"
    used, limit = (octets(n * 1024) if storage else f"{n:,}" for n in (quota.used, quota.limit))
    what = "" if storage else f" {quota.resource.lower()}s"
    share = f", {quota.used / quota.limit:.0%}" if quota.limit else ""
    return f"{used} of {limit}{what}{share}"


def laid_out(content: Iterable[Row], width: int) -> Iterator[Content]:
    """The rows as lines: labels in a column of their own, long words below their own beginning."""
    for label, words in content:
        if words is None:
            yield Content("")
            yield Content.styled(label, "bold")
            continue
        label, words = safe_line(label), safe_line(words)
        room = max(16, width - LABEL)
        gap = " " * max(1, LABEL - cell_len(label))
        for number, (start, end) in enumerate(wrap(words, room)):
            beginning = Content.styled(label, "$text-muted") + gap if not number else Content(" " * LABEL)
            yield beginning + Content(words[start:end])
