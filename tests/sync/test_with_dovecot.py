"""The main job against a real server: read, act, undo, lose the line, come back and agree."""

from __future__ import annotations

import imaplib
import re
from pathlib import Path

import pytest

from tests.fakes.chaos import ChaosProxy
from tests.servers.dovecot import Dovecot
from tests.sync.house import account, folder, id_of, letter, opened, password, subjects, until
from tuimail.errors import Offline
from tuimail.mail import Mail
from tuimail.model import Flag, Role


def contents(dovecot: Dovecot, user: str, box: str) -> dict[str, set[str]]:
    """Subject → flags as another client sees a folder; a subject seen twice fails."""
    with dovecot.client(user) as other:
        other.select(box, readonly=True)
        _, data = other.uid("FETCH", "1:*", "(FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
    found: dict[str, set[str]] = {}
    for item in data:
        if isinstance(item, tuple):
            subject = item[1].decode().partition(":")[2].strip()
            assert subject not in found, f"{subject} is there twice"
            found[subject] = {f.decode() for f in imaplib.ParseFlags(item[0])} - {"\\Recent"}
    return found


async def test_three_archived_one_undone_two_starred_without_a_line_arrive_once(
    dovecot: Dovecot, tmp_path: Path
) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [letter(n) for n in range(6)])
    async with ChaosProxy(dovecot.host, dovecot.port) as proxy, opened(user, proxy.port, tmp_path) as mail:
        await until(mail, lambda: mail.folders() and len(subjects(mail, Role.INBOX)) == 6)
        await until(mail, lambda: mail.folder_by_role(1, Role.ARCHIVE))
    dead_port = proxy.port  # the proxy is gone: nobody answers there any more
    async with opened(user, dead_port, tmp_path) as mail:
        for n in (0, 1, 2):
            assert await mail.archive([id_of(mail, Role.INBOX, f"letter {n}")]) == "archived 1 message"
        assert await mail.undo() == "undid: archived 1 message"
        await mail.flag([id_of(mail, Role.INBOX, f"letter {n}") for n in (3, 4)], add=Flag.FLAGGED)
        assert sorted(subjects(mail, Role.INBOX)) == ["letter 2", "letter 3", "letter 4", "letter 5"]
    async with opened(user, dead_port, tmp_path, online=False) as mail:
        assert sorted(subjects(mail, Role.ARCHIVE)) == ["letter 0", "letter 1"]
        assert mail.pending_count() == 5, "two moves, one wish to stay, two stars"
    async with ChaosProxy(dovecot.host, dovecot.port) as proxy:
        # The account keeps its name, and so its store, at whatever port the server is today.
        async with opened(user, proxy.port, tmp_path) as mail:
            await until(mail, lambda: mail.pending_count() == 0)
        sent = [line for line in proxy.lines if re.search(rb"UID (MOVE|STORE|COPY)", line)]
    assert len(sent) == 2, sent
    assert contents(dovecot, user, "Archive") == {"letter 0": set(), "letter 1": set()}
    assert contents(dovecot, user, "INBOX") == {
        "letter 2": set(),
        "letter 3": {"\\Flagged"},
        "letter 4": {"\\Flagged"},
        "letter 5": set(),
    }


async def test_undo_after_the_server_obeyed_brings_the_message_back(dovecot: Dovecot, tmp_path: Path) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [letter(1)])
    async with opened(user, dovecot.port, tmp_path) as mail:
        await until(mail, lambda: mail.folders() and subjects(mail, Role.INBOX))
        await until(mail, lambda: mail.folder_by_role(1, Role.TRASH))
        row = id_of(mail, Role.INBOX, "letter 1")
        await mail.trash([row])
        await until(mail, lambda: mail.pending_count() == 0)
        assert set(contents(dovecot, user, "Trash")) == {"letter 1"}
        await mail.undo()
        assert subjects(mail, Role.INBOX) == ["letter 1"]
        await until(mail, lambda: mail.pending_count() == 0)
        assert set(contents(dovecot, user, "INBOX")) == {"letter 1"}
        assert id_of(mail, Role.INBOX, "letter 1") == row, "the row keeps its id through both moves"
        await mail.redo()
        await until(mail, lambda: mail.pending_count() == 0)
        assert set(contents(dovecot, user, "Trash")) == {"letter 1"}


@pytest.mark.parametrize("without", [("MOVE",), ("MOVE", "UIDPLUS"), ("CONDSTORE", "QRESYNC", "ESEARCH")])
async def test_a_poorer_server_ends_in_the_same_state(without: tuple[str, ...], tmp_path: Path) -> None:
    with Dovecot(without=without) as server:
        user = server.user()
        server.deliver(user, [letter(n) for n in range(5)])
        async with opened(user, server.port, tmp_path) as mail:
            await until(mail, lambda: mail.folders() and len(subjects(mail, Role.INBOX)) == 5)
            await until(mail, lambda: mail.folder_by_role(1, Role.ARCHIVE))
            await mail.flag([id_of(mail, Role.INBOX, "letter 3")], add=Flag.FLAGGED)
            await mail.archive([id_of(mail, Role.INBOX, f"letter {n}") for n in (0, 3)])
            await until(mail, lambda: mail.pending_count() == 0)
            assert sorted(subjects(mail, Role.ARCHIVE)) == ["letter 0", "letter 3"]
        assert contents(server, user, "Archive") == {"letter 0": set(), "letter 3": {"\\Flagged"}}
        left = {s for s, flags in contents(server, user, "INBOX").items() if "\\Deleted" not in flags}
        assert left == {"letter 1", "letter 2", "letter 4"}


async def test_what_another_client_does_is_seen_and_rows_keep_their_ids(dovecot: Dovecot, tmp_path: Path) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [letter(n) for n in range(5)])
    async with opened(user, dovecot.port, tmp_path) as mail:
        await until(mail, lambda: mail.folders() and len(subjects(mail, Role.INBOX)) == 5)
        mail.show(folder(mail, Role.INBOX).id)
        await until(mail, lambda: mail.folder_by_role(1, Role.ARCHIVE))
        moved = id_of(mail, Role.INBOX, "letter 1")
        with dovecot.client(user) as other:
            other.select("INBOX")
            other.uid("STORE", "3", "+FLAGS", "(\\Flagged)")
            other.uid("MOVE", "2", "Archive")
            other.uid("STORE", "1", "+FLAGS", "(\\Deleted)")
            other.expunge()
        dovecot.deliver(user, [letter(9)])
        await until(mail, lambda: sorted(subjects(mail, Role.INBOX)) == [f"letter {n}" for n in (2, 3, 4, 9)])
        await until(mail, lambda: subjects(mail, Role.ARCHIVE) == ["letter 1"])
        await until(mail, lambda: Flag.FLAGGED in mail.page(folder(mail, Role.INBOX).id, 0, 9)[-1].flags)
        assert id_of(mail, Role.ARCHIVE, "letter 1") == moved


async def test_a_mailbox_made_anew_keeps_rows_texts_and_wishes(dovecot: Dovecot, tmp_path: Path) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [letter(n) for n in range(3)], "Projects")
    async with opened(user, dovecot.port, tmp_path) as mail:
        await until(mail, lambda: any(f.name == "Projects" and f.total == 3 for f in mail.folders()))
        projects = next(f for f in mail.folders() if f.name == "Projects")
        rows = {row.subject: row.id for row in mail.page(projects.id, 0, 9)}
        await mail.message(rows["letter 1"])
    with dovecot.client(user) as other:
        other.delete("Projects")
    dovecot.deliver(user, [letter(n) for n in (7, 2, 1, 0)], "Projects")
    async with opened(user, dovecot.port, tmp_path, online=False) as mail:
        await mail.flag([rows["letter 2"]], add=Flag.FLAGGED)
    async with opened(user, dovecot.port, tmp_path) as mail:
        await until(mail, lambda: mail.pending_count() == 0 and mail.count(projects.id) == 4)
        again = {row.subject: row.id for row in mail.page(projects.id, 0, 9)}
        assert {s: again[s] for s in rows} == rows
        cached = mail.summary(rows["letter 1"])
        assert cached is not None and cached.cached
    assert contents(dovecot, user, "Projects")["letter 2"] == {"\\Flagged"}


async def test_a_text_read_once_is_there_without_a_line_and_another_is_explained(
    dovecot: Dovecot, tmp_path: Path
) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [letter(1, "read me"), letter(2, "not yet")])
    async with opened(user, dovecot.port, tmp_path) as mail:
        await until(mail, lambda: mail.folders() and len(subjects(mail, Role.INBOX)) == 2)
        await mail.message(id_of(mail, Role.INBOX, "letter 1"))
    async with opened(user, 1, tmp_path) as mail:
        message = await mail.message(id_of(mail, Role.INBOX, "letter 1"))
        assert any("read me 1" in block.text for block in message.document.blocks)
        with pytest.raises(Offline):
            await mail.message(id_of(mail, Role.INBOX, "letter 2"))


async def test_of_a_big_message_only_the_text_travels(dovecot: Dovecot, tmp_path: Path) -> None:
    user = dovecot.user()
    big = (
        b"From: a@example.org\r\nSubject: big\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
        b"--x\r\nContent-Type: text/plain\r\n\r\nshort text\r\n--x\r\nContent-Type: application/pdf; name=plan.pdf\r\n"
        b"Content-Disposition: attachment; filename=plan.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + b"QUJD\r\n" * 200_000
        + b"--x--\r\n"
    )
    dovecot.deliver(user, [big])
    async with ChaosProxy(dovecot.host, dovecot.port) as proxy, opened(user, proxy.port, tmp_path) as mail:
        await until(mail, lambda: mail.folders() and subjects(mail, Role.INBOX))
        message = await mail.message(id_of(mail, Role.INBOX, "big"))
        assert [a.name for a in message.attachments] == ["plan.pdf"]
        assert any("short text" in block.text for block in message.document.blocks)
        assert proxy.down < 100_000
        assert (await mail.raw(message.id)).count(b"QUJD") == 200_000


async def test_a_second_tuimail_on_the_same_data_looks_only(dovecot: Dovecot, tmp_path: Path) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [letter(1)])
    async with opened(user, dovecot.port, tmp_path) as mail:
        await until(mail, lambda: mail.folders() and subjects(mail, Role.INBOX))
        async with Mail(tmp_path, [account(user, dovecot.port)], password) as second:
            assert "Another tuimail" in second.read_only
            assert subjects(second, Role.INBOX) == ["letter 1"]
