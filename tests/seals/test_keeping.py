"""What gpg opened is on the screen and nowhere else: not in the store, not in a file, not in what is made ready."""

from __future__ import annotations

import base64
import logging
from pathlib import Path

import pytest

from tests.servers.gnupg import ADA, Gpg, as_part, encrypted, letter, multipart, signed
from tests.sync.house import until
from tuimail.mail import FILES, Mail
from tuimail.model import Account

SECRET = "the relay opens at nine"
SECRET_BASE64 = base64.b64encode(f"{SECRET},2\na,3\n".encode()).decode()
WORDS = f"Content-Type: text/plain\r\n\r\n{SECRET}\r\n".encode()


async def nobody(_: Account) -> str:
    raise AssertionError


async def opened(mail: Mail, decrypt: bool) -> tuple[str, int]:
    """The newest message after gpg has looked at it: its words, its id."""
    mail.start()
    await until(mail, lambda: any(folder.total for folder in mail.folders()))
    folder = next(folder for folder in mail.folders() if folder.total)
    (row,) = mail.page(folder.id, 0, 10)
    await mail.message(row.id)
    message = await mail.looked_into(row.id, decrypt=decrypt)
    return "\n".join(block.text for block in message.document.blocks), row.id


def contents(directory: Path) -> dict[Path, bytes]:
    """Every file below."""
    return {path: path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def mbox(path: Path, raw: bytes) -> Account:
    (path.parent / "data").mkdir()
    path.write_bytes(b"From ada@example.org Mon Jan  1 10:00:00 2024\n" + raw.replace(b"\r\n", b"\n") + b"\n")
    return Account("mail", str(path), 0, "", protocol=FILES)


async def test_decrypted_text_is_written_nowhere(gpg: Gpg, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    account = mbox(tmp_path / "box.mbox", letter(*encrypted(gpg, WORDS, ADA, "--sign", "--local-user", f"={ADA}")))
    async with Mail(tmp_path / "data", [account], nobody) as mail:
        words, message_id = await opened(mail, decrypt=True)
        assert SECRET in words
        again = mail.ready(message_id)
        assert again is not None and [seal.word for seal in again.document.seals] == ["closed"]
        assert SECRET not in repr(await mail.message(message_id))
    files = contents(tmp_path)
    assert any(b"BEGIN PGP MESSAGE" in data for data in files.values())
    assert [path for path, data in files.items() if SECRET.encode() in data] == []
    assert SECRET not in caplog.text


async def test_an_attachment_inside_is_seen_without_a_file_and_saved_where_it_is_wanted(
    gpg: Gpg, tmp_path: Path
) -> None:
    table = f"Content-Type: text/csv; name=plan.csv\r\nContent-Transfer-Encoding: base64\r\n\r\n{SECRET_BASE64}"
    part = as_part(
        'multipart/mixed; boundary="i"', multipart("i", b"Content-Type: text/plain\r\n\r\nhere", table.encode())
    )
    account = mbox(tmp_path / "box.mbox", letter(*encrypted(gpg, part)))
    async with Mail(tmp_path / "data", [account], nobody) as mail:
        _, message_id = await opened(mail, decrypt=True)
        message = await mail.looked_into(message_id, decrypt=True)
        (plan,) = message.attachments
        seen = await mail.attached.preview(message_id, plan)
        assert SECRET in repr(seen)
        assert await mail.attached.beginning(message_id, plan, 5) == (SECRET[:5].encode(), False)
        assert (await mail.attached.read(message_id, plan)).startswith(SECRET.encode())
        assert (await mail.attached.kind(message_id, plan)).words
        assert [path for path, data in contents(tmp_path).items() if SECRET.encode() in data] == []
        saved = await mail.attached.save(message_id, plan, tmp_path / "out")
    assert saved.name == "plan.csv"
    assert [path for path, data in contents(tmp_path).items() if SECRET.encode() in data] == [saved]


async def test_a_verified_signature_is_remembered_while_the_program_runs(gpg: Gpg, tmp_path: Path) -> None:
    account = mbox(tmp_path / "box.mbox", letter(*signed(gpg, WORDS)))
    async with Mail(tmp_path / "data", [account], nobody) as mail:
        _, message_id = await opened(mail, decrypt=False)
        ready = mail.ready(message_id)
        assert ready is not None and [seal.word for seal in ready.document.seals] == ["good"]
