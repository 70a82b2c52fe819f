"""The life of an account against a server in memory: what goes first, what is retried, what is not."""

from __future__ import annotations

import asyncio
import contextlib
import random
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.fakes.fake_remote import FakeFolder, FakeServer
from tuimail.changes import AccountState, Change, Line, MessagesChanged, Trouble
from tuimail.errors import (
    ConnectionLost,
    LoginRefused,
    Offline,
    SecretUnavailable,
    ServerRefused,
    TuimailError,
    Unreachable,
)
from tuimail.model import Flag
from tuimail.net.remote import Remote
from tuimail.store import folders, history, shelf_asks, shelves, waiting, wishes
from tuimail.store.database import USER, Database
from tuimail.sync import account as account_module
from tuimail.sync import patience
from tuimail.sync.account import AccountSync
from tuimail.sync.attention import Attention
from tuimail.sync.pull import Overtaken, Pull

INBOX, ARCHIVE, TRASH = b"INBOX", b"Archive", b"Trash"


class House:
    """A store, a server and the account between them; `told` is every change the screen would hear."""

    def __init__(self, database: Database, server: FakeServer, name: str = "a") -> None:
        self.database, self.server, self.name = database, server, name
        self.told: list[Change] = []
        self._heard = asyncio.Event()

    async def begin(self) -> None:
        self.account_id = await self.database.write(lambda db: folders.put_account(db, self.name))
        self.account = AccountSync(self.name, self.account_id, self.database, self.server.connect, self._hear)

    def _hear(self, change: Change) -> None:
        self.told.append(change)
        self._heard.set()

    async def until(self, true: Callable[[], object]) -> None:
        async with asyncio.timeout(10):
            while not true():
                self._heard.clear()
                with contextlib.suppress(TimeoutError):  # not everything waited for is told
                    async with asyncio.timeout(0.01):
                        await self._heard.wait()

    async def at_rest(self) -> None:
        """Online, with nothing due."""
        await self.until(lambda: self.account.state.line is Line.ONLINE and self.account._settled.is_set())

    def folder(self, name: bytes = INBOX) -> int:
        query = "SELECT id FROM folder WHERE remote_name = ? AND account_id = ?"
        return int(self.database.read.execute(query, (name, self.account_id)).fetchone()[0])

    def shown(self, name: bytes = INBOX) -> list[str]:
        query = """SELECT m.subject FROM message m JOIN folder f ON f.id = m.here
                   WHERE m.gone = 0 AND f.remote_name = ? AND f.account_id = ? ORDER BY 1"""
        return [subject for (subject,) in self.database.read.execute(query, (name, self.account_id))]

    def id(self, subject: str) -> int:
        query = "SELECT m.id FROM message m JOIN folder f ON f.id = m.folder_id WHERE subject = ? AND f.account_id = ?"
        return int(self.database.read.execute(query, (subject, self.account_id)).fetchone()[0])

    async def move(self, subject: str, target: bytes) -> None:
        id_, goal = self.id(subject), self.folder(target)
        await self.database.write(lambda db: history.move(db, [id_], goal, "moved", 1), USER)
        self.account.wish()

    async def flag(self, subject: str, add: Flag = Flag.NONE, remove: Flag = Flag.NONE) -> None:
        id_ = self.id(subject)
        await self.database.write(lambda db: history.flag(db, [id_], int(add), int(remove), "flagged", 1), USER)
        self.account.wish()

    def pending(self) -> int:
        return wishes.pending_count(self.database.read)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = self.account.start()
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    one = Database(tmp_path)
    yield one
    one.close()


@pytest.fixture
async def house(database: Database) -> House:
    """Three letters in the inbox of a good server; nothing pulled yet."""
    made = House(database, FakeServer(idles=True))
    for n in range(3):
        made.server.put(INBOX, f"m{n}")
    await made.begin()
    return made


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The longest each pause before another try could have been; none is really waited for."""
    longest: list[float] = []

    def uniform(low: float, high: float) -> float:
        longest.append(high)
        return low

    monkeypatch.setattr("tuimail.sync.patience.random.uniform", uniform)
    return longest


def on(command: str, act: Callable[[], Awaitable[None] | None], *, times: int = 1) -> Callable[[str], Awaitable[None]]:
    """A hook of FakeServer that acts at the first so many of these commands."""
    left = [times]

    async def hook(heard: str) -> None:
        if heard == command and left[0] > 0:
            left[0] -= 1
            result = act()
            if result is not None:
                await result

    return hook


def failing(error: Exception) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


# --- the line ---------------------------------------------------------------------------------


async def test_tries_to_connect_are_further_and_further_apart_but_never_more_than_five_minutes(
    house: House, pauses: list[float]
) -> None:
    house.server.before = on("connect", failing(Unreachable("no route")), times=12)
    async with house.running():
        await house.until(lambda: house.server.connections > 12)
        await house.at_rest()
    assert pauses[:12] == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300, 300]


def test_two_weeks_without_a_line_do_not_end_the_tries() -> None:
    assert 0 <= patience.back_off(100_000) <= 300


@pytest.mark.parametrize(
    "error", [LoginRefused("wrong password"), SecretUnavailable("nobody gave a password")], ids=["refused", "no secret"]
)
async def test_a_refused_login_is_not_tried_again_until_asked(
    house: House, pauses: list[float], error: TuimailError
) -> None:
    house.server.before = on("connect", failing(error))
    async with house.running():
        await house.until(lambda: house.account.state.line is Line.OFFLINE)
        assert house.account.state.detail == str(error)
        for _ in range(3):
            with pytest.raises(Offline):
                await house.account.demand(_nothing)
            await asyncio.sleep(0.01)
        house.account.wish()
        await asyncio.sleep(0.01)
        assert house.server.connections == 1, "reading mail would lock the user out"
        house.account.sync_now()
        await house.at_rest()
    assert house.shown() == ["m0", "m1", "m2"]


async def test_a_server_that_is_only_busy_is_tried_again_by_itself(
    house: House, monkeypatch: pytest.MonkeyPatch, pauses: list[float]
) -> None:
    monkeypatch.setattr("tuimail.sync.patience.BACK_OFF", (0.0, 0.0))
    house.server.before = on("connect", failing(LoginRefused("later", busy=True)), times=2)
    async with house.running():
        await house.at_rest()
    assert house.server.connections >= 3


async def test_a_failure_inside_does_not_end_the_account(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuimail.sync.patience.BACK_OFF", (0.0, 0.0))
    house.server.before = on("list", failing(RuntimeError("a mistake of ours")))
    async with house.running():
        await house.until(lambda: house.shown() == ["m0", "m1", "m2"])


async def test_a_full_disk_is_our_trouble_and_is_over_when_there_is_room(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pages(more: int) -> Callable[[sqlite3.Connection], object]:
        def limit(db: sqlite3.Connection) -> object:
            (count,) = db.execute("PRAGMA page_count").fetchone()
            return db.execute(f"PRAGMA max_page_count = {count + more}").fetchone()

        return limit

    def is_ours(change: Change) -> bool:
        return isinstance(change, AccountState) and change.ours and change.again and "disk" in change.detail

    monkeypatch.setattr("tuimail.sync.patience.BACK_OFF", (0.0, 0.0))
    for n in range(200):
        house.server.put(INBOX, f"many{n}")
    await house.database.write(pages(2))
    async with house.running():
        await house.until(lambda: any(is_ours(change) for change in house.told))
        await house.database.write(pages(10_000))
        await house.until(lambda: len(house.shown()) == 203)
        await house.at_rest()
        assert not house.account.state.ours


async def _nothing(remote: Remote) -> None:
    pass


async def _inbox(remote: Remote) -> bytes:
    return await remote.section(INBOX, 1, "")


async def test_a_demand_waits_while_connecting_and_is_served_then(house: House) -> None:
    release = asyncio.Event()

    async def hold() -> None:
        await release.wait()

    house.server.before = on("connect", hold)
    async with house.running():
        text = asyncio.create_task(house.account.demand(_inbox))
        await asyncio.sleep(0.01)
        assert not text.done()
        release.set()
        assert b"m0" in await asyncio.wait_for(text, 5)


async def test_a_demand_without_a_line_is_refused_at_once_and_makes_another_try_worth_while(house: House) -> None:
    house.server.before = on("connect", failing(Unreachable("no route")))
    house.account._running = False
    with pytest.raises(Offline):
        await house.account.demand(_nothing)
    async with house.running():
        await house.until(lambda: house.account.state.line is Line.OFFLINE)
        with pytest.raises(Offline):
            await house.account.demand(_nothing)
        await house.at_rest()


async def test_demands_waiting_when_the_line_cannot_be_had_are_told_so(house: House) -> None:
    release = asyncio.Event()

    async def hold() -> None:
        await release.wait()
        raise Unreachable("no route")

    house.server.before = on("connect", hold)
    async with house.running():
        demands = [asyncio.create_task(house.account.demand(_inbox)) for _ in range(3)]
        await asyncio.sleep(0)
        release.set()
        for demand in demands:
            with pytest.raises(Offline):
                await asyncio.wait_for(demand, 5)


async def test_a_server_that_says_nothing_for_a_while_is_told_of_and_its_next_word_too(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "FEEL", 0.001)
    async with house.running():
        await house.at_rest()
        release = asyncio.Event()

        async def unanswered(remote: Any) -> None:
            remote.silent = patience.SLOW + 3
            await release.wait()
            remote.silent = 0.0

        began = time.time()
        demand = asyncio.create_task(house.account.demand(unanswered))
        await house.until(lambda: house.account.state.silent)
        assert house.account.state.line is Line.ONLINE
        assert began - 1 <= house.account.state.silent + patience.SLOW + 3 <= time.time() + 1
        assert house.told.count(house.account.state) == 1
        release.set()
        await demand
        await house.until(lambda: not house.account.state.silent)
        assert house.account.state in house.told


async def test_a_demand_in_flight_when_the_account_is_left_is_answered(house: House) -> None:
    async with house.running():
        await house.at_rest()
        never = asyncio.Event()
        started = asyncio.Event()

        async def for_ever(remote: Remote) -> None:
            started.set()
            await never.wait()

        demands = [asyncio.create_task(house.account.demand(for_ever)) for _ in range(2)]
        await started.wait()
    for demand in demands:
        with pytest.raises(Offline):
            await asyncio.wait_for(demand, 5)


# --- what goes first ------------------------------------------------------------------------------


async def test_a_demand_goes_ahead_of_a_long_pull(house: House) -> None:
    for n in range(3, 400):
        house.server.put(INBOX, f"m{n}")
    asked: list[asyncio.Task[Any]] = []
    house.server.before = on("search", lambda: asked.append(asyncio.create_task(house.account.demand(_inbox))))
    async with house.running():
        await house.at_rest()
    seen = house.server.commands_seen
    assert 0 < seen.index("body") < len(seen) - 1 - seen[::-1].index("fetch"), "the body came between two batches"
    assert len(house.shown()) == 400


async def test_of_several_demands_the_newest_is_served_first_and_prefetch_last(house: House) -> None:
    served: list[str] = []

    def demand(name: str, priority: int = 0) -> asyncio.Task[None]:
        async def work(remote: Remote) -> None:
            served.append(name)

        return asyncio.create_task(house.account.demand(work, priority))

    tasks: list[asyncio.Task[None]] = []
    house.server.before = on(
        "connect", lambda: tasks.extend([demand("passed by"), demand("prefetch", 1), demand("at the cursor")])
    )
    async with house.running():
        await house.at_rest()
        await asyncio.gather(*tasks)
    assert served == ["at the cursor", "passed by", "prefetch"]


async def test_a_demand_nobody_waits_for_any_more_is_not_served(house: House) -> None:
    release = asyncio.Event()

    async def hold() -> None:
        await release.wait()

    house.server.before = on("connect", hold)
    async with house.running():
        demand = asyncio.create_task(house.account.demand(_inbox))
        await asyncio.sleep(0)
        demand.cancel()
        await asyncio.gather(demand, return_exceptions=True)
        release.set()
        await house.at_rest()
    assert "body" not in house.server.commands_seen


async def test_the_failure_of_one_demand_is_its_own(house: House) -> None:
    async def refused(remote: Remote) -> None:
        raise ServerRefused("no")

    async with house.running():
        await house.at_rest()
        with pytest.raises(ServerRefused):
            await house.account.demand(refused)
        assert b"m0" in await house.account.demand(_inbox)
    assert house.server.connections <= 2, "the work line was not made anew (the other one watches)"


async def test_a_wish_made_during_a_long_pull_is_pushed_before_the_pull_ends(house: House) -> None:
    for n in range(3, 400):
        house.server.put(INBOX, f"m{n}")

    async def act() -> None:
        await house.move("m399", ARCHIVE)

    house.server.before = on("search", act)
    async with house.running():
        await house.until(lambda: house.server.commands)
        await house.at_rest()
    seen = house.server.commands_seen
    assert seen.index("move") < len(seen) - 1 - seen[::-1].index("fetch")
    assert house.server.where()["m399"] == [ARCHIVE]
    assert house.shown(ARCHIVE) == ["m399"]
    assert house.pending() == 0


async def test_flags_read_before_a_push_do_not_end_the_wish_that_came_after_it(database: Database) -> None:
    """Starred, sent, unstarred; then an answer from before all this: it is not the server's last word."""
    server = FakeServer(condstore=False)
    house = House(database, server)
    for n in range(6):
        server.put(INBOX, f"m{n}")
    await house.begin()
    await house.account.once()

    async def star() -> None:
        await house.flag("m3", add=Flag.FLAGGED)

    async def unstar() -> None:
        await house.flag("m3", remove=Flag.FLAGGED)

    windows = [0]

    async def before(command: str) -> None:
        windows[0] += command == "flags"
        if command == "flags" and windows[0] == 2:  # the window of m3 is being answered
            await star()

    server.before, server.after = before, on("store", unstar)
    await house.account.once()
    assert server.commands_seen.count("store") == 2, server.commands
    assert not server.folders[INBOX].messages[4].flags & Flag.FLAGGED
    assert house.pending() == 0


# --- trouble with one folder or one account ----------------------------------------------------------


async def test_a_folder_the_server_refuses_stops_no_other_and_is_not_asked_for_ever(house: House) -> None:
    house.server.refused.add(ARCHIVE)
    house.server.put(ARCHIVE, "hidden")
    house.server.put(TRASH, "waste")
    async with house.running():
        await house.at_rest()
        assert house.shown() == ["m0", "m1", "m2"]
        assert house.shown(TRASH) == ["waste"]
        count = len(house.server.commands_seen)
        await asyncio.sleep(0.05)
        assert len(house.server.commands_seen) <= count + 2
        assert house.account.state.line is Line.ONLINE


async def test_a_wish_in_a_folder_that_cannot_be_opened_any_more_stops_nothing(
    house: House, pauses: list[float]
) -> None:
    await house.account.once()
    house.server.refused.add(INBOX)
    await house.flag("m0", add=Flag.FLAGGED)
    house.server.put(TRASH, "waste")
    async with house.running():
        await house.until(lambda: house.shown(TRASH) == ["waste"])
        await house.at_rest()
        (change,) = wishes.pending(house.database.read, 10)
        assert change.error == "No such folder."
    assert pauses == []


async def test_a_folder_on_the_screen_that_is_refused_keeps_its_watching_line(
    house: House, pauses: list[float]
) -> None:
    house.server.refused.add(ARCHIVE)
    async with house.running():
        await house.until(lambda: "idle" in house.server.commands_seen)
        before = house.server.connections
        house.account.show(house.folder(ARCHIVE))
        await asyncio.sleep(0.05)
        house.account.show(house.folder(INBOX))
        house.server.put(INBOX, "new")
        await house.until(lambda: "new" in house.shown())
        assert house.server.connections == before


async def test_a_move_the_server_refuses_is_marked_and_tried_again_only_in_the_next_session(house: House) -> None:
    await house.account.once()
    house.server.refused.add(ARCHIVE)
    async with house.running():
        await house.move("m0", ARCHIVE)
        await house.move("m1", TRASH)
        await house.until(lambda: house.server.where()["m1"] == [TRASH])
        await house.at_rest()
        (change,) = wishes.pending(house.database.read, 10)
        assert (change.subject, change.error) == ("m0", "No such folder.")
        assert house.server.commands_seen.count("move") == 2
    house.server.refused.clear()
    async with house.running():
        await house.until(lambda: house.server.where()["m0"] == [ARCHIVE])
        await house.until(lambda: house.pending() == 0)


async def test_a_folder_the_server_will_not_make_stops_nothing_and_is_said(house: House) -> None:
    await house.account.once()
    house.server.refused.add(b"Mine")
    await house.database.write(lambda db: shelves.want(db, house.account_id, "Mine", "/", "", 1), USER)
    async with house.running():
        await house.move("m0", b"Mine")
        await house.move("m1", TRASH)
        await house.until(lambda: house.server.where()["m1"] == [TRASH])
        await house.at_rest()
        assert house.account.state.line is Line.ONLINE
        (folder, change) = waiting.groups(house.database.read)
        assert (folder.what, folder.error) == ("make the folder Mine", "You may not make this folder.")
        assert (change.what, change.unmade) == ("move INBOX → Mine", "Mine")
    assert house.server.where()["m0"] == [INBOX]


async def test_a_folder_made_offline_is_made_on_the_server_and_filled(house: House) -> None:
    await house.account.once()
    await house.database.write(lambda db: shelves.want(db, house.account_id, "Mine", "/", "", 1), USER)
    await house.move("m0", b"Mine")
    await house.account.once()
    assert house.server.where()["m0"] == [b"Mine"]
    assert house.pending() == 0


async def test_mail_wished_into_a_folder_that_another_client_deletes_comes_back_to_light(house: House) -> None:
    house.server.folders[b"Work"] = FakeFolder()
    await house.account.once()
    await house.move("m0", b"Work")
    del house.server.folders[b"Work"]
    for _ in range(2):
        await house.account.once()
    assert house.shown() == ["m0", "m1", "m2"]
    assert house.pending() == 0
    assert [c.sentence for c in house.told if isinstance(c, Trouble)] == [
        "“m0”: your move to Work was not done; that folder is not on the server any more."
    ]


async def test_wishes_about_mail_in_a_folder_that_another_client_renames_follow_it(house: House) -> None:
    house.server.folders[b"Work"] = FakeFolder()
    house.server.put(b"Work", "letter")
    await house.account.once()
    before = house.id("letter")
    await house.flag("letter", add=Flag.FLAGGED)
    house.server.folders[b"Jobs"] = house.server.folders.pop(b"Work")
    house.server.folders[b"Jobs"].uidvalidity = 77
    for _ in range(2):
        await house.account.once()
    assert house.shown(b"Jobs") == ["letter"]
    assert house.id("letter") == before
    assert house.server.folders[b"Jobs"].messages[1].flags & Flag.FLAGGED
    assert house.pending() == 0


async def test_mail_of_a_folder_that_another_client_deleted_is_forgotten(house: House) -> None:
    house.server.folders[b"Work"] = FakeFolder()
    house.server.put(b"Work", "letter")
    await house.account.once()
    await house.flag("letter", add=Flag.FLAGGED)
    del house.server.folders[b"Work"]
    for _ in range(2):
        await house.account.once()
    assert house.database.read.execute("SELECT count(*) FROM message WHERE subject = 'letter'").fetchone() == (0,)
    assert house.pending() == 0


async def test_a_list_of_no_folders_at_all_forgets_nothing(house: House) -> None:
    await house.account.once()
    kept, house.server.folders = house.server.folders, {}
    await house.account.once()
    house.server.folders = kept
    assert house.shown() == ["m0", "m1", "m2"]


async def test_mail_moved_by_another_client_behind_the_pull_keeps_its_wish(house: House) -> None:
    """Archive has been pulled already when a message goes there from the inbox, which is pulled after it."""
    await house.account.once()
    await house.flag("m0", add=Flag.ANSWERED)
    before = house.id("m0")
    house.server.put(ARCHIVE, "makes it due")
    house.server.refused.add(b"no such")
    shown = house.folder(ARCHIVE)
    house.account._shown = shown
    selects = [0]

    async def other_client(command: str) -> None:
        if command == "select":
            selects[0] += 1
        if command == "store":
            raise ServerRefused("not now")
        if selects[0] == 3 and 1 in house.server.folders[INBOX].messages:  # push, Archive, then the inbox
            house.server.move(INBOX, 1, ARCHIVE)

    house.server.before = other_client
    house.server.put(INBOX, "makes it due too")
    await house.account.once()
    house.server.before = None
    assert house.server.where()["m0"] == [ARCHIVE]
    await house.account.once()
    assert house.id("m0") == before
    assert house.server.folders[ARCHIVE].messages[2].flags & Flag.ANSWERED


async def test_one_account_in_trouble_does_not_disturb_another(house: House, pauses: list[float]) -> None:
    other = House(house.database, FakeServer(idles=True), "b")
    other.server.before = on("connect", failing(LoginRefused("wrong password")), times=99)
    await other.begin()
    async with other.running(), house.running():
        await house.at_rest()
        await other.until(lambda: other.account.state.line is Line.OFFLINE)
        await house.move("m0", ARCHIVE)
        await house.until(lambda: house.server.where()["m0"] == [ARCHIVE])
        await house.at_rest()
    assert house.shown(ARCHIVE) == ["m0"]


# --- servers that can do less -----------------------------------------------------------------------------


@pytest.mark.parametrize("rounds", [1, 4])
async def test_without_move_and_expunge_a_moved_message_is_moved_once(database: Database, rounds: int) -> None:
    house = House(database, FakeServer(uidplus=False, expunges=False))
    house.server.put(INBOX, "letter")
    await house.begin()
    await house.account.once()
    await house.move("letter", ARCHIVE)
    for _ in range(rounds):
        await house.account.once()
    assert house.server.where() == {"letter": [ARCHIVE]}, "doubled"
    assert house.shown(ARCHIVE) == ["letter"]
    assert house.shown() == [], "what is marked deleted is not shown again"
    assert house.pending() == 0


async def test_mail_without_a_message_id_keeps_its_row_through_a_move_the_server_does_not_report(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = FakeServer(uidplus=False)
    house = House(database, server)
    monkeypatch.setattr(
        "tests.fakes.fake_remote.FakeMessage.block",
        property(lambda m: f"From: a@example.org\r\nSubject: {m.message_id}\r\n\r\n".encode()),
    )
    server.put(INBOX, "one")
    server.put(INBOX, "two")
    await house.begin()
    await house.account.once()
    before = {name: house.id(name) for name in ("one", "two")}
    await house.move("one", ARCHIVE)
    await house.move("two", ARCHIVE)

    async def undo() -> None:
        await house.database.write(lambda db: history.undo(db, 1), USER)

    server.after = on("move", undo)
    for _ in range(2):
        await house.account.once()
    assert server.where() == {"one": [ARCHIVE], "two": [INBOX]}
    assert {name: house.id(name) for name in ("one", "two")} == before


# --- watching ------------------------------------------------------------------------------------------------


async def test_new_mail_is_seen_by_the_watching_line(house: House) -> None:
    async with house.running():
        await house.at_rest()
        await house.until(lambda: "idle" in house.server.commands_seen)
        house.server.put(INBOX, "new")
        await house.until(lambda: any(isinstance(c, MessagesChanged) and c.fresh == 1 for c in house.told))
        assert "new" in house.shown()


async def test_the_first_mail_in_an_empty_inbox_is_told_as_new(database: Database) -> None:
    house = House(database, FakeServer())
    await house.begin()
    await house.account.once()
    house.server.put(INBOX, "new")
    await house.account.once()
    assert [c.fresh for c in house.told if isinstance(c, MessagesChanged) and c.fresh] == [1]


async def test_mail_that_comes_before_the_watching_line_listens_is_seen_at_once(house: House) -> None:
    connects = [0]

    async def late(command: str) -> None:
        if command == "connect":
            connects[0] += 1
            if connects[0] == 2:
                house.server.put(INBOX, "in between")

    house.server.before = late
    async with house.running():
        await house.until(lambda: connects[0] == 2 and "in between" in house.shown())


def only_one(house: House, error: TuimailError) -> list[int]:
    """Each line but the first is refused so; returns how many were asked for, in a list of one."""
    connects = [0]

    async def refuse(command: str) -> None:
        if command == "connect":
            connects[0] += 1
            if connects[0] > 1:
                raise error

    house.server.before = refuse
    return connects


async def test_where_no_second_line_is_to_be_had_the_poll_clock_looks(
    house: House, monkeypatch: pytest.MonkeyPatch, pauses: list[float]
) -> None:
    monkeypatch.setattr(account_module, "POLL", 0.02)
    monkeypatch.setattr("tuimail.sync.clock.TICK", 0.01)
    connects = only_one(house, LoginRefused("one line is enough"))
    async with house.running():
        await house.at_rest()
        house.server.put(INBOX, "new")
        await house.until(lambda: "new" in house.shown())
        await asyncio.sleep(0.05)
    assert connects[0] == 2, "a refused login is not tried again by the watching line either"


async def test_where_the_secret_is_not_to_be_had_a_second_time_the_first_line_watches(house: House) -> None:
    only_one(house, SecretUnavailable("The keyring is locked."))
    async with house.running():
        await house.until(lambda: "idle" in house.server.commands_seen)
        house.server.put(INBOX, "new")
        await house.until(lambda: "new" in house.shown())


async def test_a_user_who_never_rests_for_a_minute_still_sees_what_comes_into_other_folders(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(account_module, "time", SimpleNamespace(monotonic=lambda: now[0], time=time.time))
    async with house.running():
        await house.at_rest()
        house.server.put(ARCHIVE, "filed by a rule")
        for n in range(7):
            now[0] += account_module.POLL / 6
            await house.flag("m0", *(Flag.FLAGGED, Flag.NONE)[:: -1 if n % 2 else 1])
            await house.at_rest()
        await house.until(lambda: "filed by a rule" in house.shown(ARCHIVE))


async def test_a_watching_line_that_breaks_is_made_again(house: House, pauses: list[float]) -> None:
    house.server.before = on("idle", failing(ConnectionLost("cut")), times=2)
    async with house.running():
        await house.until(lambda: house.server.commands_seen.count("idle") >= 3)
        house.server.put(INBOX, "new")
        await house.until(lambda: "new" in house.shown())


async def test_a_folder_that_stirs_at_each_look_is_left_alone_for_a_while(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "REST", (3600.0, 3600.0))

    async def flood(command: str) -> None:
        if command == "idle":
            asyncio.get_running_loop().call_soon(house.server.stir, INBOX)

    house.server.before = flood
    idles = partial(house.server.commands_seen.count, "idle")
    async with house.running():
        await house.until(lambda: idles() == patience.STIRS)
        for n in range(3):
            await house.flag(f"m{n}", add=Flag.FLAGGED)
            await house.until(lambda: house.pending() == 0)
        await house.at_rest()
        assert idles() == patience.STIRS, "the other line worked meanwhile"
        house.account.show(house.folder(ARCHIVE))
        await house.until(lambda: idles() == patience.STIRS + 1)


def test_news_that_come_one_by_one_are_fetched_at_once_and_a_row_of_them_together() -> None:
    restless = patience.Restless()
    assert [restless.rest(0.1) for _ in range(6)] == [0, 0, 0.1, 0.2, 0.4, 0.8]
    assert max(restless.rest(0.0) for _ in range(40)) == patience.REST[1]
    assert restless.rest(patience.CALM) == 0


async def test_after_the_machine_has_slept_everything_is_looked_at_and_a_dead_line_replaced(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuimail.sync.clock.TICK", 0.01)
    monkeypatch.setattr(account_module, "ALIVE", 0.02)
    clock = Clock()
    monkeypatch.setattr("tuimail.sync.clock.time", clock)
    async with house.running():
        await house.until(lambda: "idle" in house.server.commands_seen)
        await house.at_rest()
        before = house.server.connections

        async def silence() -> None:
            await asyncio.Event().wait()

        house.server.before = on("select", silence)
        clock.ahead = 8 * 3600
        await house.until(lambda: house.server.connections > before)
        house.server.put(INBOX, "new")
        await house.until(lambda: "new" in house.shown())


class Clock:
    """time, with a wall clock that can be put forward."""

    ahead = 0.0

    def time(self) -> float:
        import time

        return time.time() + self.ahead

    def monotonic(self) -> float:
        import time

        return time.monotonic()


async def test_without_condstore_a_poll_does_not_read_every_flag_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuimail.sync.pull.NEWEST_FLAGS", 2)
    house = House(database, FakeServer(condstore=False))
    for n in range(5):
        house.server.put(INBOX, f"m{n}")
    await house.begin()
    await house.account.once()
    house.server.flag(INBOX, 1, Flag.SEEN, Flag.NONE)
    house.server.flag(INBOX, 5, Flag.SEEN, Flag.NONE)
    seen = "SELECT subject FROM message WHERE shown & 1 ORDER BY 1"
    house.account._look_at_all = True
    await house.account.once()
    assert house.database.read.execute(seen).fetchall() == [("m4",)], "the newest only"
    house.account.sync_now()
    await house.account.once()
    assert house.database.read.execute(seen).fetchall() == [("m0",), ("m4",)], "asked for: all"


# --- leaving -----------------------------------------------------------------------------------------------------


async def test_leaving_waits_for_what_is_on_its_way(house: House) -> None:
    async with house.running():
        await house.at_rest()
        for n in range(3):
            await house.move(f"m{n}", ARCHIVE)
        await asyncio.wait_for(house.account.drain(), 5)
        assert house.server.where() == {f"m{n}": [ARCHIVE] for n in range(3)}


async def test_leaving_without_a_line_waits_for_nothing(house: House, pauses: list[float]) -> None:
    house.server.before = on("connect", failing(LoginRefused("no")))
    async with house.running():
        await house.until(lambda: house.account.state.line is Line.OFFLINE)
        house.account.wish()
        await asyncio.wait_for(house.account.drain(), 10)


async def test_one_account_lives_through_a_hundred_random_cuts(house: House, pauses: list[float]) -> None:
    rng = random.Random(1)

    async def cut(command: str) -> None:
        if rng.random() < 0.15:
            raise ConnectionLost("cut")

    house.server.before = house.server.after = cut
    async with house.running():
        await house.until(lambda: house.database.read.execute("SELECT count(*) FROM message").fetchone() == (3,))
        for n in range(3):
            await house.move(f"m{n}", (ARCHIVE, TRASH, ARCHIVE)[n])
            await house.flag(f"m{n}", add=Flag.FLAGGED)
        await house.until(lambda: house.pending() == 0)
    assert house.server.where() == {"m0": [ARCHIVE], "m1": [TRASH], "m2": [ARCHIVE]}


async def test_a_copy_whose_answer_was_lost_is_not_made_again(database: Database) -> None:
    """Without MOVE and UIDPLUS: the line is cut after COPY and the mark, before the answer."""
    house = House(database, FakeServer(uidplus=False, expunges=False))
    house.server.put(INBOX, "letter")
    await house.begin()
    await house.account.once()
    before = house.id("letter")
    await house.move("letter", ARCHIVE)
    house.server.after = on("move", failing(ConnectionLost("cut")))
    with pytest.raises(ConnectionLost):
        await house.account.once()
    await house.account.once()
    copies = [m.message_id for box in house.server.folders.values() for m in box.messages.values()]
    assert copies == ["letter", "letter"], "one that is marked deleted, and one that is not"
    assert house.server.where() == {"letter": [ARCHIVE]}
    assert house.shown(ARCHIVE) == ["letter"]
    assert house.pending() == 0
    row = "SELECT id FROM message WHERE folder_id = ? AND gone = 0"
    assert database.read.execute(row, (house.folder(ARCHIVE),)).fetchone() == (before,)


# --- a folder that changes under the hands of who reads it ---------------------------------------------------


async def with_travel(house: House) -> int:
    """A folder that was read, and has more than two windows of new mail since; its id."""
    house.server.folders[b"Travel"] = FakeFolder()
    async with house.running():
        await house.at_rest()
    for n in range(7):
        house.server.put(b"Travel", f"t{n}")
    return house.folder(b"Travel")


async def test_a_folder_that_is_renamed_while_it_is_read_is_read_on_by_its_new_name(house: House) -> None:
    folder_id = await with_travel(house)

    async def rename() -> None:
        await house.database.write(lambda db: shelves.rename(db, folder_id, "Oslo", 1), USER)
        house.account.wish()

    house.server.before = on("fetch", rename)
    async with house.running():
        await house.until(lambda: b"Oslo" in house.server.folders)
        await house.at_rest()
        assert house.shown(b"Oslo") == [f"t{n}" for n in range(7)]
    assert not any(isinstance(change, Trouble) for change in house.told)


async def test_a_folder_that_is_deleted_while_it_is_read_keeps_no_uidvalidity_of_the_old_one(house: House) -> None:
    """The one made in its place would be taken for the old one with new numbers, and what is known of it for void."""
    folder_id = await with_travel(house)

    async def delete() -> None:
        house.server.folders.pop(b"Travel", None)
        await house.database.write(lambda db: shelves.vanish(db, folder_id, 1))
        await house.database.write(lambda db: shelf_asks.deleted(db, folder_id))

    pull = Pull(await house.server.connect(), house.database, lambda _: None, delete, lambda *_: None, Attention())
    with pytest.raises(Overtaken):
        await pull.run(folder_id)
    row = house.database.read.execute("SELECT uidvalidity, complete FROM folder WHERE id = ?", (folder_id,)).fetchone()
    assert tuple(row) == (None, 0)
    assert house.shown(b"Travel") == []
