"""Threads: 100,000 messages at once and one by one, beside what Dovecot's THREAD takes for the same mailbox."""

from __future__ import annotations

import imaplib
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.bench.letters import mailbox
from tests.bench.server import BenchDovecot
from tests.bench.table import Group, Row
from tuimail.model import Flag
from tuimail.net.remote import Head
from tuimail.store import conversations, folders, messages, threads, topics
from tuimail.store.database import Database
from tuimail.store.messages import Row as Listed
from tuimail.sync.rows import row

_ONE_BY_ONE = 200
_BATCH = 500
"""As the indexer does it."""


def compare(server: BenchDovecot, size: int, repetitions: int, say: Callable[[str], None]) -> list[Group]:
    """Dovecot has read all headers before (its cache is warm); we have the rows in the store, as after a sync."""
    user = server.fill(size)
    say(f"threads of {size:,}")
    rows = _rows(size)
    theirs, refs = Row("Dovecot: THREAD REFERENCES"), Row("Dovecot: THREAD REFS (no subjects)")
    whole, batches = Row("tuimail: in one transaction"), Row(f"tuimail: {_BATCH} in each transaction")
    one, first = Row("tuimail: one new message", "ms"), Row("tuimail: first page of a threaded list", "ms")
    heads, tree = Row("tuimail: order of a threaded list", "ms"), Row("tuimail: a thread of 10,000 as a tree", "ms")
    _thread(server, user, "REFERENCES")
    for _ in range(repetitions):
        theirs.samples.append(_thread(server, user, "REFERENCES"))
        refs.samples.append(_thread(server, user, "REFS"))
        for line, batch in ((whole, size), (batches, _BATCH)):
            with tempfile.TemporaryDirectory() as directory:
                seconds, db = _assigned(Path(directory), rows, batch)
                line.samples.append(seconds)
                if line is whole:
                    one.samples += _one_by_one(db, rows)
                    first.samples.append(_timed(lambda db=db: conversations.first_heads(db, [1], 64)))  # type: ignore[misc]
                    heads.samples.append(_timed(lambda db=db: conversations.heads(db, [1])))  # type: ignore[misc]
                    tree.samples.append(_deep(db))
                db.close()
    return [
        Group(f"Threads of {size:,} messages", [theirs, refs, whole, batches]),
        Group("Threads, one at a time", [one, first, heads, tree]),
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


def _assigned(directory: Path, rows: Sequence[Listed], batch: int) -> tuple[float, sqlite3.Connection]:
    """Seconds until all have their thread, commits included; and the store."""
    Database(directory).close()
    db = sqlite3.connect(directory / "mail.db", isolation_level=None)
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute("PRAGMA cache_size = -8000")
    db.execute("BEGIN")
    folders.put_folders(db, folders.put_account(db, "a"), [folders.Listed(b"INBOX", "INBOX", "/", "inbox", True)])
    messages.put_heads(db, 1, rows)
    db.execute("COMMIT")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    ids = [id_ for (id_,) in db.execute("SELECT id FROM message ORDER BY id")]
    topics.topic.cache_clear()
    began = time.perf_counter()
    for start in range(0, len(ids), batch):
        _assign(db, ids[start : start + batch])
    return time.perf_counter() - began, db


def _one_by_one(db: sqlite3.Connection, rows: Sequence[Listed]) -> list[float]:
    """Answers to messages of all ages."""
    samples = []
    for number, old in enumerate(random.Random(1).sample(rows, _ONE_BY_ONE)):
        uid = len(rows) + number + 1
        refs = f"{old[12]} {old[11]}".strip()
        messages.put_heads(db, 1, [(uid, *old[1:3], old[3] + uid, *old[4:11], f"<new{uid}@x>", refs, *old[13:])])
        (id_,) = db.execute("SELECT max(id) FROM message").fetchone()
        samples.append(_timed(lambda id_=id_: _assign(db, [id_])))  # type: ignore[misc]
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
    _assign(db, ids)
    return _timed(lambda: conversations.tree(db, ids[0], [1]))


def _assign(db: sqlite3.Connection, ids: Sequence[int]) -> None:
    db.execute("BEGIN IMMEDIATE")
    threads.assign(db, ids)
    db.execute("COMMIT")


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
