"""Threads: 100,000 messages at once and one by one, beside what Dovecot's THREAD takes for the same mailbox."""

from __future__ import annotations

import asyncio
import gc
import imaplib
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

from tests.bench.letters import mailbox
from tests.bench.server import BenchDovecot
from tests.bench.table import Group, Row
from tuimail.cli import collect_later
from tuimail.model import Flag
from tuimail.net.remote import Head
from tuimail.store import conversations, folders, messages, threads, topics
from tuimail.store.database import Database
from tuimail.store.messages import Row as Listed
from tuimail.sync.indexing import LOT, TAKEN, pieces_of
from tuimail.sync.rows import row

T = TypeVar("T")

_ONE_BY_ONE = 200


def compare(server: BenchDovecot, size: int, repetitions: int, say: Callable[[str], None]) -> list[Group]:
    """Dovecot has read all headers before (its cache is warm); we have the rows in the store, as after a sync."""
    user = server.fill(size)
    say(f"threads of {size:,}")
    rows = _rows(size)
    theirs, refs = Row("Dovecot: THREAD REFERENCES"), Row("Dovecot: THREAD REFS (no subjects)")
    whole, pieces = Row("tuimail: in one transaction"), Row("tuimail: in the pieces of the indexer")
    longest = Row("tuimail: the longest piece", "ms")
    one, first = Row("tuimail: one new message", "ms"), Row("tuimail: first page of a threaded list", "ms")
    heads, tree = Row("tuimail: order of a threaded list", "ms"), Row("tuimail: a thread of 10,000 as a tree", "ms")
    _thread(server, user, "REFERENCES")
    for _ in range(repetitions):
        theirs.samples.append(_thread(server, user, "REFERENCES"))
        refs.samples.append(_thread(server, user, "REFS"))
        with _filled(rows) as (db, ids):
            whole.samples.append(_timed(lambda db=db, ids=ids: _transaction(db, lambda: threads.assign(db, ids))))  # type: ignore[misc]
            one.samples += _one_by_one(db, rows)
            first.samples.append(_timed(lambda db=db: conversations.first_heads(db, [1], 64)))  # type: ignore[misc]
            heads.samples.append(_timed(lambda db=db: conversations.heads(db, [1])))  # type: ignore[misc]
            tree.samples.append(_deep(db))
        with _filled(rows) as (db, ids):
            took = asyncio.run(_in_pieces(db, ids))
            pieces.samples.append(sum(took))
            longest.samples.append(max(took))
    return [
        Group(f"Threads of {size:,} messages", [theirs, refs, whole, pieces]),
        Group("Threads, one at a time", [one, longest, first, heads, tree]),
    ]


def _rows(size: int) -> list[Listed]:
    made = []
    for number, letter in enumerate(mailbox(size), 1):
        head = letter.raw.partition(b"\n\n")[0].replace(b"\n", b"\r\n") + b"\r\n\r\n"
        made.append(row(Head(number, Flag.NONE, "", letter.received, len(letter.raw), head)))
    return made


def _thread(server: BenchDovecot, user: str, algorithm: str) -> float:
    with imaplib.IMAP4("127.0.0.1", server.port) as client:
        client.login(user, "test")
        client.select("INBOX", readonly=True)
        return _timed(lambda: client.thread(algorithm, "UTF-8", "ALL"))


@contextmanager
def _filled(rows: Sequence[Listed]) -> Iterator[tuple[sqlite3.Connection, list[int]]]:
    """A store with these rows as a sync leaves them, and their ids."""
    with tempfile.TemporaryDirectory() as directory:
        Database(Path(directory)).close()
        db = sqlite3.connect(Path(directory) / "mail.db", isolation_level=None)
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA cache_size = -8000")
        account = folders.put_account(db, "a")
        folders.put_folders(db, account, [folders.Listed(b"INBOX", "INBOX", "/", "inbox", True)])
        _transaction(db, lambda: messages.put_heads(db, 1, rows))
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        topics.topic.cache_clear()
        topics._key.cache_clear()
        collect_later()
        gc.freeze()  # as the app does with what it has imported
        gc.enable()
        yield db, [id_ for (id_,) in db.execute("SELECT id FROM message ORDER BY id")]
        gc.unfreeze()
        db.close()


async def _in_pieces(db: sqlite3.Connection, ids: Sequence[int]) -> list[float]:
    """Seconds of each transaction that the indexer makes of so many, without those for their words."""
    took = []
    database = Database(_directory(db))

    async def piece(work: Callable[[sqlite3.Connection], T]) -> T:
        began = time.perf_counter()
        answer = await database.write(work)
        took.append(time.perf_counter() - began)
        return answer

    for lot in pieces_of(ids, LOT):
        batch = threads.Batch()
        for part in pieces_of(lot, TAKEN):
            await piece(partial(batch.take, ids=part))
        await piece(batch.join)
        while await piece(batch.note):
            pass
        while await piece(batch.name):
            pass
    database.close()
    return took


def _directory(db: sqlite3.Connection) -> Path:
    return Path(db.execute("PRAGMA database_list").fetchone()[2]).parent


def _one_by_one(db: sqlite3.Connection, rows: Sequence[Listed]) -> list[float]:
    """Answers to messages of all ages."""
    samples = []
    for number, old in enumerate(random.Random(1).sample(rows, _ONE_BY_ONE)):
        uid = len(rows) + number + 1
        refs = f"{old[12]} {old[11]}".strip()
        messages.put_heads(db, 1, [(uid, *old[1:3], old[3] + uid, *old[4:11], f"<new{uid}@x>", refs, *old[13:])])
        (id_,) = db.execute("SELECT max(id) FROM message").fetchone()
        samples.append(_timed(lambda id_=id_: _transaction(db, lambda: threads.assign(db, [id_]))))  # type: ignore[misc]
    return samples


def _deep(db: sqlite3.Connection) -> float:
    """Every message answers the one before and names a hundred."""
    (last,) = db.execute("SELECT max(remote_id) FROM message").fetchone()
    names = [f"<deep{n}@x>" for n in range(10_000)]
    rows: list[Listed] = [
        (last + n, 0, "", n, n, 9, 0, "", "", "", "Deep", name, " ".join(names[max(0, n - 100) : n]), "", "")
        for n, name in enumerate(names, 1)
    ]
    messages.put_heads(db, 1, rows)
    ids = [id_ for (id_,) in db.execute("SELECT id FROM message WHERE thread IS NULL")]
    _transaction(db, lambda: threads.assign(db, ids))
    return _timed(lambda: conversations.tree(db, ids[0], [1]))


def _transaction(db: sqlite3.Connection, work: Callable[[], T]) -> T:
    db.execute("BEGIN IMMEDIATE")
    answer = work()
    db.execute("COMMIT")
    return answer


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
