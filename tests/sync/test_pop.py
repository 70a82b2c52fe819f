"""A POP3 account behaves like any other: read, file, undo, restart and agree, on a real Dovecot."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.fakes.chaos import ChaosProxy
from tests.fakes.pop_server import Conversation, PopServer
from tests.fakes.pop_server import letter as pop_letter
from tests.servers.dovecot import Dovecot
from tests.sync.house import PATIENCE, folder, id_of, letter, password, subjects, until
from tuimail.changes import Change, FoldersChanged, Line, Trouble
from tuimail.errors import Offline, StoreError
from tuimail.mail import Mail
from tuimail.model import Account, Flag, Role, Security
from tuimail.net.pop import session
from tuimail.records import replace
from tuimail.store import bodies
from tuimail.sync import visits


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """A visit ends as soon as there is nothing to do, and each look is a new one."""
    monkeypatch.setattr(visits, "LINGER", 0.02)
    monkeypatch.setattr(visits, "READING", 0.02)
    monkeypatch.setattr(visits, "FRESH", 0.0)
    monkeypatch.setattr(session, "QUIET_SECONDS", 0.05)
    monkeypatch.setattr(session, "QUIET_AGAIN_SECONDS", 0.01)


def account(user: str, port: int, leave: str = "forever") -> Account:
    return Account(f"{user}@test", "127.0.0.1", port, user, Security.PLAIN, protocol="pop3", leave=leave)


@asynccontextmanager
async def opened(
    user: str, port: int, data: Path, *, leave: str = "forever", online: bool = True
) -> AsyncIterator[Mail]:
    async with Mail(data, [account(user, port, leave)], password) as mail:
        if online:
            mail.start()
        yield mail


async def synced(mail: Mail) -> None:
    """Every wish settled, and the line fine."""
    await until(mail, lambda: mail.states()[0].line is Line.ONLINE and mail.pending_count() == 0)


async def looked_again(mail: Mail) -> None:
    """One more visit has brought its list."""

    def visit() -> int:
        return max(line.connection for line in mail.wire(mail.accounts[0].name)[1])

    before, listed = visit(), asyncio.Event()

    def hear(change: Change) -> None:
        if isinstance(change, FoldersChanged) and visit() > before:
            listed.set()

    stop = mail.subscribe(hear)
    mail.sync_now()
    async with asyncio.timeout(PATIENCE):
        await listed.wait()
    stop()


def on_server(dovecot: Dovecot, user: str) -> list[str]:
    """The subjects another program finds there."""
    with dovecot.client(user) as other:
        other.select("INBOX", readonly=True)
        _, data = other.uid("FETCH", "1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
    return sorted(item[1].decode().partition(":")[2].strip() for item in data if isinstance(item, tuple))


def standing(mail: Mail, row: int) -> str:
    """Of a row of the list."""
    summary = mail.summary(row)
    assert summary is not None
    (listed,) = [one for one in mail.page(summary.folder_id, 0, 99) if one.id == row]
    assert listed == summary
    return summary.standing


async def nothing_removed(drop: visits.Maildrop, visit: visits.Visit) -> list[int]:
    """As when the line breaks before the end of every visit."""
    return []


async def becomes(true: Callable[[], object]) -> None:
    """Wait for something that happens on the wire, of which nobody is told."""
    async with asyncio.timeout(PATIENCE):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def commands(proxy: ChaosProxy) -> list[str]:
    """The verbs that went over the wire."""
    return [line.split()[0].decode().upper() for line in proxy.lines if line.strip()]


async def test_an_unchanged_mailbox_is_opened_again_without_top_and_retr(dovecot: Dovecot, tmp_path: Path) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [letter(n) for n in range(6)])
    async with ChaosProxy(dovecot.host, dovecot.pop_port) as proxy:
        async with opened(user, proxy.port, tmp_path) as mail:
            await until(mail, lambda: mail.folders() and len(subjects(mail, Role.INBOX)) == 6)
            await synced(mail)
        assert commands(proxy).count("TOP") == 6
        assert "RETR" not in commands(proxy), "a list is made of headers"
        assert commands(proxy)[-1] == "QUIT"
        proxy.lines.clear()
        async with opened(user, proxy.port, tmp_path) as mail:
            assert len(subjects(mail, Role.INBOX)) == 6, "there before the server was asked"
            await synced(mail)
        heard = commands(proxy)
    assert {"STAT", "LIST", "UIDL", "QUIT"} <= set(heard)
    assert not {"TOP", "RETR", "DELE"} & set(heard)


async def test_archived_starred_moved_and_undone_without_a_line_hold_after_it_is_back(
    dovecot: Dovecot, tmp_path: Path
) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [letter(n) for n in range(6)])
    async with opened(user, dovecot.pop_port, tmp_path) as mail:
        await until(mail, lambda: mail.folders() and len(subjects(mail, Role.INBOX)) == 6)
        await synced(mail)
        bills = await mail.create_folder(mail.folders()[0].account_id, "Rechnungen für März")
        await until(mail, lambda: len(mail.folders()) == 7)
        await synced(mail)
    async with opened(user, 1, tmp_path) as mail:  # nobody answers there
        for n in (0, 1, 2):
            await mail.archive([id_of(mail, Role.INBOX, f"letter {n}")])
        assert await mail.undo() == "undid: archived 1 message"
        await mail.flag([id_of(mail, Role.INBOX, "letter 3")], add=Flag.FLAGGED)
        await mail.move([id_of(mail, Role.INBOX, "letter 4")], bills.id)
    async with opened(user, dovecot.pop_port, tmp_path) as mail:
        await synced(mail)
        assert mail.pending_count() == 0
    async with opened(user, 1, tmp_path, online=False) as mail:
        assert sorted(subjects(mail, Role.ARCHIVE)) == ["letter 0", "letter 1"]
        assert sorted(subjects(mail, Role.INBOX)) == ["letter 2", "letter 3", "letter 5"]
        assert [row.subject for row in mail.page(bills.id, 0, 9)] == ["letter 4"]
        starred = mail.summary(id_of(mail, Role.INBOX, "letter 3"))
        assert starred is not None and Flag.FLAGGED in starred.flags
    assert on_server(dovecot, user) == [f"letter {n}" for n in range(6)], "nothing is deleted that nobody deleted"


async def test_what_left_the_inbox_is_read_whole_without_a_line_and_the_rest_is_not(
    dovecot: Dovecot, tmp_path: Path
) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [letter(n, "the words of") for n in range(3)])
    async with opened(user, dovecot.pop_port, tmp_path) as mail:
        await until(mail, lambda: mail.folders() and len(subjects(mail, Role.INBOX)) == 3)
        await mail.archive([id_of(mail, Role.INBOX, "letter 1")])
        await synced(mail)
    async with opened(user, 1, tmp_path) as mail:
        await until(mail, lambda: mail.states()[0].line is not Line.CONNECTING)
        with pytest.raises(Offline):
            await mail.message(id_of(mail, Role.INBOX, "letter 2"))
        filed = id_of(mail, Role.ARCHIVE, "letter 1")
        await mail._database.write(lambda db: bodies.trim(db, 0))
        assert "the words of 1" in (await mail.message(filed)).document.blocks[0].text, "no budget drops the only copy"
        summary = mail.summary(filed)
        assert summary is not None and summary.cached


async def test_a_message_is_fetched_once_though_it_is_read_archived_and_moved_back(
    dovecot: Dovecot, tmp_path: Path
) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [letter(n) for n in range(3)])
    async with (
        ChaosProxy(dovecot.host, dovecot.pop_port) as proxy,
        opened(user, proxy.port, tmp_path) as mail,
    ):
        await until(mail, lambda: mail.folders() and len(subjects(mail, Role.INBOX)) == 3)
        row = id_of(mail, Role.INBOX, "letter 1")
        assert "text 1" in (await mail.message(row)).document.blocks[0].text
        await mail.archive([row])
        await synced(mail)
        assert subjects(mail, Role.ARCHIVE) == ["letter 1"]
        await mail.undo()
        await synced(mail)
        assert id_of(mail, Role.INBOX, "letter 1") == row, "the row keeps its id through both moves"
        assert b"text 1" in await mail.raw(row)
        assert commands(proxy).count("RETR") == 1


@pytest.mark.parametrize(("leave", "left"), [("forever", ["letter 0", "letter 1"]), ("delete", ["letter 0"])])
async def test_what_is_thrown_away_leaves_the_server_only_where_that_was_chosen(
    dovecot: Dovecot, tmp_path: Path, leave: str, left: list[str]
) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [letter(0), letter(1)])
    async with opened(user, dovecot.pop_port, tmp_path, leave=leave) as mail:
        await until(mail, lambda: mail.folders() and len(subjects(mail, Role.INBOX)) == 2)
        await mail.trash([id_of(mail, Role.INBOX, "letter 1")])
        await synced(mail)
    assert on_server(dovecot, user) == left
    async with opened(user, dovecot.pop_port, tmp_path, leave=leave) as mail:
        await synced(mail)
        assert subjects(mail, Role.TRASH) == ["letter 1"], "here it can still be had back"
        assert subjects(mail, Role.INBOX) == ["letter 0"]
        await mail.undo()
        await synced(mail)
        await looked_again(mail)
        assert sorted(subjects(mail, Role.INBOX)) == ["letter 0", "letter 1"]
        assert b"text 1" in await mail.raw(id_of(mail, Role.INBOX, "letter 1"))


async def test_the_queue_tells_what_the_next_visit_deletes(
    dovecot: Dovecot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visits, "LINGER", 60.0)
    user = dovecot.user()
    dovecot.deliver(user, [letter(0), letter(1)])
    async with opened(user, dovecot.pop_port, tmp_path, leave="delete") as mail:
        await until(mail, lambda: mail.folders() and len(subjects(mail, Role.INBOX)) == 2)
        assert await mail.waiting.leaving() == []
        await mail.trash([id_of(mail, Role.INBOX, "letter 1")])
        await synced(mail)
        assert await mail.waiting.leaving() == [(f"{user}@test", 1)]
        await mail.undo()
        await synced(mail)
        assert await mail.waiting.leaving() == []


async def test_an_undo_before_the_visit_ends_deletes_nothing(
    dovecot: Dovecot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visits, "LINGER", 30.0)
    monkeypatch.setattr(visits, "READING", 30.0)
    user = dovecot.user()
    dovecot.deliver(user, [letter(0), letter(1)])
    async with ChaosProxy(dovecot.host, dovecot.pop_port) as proxy:
        async with opened(user, proxy.port, tmp_path, leave="delete") as mail:
            await until(mail, lambda: mail.folders() and len(subjects(mail, Role.INBOX)) == 2)
            await mail.trash([id_of(mail, Role.INBOX, "letter 1")])
            await synced(mail)
            await mail.undo()
            await synced(mail)
        assert "DELE" not in commands(proxy)
    assert on_server(dovecot, user) == ["letter 0", "letter 1"]


async def test_mail_that_had_its_days_leaves_the_server_and_stays_here(dovecot: Dovecot, tmp_path: Path) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [letter(0), letter(1)])
    async with opened(user, dovecot.pop_port, tmp_path, leave="0") as mail:
        await until(mail, lambda: mail.folders() and len(subjects(mail, Role.INBOX)) == 2)
        await synced(mail)
        await becomes(lambda: not on_server(dovecot, user))
        await looked_again(mail)
        assert sorted(subjects(mail, Role.INBOX)) == ["letter 0", "letter 1"]
    async with opened(user, dovecot.pop_port, tmp_path, leave="0") as mail:
        await synced(mail)
        assert b"text 1" in await mail.raw(id_of(mail, Role.INBOX, "letter 1"))


async def test_what_another_program_deletes_is_gone_here_unless_it_was_filed(dovecot: Dovecot, tmp_path: Path) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [letter(n) for n in range(4)])
    async with opened(user, dovecot.pop_port, tmp_path) as mail:
        await until(mail, lambda: mail.folders() and len(subjects(mail, Role.INBOX)) == 4)
        await mail.archive([id_of(mail, Role.INBOX, "letter 1")])
        await synced(mail)
        with dovecot.client(user) as other:
            other.select("INBOX")
            other.uid("STORE", "1:3", "+FLAGS", "(\\Deleted)")
            other.expunge()
        dovecot.deliver(user, [letter(9)])
        await looked_again(mail)
        await until(mail, lambda: sorted(subjects(mail, Role.INBOX)) == ["letter 3", "letter 9"])
        assert subjects(mail, Role.ARCHIVE) == ["letter 1"]
        assert b"text 1" in await mail.raw(id_of(mail, Role.ARCHIVE, "letter 1"))


async def test_two_programs_see_the_same_server_and_each_its_own_folders(dovecot: Dovecot, tmp_path: Path) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [letter(n) for n in range(3)])
    for number, box in enumerate((Role.ARCHIVE, Role.TRASH)):
        async with opened(user, dovecot.pop_port, tmp_path / str(number)) as mail:
            await until(mail, lambda: mail.folders() and len(subjects(mail, Role.INBOX)) == 3)
            await mail.move([id_of(mail, Role.INBOX, "letter 0")], folder(mail, box).id)
            await synced(mail)
    for number, box in enumerate((Role.ARCHIVE, Role.TRASH)):
        async with opened(user, dovecot.pop_port, tmp_path / str(number)) as mail:
            await synced(mail)
            assert subjects(mail, box) == ["letter 0"]
            assert sorted(subjects(mail, Role.INBOX)) == ["letter 1", "letter 2"]


async def test_between_visits_the_maildrop_is_free_and_the_line_is_said_to_be_fine(
    dovecot: Dovecot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seconds in ("FRESH", "LINGER", "READING"):
        monkeypatch.setattr(visits, seconds, 30.0)
    user = dovecot.user()
    dovecot.deliver(user, [letter(0), letter(1)])
    async with ChaosProxy(dovecot.host, dovecot.pop_port) as proxy, opened(user, proxy.port, tmp_path) as mail:
        await until(mail, lambda: mail.folders() and len(subjects(mail, Role.INBOX)) == 2)
        monkeypatch.setattr(visits, "READING", 0.0)
        assert "text 0" in (await mail.message(id_of(mail, Role.INBOX, "letter 0"))).document.blocks[0].text
        await becomes(lambda: commands(proxy)[-1] == "QUIT")
        await until(mail, lambda: mail.states()[0].line is Line.ONLINE and mail.states()[0].checked)
        assert proxy.connections == 1, "no second connection watches"
        assert "text 1" in (await mail.message(id_of(mail, Role.INBOX, "letter 1"))).document.blocks[0].text
        assert proxy.connections == 2, "a text is worth another visit"


async def test_stat_list_and_uidl_travel_in_one_segment(dovecot: Dovecot, tmp_path: Path) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [letter(0)])
    async with ChaosProxy(dovecot.host, dovecot.pop_port) as proxy, opened(user, proxy.port, tmp_path) as mail:
        await until(mail, lambda: mail.folders() and len(subjects(mail, Role.INBOX)) == 1)
        await synced(mail)
        said = b" ".join(proxy.lines)
    assert re.search(rb"STAT LIST UIDL", said)


async def test_many_unread_messages_are_archived_in_few_round_trips_and_each_is_fetched_once(
    dovecot: Dovecot, tmp_path: Path
) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [letter(n) for n in range(80)])
    async with ChaosProxy(dovecot.host, dovecot.pop_port) as proxy, opened(user, proxy.port, tmp_path) as mail:
        await until(mail, lambda: mail.folders() and len(subjects(mail, Role.INBOX)) == 80)
        await synced(mail)
        before = proxy.turns
        await mail.archive([id_of(mail, Role.INBOX, f"letter {n}") for n in range(75)])
        await synced(mail)
        assert len(subjects(mail, Role.ARCHIVE)) == 75
        assert proxy.turns - before < 40, "with a login and a list"
        asked = [line for line in proxy.lines if line.startswith(b"RETR")]
        assert len(asked) == len(set(asked)) == 75


async def test_what_came_before_the_line_broke_is_not_fetched_again_for_the_archive(tmp_path: Path) -> None:
    async with (
        PopServer([pop_letter(n, b"x" * 500 + b"\r\n") for n in range(50)]) as server,
        ChaosProxy("127.0.0.1", server.port) as proxy,
    ):
        async with opened("ann", proxy.port, tmp_path, online=False) as mail:
            await mail.sync()
            await mail.archive([id_of(mail, Role.INBOX, f"message {n}") for n in range(50)])
            server.commands.clear()
            before = server.sessions
            proxy.cut_down = 20_000  # in the middle of the second piece, and again in the middle of what is left of it
            await mail.sync()
            assert server.sessions > before + 1, "the line broke"
            assert len(subjects(mail, Role.ARCHIVE)) == 50
            assert mail.pending_count() == 0
        asked = sum(line.startswith("RETR") for line in server.commands)
        assert 50 <= asked < 75, "only those on their way when it broke were asked for again"


async def test_reading_does_not_wait_for_all_that_is_archived_and_undo_stops_it(tmp_path: Path) -> None:
    async with (
        PopServer([pop_letter(n) for n in range(90)], "no_pipelining", "slow=0.005") as server,
        opened("ann", server.port, tmp_path) as mail,
    ):
        await until(mail, lambda: mail.folders() and len(subjects(mail, Role.INBOX)) == 90)
        await synced(mail)
        server.commands.clear()
        server.quirks["slow"] = 0.02  # all of them take longer than this test may be kept from going on
        await mail.archive([id_of(mail, Role.INBOX, f"message {n}") for n in range(80)])
        await becomes(lambda: any(line.startswith("RETR") for line in server.commands))
        await mail.message(id_of(mail, Role.INBOX, "message 85"))
        asked = [line for line in server.commands if line.startswith("RETR")]
        assert "RETR 86" in asked and len(asked) < 60
        await mail.undo()
        await synced(mail)
        assert len(subjects(mail, Role.INBOX)) == 90
        assert sum(line.startswith("RETR") for line in server.commands) < 80, "what is not moved is not fetched"


async def test_a_very_large_message_is_shown_from_its_beginning_and_fetched_when_asked(
    dovecot: Dovecot, tmp_path: Path
) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [letter(0, "a long line of words\r\n" * 60_000)])
    async with ChaosProxy(dovecot.host, dovecot.pop_port) as proxy, opened(user, proxy.port, tmp_path) as mail:
        await until(mail, lambda: mail.folders() and len(subjects(mail, Role.INBOX)) == 1)
        row = id_of(mail, Role.INBOX, "letter 0")
        message = await mail.message(row)
        assert message.beginning
        assert any("Enter downloads all of it (1 MB)" in note for note in message.notes)
        assert "RETR" not in commands(proxy)
        told: list[tuple[int, int]] = []
        assert len(await mail.raw(row, lambda done, total: told.append((done, total)))) > 1_000_000
        assert len(told) > 2 and told == sorted(told), "it is told how far it has come"
        assert not (await mail.message(row)).beginning


async def test_the_reader_is_told_where_a_message_stands(
    dovecot: Dovecot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visits, "READING", 30.0)
    user = dovecot.user()
    dovecot.deliver(user, [letter(0)])
    async with opened(user, dovecot.pop_port, tmp_path, leave="delete") as mail:
        await until(mail, lambda: mail.folders() and len(subjects(mail, Role.INBOX)) == 1)
        row = id_of(mail, Role.INBOX, "letter 0")
        assert (await mail.message(row)).notes == ()
        monkeypatch.setattr(visits, "LINGER", 30.0)
        assert standing(mail, row) == ""
        await mail.trash([row])
        assert standing(mail, row) == "leaving", "as wished, before anything is heard of it"
        await synced(mail)
        (note,) = (await mail.message(row)).notes
        assert "will be told to delete" in note
        assert standing(mail, row) == "leaving"
        await looked_again(mail)
        (note,) = (await mail.message(row)).notes
        assert "only here" in note
        assert standing(mail, row) == "here"


async def test_a_row_stands_as_it_will_once_its_wish_has_come_true(dovecot: Dovecot, tmp_path: Path) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [letter(n) for n in range(3)])
    async with opened(user, dovecot.pop_port, tmp_path, leave="delete", online=False) as mail:
        await mail.sync()
        rows = [id_of(mail, Role.INBOX, f"letter {n}") for n in range(3)]
        await mail.trash(rows[:1])
        await mail.archive(rows[1:2])
        assert [standing(mail, row) for row in rows] == ["leaving", "", ""]
        await mail.undo()
        await mail.undo()
        assert [standing(mail, row) for row in rows] == ["", "", ""]
        await mail.trash(rows)
        await mail.sync()
        assert [standing(mail, row) for row in rows] == ["here"] * 3


async def test_where_nothing_is_to_be_deleted_any_more_nothing_leaves(
    dovecot: Dovecot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visits, "LINGER", 30.0)
    user = dovecot.user()
    dovecot.deliver(user, [letter(0)])
    monkeypatch.setattr(visits.Maildrop, "_remove", nothing_removed)
    async with opened(user, dovecot.pop_port, tmp_path, leave="delete", online=False) as mail:
        await mail.sync()
        row = id_of(mail, Role.INBOX, "letter 0")
        await mail.trash([row])
        await mail.sync()
        assert standing(mail, row) == "leaving"
    monkeypatch.undo()
    async with opened(user, dovecot.pop_port, tmp_path, online=False) as mail:
        await mail.sync()
        assert standing(mail, row) == ""
    async with opened(user, dovecot.pop_port, tmp_path, leave="delete", online=False) as mail:
        await mail.sync()
        await mail.sync()
    assert on_server(dovecot, user) == ["letter 0"]


async def test_a_list_hears_when_its_rows_stand_in_another_way(dovecot: Dovecot, tmp_path: Path) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [letter(0), letter(1)])
    async with opened(user, dovecot.pop_port, tmp_path) as mail:
        await until(mail, lambda: mail.folders() and len(subjects(mail, Role.INBOX)) == 2)
        row = id_of(mail, Role.INBOX, "letter 1")
        await mail.archive([row])
        await synced(mail)
        with dovecot.client(user) as other:
            other.select("INBOX")
            other.uid("STORE", "1:2", "+FLAGS", "(\\Deleted)")
            other.expunge()
        mail.sync_now()
        await until(mail, lambda: standing(mail, row) == "here")


@pytest.mark.parametrize(("quirk", "words"), [("no_uidl", "without message ids"), ("one_uidl", "doubled message ids")])
async def test_a_server_without_proper_ids_is_told_of_once(tmp_path: Path, quirk: str, words: str) -> None:
    told: list[Trouble] = []
    async with (
        PopServer([pop_letter(n) for n in range(4)], quirk) as server,
        opened("ann", server.port, tmp_path, online=False) as mail,
    ):
        mail.subscribe(lambda change: told.append(change) if isinstance(change, Trouble) else None)
        await mail.sync()
        await mail.sync()
    (trouble,) = told
    assert words in trouble.sentence


async def test_a_header_that_is_refused_for_once_makes_no_message_vanish_where_headers_stand_for_ids(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        PopServer([pop_letter(n) for n in range(4)], "no_uidl") as server,
        opened("ann", server.port, tmp_path, online=False) as mail,
    ):
        await mail.sync()
        before = id_of(mail, Role.INBOX, "message 1")
        await mail.flag([before], Flag.FLAGGED)
        await mail.archive([id_of(mail, Role.INBOX, "message 2")])
        await mail.sync()
        obeyed = Conversation.do_top

        async def with_holes(self: Conversation, rest: str) -> None:
            if rest.split()[0] in ("2", "3"):
                self.say("-ERR not just now")
            else:
                await obeyed(self, rest)

        with monkeypatch.context() as patch:
            patch.setattr(Conversation, "do_top", with_holes)
            await mail.sync()
            assert sorted(subjects(mail, Role.INBOX)) == ["message 0", "message 1", "message 3"]
            assert standing(mail, id_of(mail, Role.ARCHIVE, "message 2")) == ""
        await mail.sync()
        row = mail.summary(before)
    assert row is not None and row.subject == "message 1" and row.flags & Flag.FLAGGED


async def test_a_name_that_is_taken_below_a_folder_is_refused_and_the_account_stays_on_the_line(tmp_path: Path) -> None:
    async with (
        PopServer([pop_letter(0)]) as server,
        opened("ann", server.port, tmp_path, online=False) as mail,
    ):
        await mail.sync()
        account_id = mail.folders()[0].account_id
        await mail.shelves.create(account_id, "Old")
        await mail.shelves.create(account_id, "Old/2023")
        await mail.sync()
        await mail.shelves.rename(next(one for one in mail.folders() if one.name == "Old"), "New")
        await mail.sync()
        await mail.shelves.create(account_id, "Old/2023")
        await mail.sync()
        renamed = next(line.deed.id for line in await mail.past.lines(9) if line.deed.label == "renamed Old to New")
        assert await mail.past.reverse(renamed)
        await mail.sync()
        (group,) = await mail.waiting.groups()
    assert "already" in group.error and group.what == "rename the folder New to Old"


async def test_a_lost_quit_and_an_undo_leave_the_message_here(tmp_path: Path) -> None:
    """The server has removed it, we have not heard so, and the reader wants it back."""
    async with PopServer([pop_letter(0), pop_letter(1)]) as server:
        async with ChaosProxy("127.0.0.1", server.port) as proxy, opened("ann", proxy.port, tmp_path) as mail:
            await until(mail, lambda: mail.folders() and len(subjects(mail, Role.INBOX)) == 2)
            await synced(mail)
        async with opened("ann", server.port, tmp_path, leave="delete", online=False) as mail:
            await mail.trash([id_of(mail, Role.INBOX, "message 1")])
        obeyed = Conversation.do_quit

        async def deaf(self: Conversation, rest: str) -> None:
            await obeyed(self, rest)
            self.writer.transport.abort()

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Conversation, "do_quit", deaf)
            async with opened("ann", server.port, tmp_path, leave="delete", online=False) as mail:
                await mail.sync()
        assert server.kept == [0]
        async with opened("ann", server.port, tmp_path, leave="delete", online=False) as mail:
            assert await mail.undo()
            await mail.sync()
            await mail.sync()
            assert sorted(subjects(mail, Role.INBOX)) == ["message 0", "message 1"]
        assert sum(line.startswith("DELE") for line in server.commands) == 1


@pytest.mark.parametrize("quirk", ["no_uidl", "one_uidl", "no_top", "top_full", "no_final_newline"])
async def test_on_a_poorer_server_filed_mail_stays_filed_and_nothing_is_doubled(quirk: str, tmp_path: Path) -> None:
    async with PopServer([pop_letter(n) for n in range(4)], quirk) as server:
        for _ in range(2):
            async with opened("ann", server.port, tmp_path, leave="delete", online=False) as mail:
                await mail.sync()
                if subjects(mail, Role.ARCHIVE):
                    continue
                await mail.archive([id_of(mail, Role.INBOX, "message 1")])
                await mail.trash([id_of(mail, Role.INBOX, "message 2")])
                await mail.sync()
        async with opened("ann", server.port, tmp_path, leave="delete", online=False) as mail:
            assert sorted(subjects(mail, Role.INBOX)) == ["message 0", "message 3"]
            assert subjects(mail, Role.ARCHIVE) == ["message 1"]
        assert server.kept == [0, 1, 3]


async def test_mail_that_came_by_pop3_is_not_given_to_an_imap_account_of_the_same_name(
    dovecot: Dovecot, tmp_path: Path
) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [letter(1)])
    async with opened(user, dovecot.pop_port, tmp_path) as mail:
        await until(mail, lambda: mail.folders() and len(subjects(mail, Role.INBOX)) == 1)
    imap = replace(account(user, dovecot.port), protocol="imap")
    with pytest.raises(StoreError, match="came by POP3"):
        async with Mail(tmp_path, [imap], password):
            pass
    async with opened(user, dovecot.pop_port, tmp_path, online=False) as mail:
        assert len(subjects(mail, Role.INBOX)) == 1


async def test_gmail_stops_naming_what_was_read_and_it_stays_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuimail.accounts.pop3.forgets", lambda account: True)
    async with PopServer([pop_letter(n) for n in range(3)], "gmail") as server:
        async with opened("ann", server.port, tmp_path) as mail:
            await until(mail, lambda: mail.folders() and len(subjects(mail, Role.INBOX)) == 3)
            await mail.raw(id_of(mail, Role.INBOX, "message 1"))
        assert not server.hidden, "the line is dropped without QUIT, so that other programs see it"
        server.hidden.add(1)  # as when another program has read it
        async with opened("ann", server.port, tmp_path) as mail:
            await synced(mail)
            assert len(subjects(mail, Role.INBOX)) == 3


async def test_a_maildrop_in_use_is_waited_for_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuimail.sync.patience.BUSY", 0.05)
    async with PopServer([pop_letter(0)], "in_use") as server, opened("ann", server.port, tmp_path) as mail:
        await until(mail, lambda: mail.states()[0].line is Line.OFFLINE)
        assert mail.states()[0].again
        assert "open for another program" in mail.states()[0].detail
        server.quirks.clear()
        await until(mail, lambda: mail.folders() and subjects(mail, Role.INBOX))


async def test_a_server_that_wants_pauses_gets_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visits, "READING", 30.0)
    async with PopServer([pop_letter(0)], "login_delay=60") as server:
        async with opened("ann", server.port, tmp_path) as mail:
            await until(mail, lambda: mail.folders() and subjects(mail, Role.INBOX))
            monkeypatch.setattr(visits, "READING", 0.0)
            await mail.raw(id_of(mail, Role.INBOX, "message 0"))
            await server.empty()
            looked = asyncio.Event()
            stop = mail.subscribe(lambda change: looked.set() if isinstance(change, FoldersChanged) else None)
            mail.sync_now()
            async with asyncio.timeout(PATIENCE):
                await looked.wait()
            stop()
            await synced(mail)
        assert server.sessions == 1
