"""Visits to a POP3 maildrop: log in, look at the list, do what is wanted, QUIT. One at a time, each as short as may be.

A maildrop is locked while somebody is in it (RFC 1939 §3), so nobody stays: a visit ends a moment after its work, a
little later while the reader goes from message to message, and after two minutes in any case. What is to leave the
server is told it at the end of a visit, after the list has been read once more, and is only ever what is kept here.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

from tuimail.changes import Change, MessagesChanged, Trouble
from tuimail.errors import ConnectionLost, LoginRefused, ProtocolTrouble, ServerRefused, TuimailError
from tuimail.store import droptexts, maildrop
from tuimail.store.database import Database

if TYPE_CHECKING:
    from tuimail.net.pop.entries import Entry
    from tuimail.net.pop.session import PopSession

T = TypeVar("T")

EVERY = 120.0
"""Seconds between two looks, where the server does not ask for more."""
FRESH = 20.0
"""A list so many seconds old is new enough for a second question in one round."""
LINGER, READING = 2.0, 30.0
"""Seconds a visit goes on with nothing to do: after any work; after a message was fetched, or where the next visit may
not come soon."""
LONGEST = 120.0
"""Seconds after which a visit ends as soon as there is nothing to do."""
PACKING = 1.0
"""Seconds in which a visit that is to end still fetches what shall leave the server; it goes on with it next time."""
SLICE = 50
"""Messages of one transaction that copies texts."""
FAREWELL = 2.0
"""Seconds for the end of a visit when the program ends."""
DAY = 86_400
_MADE_UP = b"\0"
"""Begins what stands for a unique id that the server does not give; no unique id has it (RFC 1939 §7)."""

log = logging.getLogger(__name__)


class Visit:
    """From a login to its QUIT. One task owns it and closes its session; whoever is `inside` may use it meanwhile."""

    def __init__(self) -> None:
        self.task: asyncio.Task[None]
        self.session: PopSession
        self.numbers: dict[bytes, int] = {}
        """Unique id → message number, for this visit only."""
        self.listed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """The list is there, or why it is not."""
        self.open = True
        """Who comes now may still come in."""
        self.ended: float | None = None
        """When it was told to end as soon as nobody is inside, on the monotonic clock."""
        self.linger = LINGER
        self._began = time.monotonic()
        self._users = 0
        self._stirred = asyncio.Event()

    @contextlib.contextmanager
    def inside(self, linger: float) -> Iterator[None]:
        """The visit goes on while somebody is in it, and `linger` seconds more."""
        self._users += 1
        try:
            yield
        finally:
            self._users -= 1
            self.linger = linger
            self._stirred.set()

    def end(self) -> None:
        """Go as soon as nobody is inside; nobody comes in any more."""
        self.open = False
        self.ended = self.ended or time.monotonic()
        self._stirred.set()

    async def stay(self) -> None:
        """Until nobody is inside, nor comes in for a while."""
        while self._users or self.ended is None:
            self._stirred.clear()
            left = min(self.linger, self._began + LONGEST - time.monotonic())
            try:
                async with asyncio.timeout(None if self._users else max(0.0, left)):
                    await self._stirred.wait()
            except TimeoutError:
                if not self._users:
                    return


def _why(entries: Sequence[Entry]) -> str:
    """See `Maildrop.made_up`."""
    if any(entry.uidl is None for entry in entries):
        return "without message ids"
    return "with doubled message ids" if any(entry.repeated for entry in entries) else ""


class Maildrop:
    """An account's maildrop, and what we remember of it; outlives its visits.

    open_session: logs in. leave: "forever"; "delete", what is thrown away here is removed there too; or a number:
    besides that, what was first seen so many days ago. forgetful: the server stops listing what was read (Gmail).
    tell: hears when rows stand in another way with the server, and of a server that names messages badly.
    """

    def __init__(
        self,
        database: Database,
        account_id: int,
        open_session: Callable[[], Awaitable[PopSession]],
        *,
        leave: str = "forever",
        forgetful: bool = False,
        tell: Callable[[Change], None] = lambda change: None,
    ) -> None:
        self.database = database
        self.account_id = account_id
        self.removes = leave != "forever"
        self.forgetful = forgetful
        self.checked = 0
        """When the list was last read, epoch seconds; 0: not yet."""
        self.delay = 0.0
        """Seconds that the server wants between two logins (LOGIN-DELAY, RFC 2449 §6.5)."""
        self.made_up = ""
        """Why unique ids are made up here: the server has none, or doubled ones; "" where they are not."""
        self.session: PopSession | None = None
        """Of the last visit, which may be over."""
        self._open_session = open_session
        self._tell = tell
        self._days = int(leave) if leave.isdecimal() else None
        self._complained = False
        self._visit: Visit | None = None
        """Until its session is closed."""
        self._listed_at = self._login_at = -1e9

    @property
    def every(self) -> float:
        """Seconds between two looks."""
        return max(EVERY, self.delay)

    async def look(self) -> None:
        """Have a list that is not old. While the server wants no login yet, the old one has to do."""
        visit = self._visit
        if visit is not None and visit.open and time.monotonic() - self._listed_at < FRESH:
            return
        if self.checked and self._too_early():
            return
        if visit is not None:  # a list is as of the login (RFC 1939 §5)
            visit.end()
        await self._enter()

    async def work(self, job: Callable[[Visit], Awaitable[T]], *, reading: bool = False) -> T:
        """Run `job` in a visit, the one that is going on or a new one; once more when an old one turns out to be over.

        Raises what the job raises, what logging in raises, and ServerRefused when it is too early for a login.
        """
        visit, new = await self._enter()
        try:
            return await self._within(visit, job, reading)
        except (ConnectionLost, ProtocolTrouble) as error:
            if new:
                raise
            log.info("a visit ended early: %s", error)
        visit, _ = await self._enter()
        return await self._within(visit, job, reading)

    async def close(self) -> None:
        """End the visit, within FAREWELL seconds. Never raises."""
        visit = self._visit
        if visit is None:
            return
        visit.end()
        try:
            if visit.listed.done():
                await asyncio.wait([visit.task], timeout=FAREWELL)
        finally:
            visit.task.cancel()
            await asyncio.wait([visit.task])

    # --- coming in -----------------------------------------------------------------------------------------

    async def _enter(self) -> tuple[Visit, bool]:
        """A visit whose list is there, and whether it is a new one. Raises what beginning one raises."""
        while self._visit is not None and not self._visit.open:
            await asyncio.wait([self._visit.task])
        new = self._visit is None
        if self._visit is None:
            self._visit = self._set_out()
        visit = self._visit
        await asyncio.shield(visit.listed)
        return visit, new

    async def _within(self, visit: Visit, job: Callable[[Visit], Awaitable[T]], reading: bool) -> T:
        with visit.inside(READING if reading or self.delay else LINGER):
            try:
                return await job(visit)
            except (ConnectionLost, ProtocolTrouble):
                visit.end()
                raise
            finally:
                if visit.session.over:  # a download was called off
                    visit.end()

    def _too_early(self) -> bool:
        return time.monotonic() - self._login_at < self.delay

    def _set_out(self) -> Visit:
        if self._too_early():
            wait = self.delay - (time.monotonic() - self._login_at)
            raise ServerRefused("This server wants pauses between visits.", f"Try again in {wait:.0f} seconds.")
        visit = Visit()
        visit.task = asyncio.create_task(self._live(visit), name="visit to a maildrop")
        visit.task.add_done_callback(lambda _: self._over(visit))
        return visit

    # --- a visit ---------------------------------------------------------------------------------------------

    async def _live(self, visit: Visit) -> None:
        """All of a visit, from the login to the end of its session."""
        visit.session = self.session = await self._log_in()
        try:
            await self._list(visit)
            visit.linger = READING if self.delay else LINGER
            visit.listed.set_result(None)
            await visit.stay()
            self._complain()
            await self._bring_home(visit)
            visit.linger = 0.0
            await visit.stay()  # somebody may have come in
            visit.open = False
            await self._depart(visit)
        finally:
            visit.open = False
            await visit.session.close()

    def _over(self, visit: Visit) -> None:
        """Whoever waits for the list hears why there is none."""
        self._visit = None
        error = None if visit.task.cancelled() else visit.task.exception()
        if not visit.listed.done():
            visit.listed.set_exception(error or ConnectionLost("The visit to the mailbox was broken off."))
            visit.listed.exception()  # nobody is to be scolded for not waiting any more
        elif isinstance(error, TuimailError):
            log.info("a visit ended early: %s", error)
        elif error is not None:
            log.error("a visit failed", exc_info=error)

    async def _log_in(self) -> PopSession:
        try:
            session = await self._open_session()
        except LoginRefused as error:
            if error.busy and self.checked:
                raise ConnectionLost(error.sentence, error.next_step) from error
            raise
        self._login_at = time.monotonic()
        self.delay = float(session.abilities.login_delay or 0)
        return session

    async def _list(self, visit: Visit) -> None:
        entries = await visit.session.listing()
        keys, partial = await self._keys(visit.session, entries)
        visit.numbers.update((key, number) for number, key in keys.items())
        listed = [maildrop.Listed(keys[e.number], e.size) for e in entries if e.number in keys]
        turned = await self.database.write(
            lambda db: maildrop.take_list(
                db, self.account_id, listed, int(time.time()), forgetful=self.forgetful, partial=partial
            )
        )
        await self._tell_of(turned)
        self._listed_at = time.monotonic()
        self.checked = int(time.time())

    async def _keys(self, session: PopSession, entries: Sequence[Entry]) -> tuple[dict[int, bytes], bool]:
        """Message number → unique id; without one a digest of the header stands for it. And: some could not be had."""
        keys = {e.number: e.uidl for e in entries if e.uidl is not None and not e.repeated}
        nameless = [e.number for e in entries if e.number not in keys]
        self.made_up = _why(entries)
        seen: dict[bytes, int] = {}
        digests = {number: hashlib.sha256(head).digest() async for number, head in session.tops(nameless)}
        for number in sorted(digests):
            alike = seen[digests[number]] = seen.get(digests[number], 0) + 1
            keys[number] = _MADE_UP + digests[number] + (str(alike).encode() if alike > 1 else b"")
        return keys, len(keys) < len(entries)

    async def _bring_home(self, visit: Visit) -> None:
        """What has been on the server for its days is kept here, so that it may leave; the rest another time."""
        if self._days is None:
            return
        before = int(time.time()) - self._days * DAY
        entries = await self.database.write(lambda db: maildrop.outstayed(db, self.account_id, before))
        missing: list[maildrop.Entry] = []
        for start in range(0, len(entries), SLICE):
            part = entries[start : start + SLICE]
            here = await self.database.write(lambda db, part=part: droptexts.keep_here(db, self.account_id, part))  # type: ignore[misc]
            await self.database.write(lambda db, here=here: maildrop.doom(db, here))  # type: ignore[misc]
            missing += [entry for _, entry in part if entry.id not in here]
            if self._is_late(visit):
                return
        async with contextlib.aclosing(self.bring(visit, missing)) as brought:
            async for id_, refusal in brought:
                if refusal is None:
                    await self.database.write(lambda db, id_=id_: maildrop.doom(db, [id_]))  # type: ignore[misc]
                if self._is_late(visit):
                    return

    def _is_late(self, visit: Visit) -> bool:
        return visit.ended is not None and time.monotonic() - visit.ended > PACKING

    async def bring(
        self, visit: Visit, entries: Sequence[maildrop.Entry]
    ) -> AsyncGenerator[tuple[int, ServerRefused | None]]:
        """Fetch whole texts into the ledger: the id of each that is there by now, or why it is not.

        What the visit's list does not name is left out. To be closed when it is left off (aclosing).
        """
        ids = {number: one.id for one in entries if (number := visit.numbers.get(one.uidl)) is not None}
        async with contextlib.aclosing(visit.session.retrs(list(ids))) as replies:
            async for number, reply in replies:
                try:
                    text = await visit.session.text_of(number, reply)
                except ServerRefused as error:
                    yield ids[number], error
                    continue
                await self.database.write(lambda db, id_=ids[number], text=text: droptexts.keep(db, id_, text))  # type: ignore[misc]
                yield ids[number], None

    async def _depart(self, visit: Visit) -> None:
        """Tell what is to be removed, and QUIT. A QUIT whose answer is lost proves nothing: the next list tells."""
        removed = await self._remove(visit)
        if self.forgetful and not removed:
            return  # without QUIT where there was a RETR, which would hide what was read
        await visit.session.quit()
        if removed:
            await self.database.write(lambda db: maildrop.removed(db, removed))
            await self._tell_of(removed)

    def _complain(self) -> None:
        """Once, of a server that names messages badly; after the work, which has news of its own to tell."""
        if self.made_up and not self._complained:
            self._complained = True
            said = f"Server {self.made_up}: headers are compared instead."
            self._tell(Trouble(said, "All works; IMAP, if it is offered, is quicker."))

    async def _tell_of(self, ids: Sequence[int]) -> None:
        """These stand in another way with the server than before."""
        for folder_id in await self.database.write(lambda db: maildrop.shown_in(db, ids)) if ids else ():
            self._tell(MessagesChanged(folder_id))

    async def _remove(self, visit: Visit) -> list[int]:
        """Mark for removal what shall go, by the numbers of a list read for it. Returns the ids of what was marked."""
        doomed = await self.database.write(lambda db: maildrop.doomed(db, self.account_id))
        if not doomed:
            return []
        keys, _ = await self._keys(visit.session, await visit.session.listing())
        numbers = {key: number for number, key in keys.items()}
        ids = [id_ for id_, uidl in doomed if uidl in numbers]
        await self.database.write(lambda db: maildrop.sending(db, ids))
        await visit.session.dele([numbers[uidl] for _, uidl in doomed if uidl in numbers])
        return ids
