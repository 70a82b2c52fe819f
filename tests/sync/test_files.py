"""Mail in files behind the Remote contract, and through the one door."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.net.test_boxes import FROM, ONE, a_maildir
from tuimail.changes import Line
from tuimail.errors import NotFound, ReadOnly, ServerRefused
from tuimail.mail import FILES, Mail
from tuimail.model import Account, Flag
from tuimail.sync import files
from tuimail.sync.files import FilesRemote, Shelf

PARTS = (
    b"From: Ada <ada@example.org>\nSubject: parts\nContent-Type: multipart/mixed; boundary=B\n\n--B\n\nwords\n--B\n"
    b"Content-Type: application/pdf\nContent-ID: <1@x>\nContent-Disposition: attachment; filename=a.pdf\n\n"
    b"%PDF\n--B--\n"
)


async def remote(path: Path, octets: bytes) -> FilesRemote:
    await asyncio.to_thread(path.write_bytes, octets)
    return await Shelf(path).connect()


async def test_heads_come_newest_window_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "WINDOW", 2)
    box = await remote(tmp_path / "m", (FROM + ONE + b"\n") * 5)
    state = await box.look(b"m")
    assert (state.exists, state.uidnext, state.read_only) == (5, 6, True)
    assert await box.uids(b"m") == [(1, 5)]
    assert [[head.uid for head in window] async for window in box.heads(b"m", [(1, 5)])] == [[4, 5], [2, 3], [1]]
    newest = await box.newest(b"m", 2)
    assert [(head.uid, head.received, head.block) for head in newest] == [
        (uid, 1_770_113_472, b"Subject: one\n\n") for uid in (4, 5)
    ]


async def test_parts_are_told_and_read_as_a_server_would(tmp_path: Path) -> None:
    box = await remote(tmp_path / "a.eml", PARTS)
    structure = await box.structure(b"a.eml", 1)
    text, pdf = structure.parts
    assert (structure.type, text.section, text.type) == ("multipart/mixed", "1", "text/plain")
    assert (pdf.section, pdf.filename, pdf.disposition, pdf.content_id) == ("2", "a.pdf", "attachment", "1@x")
    assert await box.section(b"a.eml", 1, "2") == b"%PDF"
    assert await box.section(b"a.eml", 1, "") == PARTS
    assert (await box.section(b"a.eml", 1, "HEADER")).endswith(b"boundary=B\n\n")
    with pytest.raises(NotFound):
        await box.section(b"a.eml", 1, "3")
    for uid in (0, 2):
        with pytest.raises(NotFound):
            await box.section(b"a.eml", uid, "")


async def test_a_large_part_comes_in_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "OCTETS", 10)
    box = await remote(tmp_path / "a.eml", b"Subject: x\n\n" + b"0123456789" * 2)
    windows = [w async for w in box.windows(b"a.eml", 1, "1", 5, size=None, uidvalidity=None)]
    assert windows == [b"5678901234", b"56789"]
    assert [w async for w in box.windows(b"a.eml", 1, "1", 0, size=None, uidvalidity=None)][-1] == b""


async def test_marks_last_as_long_as_the_session_and_files_stay_as_they_are(tmp_path: Path) -> None:
    path = a_maildir(tmp_path)
    before = sorted(str(file) for file in path.rglob("*"))
    shelf = Shelf(path)
    box = await shelf.connect()
    known = (await box.look(b"INBOX")).highestmodseq
    await box.store(b"INBOX", [(2, 2)], Flag.SEEN, Flag.NONE)
    again = await shelf.connect()
    changed = [state async for states in again.flags(b"INBOX", [(1, 2)], known) for state in states]
    assert [(state.uid, state.flags) for state in changed] == [(2, Flag.SEEN)]
    assert (await again.newest(b"INBOX", 1))[0].flags == Flag.SEEN
    assert sorted(str(file) for file in path.rglob("*")) == before


async def test_what_would_change_a_file_is_refused(tmp_path: Path) -> None:
    box = await remote(tmp_path / "a.eml", PARTS)
    for deed in (box.move(b"a.eml", [(1, 1)], b"b"), box.remove(b"a.eml", [(1, 1)]), box.create(b"b")):
        with pytest.raises(ServerRefused, match="only read"):
            await deed


async def nobody(_: Account) -> str:
    raise AssertionError("files need no password")


async def test_files_are_listed_and_read_through_the_one_door_and_deeds_refused(tmp_path: Path) -> None:
    path = a_maildir(tmp_path / "mail")
    (path / "cur" / "5.e.host:2,").write_bytes(PARTS)
    account = Account("mail", str(path), 0, "", protocol=FILES)
    (tmp_path / "data").mkdir()
    async with asyncio.timeout(20), Mail(tmp_path / "data", (account,), nobody) as mail:
        listed = asyncio.Event()
        mail.subscribe(lambda _: listed.set())
        mail.start()
        while not (mail.states()[0].line is Line.ONLINE and mail.folders() and mail.folders()[0].total == 3):
            listed.clear()
            await listed.wait()
        inbox = mail.folders()[0]
        assert [folder.name for folder in mail.folders()] == ["INBOX", "Lists/Python", "Sent"]
        (row,) = [row for row in mail.page(inbox.id, 0, 9) if row.subject == "parts"]
        message = await mail.message(row.id)
        assert message.document.blocks[0].text == "words"
        assert [attachment.name for attachment in message.attachments] == ["a.pdf"]
        assert await mail.raw(row.id) == PARTS
        for deed in (
            mail.trash([row.id]),
            mail.archive([row.id]),
            mail.move([row.id], mail.folders()[1].id),
            mail.flag([row.id], add=Flag.FLAGGED),
            mail.create_folder(inbox.account_id, "New"),
        ):
            with pytest.raises(ReadOnly, match="only read"):
                await deed
        assert mail.history() == []
        await mail.flag([row.id], add=Flag.SEEN, remember=False)
        while mail.pending_count():
            listed.clear()
            await listed.wait()
        seen = mail.summary(row.id)
        assert seen is not None
        assert Flag.SEEN in seen.flags
