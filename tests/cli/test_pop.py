"""The commands on a POP3 account of a real Dovecot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Home
from tests.servers.dovecot import Dovecot
from tuimail.cli import main

PART = b"--x\r\nContent-Type: %b\r\n%b\r\n%b\r\n"
ATTACHED = (
    b"From: ada@example.org\r\nSubject: a file\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: multipart/mixed; boundary=x\r\n\r\n"
    + PART % (b"text/plain", b"", b"See there.")
    + PART % (b"text/csv", b"Content-Disposition: attachment; filename=table.csv\r\n", b"a,b\r\n1,2")
    + b"--x--\r\n"
)
LETTER = b"From: Zo\xc3\xab <zoe@example.org>\r\nTo: ada@example.org\r\nSubject: letter %d\r\n\r\nHello %d\r\n"
PASSWORD = ("--password-command", "echo test")


@pytest.fixture
def user(dovecot: Dovecot) -> str:
    """Has three letters."""
    user = dovecot.user()
    dovecot.deliver(user, [LETTER % (number, number) for number in range(3)])
    return user


@pytest.fixture
def url(dovecot: Dovecot, user: str) -> str:
    return f"pop3+insecure://{user}@{dovecot.host}:{dovecot.pop_port}/"


def test_from_nothing_to_the_bytes_of_a_message(
    home: Home, url: str, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    def answer(*words: str) -> str:
        assert main([*PASSWORD, *words]) == 0
        return capsysbinary.readouterr().out.decode()

    assert "3 messages (3 more than before), 3 unread" in answer("sync", url)
    folders = answer("folders", url)
    assert all(name in folders for name in ("INBOX", "Archive", "Trash", "Sent"))
    rows = json.loads(answer("list", url, "inbox", "--json"))["messages"]
    assert sorted(row["subject"] for row in rows) == ["letter 0", "letter 1", "letter 2"]
    row = next(row for row in rows if row["subject"] == "letter 2")
    assert row["from"] == {"name": "Zoë", "email": "zoe@example.org"}
    shown = answer("show", url, str(row["id"]))
    assert "\nSubject: letter 2\n\n" in shown
    assert shown.endswith("\nHello 2\n")
    assert answer("show", url, str(row["id"]), "--raw").encode() == LETTER % (2, 2)


def test_an_account_is_added_checked_and_synced_and_mail_leaves_the_server_as_was_chosen(
    home: Home, url: str, dovecot: Dovecot, user: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def answer(*words: str) -> str:
        code = main([*PASSWORD, *words])
        told = capsys.readouterr()
        assert code == 0, told.err
        return told.out

    def on_server() -> int:
        with dovecot.client(user) as other:
            return int(other.select("INBOX", readonly=True)[1][0] or 0)

    answer("account", "add", url, "--name", "old", "--leave", "0")
    checked = answer("account", "check", "old")
    assert "logged in" in checked and "UIDL" in checked
    assert "is deleted on the server as soon as it is here" in checked
    assert on_server() == 3, "a check removes nothing"
    answer("sync")
    assert on_server() == 0
    assert "3 messages" in answer("sync")
    rows = json.loads(answer("list", "old", "inbox", "--json"))["messages"]
    assert "Hello" in answer("show", "old", str(rows[0]["id"])), "what left the server is here"


def test_an_attachment_is_saved(
    home: Home, url: str, dovecot: Dovecot, user: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    dovecot.deliver(user, [ATTACHED])
    assert main([*PASSWORD, "sync", url]) == 0
    capsys.readouterr()
    assert main([*PASSWORD, "list", url, "inbox", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["messages"]
    row = next(row for row in rows if row["subject"] == "a file")
    assert main([*PASSWORD, "save", str(row["id"]), "--account", url, "--to", str(tmp_path)]) == 0
    assert (tmp_path / "table.csv").read_text().splitlines() == ["a,b", "1,2"]


def test_a_large_message_is_fetched_whole_for_what_is_asked_of_it(
    home: Home, url: str, dovecot: Dovecot, user: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def answer(*words: str) -> str:
        assert main([*PASSWORD, *words]) == 0
        return capsys.readouterr().out

    large = ATTACHED.replace(b"a,b\r\n1,2", b"a,b\r\n" + b"1,2\r\n" * 300_000).replace(b"a file", b"large")
    dovecot.deliver(user, [large, large.replace(b"large", b"larger")])
    answer("sync", url)
    ids = {row["subject"]: str(row["id"]) for row in json.loads(answer("list", url, "inbox", "--json"))["messages"]}
    shown = answer("show", url, ids["large"])
    assert "See there." in shown and "table.csv" in shown
    assert "Only the beginning" not in shown
    answer("save", ids["larger"], "--account", url, "--to", str(tmp_path))
    assert (tmp_path / "table.csv").stat().st_size > 1_000_000


def test_a_search_finds_headers_and_the_texts_that_were_read(
    home: Home, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def found(query: str, *words: str) -> list[str]:
        assert main([*PASSWORD, "search", "--json", *words, "--", query, url]) == 0
        return sorted(row["subject"] for row in json.loads(capsys.readouterr().out)["messages"])

    assert found("subject:letter zoe") == ["letter 0", "letter 1", "letter 2"]
    assert found("body:hello") == [], "no text is here, and a POP3 server finds nothing"
    assert main([*PASSWORD, "list", url, "inbox", "--json"]) == 0
    ids = {row["subject"]: row["id"] for row in json.loads(capsys.readouterr().out)["messages"]}
    assert main([*PASSWORD, "show", url, str(ids["letter 1"])]) == 0
    capsys.readouterr()
    assert found("body:hello") == found("body:hello", "--offline") == ["letter 1"]
    assert found("letter -is:unread", "--offline") == []
