"""From nothing to a logged-in connection, as far as it is the same for every protocol.

The order is the security: certificate before password, nothing believed that was said before TLS,
and where protection was asked for and is not had, we leave without a word (NO STARTTLS, USENIX Security 2021).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar

from tuimail.errors import CertificateRefused, ConnectionLost, InsecureConnection, RemoteError
from tuimail.model import Account, Security
from tuimail.net.driver import Driver
from tuimail.net.stream import Stream, dial
from tuimail.net.tls import Trust, trust_of

Dial = Callable[[Account], Awaitable[Stream]]
Password = Callable[[], Awaitable[str]]
Certificate = tuple[tuple[str, str], ...]
T = TypeVar("T")


async def dial_account(account: Account) -> Stream:
    """The ordinary way to a server."""
    return await dial(account.host, account.port, trust=trust_of(account) if account.security is Security.TLS else None)


async def enter(
    account: Account,
    password: Password,
    dial: Dial,
    log_in: Callable[[Stream, asyncio.Future[str]], Awaitable[T]],
    look: Callable[[Account], Awaitable[Certificate]],
) -> T:
    """Connect and log in; `password` is asked while the connection is being made.

    log_in gets the line and the password to come; look: the certificate for people, when it was refused.
    Raises what they raise, and Unreachable, InsecureConnection.
    """
    asking = asyncio.ensure_future(password())
    try:
        stream = await dial(account)
        try:
            return await log_in(stream, asking)
        except BaseException:
            stream.abort()
            raise
    except CertificateRefused as error:
        error.about = error.about or await look(account)
        raise
    finally:
        if (
            not asking.done()
        ):  # and no turn of the loop when it is: whoever is cancelled in it would lose the connection
            asking.cancel()
            await asyncio.wait([asking])
        if not asking.cancelled():
            asking.exception()


async def certificate_shown(
    account: Account, seconds: float, start_tls: Callable[[Stream, Trust], Awaitable[None]]
) -> Certificate:
    """The certificate the server shows, for people (`tls.describe`); believed by nobody and good for nothing else.

    Python does not show one that it has refused, so it is asked for once more. No word about the user is sent.
    start_tls: how the protocol gets to TLS on an open line. Empty when it cannot be had.
    """
    nobody = Trust(nobody=True)
    try:
        async with asyncio.timeout(seconds):
            stream = await dial(account.host, account.port, trust=nobody if account.security is Security.TLS else None)
            try:
                if account.security is Security.STARTTLS:
                    await start_tls(stream, nobody)
                return stream.certificate
            finally:
                stream.abort()
    except (RemoteError, TimeoutError):
        return ()


def wants_starttls(account: Account, stream: Stream) -> bool:
    """Whether TLS must begin on this line before anything else is said.

    In the clear only to this machine or by the user's own word. Raises InsecureConnection.
    """
    if stream.secure or stream.embedded:
        return False
    if account.security is Security.PLAIN:
        if not (stream.loopback or account.allow_plaintext):
            raise InsecureConnection(
                f"The connection to {account.host} is not protected, so the password is not sent.",
                "Set security = tls or starttls, or allow_plaintext = true if you mean it.",
            )
        return False
    if account.security is Security.TLS:
        raise InsecureConnection(f"The connection to {account.host} is not inside TLS.", "Nothing was sent.")
    return True


@contextlib.asynccontextmanager
async def at_most(driver: Driver[Any, Any], seconds: float, what: str) -> AsyncIterator[None]:
    """Break the connection when the inside takes longer. Raises ConnectionLost."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        error = ConnectionLost(f"{driver.stream.host} took more than {seconds:.0f} s {what}.")
        driver.fail(error)
        raise error from None
