"""Headers of many messages by TOP, and the ways around servers whose TOP is broken.

TOP is optional, and known to send all of the body, ten lines whatever was asked for, two status lines, or 64 kB at
most (fetchmail's FAQ has the names). So the first answer of a session is looked at before there is a second question.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from tuimail.net.pop.batches import Batch
from tuimail.net.pop.blocks import asked_for, block_of, has_more_than
from tuimail.protocol.pop3 import commands
from tuimail.protocol.pop3.responses import Reply

if TYPE_CHECKING:
    from tuimail.net.pop.session import PopSession

Whole: TypeAlias = Callable[[int, bytes], None]
SMALL = 64 * 1024
"""Octets up to which a message is fetched whole where TOP is broken."""
BATCH = 128
"""TOPs of one flight where pipelining is allowed; two flights fly. Else one, so that a message that somebody wants to
read does not wait behind hundreds of round trips."""
_TRUNCATES = 60_000
"""Octets of a header without its end, above which the server is known to cut (Maillennium)."""
_FEW = 3
"""Refusals in a row before anything came: then it is given up."""


class Tops:
    """What is known about TOP on one session."""

    def __init__(self, session: PopSession) -> None:
        self._session = session
        self._judged = self._refused = False
        self.broken = False
        self._refusals = 0
        self._came = False

    async def read(self, numbers: Sequence[int], lines: int, whole: Whole | None) -> AsyncIterator[tuple[int, bytes]]:
        """See `PopSession.tops`."""
        known: dict[int, Reply] = {}
        if numbers and not self._judged:
            sizes = self._session.sizes
            probe = next((number for number in numbers if sizes.get(number, 0) <= SMALL), numbers[0])
            known = await self._judge(probe, lines)
        at = 0
        while at < len(numbers):
            rest = [number for number in numbers[at:] if number not in known]
            async for number, reply in self._ask(rest, lines):
                while numbers[at] != number:
                    if block := self._taken(numbers[at], known[numbers[at]], lines, whole):
                        yield numbers[at], block
                    at += 1
                if block := self._taken(number, reply, lines, whole):
                    yield number, block
                at += 1
            while at < len(numbers) and numbers[at] in known:
                if block := self._taken(numbers[at], known[numbers[at]], lines, whole):
                    yield numbers[at], block
                at += 1

    async def _judge(self, number: int, lines: int) -> dict[int, Reply]:
        """Ask for one header alone and see what kind of TOP this is; returns what may be used of the answers."""
        session = self._session
        self._judged = True
        reply = await session.landed(Batch(session.driver, commands.top([number], lines), [number]), 0)
        if not reply.ok:
            self.broken = self._refused = True
            return {}
        head, body = block_of(reply.body)
        if body is not None:
            self.broken = has_more_than(reply.body, lines)
        elif reply.cut or len(head) >= _TRUNCATES:
            self.broken = True
        elif session.sizes.get(number, 0) <= SMALL:
            # Some leave out the empty line, some cut: the message itself tells.
            message = await session.retrieve(number)
            self.broken = message.ok and block_of(message.body).head.rstrip(b"\r\n") != head.rstrip(b"\r\n")
            return {number: message} if message.ok else {number: reply}
        return {number: reply} if not self.broken or session.sizes.get(number, 0) > SMALL else {}

    async def _ask(self, numbers: Sequence[int], lines: int) -> AsyncIterator[tuple[int, Reply]]:
        """Answers in order, of as many as were asked in the way that was right at the beginning."""
        session = self._session
        if self.broken:
            for number in numbers:
                if self._refused or session.sizes.get(number, 0) <= SMALL:
                    yield number, await session.retrieve(number)
                else:
                    one = Batch(session.driver, commands.top([number], lines), [number])
                    yield number, await session.landed(one, 0)
            return
        flying: deque[Batch] = deque()
        at = 0
        while flying or (at < len(numbers) and not self.broken):
            while len(flying) < 2 and at < len(numbers) and not self.broken:
                part = numbers[at : at + (BATCH if session.machine.pipelining else 1)]
                flying.append(Batch(session.driver, commands.top(part, lines), part))
                at += len(part)
            batch = flying[0]
            for which, number in enumerate(batch.numbers):
                reply = batch.replies[which] if which < len(batch.replies) else await session.landed(batch, which)
                if has_more_than(reply.body, lines):
                    self.broken = True
                yield number, reply
            flying.popleft()

    def _taken(self, number: int, reply: Reply, lines: int, whole: Whole | None) -> bytes:
        """What was asked for; b"" for what was refused. Raises ServerRefused when nothing but refusals comes."""
        if not reply.ok:
            self._refusals += 1
            if self._refusals == _FEW and not self._came:
                self._session.good(reply)
            return b""
        self._came = True
        if whole is not None and not reply.cut and reply.command.verb == "RETR":
            whole(number, reply.body)
        return asked_for(reply.body, lines) or b"\r\n"
