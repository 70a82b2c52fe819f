"""One logged-in POP3 connection: list, headers, messages, deletions. Short, because it locks the maildrop.

Message numbers hold for this session only; what lasts is the unique id of `Entry`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Sequence

from tuimail.errors import ConnectionLost, ProtocolTrouble, RemoteError, ServerRefused
from tuimail.net.pop.abilities import PopAbilities, abilities_of
from tuimail.net.pop.batches import Batch, PopDriver
from tuimail.net.pop.entries import MAX_MESSAGES, Entry, entries_of
from tuimail.net.pop.tops import Tops, Whole
from tuimail.net.remote import Progress
from tuimail.net.wording import printable
from tuimail.protocol.errors import LocalProtocolError
from tuimail.protocol.pop3 import commands, responses
from tuimail.protocol.pop3.commands import Command
from tuimail.protocol.pop3.connection import PopMachine
from tuimail.protocol.pop3.responses import Event, Greeting, Reply, Stray

QUIET_SECONDS = 5.0
"""Of silence before a dot at the end of a line is taken for the end of a message (Exchange 2000 glued it there)."""
QUIET_AGAIN_SECONDS = 0.5
"""The same, once this server has done so."""
FAREWELL_SECONDS = 2.0
"""For RSET and QUIT when nothing depends on them."""
_QUIETS = 4
"""So many of those silences, and the size that was announced is not believed any more."""
_OFF_THE_LOOP = 64 * 1024
"""Octets of a listing that is read in a thread (about 2 ms of work)."""
AHEAD = 1024 * 1024
"""Octets of messages that are asked for before they are needed, where pipelining is allowed. Of more than that, which
nobody waits for any more, the end is not waited for either."""
_MOVING = 4096
"""Octets between two looks that show that a message is only long: then it may take any time in all."""


def tag_of(event: Event) -> bytes | None:
    """For the driver: the tag this event completes."""
    return event.tag if isinstance(event, Reply) and event.last else None


class PopSession:
    """Made by `login.open_pop`. Methods may be awaited concurrently; cancelling one only detaches it.

    Every method may raise ConnectionLost, ProtocolTrouble, and ServerRefused for an -ERR.
    """

    def __init__(self, driver: PopDriver, machine: PopMachine, host: str) -> None:
        self.driver = driver
        self.machine = machine
        self.host = host
        self.greeting = ""
        """Cleaned."""
        self.mechanism = ""
        """How we logged in: a SASL mechanism, "APOP", or the USER command."""
        self._tops = Tops(self)
        self.sizes: dict[int, int] = {}
        """As of the last `listing`."""
        self._retrieved = False
        self._marked = False
        """DELEs wait for the QUIT."""

    @property
    def abilities(self) -> PopAbilities:
        """What the server offers now."""
        return abilities_of(self.machine.capabilities)

    @property
    def over(self) -> bool:
        """The connection is of no more use."""
        return self.driver.broken is not None

    @property
    def top_broken(self) -> bool:
        """TOP is refused or does not do what it is asked, so that `tops` fetches small messages whole."""
        return self._tops.broken

    # --- what is there ------------------------------------------------------------------------

    async def stat(self) -> tuple[int, int]:
        """STAT: (messages, octets). Raises ProtocolTrouble when the server tells no numbers."""
        return self._counted(await self.ask(commands.stat()))

    async def listing(self) -> list[Entry]:
        """Every message, by number: STAT, LIST and UIDL, in one segment where pipelining is allowed.

        Raises ProtocolTrouble when there are more than MAX_MESSAGES.
        """
        asked = [commands.stat(), commands.listing()]
        if self.abilities.uidl:
            asked.append(commands.uidl())
        batches = [Batch(self.driver, command, (0,)) for command in asked]
        stat, listed, *rest = [await self.landed(batch, 0) for batch in batches]
        count, _ = self._counted(self.good(stat))
        if count == 0 and not listed.ok:  # some refuse to list nothing
            return []
        self.good(listed)
        named = rest[0].body if rest and rest[0].ok else b""
        entries = None
        if not listed.cut and not (rest and rest[0].cut):
            in_a_thread = len(listed.body) + len(named) > _OFF_THE_LOOP
            reading = asyncio.to_thread(entries_of, listed.body, named) if in_a_thread else None
            entries = await reading if reading is not None else entries_of(listed.body, named)
        if entries is None:
            raise ProtocolTrouble(
                f"{self.host} lists more than {MAX_MESSAGES:,} messages, which is more than is read over POP3.",
                "Use IMAP for this mailbox if it is offered.",
            )
        self.sizes = {entry.number: entry.size for entry in entries}
        return entries

    def _counted(self, reply: Reply) -> tuple[int, int]:
        counted = responses.count_and_size(reply.text)
        if counted is None:
            raise ProtocolTrouble(f"{self.host} does not say how many messages there are.", "Try again later.")
        return counted

    # --- headers and messages -----------------------------------------------------------------

    def tops(
        self, numbers: Sequence[int], lines: int = 0, whole: Whole | None = None
    ) -> AsyncIterator[tuple[int, bytes]]:
        """(number, header, blank line and at most `lines` lines of the body) of each, in the order given.

        Some hundreds are under way at once where pipelining is allowed; leaving off early costs those. A message whose
        header the server refuses is left out. Where TOP is broken, messages of up to 64 kB are fetched by RETR, and
        `whole` gets them, so that nothing was fetched in vain; of bigger ones a header may be cut. Raises ServerRefused
        when refusal follows refusal and nothing comes.
        """
        return self._tops.read(numbers, lines, whole)

    async def top(self, number: int, lines: int = 0) -> bytes:
        """The header of one message and at most `lines` lines of its body. Raises ServerRefused."""
        found = [block async for _, block in self.tops([number], lines)]
        if not found:
            raise ServerRefused(f"{self.host} does not give the header of message {number}.")
        return found[0]

    async def retr(self, number: int, progress: Progress | None = None) -> bytes:
        """The whole message, line ends as they came. Raises ServerRefused, code TOOBIG where it is too large.

        Cancelled before the last of a large message, it ends the connection: there is no other way to stop a RETR.
        """
        return await self.text_of(number, await self.retrieve(number, progress))

    async def text_of(self, number: int, reply: Reply) -> bytes:
        """The message in the answer to its RETR; a very large one is put together in a thread. Raises as `retr`."""
        if self.good(reply).cut:
            limit = f"{reply.command.limit >> 20} MiB"
            raise ServerRefused(f"Message {number} is larger than {limit}, too large for POP3.", code="TOOBIG")
        return reply.body if len(reply.pieces) == 1 else await asyncio.to_thread(lambda: reply.body)

    async def retrieve(self, number: int, progress: Progress | None = None) -> Reply:
        """RETR, whatever the answer; else as `retr`."""
        if (size := self.sizes.get(number, 0)) > commands.MAX_ANNOUNCED:
            words = f"Message {number} has {size >> 20:,} MiB, too large to be read over POP3."
            raise ServerRefused(words, code="TOOBIG")
        so_far = 0

        def arrived(octets: int) -> None:
            nonlocal so_far
            so_far = octets
            if progress is not None:
                progress(octets, max(size, octets))

        try:
            return await self.landed(self._retr(number, arrived), 0)
        except asyncio.CancelledError:
            self._leave_behind(size - so_far)
            raise

    async def retrs(self, numbers: Sequence[int]) -> AsyncGenerator[tuple[int, Reply]]:
        """RETR of each, in the order given, whatever the answers; may be left off as `retr` may be cancelled.

        Where pipelining is allowed, AHEAD octets are under way at once, else one message.
        """
        flying: deque[tuple[int, Batch]] = deque()
        under_way = at = 0
        try:
            while flying or at < len(numbers):
                while at < len(numbers):
                    size = self.sizes.get(numbers[at], 0)
                    if flying and (not self.machine.pipelining or under_way + size > AHEAD):
                        break
                    flying.append((numbers[at], self._retr(numbers[at])))
                    under_way += size
                    at += 1
                number, batch = flying[0]
                reply = await self.landed(batch, 0)
                flying.popleft()
                under_way -= self.sizes.get(number, 0)
                yield number, reply
        except (asyncio.CancelledError, GeneratorExit):
            self._leave_behind(under_way)
            raise

    def _retr(self, number: int, arrived: Callable[[int], None] | None = None) -> Batch:
        self._retrieved = True
        return Batch(self.driver, commands.retr(number, self.sizes.get(number, 0)), (number,), arrived)

    def _leave_behind(self, octets: int) -> None:
        """Nobody waits for these octets any more."""
        if octets > AHEAD:
            self.driver.fail(ConnectionLost("The download was called off."))

    # --- deleting and leaving -----------------------------------------------------------------

    async def dele(self, numbers: Iterable[int]) -> None:
        """Mark for deletion, which `quit` does. Raises ServerRefused for the first refused; the others are marked."""
        numbers = list(numbers)
        if not numbers:
            return
        self._marked = True
        batch = Batch(self.driver, commands.dele(numbers), numbers)
        replies = [await self.landed(batch, which) for which in range(len(numbers))]
        for reply in replies:
            self.good(reply)

    async def rset(self) -> None:
        """Unmark all."""
        await self.ask(commands.rset())
        self._marked = False

    async def noop(self) -> None:
        await self.ask(commands.noop())

    async def languages(self) -> list[tuple[str, str]]:
        """LANG: (tag, name) of what the server can say its texts in, as sent. Raises ServerRefused where it cannot."""
        lines = (await self.ask(commands.lang())).body.decode("utf-8", "replace").splitlines()
        return [(tag, name) for tag, _, name in (line.partition(" ") for line in lines)]

    async def speak(self, tag: str) -> None:
        """LANG: have texts in that language from now on (RFC 5646 tag, "*" for the server's own choice)."""
        await self.ask(commands.lang(tag))

    async def quit(self) -> None:
        """QUIT: does the deletions marked, unlocks, leaves.

        Raises ConnectionLost when the answer did not come: then nothing is known about the deletions, and the next
        listing tells. Raises ServerRefused when some were not done. The connection is closed in any case.
        """
        try:
            await self.ask(commands.quit_())
        finally:
            await self.driver.close()

    async def close(self) -> None:
        """Leave without deleting anything. Never raises.

        Some servers delete what is marked whenever the line breaks, so marks are taken back first. Behind a RETR the
        line is dropped without QUIT: Gmail takes that for "popped" and hides the message from every later session.
        """
        try:
            with contextlib.suppress(RemoteError, LocalProtocolError, TimeoutError):
                async with asyncio.timeout(FAREWELL_SECONDS):
                    if self._marked:
                        await self.rset()
                    if not self._retrieved:
                        await self.ask(commands.quit_())
        finally:
            await self.driver.close()

    # --- below --------------------------------------------------------------------------------

    async def ask(self, command: Command) -> Reply:
        """Run a command of one line. Raises ServerRefused for -ERR."""
        return self.good(await self.hear(command))

    async def hear(self, command: Command) -> Reply:
        """Run a command of one line, whatever the answer."""
        return await self.landed(Batch(self.driver, command, (0,)), 0)

    def good(self, reply: Reply) -> Reply:
        """The reply when it is +OK. Raises ServerRefused."""
        if reply.ok:
            return reply
        words = printable(reply.text).rstrip(". ")
        raise ServerRefused(f"{self.host} refused{f': {words}' if words else ''}.", code=printable(reply.code, 40))

    async def landed(self, batch: Batch, which: int) -> Reply:
        """The reply to that line of a batch, also when its final dot is glued to the last line."""
        quiets, before = 0, self.machine.received
        while True:
            reply = await batch.reply(which, QUIET_AGAIN_SECONDS if self.machine.careful else QUIET_SECONDS)
            if reply is not None:
                return reply
            came, before = self.machine.received - before, self.machine.received
            quiets = 0 if came else quiets + 1
            if came >= _MOVING:
                self.driver.bear(batch.flight, self.driver.silence)
            if quiets and self.machine.end_glued(self.sizes.get(batch.numbers[which], 0) if quiets < _QUIETS else 0):
                self.driver.go_on()

    def heard(self, event: Event, asked: bool) -> None:
        """For the driver: every event that completes no command."""
        match event:
            case Greeting(text=text):
                self.greeting = printable(text, 100)
            case Stray(text=text):  # "-ERR idle too long", before the line is closed
                self.driver.farewell = printable(text.removeprefix("-ERR"))
