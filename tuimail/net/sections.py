"""Bringing one section of a message: whole when it is small, in windows two deep when it is large.

A window is the price of giving up on a download, and the grain of its progress.
"""

from __future__ import annotations

from collections import deque

from tuimail.errors import NotFound
from tuimail.net.remote import Progress
from tuimail.net.session import ImapFlight, Session
from tuimail.protocol.imap import commands
from tuimail.protocol.imap.responses import Event, Fetch

WINDOW = 256 * 1024
_IN_FLIGHT = 2
_LIMIT = 1 << 30
"""Octets; a server that goes on for ever is cut off here."""


async def fetch_section(
    session: Session, folder: bytes, uid: int, section: str, progress: Progress | None, size: int | None
) -> bytes:
    """See `Remote.section`. size: octets in all where the caller knows (from BODYSTRUCTURE), for the progress."""
    first = await _ask(session, folder, uid, section, 0)
    data, whole_message = await _window(session, first, uid, section, 0)
    if section == "" and whole_message is not None:
        size = whole_message
    pieces, got = [data], len(data)
    flying: deque[tuple[int, ImapFlight]] = deque()
    offset = WINDOW
    short = got != WINDOW  # longer: the server does not know windows and sent all
    while True:
        if progress is not None:
            progress(got, got if short else max(size or 0, got))
        if short or got > _LIMIT:
            return b"".join(pieces)
        while len(flying) < _IN_FLIGHT and (size is None or offset < size or not flying):
            flying.append((offset, await _ask(session, folder, uid, section, offset)))
            offset += WINDOW
        at, flight = flying.popleft()
        data, _ = await _window(session, flight, uid, section, at)
        pieces.append(data)
        got += len(data)
        short = len(data) < WINDOW


async def _ask(session: Session, folder: bytes, uid: int, section: str, offset: int) -> ImapFlight:
    items = [b"UID", commands.section(section, offset, WINDOW)]
    if offset == 0 and section == "":
        items.insert(1, b"RFC822.SIZE")

    def belongs(event: Event) -> bool:
        return isinstance(event, Fetch) and event.uid == uid

    (flight,) = await session.in_folder(
        folder, lambda: [session.launch(commands.uid_fetch(((uid, uid),), items), want=belongs)]
    )
    return flight


async def _window(
    session: Session, flight: ImapFlight, uid: int, section: str, offset: int
) -> tuple[bytes, int | None]:
    """(octets, RFC822.SIZE if told). Raises NotFound when the message is gone."""
    name = b"BODY[%b]" % section.upper().encode()
    names = (b"%b<%d>" % (name, offset), name) if offset == 0 else (b"%b<%d>" % (name, offset),)
    there = False
    for event in await session.answer(flight):
        if isinstance(event, Fetch):
            there = True
            for known in names:
                if known in event.sections:
                    return event.sections[known] or b"", event.size
    if there:  # of a message that is there, this part is not
        return b"", None
    raise NotFound("This message is no longer on the server.")
