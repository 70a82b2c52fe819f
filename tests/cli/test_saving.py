"""`tuimail save` against a real Dovecot."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from tests.cli.conftest import Home, Run
from tests.servers.dovecot import Dovecot

LETTER = b"""\
Subject: two\r
Content-Type: multipart/mixed; boundary="b"\r
\r
--b\r
\r
text\r
--b\r
Content-Type: text/csv\r
Content-Disposition: attachment; filename="../../numbers.csv"\r
\r
a,b\r
--b\r
Content-Type: application/pdf; name="r\xc3\xa9sum\xc3\xa9.pdf"\r
Content-Transfer-Encoding: base64\r
\r
JVBERi0=\r
--b--\r
"""


@pytest.fixture
def known(dovecot: Dovecot, run: Run, home: Home) -> tuple[str, ...]:
    """Options after which message 1 is the letter above."""
    user = dovecot.user()
    dovecot.deliver(user, [LETTER])
    url = f"imap+insecure://{user}@{dovecot.host}:{dovecot.port}/"
    assert run("sync", url, "--password-command", "echo test").code == 0
    return ("--account", url, "--password-command", "echo test")


def test_all_attachments_are_saved_and_their_paths_told(known: tuple[str, ...], run: Run, tmp_path: Path) -> None:
    out = tmp_path / "out"
    told = run("save", "1", "--to", str(out), *known)
    assert (told.code, told.err) == (0, "")
    assert told.out.splitlines() == [str(out / "numbers.csv"), str(out / "résumé.pdf")]
    assert (out / "numbers.csv").read_bytes() == b"a,b" and (out / "résumé.pdf").read_bytes() == b"%PDF-"
    assert {stat.S_IMODE(path.stat().st_mode) for path in out.iterdir()} == {0o600}


def test_one_is_chosen_by_number_or_name(known: tuple[str, ...], run: Run, tmp_path: Path) -> None:
    for part in ("3", "résumé.pdf"):
        saved = json.loads(run("save", "1", part, "--to", str(tmp_path), "--json", *known).out)["saved"]
        assert [one["section"] for one in saved] == ["3"]
    assert sorted(path.name for path in tmp_path.glob("*.pdf")) == ["résumé (2).pdf", "résumé.pdf"]


def test_what_is_not_there_is_a_sentence(known: tuple[str, ...], run: Run, tmp_path: Path) -> None:
    told = run("save", "1", "number.csv", "--to", str(tmp_path), *known)
    assert (told.code, told.err) == (
        2,
        "tuimail: Message 1 has no attachment “number.csv”. Did you mean “numbers.csv”?\n",
    )
    assert "There is no message 99" in run("save", "99", *known).err
    told = run("save", "1", "--to", "/proc/nowhere", *known)
    assert told.code == 1 and "cannot be written" in told.err


def test_a_message_without_attachments_says_so(dovecot: Dovecot, run: Run, tmp_path: Path) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [b"Subject: plain\r\n\r\ntext\r\n"])
    account = ("--account", f"imap+insecure://{user}@{dovecot.host}:{dovecot.port}/", "--password-command", "echo test")
    run("sync", account[1], *account[2:])
    told = run("save", "1", "--to", str(tmp_path), *account)
    assert (told.code, told.out, told.err) == (0, "", "tuimail: this message has no attachments\n")


def test_what_lies_elsewhere_is_never_fetched_without_a_question(dovecot: Dovecot, run: Run, tmp_path: Path) -> None:
    user = dovecot.user()
    external = b"message/external-body; access-type=anon-ftp; site=ftp.invalid; name=plan.pdf"
    dovecot.deliver(user, [LETTER.replace(b"text/csv", external)])
    known = ("--account", f"imap+insecure://{user}@{dovecot.host}:{dovecot.port}/", "--password-command", "echo test")
    assert run("sync", known[1], *known[2:]).code == 0
    told = run("save", "1", "--to", str(tmp_path), *known)
    assert told.code == 0 and "“plan.pdf” lies at ftp.invalid" in told.err
    assert [path.name for path in tmp_path.glob("*.pdf")] == ["résumé.pdf"]
    told = run("save", "1", "plan.pdf", "--to", str(tmp_path), *known)
    assert told.code == 2 and "asked for on a terminal only" in told.err
