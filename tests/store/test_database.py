"""The file itself: damaged, newer, locked, full. What was acknowledged stays; what cannot be done is said."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.store.rows import row
from tuimail.errors import ReadOnly, StoreError
from tuimail.store import folders, messages, schema, shelves
from tuimail.store.connection import connect
from tuimail.store.database import SYNC, USER, Database


@contextmanager
def opened(directory: Path) -> Iterator[Database]:
    database = Database(directory)
    try:
        yield database
    finally:
        database.close()


@contextmanager
def unwritable(directory: Path) -> Iterator[None]:
    """Nobody may write there, and we are not root."""
    root = os.geteuid() == 0
    parents = [p for p in directory.parents if p.stat().st_uid == os.geteuid() and not p.stat().st_mode & 0o005]
    for parent in parents:
        parent.chmod(parent.stat().st_mode | 0o055)
    files = [directory, *directory.iterdir()]
    for path in files:
        path.chmod(0o555 if path.is_dir() else 0o444)
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        for path in files:
            path.chmod(0o700 if path.is_dir() else 0o600)


def accounts(database: Database) -> list[str]:
    return [name for (name,) in database.read.execute("SELECT name FROM account ORDER BY id")]


async def put(database: Database, name: str, priority: int = USER) -> None:
    await database.write(lambda db: folders.put_account(db, name), priority)


async def test_what_was_written_is_there_when_opened_again(tmp_path: Path) -> None:
    with opened(tmp_path / "new" / "data") as database:
        await put(database, "one")
        assert accounts(database) == ["one"]
    with opened(tmp_path / "new" / "data") as database:
        assert accounts(database) == ["one"]
        assert database.trouble == ""


def test_only_the_owner_may_look_at_the_files(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with opened(tmp_path / "data"):
            modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "data").iterdir()}
            assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
    finally:
        os.umask(before)
    assert set(modes) >= {"mail.db", "lock"}
    assert set(modes.values()) == {0o600}, modes


async def test_an_empty_file_becomes_a_store(tmp_path: Path) -> None:
    (tmp_path / "mail.db").touch()
    with opened(tmp_path) as database:
        await put(database, "one")
        assert database.trouble == ""
        assert database.read.execute("PRAGMA user_version").fetchone() == (len(schema.MIGRATIONS),)


def test_a_store_of_a_newer_version_is_refused_untouched(tmp_path: Path) -> None:
    newer = sqlite3.connect(tmp_path / "mail.db")
    newer.execute("PRAGMA user_version = 999")
    newer.close()
    before = (tmp_path / "mail.db").read_bytes()
    with pytest.raises(StoreError, match="newer tuimail"):
        Database(tmp_path)
    assert (tmp_path / "mail.db").read_bytes()[100:] == before[100:]


def test_a_refused_store_can_be_opened_again_at_once(tmp_path: Path) -> None:
    newer = sqlite3.connect(tmp_path / "mail.db")
    newer.execute("PRAGMA user_version = 999")
    newer.close()
    with pytest.raises(StoreError) as refused:
        Database(tmp_path)
    (tmp_path / "mail.db").unlink()
    with opened(tmp_path) as database:
        assert database.read_only == "", f"the lock was kept by {refused.value!r}"


def test_a_data_directory_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="Not a directory"):
        Database(tmp_path / "file" / "data")


def test_a_failed_migration_leaves_the_store_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path):
        pass
    version = len(schema.MIGRATIONS)
    broken = (*schema.MIGRATIONS, "CREATE TABLE extra (id INT); CREATE TABLE account (id INT)")
    monkeypatch.setattr(schema, "MIGRATIONS", broken)
    with pytest.raises(StoreError):
        Database(tmp_path)
    db = sqlite3.connect(tmp_path / "mail.db")
    assert db.execute("PRAGMA user_version").fetchone() == (version,)
    assert db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'extra'").fetchone() == (0,)
    db.close()


def test_an_index_is_emptied_without_writing_all_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = next(at for at, script in enumerate(schema.MIGRATIONS) if "'delete-all'" in script)
    with opened(tmp_path), contextlib.closing(connect(tmp_path / "mail.db")) as db:
        db.execute("PRAGMA secure_delete = ON").fetchone()
        db.executemany("INSERT INTO search_text VALUES (?, ?)", [(number, "x" * 3000) for number in range(400)])
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        db.executescript(f"DROP TABLE search_again; PRAGMA user_version = {before}")
        monkeypatch.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[: before + 1])
        schema.migrate(db)
        assert (tmp_path / "mail.db-wal").stat().st_size < 300_000
        assert db.execute("PRAGMA secure_delete").fetchone() == (1,)


@pytest.mark.parametrize("damage", ["header", "first page", "cut to 3000"])
async def test_a_damaged_file_is_put_aside_and_said(tmp_path: Path, damage: str) -> None:
    with opened(tmp_path) as database:
        await put(database, "one")
    data = (tmp_path / "mail.db").read_bytes()
    broken = {"header": b"garbage" + data[7:], "first page": data[:100] + b"\xff" * 3996 + data[4096:]}
    broken["cut to 3000"] = data[:3000]
    (tmp_path / "mail.db").write_bytes(broken[damage])
    with opened(tmp_path) as database:
        assert "damaged" in database.trouble
        await put(database, "two")
        assert accounts(database) == ["two"]
    (aside,) = (tmp_path / name for name in os.listdir(tmp_path) if "damaged" in name)
    assert aside.name in database.trouble
    assert aside.read_bytes()[:3000] == broken[damage][:3000], "it may still be rescued"


async def test_a_page_found_damaged_later_costs_no_screen_and_the_next_start_puts_it_aside(
    tmp_path: Path,
) -> None:
    def table(db: sqlite3.Connection) -> int:
        (count,) = db.execute("SELECT count(*) FROM message NOT INDEXED").fetchone()
        return int(count)

    def fill(db: sqlite3.Connection) -> int:
        account = folders.put_account(db, "one")
        folder = shelves.want(db, account, "INBOX", "/", "inbox", 1)
        return messages.put_heads(db, folder, [row(uid) for uid in range(1, 400)])

    with opened(tmp_path) as database:
        await database.write(fill)
        (root,) = database.read.execute("SELECT rootpage FROM sqlite_master WHERE name = 'message'").fetchone()
    data = bytearray((tmp_path / "mail.db").read_bytes())
    data[(root - 1) * 4096 : root * 4096] = b"\xff" * 4096
    (tmp_path / "mail.db").write_bytes(data)
    with opened(tmp_path) as database:
        told: list[str] = []
        database.on_damage = lambda: told.append(database.damage)
        assert not database.trouble, "opening reads a few pages only"
        assert database.look(table, -1) == -1
        assert database.look(table, -1) == -1
        assert len(told) == 1
    with opened(tmp_path) as database:
        assert "damaged" in database.trouble
        assert database.look(table, -1) == 0
    with opened(tmp_path) as database:
        assert not database.trouble


async def test_garbage_in_the_write_ahead_log_costs_no_start(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        await put(database, "one")
    (tmp_path / "mail.db-wal").write_bytes(os.urandom(20_000))
    with opened(tmp_path) as database:
        assert accounts(database) == ["one"]


async def test_the_second_to_open_may_only_look(tmp_path: Path) -> None:
    with opened(tmp_path) as first:
        await put(first, "one")
        with opened(tmp_path) as second:
            assert f"process {os.getpid()}" in second.read_only
            assert accounts(second) == ["one"]
            await put(first, "two")
            assert accounts(second) == ["one", "two"]
            with pytest.raises(ReadOnly, match="Another tuimail"):
                await put(second, "three")
    with opened(tmp_path) as third:
        assert third.read_only == ""


async def test_a_store_that_cannot_be_written_is_looked_at(tmp_path: Path) -> None:
    with opened(tmp_path / "data") as database:
        await put(database, "one")
    with unwritable(tmp_path / "data"), opened(tmp_path / "data") as database:
        assert "cannot be written" in database.read_only
        assert accounts(database) == ["one"]
        with database.reading() as thread:
            assert thread.execute("SELECT count(*) FROM account").fetchone() == (1,)
        with opened(tmp_path / "data") as second:
            assert accounts(second) == ["one"]


async def test_a_copy_of_the_store_alone_is_looked_at_where_nothing_can_be_written(tmp_path: Path) -> None:
    with opened(tmp_path / "data") as database:
        await put(database, "one")
    (tmp_path / "data" / "lock").unlink()
    with unwritable(tmp_path / "data"), opened(tmp_path / "data") as database:
        assert accounts(database) == ["one"]


async def test_changes_not_folded_in_are_not_passed_over_where_nothing_can_be_written(tmp_path: Path) -> None:
    kept, copy = tmp_path / "data", tmp_path / "copy"
    with opened(kept) as database:
        await put(database, "one")
        copy.mkdir()
        for name in ("mail.db", "mail.db-wal"):
            (copy / name).write_bytes((kept / name).read_bytes())
    with unwritable(copy), pytest.raises(StoreError, match="never folded into it"):
        Database(copy)


async def test_a_writer_stays_away_while_the_store_is_read_as_one_that_does_not_change(tmp_path: Path) -> None:
    with opened(tmp_path / "data"):
        pass
    with unwritable(tmp_path / "data"):
        reader = Database(tmp_path / "data")
    with contextlib.closing(reader), opened(tmp_path / "data") as database:
        assert database.read_only.startswith("Another tuimail is open")


def test_where_nothing_was_ever_fetched_and_nothing_can_be_written_this_is_said(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with unwritable(tmp_path / "data"), pytest.raises(StoreError, match="There is no mail store in"):
        Database(tmp_path / "data")


async def test_an_older_store_that_cannot_be_written_is_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path / "data"):
        pass
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, "SELECT 1"))
    with unwritable(tmp_path / "data"), pytest.raises(StoreError, match="older tuimail"):
        Database(tmp_path / "data")


async def test_a_full_disk_is_said_and_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    told = []
    with opened(tmp_path) as database:
        await database.write(lambda db: db.execute(f"PRAGMA max_page_count = {db_pages(db) + 12}").fetchone())
        for number in range(1000):
            name = f"{number}" + "x" * 2000
            try:
                await put(database, name)
            except StoreError as error:
                assert "full" in error.sentence
                break
            told.append(name)
        else:
            pytest.fail("the disk was never full")
        assert accounts(database) == told, "reading goes on"
        await database.write(lambda db: db.execute("PRAGMA max_page_count = 100000").fetchone())
        await put(database, "room again")
    with opened(tmp_path) as database:
        assert accounts(database) == [*told, "room again"]


def db_pages(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA page_count").fetchone()[0])


async def test_work_that_fails_is_undone_as_a_whole_and_the_next_goes_on(tmp_path: Path) -> None:
    def half(db: sqlite3.Connection) -> None:
        folders.put_account(db, "half")
        raise KeyError("in the middle")

    with opened(tmp_path) as database:
        with pytest.raises(KeyError):
            await database.write(half)
        assert accounts(database) == []
        await put(database, "next")
        assert accounts(database) == ["next"]


async def test_a_caller_that_goes_away_does_not_stop_the_work(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        caller = asyncio.create_task(put(database, "one"))
        await asyncio.sleep(0)
        caller.cancel()
        await asyncio.gather(caller, return_exceptions=True)
        await put(database, "two", SYNC)
        assert accounts(database) == ["one", "two"]


async def test_what_the_user_does_goes_ahead_of_what_sync_brings(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        release = threading.Event()
        blocked = asyncio.ensure_future(database.write(lambda db: release.wait(10)))
        syncs = [asyncio.ensure_future(put(database, f"sync {n}", SYNC)) for n in range(3)]
        user = asyncio.ensure_future(put(database, "user"))
        await asyncio.sleep(0)
        release.set()
        await asyncio.gather(blocked, user, *syncs)
        assert accounts(database)[0] == "user"


async def test_closing_finishes_what_is_queued(tmp_path: Path) -> None:
    database = Database(tmp_path)
    writes = [asyncio.ensure_future(put(database, f"{n}", SYNC)) for n in range(20)]
    await asyncio.sleep(0)
    database.close()
    await asyncio.gather(*writes)
    with opened(tmp_path) as again:
        assert len(accounts(again)) == 20
    with pytest.raises(StoreError, match="closed"):
        await put(database, "late")


async def folded_while_another_writes(directory: Path) -> tuple[bool, bool]:
    """Whether what was written before is in the file, before a writer has ended; and what that wrote, soon after."""
    begun, may_end = threading.Event(), threading.Event()

    def slowly(db: sqlite3.Connection) -> None:
        begun.set()
        may_end.wait(10)
        folders.put_account(db, "written meanwhile")

    with opened(directory) as database:
        # All at once, so that the slow one comes before what the folding may ask for.
        jobs = put(database, "first", SYNC), put(database, "written before", SYNC), database.write(slowly)
        writing = asyncio.gather(*jobs)
        assert await asyncio.to_thread(begun.wait, 10)
        for thread in threading.enumerate():
            if thread.name == "tuimail-log":
                await asyncio.to_thread(thread.join, 10)
        before = b"written before" in database.path.read_bytes()
        may_end.set()
        await writing
        await put(database, "after", SYNC)
        return before, b"written meanwhile" in database.path.read_bytes()


async def test_the_log_comes_into_the_file_and_nobody_who_writes_waits_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await folded_while_another_writes(tmp_path / "sixteen") == (False, False)
    monkeypatch.setattr("tuimail.store.database.FOLD_EVERY", 2)
    before, _ = await folded_while_another_writes(tmp_path / "two")
    assert before


async def test_a_log_that_has_grown_long_is_folded_while_nobody_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only then can it begin anew."""
    monkeypatch.setattr("tuimail.store.database.LONG_LOG", 0)
    monkeypatch.setattr("tuimail.store.database.FOLD_EVERY", 2)
    assert await folded_while_another_writes(tmp_path) == (True, True)
