"""From nothing to a logged-in IMAP session, and never a secret to the wrong ear (see `entering`)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tuimail.errors import InsecureConnection, ProtocolTrouble, Unreachable
from tuimail.model import Account
from tuimail.net import entering
from tuimail.net.authenticate import authenticate, refusal
from tuimail.net.driver import SILENCE_SECONDS, Driver
from tuimail.net.entering import Certificate, at_most, wants_starttls
from tuimail.net.entering import Dial as Dial
from tuimail.net.entering import Password as Password
from tuimail.net.entering import dial_account as dial_account
from tuimail.net.session import ImapDriver, Session, tag_of
from tuimail.net.stream import Stream
from tuimail.net.tls import Trust, trust_of
from tuimail.net.wirelog import WireLog
from tuimail.net.wording import busy, printable
from tuimail.protocol.errors import LocalProtocolError
from tuimail.protocol.imap import commands
from tuimail.protocol.imap.connection import ImapMachine
from tuimail.protocol.imap.responses import Event, Greeting, Tagged

GREETING_SECONDS = 15.0
LOOK_SECONDS = 5.0
"""For a second look at a certificate that was refused."""
LOGIN_SECONDS = 60.0
"""In all, however slowly a server drips its answer; some slow down after wrong passwords."""


async def open_session(
    account: Account,
    password: Password,
    *,
    dial: Dial = dial_account,
    log: WireLog | None = None,
    silence: float = SILENCE_SECONDS,
) -> Session:
    """Connect, protect, log in. `password` is asked while the connection is being made.

    Raises Unreachable, InsecureConnection (CertificateRefused with the certificate in it), LoginRefused,
    ConnectionLost, ProtocolTrouble, and whatever `password` raises.
    """

    async def log_in(stream: Stream, asking: asyncio.Future[str]) -> Session:
        return await _log_in(account, stream, asking, log or WireLog(), silence)

    return await entering.enter(account, password, dial, log_in, look_at_certificate)


async def look_at_certificate(account: Account) -> Certificate:
    """The certificate the server shows, for people; see `entering.certificate_shown`."""

    async def start_tls(stream: Stream, trust: Trust) -> None:
        session, _ = await _meet(account, stream, WireLog(), SILENCE_SECONDS)
        await _start_tls(stream, session, trust)

    return await entering.certificate_shown(account, LOOK_SECONDS, start_tls)


async def _meet(account: Account, stream: Stream, log: WireLog, silence: float) -> tuple[Session, Greeting]:
    """Hear the greeting; who will talk on. Raises Unreachable, or LoginRefused (busy), when it turns us away."""
    machine = ImapMachine(account.mask)
    heard: list[Callable[[Event, bool], None]] = []

    def hear(event: Event, asked: bool) -> None:
        for listen in heard:
            listen(event, asked)

    driver: ImapDriver = Driver(
        machine, stream, tag_of=tag_of, unasked=hear, shown=lambda: machine.sent_for_log, log=log, silence=silence
    )
    session = Session(driver, machine, account.host)
    heard.append(session.hear)
    greeting = await driver.event(lambda event: isinstance(event, Greeting), GREETING_SECONDS, "its greeting")
    assert isinstance(greeting, Greeting)
    if greeting.status == "BYE":
        words = printable(greeting.text)
        if busy(greeting.code.name if greeting.code is not None else "", words):
            raise refusal(account, greeting.text, "LIMIT", None)
        raise Unreachable(f"{account.host} turns us away{f': {words}' if words else ''}.", "Try again later.")
    return session, greeting


async def _log_in(
    account: Account, stream: Stream, asking: asyncio.Future[str], log: WireLog, silence: float
) -> Session:
    session, greeting = await _meet(account, stream, log, silence)
    if greeting.status == "PREAUTH":
        if not stream.embedded:
            raise InsecureConnection(
                f"{account.host} says we are logged in before we said who we are.",
                "Nothing was sent. Somebody may be in between; try another network.",
            )
        await _know(session)
        return session
    if wants_starttls(account, stream):
        await _start_tls(stream, session, trust_of(account))
    await _know(session)
    if "LOGINDISABLED" in session.machine.capabilities and not stream.secure:
        raise InsecureConnection(
            f"{account.host} takes no password on an unprotected connection.",
            "Set security = tls (port 993) or starttls (port 143).",
        )
    secret = await asking
    log.strike(secret)
    async with at_most(session.driver, LOGIN_SECONDS, "to log in"):
        session.mechanism = await authenticate(account, session, stream, secret)
    await _know(session)
    return session


async def _know(session: Session) -> None:
    """The capabilities of this stage; a round trip only where the server has not told them by itself."""
    if not session.machine.capabilities:
        async with at_most(session.driver, LOGIN_SECONDS, "to say what it can do"):
            await session.ask(commands.capability())


async def _start_tls(stream: Stream, session: Session, trust: Trust) -> None:
    step = "Nothing was sent. Use security = tls (port 993); if STARTTLS worked before, somebody may be in between."
    if session.machine.capabilities and "STARTTLS" not in session.machine.capabilities:
        raise InsecureConnection(f"{session.host} does not offer STARTTLS.", step)
    try:
        async with at_most(session.driver, GREETING_SECONDS, "to answer STARTTLS"):
            done, _ = await session.driver.launch(commands.starttls(), halt=True)
    except ProtocolTrouble as trouble:
        raise InsecureConnection(
            f"{session.host} sent more in the clear after agreeing to TLS.",
            "Nothing was sent. Somebody may be in between; try another network, or security = tls.",
        ) from trouble
    assert isinstance(done, Tagged)
    if done.status != "OK":
        raise InsecureConnection(f"{session.host} refused STARTTLS.", step)
    try:
        await stream.start_tls(trust)
        session.machine.tls_started()
    except LocalProtocolError as error:
        raise InsecureConnection(f"{session.host} did not agree to TLS.", step) from error
    session.driver.go_on()
