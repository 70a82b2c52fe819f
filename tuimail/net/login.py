"""From nothing to a logged-in session, and never a secret to the wrong ear.

The order is the security: certificate before password, nothing believed that was said before TLS,
and where protection was asked for and is not had, we leave without a word (NO STARTTLS, USENIX Security 2021).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

from tuimail.errors import (
    CertificateRefused,
    ConnectionLost,
    InsecureConnection,
    ProtocolTrouble,
    RemoteError,
    Unreachable,
)
from tuimail.model import Account, Security
from tuimail.net.authenticate import authenticate
from tuimail.net.driver import SILENCE_SECONDS, Driver
from tuimail.net.session import ImapDriver, Session, tag_of
from tuimail.net.stream import Stream, dial
from tuimail.net.tls import Trust, trust_of
from tuimail.net.wirelog import WireLog
from tuimail.net.wording import printable
from tuimail.protocol.errors import LocalProtocolError
from tuimail.protocol.imap import commands
from tuimail.protocol.imap.connection import ImapMachine
from tuimail.protocol.imap.responses import Event, Greeting, Tagged

Dial = Callable[[Account], Awaitable[Stream]]
Password = Callable[[], Awaitable[str]]

GREETING_SECONDS = 15.0
LOOK_SECONDS = 5.0
"""For a second look at a certificate that was refused."""
LOGIN_SECONDS = 60.0
"""In all, however slowly a server drips its answer; some slow down after wrong passwords."""


async def dial_account(account: Account) -> Stream:
    """The ordinary way to a server."""
    return await dial(account.host, account.port, trust=trust_of(account) if account.security is Security.TLS else None)


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
    asking = asyncio.ensure_future(password())
    try:
        stream = await dial(account)
        try:
            return await _log_in(account, stream, asking, log or WireLog(), silence)
        except BaseException:
            stream.abort()
            raise
    except CertificateRefused as error:
        error.about = error.about or await look_at_certificate(account)
        raise
    finally:
        if not asking.done():
            asking.cancel()
        await asyncio.wait([asking])
        if not asking.cancelled():
            asking.exception()


async def look_at_certificate(account: Account) -> tuple[tuple[str, str], ...]:
    """The certificate the server shows, for people (`tls.describe`); believed by nobody and good for nothing else.

    Python does not show one that it has refused, so it is asked for once more. No word about the user is sent.
    Empty when it cannot be had.
    """
    nobody = Trust(nobody=True)
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            stream = await dial(account.host, account.port, trust=nobody if account.security is Security.TLS else None)
            try:
                if account.security is Security.STARTTLS:
                    session, _ = await _meet(account, stream, WireLog(), SILENCE_SECONDS)
                    await _start_tls(stream, session, nobody)
                return stream.certificate
            finally:
                stream.abort()
    except (RemoteError, TimeoutError):
        return ()


async def _meet(account: Account, stream: Stream, log: WireLog, silence: float) -> tuple[Session, Greeting]:
    """The other side's greeting, and who will talk with it. Raises Unreachable when it turns us away."""
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
    if not (stream.secure or stream.embedded):
        await _protect(account, stream, session)
    await _know(session)
    if "LOGINDISABLED" in session.machine.capabilities and not stream.secure:
        raise InsecureConnection(
            f"{account.host} takes no password on an unprotected connection.",
            "Set security = tls (port 993) or starttls (port 143).",
        )
    secret = await asking
    log.strike(secret)
    async with _at_most(session, LOGIN_SECONDS, "to log in"):
        session.mechanism = await authenticate(account, session, stream, secret)
    await _know(session)
    return session


async def _know(session: Session) -> None:
    """The capabilities of this stage; a round trip only where the server has not told them by itself."""
    if not session.machine.capabilities:
        async with _at_most(session, LOGIN_SECONDS, "to say what it can do"):
            await session.ask(commands.capability())


async def _protect(account: Account, stream: Stream, session: Session) -> None:
    """STARTTLS where it is wanted; in the clear only to this machine or by the user's own word."""
    if account.security is Security.PLAIN:
        if not (stream.loopback or account.allow_plaintext):
            raise InsecureConnection(
                f"The connection to {account.host} is not protected, so the password is not sent.",
                "Set security = tls or starttls, or allow_plaintext = true if you mean it.",
            )
        return
    if account.security is Security.TLS:
        raise InsecureConnection(f"The connection to {account.host} is not inside TLS.", "Nothing was sent.")
    await _start_tls(stream, session, trust_of(account))


async def _start_tls(stream: Stream, session: Session, trust: Trust) -> None:
    step = "Nothing was sent. Use security = tls (port 993); if STARTTLS worked before, somebody may be in between."
    if session.machine.capabilities and "STARTTLS" not in session.machine.capabilities:
        raise InsecureConnection(f"{session.host} does not offer STARTTLS.", step)
    try:
        async with _at_most(session, GREETING_SECONDS, "to answer STARTTLS"):
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


@contextlib.asynccontextmanager
async def _at_most(session: Session, seconds: float, what: str) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        error = ConnectionLost(f"{session.host} took more than {seconds:.0f} s {what}.")
        session.driver.fail(error)
        raise error from None
