"""Runs any protocol Machine over a Stream, for the whole life of the connection.

Every byte that arrives is consumed here and nowhere else; callers wait on futures by tag.
Cancelling a caller only detaches it: the replies are still consumed and still told to `unasked`,
so a connection never loses step. After any failure the connection is closed and never used again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator
from typing import Any, Generic, NamedTuple, TypeVar

from tuimail.errors import ConnectionLost, ProtocolTrouble, RemoteError
from tuimail.net.stream import Stream
from tuimail.net.wirelog import WireLog
from tuimail.protocol.errors import RemoteProtocolError
from tuimail.protocol.machine import NEED_DATA, Machine

CommandT = TypeVar("CommandT")
EventT = TypeVar("EventT")

SILENCE_SECONDS = 60.0
"""Without a single byte while a command waits. Progress, not total: a slow line may take its time."""
TOTAL_SECONDS = 900.0
"""For a command in all, so that a server that only drips octets does not hold its caller for ever."""
MAX_TOLD = 200_000
"""Events collected for one command; whoever expects more takes them one by one."""
_TURN_SECONDS = 0.001
"""Work done in one turn of the event loop; then the keyboard has its turn."""


class Answer(NamedTuple, Generic[EventT]):
    """How a command ended, and what it was told on the way."""

    done: EventT
    told: list[EventT]


class Flight(Awaitable[Answer[EventT]], Generic[EventT]):
    """A command on its way; awaiting it gives the Answer, cancelling the await detaches."""

    __slots__ = ("done", "finish", "halt", "landed", "patience", "since", "take", "told", "want")

    def __init__(
        self,
        want: Callable[[EventT], bool] | None,
        take: Callable[[EventT], None] | None,
        finish: Callable[[EventT], None] | None,
        patience: float | None,
        halt: bool,
    ) -> None:
        loop = asyncio.get_running_loop()
        self.done: asyncio.Future[Answer[EventT]] = loop.create_future()
        """For the caller, who may cancel it."""
        self.landed: asyncio.Future[None] = loop.create_future()
        """The server has answered, or never will, whoever still waits for it. Never an exception."""
        self.want = want
        self.told: list[EventT] = []
        self.take = take or self._collect
        self.finish = finish
        self.patience = patience
        self.halt = halt
        self.since = loop.time()

    def _collect(self, event: EventT) -> None:
        if len(self.told) >= MAX_TOLD:
            raise RemoteProtocolError(f"more than {MAX_TOLD} replies to one command")
        self.told.append(event)

    def __await__(self) -> Generator[Any, None, Answer[EventT]]:
        return self.done.__await__()


class Driver(Generic[CommandT, EventT]):
    """One connection at work.

    tag_of: the tag an event completes, None for any other event. unasked: called with every event that
    completes no command, and with whether a command wanted it too. shown: what the machine gave last to send,
    with secrets struck out, for the log. silence: seconds, see SILENCE_SECONDS.
    """

    def __init__(
        self,
        machine: Machine[CommandT, EventT],
        stream: Stream,
        *,
        tag_of: Callable[[EventT], bytes | None],
        unasked: Callable[[EventT, bool], None],
        shown: Callable[[], bytes] | None = None,
        log: WireLog | None = None,
        silence: float = SILENCE_SECONDS,
    ) -> None:
        self.log = log or WireLog()
        self.farewell = ""
        """Why the server said it would hang up, if it did; becomes part of the error."""
        self.broken: RemoteError | None = None
        """Why this connection is of no more use."""
        self.inflates = False
        """The machine tells the log what arrived, because what arrives is deflated."""
        self._machine = machine
        self._stream = stream
        self._tag_of = tag_of
        self._unasked = unasked
        self._shown = shown
        self.silence = silence
        """Seconds without an octet that a command bears which does not say otherwise."""
        self._loop = asyncio.get_running_loop()
        self._flights: dict[bytes, Flight[EventT]] = {}
        self._waiting: list[tuple[Callable[[EventT], bool], asyncio.Future[EventT]]] = []
        self._heard = self._loop.time()
        self._unsent = 0
        """Octets that had yet to go out when we last looked."""
        self._alarm: asyncio.TimerHandle | None = None
        self._scheduled = self._flushing = self._halted = False
        self._held: list[bytes] = []
        self._ended: tuple[Exception | None] | None = None
        stream.attach(self)

    @property
    def stream(self) -> Stream:
        """How the bytes travel."""
        return self._stream

    def launch(
        self,
        command: CommandT,
        *,
        want: Callable[[EventT], bool] | None = None,
        take: Callable[[EventT], None] | None = None,
        finish: Callable[[EventT], None] | None = None,
        patience: float | None = None,
        halt: bool = False,
    ) -> Flight[EventT]:
        """Send a command; what is launched in one turn of the loop travels in one segment.

        want: which events belong to it; take: gets each of them at once instead of being collected; finish:
        gets the completing event before any event behind it is looked at, even when the caller has gone.
        patience: seconds of silence to bear instead of the usual, `inf` for ever. halt: stop right behind
        its completion, byte for byte, until `go_on`. Raises what broke the connection, or LocalProtocolError.
        """
        self._must_be_there()
        flight = Flight(want, take, finish, patience, halt)
        self._flights[self._machine.send(command)] = flight
        self.flush()
        self._watch()
        return flight

    async def run(
        self,
        command: CommandT,
        *,
        want: Callable[[EventT], bool] | None = None,
        take: Callable[[EventT], None] | None = None,
        patience: float | None = None,
    ) -> Answer[EventT]:
        """Launch and await. Raises ConnectionLost, ProtocolTrouble."""
        return await self.launch(command, want=want, take=take, patience=patience)

    def tell(self, command: CommandT) -> None:
        """Send what completes nothing of its own (the DONE of IDLE)."""
        self._must_be_there()
        self._machine.send(command)
        self.flush()

    def bear(self, flight: Flight[EventT], patience: float) -> None:
        """From now on bear so many seconds of silence for this command."""
        flight.patience = patience
        flight.since = self._loop.time()
        self._watch()

    async def event(self, wanted: Callable[[EventT], bool], seconds: float, what: str) -> EventT:
        """The next event like that. Raises ConnectionLost (and closes) when `seconds` pass without it."""
        if self.broken is not None:
            raise _again(self.broken)
        future: asyncio.Future[EventT] = self._loop.create_future()
        self._waiting.append((wanted, future))
        try:
            async with asyncio.timeout(seconds):
                return await future
        except TimeoutError:
            self.fail(ConnectionLost(f"{self._stream.host} did not send {what} within {seconds:.0f} s."))
            assert self.broken is not None
            raise _again(self.broken) from None

    def flush(self) -> None:
        """Have the machine's bytes written at the end of this turn."""
        if not self._flushing:
            self._flushing = True
            self._loop.call_soon(self._flush)

    def go_on(self) -> None:
        """Continue behind a completion that was to halt."""
        self._halted = False
        held, self._held = self._held, []
        for data in held:
            self.received(data)
        self._stream.resume()
        self._work()

    def fail(self, error: RemoteError) -> None:
        """Close the connection at once; every waiting caller gets this error, and so does every later one."""
        if self.broken is not None:
            return
        self.broken = error
        self.log.note(str(error))
        self._stream.abort()
        if self._alarm is not None:
            self._alarm.cancel()
        waiters: list[asyncio.Future[Any]] = [flight.done for flight in self._flights.values()]
        waiters += [future for _, future in self._waiting]
        for flight in self._flights.values():
            flight.landed.set_result(None)
        self._flights.clear()
        self._waiting.clear()
        for future in waiters:
            if not future.done():
                future.set_exception(_again(error))
                future.exception()  # nobody is to be scolded for not waiting any more

    async def close(self) -> None:
        """Close in order. Never raises; whoever still waits gets ConnectionLost."""
        await self._stream.close()
        self.fail(ConnectionLost(f"The connection to {self._stream.host} was closed."))

    @property
    def silent(self) -> float:
        """Seconds since the server has said anything, while it owes an answer that does not take its time; else 0."""
        owed = [flight.since for flight in self._flights.values() if self._patience(flight) != float("inf")]
        return self._loop.time() - max(self._heard, min(owed)) if owed else 0.0

    # --- Receiver --------------------------------------------------------------------------

    def received(self, data: bytes) -> None:
        """Bytes from the stream."""
        if self._halted:
            self._held.append(data)
            return
        if self.broken is not None:
            return
        self._heard = self._loop.time()
        if not self.inflates:
            self.log.received(data)
        self._machine.receive_data(data)
        if not self._scheduled:
            self._work()

    def lost(self, error: Exception | None) -> None:
        """The stream ended; what arrived before is still worked off."""
        self._ended = (error,)
        self._machine.receive_data(b"")
        if not self._scheduled:
            self._work()

    # --- inside ----------------------------------------------------------------------------

    def _work(self) -> None:
        """Consume events for a few milliseconds; pause the line and come back when there are more."""
        self._scheduled = False
        rest = self._loop.time() + _TURN_SECONDS
        try:
            while not self._halted and self.broken is None:
                event = self._machine.next_event()
                if event is NEED_DATA:
                    break
                self._hand_out(event)
                if self._loop.time() > rest:
                    self._scheduled = True
                    self._stream.pause()
                    self._loop.call_soon(self._work)
                    break
            else:
                return
        except RemoteProtocolError as error:
            trouble = ProtocolTrouble(f"{self._stream.host} sent something that cannot be read: {error}.")
            trouble.__cause__ = error
            self.fail(trouble)
            return
        self._flush()
        if self._scheduled:
            return
        if self._ended is not None:
            self._over(self._ended[0])
        else:
            self._stream.resume()

    def _hand_out(self, event: EventT) -> None:
        tag = self._tag_of(event)
        if tag is not None:
            flight = self._flights.pop(tag, None)
            if flight is not None:
                if flight.halt:
                    self._halted = True
                    self._stream.pause()
                if flight.finish is not None:
                    flight.finish(event)
                flight.landed.set_result(None)
                if not flight.done.done():
                    flight.done.set_result(Answer(event, flight.told))
            return
        asked = False
        for flight in self._flights.values():
            if flight.want is not None and flight.want(event):
                asked = True
                if not flight.done.done():
                    flight.take(event)
        if self._waiting:
            for entry in self._waiting[:]:
                wanted, future = entry
                if future.done() or wanted(event):
                    self._waiting.remove(entry)
                    if not future.done():
                        future.set_result(event)
        self._unasked(event, asked)

    def _flush(self) -> None:
        self._flushing = False
        if data := self._machine.data_to_send():
            self.log.sent(self._shown() if self._shown is not None else data)
            self._stream.write(data)
            self._unsent = self._stream.unsent

    def _over(self, error: Exception | None) -> None:
        self.fail(self._end_in_words(error))

    def _end_in_words(self, error: Exception | None) -> ConnectionLost:
        why = self.farewell or (getattr(error, "strerror", None) if error else "")
        return ConnectionLost(f"{self._stream.host} closed the connection{f': {why}' if why else ''}.")

    def _must_be_there(self) -> None:
        """Raises what broke the connection, also while what came before its end is still being worked off."""
        if self.broken is not None:
            raise _again(self.broken)
        if self._ended is not None:
            raise self._end_in_words(self._ended[0])

    def _watch(self) -> None:
        """Keep one alarm at the moment the least patient command would have waited too long."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        waits = [self._patience(flight) for flight in self._flights.values()]
        if waits and (first := min(waits)) != float("inf"):
            self._alarm = self._loop.call_at(first, self._look_at_the_clock)

    def _patience(self, flight: Flight[EventT]) -> float:
        bears = self.silence if flight.patience is None else flight.patience
        until = max(self._heard, flight.since) + bears
        return until if bears == float("inf") else min(until, flight.since + TOTAL_SECONDS)

    def _look_at_the_clock(self) -> None:
        now = self._loop.time()
        before, self._unsent = self._unsent, self._stream.unsent
        if self._unsent < before:
            self._heard = now  # what we say is still being taken, and is not to be answered before its end
        late = [flight for flight in self._flights.values() if self._patience(flight) <= now]
        if late and not self._scheduled and not self._halted:
            slow = now - late[0].since >= TOTAL_SECONDS
            what = (
                f"took more than {TOTAL_SECONDS:.0f} s for one answer"
                if slow
                else "fell silent in the middle of its work"
            )
            self.fail(ConnectionLost(f"{self._stream.host} {what}."))
        else:
            self._alarm = None
            self._watch()


def _again(error: RemoteError) -> RemoteError:
    """A fresh copy for one more caller, so that tracebacks do not pile up on a shared one."""
    copy = type(error)(error.sentence, error.next_step)
    copy.__cause__ = error.__cause__
    return copy
