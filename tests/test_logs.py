"""The log is private, holds no secret and cannot steer a terminal."""

from __future__ import annotations

import base64
import logging
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tuimail import logs


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "tuimail.log"
    logs.start(path, "debug")
    yield path
    logs.stop()
    logging.getLogger("tuimail").setLevel(logging.NOTSET)


LOGGER = logging.getLogger("tuimail.test")


def test_the_file_is_private_and_absent_until_something_is_said(log: Path) -> None:
    assert not log.exists()
    LOGGER.info("hello")
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert log.read_text().endswith(" INFO tuimail.test: hello\n")


@pytest.mark.parametrize(
    "shape",
    [
        "se\"s\\ame'ü",
        'LOGIN ada "se\\"s\\\\ame\'ü"',
        repr("se\"s\\ame'ü"),
        repr("se\"s\\ame'ü".encode()),
        base64.b64encode("se\"s\\ame'ü".encode()).decode(),
        base64.b64encode(b"\0ada\0" + "se\"s\\ame'ü".encode()).decode(),
    ],
)
def test_a_secret_does_not_reach_the_file_in_any_shape(log: Path, shape: str) -> None:
    logs.strike("se\"s\\ame'ü", "ada")
    LOGGER.info("sent %s now", shape)
    try:
        raise ValueError(f"cannot parse {shape} here")
    except ValueError:
        LOGGER.exception("failed")
    text = log.read_text()
    assert shape not in text
    assert text.count(logs.STRUCK) >= 2


def test_no_line_can_be_forged_and_no_terminal_be_steered(log: Path) -> None:
    hostile = "hi\n2026-01-01 00:00:00,000 ERROR tuimail: all mail is lost\x1b[2J\x9b31m\u202e\r"
    LOGGER.warning(hostile)
    try:
        raise ValueError(hostile)
    except ValueError:
        LOGGER.exception("failed")
    text = log.read_text()
    assert not [line for line in text.splitlines() if line.startswith("2026-01-01")]
    assert all(char.isprintable() or char == "\n" for char in text)


def test_what_libraries_warn_of_is_kept_and_not_printed_into_the_screen(
    log: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    logging.getLogger("asyncio").error("Task exception was never retrieved")
    logging.getLogger("asyncio").debug("Using selector")
    assert "Task exception" in log.read_text()
    assert "selector" not in log.read_text()
    assert capfd.readouterr().err == ""


def test_below_the_level_nothing_is_kept(log: Path) -> None:
    logs.start(log, "error")
    LOGGER.warning("quiet")
    LOGGER.error("loud")
    assert "quiet" not in log.read_text()
    assert "loud" in log.read_text()


def test_the_file_is_bounded_and_its_old_ones_are_private(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "BYTES", 300)
    logs.start(log, "info")
    for number in range(30):
        LOGGER.info("line %d", number)
    files = sorted(log.parent.iterdir())
    assert [file.name for file in files] == ["tuimail.log", "tuimail.log.1", "tuimail.log.2"]
    for file in files:
        assert file.stat().st_size <= 300
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
