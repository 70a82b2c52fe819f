"""Finding messages through `Mail.searching`: the indexer, questions that are broken off, what servers add."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.servers.dovecot import Dovecot
from tests.sync.house import folder, letter, opened, password, until
from tuimail import mail as mail_module
from tuimail.changes import Line
from tuimail.errors import ReadOnly, ServerRefused, StoreError
from tuimail.mail import Mail
from tuimail.model import Account, Flag, Role, Saved, Security
from tuimail.net.remote import Abilities
from tuimail.protocol.imap.verbs.arguments import Text
from tuimail.query import parse
from tuimail.store import droptexts, index
from tuimail.store.search import ServerPlace, words_of
from tuimail.sync import library, searching
from tuimail.sync.indexing import BESIDE_A_SYNC


@pytest.fixture(autouse=True)
def nobody_else_indexes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What Mail begins by itself a second after its start would find the work of a slow test."""
    monkeypatch.setattr(mail_module, "_SETTLED_IN", 3600.0)


@asynccontextmanager
async def synced(dovecot: Dovecot, tmp_path: Path, *letters: bytes, mask: tuple[str, ...] = ()) -> AsyncIterator[Mail]:
    """A Mail on the line that has seen these letters in its inbox and indexed their headers."""
    user = dovecot.user()
    with dovecot.client(user) as other:
        for each in letters:
            other.append("INBOX", "", "", each)
    async with opened(user, dovecot.port, tmp_path, mask=mask) as mail:
        await until(mail, lambda: mail.folders() and folder(mail, Role.INBOX).total == len(letters))
        await mail.searching.catch_up()
        yield mail


async def found(mail: Mail, text: str) -> list[str]:
    """The subjects of all hits here."""
    query = mail.searching.parse(text)
    assert not query.errors
    return [row.subject for id_ in await mail.searching.ids(query) if (row := mail.summary(id_)) is not None]


async def first_unheard(mail: Mail) -> int:
    """The first letter, of which the server is told nothing from now on."""
    (one,) = await mail.searching.ids(mail.searching.parse("subject:1"))
    account = next(iter(mail._engine.accounts.values()))
    account.wish = lambda: None  # type: ignore[method-assign]
    return one


async def found_there(mail: Mail, text: str) -> list[str]:
    """The subjects of what the server adds."""
    query = mail.searching.parse(text)
    hits = [id_ async for some in mail.searching.on_server(query) for id_ in some]
    assert len(hits) == len(set(hits))
    return [row.subject for id_ in hits if (row := mail.summary(id_)) is not None]


# --- the indexer ------------------------------------------------------------------------------------------


async def test_new_mail_gets_thread_and_words_by_itself(
    dovecot: Dovecot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail_module, "_SETTLED_IN", 0.0)
    user = dovecot.user()
    with dovecot.client(user) as other:
        other.append("INBOX", "", "", letter(1))
    async with opened(user, dovecot.port, tmp_path) as mail:
        await until(mail, lambda: mail.folders() and folder(mail, Role.INBOX).total)
        rows = mail.page(folder(mail, Role.INBOX).id, 0, 10)
        await until(mail, lambda: mail.summary(rows[0].id).thread)  # type: ignore[union-attr]
        assert await found(mail, "letter") == ["letter 1"]
        assert mail.searching.behind() == (0, 0)


async def test_a_text_that_was_read_is_found_and_forgotten_with_it(dovecot: Dovecot, tmp_path: Path) -> None:
    async with synced(dovecot, tmp_path, letter(1, "lighthouse"), letter(2)) as mail:
        assert await found(mail, "lighthouse") == []
        (one,) = await mail.searching.ids(mail.searching.parse("subject:1"))
        await mail.message(one)
        assert mail.searching.behind() == (0, 1)
        await mail.searching.catch_up()
        assert await found(mail, "lighthouse") == await found(mail, "letter body:light") == ["letter 1"]


async def test_attachments_are_found_by_their_names(dovecot: Dovecot, tmp_path: Path) -> None:
    raw = (
        b"From: a@example.org\r\nSubject: plan\r\nMessage-ID: <1@x>\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/html\r\n\r\n<p>see&nbsp;below</p>\r\n"
        b"--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=budget.pdf\r\n\r\nx\r\n"
        b"--b--\r\n"
    )
    async with synced(dovecot, tmp_path, raw) as mail:
        (one,) = await mail.searching.ids(mail.searching.parse("plan"))
        await mail.message(one)
        await mail.searching.catch_up()
        assert await found(mail, '"see below" budget.pdf') == ["plan"]


async def test_catching_up_tells_how_far_it_is(dovecot: Dovecot, tmp_path: Path) -> None:
    async with synced(dovecot, tmp_path, *map(letter, range(3))) as mail:
        await mail._database.write(lambda db: db.execute("UPDATE message SET thread = NULL").rowcount)
        told: list[tuple[int, int]] = []
        await mail.searching.catch_up(lambda done, total: told.append((done, total)))
        assert told[-1] == (3, 3)


async def test_a_text_that_cannot_be_read_does_not_stop_the_others(
    dovecot: Dovecot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with synced(dovecot, tmp_path, letter(1, "lighthouse"), letter(2, "windmill")) as mail:
        for id_ in await mail.searching.ids(mail.searching.parse("")):
            await mail.message(id_)
        read = library.read_sections

        def failing(message_id: int, sections: dict[str, bytes]) -> object:
            if b"lighthouse" in sections[""]:
                raise ValueError("what a mail")
            return read(message_id, sections)

        monkeypatch.setattr("tuimail.sync.indexing.read_sections", failing)
        await mail.searching.catch_up()
        assert await found(mail, "windmill") == ["letter 2"]
        assert mail.searching.behind() == (0, 0)
        assert "could not be indexed" in caplog.text


async def test_while_a_large_folder_is_fetched_the_index_waits(
    dovecot: Dovecot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with synced(dovecot, tmp_path, letter(1)) as mail:
        await mail._database.write(lambda db: db.execute("UPDATE message SET thread = NULL").rowcount)
        slept: list[float] = []
        sleep = asyncio.sleep

        async def note(seconds: float) -> None:
            slept.append(seconds)
            await sleep(0)

        monkeypatch.setattr(asyncio, "sleep", note)
        (line,) = mail._engine.accounts.values()
        line._set(Line.SYNCING, 1, 2)
        task = asyncio.create_task(mail.searching.keep_up())
        while not slept or BESIDE_A_SYNC not in slept:
            await sleep(0.001)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


# --- questions ----------------------------------------------------------------------------------------------


async def test_folders_and_accounts_that_there_are_none_of_are_told_in_place(dovecot: Dovecot, tmp_path: Path) -> None:
    async with synced(dovecot, tmp_path, letter(1)) as mail:
        query = mail.searching.parse("letter in:nowhere -account:nobody in:arch")
        assert [(query.text[e.start : e.end], e.sentence) for e in query.errors] == [
            ("in:nowhere", "There is no folder “nowhere”."),
            ("account:nobody", "There is no account “nobody”."),
        ]
        assert await mail.searching.first(query).answer() == []


async def _nobody(_: object) -> str:
    raise AssertionError


# --- servers -------------------------------------------------------------------------------------------------


async def test_the_server_adds_what_only_it_can_know(dovecot: Dovecot, tmp_path: Path) -> None:
    letters = [letter(1, "lighthouse"), letter(2, "windmill"), letter(3, "lighthouse")]
    async with synced(dovecot, tmp_path, *letters) as mail:
        (one,) = await mail.searching.ids(mail.searching.parse("subject:1"))
        await mail.message(one)
        await mail.searching.catch_up()
        assert await found(mail, "lighthouse") == ["letter 1"]
        assert await found_there(mail, "lighthouse") == ["letter 3"]
        assert await found_there(mail, "body:lighthouse -subject:3") == []
        assert await found_there(mail, "is:unread") == []
        assert await found_there(mail, "nothing like it") == []


async def test_flags_and_dates_are_judged_here(dovecot: Dovecot, tmp_path: Path) -> None:
    letters = [letter(1, "lighthouse"), letter(2, "lighthouse")]
    async with synced(dovecot, tmp_path, *letters) as mail:
        one = await first_unheard(mail)
        await mail.flag([one], add=Flag.FLAGGED)
        assert await found_there(mail, "lighthouse is:starred") == ["letter 1"]
        assert await found_there(mail, "lighthouse -is:starred") == ["letter 2"]
        assert await found_there(mail, "(lighthouse is:starred) or (windmill is:unread)") == ["letter 1"]
        assert sorted(await found_there(mail, "lighthouse newer:1d smaller:1M")) == ["letter 1", "letter 2"]
        assert await found_there(mail, "lighthouse older:1d") == []


async def test_labels_are_judged_here(dovecot: Dovecot, tmp_path: Path) -> None:
    letters = [letter(1, "lighthouse"), letter(2, "lighthouse")]
    async with synced(dovecot, tmp_path, *letters) as mail:
        one = await first_unheard(mail)
        await mail.filing.label([one], "to read")
        assert await found(mail, 'label:"To Read"') == ["letter 1"]
        assert await found_there(mail, "label:to_read") == []
        assert await found_there(mail, "lighthouse label:to_read") == ["letter 1"]
        assert await found_there(mail, "lighthouse -label:to_read") == ["letter 2"]
        assert await found_there(mail, "(lighthouse label:to_read) or windmill") == ["letter 1"]


async def test_the_same_message_in_two_folders_is_added_once(dovecot: Dovecot, tmp_path: Path) -> None:
    user = dovecot.user()
    with dovecot.client(user) as other:
        for name in ("INBOX", "Archive"):
            other.append(name, "", "", letter(1, "lighthouse"))
    async with opened(user, dovecot.port, tmp_path) as mail:
        await until(mail, lambda: mail.folders() and all(folder(mail, r).total for r in (Role.INBOX, Role.ARCHIVE)))
        await mail.searching.catch_up()
        assert await found_there(mail, "lighthouse") == ["letter 1"]
        (read, _) = await mail.searching.ids(mail.searching.parse("letter"))
        await mail.message(read)
        await mail.searching.catch_up()
        assert await found_there(mail, "lighthouse") == []


@pytest.mark.parametrize("mask", [(), ("ESEARCH",)])
async def test_words_beyond_ascii_are_asked_in_utf_8(dovecot: Dovecot, tmp_path: Path, mask: tuple[str, ...]) -> None:
    raw = letter(1, "x").replace(b"\r\n\r\n", b"\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n", 1)
    async with synced(dovecot, tmp_path, raw + "Grüße vom Leuchtturm\r\n".encode(), mask=mask) as mail:
        assert await found_there(mail, "grüße") == ["letter 1"]
        assert await found_there(mail, "(leuchtturm -from:ägypten) or 日本") == ["letter 1"]


async def test_leaving_off_asks_no_further_folder(dovecot: Dovecot, tmp_path: Path) -> None:
    async with synced(dovecot, tmp_path, letter(1, "lighthouse")) as mail:
        hits = mail.searching.on_server(mail.searching.parse("lighthouse"))
        async for _ in hits:
            break
        await hits.aclose()  # type: ignore[attr-defined]
        assert [task for task in asyncio.all_tasks() if "_on_one" in repr(task)] == []


async def test_without_a_line_the_server_adds_nothing(dovecot: Dovecot, tmp_path: Path) -> None:
    async with synced(dovecot, tmp_path, letter(1, "lighthouse")) as mail:
        (line,) = mail._engine.accounts.values()
        line._set(Line.OFFLINE)
        assert await found_there(mail, "lighthouse") == []


# --- searches that are kept ---------------------------------------------------------------------------------


async def test_a_search_is_kept_by_name_and_counted(dovecot: Dovecot, tmp_path: Path) -> None:
    async with synced(dovecot, tmp_path, letter(1), letter(2)) as mail:
        finding = mail.searching
        await finding.save("Letters", "letter")
        await finding.save("first", "subject:1")
        await finding.save("Letters", "subject:letter")
        assert finding.saved() == [Saved("first", "subject:1"), Saved("Letters", "subject:letter")]
        assert await finding.counts() == {"first": (1, 1), "Letters": (2, 2)}
        await finding.forget("first")
        await finding.forget("nobody")
        assert [kept.name for kept in finding.saved()] == ["Letters"]


async def test_a_second_window_searches_and_keeps_nothing(dovecot: Dovecot, tmp_path: Path) -> None:
    async with synced(dovecot, tmp_path, letter(1)) as mail, Mail(tmp_path, mail.accounts, _nobody) as second:
        assert second.read_only
        assert len(await second.searching.first(second.searching.parse("letter")).answer()) == 1
        with pytest.raises(ReadOnly):
            await second.searching.save("x", "letter")


def test_what_is_due_knows_its_message() -> None:
    assert index.Due(1_700_000_000 << 30 | 12, 0).message_id == 12


async def test_accounts_that_are_not_open_are_not_searched(dovecot: Dovecot, tmp_path: Path) -> None:
    async with synced(dovecot, tmp_path, letter(1)):
        pass
    async with synced(dovecot, tmp_path, letter(2)) as mail:
        assert await found(mail, "letter") == ["letter 2"]
        await mail.searching.save("all", "letter")
        assert await mail.searching.counts() == {"all": (1, 1)}


async def test_a_server_without_utf_8_is_asked_what_ascii_can_say() -> None:
    asked: list[list[object]] = []

    class Old:
        abilities = Abilities(frozenset())

        async def find(self, folder: bytes, keys: list[object], uidvalidity: int | None) -> tuple[tuple[int, int], ...]:
            asked.append(keys)
            if any(isinstance(key, Text) and not key.text.isascii() for key in keys):
                raise ServerRefused("no", code="BADCHARSET")
            return ((1, 1),)

    place = ServerPlace(1, 1, b"INBOX", 1)
    (words,) = words_of(parse("tea or grüße", 0.0).node)
    assert await searching._find(Old(), place=place, words=[words], more=[]) == {words: ((1, 1),)}  # type: ignore[arg-type]
    assert asked[-1] == ["TEXT", Text("tea")]
    (words,) = words_of(parse("grüße", 0.0).node)
    with pytest.raises(ServerRefused):
        await searching._find(Old(), place=place, words=[words], more=[])  # type: ignore[arg-type]


async def test_texts_that_only_we_have_of_a_maildrop_are_found(dovecot: Dovecot, tmp_path: Path) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [letter(1, "lighthouse")])
    drop = Account("drop", "127.0.0.1", dovecot.pop_port, user, Security.PLAIN, protocol="pop3", leave="delete")
    async with Mail(tmp_path, [drop], password) as mail:
        await mail.sync()
        (one,) = mail.page(folder(mail, Role.INBOX).id, 0, 10)
        await mail._database.write(lambda db: droptexts.keep(db, 1, letter(1, "lighthouse")))
        await mail.searching.catch_up()
        assert await found(mail, "lighthouse") == [one.subject]
        assert await found_there(mail, "lighthouse") == []


async def test_an_index_that_cannot_be_written_is_tried_again(
    dovecot: Dovecot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with synced(dovecot, tmp_path, letter(1)) as mail:
        await mail._database.write(lambda db: db.execute("UPDATE message SET thread = NULL").rowcount)
        tried: list[int] = []
        look = index.look_at_rows

        def full(db: sqlite3.Connection, limit: int, now: int) -> tuple[int, index.Looks]:
            tried.append(1)
            if len(tried) == 1:
                raise StoreError("The disk is full.")
            return look(db, limit, now)

        monkeypatch.setattr(index, "look_at_rows", full)
        task = asyncio.create_task(mail.searching.keep_up())
        while mail.searching.behind() != (0, 0):
            mail.searching._indexer.stir()
            await asyncio.sleep(0.001)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert len(tried) == 2
        assert "The disk is full." in caplog.text
