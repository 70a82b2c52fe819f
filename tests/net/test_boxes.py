"""Mail in files: where each message begins and ends, whatever the file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tuimail.errors import NotFound
from tuimail.model import Flag, Role
from tuimail.net import boxes
from tuimail.net.boxes import Box, find_boxes, read_head, read_letter

HOSTILE = Path(__file__).parent.parent / "data" / "hostile"
FROM = b"From ada@example.org Tue Feb  3 10:11:12 2026\n"
ONE = b"Subject: one\n\nwords\n"
TWO = b"Subject: two\n\nFrom here on it is all words\n>From me\n>>From you\n"


def texts(box: Box) -> list[bytes]:
    return [read_letter(letter) for letter in box.letters]


def one_box(path: Path, octets: bytes) -> Box:
    path.write_bytes(octets)
    (box,) = find_boxes(path)
    return box


def test_an_mbox_is_cut_at_its_from_lines_and_unquoted(tmp_path: Path) -> None:
    box = one_box(tmp_path / "old.mbox", FROM + ONE + b"\n" + FROM + TWO + b"\n")
    assert (box.name, box.role) == ("old.mbox", Role.INBOX)
    assert texts(box) == [ONE, b"Subject: two\n\nFrom here on it is all words\nFrom me\n>From you\n"]
    assert [letter.received for letter in box.letters] == [1_770_113_472] * 2
    assert [letter.flags for letter in box.letters] == [Flag.SEEN] * 2


def test_line_ends_of_windows_are_kept(tmp_path: Path) -> None:
    crlf = (FROM + ONE + b"\n" + FROM + ONE + b"\n").replace(b"\n", b"\r\n")
    assert texts(one_box(tmp_path / "m", crlf)) == [ONE.replace(b"\n", b"\r\n")] * 2


@pytest.mark.parametrize(
    "line",
    [
        b"From - Tue Feb 03 10:11:12 2026",
        b"From ada at example.org  Tue Feb  3 10:11:12 2026",
        b"From ada@example.org Tue Feb  3 10:11:12 +0100 2026",
        b"From ada@example.org Tue, 3 Feb 2026 10:11:12 +0100",
        b'From "a b"@example.org Tue Feb  3 10:11 2026',
    ],
)
def test_from_lines_of_every_writer_are_known(tmp_path: Path, line: bytes) -> None:
    assert len(one_box(tmp_path / "m", (line + b"\n" + ONE + b"\n") * 2).letters) == 2


@pytest.mark.parametrize("line", [b"From here on\n", b"From: me\n", b"From Monday on it rains\n"])
def test_a_sentence_that_begins_with_from_begins_no_message(tmp_path: Path, line: bytes) -> None:
    assert len(one_box(tmp_path / "m", FROM + ONE + b"\n" + line + b"\n").letters) == 1


@pytest.mark.parametrize("size", [1, 2, 7, 40, 44, 45, 46, 64, 1000])
def test_wherever_a_chunk_ends_the_messages_are_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(boxes, "CHUNK", size)
    octets = (FROM + ONE + b"\n") * 3 + FROM + TWO + b"\n" + FROM + b"Subject: empty\n\n"
    assert len(one_box(tmp_path / "m", octets).letters) == 5
    assert texts(one_box(tmp_path / "m", octets))[:3] == [ONE] * 3


def test_the_samples_lose_no_message() -> None:
    for name, count in (("h431.bin", 400), ("h915.bin", 4)):
        (box,) = find_boxes(HOSTILE / name)
        assert len(box.letters) == count
        assert all(read_head(letter) for letter in box.letters)


def test_a_file_without_from_line_is_one_message(tmp_path: Path) -> None:
    box = one_box(tmp_path / "a.eml", ONE + FROM + b">From me\n")
    assert texts(box) == [ONE + FROM + b">From me\n"]
    assert read_head(box.letters[0]) == b"Subject: one\n\n"


def test_a_header_is_read_to_its_end_and_no_further_than_its_limit(tmp_path: Path) -> None:
    long = b"X: " + b"y" * 20_000 + b"\nSubject: s\n\nbody"
    assert read_head(one_box(tmp_path / "a.eml", long).letters[0]) == long[:-4]
    endless = b"X: " + b"y" * 300_000
    assert len(read_head(one_box(tmp_path / "b.eml", endless).letters[0])) == boxes.LONGEST_HEAD


def test_a_changed_mbox_is_not_read_in_the_wrong_place(tmp_path: Path) -> None:
    path = tmp_path / "m"
    box = one_box(path, (FROM + ONE + b"\n") * 3)
    path.write_bytes(b"X" + path.read_bytes())
    with pytest.raises(NotFound, match="changed"):
        read_letter(box.letters[2])
    path.unlink()
    with pytest.raises(NotFound, match="cannot be read"):
        read_letter(box.letters[0])


def a_maildir(path: Path) -> Path:
    for directory in ("cur", "new", "tmp", ".Sent/cur", ".Lists.Python/new", ".Lists.Python/cur"):
        (path / directory).mkdir(parents=True)
    (path / "cur" / "1.a.host:2,FRS").write_bytes(ONE)
    (path / "new" / "2.b.host").write_bytes(TWO)
    (path / "tmp" / "3.c.host").write_bytes(b"half")
    (path / ".Sent" / "cur" / "4.d.host:2,S").write_bytes(ONE)
    os.utime(path / "cur" / "1.a.host:2,FRS", (1_000_000_000, 1_000_000_000))
    return path


def test_a_maildir_tells_flags_arrival_and_folders(tmp_path: Path) -> None:
    found = find_boxes(a_maildir(tmp_path))
    assert [(box.name, box.role, len(box.letters)) for box in found] == [
        ("INBOX", Role.INBOX, 2),
        ("Lists/Python", Role.NONE, 0),
        ("Sent", Role.SENT, 1),
    ]
    first, second = found[0].letters
    assert (first.flags, first.received) == (Flag.SEEN | Flag.ANSWERED | Flag.FLAGGED, 1_000_000_000)
    assert second.flags == Flag.NONE
    assert read_letter(second) == TWO


def test_a_message_that_another_program_renamed_is_found(tmp_path: Path) -> None:
    (_, second) = find_boxes(a_maildir(tmp_path))[0].letters
    (tmp_path / "new" / "2.b.host").rename(tmp_path / "cur" / "2.b.host:2,S")
    assert read_letter(second) == TWO


def test_each_directory_with_eml_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "2025" / "spring").mkdir(parents=True)
    for name in ("b.eml", "a.EML", "2025/spring/c.eml", "notes.txt"):
        (tmp_path / name).write_bytes(ONE)
    assert [(box.name, len(box.letters)) for box in find_boxes(tmp_path)] == [(tmp_path.name, 2), ("2025/spring", 1)]


def test_links_out_of_the_directory_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "mail").mkdir()
    (tmp_path / "secret").write_bytes(ONE)
    (tmp_path / "mail" / "a.eml").write_bytes(ONE)
    (tmp_path / "mail" / "b.eml").symlink_to(tmp_path / "secret")
    (tmp_path / "mail" / "loop").symlink_to(tmp_path / "mail")
    assert [len(box.letters) for box in find_boxes(tmp_path / "mail")] == [1]


def test_where_there_is_no_mail_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    for path in (tmp_path, tmp_path / "empty", tmp_path / "missing"):
        with pytest.raises(NotFound):
            find_boxes(path)
