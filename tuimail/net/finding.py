"""Asking an IMAP server what it finds in one folder, for words that only the server has all of."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from tuimail.errors import ServerRefused
from tuimail.net.remote import Uids
from tuimail.net.session import ImapFlight, Session
from tuimail.protocol.imap import sets
from tuimail.protocol.imap.responses import ESearch, Event, Search
from tuimail.protocol.imap.verbs.arguments import Text
from tuimail.protocol.imap.verbs.searching import Key, search

_SECONDS = 120.0
"""A server without an index reads every message for this."""


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
    extended = "ESEARCH" in session.abilities.capabilities
    command = search(keys, uid=True, charset=charset, returning=["ALL"] if extended else [])

    def launch() -> list[ImapFlight]:
        return [session.launch(command, want=_is_found, patience=_SECONDS)]

    flights = session.searching = await session.in_folder(folder, launch)
    try:
        events = await session.answer(flights[0])
    except ServerRefused as error:
        if charset and error.code != "BADCHARSET" and "CHARSET" in str(error).upper():
            raise ServerRefused(error.sentence, error.next_step, code="BADCHARSET") from error
        raise
    state = session.state(folder)
    if uidvalidity is not None and state is not None and state.uidvalidity != uidvalidity:
        raise ServerRefused("This folder was numbered anew.", code="UIDVALIDITY")
    found: sets.Ranges = ()
    for event in events:
        if isinstance(event, ESearch):
            found = sets.union(found, event.all or ())
        elif isinstance(event, Search):
            found = sets.union(found, sets.from_numbers(event.numbers))
    return found


def _is_found(event: Event) -> bool:
    return isinstance(event, ESearch | Search)
