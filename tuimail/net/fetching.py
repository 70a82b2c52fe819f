"""Bringing many messages' heads and flags, in windows: bounded memory, the newest first, nothing lost to one bad reply.

Three windows are in flight, so the line is never idle while the store writes. A reply that cannot be read, or
lacks its header, costs that one message a second question and the others nothing.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from itertools import islice
from typing import TypeVar

from tuimail.net import flagwords
from tuimail.net.internaldate import epoch
from tuimail.net.remote import FlagState, Head, Uids
from tuimail.net.session import ImapFlight, Session, refused
from tuimail.protocol.imap import commands, sets
from tuimail.protocol.imap.commands import Command
from tuimail.protocol.imap.responses import Event, Fetch, Fetches, Tagged, Unparsed

SentT = TypeVar("SentT")

FIRST_WINDOW = 200
WINDOW = 2000
FLAG_WINDOW = 4000
_IN_FLIGHT = 3
_SECOND_QUESTIONS = 40
"""Commands spent on the messages of one window that a server stumbles over."""

HEADER_FIELDS = "DATE FROM SENDER TO CC SUBJECT MESSAGE-ID IN-REPLY-TO REFERENCES CONTENT-TYPE LIST-ID".split()
"""What a row is made of and no more: the server names them all again in front of every block."""
_PLAIN = (b"UID", b"FLAGS", b"INTERNALDATE", b"RFC822.SIZE")
_ITEMS = (*_PLAIN, commands.header_fields(HEADER_FIELDS))
_WHOLE_HEADER = (*_PLAIN, commands.section("HEADER"))
_BLOCKS = (b"BODY[HEADER.FIELDS]", b"BODY[HEADER]")
_UID = re.compile(rb"[( ]UID ([0-9]{1,10})\b", re.IGNORECASE)


async def heads(session: Session, folder: bytes, uids: Uids) -> AsyncIterator[list[Head]]:
    """See `Remote.heads`."""

    async def send(window: sets.Ranges) -> tuple[_Heads, ImapFlight]:
        return await _send_for_heads(session, folder, window)

    windows = sets.windows(uids, _sizes(sets.count(uids)))
    async for window, (gathered, flight) in _ahead(_pieces(windows, session.line_limit), send):
        done, _ = await flight
        assert isinstance(done, Tagged)
        questions = _SECOND_QUESTIONS
        if done.status == "BAD" and not gathered.complete:
            raise refused(session.host, done)
        if done.status != "OK":
            questions = await _in_halves(session, folder, _missing(window, gathered), gathered, done)
        await _second_questions(session, folder, gathered, questions)
        yield [gathered.complete[uid] for uid in sorted(gathered.complete, reverse=True)]


async def newest(session: Session, folder: bytes, count: int) -> list[Head]:
    """See `Remote.newest`: by sequence number, which the SELECT before has just told."""
    state = session.state(folder)
    if state is None or state.exists == 0 or count < 1:
        state = await session.look(folder)
    if state.exists == 0 or count < 1:
        return []
    low, high = max(1, state.exists - count + 1), state.exists
    gathered = _Heads(((1, sets.MAX_UID),))

    def wants(event: Event) -> bool:
        return isinstance(event, Unparsed) or (isinstance(event, Fetch) and low <= event.seq <= high)

    command = commands.fetch(((low, high),), _ITEMS)
    (flight,) = await session.in_folder(folder, lambda: [session.launch(command, want=wants, take=gathered.take)])
    await session.answer(flight)
    await _second_questions(session, folder, gathered, _SECOND_QUESTIONS)
    return [gathered.complete[uid] for uid in sorted(gathered.complete)]


async def flags(session: Session, folder: bytes, uids: Uids, since: int | None) -> AsyncIterator[list[FlagState]]:
    """See `Remote.flags`."""

    async def send(window: sets.Ranges) -> tuple[dict[int, FlagState], ImapFlight]:
        states: dict[int, FlagState] = {}

        def take(event: Event) -> None:
            if isinstance(event, Fetch) and event.uid is not None and event.flags is not None:
                states[event.uid] = FlagState(event.uid, *flagwords.read(event.flags))

        command = commands.uid_fetch(window, (b"UID", b"FLAGS"), since)
        return states, await _send(session, folder, window, command, take)

    limit = session.line_limit
    windows = _pieces(sets.windows(uids, FLAG_WINDOW), limit) if since is None else sets.split(uids, limit)
    async for _, (states, flight) in _ahead(windows, send):
        await session.answer(flight)
        if states:
            yield list(states.values())


class _Heads:
    """What a FETCH of heads has brought: made reply by reply, so that no turn of the event loop grows long."""

    def __init__(self, window: sets.Ranges) -> None:
        self._inside = range(window[0][0], window[0][1] + 1) if len(window) == 1 else frozenset(sets.numbers(window))
        self.complete: dict[int, Head] = {}
        self._doubtful: dict[int, None] = {}

    def take(self, event: Event) -> None:
        inside, complete = self._inside, self.complete
        if isinstance(event, Fetches):
            for uid, flags, internaldate, size, section, block in event.told:
                if uid not in inside:
                    continue
                if section in _BLOCKS:
                    complete[uid] = Head(uid, *flagwords.read_line(flags), epoch(internaldate), size, block)
                elif internaldate:  # an answer to us, and not the news of a flag
                    self._doubtful[uid] = None
        elif isinstance(event, Fetch):
            if event.uid is None or event.uid not in inside:
                return
            head = _head(event.uid, event)
            if head is not None:
                complete[event.uid] = head
            elif event.internaldate is not None:
                self._doubtful[event.uid] = None
        elif isinstance(event, Unparsed) and (found := _UID.search(event.raw)) and (uid := int(found[1])) in inside:
            self._doubtful[uid] = None

    def doubt(self, uids: Iterable[int]) -> None:
        """These are there, it is said, and did not come."""
        self._doubtful.update(dict.fromkeys(uids))

    def lacking(self) -> list[int]:
        """UIDs that were told of, but not readably or not completely."""
        return [uid for uid in self._doubtful if uid not in self.complete]


def _head(uid: int, event: Fetch) -> Head | None:
    """None when there is no header in it."""
    for name in _BLOCKS:
        block = event.sections.get(name)
        if block is not None:
            marks, keywords = flagwords.read(event.flags or ())
            return Head(uid, marks, keywords, epoch(event.internaldate or b""), event.size or 0, block)
    return None


def _sizes(count: int) -> Iterator[int]:
    """A small window first, so that the screen fills, then ever larger ones, so that it soon fills on.

    Dovecot answers what is in flight side by side, a piece of each: the first is not there before the third. The last
    ones are half as large: who stores them is not left with much when all have come.
    """
    size = FIRST_WINDOW
    while True:
        yield size
        count -= size
        size = min(size * 2, WINDOW, max(WINDOW // 2, count // 2))


def _pieces(windows: Iterable[sets.Ranges], limit: int) -> Iterator[sets.Ranges]:
    """Windows that fit into a command line, the highest UIDs first."""
    for window in windows:
        yield from reversed(list(sets.split(window, limit)))


async def _ahead(
    windows: Iterator[sets.Ranges], send: Callable[[sets.Ranges], Awaitable[SentT]]
) -> AsyncIterator[tuple[sets.Ranges, SentT]]:
    """Each window with what sending it gave, in order, the next one always under way."""
    flying: deque[tuple[sets.Ranges, SentT]] = deque()
    while True:
        for window in islice(windows, _IN_FLIGHT - len(flying)):
            flying.append((window, await send(window)))
        if not flying:
            return
        yield flying.popleft()


async def _send(
    session: Session, folder: bytes, window: sets.Ranges, command: Command, take: Callable[[Event], None]
) -> ImapFlight:
    low, high = window[0][0], window[-1][1]

    def wants(event: Event) -> bool:
        if isinstance(event, Fetch):
            return event.uid is not None and low <= event.uid <= high
        return isinstance(event, (Fetches, Unparsed))

    (flight,) = await session.in_folder(folder, lambda: [session.launch(command, want=wants, take=take)])
    return flight


async def _send_for_heads(
    session: Session, folder: bytes, window: sets.Ranges, items: tuple[bytes, ...] = _ITEMS
) -> tuple[_Heads, ImapFlight]:
    gathered = _Heads(window)
    return gathered, await _send(session, folder, window, commands.uid_fetch(window, items, many=True), gathered.take)


async def _in_halves(session: Session, folder: bytes, missing: sets.Ranges, gathered: _Heads, done: Tagged) -> int:
    """Fetch what a refused window did not bring, halving it down to the messages that spoil it for the others.

    Fills `gathered`; returns how many questions are left. Raises ServerRefused when they run out.
    """
    questions = _SECOND_QUESTIONS
    waiting = [missing]
    while waiting:
        spoilt = waiting.pop()
        if sets.count(spoilt) < 2:
            gathered.doubt(sets.numbers(spoilt))
            continue
        upper = next(sets.windows(spoilt, (sets.count(spoilt) + 1) // 2))
        for half in (upper, sets.difference(spoilt, upper)):
            if questions <= 0:
                raise refused(session.host, done)
            questions -= 1
            got, flight = await _send_for_heads(session, folder, half)
            answer, _ = await flight
            assert isinstance(answer, Tagged)
            gathered.complete.update(got.complete)
            gathered.doubt(got.lacking())
            if answer.status != "OK":
                waiting.append(_missing(half, got))
    return questions


def _missing(window: sets.Ranges, gathered: _Heads) -> sets.Ranges:
    return sets.difference(window, sets.from_numbers(gathered.complete))


async def _second_questions(session: Session, folder: bytes, gathered: _Heads, questions: int) -> None:
    """Ask for each lacking message alone, for its whole header; an empty head when even that cannot be had."""
    for uid in gathered.lacking()[:questions]:
        alone, flight = await _send_for_heads(session, folder, ((uid, uid),), _WHOLE_HEADER)
        await flight  # a NO is an answer too
        gathered.complete[uid] = alone.complete.get(uid) or Head(uid, *flagwords.read(()), 0, 0, b"")
