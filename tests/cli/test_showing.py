"""show: of an account and from a file, for people and for programs."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run, SyncedMail
from tuimail.cli import main
from tuimail.records import replace


def test_show_prints_the_head_and_the_text(run: Run, mail: SyncedMail) -> None:
    top = mail.page(mail.by_name("INBOX").id, 0, 1)[0]
    told = run("show", str(top.id))
    assert told.code == 0
    assert told.out.startswith("From: ")
    assert f"\nSubject: {top.subject}\n\n" in told.out
    assert mail._letters[top.id].document.blocks[0].text.split("\n")[0] in told.out


def test_show_connects_only_when_the_text_is_not_here(run: Run, mail: SyncedMail) -> None:
    top = mail.page(mail.by_name("INBOX").id, 0, 1)[0]
    mail.rows[top.id] = replace(top, cached=True)
    run("show", str(top.id))
    assert ("start",) not in mail.asked
    mail.rows[top.id] = replace(top, cached=False)
    run("show", str(top.id))
    assert ("start",) in mail.asked


def test_show_raw_is_the_very_bytes(
    mail: SyncedMail, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def raw(message_id: int) -> bytes:
        return b"Subject: \x1b[2J\xff\r\n\r\nhi\r\n"

    monkeypatch.setattr(mail, "raw", raw)
    top = mail.page(mail.by_name("INBOX").id, 0, 1)[0]
    assert main(["show", str(top.id), "--raw"]) == 0
    assert capfdbinary.readouterr().out == b"Subject: \x1b[2J\xff\r\n\r\nhi\r\n"


def test_show_headers_is_every_field_and_no_text(run: Run, mail: SyncedMail) -> None:
    top = mail.page(mail.by_name("INBOX").id, 0, 1)[0]
    told = run("show", str(top.id), "--headers")
    assert told.out.splitlines() == [f"{name}: {value}" for name, value in mail._letters[top.id].headers]


def test_show_as_json_is_what_the_help_says(run: Run, mail: SyncedMail) -> None:
    top = mail.page(mail.by_name("INBOX").id, 0, 1)[0]
    answer = json.loads(run("show", str(top.id), "--json").out)
    assert (answer["id"], answer["subject"], answer["folder"]) == (top.id, top.subject, "INBOX")
    help_text = run("show", "--help").out
    for key in answer:
        assert f'"{key}"' in help_text


def test_a_message_that_is_not_there_is_told(run: Run, mail: SyncedMail) -> None:
    told = run("show", "4711")
    assert (told.code, told.err) == (1, "tuimail: There is no message 4711. tuimail list shows the ids.\n")


LETTER = (
    b"From: Ada <ada@example.org>\r\nTo: bob@example.org\r\nSubject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r\n"
    b"Message-ID: <1@example.org>\r\nDate: Fri, 20 Nov 2026 14:02:03 +0100\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: multipart/mixed; boundary=M\r\n\r\n--M\r\nContent-Type: multipart/alternative; boundary=A\r\n\r\n"
    b"--A\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello, see http://a.example/x\r\n"
    b"--A\r\nContent-Type: text/html\r\n\r\n<p>Hello in <b>HTML</b>\x1b[2J\r\n--A--\r\n"
    b"--M\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=../a.pdf\r\n\r\n"
    b"%PDF\r\n--M--\r\n"
)


@pytest.fixture
def letter(tmp_path: Path) -> str:
    path = tmp_path / "letter.eml"
    path.write_bytes(LETTER)
    return str(path)


def test_a_file_is_shown_without_any_account(run: Run, letter: str) -> None:
    told = run("show", letter)
    assert (told.code, told.err) == (0, "")
    assert told.out.startswith("From: Ada <ada@example.org>\nTo: bob@example.org\n")
    assert "Subject: Grüße\n" in told.out
    assert "\n! The attachment name “a.pdf” came with a directory, which is ignored.\n" in told.out
    assert told.out.endswith("@ a.pdf (application/pdf, 4 octets)\n")


def test_what_is_signed_is_told_and_not_said_to_be_verified(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "signed.eml"
    path.write_bytes(
        b'From: a@example.org\r\nContent-Type: multipart/signed; boundary="s"\r\n\r\n'
        b"--s\r\nContent-Type: text/plain\r\n\r\nwords\r\n"
        b"--s\r\nContent-Type: application/pgp-signature\r\n\r\nx\r\n--s--\r\n"
    )
    assert "! Signed with OpenPGP, not verified yet.\nwords" in run("show", str(path)).out
    assert json.loads(run("show", str(path), "--json").out)["warnings"] == ["Signed with OpenPGP, not verified yet."]


def test_only_the_text_of_a_file(run: Run, letter: str) -> None:
    assert run("show", letter, "--text").out == "Hello, see http://a.example/x\n"


def test_the_html_as_it_was_written_is_harmless_on_a_terminal(run: Run, letter: str, tmp_path: Path) -> None:
    assert run("show", letter, "--html-source").out == "<p>Hello in <b>HTML</b>�[2J\n"
    plain = tmp_path / "plain.eml"
    plain.write_bytes(b"Subject: x\n\nwords")
    told = run("show", str(plain), "--html-source")
    assert (told.code, told.err) == (1, "tuimail: This message has no HTML. Read its text without --html-source.\n")


def test_a_file_raw_is_the_file(letter: str, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["show", letter, "--raw"]) == 0
    assert capfdbinary.readouterr().out == LETTER


def test_the_fields_of_a_file(run: Run, letter: str) -> None:
    assert "Subject: Grüße\n" in run("show", letter, "--headers").out


def test_a_file_as_json_is_what_the_help_says(run: Run, letter: str) -> None:
    answer = json.loads(run("show", letter, "--json").out)
    assert answer["subject"] == "Grüße"
    assert answer["from"] == [{"name": "Ada", "email": "ada@example.org"}]
    assert answer["to"] == [{"name": "", "email": "bob@example.org"}]
    assert answer["cc"] == []
    assert answer["date"] == "2026-11-20T13:02:03Z"
    assert answer["message_id"] == "<1@example.org>"
    assert [(part["path"], part["type"]) for part in answer["parts"]] == [
        ("", "multipart/mixed"),
        ("1", "multipart/alternative"),
        ("1.1", "text/plain"),
        ("1.2", "text/html"),
        ("2", "application/pdf"),
    ]
    assert answer["parts"][4] == {"path": "2", "type": "application/pdf", "name": "a.pdf", "size": 4}
    assert answer["text"] == "Hello, see http://a.example/x"
    assert answer["links"] == ["http://a.example/x"]
    assert answer["attachments"] == [{"path": "2", "type": "application/pdf", "name": "a.pdf", "size": 4}]
    assert answer["warnings"] == ["The attachment name “a.pdf” came with a directory, which is ignored."]
    assert (answer["id"], answer["account"], answer["folder"]) == (None, "", "")
    help_text = run("show", "--help").out
    for key in (*answer, *answer["parts"][0]):
        assert f'"{key}"' in help_text


def test_standard_input_is_a_file_too(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(LETTER)))
    assert "Subject: Grüße\n" in run("show", "-").out


def test_the_charset_may_be_said(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "old.eml"
    path.write_bytes(b"Content-Type: text/plain; charset=iso-8859-1\n\n" + "Привет".encode("koi8-r"))
    assert run("show", str(path), "--text", "--charset", "koi8-r").out == "Привет\n"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("missing.eml", "There is no file “"),
        ("", " is a directory. Open it with: tuimail open "),
        ("secret.eml", " cannot"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(run: Run, tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "secret.eml").symlink_to(tmp_path / "secret.eml")
    told = run("show", str(tmp_path / name))
    assert told.code == 1
    assert words in told.err
    assert told.out == ""


def test_a_file_and_an_account_are_wrong_use(run: Run, letter: str) -> None:
    assert run("show", "work", letter).code == 2


def test_two_ways_to_show_at_once_are_wrong_use(run: Run, letter: str) -> None:
    assert run("show", letter, "--raw", "--json").code == 2


def test_an_mbox_of_one_message_is_that_message_and_one_of_more_is_for_the_screen(run: Run, tmp_path: Path) -> None:
    one = b"From ada@example.org Tue Feb  3 10:11:12 2026\nSubject: x\n\n>From here on\n\n"
    path = tmp_path / "m.mbox"
    path.write_bytes(one)
    assert run("show", str(path), "--text").out == "From here on\n"
    path.write_bytes(one * 3)
    told = run("show", str(path))
    assert (told.code, told.err) == (1, f"tuimail: {path} holds 3 messages. Open it with: tuimail open {path}\n")


def test_a_file_that_begins_like_an_mbox_and_is_none_is_still_read(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "odd.eml"
    path.write_bytes(b"From here on\nSubject: x\n\nwords\n")
    assert run("show", str(path), "--text").out == "words\n"
