"""An account made visible: how its connections are protected, what its server can do, and what went wrong last."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tuimail.changes import AccountState
from tuimail.model import Account, AccountFacts, Facts, Quota, Security
from tuimail.widgets.dates import short
from tuimail.widgets.header_block import octets
from tuimail.widgets.safe import safe_line
from tuimail.widgets.status_line import GLYPHS, in_words

if TYPE_CHECKING:
    from tuimail.mail import Mail

LABEL = 16
"""Cells of the left column."""
_PURPOSE = {"work": "Connection that works", "watch": "Connection that watches"}
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

    def compose(self) -> ComposeResult:
        with Vertical(classes="sheet"):
            yield Static(Content.assemble("Account  ", safe_line(self._account.name)), classes="title")
            with VerticalScroll(id="account-all"):
                yield Static(Content(""), id="account-facts")
            yield Static("Esc  close     r  look again     F12  wire log     ↑ ↓ Space  scroll", classes="muted")

    def on_mount(self) -> None:
        self._show(None)
        self.action_look()

    @work(exclusive=True, group="body", exit_on_error=False)
    async def action_look(self) -> None:
        account_id = self._mail.account_id(self._account.name)
        self._show(await self._mail.facts(account_id) if account_id is not None else AccountFacts((), ()))

    def _show(self, facts: AccountFacts | None) -> None:
        state = next((one for one in self._mail.states() if one.account == self._account.name), None)
        text = Content("\n").join(sheet(self._account, state, facts, self._now))
        self.query_one("#account-facts", Static).update(text)

    def action_scroll(self, lines: int) -> None:
        self.query_one("#account-all", VerticalScroll).scroll_relative(y=lines, animate=False)


def sheet(account: Account, state: AccountState | None, facts: AccountFacts | None, now: float) -> list[Content]:
    """All lines of the screen. facts: None while the server is being asked."""
    lines = [_pair("Server", f"{account.host}, port {account.port}"), _pair("Login name", account.user)]
    if account.authorize_as:
        lines.append(_pair("Opens", f"the mailbox of {account.authorize_as}"))
    if state is not None:
        lines.append(_pair("State", f"{GLYPHS[state.line]} {in_words(state, now)}"))
        if state.detail:
            lines.append(_pair("", state.detail))
    if account.pin:
        lines.append(_pair("Pinned", account.pin))
    if facts is None:
        return [*lines, Content(""), Content.styled("Asking the server…", "$text-muted")]
    for purpose, connection in facts.connections:
        lines += [
            Content(""),
            Content.styled(_PURPOSE.get(purpose, purpose), "bold"),
            *_connection(account, connection),
        ]
    if facts.connections:
        lines += _server(facts.connections[0][1])
    if facts.errors:
        today = datetime.fromtimestamp(now)
        lines += [Content(""), Content.styled("Last troubles", "bold")]
        lines += [_pair(short(at, today), what) for at, what in facts.errors]
    return lines


def _connection(account: Account, facts: Facts) -> Iterable[Content]:
    yield _pair("Protection", facts.tls or f"{_PROTECTION[account.security]}; readable for whoever is in between")
    yield _pair("Logged in by", facts.mechanism or "nothing: the server knew us")
    trip = f"{facts.round_trip * 1000:.0f} ms" if facts.round_trip >= 0.01 else f"{facts.round_trip * 1000:.1f} ms"
    yield _pair("Round trip", trip if facts.round_trip else "not measured")
    squeezed = f", compressed to 1/{facts.ratio:.1f}" if facts.compressed else ", not compressed"
    yield _pair("Traffic", f"{octets(facts.received)} in, {octets(facts.sent)} out{squeezed}")


def _server(facts: Facts) -> Iterable[Content]:
    if facts.certificate:
        yield Content("")
        yield Content.styled("Certificate", "bold")
        yield from (_pair(what, words) for what, words in facts.certificate)
    yield Content("")
    yield Content.styled("Server", "bold")
    yield _pair("Calls itself", facts.server or "nothing")
    for quota in facts.quotas:
        yield _pair("Space" if quota.resource == "STORAGE" else "Limit", _quota(quota))
    yield Content("")
    yield Content.styled("What it can do, and what that buys", "bold")
    yield from (_pair(name, words) for name, words in facts.buys)
    known = {name for name, _ in facts.buys} | {name for name, _ in facts.masked}
    if others := sorted(facts.offered - known):
        yield _pair("Offers, too", " ".join(others))
    if facts.masked:
        yield Content("")
        yield Content.styled("Not used", "bold")
        yield from (_pair(name, why) for name, why in facts.masked)


def _quota(quota: Quota) -> str:
    storage = quota.resource == "STORAGE"
    used, limit = (octets(n * 1024) if storage else f"{n:,}" for n in (quota.used, quota.limit))
    what = "" if storage else f" {quota.resource.lower()}s"
    share = f", {quota.used / quota.limit:.0%}" if quota.limit else ""
    return f"{used} of {limit}{what}{share}"


def _pair(label: str, words: str) -> Content:
    """A label and what belongs to it; a long text goes on below itself and not below the label."""
    label = safe_line(label)
    gap = " " * max(1, LABEL - len(label))
    return Content.assemble((label, "$text-muted"), gap, safe_line(words))
