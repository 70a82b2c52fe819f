"""`tuimail export` against a real Dovecot, read back by Python's mailbox module and by neomutt.

TUIMAIL_EXPORT_MESSAGES sets how many messages are read back (normally 1,000).
"""

from __future__ import annotations

import contextlib
import json
import mailbox
import os
import pty
import re
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import Home, Run
from tests.servers.dovecot import Dovecot

MANY = int(os.environ.get("TUIMAIL_EXPORT_MESSAGES", "1000"))


def _letter(number: int) -> bytes:
    """Letters of all kinds of lines that an mbox could stumble over."""
    lines = b"".join(
        b"From line %d of %d\r\n>From here\r\n>>From there\r\n\r\nFrom \r\n caf\xc3\xa9 \xff\r\n" % (line, number)
        for line in range(number % 17)
    )
    head = b"From: Zoe <zoe@example.org>\r\nSubject: letter %d\r\nMessage-ID: <%d@example.org>\r\n\r\n"
    return head % (number, number) + lines + b"%d.\r\n" % number


@pytest.fixture(scope="module")
def letters() -> list[bytes]:
    return [_letter(number) for number in range(MANY)]


@pytest.fixture(scope="module")
def many(dovecot: Dovecot, letters: list[bytes]) -> str:
    """A mailbox with all of them."""
    user = dovecot.user()
    for start in range(0, MANY, 1000):
        dovecot.deliver(user, letters[start : start + 1000], flags="\\Seen \\Flagged")
    return f"imap+insecure://{user}@{dovecot.host}:{dovecot.port}/"


@pytest.fixture
def few(dovecot: Dovecot) -> tuple[str, str]:
    """(user, URL) of a mailbox with three letters."""
    user = dovecot.user()
    dovecot.deliver(user, [_letter(number) for number in range(3)])
    return user, f"imap+insecure://{user}@{dovecot.host}:{dovecot.port}/"


PASSWORD = ("--password-command", "echo test")


def unquoted(octets: bytes) -> bytes:
    """What mboxrd and LF did, undone."""
    return re.sub(rb"(?m)^>(>*From )", rb"\1", octets).replace(b"\n", b"\r\n")


def _count(path: Path) -> int:
    with contextlib.closing(mailbox.mbox(path, create=False)) as box:
        return len(box)


def test_a_maildir_is_read_back_as_the_servers_octets(
    run: Run, many: str, letters: list[bytes], tmp_path: Path
) -> None:
    told = run("export", many, "inbox", str(tmp_path / "out"), *PASSWORD)
    assert (told.code, told.err) == (0, "")
    assert told.out.startswith(f"INBOX: {MANY:,} messages copied: ")
    box = mailbox.Maildir(tmp_path / "out")
    assert sorted(box.get_bytes(key) for key in box.keys()) == sorted(letters)  # noqa: SIM118 (a mailbox is no dict)
    assert {message.get_flags() for message in box} == {"FS"}


def test_an_mbox_is_read_back_as_the_servers_octets(run: Run, many: str, letters: list[bytes], tmp_path: Path) -> None:
    path = tmp_path / "in.mbox"
    assert run("export", many, "inbox", str(path), *PASSWORD).code == 0
    box = mailbox.mbox(path)
    assert sorted(unquoted(box.get_bytes(key)) for key in box.keys()) == sorted(letters)  # noqa: SIM118
    box.close()
    told = run("export", str(path), "in.mbox", str(tmp_path / "again"), "--format", "eml")
    assert told.code == 0
    assert sorted(file.read_bytes() for file in (tmp_path / "again").iterdir()) == sorted(
        letter.replace(b"\r\n", b"\n") for letter in letters
    )


@pytest.mark.skipif(shutil.which("neomutt") is None, reason="neomutt is not installed")
@pytest.mark.parametrize("kind", ["maildir", "mbox"])
def test_neomutt_reads_the_servers_octets(run: Run, many: str, letters: list[bytes], tmp_path: Path, kind: str) -> None:
    """It copies every message into a Maildir of its own."""
    assert run("export", many, "inbox", str(tmp_path / "box"), "--format", kind, *PASSWORD).code == 0
    copied = tmp_path / "copied"
    config = tmp_path / "rc"
    config.write_text(
        "set mbox_type=maildir\nset copy=no\nset confirm_create=no\nset confirm_append=no\nset quit=yes\n"
        f'set header_cache=""\nset wait_key=no\nset sleep_time=0\nset folder="{tmp_path}"\n'
        f'push "<tag-pattern>~A<enter><tag-prefix><copy-message>{copied}<enter><exit>"\n'
    )
    process, terminal = pty.fork()
    if not process:
        os.environ["TERM"] = "vt100"
        os.execvp("neomutt", ["neomutt", "-n", "-R", "-F", str(config), "-f", str(tmp_path / "box")])
    with contextlib.suppress(OSError):  # neomutt is done, and its terminal has closed
        while os.read(terminal, 65536):
            pass
    os.waitpid(process, 0)
    os.close(terminal)
    came = [_without_its_own(file.read_bytes()) for half in ("new", "cur") for file in (copied / half).iterdir()]
    if kind == "mbox":
        came = [re.sub(rb"(?m)^>(>*From )", rb"\1", octets) for octets in came]
    assert sorted(octets.replace(b"\r\n", b"\n") for octets in came) == sorted(
        letter.replace(b"\r\n", b"\n") for letter in letters
    )


def _without_its_own(octets: bytes) -> bytes:
    """neomutt ends the header of a copy itself, with a field of its own."""
    return re.sub(rb"(?:Status: [A-Z]+\n|Content-Length: [0-9]+\n|Lines: [0-9]+\n)+\n", b"\n", octets, count=1)


def test_a_second_export_adds_only_what_is_new(
    run: Run, dovecot: Dovecot, few: tuple[str, str], tmp_path: Path
) -> None:
    user, url = few
    out = tmp_path / "out"
    for kind in ("maildir", "mbox", "eml"):
        assert run("export", url, "inbox", str(out / kind), "--format", kind, *PASSWORD).code == 0
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    for kind in ("maildir", "mbox", "eml"):
        told = run("export", url, "inbox", str(out / kind), "--format", kind, "--json", *PASSWORD)
        assert [(one["added"], one["there"]) for one in json.loads(told.out)["exported"]] == [(0, 3)]
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()} == before
    dovecot.deliver(user, [_letter(3)])
    for kind in ("maildir", "mbox", "eml"):
        told = run("export", url, "inbox", str(out / kind), "--format", kind, "--json", *PASSWORD)
        assert [(one["added"], one["there"]) for one in json.loads(told.out)["exported"]] == [(1, 3)]
    assert _count(out / "mbox") == 4


def test_what_is_exported_is_for_its_owner_only(run: Run, few: tuple[str, str], tmp_path: Path) -> None:
    for kind in ("maildir", "mbox", "eml"):
        assert run("export", few[1], "inbox", str(tmp_path / kind), "--format", kind, *PASSWORD).code == 0
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*") if path.is_file()} == {0o600}


def test_all_folders_go_where_a_reader_of_maildirs_finds_them(
    run: Run, dovecot: Dovecot, few: tuple[str, str], tmp_path: Path
) -> None:
    dovecot.deliver(few[0], [_letter(7)], "Lists/Py.thon")
    assert run("export", few[1], str(tmp_path / "out"), "--all", *PASSWORD).code == 0
    assert len(mailbox.Maildir(tmp_path / "out")) == 3
    assert len(mailbox.Maildir(tmp_path / "out/.Lists.Py_thon")) == 1
    assert run("export", few[1], str(tmp_path / "boxes"), "--all", "--format", "mbox", *PASSWORD).code == 0
    assert _count(tmp_path / "boxes/Lists/Py.thon.mbox") == 1


def test_another_file_is_not_overwritten(run: Run, few: tuple[str, str], tmp_path: Path) -> None:
    other = tmp_path / "notes.mbox"
    other.write_bytes(b"my notes\n")
    told = run("export", few[1], "inbox", str(other), *PASSWORD)
    assert (told.code, told.err) == (2, f"tuimail: {other} is there already and is no mbox. Choose another name.\n")
    assert other.read_bytes() == b"my notes\n"


def test_a_link_where_the_unfinished_mbox_would_be_is_not_followed(
    run: Run, few: tuple[str, str], tmp_path: Path
) -> None:
    precious = tmp_path / "precious"
    (tmp_path / "x.mbox.part").symlink_to(precious)
    for _ in range(2):  # first it leads nowhere, then to a file
        told = run("export", few[1], "inbox", str(tmp_path / "x.mbox"), *PASSWORD)
        assert told.code == 2 and "is a link" in told.err
        precious.write_bytes(b"From me\n")
    assert precious.read_bytes() == b"From me\n"


def test_ctrl_c_leaves_whole_messages_and_says_how_to_go_on(
    home: Home, many: str, letters: list[bytes], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    command = ["tuimail", "export", many, "inbox", str(out), "--format", "eml", *PASSWORD]
    # each file takes a moment, so that the key comes in the middle
    slow = "import os, sys, time, runpy\nf = os.fsync\nos.fsync = lambda d: (time.sleep(0.01), f(d))\n"
    slow += "sys.argv = sys.argv[1:]; runpy.run_module('tuimail', run_name='__main__')"
    with subprocess.Popen(
        [sys.executable, "-c", slow, *command],
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        deadline = time.monotonic() + 20
        while not (out.exists() and any(out.glob("*.eml"))):
            assert time.monotonic() < deadline and process.poll() is None
            time.sleep(0.005)
        process.send_signal(2)
        _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "the same command goes on from there" in said
    came = [file.read_bytes() for file in out.iterdir()]
    assert 0 < len(came) < len(letters)
    assert set(came) <= set(letters)


def test_without_a_folder_or_target_it_is_a_sentence(run: Run, few: tuple[str, str], tmp_path: Path) -> None:
    assert run("export", few[1], "inbx", str(tmp_path), *PASSWORD).err.endswith("Did you mean “INBOX”?\n")
    assert "FOLDER is missing" in run("export", str(tmp_path)).err
    assert "exclude each other" in run("export", few[1], "inbox", str(tmp_path), "--all").err
    assert "No account is set up yet" in run("export", "inbox", str(tmp_path / "out")).err
    told = run("export", few[1], "inbox", "/proc/nowhere", *PASSWORD)
    assert told.code == 1 and "cannot be written" in told.err
