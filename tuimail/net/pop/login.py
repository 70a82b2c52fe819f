"""From nothing to a logged-in POP3 session (see `entering` for the rules all protocols share).

CAPA is read up to three times, because what is offered changes with TLS and with the login (Gmail offers PIPELINING
only behind it). A server that knows no CAPA is an old one, and is believed to know USER.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tuimail.errors import InsecureConnection, LoginRefused, ProtocolTrouble, Unreachable
from tuimail.model import Account
from tuimail.net import entering
from tuimail.net.driver import SILENCE_SECONDS, Driver
from tuimail.net.entering import Certificate, Dial, Password, at_most, dial_account, wants_starttls
from tuimail.net.pop.authenticate import BUSY, authenticate
from tuimail.net.pop.batches import PopDriver
from tuimail.net.pop.session import PopSession, tag_of
from tuimail.net.stream import Stream
from tuimail.net.tls import Trust, trust_of
from tuimail.net.wirelog import WireLog
from tuimail.net.wording import busy, printable
from tuimail.protocol.errors import LocalProtocolError
from tuimail.protocol.pop3 import commands
from tuimail.protocol.pop3.connection import PopMachine
from tuimail.protocol.pop3.responses import Event, Greeting, Reply

GREETING_SECONDS = 15.0
LOOK_SECONDS = 5.0
"""For a second look at a certificate that was refused."""
LOGIN_SECONDS = 60.0
"""In all, however slowly a server drips its answer; some slow down after wrong passwords."""


async def open_pop(
    account: Account,
    password: Password,
    *,
    dial: Dial = dial_account,
    log: WireLog | None = None,
    silence: float = SILENCE_SECONDS,
) -> PopSession:
    """Connect, protect, log in. `password` is asked while the connection is being made.

    Raises Unreachable, InsecureConnection (CertificateRefused with the certificate in it), LoginRefused (busy for
    IN-USE, LOGIN-DELAY, SYS/TEMP), ConnectionLost, ProtocolTrouble, and whatever `password` raises.
    """

    async def log_in(stream: Stream, asking: asyncio.Future[str]) -> PopSession:
        return await _log_in(account, stream, asking, log or WireLog(), silence)

    return await entering.enter(account, password, dial, log_in, look_at_certificate)


async def look_at_certificate(account: Account) -> Certificate:
    """The certificate the server shows, for people; see `entering.certificate_shown`."""

    async def start_tls(stream: Stream, trust: Trust) -> None:
        await _start_tls(stream, await meet(account, stream), trust)

    return await entering.certificate_shown(account, LOOK_SECONDS, start_tls)


async def meet(
    account: Account, stream: Stream, log: WireLog | None = None, silence: float = SILENCE_SECONDS
) -> PopSession:
    """Hear the greeting. Raises Unreachable, or LoginRefused (busy), when it turns us away."""
    machine = PopMachine(account.mask)
    heard: list[Callable[[Event, bool], None]] = []

    def hear(event: Event, asked: bool) -> None:
        for listen in heard:
            listen(event, asked)

    driver: PopDriver = Driver(
        machine, stream, tag_of=tag_of, unasked=hear, shown=lambda: machine.sent_for_log, log=log, silence=silence
    )
    session = PopSession(driver, machine, account.host)
    heard.append(session.heard)
    greeting = await driver.event(lambda event: isinstance(event, Greeting), GREETING_SECONDS, "its greeting")
    assert isinstance(greeting, Greeting)
    if not greeting.ok:
        words = printable(greeting.text).rstrip(". ")
        sentence = f"{account.host} turns us away{f': {words}' if words else ''}."
        if greeting.code in BUSY or busy(greeting.code, words):
            raise LoginRefused(sentence, "It is tried again later.", busy=True)
        raise Unreachable(sentence, "Try again later.")
    return session


async def _log_in(
    account: Account, stream: Stream, asking: asyncio.Future[str], log: WireLog, silence: float
) -> PopSession:
    session = await meet(account, stream, log, silence)
    if wants_starttls(account, stream):
        await _start_tls(stream, session, trust_of(account))
    await _know(session)
    if "UTF8" in session.machine.capabilities:
        async with at_most(session.driver, LOGIN_SECONDS, "to switch to UTF-8"):
            await session.hear(commands.utf8())
    secret = await asking
    log.strike(secret)
    async with at_most(session.driver, LOGIN_SECONDS, "to log in"):
        session.mechanism = await authenticate(account, session, stream, secret)
    await _know(session)
    return session


async def _know(session: PopSession) -> None:
    """The capabilities of this stage. An -ERR means that none are known."""
    async with at_most(session.driver, LOGIN_SECONDS, "to say what it can do"):
        await session.hear(commands.capa())


async def _start_tls(stream: Stream, session: PopSession, trust: Trust) -> None:
    """STLS, without asking first whether it is offered: that could be struck out by whoever sits in between."""
    step = "Nothing was sent. Use security = tls (port 995); if STLS worked before, somebody may be in between."
    try:
        async with at_most(session.driver, GREETING_SECONDS, "to answer STLS"):
            done, _ = await session.driver.launch(commands.stls(), halt=True)
    except ProtocolTrouble as trouble:
        raise InsecureConnection(
            f"{session.host} sent more in the clear after agreeing to TLS.",
            "Nothing was sent. Somebody may be in between; try another network, or security = tls.",
        ) from trouble
    assert isinstance(done, Reply)
    if not done.ok:
        raise InsecureConnection(f"{session.host} refused STLS.", step)
    try:
        await stream.start_tls(trust)
        session.machine.tls_started()
    except LocalProtocolError as error:
        raise InsecureConnection(f"{session.host} did not agree to TLS.", step) from error
    session.driver.go_on()
