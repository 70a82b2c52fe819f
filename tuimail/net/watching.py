"""Waiting for a folder to change: IDLE (RFC 2177), or NOOP by the clock where there is none."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from tuimail.errors import ServerRefused
from tuimail.net.session import ImapFlight, Session
from tuimail.protocol.imap import commands
from tuimail.protocol.imap.responses import Continue

RENEW_SECONDS = 540.0
"""Nine minutes: RFC 2177 says 29, NAT boxes forget sooner."""
NOOP_SECONDS = 30.0
ANSWER_SECONDS = 15.0
AT_ONCE_SECONDS = 1.0
_FOR_EVER = float("inf")


_EVENTS = b"(SELECTED (MessageNew MessageExpunge FlagChange)) (PERSONAL (MessageNew MessageExpunge FlagChange))"
"""RFC 5465 §5 and §6: the folder in view as IDLE tells of it, every other folder of one's own by a STATUS."""


async def wait(
    session: Session, folder: bytes, *, renew: float = RENEW_SECONDS, noop: float = NOOP_SECONDS
) -> frozenset[bytes]:
    """See `Remote.wait`. Others may use the connection meanwhile: the IDLE makes way and comes back."""
    if session.abilities.notify and not session.notified:
        await _ask_to_be_told(session)
    if session.stirred:
        session.news.clear()
    else:
        await _wait(session, folder, renew, noop)
    stirred, session.stirred = frozenset(session.stirred), set()
    return stirred or frozenset((folder,))


async def _ask_to_be_told(session: Session) -> None:
    """NOTIFY once for all folders; where it is refused after all, it is as if it had not been offered."""
    session.notified = True  # the first STATUS may come before the OK
    try:
        await session.ask(commands.notify(_EVENTS))
    except ServerRefused:
        session.notified = False
        session.mask(("NOTIFY",), "it was offered and then refused")


async def _wait(session: Session, folder: bytes, renew: float, noop: float) -> None:
    known = session.state(folder)
    by_clock = session.idle_refused or not session.abilities.idle
    while True:
        interrupted = asyncio.Event()
        async with session.alone_in(folder, interrupted.set) as state:
            # selected anew since it was last known: what happened in between nobody told
            if session.news.is_set() or (known is not None and known != state):
                session.news.clear()
                return
            known = None
            if interrupted.is_set():
                pass  # somebody has been waiting for this turn to end
            elif not by_clock:
                by_clock = session.idle_refused = not await _idle(session, interrupted, renew)
            else:
                await session.launch(commands.noop())
        if session.news.is_set():
            session.news.clear()
            return
        known = session.state(folder)
        if by_clock:
            await asyncio.sleep(noop)


async def _idle(session: Session, interrupted: asyncio.Event, renew: float) -> bool:
    """One IDLE, until there is news, somebody wants to work, or it is time to renew. False: the server has none."""
    driver = session.driver
    began = asyncio.Event()
    sent_at = asyncio.get_running_loop().time()
    flight = session.launch(
        commands.idle(),
        want=lambda event: isinstance(event, Continue),
        take=lambda _: began.set(),
        patience=ANSWER_SECONDS,
    )
    try:
        await _first(began, flight)
        if not flight.landed.done():
            driver.bear(flight, _FOR_EVER)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(renew):
                    await _first(session.news, flight, interrupted)
    finally:
        if not (ended := flight.landed.done()):
            driver.tell(commands.done())
            driver.bear(flight, ANSWER_SECONDS)
    done, _ = await flight
    # One without a +, or that the server ends at once, would be followed by the next at once, for ever.
    at_once = ended and asyncio.get_running_loop().time() - sent_at < AT_ONCE_SECONDS
    return began.is_set() and not at_once and getattr(done, "status", "") == "OK"


async def _first(event: asyncio.Event, flight: ImapFlight, other: asyncio.Event | None = None) -> None:
    """Until one of the events is set or the command has landed."""
    waits: list[asyncio.Future[Any]] = [asyncio.ensure_future(it.wait()) for it in (event, other) if it is not None]
    try:
        await asyncio.wait([*waits, flight.landed], return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waits:
            each.cancel()
