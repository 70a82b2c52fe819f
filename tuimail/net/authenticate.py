"""Logging in over IMAP: mechanism after mechanism, and never a secret twice that was refused once.

A mechanism that fails before anything made from the secret was sent (unknown to the server, not set up for this user)
makes room for the next. A NO behind that means that the secret is wrong, and then no other mechanism tries it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from tuimail.errors import LoginRefused
from tuimail.model import Account
from tuimail.net.dialogue import converse
from tuimail.net.driver import Flight
from tuimail.net.session import Session
from tuimail.net.stream import Stream
from tuimail.net.wording import busy, printable
from tuimail.protocol.errors import LocalProtocolError
from tuimail.protocol.imap import commands
from tuimail.protocol.imap.responses import Continue, Event, Tagged
from tuimail.protocol.sasl.choice import TOKENS, Situation, begin, ladder, mechanisms
from tuimail.protocol.sasl.mechanism import Credentials, Exchange
from tuimail.protocol.sasl.oauth import why_refused
from tuimail.protocol.sasl.scram import Scram

COMMAND = "the LOGIN command"
"""Stands on the ladder beside the mechanisms; it is not one, and sends the password as it is."""

_useless: dict[tuple[str, int, str], set[str]] = {}
"""(host, port, user) → mechanisms that this server offers and cannot do for this user: not tried again."""

log = logging.getLogger(__name__)


def takes_token(account: Account) -> bool:
    """Whether this account's secret is an OAuth access token."""
    return bool(account.token_command) or account.auth.upper() in TOKENS


async def authenticate(account: Account, session: Session, stream: Stream, secret: str) -> str:
    """Log in; returns how. Raises LoginRefused, InsecureConnection, ConnectionLost, ProtocolTrouble."""
    offered = session.machine.capabilities
    situation = Situation(
        mechanisms(offered),
        stream.secure or stream.embedded,
        takes_token(account),
        bool(account.client_cert),
        stream.binding,
        account.auth,
    )
    who = Credentials(account.user, secret, account.authorize_as, account.host, account.port)
    useless = _useless.setdefault((account.host, account.port, account.user), set())
    names = [name for name in _steps(account, situation, offered) if name not in useless]
    if not names:
        raise no_way_in(account, situation)
    refused: LoginRefused | None = None
    for name in names:
        if name in ("PLAIN", "LOGIN", "CRAM-MD5", COMMAND) and not (situation.protected or stream.loopback):
            log.warning("account %s: %s without TLS", account.name, name)
        try:
            if name == COMMAND:
                exchange: Exchange | None = None
                done, _ = await session.driver.launch(commands.login(account.user, secret))
            else:
                exchange = begin(name, who, situation)
                done = await converse(_Authenticate(session, exchange.name), exchange, session.host)
        except LocalProtocolError as error:
            refused = LoginRefused("User or password hold a character no server takes.", "Type them again.")
            refused.__cause__ = error
            continue
        assert isinstance(done, Tagged)
        if done.status == "OK":
            return name
        code = done.code.name if done.code is not None else ""
        refused = refusal(account, done.text, code, exchange)
        technical = done.status == "BAD" or (exchange is not None and not exchange.proved)
        if isinstance(exchange, Scram) and exchange.technical:
            technical = True
        if refused.busy or not technical:
            raise refused
        useless.add(name)
    assert refused is not None
    useless.clear()  # none works: perhaps the server was at fault, so all are tried when we are told to
    raise refused


def _steps(account: Account, situation: Situation, offered: frozenset[str]) -> list[str]:
    """The mechanisms, with the LOGIN command at its place among those that show the password."""
    names = ladder(situation)
    if "LOGINDISABLED" in offered or situation.token or account.authorize_as or account.auth not in ("auto", "login"):
        return names
    if account.auth == "login":
        return [*names, COMMAND]
    plain = names.index("PLAIN") if "PLAIN" in names else None
    if plain is None:
        at = next((names.index(name) for name in ("LOGIN",) if name in names), len(names))
        if situation.protected and "CRAM-MD5" in names:
            at = min(at, names.index("CRAM-MD5"))
        return [*names[:at], COMMAND, *names[at:]]
    # The one with fewer round trips first; Exchange knows DOMAIN\user/mailbox only by LOGIN.
    exchange = "\\" in account.user or "/" in account.user
    quick = "SASL-IR" in offered or not account.user.isascii()
    at = plain if exchange or not quick else plain + 1
    return [*names[:at], COMMAND, *names[at:]]


class _Authenticate:
    """AUTHENTICATE, in which RFC 4959 lets the first word travel."""

    def __init__(self, session: Session, name: str) -> None:
        self._session = session
        self._name = name

    def fits(self, first: bytes) -> bool:
        return "SASL-IR" in self._session.machine.capabilities

    def begin(self, first: bytes | None, hear: Callable[[str], None]) -> Flight[Event]:
        def take(event: Event) -> None:
            assert isinstance(event, Continue)
            hear(event.text)

        return self._session.driver.launch(
            commands.authenticate_in_dialogue(self._name, first),
            want=lambda event: isinstance(event, Continue) and event.tag is not None,
            take=take,
        )

    def tell(self, answer: bytes | None) -> None:
        self._session.driver.tell(commands.sasl_answer(answer))

    def accepted(self, done: Event) -> bool:
        assert isinstance(done, Tagged)
        return done.status == "OK"


def refusal(account: Account, text: str, code: str, exchange: Exchange | None) -> LoginRefused:
    """The server's no to a login, in a sentence."""
    words = printable(text).rstrip(". ")
    said = f": {words}" if words else ""
    if busy(code, words):
        return LoginRefused(f"{account.host} lets nobody in just now{said}.", "It is tried again later.", busy=True)
    if exchange is not None and exchange.name in TOKENS:
        why = printable(why_refused(exchange.complaint)) or words or "no reason was given"
        return LoginRefused(
            f"{account.host} refused the access token of {account.user}: {why}.",
            "Log in with your provider again, so that token_command gives a fresh one.",
        )
    return LoginRefused(
        f"{account.host} refused the login of {account.user}{said}.", _NEXT.get(code) or _NEXT["AUTHENTICATIONFAILED"]
    )


_NEXT: Mapping[str, str] = {  # RFC 5530 §3
    "AUTHENTICATIONFAILED": "Check user and password; many providers want an app password here.",
    "EXPIRED": "The password has expired: change it with your provider.",
    "AUTHORIZATIONFAILED": "User and password are right, but not for this mailbox: check authorize_as.",
    "PRIVACYREQUIRED": "The server wants TLS for this: set security = tls or starttls.",
    "CONTACTADMIN": "Ask whoever runs the server.",
}


def no_way_in(account: Account, situation: Situation) -> LoginRefused:
    """None of the ways offered will do."""
    offered = ", ".join(sorted(situation.offered)) or "nothing"
    bound = sorted(name for name in situation.offered if name.endswith("-PLUS"))
    if bound and situation.protected and not situation.binding and account.auth.upper() in ("AUTO", *bound):
        return LoginRefused(
            f"{account.host} takes only logins that are tied to the TLS connection ({printable(bound[-1], 40)}), and "
            "Python cannot do that with TLS 1.3.",
            "If the server is your own, let it offer SCRAM without -PLUS as well, or TLS 1.2.",
            secret=False,
        )
    if account.auth != "auto":
        return LoginRefused(
            f"{account.host} does not offer {printable(account.auth.upper(), 40)}, which this account insists on.",
            f"It offers: {printable(offered)}. Set auth = “auto” in config.toml.",
            secret=False,
        )
    if situation.token:
        return LoginRefused(
            f"{account.host} takes no access tokens.",
            "Use password_command instead of token_command for this account.",
            secret=False,
        )
    if situation.offered & set(TOKENS):
        return LoginRefused(
            f"{account.host} takes no passwords, only OAuth.",
            "Set token_command in config.toml to a program that prints an access token.",
            secret=False,
        )
    return LoginRefused(
        f"{account.host} offers no way to log in that is known here.",
        f"It offers: {printable(offered)}.",
        secret=False,
    )
