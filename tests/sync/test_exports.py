"""Copying a folder from a real server over a line that breaks: nothing twice, nothing half, few round trips."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.chaos import ChaosProxy
from tests.servers.dovecot import Dovecot
from tests.sync.house import folder, letter, opened, password
from tuimail.content.copies import Copy
from tuimail.errors import ConnectionLost, Offline, StoreError
from tuimail.mail import Mail
from tuimail.model import Account, Role, Security
from tuimail.sync import patience
from tuimail.sync.backups import Files, Mbox, Put
from tuimail.sync.exports import Exported

COUNT = 300
LARGE = b"Subject: large\r\nMessage-ID: <large@example.org>\r\n\r\n" + b"From me, a line\r\n" * 200_000


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "back_off", lambda failures: 0.0)


@pytest.fixture
def user(dovecot: Dovecot) -> str:
    """Small messages, and a large one in their middle."""
    user = dovecot.user()
    dovecot.deliver(user, LETTERS[: COUNT // 2])
    dovecot.deliver(user, [LARGE])
    dovecot.deliver(user, LETTERS[COUNT // 2 :])
    return user


LETTERS = [letter(number, "From here\r\n" * 100) for number in range(COUNT)]
ALL = sorted([*LETTERS, LARGE])


async def _export(mail: Mail, target: Files | Mbox) -> Exported:
    return await mail.export(folder(mail, Role.INBOX).id, target)


def _octets(directory: Path) -> list[bytes]:
    return sorted(file.read_bytes() for file in directory.iterdir())


async def test_many_messages_cost_a_few_turns_and_not_one_each(dovecot: Dovecot, user: str, tmp_path: Path) -> None:
    async with (
        ChaosProxy("127.0.0.1", dovecot.port) as proxy,
        opened(user, proxy.port, tmp_path / "data", online=False) as mail,
    ):
        await mail.sync()
        before = proxy.turns
        assert await _export(mail, Files(tmp_path / "out", maildir=False)) == Exported(added=COUNT + 1)
        assert proxy.turns - before < 40
    assert _octets(tmp_path / "out") == ALL


@pytest.mark.parametrize("kind", ["files", "mbox"])
async def test_a_line_that_breaks_again_and_again_loses_and_doubles_nothing(
    dovecot: Dovecot, user: str, tmp_path: Path, kind: str
) -> None:
    target = Files(tmp_path / "out", maildir=False) if kind == "files" else Mbox(tmp_path / "box")
    async with (
        ChaosProxy("127.0.0.1", dovecot.port) as proxy,
        opened(user, proxy.port, tmp_path / "data", online=False) as mail,
    ):
        await mail.sync()
        before = proxy.connections
        proxy.cut_down = 3_700_000  # the large one just comes through
        done = await _export(mail, target)
        assert proxy.connections - before >= 2
        assert (done.added, done.refused) == (COUNT + 1, [])
    if kind == "files":
        assert _octets(tmp_path / "out") == ALL
    else:
        assert (tmp_path / "box").read_bytes().count(b"\nSubject: ") == COUNT + 1


async def test_a_line_that_is_gone_for_good_keeps_what_came_and_the_next_export_goes_on(
    dovecot: Dovecot, user: str, tmp_path: Path
) -> None:
    async with (
        ChaosProxy("127.0.0.1", dovecot.port) as proxy,
        opened(user, proxy.port, tmp_path / "data", online=False) as mail,
    ):
        await mail.sync()
        proxy.cut_down = 1_000_000  # never enough for the large one
        with pytest.raises(Offline, match="lost 5 times"):
            await _export(mail, Files(tmp_path / "out", maildir=False))
        assert _octets(tmp_path / "out") == sorted(LETTERS)
        proxy.cut_down = None
        done = await _export(mail, Files(tmp_path / "out", maildir=False))
        assert (done.added, done.there) == (1, COUNT)
    assert _octets(tmp_path / "out") == ALL


async def test_texts_that_are_here_are_not_fetched(dovecot: Dovecot, user: str, tmp_path: Path) -> None:
    async with (
        ChaosProxy("127.0.0.1", dovecot.port) as proxy,
        opened(user, proxy.port, tmp_path / "data") as mail,
    ):
        await mail.sync()
        rows = mail.page(folder(mail, Role.INBOX).id, 0, COUNT)
        small = [row.id for row in rows if row.subject != "large"]
        for row in small[:100]:
            await mail.raw(row)
        before = proxy.down
        assert (await _export(mail, Files(tmp_path / "out", maildir=True))).added == COUNT + 1
        assert proxy.down - before < sum(map(len, LETTERS)) * 2 / 3 + len(LARGE) + 80_000
    assert _octets(tmp_path / "out" / "cur") == ALL


async def test_what_left_the_server_meanwhile_is_only_counted(dovecot: Dovecot, user: str, tmp_path: Path) -> None:
    async with opened(user, dovecot.port, tmp_path / "data", online=False) as mail:
        await mail.sync()
        with dovecot.client(user) as other:
            other.select()
            other.uid("STORE", "1:3", "+FLAGS", "\\Deleted")
            other.expunge()
        done = await _export(mail, Files(tmp_path / "out", maildir=False))
    assert (done.added, done.gone, done.refused) == (COUNT - 2, 3, [])


async def test_an_mbox_that_was_left_half_written_is_gone_on_with(dovecot: Dovecot, user: str, tmp_path: Path) -> None:
    """As after a power cut: the last message may be half there."""
    path = tmp_path / "box"
    async with opened(user, dovecot.port, tmp_path / "data", online=False) as mail:
        await mail.sync()
        await _export(mail, Mbox(path))
        whole = path.read_bytes()
        half = whole[: whole.index(b"\nSubject: letter 7\r\n".replace(b"\r", b"")) + 300]
        path.rename(path.with_name("box.part"))
        path.with_name("box.part").write_bytes(half)
        done = await _export(mail, Mbox(path))
        assert (done.added, done.there) == (COUNT + 1 - 7, 7)
    assert sorted(path.read_bytes().split(b"\nFrom ")) and len(path.read_bytes()) == len(whole)
    assert not path.with_name("box.part").exists()


class _FullDisk(Files):
    """Takes so many messages and then nothing."""

    room = 50

    @contextlib.contextmanager
    def writing(self, copy: Copy) -> Iterator[Put]:
        with super().writing(copy) as put:
            self.room -= 1
            if self.room < 0:
                raise OSError(28, os.strerror(28), "there")
            yield put


async def test_a_full_disk_is_a_sentence_and_leaves_only_whole_messages(
    dovecot: Dovecot, user: str, tmp_path: Path
) -> None:
    async with opened(user, dovecot.port, tmp_path / "data", online=False) as mail:
        await mail.sync()
        with pytest.raises(StoreError, match="No space left"):
            await _export(mail, _FullDisk(tmp_path / "out", maildir=True))
    assert len(_octets(tmp_path / "out" / "cur")) == 50
    assert list((tmp_path / "out" / "tmp").iterdir()) == []


class _Gone(Files):
    """A far target whose line breaks."""

    @contextlib.contextmanager
    def writing(self, copy: Copy) -> Iterator[Put]:
        raise ConnectionLost("The line to the target broke.")
        yield


async def test_a_target_whose_line_breaks_is_not_taken_for_the_mail_server(
    dovecot: Dovecot, user: str, tmp_path: Path
) -> None:
    async with opened(user, dovecot.port, tmp_path / "data", online=False) as mail:
        await mail.sync()
        with pytest.raises(ConnectionLost, match="to the target"):
            await _export(mail, _Gone(tmp_path / "out", maildir=False))


async def test_a_pop3_account_is_exported_the_same_way(dovecot: Dovecot, user: str, tmp_path: Path) -> None:
    pop = Account("ada@test", "127.0.0.1", dovecot.pop_port, user, Security.PLAIN, protocol="pop3")
    async with Mail(tmp_path / "data", [pop], password) as mail:
        await mail.sync()
        assert await _export(mail, Files(tmp_path / "out", maildir=False)) == Exported(added=COUNT + 1)
        assert await _export(mail, Files(tmp_path / "out", maildir=False)) == Exported(there=COUNT + 1)
    assert _octets(tmp_path / "out") == ALL
