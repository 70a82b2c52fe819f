"""What extensions are good for, and what is done without them, against a server in memory that can be cut anywhere."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.fakes.fake_remote import FakeFolder, FakeRemote, FakeServer
from tests.sync.test_account import ARCHIVE, INBOX, TRASH, Clock, House, failing, on
from tuimail.changes import Change, Line, Trouble
from tuimail.errors import ConnectionLost, LoginRefused, ServerRefused, Unreachable
from tuimail.model import Flag
from tuimail.net.remote import Uids
from tuimail.store import history, wishes
from tuimail.store.database import Database
from tuimail.sync import account as account_module
from tuimail.sync import watch as watch_module
from tuimail.sync.push import OFTEN


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    one = Database(tmp_path)
    yield one
    one.close()


async def moved_in(database: Database, server: FakeServer, *, letters: int = 3) -> House:
    house = House(database, server)
    for n in range(letters):
        server.put(INBOX, f"m{n}")
    await house.begin()
    await house.account.once()
    await house.begin()  # a new life on the same store: `once` never watches
    return house


def everything(server: FakeServer) -> list[str]:
    """Message-IDs of all that is not marked deleted, doubles included."""
    return sorted(
        m.message_id for box in server.folders.values() for m in box.messages.values() if not m.flags & Flag.DELETED
    )


# --- QRESYNC ---------------------------------------------------------------------------------------------------------


async def test_reopening_with_qresync_asks_for_neither_flags_nor_uids(database: Database) -> None:
    server = FakeServer(qresync=True)
    house = await moved_in(database, server, letters=6)
    server.flag(INBOX, 2, Flag.FLAGGED, Flag.NONE)
    server.expunge(INBOX, 3)
    server.put(INBOX, "new")
    server.commands_seen.clear()
    await house.account.once("INBOX")
    assert server.commands_seen.count("fetch") == 1, "the new one"
    assert not {"flags", "search"} & set(server.commands_seen)
    assert house.shown() == ["m0", "m1", "m3", "m4", "m5", "new"]
    assert database.read.execute("SELECT subject FROM message WHERE flags & 4").fetchall() == [("m1",)]


async def test_a_folder_numbered_anew_is_read_anew_with_qresync_too(database: Database) -> None:
    server = FakeServer(qresync=True)
    house = await moved_in(database, server)
    server.folders[INBOX].uidvalidity = 9
    server.folders[INBOX].messages = {7: server.folders[INBOX].messages[2]}
    await house.account.once()
    assert house.shown() == ["m1"]


async def test_a_server_that_counts_changes_of_flags_anew_is_asked_for_all_flags_and_not_the_newest(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuimail.sync.pull.NEWEST_FLAGS", 1)
    server = FakeServer(idles=True)
    house = await moved_in(database, server, letters=6)
    async with house.running():
        await house.at_rest()
        server.modseq = 1
        for message in server.folders[INBOX].messages.values():
            message.modseq = 1
        server.flag(INBOX, 1, Flag.FLAGGED, Flag.NONE)
        flagged = "SELECT subject FROM message WHERE flags & 4"
        await house.until(lambda: database.read.execute(flagged).fetchall() == [("m0",)])


# --- copies without MOVE -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("uidnext", [True, False])
@pytest.mark.parametrize("uidplus", [True, False])
async def test_a_cut_between_copy_and_mark_makes_no_second_copy(
    database: Database, uidplus: bool, uidnext: bool
) -> None:
    server = FakeServer(uidplus=uidplus, uidnext=uidnext, expunges=False)
    house = await moved_in(database, server)
    before = house.id("m1")
    await house.move("m1", ARCHIVE)
    server.after = on("copy", failing(ConnectionLost("cut")))
    with pytest.raises(ConnectionLost):
        await house.account.once()
    assert everything(server) == ["m0", "m1", "m1", "m2"], "the copy is there, and the original not yet marked"
    await house.account.once()
    assert everything(server) == ["m0", "m1", "m2"]
    assert house.shown(ARCHIVE) == ["m1"] and house.shown() == ["m0", "m2"]
    assert house.id("m1") == before and house.pending() == 0


async def test_after_a_copy_that_never_happened_it_is_made(database: Database) -> None:
    server = FakeServer(uidplus=False, expunges=False)
    house = await moved_in(database, server)
    server.copy(INBOX, 2, ARCHIVE)  # an older twin, which is not ours
    await house.account.once()
    in_inbox = "SELECT id FROM message WHERE subject = 'm1' AND folder_id = ?"
    (row,) = database.read.execute(in_inbox, (house.folder(),)).fetchone()
    goal = house.folder(ARCHIVE)
    await database.write(lambda db: history.move(db, [row], goal, "moved", 1))
    server.before = on("move", failing(ConnectionLost("cut")))
    with pytest.raises(ConnectionLost):
        await house.account.once()
    server.before = None
    await house.account.once()
    assert everything(server) == ["m0", "m1", "m1", "m2"], "the twin, and the one that was moved"
    assert house.pending() == 0


async def test_the_doubt_outlives_the_program(tmp_path: Path) -> None:
    server = FakeServer(uidplus=False, expunges=False)
    first = Database(tmp_path)
    house = await moved_in(first, server)
    await house.move("m1", ARCHIVE)
    server.after = on("copy", failing(ConnectionLost("cut")))
    with pytest.raises(ConnectionLost):
        await house.account.once()
    first.close()
    second = Database(tmp_path)
    house = House(second, server)
    await house.begin()
    await house.account.once()
    assert everything(server) == ["m0", "m1", "m2"]
    assert second.read.execute("SELECT count(*) FROM copying").fetchone() == (0,)
    second.close()


# --- marks the server does not keep --------------------------------------------------------------------------------


async def test_a_mark_that_the_server_does_not_keep_is_given_up_with_a_sentence(database: Database) -> None:
    server = FakeServer()
    server.permanent = Flag.SEEN
    house = await moved_in(database, server)
    await house.flag("m0", add=Flag.FLAGGED | Flag.SEEN)
    await house.account.once()
    (waiting,) = wishes.pending(database.read, 9)
    assert waiting.what == "star" and "does not keep" in waiting.error
    assert [c[3] for c in server.commands if c[0] == "store"] == [Flag.SEEN], "what it keeps was sent, once"


@pytest.mark.parametrize("uidplus", [True, False])
async def test_a_move_that_is_not_done_is_not_sent_for_ever(
    database: Database, monkeypatch: pytest.MonkeyPatch, uidplus: bool
) -> None:
    house = await moved_in(database, FakeServer(uidplus=uidplus))
    sent: list[Uids] = []

    async def deaf(self: FakeRemote, folder: bytes, uids: Uids, target: bytes) -> dict[int, int] | None:
        sent.append(uids)
        return {} if uidplus else None

    monkeypatch.setattr(FakeRemote, "move", deaf)
    async with house.running():
        await house.at_rest()
        await house.move("m0", ARCHIVE)
        for _ in range(5):
            await house.at_rest()
            house.account._settled.clear()
            house.account.sync_now()
        await house.at_rest()
    (waiting,) = wishes.pending(database.read, 9)
    assert "does not do it" in waiting.error and len(sent) == OFTEN


async def test_a_server_that_says_ok_and_does_nothing_is_not_told_for_ever(database: Database) -> None:
    server = FakeServer(condstore=False, idles=True)
    server.deaf = Flag.FLAGGED
    house = await moved_in(database, server)
    async with house.running():
        await house.at_rest()
        await house.flag("m0", add=Flag.FLAGGED)
        for _ in range(12):
            house.account.sync_now()
            house.account._settled.clear()
            await house.at_rest()
        (waiting,) = wishes.pending(database.read, 9)
        assert "does not do it" in waiting.error
        assert sum(1 for c in server.commands if c[0] == "store") == 6


async def test_a_mark_set_and_taken_away_all_day_on_one_connection_is_sent_each_time(database: Database) -> None:
    server = FakeServer(idles=True)
    house = await moved_in(database, server)
    async with house.running():
        for _ in range(10):
            for bits in ((Flag.FLAGGED, Flag.NONE), (Flag.NONE, Flag.FLAGGED)):
                await house.flag("m0", *bits)
                await house.at_rest()
                assert house.pending() == 0
        assert sum(1 for c in server.commands if c[0] == "store") == 20


async def test_what_was_thought_better_of_in_time_is_confirmed_by_a_look(database: Database) -> None:
    server = FakeServer(idles=True)
    house = await moved_in(database, server)
    async with house.running():
        await house.at_rest()
        row = house.id("m0")
        for words in ("+work", "-work"):  # before the server hears of either
            await database.write(partial(history.label, ids=[row], words=words, verb="labelled", now=1))
        house.account.wish()
        await house.at_rest()
        assert house.pending() == 0
        assert "store" not in server.commands_seen


# --- renames --------------------------------------------------------------------------------------------------------


async def test_a_folder_renamed_by_another_client_keeps_its_rows_without_reading_a_header(database: Database) -> None:
    server = FakeServer()
    server.folders[b"Old"] = FakeFolder(object_id="F1234")
    for n in range(5):
        server.put(b"Old", f"old{n}")
    house = await moved_in(database, server)
    row = house.id("old3")
    server.folders[b"New"] = server.folders.pop(b"Old")
    server.commands_seen.clear()
    await house.account.once()
    assert house.shown(b"New") == [f"old{n}" for n in range(5)] and house.id("old3") == row
    assert "fetch" not in server.commands_seen


async def test_without_mailboxid_the_rows_of_a_renamed_folder_are_found_by_message_id(database: Database) -> None:
    server = FakeServer()
    server.folders[b"Old"] = FakeFolder()
    server.put(b"Old", "letter")
    house = await moved_in(database, server)
    row = house.id("letter")
    server.folders[b"New"] = server.folders.pop(b"Old")
    await house.account.once()
    assert house.shown(b"New") == ["letter"] and house.id("letter") == row


async def test_two_folders_that_change_names_keep_their_contents(database: Database) -> None:
    server = FakeServer()
    for name in (b"A", b"B"):
        server.folders[name] = FakeFolder(object_id=f"id-{name.decode()}")
        server.put(name, f"in {name.decode()}")
    house = await moved_in(database, server)
    server.folders[b"A"], server.folders[b"B"] = server.folders[b"B"], server.folders[b"A"]
    server.folders[b"A"].uidvalidity, server.folders[b"B"].uidvalidity = 77, 78
    await house.account.once()
    assert house.shown(b"A") == ["in B"] and house.shown(b"B") == ["in A"]


# --- connections ----------------------------------------------------------------------------------------------------


async def test_what_came_before_the_server_began_to_tell_of_every_folder_is_looked_for_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await moved_in(database, FakeServer(idles=True, notify=True))
    now = [1000.0]
    for module in (account_module, watch_module):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now[0], time=time.time))
    lists = partial(house.server.commands_seen.count, "list")
    async with house.running():
        await house.until(lambda: "idle" in house.server.commands_seen)
        house.server.put(ARCHIVE, "in between")
        now[0] += account_module.POLL + 1
        await house.flag("m0", add=Flag.FLAGGED)
        await house.until(lambda: "in between" in house.shown(ARCHIVE))
        await house.at_rest()
        looked = lists()
        now[0] += account_module.POLL + 1
        await house.flag("m0", remove=Flag.FLAGGED)
        await house.at_rest()
        await house.until(lambda: house.pending() == 0)
        assert lists() == looked


def lets_in_one(server: FakeServer, sentence: str) -> list[str]:
    """From now on every connection but the first is refused with that sentence, as busy. Returns the tries."""
    tries: list[str] = []

    async def one_only(command: str) -> None:
        if command == "connect":
            tries.append(command)
            if len(tries) > 1:
                raise LoginRefused(sentence, busy=True)

    server.before = one_only
    return tries


async def test_where_one_connection_is_all_there_is_it_watches_too(database: Database) -> None:
    server = FakeServer(idles=True)
    house = await moved_in(database, server)
    tries = lets_in_one(server, "Too many connections.")
    server.commands_seen.clear()
    async with house.running():
        await house.until(lambda: "idle" in server.commands_seen)
        server.put(INBOX, "new")
        await house.until(lambda: "new" in house.shown())
        await house.move("new", TRASH)
        await house.until(lambda: house.pending() == 0)
    assert server.where()["new"] == [TRASH] and len(tries) == 2


async def test_a_machine_that_has_slept_tries_again_at_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuimail.sync.clock.TICK", 0.01)
    monkeypatch.setattr("tuimail.sync.patience.random.uniform", lambda low, high: 300.0)
    clock = Clock()
    monkeypatch.setattr("tuimail.sync.clock.time", clock)
    server = FakeServer(idles=True)
    house = await moved_in(database, server)
    server.before = on("connect", failing(Unreachable("no network here")))
    async with house.running():
        await house.until(lambda: house.account.state.line is Line.OFFLINE)
        clock.ahead = 3600.0
        await house.until(lambda: house.account.state.line is Line.ONLINE)


async def test_the_words_of_a_server_that_leaves_stand_in_the_status(database: Database) -> None:
    server = FakeServer(idles=True)
    house = await moved_in(database, server)
    server.before = on("list", failing(ConnectionLost("mail.example closed the connection: down for repairs.")))
    async with house.running():
        await house.until(lambda: house.account.state.line is Line.OFFLINE)
        assert "down for repairs" in house.account.state.detail
        facts = await house.account.facts()
    assert facts.connections == () and "down for repairs" in facts.errors[0][1]


async def test_facts_come_from_both_connections(database: Database) -> None:
    house = await moved_in(database, FakeServer(idles=True))
    async with house.running():
        await house.until(lambda: "idle" in house.server.commands_seen)
        await house.at_rest()
        facts = await house.account.facts()
    assert [what for what, _ in facts.connections] == ["work", "watch"]


async def test_one_trouble_met_again_and_again_is_told_once_with_its_last_time(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await moved_in(database, FakeServer())
    for at, words in ((100, "down"), (200, "down"), (300, "full"), (400, "down")):
        monkeypatch.setattr("time.time", lambda at=at: at)
        house.account._go_offline(ConnectionLost(words))
    assert [(at, what) for at, what in (await house.account.facts()).errors] == [
        (400, "down"),
        (300, "full"),
        (200, "down"),
    ]


async def test_a_listener_that_fails_takes_nobody_off_the_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from tests.sync.house import account, password
    from tuimail.changes import FoldersChanged
    from tuimail.mail import Mail

    heard: list[Change] = []

    def bad(_: Change) -> None:
        raise ZeroDivisionError

    async with Mail(tmp_path, [account("a", 1)], password) as mail:
        mail.subscribe(bad)
        mail.subscribe(heard.append)
        mail._tell(FoldersChanged())
    assert heard == [FoldersChanged()]
    assert "a listener failed" in caplog.text


async def test_an_account_that_is_down_does_not_disturb_another(database: Database, tmp_path: Path) -> None:
    good = House(database, FakeServer(idles=True), "good")
    bad = House(database, FakeServer(idles=True), "bad")
    good.server.put(INBOX, "letter")
    await good.begin()
    await bad.begin()

    async def hang(command: str) -> None:
        if command != "connect":
            await asyncio.Event().wait()

    bad.server.before = hang
    async with bad.running(), good.running():
        await good.until(lambda: "letter" in good.shown())
        await good.move("letter", ARCHIVE)
        await good.until(lambda: good.pending() == 0)
        assert good.account.state.line is Line.ONLINE
    assert good.server.where() == {"letter": [ARCHIVE]}


# --- what the user is told -------------------------------------------------------------------------------------------


async def test_a_folder_that_will_not_open_is_told_once_while_it_is_looked_at(database: Database) -> None:
    server = FakeServer(idles=True)
    house = await moved_in(database, server)
    told: list[Change] = []
    house.account._tell = told.append

    def sentences() -> list[str]:
        return [change.sentence for change in told if isinstance(change, Trouble)]

    async def busy(command: str) -> None:
        if command == "select":
            raise ServerRefused("imap.test refused: Somebody else has this mailbox open.", code="INUSE")

    server.before = busy
    house.account.show(house.folder())
    for _ in range(3):
        await house.account.once("INBOX")
    assert sentences() == ["Cannot be read now: imap.test refused: Somebody else has this mailbox open."]
    assert [what for _, what in (await house.account.facts()).errors] == [
        "imap.test refused: Somebody else has this mailbox open."
    ]
    server.before = None
    await house.account.once("INBOX")
    server.before = busy
    await house.account.once("INBOX")
    assert len(sentences()) == 2, "it was open in between"
    house.account._shown = None
    house.account._barred.clear()
    await house.account.once("INBOX")
    assert len(sentences()) == 2, "nobody looks at it"


async def test_a_server_that_allows_one_connection_is_told_of_once(database: Database) -> None:
    server = FakeServer(idles=True)
    house = await moved_in(database, server)
    told: list[str] = []
    house.account._tell = lambda change: told.append(change.sentence) if isinstance(change, Trouble) else None
    lets_in_one(server, "imap.test lets nobody in just now: one is enough.")
    server.commands_seen.clear()
    async with house.running():
        await house.until(lambda: "idle" in server.commands_seen)
        server.put(INBOX, "new")
        await house.until(lambda: "new" in house.shown())
        await house.until(lambda: server.commands_seen.count("idle") > 1)
    assert told == ["“a” has to do with one connection: imap.test lets nobody in just now: one is enough."]
