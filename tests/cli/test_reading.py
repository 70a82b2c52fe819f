"""sync, folders, list and show: what they print, and what they ask of Mail."""

from __future__ import annotations

import json
import re

import pytest

from tests.cli.conftest import Home, Run, SyncedMail
from tests.fakes.fake_mail import ACCOUNT
from tuimail.accounts.config import add_account
from tuimail.cli import output
from tuimail.errors import LoginRefused, NotFound, Unreachable
from tuimail.model import Account, Block, Document, Flag
from tuimail.records import replace

ADA = ACCOUNT.name


def test_sync_is_one_line_for_each_account(run: Run, mail: SyncedMail) -> None:
    told = run("sync")
    assert (told.code, told.err) == (0, "")
    assert re.fullmatch(r"ada@example\.org: 12 folders, 40 messages, \d+ unread\n", told.out)
    assert mail.synced == [(ADA, None)]


def test_sync_tells_how_many_messages_came(run: Run, mail: SyncedMail, monkeypatch: pytest.MonkeyPatch) -> None:
    async def brings_two(*_: object) -> None:
        mail.arrive("one")
        mail.arrive("two")

    monkeypatch.setattr(mail, "sync", brings_two)
    assert "42 messages (2 more than before), " in run("sync").out


def test_sync_of_one_folder_asks_for_no_other(run: Run, mail: SyncedMail) -> None:
    assert run("sync", "--folder", "Travel").code == 0
    assert mail.synced == [(ADA, "Travel")]


def test_a_folder_that_only_some_accounts_have_is_synced_where_it_is(run: Run, mail: SyncedMail, home: Home) -> None:
    add_account(home.config, Account("second", "h", 993, "ada"))
    mail.failures[ADA] = NotFound("There is no folder “Plans”.")
    told = run("sync", "--folder", "Plans")
    assert (told.code, told.err) == (0, "") and told.out.startswith("second: ")
    mail.failures["second"] = NotFound("There is no folder “Plans”.")
    told = run("sync", "--folder", "Plans")
    assert told.code == 2 and told.err and not told.out


def test_an_account_that_fails_does_not_stop_the_others(run: Run, mail: SyncedMail, home: Home) -> None:
    add_account(home.config, Account("second", "h", 993, "ada"))
    mail.failures[ADA] = LoginRefused("h refused the login of ada.", "Check it.")
    told = run("sync")
    assert told.code == 1
    assert told.err == f"tuimail: {ADA}: h refused the login of ada. Check it.\n"
    assert told.out.startswith("second: ")


def test_sync_as_json_is_one_document_though_an_account_fails(run: Run, mail: SyncedMail, home: Home) -> None:
    add_account(home.config, Account("second", "h", 993, "ada"))
    mail.failures["second"] = LoginRefused("h refused the login of ada.", "Check it.")
    told = run("sync", "--json")
    assert told.code == 1
    first, second = json.loads(told.out)["accounts"]
    assert (first["account"], first["ok"], first["error"], first["total"]) == (ADA, True, None, 40)
    assert (second["ok"], second["error"]) == (False, "h refused the login of ada. Check it.")
    assert json.loads(told.out)["waiting"] == 0
    for key in first:
        assert f'"{key}"' in run("sync", "--help").out


def test_where_nothing_is_known_that_is_said(run: Run, mail: SyncedMail) -> None:
    mail._folders.clear()
    told = run("folders", "--offline")
    assert (told.code, told.out) == (0, "")
    assert "tuimail sync" in told.err


def test_sync_is_refused_where_another_tuimail_holds_the_data(run: Run, mail: SyncedMail) -> None:
    mail.read_only = "Another tuimail is running."
    told = run("sync")
    assert (told.code, told.err) == (1, "tuimail: Another tuimail is running.\n")
    assert mail.synced == []


def test_an_unknown_folder_is_wrong_use_with_the_nearest_name(run: Run, mail: SyncedMail) -> None:
    mail.failures[ADA] = NotFound("There is no folder “Travle”.", "Did you mean “Travel”?")
    told = run("list", "Travle")
    assert (told.code, told.err) == (2, "tuimail: There is no folder “Travle”. Did you mean “Travel”?\n")
    told = run("list", "--offline", "Travle")
    assert (told.code, told.err) == (2, "tuimail: There is no folder “Travle”. Did you mean “Travel”?\n")


@pytest.mark.parametrize("word", ["Archive", "archive", "ARCHIVE"])
def test_a_folder_is_found_by_name_in_any_case_and_by_role(run: Run, mail: SyncedMail, word: str) -> None:
    told = run("list", word, "--json", "--offline")
    assert {row["folder"] for row in json.loads(told.out)["messages"]} == {"Archive"}


def test_folders_tells_each_folder_after_asking_the_server(run: Run, mail: SyncedMail) -> None:
    told = run("folders", "--json")
    found = json.loads(told.out)["folders"]
    assert mail.synced == [(ADA, "INBOX")]
    assert [folder["name"] for folder in found] == [folder.name for folder in mail.folders()]
    assert set(found[0]) == {"id", "account", "name", "role", "selectable", "exists", "total", "unread"}
    assert found[0]["role"] == "inbox"
    assert len(run("folders").out.splitlines()) == len(found)


def test_offline_asks_no_server(run: Run, mail: SyncedMail) -> None:
    assert run("folders", "--offline").code == 0
    assert run("list", "INBOX", "--offline").code == 0
    assert mail.synced == []


def test_without_a_line_what_is_here_is_shown_and_that_is_said(run: Run, mail: SyncedMail) -> None:
    mail.failures[ADA] = Unreachable("imap.example.org cannot be reached.", "Check the network.")
    told = run("list", "INBOX")
    assert told.code == 0
    assert told.out
    assert told.err == (
        "tuimail: imap.example.org cannot be reached. Check the network. Showing what was fetched before.\n"
    )


def test_list_as_json_is_what_the_help_says(run: Run, mail: SyncedMail) -> None:
    told = run("list", "INBOX", "--limit", "3", "--json")
    rows = json.loads(told.out)["messages"]
    expected = mail.page(mail.by_name("INBOX").id, 0, 3)
    assert [row["id"] for row in rows] == [row.id for row in expected]
    for row, summary in zip(rows, expected, strict=True):
        assert list(row) == [
            "id",
            "account",
            "folder",
            "uid",
            "date",
            "from",
            "to",
            "subject",
            "flags",
            "size",
            "has_attachment",
        ]
        assert (row["account"], row["folder"], row["subject"]) == (ADA, "INBOX", summary.subject)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", row["date"])
        assert row["from"]["email"] == summary.email
        assert ("seen" in row["flags"]) == (Flag.SEEN in summary.flags)
    help_text = run("list", "--help").out
    for key in rows[0]:
        assert f'"{key}"' in help_text


def test_list_for_people_is_one_line_a_message_and_not_cut_without_a_terminal(run: Run, mail: SyncedMail) -> None:
    long = "word " * 60
    top = mail.page(mail.by_name("INBOX").id, 0, 1)[0]
    mail.rows[top.id] = replace(top, subject=long + "\x1b]0;owned\x07\u202eend")
    told = run("list", "INBOX", "--limit", "2")
    lines = told.out.splitlines()
    assert len(lines) == 2
    assert lines[0].split()[0] == str(top.id)
    assert long in lines[0]
    assert "\x1b" not in told.out
    assert "\u202e" not in told.out


def test_list_dates_are_those_of_the_letters_as_in_json(run: Run, mail: SyncedMail) -> None:
    top = mail.page(mail.by_name("INBOX").id, 0, 1)[0]
    mail.rows[top.id] = replace(top, date=top.received - 40 * 86_400)
    assert output.local_time(top.received - 40 * 86_400) in run("list", "INBOX", "--limit", "1").out


def test_a_folder_of_which_account_is_asked_while_one_is_unknown(run: Run, mail: SyncedMail, home: Home) -> None:
    """Else the same words would mean another folder once that account has been fetched."""
    add_account(home.config, Account("second", "h", 993, "ada"))
    told = run("list", "INBOX")
    assert told.code == 2
    assert "the folders of second are not known yet" in told.err
    assert "Name the account" in told.err
    assert run("list", ADA, "INBOX").code == 0


def test_columns_count_cells_and_not_letters() -> None:
    assert output.column("東京から手紙", 8) == "東京か… "
    assert output.column("ab", 4) == "ab  "
    assert output.cut("abcdef", 4) == "abc…"


def test_quotes_and_lists_keep_their_marks_when_wrapped() -> None:
    document = Document(
        (
            Block("text", "one two three four five six", first="> ", rest="> ", level=1),
            Block("pre", "  keep   this line as it is, however long it may be", gap=False),
        )
    )
    assert output.readable(document, 24).splitlines() == [
        "> one two three four",
        "> five six",
        "  keep   this line as it is, however long it may be",
    ]
