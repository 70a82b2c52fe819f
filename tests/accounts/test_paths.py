"""Where things live, and that they are private from birth."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tuimail.accounts.paths import Paths, find_paths, private_directory, replace_privately


def test_the_users_own_places_are_used_unless_others_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "c"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "d"))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert find_paths() == Paths(tmp_path / "c/tuimail/config.toml", tmp_path / "d/tuimail")
    assert find_paths("~/my.toml", "/data") == Paths(tmp_path / "my.toml", Path("/data"))
    assert find_paths().log == tmp_path / "d/tuimail/tuimail.log"


def test_a_new_directory_is_private_and_an_old_one_keeps_its_mode(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o755)  # whatever the umask is
    assert stat.S_IMODE(private_directory(shared / "mine").stat().st_mode) == 0o700
    assert stat.S_IMODE(private_directory(shared).stat().st_mode) == 0o755


def test_a_write_that_fails_leaves_the_old_text_and_no_litter(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        replace_privately(path, "\ud800")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
