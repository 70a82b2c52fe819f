"""The beginnings of texts that are not here: asked of the server, cleaned, kept; later taken from the text itself."""

from __future__ import annotations

import re
from pathlib import Path

from tests.fakes.chaos import ChaosProxy
from tests.fakes.imap_server import CAPABILITIES, ImapServer
from tests.servers.dovecot import Dovecot
from tests.sync.house import folder, id_of, letter, opened, password, subjects, until
from tuimail.content.mime import parse
from tuimail.mail import Mail
from tuimail.model import Account, Role, Security
from tuimail.sync.indexing import first_words


async def all_here(mail: Mail, count: int) -> list[int]:
    """The ids of the inbox when so many are there."""
    await until(mail, lambda: mail.folders() and len(subjects(mail, Role.INBOX)) == count)
    mail.show(folder(mail, Role.INBOX).id)
    return [row.id for row in mail.page(folder(mail, Role.INBOX).id, 0, 99)]


async def test_first_words_come_without_the_text_and_stay(dovecot: Dovecot, tmp_path: Path) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [letter(n, "the boats are in,") for n in range(20)])
    async with ChaosProxy(dovecot.host, dovecot.port) as proxy:
        async with opened(user, proxy.port, tmp_path) as mail:
            ids = await all_here(mail, 20)
            assert [await mail.previews.bring(ids) for _ in range(3)] == [16, 4, 0]
            assert mail.summary(id_of(mail, Role.INBOX, "letter 7")).preview == "the boats are in, 7"  # type: ignore[union-attr]
        asked = [line for line in proxy.lines if b"PREVIEW" in line]
        assert len(asked) == 2 and not [line for line in proxy.lines if b"BODY.PEEK[]" in line]
    async with opened(user, 1, tmp_path, online=False) as mail:
        assert {row.preview for row in mail.page(folder(mail, Role.INBOX).id, 0, 99)} == {
            f"the boats are in, {n}" for n in range(20)
        }
        assert await mail.previews.bring(ids) == 0


async def test_without_the_extension_they_are_not_asked_for_and_come_with_the_text(
    dovecot: Dovecot, tmp_path: Path
) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [letter(n) for n in range(3)])
    async with ChaosProxy(dovecot.host, dovecot.port) as proxy:
        async with opened(user, proxy.port, tmp_path, mask=("PREVIEW", "PREVIEW=FUZZY")) as mail:
            ids = await all_here(mail, 3)
            assert await mail.previews.bring(ids) == 0
            await mail.message(ids[0])
            await mail.searching.catch_up()
            assert [mail.summary(id_).preview for id_ in ids] == ["text 2", "", ""]  # type: ignore[union-attr]
        assert not [line for line in proxy.lines if re.search(rb"\bPREVIEW\b", line)]


async def test_a_hostile_preview_cannot_write_to_the_terminal(tmp_path: Path) -> None:
    server = ImapServer(capabilities=[*CAPABILITIES, "PREVIEW"])
    server.boxes["INBOX"].add(letter(1, "\x1b]0;owned\x07\u202ewords\r\n\u0085"))
    account = Account("a", "127.0.0.1", 1, "u", Security.PLAIN)
    async with Mail(tmp_path, [account], password, {"a": server.dial}) as mail:
        mail.start()
        ids = await all_here(mail, 1)
        assert await mail.previews.bring(ids) == 1
        (row,) = mail.page(folder(mail, Role.INBOX).id, 0, 9)
        assert row.preview and row.preview.isprintable() and "\x1b" not in row.preview and "words" in row.preview
    await server.stop()


async def test_a_server_that_refuses_what_it_offers_is_not_asked_again(tmp_path: Path) -> None:
    server = ImapServer(capabilities=[*CAPABILITIES, "PREVIEW"])
    server.knows_previews = False
    server.boxes["INBOX"].add(letter(1))
    account = Account("a", "127.0.0.1", 1, "u", Security.PLAIN)
    async with Mail(tmp_path, [account], password, {"a": server.dial}) as mail:
        mail.start()
        ids = await all_here(mail, 1)
        assert [await mail.previews.bring(ids) for _ in range(2)] == [0, 0]
        assert (await mail.facts(1)).connections[0][1].masked == (("PREVIEW", "it was offered and then refused"),)
    assert sum("PREVIEW" in line for line in server.lines) == 1
    await server.stop()


async def test_a_text_that_has_come_is_told_of_by_its_first_words(dovecot: Dovecot, tmp_path: Path) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [letter(n) for n in range(2)])
    async with opened(user, dovecot.port, tmp_path, mask=("PREVIEW", "PREVIEW=FUZZY")) as mail:
        ids = await all_here(mail, 2)
        await mail.message(ids[0])
        await until(mail, lambda: mail.summary(ids[0]).preview == "text 1")  # type: ignore[union-attr]


def test_what_a_mail_says_first_is_its_senders_own() -> None:
    raw = b"Subject: x\r\n\r\n> quoted words\r\n\r\nMy own\r\nwords here.\r\n\r\n-- \r\nAda\r\n"
    assert first_words(parse(raw)) == "My own words here."
    assert len(first_words(parse(b"Subject: x\r\n\r\n" + b"word " * 5000))) == 200
    assert first_words(parse(b"Subject: x\r\n\r\n")) == ""
