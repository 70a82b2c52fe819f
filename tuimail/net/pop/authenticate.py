"""Logging in over POP3: SASL, APOP, USER and PASS, and never a secret twice that was refused once.

As over IMAP (`tuimail.net.authenticate`): what fails before anything made from the secret was sent makes room for the
next way; a no behind that means that the secret is wrong.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable

from tuimail.errors import LoginRefused
from tuimail.model import Account
from tuimail.net.authenticate import no_way_in, refusal, takes_token
from tuimail.net.dialogue import converse
from tuimail.net.driver import Flight
from tuimail.net.pop.session import PopSession
from tuimail.net.stream import Stream
from tuimail.net.wording import printable
from tuimail.protocol.errors import LocalProtocolError
from tuimail.protocol.pop3 import commands
from tuimail.protocol.pop3.responses import Challenge, Event, Reply
from tuimail.protocol.sasl.choice import Situation, begin, ladder, mechanisms
from tuimail.protocol.sasl.mechanism import Credentials, Exchange
from tuimail.protocol.sasl.scram import Scram

USER = "the USER command"
APOP = "APOP"
BUSY = {
    "IN-USE": "has this mailbox open for another program just now",
    "LOGIN-DELAY": "wants more time between two logins",
    "SYS/TEMP": "has a trouble of its own just now",
}
"""RFC 2449 §8.1, RFC 3206 §3: not now, and no word against the password."""

_LOCKED = re.compile(r"\block(?:ed)?\b|already (?:in use|open)|in use by", re.IGNORECASE)
"""Servers without response codes."""

log = logging.getLogger(__name__)


async def authenticate(account: Account, session: PopSession, stream: Stream, secret: str) -> str:
    """Log in; returns how. Raises LoginRefused, InsecureConnection, ConnectionLost, ProtocolTrouble."""
    offered = session.machine.capabilities
    situation = Situation(
        mechanisms(offered.get("SASL", ()), prefix=""),
        stream.secure or stream.embedded,
        takes_token(account),
        bool(account.client_cert),
        stream.binding,
        account.auth,
    )
    who = Credentials(account.user, secret, account.authorize_as, account.host, account.port)
    names = _steps(account, situation, session)
    if not names:
        raise no_way_in(account, situation)
    refused: LoginRefused | None = None
    for name in names:
        if name in ("PLAIN", "LOGIN", "CRAM-MD5", APOP, USER) and not (situation.protected or stream.loopback):
            log.warning("account %s: %s without TLS", account.name, name)
        exchange: Exchange | None = None
        try:
            if name == USER:
                reply, proved = await _by_user(account.user, secret, session)
            elif name == APOP:
                reply = await session.hear(commands.apop(account.user, secret, session.machine.stamp))
                proved = True
            else:
                exchange = begin(name, who, situation)
                done = await converse(_Auth(session, exchange.name), exchange, session.host)
                assert isinstance(done, Reply)
                reply = done
                proved = exchange.proved and not (isinstance(exchange, Scram) and exchange.technical)
        except LocalProtocolError as error:
            refused = LoginRefused("User or password hold a character no server takes.", "Type them again.")
            refused.__cause__ = error
            continue
        if reply.ok:
            return name
        refused = _refusal(account, reply, exchange)
        if refused.busy or proved:
            raise refused
    assert refused is not None
    raise refused


def _steps(account: Account, situation: Situation, session: PopSession) -> list[str]:
    """Ways to try, one after another.

    APOP only when it is asked for, or where nothing protects the line and nothing better is offered: its MD5 is of
    another age. USER where it is offered, or nothing is known about what is.
    """
    if account.auth == "apop":
        return [APOP] if session.machine.stamp else []
    names = ladder(situation)
    if situation.token or account.authorize_as or account.auth not in ("auto", "login"):
        return names
    offered = session.machine.offered
    if not offered or "USER" in offered or not names:
        names.append(USER)
    if account.auth == "auto" and session.machine.stamp and not situation.protected:
        shown = [at for at, name in enumerate(names) if name in ("PLAIN", "LOGIN", USER)]
        names.insert(shown[0] if shown else len(names), APOP)
    return names


async def _by_user(user: str, secret: str, session: PopSession) -> tuple[Reply, bool]:
    """USER, then PASS; and whether the password was given out."""
    given = commands.password(secret)  # before the server hears of the user
    reply = await session.hear(commands.user(user))
    return (await session.hear(given), True) if reply.ok else (reply, False)


class _Auth:
    """AUTH (RFC 5034), whose first word may be too long for its line."""

    def __init__(self, session: PopSession, name: str) -> None:
        self._session = session
        self._name = name

    def fits(self, first: bytes) -> bool:
        return commands.fits_behind(self._name, first)

    def begin(self, first: bytes | None, hear: Callable[[str], None]) -> Flight[Event]:
        def take(event: Event) -> None:
            assert isinstance(event, Challenge)
            hear(event.text)

        return self._session.driver.launch(
            commands.auth(self._name, first), want=lambda event: isinstance(event, Challenge), take=take
        )

    def tell(self, answer: bytes | None) -> None:
        self._session.driver.tell(commands.sasl_answer(answer))

    def accepted(self, done: Event) -> bool:
        assert isinstance(done, Reply)
        return done.ok


def _refusal(account: Account, reply: Reply, exchange: Exchange | None) -> LoginRefused:
    words = printable(reply.text).rstrip(". ")
    code = reply.code or ("IN-USE" if _LOCKED.search(words) else "")
    if why := BUSY.get(code):
        return LoginRefused(
            f"{account.host} {why}{f': {words}' if words else ''}.", "It is tried again later.", busy=True
        )
    return refusal(account, reply.text, "AUTHENTICATIONFAILED" if code == "AUTH" else code, exchange)
