"""A connection that only watches, and tells which folders stir: the one in view, or with NOTIFY all of them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import Awaitable, Callable

from tuimail.errors import NotFound, ServerRefused, TuimailError
from tuimail.model import Facts
from tuimail.net.remote import Remote
from tuimail.store import folders
from tuimail.store.database import Database
from tuimail.sync import patience
from tuimail.sync.plan import stale

log = logging.getLogger(__name__)


class Watch:
    """See `run`. name: the account's, for the log. watched gives the folder to watch, None when there is none yet;
    turned is set when that may be another one now; stir is called with the id of a folder that changed.
    """

    def __init__(
        self,
        name: str,
        database: Database,
        connect: Callable[[], Awaitable[Remote]],
        watched: Callable[[], Awaitable[folders.Known | None]],
        turned: asyncio.Event,
        stir: Callable[[int], None],
    ) -> None:
        self._name = name
        self._database = database
        self._connect = connect
        self._watched = watched
        self._turned = turned
        self._stir = stir
        self._remote: Remote | None = None
        self._restless = patience.Restless()
        self.all_seen_since = math.inf
        """When the server began to tell of every folder (NOTIFY), by the monotonic clock; not of what came before."""
        self.denied = ""
        """There is no second connection to be had, so the first one has to watch: why."""

    async def run(self) -> None:
        """Tell when the folder on the screen (else the inbox) changes, until cancelled.

        Returns where no second connection is to be had; see `denied`.
        """
        failures = 0
        while True:
            began = time.monotonic()
            try:
                await self._watch_on_a_line()
            except TuimailError as error:
                log.info("account %s: watching ended: %s", self._name, error)
                if isinstance(error, patience.HOPELESS):
                    self.denied = error.sentence
                    return
            except Exception:
                log.exception("account %s: unexpected failure of the watch", self._name)
            failures = 0 if time.monotonic() - began > patience.HEALTHY else failures + 1
            await asyncio.sleep(patience.back_off(failures))

    async def _watch_on_a_line(self) -> None:
        """The watching connection's life. Ends only by an error."""
        looked = None
        try:
            while True:
                self._turned.clear()
                known = await self._watched()
                if known is None:
                    await self._turned.wait()
                    continue
                if self._remote is None:
                    self._remote = await self._connect()
                    if self._remote.abilities.notify:
                        self.all_seen_since = time.monotonic()
                try:
                    if known.id != looked:
                        await self._catch_up(self._remote, known)
                        looked = known.id
                    await self._watch_one(self._remote, known)
                except (ServerRefused, NotFound) as error:
                    log.info("account %s: folder %s not watched: %s", self._name, known.id, error)
                    looked = None
                    await self._turned.wait()
        finally:
            remote, self._remote = self._remote, None
            self.all_seen_since = math.inf
            if remote is not None:
                await remote.close()

    async def facts(self) -> Facts | None:
        """What is known of the watching connection; None when there is none."""
        try:
            return await self._remote.facts() if self._remote is not None else None
        except TuimailError:
            return None

    async def _catch_up(self, remote: Remote, known: folders.Known) -> None:
        """What happened between the last pull and this connection's SELECT nobody else will tell."""
        state = await remote.look(known.remote_name)
        now = await self._database.write(lambda db: folders.one_known(db, known.id))
        if now is not None and stale(now, state):
            self._stir(known.id)

    async def _watch_one(self, remote: Remote, known: folders.Known) -> None:
        """Wait for one event of a folder, or for the screen to turn to another one."""
        began, rest = time.monotonic(), 0.0
        waiting = asyncio.ensure_future(remote.wait(known.remote_name))
        turning = asyncio.ensure_future(self._turned.wait())
        try:
            await asyncio.wait({waiting, turning}, return_when=asyncio.FIRST_COMPLETED)
            if waiting.done():
                names = waiting.result()
                rest = self._restless.rest(time.monotonic() - began)
                for folder_id in await self._database.write(lambda db: folders.ids_of(db, known.id, names)):
                    self._stir(folder_id)
        finally:
            for task in (waiting, turning):
                task.cancel()
            await asyncio.gather(waiting, turning, return_exceptions=True)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(rest):
                await self._turned.wait()
