"""A connection that only watches the folder in view, and tells when it stirs."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from tuimail.errors import NotFound, ServerRefused, TuimailError
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

    async def run(self) -> None:
        """Tell when the folder on the screen (else the inbox) changes, until cancelled.

        Where there is none to be had (some servers allow one only) the poll clock has to do.
        """
        failures = 0
        while True:
            began = time.monotonic()
            try:
                await self._watch_on_a_line()
            except TuimailError as error:
                log.info("account %s: watching ended: %s", self._name, error)
                if isinstance(error, patience.HOPELESS):
                    return
            failures = 0 if time.monotonic() - began > patience.HEALTHY else failures + 1
            await asyncio.sleep(patience.back_off(failures))

    async def _watch_on_a_line(self) -> None:
        """The watching connection's life. Ends only by an error."""
        remote: Remote | None = None
        looked = None
        try:
            while True:
                self._turned.clear()
                known = await self._watched()
                if known is None:
                    await self._turned.wait()
                    continue
                remote = remote or await self._connect()
                try:
                    if known.id != looked:
                        await self._catch_up(remote, known)
                        looked = known.id
                    await self._watch_one(remote, known)
                except (ServerRefused, NotFound) as error:
                    log.info("account %s: folder %s not watched: %s", self._name, known.id, error)
                    looked = None
                    await self._turned.wait()
        finally:
            if remote is not None:
                await remote.close()

    async def _catch_up(self, remote: Remote, known: folders.Known) -> None:
        """What happened between the last pull and this connection's SELECT nobody else will tell."""
        state = await remote.look(known.remote_name)
        now = await self._database.write(lambda db: folders.one_known(db, known.id))
        if now is not None and stale(now, state):
            self._stir(known.id)

    async def _watch_one(self, remote: Remote, known: folders.Known) -> None:
        """Wait for one event of a folder, or for the screen to turn to another one."""
        waiting = asyncio.ensure_future(remote.wait(known.remote_name))
        turning = asyncio.ensure_future(self._turned.wait())
        try:
            await asyncio.wait({waiting, turning}, return_when=asyncio.FIRST_COMPLETED)
            if waiting.done():
                waiting.result()
                self._stir(known.id)
        finally:
            for task in (waiting, turning):
                task.cancel()
            await asyncio.gather(waiting, turning, return_exceptions=True)
