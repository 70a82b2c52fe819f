"""The life of an account: connect, push, pull, wait — for ever.

One task works, one watches on a connection of its own (`watch.py`). What the user asks
for goes first: demands and wishes are served between two batches of whatever else is going on.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from tuimail.changes import AccountState, Change, FoldersChanged, Line, MessagesChanged, Trouble
from tuimail.errors import (
    ConnectionLost,
    LoginRefused,
    NotFound,
    Offline,
    ServerRefused,
    StoreError,
    TuimailError,
)
from tuimail.model import AccountFacts, Facts
from tuimail.net.remote import Remote
from tuimail.records import replace
from tuimail.store import conflicts, folders, messages, shelf_asks, wishes
from tuimail.store.database import Database
from tuimail.store.shelf_order import next_wish
from tuimail.sync import clock, patience
from tuimail.sync.attention import Attention
from tuimail.sync.plan import came_or_went, differs
from tuimail.sync.push import Sent, push
from tuimail.sync.watch import Watch

T = TypeVar("T")
Connect = Callable[[], Awaitable[Remote]]
Demand = tuple[int, int, Callable[[Remote], Awaitable[Any]], "asyncio.Future[Any]"]

POLL = 60.0
"""Seconds between two looks at the counts of all folders."""
POLL_NOTIFIED = 600.0
"""The same where the server tells of every folder by itself (NOTIFY)."""
ALIVE = 5.0
"""Seconds a connection has to answer after the machine has slept."""
THOROUGH = 600.0
"""Seconds between two readings of all flags where the server cannot say which have changed (no CONDSTORE)."""

log = logging.getLogger(__name__)


class AccountSync:
    """Keeps one account and the store in agreement while `run` is running."""

    def __init__(
        self,
        name: str,
        account_id: int,
        database: Database,
        connect: Connect,
        tell: Callable[[Change], None],
        attention: Attention | None = None,
    ) -> None:
        self.name = name
        self.account_id = account_id
        self.state = AccountState(name, Line.CONNECTING, int(time.time()))
        self._database = database
        self._connect = connect
        self._tell = tell
        self._attention = attention or Attention()
        self._numbers = itertools.count()
        self._demands: asyncio.PriorityQueue[Demand] = asyncio.PriorityQueue()
        self._wake = asyncio.Event()
        self._retry = asyncio.Event()
        self._running = False
        self._hopeless = False
        """Only the user can make another try worth while."""
        self.subscriptions = False
        self.previews = False
        """The server can tell the first words of a message; known once it has been reached."""
        self.expunges = True
        """The server deletes for good what it is told to; known once it has been reached."""
        self._thorough_at = -THOROUGH
        self._listed_at = 0.0
        """When the counts of all folders were last asked for, on the monotonic clock."""
        self._due: set[int] = set()
        self._stirred: set[int] = set()
        """Due, but not for a thorough look: no need to read every flag again."""
        self._watch: Watch | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._watching = True
        self._alone = ""
        """Why there is no second connection, once the user was told."""
        self._barred: set[int] = set()
        """Folders that the server would not open, and the user was told."""
        self._restless = patience.Restless()
        self._rest = 0.0
        """Seconds before this line itself watches again; see `_watch_here`."""
        self._wishes_changed = False
        self._wished = 0
        """How often the user has changed something."""
        self._look_at_all = True
        self._shown: int | None = None
        self._shown_changed = asyncio.Event()
        self._settled = asyncio.Event()
        self._sent: Sent = Counter()
        """How often each STORE and MOVE was sent on this connection since the user's last change."""
        self._errors: deque[tuple[int, str]] = deque(maxlen=10)

    # --- what others may ask -------------------------------------------------------------------

    def wish(self) -> None:
        """The user changed something: push soon."""
        self._wishes_changed = True
        self._wished += 1
        self._sent.clear()  # what is wished again is not in vain, nor is a UID of a folder made anew the old one
        self._settled.clear()
        self._wake.set()

    def retry(self) -> None:
        """What the server refused was released by the user: try it now, as if it had never been sent."""
        self._retry.set()
        self.wish()

    def show(self, folder_id: int) -> None:
        """The user looks at this folder: pull it first, and watch it."""
        if folder_id != self._shown:
            self._shown = folder_id
            self._shown_changed.set()
            self._barred.discard(folder_id)
        self._due.add(folder_id)
        self._wake.set()

    def sync_now(self) -> None:
        """Try now whatever the back-off says, and look at every folder."""
        self._look_at_all = self._wishes_changed = True
        self._thorough_at = -THOROUGH
        self._retry.set()
        self._wake.set()

    @property
    def waited_for(self) -> bool:
        """The user waits for something: long work on the connection should make a pause."""
        return self._wishes_changed or not self._demands.empty()

    async def demand(self, work: Callable[[Remote], Awaitable[T]], priority: int = 0) -> T:
        """Run `work` on the connection ahead of what is going on, the newest demand first.

        Raises Offline when there is no line; then it is tried again, unless that is of no use.
        """
        if self.state.line is Line.OFFLINE or not self._running:
            if not self._hopeless:
                self._retry.set()
            raise self._offline()
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._demands.put_nowait((priority, -next(self._numbers), work, future))
        self._wake.set()
        return await future

    async def connect(self) -> Remote:
        """A connection for long work beside everything else; whoever asked for it closes it."""
        return await self._connect()

    async def facts(self) -> AccountFacts:
        """What is known of this account's connections and of its last troubles."""
        connections: list[tuple[str, Facts]] = []
        if self._running and self.state.line is not Line.OFFLINE:
            with contextlib.suppress(TuimailError):
                connections.append(("work", await self.demand(lambda remote: remote.facts())))
            if self._watch is not None and (watching := await self._watch.facts()) is not None:
                connections.append(("watch", watching))
        return AccountFacts(tuple(connections), tuple(reversed(self._errors)))

    async def drain(self) -> None:
        """Return when every wish known now has been dealt with, or there is no line."""
        if self.state.line in (Line.ONLINE, Line.SYNCING):
            await self._settled.wait()

    # --- the supervisor --------------------------------------------------------------------------

    def start(self) -> asyncio.Task[None]:
        """Begin to `run`; from now on demands wait for the line."""
        self._running = True
        return asyncio.create_task(self.run(), name=f"sync {self.name}")

    async def run(self) -> None:
        """Connect and work, for ever; only cancellation ends it."""
        try:
            failures = 0
            while True:
                failures = await self._try(failures)
        finally:
            self._running = False
            self._drop_demands()

    async def _try(self, failures: int) -> int:
        """One connection from its making to its end, and the pause after it. Takes and returns failures in a row."""
        began = time.monotonic()
        self._retry.clear()
        self._hopeless = False
        self._set(Line.CONNECTING)
        wait: float | None
        try:
            await self.session()
        except patience.HOPELESS as error:
            # Wait to be told to retry.
            self._hopeless = not (isinstance(error, LoginRefused) and error.busy)
            wait = None if self._hopeless else min(patience.BUSY, patience.BACK_OFF[1])
            self._go_offline(error)
        except TuimailError as error:
            failures = 0 if time.monotonic() - began > patience.HEALTHY else failures + 1
            wait = patience.back_off(failures)
            self._go_offline(error)
        except Exception:
            log.exception("account %s: unexpected failure", self.name)
            failures += 1
            wait = patience.BACK_OFF[1]
            self._go_offline(ConnectionLost("Something went wrong inside tuimail.", "The log says more."))
        slept = await clock.until(self._retry, wait)
        return 0 if slept else failures

    async def session(self) -> None:
        """One connection's life. Ends only by an error."""
        remote = await self._connect()
        feeling = asyncio.create_task(self._feel(remote), name=f"feel {self.name}")
        try:
            self.expunges, self.subscriptions = remote.abilities.uidplus, remote.abilities.subscriptions
            self.previews = remote.abilities.previews
            self._set(Line.ONLINE)
            await self._database.write(lambda db: wishes.retry_refused(db, self.account_id))
            self._look_at_all = self._wishes_changed = True
            self._thorough_at = -THOROUGH
            self._watching = remote.abilities.visits is None
            self._sent.clear()
            while True:
                await self._round(remote)
                await self._wait(remote)
        finally:
            feeling.cancel()
            await self._stop_watching()
            await remote.close()

    async def _feel(self, remote: Remote) -> None:
        """Tell when the server has been silent for a while: a line may die without a word, and that takes a minute."""
        while True:
            await asyncio.sleep(patience.FEEL)
            since = int(time.time() - remote.silent) if remote.silent > patience.SLOW else 0
            if bool(since) != bool(self.state.silent):
                self.state = replace(self.state, silent=since)
                self._tell(self.state)

    async def once(self, folder: str | None = None) -> None:
        """One round without a screen: push, then pull every folder, or only the one named. Raises NotFound."""
        self._set(Line.CONNECTING)
        remote = await self._connect()
        try:
            self._watching = False
            self._sent.clear()
            self._wishes_changed = True
            await self._database.write(lambda db: wishes.retry_refused(db, self.account_id))
            await self._list(remote)
            if folder is not None:
                self._due = {await self._database.write(lambda db: folders.by_name(db, self.account_id, folder))}
            await self._round(remote)
        finally:
            await remote.close()

    # --- one round -----------------------------------------------------------------------------------

    async def _round(self, remote: Remote) -> None:
        """Push, then pull what is due, until wish and server agree as far as they can."""
        pulled: set[int] = set()
        """Folders whose server half is the truth: read after the last push that touched them."""
        tried: set[int] = set()
        wished = -1
        looks = 3  # a server's counts may never agree
        full = self._look_at_all
        if full:
            await self._list(remote)
        while True:
            if wished != self._wished:
                wished = self._wished
                again = 2  # a server may say OK and not do it: then the wish waits for the next round
                emptied = 4  # a folder to be deleted is emptied first, and mail may still come in
            await self._interlude(remote, pulled)
            folder_id = await self._next_due()
            if folder_id is not None:
                self._due.discard(folder_id)
                tried.add(folder_id)
                if await self._pull(remote, folder_id, pulled):
                    if folder_id not in self._due:  # else it was pushed to meanwhile, and must be read again
                        pulled.add(folder_id)
                    await self._settle(remote, pulled)
                self._start_watching()
            elif looks and await self._database.write(lambda db: messages.any_gone(db, self.account_id)):
                # Moved elsewhere by somebody? Look where something changed before forgetting it.
                looks, full = looks - 1, True
                restless = await self._list(remote)
                self._due -= tried - restless
                if not self._due:
                    looks = 0
            elif again and await self._database.write(lambda db: wishes.unmet(db, self.account_id)):
                # The pull showed that more is needed: a new epoch, or an undo that crossed its own command.
                again, self._wishes_changed = again - 1, True
            elif emptied and await self._database.write(lambda db: bool(next_wish(db, self.account_id))):
                emptied, self._wishes_changed = emptied - 1, True
            else:
                break
        now = int(time.time())
        if await self._database.write(lambda db: messages.sweep(db, self.account_id, pulled, now, full=full)):
            self._tell(FoldersChanged())
            if await self._database.write(lambda db: bool(next_wish(db, self.account_id))):
                self._wishes_changed = True  # what stood in the way of a deletion is forgotten
        await self._tell_conflicts()
        self._start_watching()
        if not self._wishes_changed:
            self._settled.set()
        await self._learn_names(remote, pulled)
        self._set(Line.ONLINE, checked=visits.last if (visits := remote.abilities.visits) else 0)

    async def _learn_names(self, remote: Remote, pulled: set[int]) -> None:
        """What the server calls the messages of these folders, where it has names for them."""
        if not remote.abilities.identity:
            return
        from tuimail.sync.identity import learn

        async def interlude() -> None:
            await self._interlude(remote, pulled)

        with contextlib.suppress(ServerRefused, NotFound):
            await learn(remote, self._database, sorted(pulled), interlude)

    async def _tell_conflicts(self) -> None:
        """Wishes that came to nothing because somebody else was there first, once."""
        if not (new := await self._database.write(lambda db: conflicts.take_untold(db, self.account_id))):
            return
        first = f"“{new[0].subject or '(no subject)'}”: {new[0].words}."
        self._tell(Trouble(first, f"The queue tells of {len(new) - 1:,} more." if len(new) > 1 else ""))

    async def _interlude(self, remote: Remote, pulled: set[int]) -> None:
        """What the user wants goes first: demands, then wishes."""

        async def answer() -> bool:
            while not self._demands.empty():
                _, _, work, future = self._demands.get_nowait()
                await _serve(remote, work, future)
            return self._wishes_changed

        if await answer():
            self._wishes_changed = False
            touched: set[int] = set()
            if await self._database.write(lambda db: next_wish(db, self.account_id)):
                touched = await self._tell_of_folders(remote)
            for folder_id in touched | await push(remote, self._database, self.account_id, self._sent, answer):
                pulled.discard(folder_id)  # the server's word about it is older than what we did
                self._due.add(folder_id)
            # What was thought better of in time waits for no command, only for a look.
            self._due |= set(await self._database.write(lambda db: wishes.to_confirm(db, self.account_id)))

    async def _tell_of_folders(self, remote: Remote) -> set[int]:
        """Have the server make, rename, delete and subscribe as wished. Returns the folders to be pulled."""
        from tuimail.sync.shelves import push_folders

        due, refusals = await push_folders(remote, self._database, self.account_id)
        for words in refusals:
            self._tell(Trouble(words, "The queue has it: there it is tried again, or dropped."))
        if await self._database.write(lambda db: shelf_asks.may_have_changed(db, self.account_id)):
            await self._list(remote)
        self._tell(FoldersChanged())
        return due

    async def _list(self, remote: Remote) -> set[int]:
        """LIST and STATUS → store; folders that changed become due. Returns those where mail came or went."""
        self._look_at_all = False
        self._listed_at = time.monotonic()
        listed = await remote.folders()
        rows = [
            folders.Listed(
                f.name, f.display, f.separator, str(f.role), f.selectable, f.exists, f.object_id, f.subscribed
            )
            for f in listed
        ]
        known = await self._database.write(lambda db: folders.put_folders(db, self.account_id, rows))
        by_name = {f.name: f for f in listed}
        changed = {k.id for k in known if differs(k, by_name[k.remote_name])}
        if time.monotonic() - self._thorough_at >= THOROUGH:
            self._thorough_at = time.monotonic()
            self._stirred.clear()
        else:
            self._stirred |= changed - self._due
        self._due |= changed
        await self._database.write(lambda db: conflicts.end_homeless(db, self.account_id, int(time.time())))
        self._due |= set(await self._database.write(lambda db: wishes.pending_folders(db, self.account_id)))
        if self._shown is not None:
            self._due.add(self._shown)
        self._tell(FoldersChanged())
        self._shown_changed.set()
        return {k.id for k in known if came_or_went(k, by_name[k.remote_name])}

    async def _next_due(self) -> int | None:
        """The folder to pull next: the one on the screen, then the inbox, then the others in their order."""
        if not self._due:
            return None
        if self._shown in self._due:
            return self._shown
        order = await self._database.write(lambda db: folders.pull_order(db, self.account_id))
        self._due &= set(order)
        return next((id_ for id_ in order if id_ in self._due), None)

    async def _pull(self, remote: Remote, folder_id: int, pulled: set[int]) -> bool:
        async def interlude() -> None:
            await self._interlude(remote, pulled)

        def report(done: int, total: int) -> None:
            if total > 1000:
                self._set(Line.SYNCING, min(done, total), total)

        from tuimail.sync.pull import Overtaken, Pull  # what reads headers is not needed for the first picture

        thorough = folder_id not in self._stirred
        self._stirred.discard(folder_id)

        try:
            await Pull(remote, self._database, self._tell, interlude, report, self._attention).run(
                folder_id, thorough=thorough
            )
        except Overtaken:
            self._due.add(folder_id)
            return False
        except (ServerRefused, NotFound) as error:
            log.warning("account %s: folder %s not pulled: %s", self.name, folder_id, error)
            if folder_id == self._shown and folder_id not in self._barred:
                self._barred.add(folder_id)
                self._note(str(error))
                self._tell(Trouble(f"Cannot be read now: {error.sentence}", "It is tried again by itself."))
            return False
        self._barred.discard(folder_id)
        self._tell(FoldersChanged())
        return True

    async def _settle(self, remote: Remote, pulled: set[int]) -> None:
        expunges = remote.abilities.uidplus
        if await self._database.write(lambda db: wishes.settle(db, pulled, expunges=expunges)):
            for folder_id in pulled:
                self._tell(MessagesChanged(folder_id))
            self._tell(FoldersChanged())

    # --- waiting ----------------------------------------------------------------------------------------

    async def _wait(self, remote: Remote) -> None:
        """Until there is something to do. The poll clock also finds a line that died unnoticed.

        Raises ConnectionLost when the machine has slept and the line did not outlive it.
        """
        watch, visits = self._watch, remote.abilities.visits
        poll = POLL_NOTIFIED if watch is not None and watch.all_seen_since < self._listed_at else POLL
        left = self._listed_at + (visits.every if visits else poll) - time.monotonic()
        if left <= 0:  # however much is going on in one folder, or the user does: the others have their turn
            self._look_at_all = True
        if self._due or self._wishes_changed or self._look_at_all or not self._demands.empty():
            return
        self._wake.clear()
        if watch is not None and watch.denied and watch.denied != self._alone:
            self._alone = watch.denied
            words = f"“{self.name}” has to do with one connection: {watch.denied}"
            self._note(words)
            self._tell(Trouble(words))
        here = asyncio.create_task(self._watch_here(remote)) if watch is not None and watch.denied else None
        try:
            slept = await clock.until(self._wake, left)
        finally:
            if here is not None:
                here.cancel()
                await asyncio.gather(here, return_exceptions=True)
        if slept:
            self._look_at_all = True
            await self._stop_watching()  # its line is no better than this one; the next round makes another
            await self._prove_alive(remote)
        elif not self._wake.is_set():
            self._look_at_all = True

    async def _watch_here(self, remote: Remote) -> None:
        """Watch on the one connection that the server allows. Trouble with it is found by the next command."""
        with contextlib.suppress(TuimailError):
            if (known := await self._watched()) is not None:
                await asyncio.sleep(self._rest)
                began, self._rest = time.monotonic(), 0.0
                names = await remote.wait(known.remote_name)
                self._rest = self._restless.rest(time.monotonic() - began)
                for folder_id in await self._database.write(lambda db: folders.ids_of(db, known.id, names)):
                    self._stir(folder_id)

    async def _prove_alive(self, remote: Remote) -> None:
        """Ask something small, with little patience: a line that died in the machine's sleep says nothing."""
        if (known := await self._watched()) is None:
            return
        try:
            async with asyncio.timeout(ALIVE):
                await remote.look(known.remote_name)
        except TimeoutError:
            raise ConnectionLost("The connection did not outlive a pause of this computer.") from None
        except (ServerRefused, NotFound):
            pass  # an answer is all that was wanted

    def _start_watching(self) -> None:
        """After the first folder is on the screen: the second connection must not compete with it."""
        if self._watching and self._watcher is None:
            watch = Watch(self.name, self._database, self._connect, self._watched, self._shown_changed, self._stir)
            self._watch = watch
            self._watcher = asyncio.create_task(watch.run(), name=f"watch {self.name}")
            self._watcher.add_done_callback(lambda _: self._wake.set())  # then this line has to watch

    async def _stop_watching(self) -> None:
        if self._watcher is not None:
            self._watcher.cancel()
            await asyncio.gather(self._watcher, return_exceptions=True)
        self._watch = self._watcher = None

    def _stir(self, folder_id: int) -> None:
        if folder_id not in self._due:
            self._stirred.add(folder_id)
        self._due.add(folder_id)
        self._wake.set()

    async def _watched(self) -> folders.Known | None:
        """The folder on the screen, else the inbox."""
        order = await self._database.write(lambda db: folders.pull_order(db, self.account_id))
        folder_id = self._shown if self._shown in order else next(iter(order), None)
        if folder_id is None:
            return None
        return await self._database.write(lambda db: folders.one_known(db, folder_id))

    # --- telling ------------------------------------------------------------------------------------------

    def _set(
        self,
        line: Line,
        done: int = 0,
        total: int = 0,
        detail: str = "",
        again: bool = True,
        ours: bool = False,
        checked: int = 0,
    ) -> None:
        since = self.state.since if line is self.state.line else int(time.time())
        state = AccountState(self.name, line, since, done, total, detail, again, ours, checked)
        if state != self.state:
            self.state = state
            self._tell(state)

    def _go_offline(self, error: TuimailError) -> None:
        log.info("account %s: offline: %s", self.name, error)
        self._note(str(error))
        self._set(Line.OFFLINE, detail=str(error), again=not self._hopeless, ours=isinstance(error, StoreError))
        self._settled.set()
        self._drop_demands()

    def _note(self, trouble: str) -> None:
        """For the account screen; met again and again, it is one."""
        if self._errors and self._errors[-1][1] == trouble:
            self._errors.pop()
        self._errors.append((int(time.time()), trouble))

    def _drop_demands(self) -> None:
        while not self._demands.empty():
            *_, future = self._demands.get_nowait()
            if not future.done():
                future.set_exception(self._offline())

    def _offline(self) -> Offline:
        return Offline("The text of this message is not here, and there is no line.", self.state.detail)


async def _serve(remote: Remote, work: Callable[[Remote], Awaitable[Any]], future: asyncio.Future[Any]) -> None:
    """Run one demand; its own failure is its caller's, the line's failure is everybody's.

    Where the server is only visited it ends when nobody waits for it any more; elsewhere a command left off in the
    middle would leave doubt about what is selected.
    """
    if future.done():
        return
    working = asyncio.ensure_future(work(remote))
    if remote.abilities.visits is not None:
        future.add_done_callback(lambda _: working.cancel())
    try:
        answer = await working
    except (ServerRefused, NotFound) as error:
        if not future.done():
            future.set_exception(error)
    except BaseException as error:
        task = asyncio.current_task()
        if isinstance(error, asyncio.CancelledError) and future.cancelled() and task and not task.cancelling():
            return
        if not future.done():
            future.set_exception(error if isinstance(error, TuimailError) else Offline("The line broke.", ""))
        raise
    else:
        if not future.done():
            future.set_result(answer)
