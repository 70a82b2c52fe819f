"""Bringing one section of a message: whole when it is small, in windows two deep when it is large.

A window is the price of giving up on a download, and the grain of its progress. It counts only when the folder still
numbers its messages as it did when the UID was learnt (UIDVALIDITY, RFC 3501 §2.3.1.1): else it would be a piece of
another message.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator

from tuimail.errors import NotFound, ServerRefused
from tuimail.net.remote import Progress
from tuimail.net.session import ImapFlight, Session
from tuimail.protocol.imap import commands
from tuimail.protocol.imap.responses import Event, Fetch

WINDOW = 256 * 1024
_IN_FLIGHT = 2
_LIMIT = 1 << 30
"""Octets; a server that goes on for ever is cut off here."""


async def fetch_section(
    session: Session,
    folder: bytes,
    uid: int,
    section: str,
    progress: Progress | None,
    size: int | None,
    uidvalidity: int | None = None,
) -> bytes:
    """See `Remote.section`. size: octets in all where the caller knows (from BODYSTRUCTURE), for the progress."""
    pieces: list[bytes] = []
    got = 0
    async for data in fetch_windows(session, folder, uid, section, 0, size, uidvalidity):
        pieces.append(data)
        got += len(data)
        if progress is not None:
            progress(got, got if len(data) != WINDOW else max(size or 0, got))
    return b"".join(pieces)


async def fetch_windows(
    session: Session, folder: bytes, uid: int, section: str, start: int, size: int | None, uidvalidity: int | None
) -> AsyncIterator[bytes]:
    """See `Remote.windows`. The last one is shorter than WINDOW, and may be empty."""
    flying: deque[tuple[int, ImapFlight]] = deque()
    offset = start
    got = 0
    while True:
        # The first alone: a server that does not know windows sends all at once.
        depth = _IN_FLIGHT if got else 1
        while len(flying) < depth and (size is None or offset < size or not flying):
            flying.append((offset, await _ask(session, folder, uid, section, offset)))
            offset += WINDOW
        at, flight = flying.popleft()
        data = await _window(session, flight, folder, uid, section, at, uidvalidity)
        got += len(data)
        yield data
        if len(data) != WINDOW:
            return
        if got > _LIMIT:
            raise ServerRefused("This part of the message has no end.")


async def _ask(session: Session, folder: bytes, uid: int, section: str, offset: int) -> ImapFlight:
    items = [b"UID", commands.section(section, offset, WINDOW)]

    def belongs(event: Event) -> bool:
        return isinstance(event, Fetch) and event.uid == uid

    (flight,) = await session.in_folder(
        folder, lambda: [session.launch(commands.uid_fetch(((uid, uid),), items), want=belongs)]
    )
    return flight


async def _window(
    session: Session, flight: ImapFlight, folder: bytes, uid: int, section: str, offset: int, uidvalidity: int | None
) -> bytes:
    """Raises NotFound when the message is gone, ServerRefused when its UID means another one by now."""
    name = b"BODY[%b]" % section.upper().encode()
    told = await session.answer(flight)
    state = session.state(folder)
    if uidvalidity is not None and state is not None and state.uidvalidity != uidvalidity:
        raise ServerRefused(
            f"{session.host} has numbered this folder anew.",
            "The message can be read after the next sync.",
            code="UIDVALIDITY",
        )
    there = False
    for event in told:
        if isinstance(event, Fetch):
            there = True
            if (window := b"%b<%d>" % (name, offset)) in event.sections:
                return _octets(session, event.sections[window], section, offset)
            if name in event.sections:  # this server does not know windows
                return _octets(session, event.sections[name], section, 0)[offset:]
    if there:  # of a message that is there, this part is not
        return b""
    raise NotFound("This message is no longer on the server.")


def _octets(session: Session, told: bytes | None, section: str, offset: int) -> bytes:
    """Of a part NIL means that there is none; of a message that is there, that the server does not give it now."""
    if not told and not offset and section in ("", "HEADER"):
        raise ServerRefused(f"{session.host} gave no text of this message.", "It can be asked for again.")
    return told or b""
