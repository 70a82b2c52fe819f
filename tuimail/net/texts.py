"""Many whole messages at once, for an export: windows of many UIDs, bounded in octets, some in flight.

A message that is larger than a window travels by itself (`Remote.windows`). What a window does not bring (gone, or
not readable) is missing from it; whoever asked may ask for it alone.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Protocol, runtime_checkable

from tuimail.errors import NotFound, ServerRefused
from tuimail.net.remote import Remote
from tuimail.net.session import ImapFlight, Session
from tuimail.protocol.imap import commands, sets
from tuimail.protocol.imap.responses import Event, Fetch

OCTETS = 1 << 20
"""Of a window."""
MESSAGES = 250
"""In a window."""
_IN_FLIGHT = 3
_AT_ONCE = 16
"""Messages asked for before the first has come, of a remote that only knows them one by one."""

Sizes = Sequence[tuple[int, int]]
"""(UID, octets as announced), UIDs ascending"""


@runtime_checkable
class Bulk(Protocol):
    """A Remote that can bring many messages in one go."""

    def texts(self, folder: bytes, wanted: Sizes, uidvalidity: int | None) -> AsyncIterator[list[tuple[int, bytes]]]:
        """The messages as sent, window by window, in the order of `wanted`; those that are gone are just missing.

        Raises ServerRefused (code UIDVALIDITY) when the UIDs mean other messages by now.
        """
        ...


async def texts(
    remote: Remote, folder: bytes, wanted: Sizes, uidvalidity: int | None
) -> AsyncIterator[list[tuple[int, bytes]]]:
    """See `Bulk.texts`; of every Remote."""
    if isinstance(remote, Bulk):
        async for come in remote.texts(folder, wanted, uidvalidity):
            yield come
        return
    for window in _windows(wanted, most=_AT_ONCE):
        uids = [uid for uid, _ in window]
        answers = await asyncio.gather(
            *(remote.section(folder, uid, "", uidvalidity=uidvalidity) for uid in uids), return_exceptions=True
        )
        came = []
        for uid, answer in zip(uids, answers, strict=True):
            if isinstance(answer, bytes):
                came.append((uid, answer))
            elif not isinstance(answer, NotFound) and not _its_own(answer):
                raise answer
        yield came


def _its_own(error: BaseException) -> bool:
    """The trouble is this one message's."""
    return isinstance(error, ServerRefused) and error.code != "UIDVALIDITY"


async def fetch_texts(
    session: Session, folder: bytes, wanted: Sizes, uidvalidity: int | None
) -> AsyncIterator[list[tuple[int, bytes]]]:
    """See `Bulk.texts`, over IMAP."""
    windows = _windows(wanted)
    flying: deque[tuple[_Texts, ImapFlight]] = deque()
    while True:
        while len(flying) < _IN_FLIGHT and (window := next(windows, None)):
            for piece in sets.split(sets.from_numbers(uid for uid, _ in window), session.line_limit):
                flying.append(await _send(session, folder, piece))
        if not flying:
            return
        gathered, flight = flying.popleft()
        try:
            await session.answer(flight)
        except ServerRefused as error:
            if error.code == "UIDVALIDITY":
                raise
        state = session.state(folder)
        if uidvalidity is not None and state is not None and state.uidvalidity != uidvalidity:
            raise ServerRefused(f"{session.host} has numbered this folder anew.", "Try again.", code="UIDVALIDITY")
        yield sorted(gathered.come.items())


class _Texts:
    def __init__(self, uids: sets.Ranges) -> None:
        self.come: dict[int, bytes] = {}
        self._uids = uids

    def take(self, event: Event) -> None:
        if isinstance(event, Fetch) and event.uid is not None and (octets := event.sections.get(b"BODY[]")):
            self.come[event.uid] = octets

    def wants(self, event: Event) -> bool:
        return isinstance(event, Fetch) and event.uid is not None and sets.contains(self._uids, event.uid)


async def _send(session: Session, folder: bytes, uids: sets.Ranges) -> tuple[_Texts, ImapFlight]:
    gathered = _Texts(uids)
    command = commands.uid_fetch(uids, (b"UID", commands.section("")))
    (flight,) = await session.in_folder(
        folder, lambda: [session.launch(command, want=gathered.wants, take=gathered.take)]
    )
    return gathered, flight


def _windows(wanted: Sizes, most: int = MESSAGES) -> Iterator[Sizes]:
    window: list[tuple[int, int]] = []
    octets = 0
    for uid, size in wanted:
        if window and (octets + size > OCTETS or len(window) == most):
            yield window
            window, octets = [], 0
        window.append((uid, size))
        octets += size
    if window:
        yield window
