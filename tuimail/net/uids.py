"""Every UID of a folder: in ranges where the server can (ESEARCH, or PARTIAL page by page), else in windows.

Else a huge folder would come as one line of a million numbers.
"""

from __future__ import annotations

import asyncio
from functools import partial

from tuimail.errors import ServerRefused
from tuimail.net.remote import Uids
from tuimail.net.session import ImapFlight, Session, refused
from tuimail.protocol.imap import commands, sets
from tuimail.protocol.imap.commands import Command
from tuimail.protocol.imap.responses import ESearch, Event, Search, Tagged
from tuimail.protocol.imap.tokens import whole
from tuimail.protocol.imap.verbs.searching import search

_SEARCH_SECONDS = 300.0
_SEARCH_WINDOW = 20_000
"""UIDs asked for in one SEARCH where the answer is one number each."""
_SEARCHES = 100
"""Windows or pages of one folder; where its UIDs lie further apart, or it says to be larger, one SEARCH has to do."""
_PARTS = 2_000
"""Searches for one folder of a server that looks at so many messages in each."""


async def every(session: Session, folder: bytes) -> Uids:
    """See `Remote`. Raises ServerRefused when the server lists far more messages than it has, or none of them."""
    if session.searching:  # a SEARCH answer does not say whose it is: one at a time
        await asyncio.wait([search.landed for search in session.searching])
    found: sets.Ranges = ()
    last: Event | None = None

    def take(event: Event) -> None:
        nonlocal found, last
        if event is last:  # each search under way is told of it
            return
        last = event
        if isinstance(event, ESearch):
            found = sets.union(found, event.all or event.partial or ())
        elif isinstance(event, Search):
            found = sets.union(found, sets.from_numbers(event.numbers))

    by_page = False

    def launch() -> list[ImapFlight]:
        nonlocal by_page
        pages = _pages(session, folder)
        by_page = bool(pages)
        asked = [search(("ALL",), uid=True, page=page) for page in pages] or _searches(session, folder)
        # noted as they are sent: who is cancelled while the folder is being selected leaves their answers on the way
        session.searching = [session.launch(one, want=_found, take=take, patience=_SEARCH_SECONDS) for one in asked]
        return session.searching

    def launch_below(uid: int) -> list[ImapFlight]:
        rest = commands.uid_search_within(((1, uid - 1),))
        session.searching = [session.launch(rest, want=_found, take=take, patience=_SEARCH_SECONDS)]
        return session.searching

    flights = list(await session.in_folder(folder, launch))
    refusals = []
    lowest = sets.MAX_UID
    for flight in flights:
        done, _ = await flight
        assert isinstance(done, Tagged)
        if done.status != "OK":
            refusals.append(refused(session.host, done))
        elif not (told := _looked_down_to(done)):
            continue
        elif told >= lowest or len(flights) > _PARTS:
            refusals.append(ServerRefused(f"{session.host} looked at only a part of this folder."))
        elif told > 1:
            lowest = told
            flights += await session.in_folder(folder, partial(launch_below, lowest))
    state = session.state(folder)
    if by_page and (refusals or (state is not None and sets.count(found) < state.exists)):
        # A page too short would look like messages that are gone.
        session.mask(("PARTIAL",), "its pages do not hold what was asked for")
        return await every(session, folder)
    if refusals:
        raise refusals[0]
    listed, exist = sets.count(found), state.exists if state is not None else 0
    if listed > 2 * exist + 1000 or (exist and not listed):  # also when its answer could not be read
        raise ServerRefused(f"{session.host} has {exist} messages in a folder and lists {listed}.")
    return found


def _looked_down_to(done: Tagged) -> int:
    """The lowest UID that a server with MESSAGELIMIT (RFC 9738) has come to in one command; 0: it has seen all.

    Where it does not say which: the highest there can be.
    """
    if done.code is None or done.code.name != "MESSAGELIMIT":
        return 0
    return whole(done.code.words[-1]) or sets.MAX_UID if len(done.code.words) > 1 else sets.MAX_UID


def _searches(session: Session, folder: bytes) -> list[Command]:
    """One SEARCH that answers in ranges; else for a huge folder several, as a million numbers take a while to read.

    That an answer does not say to which of them it belongs does no harm: all of them together are the folder.
    """
    state = session.state(folder)
    top = (state.uidnext or 0) - 1 if state is not None else 0
    if "ESEARCH" in session.abilities.capabilities:
        return [commands.uid_search_all(esearch=True)]
    if any(name.startswith("MESSAGELIMIT") for name in session.abilities.capabilities):
        return [commands.uid_search_all(esearch=False)]  # it says itself where the next one has to begin
    if state is None or state.exists < _SEARCH_WINDOW or not 0 < top <= _SEARCH_WINDOW * _SEARCHES:
        return [commands.uid_search_all(esearch=False)]
    lows = range(1, top + 1, _SEARCH_WINDOW)
    # The last one has no end: what arrives meanwhile is not to be missed.
    highs = [low + _SEARCH_WINDOW - 1 for low in lows[:-1]] + [sets.MAX_UID]
    return [commands.uid_search_within(((low, high),)) for low, high in zip(lows, highs, strict=True)]


def _pages(session: Session, folder: bytes) -> list[tuple[int, int]]:
    """From which to which message, for a huge folder of a server that answers pages in ranges (PARTIAL, RFC 9394)."""
    offered, state = session.abilities.capabilities, session.state(folder)
    if "PARTIAL" not in offered or "ESEARCH" in offered or state is None:
        return []
    if not _SEARCH_WINDOW <= state.exists <= _SEARCH_WINDOW * _SEARCHES:
        return []
    firsts = range(1, state.exists + 1, _SEARCH_WINDOW)
    lasts = [first + _SEARCH_WINDOW - 1 for first in firsts[:-1]] + [sets.MAX_UID]
    return list(zip(firsts, lasts, strict=True))


def _found(event: Event) -> bool:
    return isinstance(event, ESearch | Search)
