"""Every mistake is answered by one sentence, the nearest right word and the right exit code; never a traceback."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Home, Run, SyncedMail
from tests.fakes.fake_mail import ACCOUNT
from tuimail import cli
from tuimail.accounts.config import add_account
from tuimail.cli import reading
from tuimail.errors import StoreError
from tuimail.model import Account


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("sycn", "“sycn” is not a command. Did you mean “sync”?"),
        ("xyzzy", "“xyzzy” is not a command. See: tuimail --help"),
        ("account", "COMMAND is missing. See: tuimail account --help"),
        ("account chek", "“chek” is not a command. Did you mean “check”?"),
        ("list", "FOLDER is missing. See: tuimail list --help"),
        ("list INBOX --limt 4", "“--limt” is not understood by tuimail list. Did you mean “--limit”?"),
        ("list INBOX --limit x", "--limit: a whole number from 1 was expected. See: tuimail list --help"),
        ("list INBOX --limit 0", "--limit: a whole number from 1 was expected. See: tuimail list --help"),
        ("list a b c", "“c” is not understood by tuimail list. See: tuimail list --help"),
        ("show 1 --raw --headers", "--headers: not allowed with argument --raw. See: tuimail show --help"),
        ("--log-level loud", "“loud” is not a value of --log-level. See: tuimail --help"),
        ("--log-level debgu", "“debgu” is not a value of --log-level. Did you mean “debug”?"),
        ("sync", "No account is set up yet. Add one with: tuimail account add; or try: tuimail demo"),
        (
            "open imap.example.org",
            "“imap.example.org” is no file, and no URL either. Example: imaps://ada%40example.org@imap.example.org/",
        ),
        ("open imaps://h", "The URL names no user. Example: imaps://ada%40example.org@imap.example.org/"),
        ("account add", "Which account? A URL is missing. Example: imaps://ada%40example.org@imap.example.org/"),
        ("account remove x", "No account is set up yet. Add one with: tuimail account add"),
        (
            "sync imap+insecure://a@imap.example.org/",
            "Without TLS the password and all mail would cross the network to imap.example.org readable for anyone. "
            "Use imaps:// or imap:// (STARTTLS), or say --allow-plaintext.",
        ),
    ],
)
def test_wrong_use_is_one_sentence_and_code_2(run: Run, words: str, sentence: str) -> None:
    told = run(*words.split())
    assert told.err == f"tuimail: {sentence}\n"
    assert (told.code, told.out) == (2, "")


@pytest.mark.parametrize(
    "words",
    ["imaps://ada:sesame@h", "sync imaps://ada:sesame@h/x", "demo imaps://ada:sesame@h", "open imaps://a:sesame"],
)
def test_a_password_in_a_misplaced_url_is_not_repeated(run: Run, words: str) -> None:
    told = run(*words.split())
    assert told.code == 2
    assert "sesame" not in told.err


def test_a_url_with_a_password_works_and_warns(run: Run, mail: SyncedMail) -> None:
    told = run("sync", "imaps://ada:sesame@h")
    assert told.code == 0
    assert told.err.startswith(
        "tuimail: the password in the URL is visible in your shell history and in ps; use --pass"
    )
    assert "sesame" not in told.err


def test_an_unknown_account_brings_the_nearest(run: Run, mail: SyncedMail) -> None:
    told = run("sync", "ada@example.com")
    assert told.err == "tuimail: There is no account “ada@example.com”. Did you mean “ada@example.org”?\n"
    assert told.code == 2


def test_one_password_command_is_not_sent_to_several_servers(run: Run, mail: SyncedMail, home: Home) -> None:
    add_account(home.config, Account("other", "other.example.org", 993, "ada"))
    told = run("--password-command", "echo x", "sync")
    assert told.err == "tuimail: --password-command is for one account. Name the account.\n"
    assert mail.synced == []


def test_all_mistakes_of_the_configuration_are_told_line_by_line(run: Run, home: Home) -> None:
    home.config.parent.mkdir(parents=True)
    home.config.write_text('[accounts.a]\nhots = "h"\nuser = "u"\n[keys]\nmail.archve = "x"\n')
    told = run("sync")
    assert told.code == 1
    lines = told.err.splitlines()
    assert lines[0] == "tuimail: config.toml:1: accounts.a: the key “host” is missing"
    assert lines[1] == "tuimail: config.toml:2: accounts.a.hots: unknown key; did you mean “host”?"
    assert lines[2].startswith("tuimail: config.toml:5: keys.mail.archve: ")
    assert lines[3] == f"tuimail: Edit {home.config}."


@pytest.mark.parametrize("words", [["--data-dir", "{}", "sync"], ["sync", "--data-dir", "{}"]])
def test_global_options_stand_before_or_after_the_command(
    run: Run, mail: SyncedMail, home: Home, words: list[str]
) -> None:
    elsewhere = home.data.parent / "elsewhere"
    assert run(*(word.format(elsewhere) for word in words)).code == 0
    assert elsewhere.is_dir()
    assert not home.data.exists()


def test_a_data_directory_that_cannot_be_made_is_told(run: Run, home: Home) -> None:
    home.data.parent.mkdir()
    home.data.write_text("a file")
    told = run("account", "list")
    assert told.code == 1
    assert told.err == f"tuimail: {home.data} cannot be used: File exists. Choose another one: --data-dir\n"


def test_an_error_with_a_sentence_is_code_1(run: Run, mail: SyncedMail, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: object) -> int:
        raise StoreError("The disk is full.", "Make room.\x1b[2J")

    monkeypatch.setitem(reading.VERBS, "sync", full)
    told = run("sync")
    assert (told.code, told.out) == (1, "")
    assert told.err == "tuimail: The disk is full. Make room.\N{REPLACEMENT CHARACTER}[2J\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_a_full_disk_behind_the_output_is_no_bug(run: Run, mail: SyncedMail, monkeypatch: pytest.MonkeyPatch) -> None:
    with contextlib.suppress(OSError), open("/dev/full", "w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        told = run("list", "INBOX")
    assert (told.code, told.err) == (1, "tuimail: Not all could be written: No space left on device.\n")


def test_a_bug_is_one_sentence_on_the_terminal_and_a_traceback_without_secrets_in_the_log(
    run: Run, mail: SyncedMail, home: Home
) -> None:
    mail.failures["ada@h"] = RuntimeError("cannot LOGIN ada sesame")
    told = run("sync", "imaps://ada:sesame@h/")
    assert told.code == cli.A_BUG
    assert told.err.splitlines()[-1] == (
        "tuimail: something went wrong that should not have: RuntimeError. "
        f"The details are in {home.data / 'tuimail.log'}"
    )
    assert "Traceback" not in told.err
    assert "Traceback" in home.log
    assert "RuntimeError: cannot LOGIN ada •••" in home.log
    assert "sesame" not in told.err + home.log


def test_ctrl_c_is_code_130_and_silent(run: Run, mail: SyncedMail, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setitem(reading.VERBS, "sync", interrupted)
    told = run("sync")
    assert (told.code, told.out, told.err) == (130, "", "")


def test_every_command_is_in_the_help(run: Run) -> None:
    told = run("--help")
    assert told.code == 0
    for verb in ("demo", "open", "account", *reading.VERBS):
        assert f"\n    {verb} " in told.out
        assert run(verb, "--help").code == 0


def test_the_configured_account_is_the_one_of_the_fake() -> None:
    assert ACCOUNT.name == "ada@example.org"
