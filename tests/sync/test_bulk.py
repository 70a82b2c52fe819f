"""What many changes cost on the wire, and what those that cancel each other cost: nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.chaos import ChaosProxy
from tests.servers.dovecot import Dovecot
from tests.sync.house import folder, id_of, letter, opened, until
from tuimail.changes import Change, Trouble
from tuimail.mail import Mail
from tuimail.model import Flag, Role

MANY = 10_000
CHANGES = re.compile(rb"UID (MOVE|STORE|COPY|EXPUNGE)|^\S+ (MOVE|STORE|COPY|EXPUNGE|APPEND)", re.I)
COMMANDS = 20
"""As many as one key for ten thousand messages may cost, the looking after it included."""


def changes(lines: list[bytes]) -> list[bytes]:
    """Commands that change mail."""
    return [line for line in lines if CHANGES.search(line)]


@pytest.fixture(scope="module")
def full(dovecot: Dovecot) -> Iterator[tuple[Dovecot, str]]:
    """A user with ten thousand letters."""
    user = dovecot.user()
    dovecot.deliver(user, [letter(n, "x") for n in range(MANY)])
    yield dovecot, user


async def settled(mail: Mail) -> None:
    await until(mail, lambda: not mail.pending_count())


async def test_ten_thousand_are_archived_in_a_few_commands_and_come_back_with_one_key(
    full: tuple[Dovecot, str], tmp_path: Path
) -> None:
    server, user = full
    async with ChaosProxy(server.host, server.port) as proxy, opened(user, proxy.port, tmp_path) as mail:
        await until(mail, lambda: mail.folders() and folder(mail, Role.INBOX).total == MANY)
        await until(mail, lambda: mail.folder_by_role(1, Role.ARCHIVE) and folder(mail, Role.INBOX).complete)
        inbox = folder(mail, Role.INBOX).id
        ids = [row.id for start in range(0, MANY, 500) for row in mail.page(inbox, start, 500)]
        await proxy.until_said(lambda lines: any(line.endswith(b" IDLE") for line in lines))  # both lines are made
        before = len(proxy.lines)
        assert await mail.archive(ids) == "archived 10,000 messages"
        assert mail.count(inbox) == 0, "the rows are gone with the key"
        await settled(mail)
        said = proxy.lines[before:]
        assert len(changes(said)) == 1, changes(said)
        assert len(said) <= COMMANDS, said
        assert max(map(len, said)) < 8_000
        before = len(proxy.lines)
        assert await mail.undo() == "undid: archived 10,000 messages"
        assert mail.count(inbox) == MANY
        await settled(mail)
        assert len(proxy.lines[before:]) <= COMMANDS
    with server.client(user) as other:
        assert other.select("INBOX", readonly=True)[1] == [b"10000"]
        assert other.select("Archive", readonly=True)[1] == [b"0"]


async def test_ten_thousand_archived_without_a_line_and_undone_send_nothing(
    full: tuple[Dovecot, str], tmp_path: Path
) -> None:
    server, user = full
    async with ChaosProxy(server.host, server.port) as proxy, opened(user, proxy.port, tmp_path) as mail:
        await until(mail, lambda: mail.folders() and folder(mail, Role.INBOX).total == MANY)
        await until(mail, lambda: folder(mail, Role.INBOX).complete)
        inbox = folder(mail, Role.INBOX).id
        ids = [row.id for start in range(0, MANY, 500) for row in mail.page(inbox, start, 500)]
    async with opened(user, server.port, tmp_path, online=False) as mail:
        await mail.archive(ids)
        assert mail.count(inbox) == 0
        await mail.undo()
        assert mail.count(inbox) == MANY
    async with ChaosProxy(server.host, server.port) as proxy, opened(user, proxy.port, tmp_path) as mail:
        await settled(mail)
        assert changes(proxy.lines) == []


async def test_what_cancels_out_is_never_sent(dovecot: Dovecot, tmp_path: Path) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [letter(n) for n in range(4)])
    async with opened(user, dovecot.port, tmp_path) as mail:
        await until(mail, lambda: mail.folders() and folder(mail, Role.INBOX).total == 4)
        await until(mail, lambda: mail.folder_by_role(1, Role.ARCHIVE))
        ids = [id_of(mail, Role.INBOX, f"letter {n}") for n in range(4)]
    async with opened(user, dovecot.port, tmp_path, online=False) as mail:
        await mail.flag(ids[:1], add=Flag.FLAGGED)
        await mail.flag(ids[:1], remove=Flag.FLAGGED)
        await mail.archive(ids[1:2])
        await mail.undo()
        await mail.trash(ids[2:3])
        await mail.past.reverse((await mail.past.lines(1))[0].deed.id)
        await mail.archive(ids[3:])
        await mail.waiting.drop(next(group.key for group in await mail.waiting.groups() if group.what))
        assert [group.what for group in await mail.waiting.groups()] == [""]
        assert mail.pending_count() == 4
    async with ChaosProxy(dovecot.host, dovecot.port) as proxy, opened(user, proxy.port, tmp_path) as mail:
        await settled(mail)
        assert changes(proxy.lines) == []


async def test_what_is_thought_better_of_leaves_the_queue_without_a_pause(dovecot: Dovecot, tmp_path: Path) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [letter(1)])
    async with opened(user, dovecot.port, tmp_path) as mail:
        await until(mail, lambda: mail.folders() and mail.folder_by_role(1, Role.ARCHIVE))
        await until(mail, lambda: folder(mail, Role.INBOX).total == 1)
        star = [id_of(mail, Role.INBOX, "letter 1")]
        await mail.flag(star, add=Flag.FLAGGED)
        await mail.flag(star, remove=Flag.FLAGGED)
        await settled(mail)


async def test_a_wish_whose_message_another_client_deleted_ends_with_a_word(dovecot: Dovecot, tmp_path: Path) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [letter(1), letter(2)])
    async with opened(user, dovecot.port, tmp_path) as mail:
        await until(mail, lambda: mail.folders() and mail.folder_by_role(1, Role.ARCHIVE))
        await until(mail, lambda: folder(mail, Role.INBOX).total == 2)
        archived = id_of(mail, Role.INBOX, "letter 1")
    async with opened(user, dovecot.port, tmp_path, online=False) as mail:
        await mail.archive([archived])
    with dovecot.client(user) as other:
        other.select("INBOX")
        other.uid("STORE", "1", "+FLAGS", "(\\Deleted)")
        other.expunge()
    told: list[Change] = []
    async with opened(user, dovecot.port, tmp_path, online=False) as mail:
        mail.subscribe(told.append)
        mail.start()
        await until(mail, lambda: mail.waiting.conflicts())
        await until(mail, lambda: any(isinstance(change, Trouble) for change in told))
        assert not mail.pending_count()
        [conflict] = mail.waiting.conflicts()
        assert (conflict.subject, conflict.words) == (
            "letter 1",
            "deleted elsewhere; your archive has nothing left to do",
        )
    [trouble] = [change for change in told if isinstance(change, Trouble)]
    assert trouble.sentence == "“letter 1”: deleted elsewhere; your archive has nothing left to do."
