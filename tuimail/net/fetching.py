"""Bringing many messages' heads and flags, in windows: bounded memory, the newest first, nothing lost to one bad reply.

Two windows are in flight, so the line is never idle while the store writes. A reply that cannot be read, or
lacks its header, costs that one message a second question and the others nothing.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from functools import partial
from itertools import chain, islice

from tuimail.errors import ServerRefused
from tuimail.net import flagwords, internaldate
from tuimail.net.remote import FlagState, Head, Uids
from tuimail.net.session import ImapFlight, Session, refused
from tuimail.protocol.imap import commands, sets
from tuimail.protocol.imap.commands import Command
from tuimail.protocol.imap.responses import Event, Fetch, Tagged, Unparsed

FIRST_WINDOW = 200
WINDOW = 1000
FLAG_WINDOW = 4000
_IN_FLIGHT = 2
_SECOND_QUESTIONS = 40
"""Commands spent on the messages of one window that a server stumbles over."""

HEADER_FIELDS = (
    "DATE FROM SENDER REPLY-TO TO CC SUBJECT MESSAGE-ID IN-REPLY-TO REFERENCES CONTENT-TYPE LIST-ID LIST-UNSUBSCRIBE"
).split()
_PLAIN = (b"UID", b"FLAGS", b"INTERNALDATE", b"RFC822.SIZE")
_ITEMS = (*_PLAIN, commands.header_fields(HEADER_FIELDS))
_WHOLE_HEADER = (*_PLAIN, commands.section("HEADER"))
_BLOCKS = (b"BODY[HEADER.FIELDS]", b"BODY[HEADER]")
_UID = re.compile(rb"[( ]UID ([0-9]{1,10})\b", re.IGNORECASE)


async def heads(session: Session, folder: bytes, uids: Uids) -> AsyncIterator[list[Head]]:
    """See `Remote.heads`."""
    async for window, flight in _in_windows(session, folder, _growing(uids), lambda w: commands.uid_fetch(w, _ITEMS)):
        yield await _heads_of(session, folder, window, flight)


async def newest(session: Session, folder: bytes, count: int) -> list[Head]:
    """See `Remote.newest`: by sequence number, which the SELECT before has just told."""
    state = session.state(folder)
    if state is None or state.exists == 0 or count < 1:
        state = await session.look(folder)
    if state.exists == 0 or count < 1:
        return []
    low, high = max(1, state.exists - count + 1), state.exists

    def belongs(event: Event) -> bool:
        return isinstance(event, Unparsed) or (isinstance(event, Fetch) and low <= event.seq <= high)

    flights = await session.in_folder(
        folder, lambda: [session.launch(commands.fetch(((low, high),), _ITEMS), want=belongs)]
    )
    told = await session.answer(flights[0])
    complete, lacking = _sorted_out(told, lambda uid: True)
    for uid in lacking:
        complete[uid] = await _second_question(session, folder, uid)
    return [complete[uid] for uid in sorted(complete)]


async def flags(session: Session, folder: bytes, uids: Uids, since: int | None) -> AsyncIterator[list[FlagState]]:
    """See `Remote.flags`."""
    windows = _pieces(sets.windows(uids, FLAG_WINDOW)) if since is None else sets.split(uids)

    def command(window: sets.Ranges) -> Command:
        return commands.uid_fetch(window, (b"UID", b"FLAGS"), since)

    async for _, flight in _in_windows(session, folder, windows, command):
        states = {}
        for event in await session.answer(flight):
            if isinstance(event, Fetch) and event.uid is not None and event.flags is not None:
                states[event.uid] = FlagState(event.uid, *flagwords.read(event.flags))
        if states:
            yield list(states.values())


def _growing(uids: Uids) -> Iterator[sets.Ranges]:
    """A small window first, so that the screen fills, then large ones."""
    first = next(sets.windows(uids, FIRST_WINDOW), ())
    return _pieces(chain((first,) if first else (), sets.windows(sets.difference(uids, first), WINDOW)))


def _pieces(windows: Iterable[sets.Ranges]) -> Iterator[sets.Ranges]:
    """Windows that fit into a command line, the highest UIDs first."""
    for window in windows:
        yield from reversed(list(sets.split(window)))


async def _in_windows(
    session: Session, folder: bytes, windows: Iterator[sets.Ranges], command: Callable[[sets.Ranges], Command]
) -> AsyncIterator[tuple[sets.Ranges, ImapFlight]]:
    """Each window with its flight, in order, the next one always under way."""
    flying: deque[tuple[sets.Ranges, ImapFlight]] = deque()
    while True:
        for window in islice(windows, _IN_FLIGHT - len(flying)):
            flying.append((window, await _send(session, folder, window, command(window))))
        if not flying:
            return
        yield flying.popleft()


async def _send(session: Session, folder: bytes, window: sets.Ranges, command: Command) -> ImapFlight:
    low, high = window[0][0], window[-1][1]

    def belongs(event: Event) -> bool:
        if isinstance(event, Fetch):
            return event.uid is not None and low <= event.uid <= high
        return isinstance(event, Unparsed)

    (flight,) = await session.in_folder(folder, lambda: [session.launch(command, want=belongs)])
    return flight


async def _heads_of(session: Session, folder: bytes, window: sets.Ranges, flight: ImapFlight) -> list[Head]:
    done, told = await flight
    assert isinstance(done, Tagged)
    complete, lacking = _sorted_out(told, partial(sets.contains, window))
    questions = _SECOND_QUESTIONS
    if done.status != "OK":  # one broken message can spoil the whole command: ask for the rest in halves
        if not complete and sets.count(window) > 1 and done.status == "BAD":
            raise refused(session.host, done)
        questions = await _in_halves(session, folder, _missing(window, complete), complete, lacking, done)
    for uid in lacking:
        if questions > 0:
            questions -= 1
            complete[uid] = await _second_question(session, folder, uid)
    return [complete[uid] for uid in sorted(complete, reverse=True)]


async def _in_halves(
    session: Session,
    folder: bytes,
    missing: sets.Ranges,
    complete: dict[int, Head],
    lacking: list[int],
    done: Tagged,
) -> int:
    """Fetch what a refused window did not bring, halving it down to the messages that cannot be had.

    Fills `complete` and `lacking`; returns how many questions are left.
    """
    questions = _SECOND_QUESTIONS
    waiting = [missing]
    while waiting:
        refused_set = waiting.pop()
        if sets.count(refused_set) < 2:
            lacking += sets.numbers(refused_set)
            continue
        upper = next(sets.windows(refused_set, (sets.count(refused_set) + 1) // 2))
        for half in (upper, sets.difference(refused_set, upper)):
            if questions <= 0:
                raise refused(session.host, done)
            questions -= 1
            answer, told = await (await _send(session, folder, half, commands.uid_fetch(half, _ITEMS)))
            assert isinstance(answer, Tagged)
            got, poor = _sorted_out(told, partial(sets.contains, half))
            complete.update(got)
            lacking += poor
            if answer.status != "OK":
                waiting.append(_missing(half, complete))
    return questions


def _missing(window: sets.Ranges, complete: dict[int, Head]) -> sets.Ranges:
    return sets.difference(window, sets.from_numbers(complete))


def _sorted_out(told: list[Event], belongs: Callable[[int], bool]) -> tuple[dict[int, Head], list[int]]:
    """(heads by UID, UIDs that were told of but not readably or not completely)."""
    complete: dict[int, Head] = {}
    lacking: list[int] = []
    for event in told:
        if isinstance(event, Fetch):
            head = _head(event)
            if head is not None and belongs(head.uid):
                complete[head.uid] = head
            elif event.uid is not None and event.internaldate is not None:
                lacking.append(event.uid)
        elif isinstance(event, Unparsed) and (found := _UID.search(event.raw)):
            lacking.append(int(found[1]))
    return complete, [uid for uid in dict.fromkeys(lacking) if uid not in complete and belongs(uid)]


def _head(event: Fetch) -> Head | None:
    """None when it is something else (a flag changed) or has no header in it."""
    for name in _BLOCKS:
        block = event.sections.get(name)
        if block is not None and event.uid:
            marks, keywords = flagwords.read(event.flags or ())
            received = internaldate.epoch(event.internaldate or b"")
            return Head(event.uid, marks, keywords, received, event.size or 0, block)
    return None


async def _second_question(session: Session, folder: bytes, uid: int) -> Head:
    """The message alone and its whole header; an empty head when even that cannot be had, never an error."""
    window = ((uid, uid),)
    flight = await _send(session, folder, window, commands.uid_fetch(window, _WHOLE_HEADER))
    empty = Head(uid, *flagwords.read(()), 0, 0, b"")
    try:
        told = await session.answer(flight)
    except ServerRefused:
        return empty
    for event in told:
        if isinstance(event, Fetch) and event.uid == uid:
            head = _head(event)
            if head is not None:
                return head
    return empty
