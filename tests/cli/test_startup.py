"""The command answers at once: nothing heavy is read before it is known what is wanted; every end is a clean one."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = frozenset(
    "asyncio charset_normalizer cryptography justhtml keyring logging multiprocessing platformdirs pygments "
    "pymap rich socket sqlite3 ssl textual tomlkit tomllib".split()
)
LATER = frozenset(("cryptography", "justhtml", "keyring", "pymap", "rich", "textual", "tomlkit"))


def environment(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "XDG_CONFIG_HOME": str(tmp_path / "c"), "XDG_DATA_HOME": str(tmp_path / "d")}


def modules_after(tmp_path: Path, *words: str) -> set[str]:
    """Top-level modules loaded when `tuimail words…` has answered, in a Python of its own."""
    code = (
        "import sys; from tuimail.cli import main; code = main(sys.argv[1:]); sys.stdout.flush();"
        "print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr); sys.exit(code)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, env=environment(tmp_path), check=False
    )
    assert "Traceback" not in ran.stderr
    return set(ran.stderr.splitlines()[-1].split())


@pytest.mark.parametrize("words", [("--version",), ("--help",), ("list", "--help"), ("sycn",)])
def test_help_version_and_wrong_use_load_nothing_heavy(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert not modules_after(tmp_path, *words) & HEAVY


def test_listing_accounts_loads_neither_screen_nor_keyring(tmp_path: Path) -> None:
    assert not modules_after(tmp_path, "account", "list", "--json") & LATER


def test_listing_mail_loads_no_screen_and_no_keyring(tmp_path: Path) -> None:
    assert not modules_after(tmp_path, "list", "imaps://ada@h", "INBOX", "--offline", "--json") & LATER


def test_a_reader_that_has_enough_ends_it_quietly(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    ran = subprocess.run(
        [sys.executable, "-m", "tuimail", "--help"],
        stdout=writing,
        stderr=subprocess.PIPE,
        env=environment(tmp_path),
        check=False,
    )
    os.close(writing)
    assert (ran.returncode, ran.stderr) == (141, b"")


def test_ctrl_c_while_a_server_is_silent_is_130_without_a_traceback(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"imap+insecure://ada@127.0.0.1:{silent.getsockname()[1]}/"
        with subprocess.Popen(
            [sys.executable, "-m", "tuimail", "sync", url, "--password-command", "echo sesame"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(tmp_path),
        ) as running:
            try:
                silent.settimeout(30)
                with silent.accept()[0]:
                    running.send_signal(signal.SIGINT)
                    out, err = running.communicate(timeout=30)
            finally:
                running.kill()
    assert (running.returncode, out, err) == (130, b"", b"")
