"""DemoServer: a mail server inside this process, for `tuimail demo`. No network, no port, nothing kept.

It lives in a thread with an event loop of its own, since pymap parses on its loop and would make
the screen's loop stutter. Connections are socket pairs: tuimail talks to it as to any server.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Self

from tuimail.errors import Unreachable
from tuimail.model import Account, Security

if TYPE_CHECKING:
    from tuimail.demo.harbour import Harbour

PAUSES = (20.0, 31.0, 24.0, 38.0, 22.0, 35.0, 27.0, 40.0, 21.0, 33.0, 29.0, 36.0)
"""Seconds before each message that arrives while the demo runs, one for each letter of data/arrivals.txt."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class DemoServer:
    """An async context manager. Entering costs nothing: the server starts when somebody first dials.

    clock: an aware "now" that the mail is dated by. pause: waits the seconds between arriving messages;
    awaited in the server's own loop.
    """

    account = Account(name="demo", host="demo.invalid", port=0, user="demo", security=Security.PLAIN)
    """What to configure; `host` resolves nowhere (RFC 2606), `dial` is the only way in."""
    password = "demo"

    def __init__(
        self, clock: Callable[[], datetime] = _utc_now, pause: Callable[[float], Awaitable[object]] = asyncio.sleep
    ) -> None:
        self._clock = clock
        self._pause = pause
        self._thread: threading.Thread | None = None
        self._ready: Future[tuple[asyncio.AbstractEventLoop, Callable[[socket.socket], None]]] = Future()
        self._stop: Future[None] = Future()
        self._ended: Future[None] = Future()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set_result(None)
        if self._thread is not None:
            await asyncio.wrap_future(self._ended)
            self._thread.join()

    async def dial(self) -> socket.socket:
        """A new connection: our end of a socket pair, non-blocking, the other end speaking IMAP.

        Raises Unreachable when the demo is over or could not start.
        """
        if self._stop.done():
            raise Unreachable("The demo has ended.")
        if self._thread is None:
            self._ready.set_running_or_notify_cancel()  # from here on a cancelled dial cannot cancel it
            self._ended.set_running_or_notify_cancel()
            self._thread = threading.Thread(target=self._run, name="demo-server", daemon=True)
            self._thread.start()
        try:
            loop, accept = await asyncio.wrap_future(self._ready)
            ours, theirs = socket.socketpair()
            ours.setblocking(False)
            theirs.setblocking(False)
            try:
                loop.call_soon_threadsafe(accept, theirs)
            except RuntimeError:  # the loop was closed while we waited
                ours.close()
                theirs.close()
                raise
        except Exception as error:
            raise Unreachable("The demo server could not be started.", "The log has the details.") from error
        return ours

    def _run(self) -> None:
        try:
            asyncio.run(self._live())
        except BaseException as error:
            if not self._ready.done():
                self._ready.set_exception(error)
        finally:
            self._ended.set_result(None)

    async def _live(self) -> None:
        from tuimail.demo.harbour import Harbour
        from tuimail.demo.mails import FOLDERS, sample_mail

        harbour = await Harbour.open(self.account.user, self.password, FOLDERS, sample_mail(self._clock()))
        loop = asyncio.get_running_loop()
        tasks = {loop.create_task(self._deliver_now_and_then(harbour))}

        def accept(sock: socket.socket) -> None:
            task = loop.create_task(harbour.serve(sock))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

        self._ready.set_result((loop, accept))
        await asyncio.wrap_future(self._stop)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _deliver_now_and_then(self, harbour: Harbour) -> None:
        from tuimail.demo.mails import arriving_mail

        for number, seconds in enumerate(PAUSES):
            await self._pause(seconds)
            await harbour.deliver(arriving_mail(self._clock())[number])
