"""Attachments against a real server: in windows, given up and gone on with, whatever happens to line and folder."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import random
import re
import sqlite3
import stat
import threading
from pathlib import Path

import pytest

from tests.fakes.chaos import ChaosProxy
from tests.servers.dovecot import Dovecot
from tests.sync.house import id_of, letter, opened, subjects, until
from tuimail.errors import Offline, StoreError, TuimailError
from tuimail.mail import Mail
from tuimail.model import Attachment, Role
from tuimail.store import bodies

NOISE = random.Random(7).randbytes(3_000_000)
"""More than a slice once it is encoded."""


def parcel(data: bytes = NOISE, name: str = "mill.bin", more: str = "") -> bytes:
    """A message with a text and an attachment."""
    return (
        b"From: Ada <ada@example.org>\r\nSubject: parcel\r\nMessage-ID: <parcel@example.org>\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nsee below\r\n'
        b'--b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename="'
        + name.encode()
        + b'"\r\nContent-Transfer-Encoding: base64\r\n'
        + more.encode()
        + b"\r\n"
        + base64.encodebytes(data).replace(b"\n", b"\r\n")
        + b"--b--\r\n"
    )


async def arrived(mail: Mail, subject: str = "parcel") -> tuple[int, Attachment]:
    """(row, attachment) of the message, once its text is here."""
    await until(mail, lambda: mail.folders() and subject in subjects(mail, Role.INBOX))
    row = id_of(mail, Role.INBOX, subject)
    return row, (await mail.message(row)).attachments[0]


async def test_a_large_attachment_is_saved_as_it_was_sent(dovecot: Dovecot, tmp_path: Path) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [parcel()])
    told: list[tuple[int, int]] = []
    async with opened(user, dovecot.port, tmp_path / "data") as mail:
        row, attachment = await arrived(mail)
        path = await mail.attached.save(row, attachment, tmp_path / "out", lambda now, all_: told.append((now, all_)))
        assert path.read_bytes() == NOISE
        assert (path.name, stat.S_IMODE(path.stat().st_mode)) == ("mill.bin", 0o600)
        assert abs(attachment.size - len(NOISE)) < 200, "the list shows the size it will have"
        assert [now for now, _ in told] == sorted({now for now, _ in told}) and len(told) == 16
        assert {now <= total for now, total in told} == {True} and told[-1][0] == told[-1][1]
        again = await mail.attached.save(row, attachment, tmp_path / "out")
        assert (again.name, again.read_bytes()) == ("mill (2).bin", NOISE)


async def test_reading_costs_little_before_and_during_a_download(dovecot: Dovecot, tmp_path: Path) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [parcel(), letter(1)])
    async with ChaosProxy(dovecot.host, dovecot.port) as proxy, opened(user, proxy.port, tmp_path) as mail:
        row, attachment = await arrived(mail)
        assert proxy.down < 100_000, "the text is here, the attachment is not"
        proxy.chunk, proxy.pause = 65_536, 0.004
        ended: list[str] = []
        download = asyncio.create_task(mail.attached.save(row, attachment, tmp_path))
        download.add_done_callback(lambda _: ended.append("parcel"))
        await proxy.until_down(1_000_000)
        proxy.pause = 0.1  # what is left takes seconds: the letter may not wait for more than what was asked for
        assert "text 1" in (await mail.message(id_of(mail, Role.INBOX, "letter 1"))).document.blocks[0].text
        ended.append("letter")
        proxy.pause = 0.0
        await download
        assert ended == ["letter", "parcel"]


async def test_giving_up_costs_no_more_than_a_window_and_the_rest_comes_later(dovecot: Dovecot, tmp_path: Path) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [parcel()])
    async with ChaosProxy(dovecot.host, dovecot.port) as proxy, opened(user, proxy.port, tmp_path / "data") as mail:
        row, attachment = await arrived(mail)
        some = asyncio.Event()
        kept: list[int] = []

        def progress(now: int, _: int) -> None:
            kept.append(now)
            if now >= 1_500_000:
                some.set()

        download = asyncio.create_task(mail.attached.save(row, attachment, tmp_path / "out", progress))
        await some.wait()
        download.cancel()
        with pytest.raises(asyncio.CancelledError):
            await download
        await mail.message(row)
        await asyncio.sleep(0.05)
        first = proxy.down
        assert first < 1_500_000 + 4 * 262_144
        assert not (tmp_path / "out").exists(), "half a file is never shown to the user"
        path = await mail.attached.save(row, attachment, tmp_path / "out", lambda now, _: kept.append(now))
        assert path.read_bytes() == NOISE
        assert proxy.down < 4_200_000 + 2 * 262_144 + 100_000, "what came first did not come again"


async def test_a_line_lost_in_the_middle_is_told_and_gone_on_with(dovecot: Dovecot, tmp_path: Path) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [parcel()])
    async with ChaosProxy(dovecot.host, dovecot.port) as proxy, opened(user, proxy.port, tmp_path / "data") as mail:
        row, attachment = await arrived(mail)
        proxy.cut_down = 1_000_000
        with pytest.raises(Offline, match="What came is kept"):
            await mail.attached.save(row, attachment, tmp_path / "out")
        proxy.cut_down = None
    seen: list[int] = []
    async with opened(user, dovecot.port, tmp_path / "data") as mail:
        row, attachment = await arrived(mail)
        path = await mail.attached.save(row, attachment, tmp_path / "out", lambda now, _: seen.append(now))
        assert path.read_bytes() == NOISE
        assert seen[0] > 2 * 262_144, "another run went on where the first was cut"


async def test_pieces_of_two_epochs_never_make_one_file(dovecot: Dovecot, tmp_path: Path) -> None:
    user = dovecot.user()
    other = bytes(reversed(NOISE))
    dovecot.deliver(user, [parcel()], "Projects")
    async with ChaosProxy(dovecot.host, dovecot.port) as proxy, opened(user, proxy.port, tmp_path / "data") as mail:
        await until(mail, lambda: any(f.name == "Projects" and f.total for f in mail.folders()))
        projects = next(f for f in mail.folders() if f.name == "Projects")
        row = mail.page(projects.id, 0, 1)[0].id
        attachment = (await mail.message(row)).attachments[0]
        proxy.cut_down = 1_000_000
        with pytest.raises(Offline):
            await mail.attached.save(row, attachment, tmp_path / "out")
    with dovecot.client(user) as client:
        client.delete("Projects")
    dovecot.deliver(user, [parcel(other)], "Projects")  # the same UID, Message-ID and size
    async with opened(user, dovecot.port, tmp_path / "data") as mail:
        await until(mail, lambda: any(f.name == "Projects" and f.total for f in mail.folders()))
        found: list[bytes] = []
        async with asyncio.timeout(20):
            while not found:  # until the sync has noticed, the old number is refused and nothing is written
                with contextlib.suppress(TuimailError, IndexError):
                    path = await mail.attached.save(mail.page(projects.id, 0, 1)[0].id, attachment, tmp_path / "out")
                    found.append(path.read_bytes())
                await asyncio.sleep(0.05)
        assert found == [other]


async def test_what_was_saved_once_works_without_a_line_and_the_rest_says_why_not(
    dovecot: Dovecot, tmp_path: Path
) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [parcel(b"small", "small.bin").replace(b"parcel", b"tiny"), parcel()])
    async with opened(user, dovecot.port, tmp_path / "data") as mail:
        tiny, small = await arrived(mail, "tiny")
        row, attachment = await arrived(mail)
    async with opened(user, dovecot.port, tmp_path / "data", online=False) as mail:
        assert (await mail.attached.save(tiny, small, tmp_path)).read_bytes() == b"small"
        with pytest.raises(Offline, match="attachment has not been fetched"):
            await mail.attached.save(row, attachment, tmp_path)
        assert not (tmp_path / attachment.name).exists()
    async with opened(user, dovecot.port, tmp_path / "data") as mail:
        await mail.attached.save(row, attachment, tmp_path)
    async with opened(user, dovecot.port, tmp_path / "data", online=False) as mail:
        assert (await mail.attached.save(row, attachment, tmp_path)).name == "mill (2).bin"


async def test_a_full_disk_is_a_sentence_and_the_line_stays(dovecot: Dovecot, tmp_path: Path) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [parcel()])
    async with ChaosProxy(dovecot.host, dovecot.port) as proxy, opened(user, proxy.port, tmp_path / "data") as mail:
        row, attachment = await arrived(mail)
        (tmp_path / "data" / "parts").write_text("a file where the directory should be")
        with pytest.raises(StoreError, match="cannot be kept"):
            await mail.attached.save(row, attachment, tmp_path)
        before = proxy.connections
        (tmp_path / "data" / "parts").unlink()
        assert (await mail.attached.save(row, attachment, tmp_path)).read_bytes() == NOISE
        assert proxy.connections == before


async def test_the_beginning_is_enough_to_look_at_a_large_text(dovecot: Dovecot, tmp_path: Path) -> None:
    user = dovecot.user()
    table = b"name,octets\n" + b"".join(b"row %d,%d\n" % (n, n) for n in range(200_000))
    dovecot.deliver(user, [parcel(table, "rows.csv")])
    async with ChaosProxy(dovecot.host, dovecot.port) as proxy, opened(user, proxy.port, tmp_path / "data") as mail:
        row, attachment = await arrived(mail)
        document = await mail.attached.preview(row, attachment)
        assert document.blocks[0].text.startswith("name      octets\nrow 0          0\n")
        assert proxy.down < 1_300_000 < len(table) * 4 // 3
        assert (await mail.attached.kind(row, attachment)).warning == ""


async def test_the_message_as_sent_is_saved_at_any_size(dovecot: Dovecot, tmp_path: Path) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [parcel()])
    async with opened(user, dovecot.port, tmp_path / "data") as mail:
        row, _ = await arrived(mail)
        path = await mail.attached.save_message(row, "a/b: parcel", tmp_path)
        assert (path.name, path.read_bytes()) == ("a b parcel.eml", parcel())


async def test_a_message_inside_a_message_is_saved_as_a_message(dovecot: Dovecot, tmp_path: Path) -> None:
    inner = b"Subject: inner\r\n\r\n" + b"line\r\n" * 70_000
    outer = (
        b'Subject: outer\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\nhi\r\n--b\r\n'
        b"Content-Type: message/rfc822\r\n\r\n" + inner + b"\r\n--b--\r\n"
    )
    user = dovecot.user()
    dovecot.deliver(user, [outer, outer.replace(b"70", b"7").replace(b"Subject: outer", b"Subject: short")])
    async with opened(user, dovecot.port, tmp_path / "data") as mail:
        row, attachment = await arrived(mail, "outer")
        path = await mail.attached.save(row, attachment, tmp_path)
        assert (path.suffix, path.read_bytes()) == (".eml", inner)


NAMES = {
    "../../.bashrc": "_bashrc",
    "..": "part-2.bin",
    "CON.txt": "_CON.txt",
    "-rf --help": "_rf --help",
    "annexe\u202efdp.exe": "annexe\N{SYMBOL FOR SUBSTITUTE FORM TWO}fdp.exe",
    "a\x01b.txt": "a\N{REPLACEMENT CHARACTER}b.txt",
    "C:\\temp\\x.txt": "x.txt",
}


@pytest.mark.parametrize("sent", [*NAMES, "x" * 4000 + ".pdf", "/etc/passwd", "a/../../b"])
async def test_no_name_leaves_the_directory(sent: str, dovecot: Dovecot, tmp_path: Path) -> None:
    user = dovecot.user()
    coded = f"=?utf-8?B?{base64.b64encode(sent.encode()).decode()}?="
    dovecot.deliver(user, [parcel(b"x", coded)])
    out = tmp_path / "out"
    async with opened(user, dovecot.port, tmp_path / "data") as mail:
        row, attachment = await arrived(mail)
        path = await mail.attached.save(row, attachment, out)
        copy = await mail.attached.copy(row, attachment)
    assert path.parent == out and os.listdir(out) == [attachment.name]
    assert path.name == NAMES.get(sent, path.name)
    assert not re.search(r"[/\x00-\x1f\u202e]", path.name) and len(path.name.encode()) < 230
    assert copy.name == path.name and copy.is_relative_to(tmp_path / "data" / "parts")
    assert set(os.listdir(tmp_path)) == {"out", "data"}


async def test_a_kept_message_of_any_size_is_not_read_on_the_event_loop(
    dovecot: Dovecot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [parcel()])
    readers: list[threading.Thread] = []
    get_body = bodies.get_body

    def watched(db: sqlite3.Connection, message_id: int) -> dict[str, bytes]:
        readers.append(threading.current_thread())
        return get_body(db, message_id)

    async with opened(user, dovecot.port, tmp_path) as mail:
        row, _ = await arrived(mail)
        await mail.raw(row)
    monkeypatch.setattr(bodies, "get_body", watched)
    async with opened(user, dovecot.port, tmp_path, online=False) as mail:
        assert len(await mail.raw(row)) > 4_000_000
        await mail.message(row)
    assert readers and threading.main_thread() not in readers


async def test_from_the_panel_to_the_folder(dovecot: Dovecot, tmp_path: Path) -> None:
    from textual.widgets import Static

    from tuimail.app import TuiMail
    from tuimail.screens.settings import Settings

    user = dovecot.user()
    dovecot.deliver(user, [parcel()])
    async with opened(user, dovecot.port, tmp_path / "data") as mail:
        await arrived(mail)
        app = TuiMail(mail, Settings(save_directory=tmp_path / "out"))
        async with app.run_test(size=(100, 30)) as pilot, asyncio.timeout(20):
            await pilot.press("A", "S")
            while "Saved as" not in str(app.screen.query_one("#attachments-said", Static).content):
                await pilot.pause(0.02)
    assert (tmp_path / "out" / "mill.bin").read_bytes() == NOISE
