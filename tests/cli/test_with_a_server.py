"""The commands against a real Dovecot, from an empty home to the bytes of a message."""

from __future__ import annotations

import json
import stat
import subprocess
import sys

import pytest

from tests.cli.conftest import Home, Run
from tests.servers.dovecot import Dovecot
from tuimail.cli import main

LETTER = b"From: Zo\xc3\xab <zoe@example.org>\r\nTo: ada@example.org\r\nSubject: letter %d\r\n\r\nHello %d\r\n"


@pytest.fixture
def url(dovecot: Dovecot) -> str:
    """A mailbox with three letters."""
    user = dovecot.user()
    dovecot.deliver(user, [LETTER % (number, number) for number in range(3)])
    return f"imap+insecure://{user}@{dovecot.host}:{dovecot.port}/"


def test_from_nothing_to_the_bytes_of_a_message(
    home: Home, url: str, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    command = ("--password-command", "echo test")

    def answer(*words: str) -> str:
        assert main([*command, *words]) == 0
        return capsysbinary.readouterr().out.decode()

    assert "3 messages (3 more than before), 3 unread" in answer("sync", url)
    rows = json.loads(answer("list", url, "inbox", "--json"))["messages"]
    assert [row["subject"] for row in rows] == ["letter 2", "letter 1", "letter 0"]
    assert rows[0]["from"] == {"name": "Zoë", "email": "zoe@example.org"}
    newest = str(rows[0]["id"])
    shown = answer("show", url, newest)
    assert "\nSubject: letter 2\n\n" in shown
    assert shown.endswith("\nHello 2\n")
    assert answer("show", url, newest, "--raw").encode() == LETTER % (2, 2)
    assert "INBOX" in answer("folders", url)


def test_nobody_else_can_read_what_was_fetched(run: Run, home: Home, url: str) -> None:
    assert run("sync", url, "--password-command", "echo test", "--log-level", "debug").code == 0
    assert stat.S_IMODE(home.data.stat().st_mode) == 0o700
    files = [path for path in home.data.rglob("*") if path.is_file()]
    assert files
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_a_wrong_password_and_a_wrong_folder_are_sentences(run: Run, home: Home, url: str) -> None:
    told = run("folders", url, "--password-command", "echo sesame", "--log-level", "debug")
    assert told.code == 1
    assert "refused the login" in told.err
    assert "sesame" not in told.err + home.log
    told = run("list", url, "inbx", "--password-command", "echo test")
    assert (told.code, told.err) == (2, "tuimail: There is no folder “inbx”. Did you mean “INBOX”?\n")


def test_a_port_where_nobody_listens_is_a_sentence(run: Run) -> None:
    told = run("sync", "imap+insecure://ada@127.0.0.1:1/", "--password-command", "echo test")
    assert told.code == 1
    assert told.err.startswith("tuimail: ada@127.0.0.1:1: ")
    assert "Traceback" not in told.err


IN_A_TERMINAL = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"


@pytest.mark.parametrize(("typed", "code"), [(b"test\n", 0), (b"\x03", 130)])
def test_a_password_is_asked_for_on_the_terminal_and_not_echoed(home: Home, url: str, typed: bytes, code: int) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", IN_A_TERMINAL, sys.executable, "-m", "tuimail", "sync", url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        bufsize=0,
    ) as running:
        assert running.stdin
        assert running.stdout
        told = b""
        while b"Password for" not in told:
            told += running.stdout.read(4096) or pytest.fail(f"ended: {told!r}")
        running.stdin.write(typed)
        while more := running.stdout.read(4096):
            told += more
    assert running.returncode == code
    assert b"test" not in told.replace(url.encode(), b"")
    assert b"Traceback" not in told
    assert (b"3 messages (3 more than before)" in told) == (code == 0)
