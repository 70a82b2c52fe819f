"""A file name made of a stranger's subject."""

from __future__ import annotations

from pathlib import Path

import pytest

from tuimail.screens.save import safe_name, write_new


@pytest.mark.parametrize(
    ("subject", "name"),
    [
        ("../../etc/passwd", "etc passwd"),
        ("Re: a/b\\c:d", "Re a b c d"),
        ("..", "message"),
        ("", "message"),
        (".bashrc", "bashrc"),
        ("-rf *", "rf"),
        ("a\x00b\x1b[2J\u202ec\nd", "a b 2J c d"),
        ("来週の打ち合わせ", "来週の打ち合わせ"),
        ("controle\u0301", "controlé"),
    ],
)
def test_no_subject_leaves_the_folder(subject: str, name: str) -> None:
    assert safe_name(subject) == name


def test_a_long_subject_fits_any_file_system() -> None:
    assert len((safe_name("山" * 5000) + " (999).eml").encode()) < 255


def test_a_second_save_does_not_overwrite(tmp_path: Path) -> None:
    first, second = (write_new(tmp_path, "a", ".eml", data) for data in (b"1", b"2"))
    assert (first.read_bytes(), second.read_bytes(), second.name) == (b"1", b"2", "a (2).eml")


def test_a_link_lying_in_wait_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "precious"
    (tmp_path / "a.eml").symlink_to(target)
    assert write_new(tmp_path, "a", ".eml", b"x").name == "a (2).eml"
    assert not target.exists()
