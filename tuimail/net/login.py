"""From nothing to a logged-in session, and never a secret to the wrong ear.

The order is the security: certificate before password, nothing believed that was said before TLS,
and where protection was asked for and is not had, we leave without a word (NO STARTTLS, USENIX Security 2021).
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable

from tuimail.errors import ConnectionLost, InsecureConnection, LoginRefused, ProtocolTrouble, Unreachable
from tuimail.model import Account, Security
from tuimail.net.driver import SILENCE_SECONDS, Driver
from tuimail.net.session import ImapDriver, Session, tag_of
from tuimail.net.stream import Stream, dial
from tuimail.net.wirelog import WireLog
from tuimail.net.wording import printable
from tuimail.protocol.errors import LocalProtocolError
from tuimail.protocol.imap import commands
from tuimail.protocol.imap.commands import Command
from tuimail.protocol.imap.connection import ImapMachine
from tuimail.protocol.imap.responses import Event, Greeting, Tagged

Dial = Callable[[Account], Awaitable[Stream]]
Password = Callable[[], Awaitable[str]]

GREETING_SECONDS = 15.0
LOGIN_SECONDS = 60.0
"""In all, however slowly a server drips its answer; some slow down after wrong passwords."""
_BUSY_CODES = frozenset(("UNAVAILABLE", "IN-USE", "INUSE", "LIMIT", "SERVERBUG"))
_BUSY_WORDS = re.compile(r"too many|try again later|temporar|maximum number of connections", re.IGNORECASE)


async def dial_account(account: Account) -> Stream:
    """The ordinary way to a server."""
    return await dial(account.host, account.port, tls=account.security is Security.TLS, ca_file=account.ca_file)


async def open_session(
    account: Account,
    password: Password,
    *,
    dial: Dial = dial_account,
    log: WireLog | None = None,
    silence: float = SILENCE_SECONDS,
) -> Session:
    """Connect, protect, log in. `password` is asked while the connection is being made.

    Raises Unreachable, InsecureConnection, LoginRefused, ConnectionLost, ProtocolTrouble, and whatever
    `password` raises.
    """
    asking = asyncio.ensure_future(password())
    try:
        stream = await dial(account)
        try:
            return await _log_in(account, stream, asking, log or WireLog(), silence)
        except BaseException:
            stream.abort()
            raise
    finally:
        if not asking.done():
            asking.cancel()
        await asyncio.wait([asking])
        if not asking.cancelled():
            asking.exception()


async def _log_in(
    account: Account, stream: Stream, asking: asyncio.Future[str], log: WireLog, silence: float
) -> Session:
    machine = ImapMachine()
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
    if "LOGINDISABLED" in machine.capabilities and not stream.secure:
        raise InsecureConnection(
            f"{account.host} takes no password on an unprotected connection.",
            "Set security = tls (port 993) or starttls (port 143).",
        )
    secret = await asking
    plain = base64.b64encode(f"\0{account.user}\0{secret}".encode())  # as SASL PLAIN would show it
    log.strike(secret.encode(), plain)
    await _authenticate(account, session, secret)
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
    step = "Nothing was sent. Use security = tls (port 993); if STARTTLS worked before, somebody may be in between."
    if session.machine.capabilities and "STARTTLS" not in session.machine.capabilities:
        raise InsecureConnection(f"{account.host} does not offer STARTTLS.", step)
    try:
        async with _at_most(session, GREETING_SECONDS, "to answer STARTTLS"):
            done, _ = await session.driver.launch(commands.starttls(), halt=True)
    except ProtocolTrouble as trouble:
        raise InsecureConnection(
            f"{account.host} sent more in the clear after agreeing to TLS.",
            "Nothing was sent. Somebody may be in between; try another network, or security = tls.",
        ) from trouble
    assert isinstance(done, Tagged)
    if done.status != "OK":
        raise InsecureConnection(f"{account.host} refused STARTTLS.", step)
    try:
        await stream.start_tls(account.ca_file)
        session.machine.tls_started()
    except LocalProtocolError as error:
        raise InsecureConnection(f"{account.host} did not agree to TLS.", step) from error
    session.driver.go_on()


async def _authenticate(account: Account, session: Session, password: str) -> None:
    offered = session.machine.capabilities
    try:
        command = _login_command(account.user, password, offered)
    except LocalProtocolError as error:
        raise LoginRefused("User or password hold a character no server takes.", "Type them again.") from error
    if command is None:
        raise LoginRefused(
            f"{account.host} takes no plain passwords.",
            "It may want OAuth, which is not supported yet, or an app password.",
        )
    async with _at_most(session, LOGIN_SECONDS, "to log in"):
        done, _ = await session.driver.launch(command)
    assert isinstance(done, Tagged)
    if done.status == "OK":
        return
    words, code = printable(done.text), done.code.name if done.code is not None else ""
    said = f": {words}" if words else ""
    if code in _BUSY_CODES or (not code and _BUSY_WORDS.search(words)):
        raise LoginRefused(f"{account.host} lets nobody in just now{said}.", "It is tried again later.", busy=True)
    raise LoginRefused(
        f"{account.host} refused the login of {account.user}{said}.",
        "Check user and password; many providers want an app password here.",
    )


def _login_command(user: str, password: str, offered: frozenset[str]) -> Command | None:
    """The way in with the fewest round trips; None where none takes a password."""
    plain = "AUTH=PLAIN" in offered
    login = "LOGINDISABLED" not in offered
    if "\\" in user or "/" in user:  # Exchange knows DOMAIN\user/mailbox only by LOGIN
        plain = plain and not login
    if plain and (not login or "SASL-IR" in offered or not (user + password).isascii()):
        return commands.authenticate_plain(user, password)
    return commands.login(user, password) if login else None


@contextlib.asynccontextmanager
async def _at_most(session: Session, seconds: float, what: str) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        error = ConnectionLost(f"{session.host} took more than {seconds:.0f} s {what}.")
        session.driver.fail(error)
        raise error from None
