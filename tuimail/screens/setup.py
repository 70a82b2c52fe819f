"""The first screen when no account is known: add one, look at the demo, or leave."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Button, Input, OptionList, Select, Static
from textual.widgets.option_list import Option

from tuimail.accounts.pop3 import RECENT
from tuimail.accounts.urls import default_port
from tuimail.errors import CertificateRefused, TuimailError
from tuimail.model import Account, Security
from tuimail.widgets.safe import safe_text

log = logging.getLogger(__name__)

Check = Callable[[Account, str], Awaitable[None]]
"""Connects and logs in with this password; raises TuimailError with a sentence when that fails."""
Save = Callable[[Account, str], Awaitable[None]]
"""Keeps the account, and its password where a safe place exists; raises TuimailError."""


class Choice(StrEnum):
    """What came out of the first screen."""

    ACCOUNT = "account"
    """An account has been tested and saved."""
    DEMO = "demo"
    QUIT = "quit"


_CHOICES = (
    (Choice.ACCOUNT, "Add a mail account", "IMAP or POP3: your address, the server and the password"),
    (Choice.DEMO, "Try the demo", "sample mail; nothing leaves this machine"),
    (Choice.QUIT, "Quit", ""),
)


class SetupScreen(Screen[Choice]):
    """Three choices. Answers one of them by `dismiss`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,escape", "dismiss('quit')", "Quit"),
        Binding("j", "walk(1)", show=False),
        Binding("k", "walk(-1)", show=False),
    ]

    def __init__(self, check: Check, save: Save) -> None:
        super().__init__()
        self._check = check
        self._save = save

    def compose(self) -> ComposeResult:
        with Vertical(classes="welcome"):
            yield Static("tuimail", classes="name")
            yield Static("Mail in the terminal: opens at once, works offline, undoes everything.")
            yield OptionList(
                *(
                    Option(
                        Content.assemble((words, "bold"), ("\n" + more, "$text-muted") if more else ""), id=choice.value
                    )
                    for choice, words, more in _CHOICES
                )
            )
            yield Static("↑ ↓  walk     Enter  choose     q  quit", classes="muted")

    def action_walk(self, lines: int) -> None:
        choices = self.query_one(OptionList)
        (choices.action_cursor_down if lines > 0 else choices.action_cursor_up)()

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        choice = Choice(event.option_id or "quit")
        if choice is Choice.ACCOUNT:
            if not self.app.is_screen_installed("account"):  # so what was typed is still there behind Esc
                self.app.install_screen(AccountForm(self._check, self._save), "account")
            self.app.push_screen("account", self._saved)
        else:
            self.dismiss(choice)

    def _saved(self, saved: bool | None) -> None:
        if saved:
            self.dismiss(Choice.ACCOUNT)


Way = tuple[str, Security]
"""(protocol, how it is protected)"""
_PORTS: dict[Way, str] = {
    (protocol, security): str(default_port(protocol, security))
    for protocol in ("imap", "pop3")
    for security in (Security.TLS, Security.STARTTLS, Security.PLAIN)
}
_WAYS: tuple[tuple[str, Way], ...] = (
    ("TLS (usual)", ("imap", Security.TLS)),
    ("STARTTLS", ("imap", Security.STARTTLS)),
    ("None: only for a server on this machine", ("imap", Security.PLAIN)),
    ("POP3 over TLS: mail is filed on this machine", ("pop3", Security.TLS)),
    ("POP3 with STARTTLS", ("pop3", Security.STARTTLS)),
    ("POP3, no protection: only on this machine", ("pop3", Security.PLAIN)),
)
_CALLED = {"imap": "imap", "imaps": "imap", "pop": "pop3", "pop3": "pop3", "pops": "pop3", "pop3s": "pop3"}
"""What a server speaks whose name begins so."""
_LOGIN_NAME = "only when it is not the address"
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class Field(Horizontal):
    """A label and what is to be filled in, on one line."""

    def __init__(self, label: str, entry: Widget) -> None:
        super().__init__(Static(label, classes="label"), entry)


class AccountForm(Screen[bool]):
    """Asks for one account, tries it, saves it. Answers True when it was saved."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back"),
        Binding("ctrl+s", "save", "Connect and save"),
    ]

    def __init__(self, check: Check, save: Save) -> None:
        super().__init__()
        self._check = check
        self._save = save
        self._host_proposed = ""
        self._shown: CertificateRefused | None = None
        self._pin = ""

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="welcome", can_focus=False):
            yield Static("Add a mail account", classes="name")
            yield Field("Address", Input(id="address", placeholder="you@example.org"))
            yield Field("Server", Input(id="host", placeholder="imap.example.org"))
            security = Select(_WAYS, value=_WAYS[0][1], allow_blank=False, id="security", compact=True)
            yield Field("Security", security)
            yield Field("Port", Input(id="port", value="993", type="integer", max_length=5))
            yield Field("Login name", Input(id="user", placeholder=_LOGIN_NAME))
            yield Field("Password", Input(id="password", password=True))
            yield Static("", markup=False, id="complaint", classes="complaint")
            yield Static("", markup=False, id="certificate")
            with Horizontal(id="buttons"):
                yield Button("Connect and save", variant="primary", id="go", compact=True)
                yield Button("Pin this certificate", id="pin", compact=True)
                yield Button("Back", id="back", compact=True)
            yield Static("Tab  next field     Enter  connect and save     Esc  back", classes="muted")

    def _value(self, name: str) -> str:
        return self.query_one(f"#{name}", Input).value.strip()

    @property
    def _way(self) -> Way:
        value = self.query_one("#security", Select).value
        return value if isinstance(value, tuple) else _WAYS[0][1]

    @on(Input.Changed, "#address")
    @on(Select.Changed, "#security")
    def _propose_host(self) -> None:
        """imap.<domain> is right more often than not; a server the reader typed is never touched."""
        host = self.query_one("#host", Input)
        if host.value == self._host_proposed:
            address = self._value("address")
            domain = address.rpartition("@")[2] if "@" in address else ""
            self._host_proposed = f"{'pop' if self._way[0] == 'pop3' else 'imap'}.{domain}" if domain else ""
            host.value = self._host_proposed

    @on(Input.Changed, "#host")
    def _propose_protocol(self) -> None:
        """Who types pop.example.org means POP3, and need not know that it is chosen further down."""
        name, dot, _ = self._value("host").lower().partition(".")
        protocol, security = self._way
        if dot and (called := _CALLED.get(name, protocol)) != protocol:
            self.query_one("#security", Select).value = (called, security)

    @on(Select.Changed, "#security")
    def _propose_port(self) -> None:
        port = self.query_one("#port", Input)
        if port.value in {"", *_PORTS.values()}:
            port.value = _PORTS[self._way]

    @on(Input.Changed, "#host,#port")
    @on(Select.Changed, "#security")
    def _another_server(self) -> None:
        """What was said of one server's certificate is not true of another's."""
        self._show_certificate(None)
        self._pin = ""
        gmail = self._way[0] == "pop3" and self._value("host").endswith("gmail.com")
        offer = f"{RECENT}you@gmail.com: the last 30 days, whatever other programs have fetched"
        self.query_one("#user", Input).placeholder = offer if gmail else _LOGIN_NAME

    @on(Button.Pressed, "#pin")
    def _believe(self) -> None:
        """The reader has seen who it is and why it was refused, and knows better."""
        if self._shown is not None:
            self._pin = self._shown.pin
            self._show_certificate(None)
            self.action_save()

    def _show_certificate(self, refused: CertificateRefused | None) -> None:
        self._shown = refused if refused is not None and refused.pin else None
        lines = []
        if self._shown is not None:
            lines = [f"{what:<14}{words}" for what, words in self._shown.about]
            lines.append("Pin it only if the owner of the server has told you this fingerprint.")
        self.query_one("#certificate", Static).update(Content(safe_text("\n".join(lines))))
        self.set_class(self._shown is not None, "refused-certificate")

    @on(Button.Pressed, "#back")
    def action_back(self) -> None:
        """The form stays as it is, but nothing goes on behind it."""
        self.workers.cancel_node(self)
        self.dismiss(False)

    @on(Button.Pressed, "#go")
    @on(Input.Submitted)
    def _go(self) -> None:
        self.action_save()

    def action_save(self) -> None:
        complaint, field = self._missing()
        if complaint:
            self._complain(complaint)
            self.query_one(f"#{field}").focus()
        else:
            self._complain("")
            self._show_certificate(None)
            self._try(self._account(), self.query_one("#password", Input).value)

    def _missing(self) -> tuple[str, str]:
        """(what is wrong with the form, the field to go to), or ("", "")."""
        name, at, domain = self._value("address").rpartition("@")
        if not (name and at and domain) or " " in self._value("address"):
            return "An address looks like you@example.org.", "address"
        if not self._value("host") or any(char.isspace() or char in "/:@" for char in self._value("host").strip("[]")):
            return "The server is a name like imap.example.org, without a port.", "host"
        if not (self._value("port").isdecimal() and 0 < int(self._value("port")) < 65536):
            return f"The port is a number, here usually {_PORTS[self._way]}.", "port"
        if self._way[1] is Security.PLAIN and self._value("host") not in _LOOPBACK:
            return (
                "Without TLS the password would be open to all; only a server on this machine may do that.",
                "host",
            )
        if not self.query_one("#password", Input).value:
            return "The password is needed once, to try the connection.", "password"
        return "", ""

    def _account(self) -> Account:
        protocol, security = self._way
        return Account(
            name=self._value("address"),
            host=self._value("host"),
            port=int(self._value("port")),
            user=self._value("user") or self._value("address"),
            security=security,
            protocol=protocol,
            pin=self._pin,
        )

    def _complain(self, sentence: str) -> None:
        self.query_one("#complaint", Static).update(Content(sentence))

    @work(exclusive=True, exit_on_error=False)
    async def _try(self, account: Account, password: str) -> None:
        button = self.query_one("#go", Button)
        button.disabled, button.label = True, "Connecting…"
        try:
            await self._check(account, password)
            await self._save(account, password)
        except CertificateRefused as error:
            self._complain(f"{error.sentence} Nothing was sent.")
            self._show_certificate(error)
        except TuimailError as error:
            self._complain(str(error))
        except Exception:
            log.exception("adding an account failed")
            self._complain("Something went wrong that should not have; the log has the details.")
        else:
            self.dismiss(True)
        finally:
            button.disabled, button.label = False, "Connect and save"
