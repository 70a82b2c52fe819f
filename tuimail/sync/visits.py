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
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from tuimail.errors import ConnectionLost, LoginRefused, ProtocolTrouble, RemoteError, ServerRefused, TuimailError
from tuimail.store import maildrop
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
FAREWELL = 2.0
"""Seconds for the end of a visit when the program ends."""
DAY = 86_400
_MADE_UP = b"\0"
"""Begins what stands for a unique id that the server does not give; no unique id has it (RFC 1939 §7)."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Visit:
    """What may be used while it lasts."""

    session: PopSession
    numbers: dict[bytes, int]
    """Unique id → message number, for this visit only."""
    began: float


class Maildrop:
    """An account's maildrop, and what we remember of it; outlives its visits.

    open_session: logs in. leave: "forever"; "delete", what is thrown away here is removed there too; or a number:
    besides that, what was first seen so many days ago. forgetful: the server stops listing what was read (Gmail).
    """

    def __init__(
        self,
        database: Database,
        account_id: int,
        open_session: Callable[[], Awaitable[PopSession]],
        *,
        leave: str = "forever",
        forgetful: bool = False,
    ) -> None:
        self.database = database
        self.account_id = account_id
        self.removes = leave != "forever"
        self.forgetful = forgetful
        self.checked = 0
        """When the list was last read, epoch seconds; 0: not yet."""
        self.delay = 0.0
        """Seconds that the server wants between two logins (LOGIN-DELAY, RFC 2449 §6.5)."""
        self.made_up = False
        """The server gives no unique ids, or the same twice."""
        self.session: PopSession | None = None
        """Of the last visit, which may be over."""
        self._open_session = open_session
        self._days = int(leave) if leave.isdecimal() else None
        self._lock = asyncio.Lock()
        self._visit: Visit | None = None
        self._listed_at = self._login_at = -1e9
        self._leaving: asyncio.Task[None] | None = None
        self._ending: asyncio.Task[None] | None = None

    @property
    def every(self) -> float:
        """Seconds between two looks."""
        return max(EVERY, self.delay)

    async def look(self) -> None:
        """Have a list that is not old. While the server wants no login yet, the old one has to do."""
        if self._visit is not None and time.monotonic() - self._listed_at < FRESH:
            return
        if not (self.checked and self._too_early()):
            await self._work_anew()

    async def work(self, job: Callable[[Visit], Awaitable[T]], *, reading: bool = False) -> T:
        """Run `job` in a visit, the one that is going on or a new one; once more when an old one turns out to be over.

        Raises what the job raises, what logging in raises, and ServerRefused when it is too early for a login.
        """
        self._stay()
        async with self._lock:
            try:
                visit = self._visit
                if visit is not None:
                    try:
                        return await job(visit)
                    except (ConnectionLost, ProtocolTrouble) as error:
                        log.info("a visit ended early: %s", error)
                        await self._drop()
                try:
                    return await job(await self._begin())
                except (ConnectionLost, ProtocolTrouble):
                    await self._drop()
                    raise
            finally:
                self._leave_soon(READING if reading or self.delay else LINGER)

    async def close(self) -> None:
        """End the visit, within FAREWELL seconds. Never raises."""
        self._stay()
        with contextlib.suppress(TimeoutError, TuimailError):
            async with asyncio.timeout(FAREWELL):
                await self._depart()
        await self._drop()

    # --- beginning -----------------------------------------------------------------------------------------

    async def _work_anew(self) -> None:
        self._stay()
        await self._depart()  # a list is as of the login (RFC 1939 §5)
        async with self._lock:
            try:
                await self._begin()
            except (ConnectionLost, ProtocolTrouble, asyncio.CancelledError):
                await self._drop()
                raise
            finally:
                self._leave_soon(READING if self.delay else LINGER)

    def _too_early(self) -> bool:
        return time.monotonic() - self._login_at < self.delay

    async def _begin(self) -> Visit:
        if self._too_early():
            wait = self.delay - (time.monotonic() - self._login_at)
            raise ServerRefused("This server wants pauses between visits.", f"Try again in {wait:.0f} seconds.")
        try:
            session = self.session = await self._open_session()
        except LoginRefused as error:
            if error.busy and self.checked:
                raise ConnectionLost(error.sentence, error.next_step) from error
            raise
        self._login_at = time.monotonic()
        self.delay = float(session.abilities.login_delay or 0)
        visit = self._visit = Visit(session, {}, self._login_at)
        entries = await session.listing()
        keys, partial = await self._keys(session, entries)
        visit.numbers.update((key, number) for number, key in keys.items())
        listed = [maildrop.Listed(keys[e.number], e.size) for e in entries if e.number in keys]
        await self.database.write(
            lambda db: maildrop.take_list(
                db, self.account_id, listed, int(time.time()), forgetful=self.forgetful, partial=partial
            )
        )
        self._listed_at = time.monotonic()
        self.checked = int(time.time())
        return visit

    async def _keys(self, session: PopSession, entries: Sequence[Entry]) -> tuple[dict[int, bytes], bool]:
        """Message number → unique id; without one a digest of the header stands for it. And: some could not be had."""
        keys = {e.number: e.uidl for e in entries if e.uidl is not None and not e.repeated}
        nameless = [e.number for e in entries if e.number not in keys]
        self.made_up = bool(nameless)
        seen: dict[bytes, int] = {}
        digests = {number: hashlib.sha256(head).digest() async for number, head in session.tops(nameless)}
        for number in sorted(digests):
            alike = seen[digests[number]] = seen.get(digests[number], 0) + 1
            keys[number] = _MADE_UP + digests[number] + (str(alike).encode() if alike > 1 else b"")
        return keys, len(keys) < len(entries)

    # --- ending ----------------------------------------------------------------------------------------------

    def _stay(self) -> None:
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None

    def _leave_soon(self, seconds: float) -> None:
        self._stay()
        if self._visit is not None:
            left = self._visit.began + LONGEST - time.monotonic()
            self._leaving = asyncio.create_task(self._leave(max(0.0, min(seconds, left))), name="end of a visit")

    async def _leave(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        try:
            await self._bring_home()
            self._ending, self._leaving = (
                self._leaving,
                None,
            )  # not called off any more: who comes now waits for the end
            await self._depart()
        except TuimailError as error:
            log.info("a visit ended early: %s", error)
            await self._drop()

    async def _bring_home(self) -> None:
        """What has been on the server for its days is kept here, so that it may leave."""
        if self._days is None:
            return
        before = int(time.time()) - self._days * DAY
        for folder, entry in await self.database.write(lambda db: maildrop.outstayed(db, self.account_id, before)):
            async with self._lock:
                if self._visit is None:
                    return
                with contextlib.suppress(ServerRefused):
                    await self.bring(self._visit, folder, entry)
                    await self.database.write(lambda db, id_=entry.id: maildrop.doom(db, id_))  # type: ignore[misc]

    async def bring(self, visit: Visit, folder: bytes, entry: maildrop.Entry) -> bool:
        """Have the whole text of a message in the ledger; whether it could be had."""
        if entry.kept:
            return True
        text = await self.database.write(lambda db: maildrop.text(db, self.account_id, folder, entry.uid))
        if text is None:
            if (number := visit.numbers.get(entry.uidl)) is None:
                return False
            text = await visit.session.retr(number)
        await self.database.write(lambda db: maildrop.keep(db, entry.id, text))
        return True

    async def _depart(self) -> None:
        """Tell what is to be removed, and QUIT. A QUIT whose answer is lost proves nothing: the next list tells."""
        async with self._lock:
            visit, self._visit = self._visit, None
            if visit is None:
                return
            removed: list[int] = []
            try:
                removed = await self._remove(visit)
            except RemoteError as error:
                log.info("nothing was removed: %s", error)
                await visit.session.close()
                return
            except BaseException:
                await visit.session.close()
                raise
            if self.forgetful and not removed:
                await visit.session.close()  # without QUIT where there was a RETR, which would hide what was read
                return
            try:
                await visit.session.quit()
            except RemoteError as error:
                log.info("a visit did not end well: %s", error)
            else:
                if removed:
                    await self.database.write(lambda db: maildrop.removed(db, removed))

    async def _remove(self, visit: Visit) -> list[int]:
        """Mark for removal what shall go, by the numbers of a list read for it. Returns the ids of what was marked."""
        doomed = await self.database.write(lambda db: maildrop.doomed(db, self.account_id)) if self.removes else []
        if not doomed:
            return []
        keys, _ = await self._keys(visit.session, await visit.session.listing())
        numbers = {key: number for number, key in keys.items()}
        ids = [id_ for id_, uidl in doomed if uidl in numbers]
        await self.database.write(lambda db: maildrop.sending(db, ids))
        await visit.session.dele([numbers[uidl] for _, uidl in doomed if uidl in numbers])
        return ids

    async def _drop(self) -> None:
        """Break off: the server removes nothing (RFC 1939 §6)."""
        visit, self._visit = self._visit, None
        if visit is not None:
            await visit.session.close()
