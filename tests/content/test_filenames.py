from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.content.samples import FORBIDDEN
from tuimail.content.filenames import LONGEST, clean_name, name_from_subject


@pytest.mark.parametrize(
    ("sent", "name", "told"),
    [
        ("report.pdf", "report.pdf", ""),
        ("../../../.bashrc", "_bashrc", "directory"),
        ("C:\\Windows\\x.txt", "x.txt", "directory"),
        ("/etc/passwd", "passwd", "directory"),
        ("..", "part-2.pdf", ""),
        ("", "part-2.pdf", ""),
        ("-rf --help", "_rf --help", ""),
        ("invoice.pdf" + " " * 200 + ".exe", "invoice.pdf .exe", "hides its ending"),
        ("photo\u202egpj.exe", "photo\u2426gpj.exe", "turn text around"),
        ("a\nb\x1b.txt", "a b\ufffd.txt", "control"),
        ("setup.desktop", "setup.desktop", "program"),
        ("[@click=app.quit]a.txt", "[@click=app.quit]a.txt", ""),
    ],
)
def test_a_name_is_shown_without_its_tricks(sent: str, name: str, told: str) -> None:
    shown, trouble = clean_name(sent, "2", "application/pdf")
    assert shown == name
    assert told in trouble
    assert bool(trouble) is bool(told)


def test_a_long_name_keeps_its_ending() -> None:
    name, _ = clean_name("🎉" * 120 + ".txt", "1", "text/plain")
    assert len(name.encode()) <= LONGEST
    assert name.endswith("🎉.txt")


@given(st.text(max_size=300) | st.text(st.sampled_from("./\\ -~\u202e\ud800a\n"), max_size=30))
def test_no_name_leaves_its_folder(sent: str) -> None:
    name, _ = clean_name(sent, "1.2", "text/plain")
    assert name.strip(" .")
    assert name[0] not in ".-~"
    assert not {"/", "\\", "\n", "\t"}.intersection(name)
    assert not FORBIDDEN.intersection(map(ord, name))
    assert len(name.encode()) <= LONGEST


@pytest.mark.parametrize(
    ("subject", "name"),
    [
        ("../../etc/passwd", "etc passwd"),
        ("Re: a/b\\c:d", "Re a b c d"),
        ("..", "message"),
        ("", "message"),
        (".bashrc", "bashrc"),
        ("-rf *", "rf"),
        ("nul", "_nul"),
        ("a\x00b\x1b[2J\u202ec\nd", "a b 2J c d"),
        ("来週の打ち合わせ", "来週の打ち合わせ"),
        ("controle\u0301", "controlé"),
    ],
)
def test_no_subject_leaves_the_folder(subject: str, name: str) -> None:
    assert name_from_subject(subject) == name


def test_a_long_subject_fits_any_file_system() -> None:
    assert len((name_from_subject("山" * 5000) + " (999).eml").encode()) < 255


@pytest.mark.parametrize("sent", ["con", "AUX.txt", "lpt1.tar.gz", "Com9 .log"])
def test_a_name_that_is_a_device_elsewhere_is_none_here(sent: str) -> None:
    assert clean_name(sent, "2", "text/plain")[0] == f"_{sent}"
