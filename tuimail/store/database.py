"""The database file: who may open it, one writer thread, and a read-only connection for the screen.

Reads on the event loop go through `Database.read`, a read-only connection that only ever runs
bounded queries. Everything else runs as a function on the writer thread, one transaction
each. What the user does goes ahead of what sync brings, and is on disk before it is answered.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import itertools
import logging
import os
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, TypeVar

from tuimail.errors import ReadOnly, StoreError
from tuimail.store import schema
from tuimail.store.connection import connect, transaction

T = TypeVar("T")
Job = tuple[int, int, Callable[[sqlite3.Connection], Any] | None, "asyncio.Future[Any] | None"]

log = logging.getLogger(__name__)

USER, SYNC = 0, 1
"""Priorities of the writer's queue."""
FOLD_EVERY = 16
"""Turns of the writer, after which the write-ahead log is brought into the file: some 16 MB in a first sync."""
LONG_LOG = 16_384
"""Pages of that log, 64 MB."""


class Database:
    """`mail.db` in a data directory.

    Raises StoreError from the constructor when the file cannot be used. `read_only` is "" or the
    sentence that says why this process may only look.
    """

    def __init__(self, directory: Path) -> None:
        self.path = directory / "mail.db"
        self.trouble = ""
        """What the user should be told about the opening, e.g. that a damaged file was put aside."""
        self.damage = ""
        """Not empty once a damaged page was met: a sentence for the user."""
        self.on_damage: Callable[[], None] = lambda: None
        """Called once on the event loop when that happens."""
        self._suspicion = directory / "mail.db.suspect"
        self._jobs: queue.PriorityQueue[Job] = queue.PriorityQueue()
        self._numbers = itertools.count()
        self._thread: threading.Thread | None = None
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{directory} cannot be made: {error.strerror}.", "Give another --data-dir.") from error
        self._lock, self.read_only = _take_lock(directory / "lock")
        writer = None
        try:
            if not self.read_only:
                writer = self._prepare()
            self._mode, self.read = self._connect_to_look()
        except StoreError:
            _close(writer)
            if self._lock is not None:
                self._lock.close()
            raise
        if writer is not None:
            self._thread = threading.Thread(
                target=self._write_for_ever, args=[writer], name="tuimail-store", daemon=True
            )
            self._thread.start()

    def _prepare(self) -> sqlite3.Connection:
        """The writer's connection, the file created or upgraded; a damaged file is put aside, never deleted."""
        while True:
            db = None
            try:
                os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
                db = connect(self.path)
                schema.migrate(db)
                db.execute("SELECT count(*) FROM folder").fetchone()
                if self._suspicion.exists():
                    self._examine(db)
                return db
            except sqlite3.DatabaseError as error:
                _close(db)
                if isinstance(error, sqlite3.OperationalError) or self.trouble:
                    raise StoreError(f"The mail store cannot be opened: {error}.", f"Look at {self.path}.") from error
                aside = self.path.with_name(f"mail.db.damaged-{int(time.time())}")
                self.path.rename(aside)
                for suffix in ("-wal", "-shm"):
                    with contextlib.suppress(FileNotFoundError):
                        self.path.with_name(f"mail.db{suffix}").rename(f"{aside}{suffix}")
                self.trouble = f"The mail store was damaged; it was kept as {aside.name} and a new one begun."
            except OSError as error:
                raise StoreError(
                    f"The mail store cannot be opened: {error.strerror}.", f"Look at {self.path}."
                ) from error
            except StoreError:
                _close(db)
                raise

    def _connect_to_look(self) -> tuple[str, sqlite3.Connection]:
        """The way in which the file can be read, and the screen's connection.

        SQLite wants to make two files beside a store in WAL mode. Where it cannot, the store is read as one that does
        not change: our lock keeps writers away (or there is none, as on a copy), and nothing may be left in the log.
        Raises StoreError.
        """
        if self.read_only and not self.path.exists():
            raise StoreError(
                f"There is no mail store in {self.path.parent}. {self.read_only}", "Give another --data-dir."
            )
        try:
            return "mode=ro", _connect_to_read(self.path, "mode=ro")
        except StoreError:
            if not self.read_only or (self._lock is None and self.path.with_name("lock").exists()):
                raise
        log_of_writes = self.path.with_name("mail.db-wal")
        if log_of_writes.exists() and log_of_writes.stat().st_size:
            raise StoreError(
                "The last changes of the mail store were never folded into it, and that cannot be done where nothing "
                "can be written.",
                f"Copy {self.path.parent} to another place, and give that as --data-dir.",
            )
        return "immutable=1", _connect_to_read(self.path, "immutable=1")

    def _examine(self, db: sqlite3.Connection) -> None:
        """Read every page, because one was found damaged. Raises sqlite3.DatabaseError if it still is."""
        (verdict,) = db.execute("PRAGMA quick_check(1)").fetchone()
        self._suspicion.unlink(missing_ok=True)
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)

    def look(self, work: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        """A bounded read on the event loop. `otherwise` when a page of the file is damaged: the screen stays up.

        Such a file is examined at the next start, and put aside if it is as bad as it looks.
        """
        try:
            return work(self.read)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.ProgrammingError):
                raise
            self._suspect(error)
            return otherwise

    def _suspect(self, error: sqlite3.Error) -> None:
        log.error("the mail store could not be read: %s", error)
        if type(error) is sqlite3.DatabaseError:  # malformed, or no database; what is merely busy has a type of its own
            with contextlib.suppress(OSError):
                self._suspicion.touch(0o600)
        if not self.damage:
            self.damage = f"The mail store cannot be read everywhere ({error}); the screen may not show all."
            self.on_damage()

    async def write(self, work: Callable[[sqlite3.Connection], T], priority: int = SYNC) -> T:
        """Run `work` on the writer thread in one transaction and return its answer.

        USER work waits for no batch of SYNC and is flushed to disk before this returns. Cancelling
        the caller does not cancel the work. Raises ReadOnly, StoreError.
        """
        return await self._run(priority, lambda db: transaction(db, work, durable=priority == USER))

    async def lend(self, turn: Callable[[], T]) -> T:
        """Run `turn` on the writer's thread, at SYNC priority and with no transaction open.

        It may wait there for one transaction of another process, which has opened the file with `connect`.
        Raises ReadOnly, StoreError and what `turn` raises.
        """
        return await self._run(SYNC, lambda db: turn())

    def _fold(self) -> None:
        """Bring the write-ahead log into the file, on a thread of its own: nobody who writes waits for the disk.

        The log begins anew when all of it was brought in before the next write. One that never was, and has grown
        long, is brought in at a turn of the writer.
        """
        try:
            with contextlib.closing(connect(self.path)) as db:
                pages = _fold(db)
        except sqlite3.Error as error:  # whoever writes next is told
            log.warning("the write-ahead log could not be folded: %s", error)
        else:
            if pages > LONG_LOG:
                self._jobs.put((SYNC, next(self._numbers), _fold, None))

    async def _run(self, priority: int, job: Callable[[sqlite3.Connection], T]) -> T:
        if self.read_only:
            raise ReadOnly(self.read_only)
        if self._thread is None:
            raise StoreError("The mail store is closed.")
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._jobs.put((priority, next(self._numbers), job, future))
        return await asyncio.shield(future)

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection of its own for a thread that reads what may be large. Raises StoreError."""
        db = _connect_to_read(self.path, self._mode)
        try:
            yield db
        finally:
            db.close()

    def close(self) -> None:
        """Finish what is queued, then let go of the files."""
        self.read.close()  # the last to close folds the write-ahead log into the file, and must be able to write
        if self._thread is not None:
            self._jobs.put((SYNC + 1, next(self._numbers), None, None))
            self._thread.join()
            self._thread = None
        if self._lock is not None:
            if not self.read_only:
                self._lock.truncate(0)  # whoever holds it next may not be able to write its own number there
            self._lock.close()

    def _write_for_ever(self, db: sqlite3.Connection) -> None:
        folding = threading.Thread()
        for turn in itertools.count(1):
            _, _, job, future = self._jobs.get()
            if job is None:
                break
            answer: object = None
            error: Exception | None = None
            try:
                answer = job(db)
            except sqlite3.Error as cause:
                error = _unwritten(cause)
                error.__cause__ = cause
            except Exception as cause:
                error = cause
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits for the answer any more
                if future is not None:
                    if error is not None and type(error.__cause__) is sqlite3.DatabaseError:
                        future.get_loop().call_soon_threadsafe(self._suspect, error.__cause__)
                    future.get_loop().call_soon_threadsafe(_answer, future, answer, error)
            if turn % FOLD_EVERY == 0 and not folding.is_alive():
                folding = threading.Thread(target=self._fold, name="tuimail-log", daemon=True)
                folding.start()
        if folding.ident is not None:
            folding.join()
        with contextlib.suppress(sqlite3.Error):
            db.execute("PRAGMA optimize")
        db.close()


def _connect_to_read(path: Path, mode: str) -> sqlite3.Connection:
    """mode: what SQLite takes behind a file's URI. Raises StoreError."""
    try:
        db = sqlite3.connect(f"{path.resolve().as_uri()}?{mode}", uri=True, isolation_level=None)
        try:
            db.execute("SELECT count(*) FROM account").fetchone()
            _must_fit(db)
        except (sqlite3.Error, StoreError):
            db.close()
            raise
    except sqlite3.Error as error:
        raise StoreError(f"The mail store cannot be read: {error}.", f"Look at {path}.") from error
    return db


def _must_fit(db: sqlite3.Connection) -> None:
    """Raises StoreError when the store was written by another version of tuimail, as one that is only read may be."""
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version < len(schema.MIGRATIONS):
        raise StoreError("The mail store was written by an older tuimail.", "Open it once where it can be written.")
    if version > len(schema.MIGRATIONS):
        raise StoreError("The mail store was written by a newer tuimail.", "Update tuimail where it is read.")


def _fold(db: sqlite3.Connection) -> int:
    """Pages in the write-ahead log."""
    _, pages, _ = db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    return int(pages)


def _unwritten(error: sqlite3.Error) -> StoreError:
    return StoreError(f"The mail store could not be written: {error}.", "Is the disk full?")


def _close(db: sqlite3.Connection | None) -> None:
    if db is not None:
        db.close()


def _answer(future: asyncio.Future[Any], answer: object, error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(answer)
    else:
        future.set_exception(error)


def _take_lock(path: Path) -> tuple[IO[str] | None, str]:
    """An exclusive lock for this process's life; else the sentence that says why this process may only look.

    Where the directory cannot be written, a shared lock comes with that sentence: then nobody else writes either.
    """
    read_only = ""
    try:
        lock = os.fdopen(os.open(path, os.O_CREAT | os.O_RDWR, 0o600), "r+")
    except OSError as error:
        read_only = f"The data directory cannot be written ({error.strerror}): looking only."
        try:
            lock = path.open()
        except OSError:
            return None, read_only
    try:
        fcntl.flock(lock, (fcntl.LOCK_SH if read_only else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError:
        holder = lock.read().strip()
        lock.close()
        return None, f"Another tuimail{f' (process {holder})' if holder else ''} is open on this data: looking only."
    if not read_only:
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
    return lock, read_only
