"""What a server calls its messages (EMAILID, X-GM-MSGID): no header and no text of one message is fetched twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.fakes.imap_server import CAPABILITIES, ImapServer
from tests.sync.house import folder, id_of, letter, password, subjects, until
from tuimail.demo.server import DemoServer
from tuimail.errors import Offline
from tuimail.mail import Mail
from tuimail.model import Account, Role, Security
from tuimail.store import identity

ANN = Account("a", "127.0.0.1", 1, "u", Security.PLAIN)


def server(*extensions: str, letters: int = 4) -> ImapServer:
    """With so many letters in the inbox."""
    one = ImapServer("Archive", capabilities=[*CAPABILITIES, *extensions])
    for n in range(letters):
        one.boxes["INBOX"].add(letter(n))
    return one


@asynccontextmanager
async def at(one: ImapServer, data: Path, *, online: bool = True) -> AsyncIterator[Mail]:
    """A Mail of this server, which has looked at everything when `online`."""
    async with Mail(data, [ANN], password, {"a": one.dial}) as mail:
        if online:
            count = sum(len(box.letters) for box in one.boxes.values())
            mail.start()
            await until(mail, lambda: sum(f.total for f in mail.folders()) == count)
            await looked(lambda: all_named(mail, one))
        yield mail


async def looked(true: Callable[[], bool]) -> None:
    """Wait for something that no change tells of."""
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110  # nothing tells of it
            await asyncio.sleep(0.005)


def all_named(mail: Mail, one: ImapServer) -> bool:
    """The names of all messages have been learnt, where there are any."""
    if not {"OBJECTID", "X-GM-EXT-1"} & set(one.capabilities):
        return True
    found = mail._database.look(lambda db: db.execute("SELECT count(*) FROM known_as").fetchone()[0], 0)
    return bool(found == sum(len(box.letters) for box in one.boxes.values()))


def asked(one: ImapServer, what: str) -> list[str]:
    """The commands with this in them."""
    return [line for line in one.lines if what in line]


@pytest.mark.parametrize(("extension", "item"), [("OBJECTID", "EMAILID"), ("X-GM-EXT-1", "X-GM-MSGID")])
async def test_what_another_client_moves_is_known_again_without_its_header(
    extension: str, item: str, tmp_path: Path
) -> None:
    one = server(extension)
    async with at(one, tmp_path) as mail:
        before = {f"letter {n}": id_of(mail, Role.INBOX, f"letter {n}") for n in range(4)}
        await mail.message(before["letter 1"])
    inbox, archive = one.boxes["INBOX"], one.boxes["Archive"]
    for gone in inbox.letters[:3]:
        archive.add(gone.raw, {"\\Seen"})
    inbox.letters[:3] = []
    one.lines.clear()
    async with at(one, tmp_path) as mail:
        await until(mail, lambda: len(subjects(mail, Role.ARCHIVE)) == 3)
        assert {name: id_of(mail, Role.ARCHIVE, name) for name in ("letter 0", "letter 1", "letter 2")} == {
            name: id_ for name, id_ in before.items() if name != "letter 3"
        }
        assert not asked(one, "HEADER") and asked(one, item)
        assert mail.summary(before["letter 1"]).cached, "its text stayed with it"  # type: ignore[union-attr]
    await one.stop()


async def test_a_folder_numbered_anew_is_read_anew_without_a_header_but_for_the_first_screen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuimail.sync.pull.FIRST_SCREEN", 2)
    one = server("OBJECTID", letters=12)
    async with at(one, tmp_path) as mail:
        before = {row.id for row in mail.page(folder(mail, Role.INBOX).id, 0, 99)}
    box = one.boxes["INBOX"]
    box.uidvalidity += 1
    for number, each in enumerate(box.letters, 501):
        each.uid = number
    box.uidnext = 600
    one.lines.clear()
    async with at(one, tmp_path) as mail:
        where = "SELECT count(*) FROM message WHERE remote_id > 500"
        await looked(lambda: mail._database.look(lambda db: db.execute(where).fetchone()[0], 0) == 12)
        assert {row.id for row in mail.page(folder(mail, Role.INBOX).id, 0, 99)} == before
        assert len(asked(one, "HEADER")) == 1 and "11:12" in asked(one, "HEADER")[0]
    await one.stop()


async def test_the_same_mail_in_two_folders_is_fetched_once_and_read_offline_in_both(tmp_path: Path) -> None:
    one = server("OBJECTID", letters=2)
    one.boxes["Archive"].add(letter(1))
    async with at(one, tmp_path) as mail:
        first = await mail.message(id_of(mail, Role.INBOX, "letter 1"))
        fetched = len(asked(one, "BODY.PEEK[]"))
        second = await mail.message(id_of(mail, Role.ARCHIVE, "letter 1"))
        assert second.document == first.document and len(asked(one, "BODY.PEEK[]")) == fetched
    await one.stop()
    async with at(one, tmp_path / "other") as mail:
        await mail.message(id_of(mail, Role.INBOX, "letter 1"))
    async with at(one, tmp_path / "other", online=False) as mail:
        assert (await mail.message(id_of(mail, Role.ARCHIVE, "letter 1"))).subject == "letter 1"
        with pytest.raises(Offline):
            await mail.message(id_of(mail, Role.INBOX, "letter 0"))
    await one.stop()


async def test_without_names_headers_are_fetched_as_ever(tmp_path: Path) -> None:
    one = server()
    async with at(one, tmp_path) as mail:
        before = id_of(mail, Role.INBOX, "letter 0")
    gone = one.boxes["INBOX"].letters.pop(0)
    one.boxes["Archive"].add(gone.raw)
    one.lines.clear()
    async with at(one, tmp_path) as mail:
        await until(mail, lambda: subjects(mail, Role.ARCHIVE) == ["letter 0"])
        assert id_of(mail, Role.ARCHIVE, "letter 0") == before and asked(one, "HEADER")
    assert not asked(one, "EMAILID") and not asked(one, "X-GM-")
    await one.stop()


async def test_new_mail_costs_no_question_about_names_before_its_header(tmp_path: Path) -> None:
    one = server("OBJECTID")
    async with at(one, tmp_path):
        pass
    one.boxes["INBOX"].add(letter(9))
    one.lines.clear()
    async with at(one, tmp_path) as mail:
        await until(mail, lambda: "letter 9" in subjects(mail, Role.INBOX))
    assert len(asked(one, "HEADER")) == 1 and not [line for line in asked(one, "EMAILID") if "INTERNALDATE" in line]
    await one.stop()


async def test_a_name_that_lies_about_the_size_is_not_believed(tmp_path: Path) -> None:
    one = server("OBJECTID", letters=1)
    async with at(one, tmp_path) as mail:
        inbox = folder(mail, Role.INBOX).id

        def names(db: object) -> None:
            identity.put_names(db, inbox, {1: one.boxes["INBOX"].letters[0].object_id.decode()})  # type: ignore[arg-type]

        await mail._database.write(names)
        await mail._database.write(lambda db: db.execute("UPDATE message SET size = size + 1"))
    gone = one.boxes["INBOX"].letters.pop(0)
    one.boxes["Archive"].add(gone.raw)
    one.lines.clear()
    async with at(one, tmp_path) as mail:
        await until(mail, lambda: subjects(mail, Role.ARCHIVE) == ["letter 0"])
    assert asked(one, "EMAILID") and asked(one, "HEADER")
    await one.stop()


async def test_a_real_server_tells_a_name_for_each_message(tmp_path: Path) -> None:
    demo = DemoServer()

    async def secret(_: Account) -> str:
        return demo.password

    async with demo, Mail(tmp_path, [demo.account], secret, {demo.account.name: demo.dial}) as mail:
        mail.start()

        def names() -> set[str]:
            query = """SELECT k.name FROM known_as k JOIN message m ON m.id = k.message_id
                       JOIN folder f ON f.id = m.folder_id WHERE f.role = 'inbox'"""
            found: set[str] = set()
            return mail._database.look(lambda db: {name for (name,) in db.execute(query)}, found)

        await until(mail, lambda: mail.folders() and folder(mail, Role.INBOX).exists)
        await looked(lambda: len(names()) >= folder(mail, Role.INBOX).exists)
        assert "" not in names()
