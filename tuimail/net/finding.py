"""Asking an IMAP server what it finds in one folder, for words that only the server has all of."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from tuimail.errors import ServerRefused
from tuimail.net.remote import Uids
from tuimail.net.session import ImapFlight, Session
from tuimail.protocol.imap import sets
from tuimail.protocol.imap.commands import Command
from tuimail.protocol.imap.responses import ESearch, Event, Search
from tuimail.protocol.imap.verbs.arguments import Text
from tuimail.protocol.imap.verbs.searching import Key, search

_SECONDS = 120.0
"""A server without an index reads every message for this."""
_PAGE = 5_000
"""Hits at a time, the newest first, of a server that can give them so (PARTIAL, RFC 9394) and not as ranges."""


@runtime_checkable
class Finds(Protocol):
    """A Remote that can search."""

    async def find(self, folder: bytes, keys: Sequence[Key], uidvalidity: int | None) -> Uids:
        """UID SEARCH (RFC 9051 §6.4.4), the texts in UTF-8 where one of them needs it.

        Raises ServerRefused: code BADCHARSET when the server does not know UTF-8, UIDVALIDITY when the folder has been
        numbered anew.
        """
        ...


async def find(session: Session, folder: bytes, keys: Sequence[Key], uidvalidity: int | None) -> Uids:
    """See `Finds.find`."""
    while flying := [flight.landed for flight in session.searching if not flight.landed.done()]:
        await asyncio.wait(flying)  # a SEARCH answer does not say whose it is: one at a time
    charset = "UTF-8" if any(isinstance(key, Text) and not key.text.isascii() for key in keys) else ""
    offered = session.abilities.capabilities
    returning = ["ALL"] if "ESEARCH" in offered else []
    newest = 1 if "PARTIAL" in offered and not returning else None
    found: sets.Ranges = ()
    while True:
        page = (-newest, -newest - _PAGE + 1) if newest is not None else None
        command = search(keys, uid=True, charset=charset, returning=returning, page=page)
        hits = await _ask(session, folder, command, charset)
        state = session.state(folder)
        if uidvalidity is not None and state is not None and state.uidvalidity != uidvalidity:
            raise ServerRefused("This folder was numbered anew.", code="UIDVALIDITY")
        before, found = found, sets.union(found, hits)
        if newest is None or found == before or state is None or sets.count(found) >= state.exists:
            return found
        newest += sets.count(hits)


async def _ask(session: Session, folder: bytes, command: Command, charset: str) -> sets.Ranges:
    def launch() -> list[ImapFlight]:
        # noted as it is sent: who is cancelled while the folder is being selected leaves its answer on the way
        session.searching = [session.launch(command, want=_is_found, patience=_SECONDS)]
        return session.searching

    flights = await session.in_folder(folder, launch)
    try:
        events = await session.answer(flights[0])
    except ServerRefused as error:
        if charset and error.code != "BADCHARSET" and "CHARSET" in str(error).upper():
            raise ServerRefused(error.sentence, error.next_step, code="BADCHARSET") from error
        raise
    hits: sets.Ranges = ()
    for event in events:
        if isinstance(event, ESearch):
            hits = sets.union(hits, event.all or event.partial or ())
        elif isinstance(event, Search):
            hits = sets.union(hits, sets.from_numbers(event.numbers))
    return hits


def _is_found(event: Event) -> bool:
    return isinstance(event, ESearch | Search)
