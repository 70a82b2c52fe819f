"""Exports and attachments that go to an FTP server, from a real Dovecot to a real server with TLS."""

from __future__ import annotations

import contextlib
import json
import mailbox
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Home, Run
from tests.servers.certificates import Certificate, make_certificate
from tests.servers.dovecot import Dovecot
from tests.servers.ftpd import PASSWORD, USER, Ftpd
from tuimail.net.ftp import TRIES

LETTER = b"Subject: letter %d\r\n\r\nFrom here %d\r\n" + 1500 * (70 * b"x" + b"\r\n")
"""More than what the server takes from the line at a time."""
ATTACHED = b"""\
Subject: two\r
Content-Type: multipart/mixed; boundary="b"\r
\r
--b\r
\r
text\r
--b\r
Content-Type: text/csv\r
Content-Disposition: attachment; filename="numbers.csv"\r
\r
a,b\r
--b--\r
"""
COUNT = 40


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def server(tmp_path: Path, certificate: Certificate, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ftpd]:
    monkeypatch.setattr("tuimail.net.ftp.PAUSE", 0)
    with Ftpd(tmp_path / "ftp", certificate, reuse=True) as made:
        yield made


@pytest.fixture
def options(certificate: Certificate) -> tuple[str, ...]:
    return (
        *("--password-command", "echo test", "--target-password-command", f"echo {PASSWORD}"),
        *("--target-ca-file", str(certificate.cert)),
    )


@pytest.fixture
def account(dovecot: Dovecot) -> tuple[str, str]:
    """(user, URL)"""
    user = dovecot.user()
    dovecot.deliver(user, [LETTER % (number, number) for number in range(COUNT)])
    return user, f"imap+insecure://{user}@{dovecot.host}:{dovecot.port}/"


def _counts(out: str) -> list[tuple[int, int]]:
    return [(one["added"], one["there"]) for one in json.loads(out)["exported"]]


def _octets(server: Ftpd, kind: str) -> list[bytes]:
    place = server.folder / "mail"
    if kind == "mbox":
        with contextlib.closing(mailbox.mbox(place, create=False)) as box:
            quoted = [box.get_bytes(key) for key in box.keys()]  # noqa: SIM118 (a mailbox is no dict)
        return sorted(one.replace(b">From", b"From").replace(b"\n", b"\r\n") for one in quoted)
    files = (place / "cur" if kind == "maildir" else place).iterdir()
    return sorted(file.read_bytes() for file in files)


@pytest.mark.parametrize("kind", ["maildir", "mbox", "eml"])
def test_a_folder_goes_there_and_a_second_export_adds_what_is_new(
    run: Run, dovecot: Dovecot, server: Ftpd, account: tuple[str, str], options: tuple[str, ...], kind: str
) -> None:
    target = f"ftps://{USER}@localhost:{server.port}/mail"
    command = ("export", account[1], "inbox", target, "--format", kind, "--json", *options)
    told = run(*command)
    assert (told.err, _counts(told.out)) == ("", [(COUNT, 0)])
    letters = sorted(LETTER % (number, number) for number in range(COUNT))
    assert _octets(server, kind) == letters
    stored = [line for line in server.commands if line.startswith("STOR")]
    assert _counts(run(*command).out) == [(0, COUNT)]
    assert [line for line in server.commands if line.startswith("STOR")] == stored
    dovecot.deliver(account[0], [LETTER % (99, 99)])
    assert _counts(run(*command).out) == [(1, COUNT)]
    assert _octets(server, kind) == sorted([*letters, LETTER % (99, 99)])


@pytest.mark.parametrize("kind", ["maildir", "mbox", "eml"])
def test_an_export_that_was_cut_goes_on_and_nothing_half_has_a_final_name(
    run: Run, server: Ftpd, account: tuple[str, str], options: tuple[str, ...], kind: str
) -> None:
    command = ("export", account[1], "inbox", f"ftps://{USER}@localhost:{server.port}/mail", "--format", kind, *options)
    server.cut_after += [10_000_000] * 5 * (kind != "mbox") + [1] * TRIES
    told = run(*command)
    assert told.code == 1
    assert "Try again: what has been sent is kept." in told.err
    letters = sorted(LETTER % (number, number) for number in range(COUNT))
    if kind == "mbox":
        assert not (server.folder / "mail").exists()
    else:
        final = (server.folder / ("mail/cur" if kind == "maildir" else "mail")).iterdir()
        came = [file.read_bytes() for file in final if not file.name.startswith(".")]
        assert len(came) == 5 and set(came) <= set(letters)
    server.cut_after.clear()
    assert run(*command).code == 0
    assert _octets(server, kind) == letters


def test_the_password_is_in_no_log_and_no_sentence(
    run: Run, home: Home, server: Ftpd, account: tuple[str, str], options: tuple[str, ...]
) -> None:
    target = f"ftps://{USER}:sesame@localhost:{server.port}/mail"
    told = run("export", account[1], "inbox", target, "--log-level", "debug", *options[:2], *options[4:])
    assert told.code == 1 and "refused the login" in told.err
    assert "visible in your shell history" in told.err
    assert "sesame" not in told.out + told.err + home.log


def test_without_tls_nothing_goes_to_another_machine(run: Run, account: tuple[str, str]) -> None:
    told = run("export", account[1], "inbox", "ftp://ada@backup.example.org/x", "--password-command", "echo test")
    assert told.code == 2
    assert "readable for anyone" in told.err and "ftps://" in told.err


def test_an_attachment_is_saved_there_and_overwrites_nothing(
    run: Run, dovecot: Dovecot, server: Ftpd, options: tuple[str, ...]
) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [ATTACHED])
    url = f"imap+insecure://{user}@{dovecot.host}:{dovecot.port}/"
    assert run("sync", url, *options[:2]).code == 0
    target = f"ftps://{USER}@localhost:{server.port}/files"
    for name in ("numbers.csv", "numbers (2).csv"):
        told = run("save", "1", "--to", target, "--account", url, *options)
        assert (told.code, told.out) == (0, f"localhost:/files/{name}\n")
        assert (server.folder / "files" / name).read_bytes() == b"a,b"
    assert sorted(path.name for path in (server.folder / "files").iterdir()) == ["numbers (2).csv", "numbers.csv"]
