"""A file of a stranger's name: a new one, in the folder, for the user alone."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tuimail.store import parts, saving
from tuimail.store.parts import Kept, Origin, PartFile


def source(folder: Path, data: bytes) -> Path:
    path = folder / f"source-{len(data)}"
    path.write_bytes(data)
    return path


def test_a_second_save_does_not_overwrite(tmp_path: Path) -> None:
    out = tmp_path / "out"
    first, second = (saving.save(source(tmp_path, data), out, "a.tar") for data in (b"1", b"22"))
    assert (first.read_bytes(), second.read_bytes(), second.name) == (b"1", b"22", "a (2).tar")
    assert stat.S_IMODE(first.stat().st_mode) == 0o600


def test_a_link_lying_in_wait_is_not_followed(tmp_path: Path) -> None:
    out, target = tmp_path / "out", tmp_path / "precious"
    out.mkdir()
    (out / "a.eml").symlink_to(target)
    assert saving.save(source(tmp_path, b"x"), out, "a.eml").name == "a (2).eml"
    assert not target.exists()


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "/etc/x", "a/b", "a\0b"])
def test_what_is_no_file_name_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not a file name"):
        saving.create(tmp_path, name)


def test_half_a_file_is_taken_away_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfileobj", full)
    with pytest.raises(OSError, match="No space"):
        saving.save(source(tmp_path, b"x"), tmp_path / "out", "a")
    assert os.listdir(tmp_path / "out") == []


ORIGIN = Origin(7, 1, "2", 100)


def begun(folder: Path) -> PartFile:
    part = PartFile(folder, 5, "2")
    file, kept = part.resume(ORIGIN)
    assert kept == Kept(ORIGIN)
    with file:
        file.write(b"abcdef")
    part.note(Kept(ORIGIN, 8, 6, "41"))
    return part


@pytest.mark.parametrize("other", [Origin(8, 1, "2", 100), Origin(7, 2, "2", 100), Origin(7, 1, "2", 101)])
def test_only_the_same_part_of_the_same_message_is_gone_on_with(other: Origin, tmp_path: Path) -> None:
    file, kept = begun(tmp_path).resume(ORIGIN)
    file.close()
    assert (kept.offset, kept.length, kept.carry) == (8, 6, "41")
    file, kept = PartFile(tmp_path, 5, "2").resume(other)
    file.close()
    assert kept.offset == 0 and PartFile(tmp_path, 5, "2").path.stat().st_size == 0


@pytest.mark.parametrize("note", [b"", b"{", b"[]", b'{"origin": null, "offset": 3, "length": 99}', b'{"x": 1}'])
def test_a_note_that_does_not_fit_its_file_is_no_note(note: bytes, tmp_path: Path) -> None:
    part = begun(tmp_path)
    (tmp_path / "5-2.note").write_bytes(note)
    assert part.kept() == Kept()


def test_parts_of_messages_that_are_gone_and_the_oldest_over_the_budget_are_dropped(tmp_path: Path) -> None:
    for number, message_id in enumerate((1, 2, 3)):
        part = PartFile(tmp_path, message_id, "2")
        part.put(bytes(1000))
        os.utime(part.path, (number, number))
        os.utime(tmp_path / f"{message_id}-2.note", (number, number))
    assert parts.ids(tmp_path) == {1, 2, 3}
    parts.trim(tmp_path, {2, 3}, 1500)
    assert sorted(os.listdir(tmp_path)) == ["3-2", "3-2.note"]
    assert not PartFile(tmp_path, 2, "2").kept().whole and PartFile(tmp_path, 3, "2").kept().whole


def test_what_was_opened_yesterday_goes(tmp_path: Path) -> None:
    old, new = parts.own_directory(tmp_path), parts.own_directory(tmp_path)
    (old / "x").write_bytes(b"x")
    os.utime(old, (1, 1))
    parts.trim(tmp_path, set())
    assert os.listdir(tmp_path) == [new.name]
