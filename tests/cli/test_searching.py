"""`tuimail search` against a real Dovecot: what is found, how it is printed, and how a mistake is shown."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.cli.conftest import Run, Told
from tests.servers.dovecot import Dovecot

Search = Callable[..., Told]


def letter(number: int, words: str) -> bytes:
    return (
        f"From: Zoë <zoe@example.org>\r\nTo: ada@example.org\r\nSubject: letter {number}\r\n"
        f"Message-ID: <{number}@example.org>\r\n\r\n{words}\r\n"
    ).encode()


@pytest.fixture
def search(run: Run, dovecot: Dovecot) -> Search:
    """`tuimail search …` in a mailbox with three letters, one of them in the archive, one in the trash."""
    user = dovecot.user()
    dovecot.deliver(user, [letter(1, "lighthouse")])
    with dovecot.client(user) as other:
        other.append("Archive", "\\Seen", "", letter(2, "lighthouse"))
        other.append("Trash", "", "", letter(3, "windmill"))
    url = f"imap+insecure://{user}@{dovecot.host}:{dovecot.port}/"

    def searched(query: str, *words: str) -> Told:
        return run("search", "--password-command", "echo test", *words, "--", query, url)

    return searched


def subjects(told: Told) -> list[str]:
    assert told.code == 0, told.err
    return [row["subject"] for row in json.loads(told.out)["messages"]]


def test_headers_and_texts_of_all_folders_are_found(search: Search) -> None:
    assert sorted(subjects(search("letter", "--json"))) == ["letter 1", "letter 2"]
    assert subjects(search("letter in:trash", "--json")) == ["letter 3"]
    assert sorted(subjects(search("lighthouse", "--json"))) == ["letter 1", "letter 2"]
    assert subjects(search("-is:unread", "--json")) == ["letter 2"]


def test_one_folder_only_and_no_more_than_asked_for(search: Search) -> None:
    assert subjects(search("lighthouse", "--json", "--folder", "archive")) == ["letter 2"]
    assert len(subjects(search("letter", "--json", "--limit", "1"))) == 1


def test_offline_only_what_is_here_is_found(search: Search) -> None:
    assert subjects(search("letter", "--json", "--offline")) == []
    search("letter")
    assert len(subjects(search("letter", "--json", "--offline"))) == 2
    assert subjects(search("lighthouse", "--json", "--offline")) == []


def test_rows_are_those_of_list(search: Search) -> None:
    told = search("letter in:archive", "--json")
    (row,) = json.loads(told.out)["messages"]
    assert row["folder"] == "Archive"
    assert row["from"] == {"name": "Zoë", "email": "zoe@example.org"}
    assert row["flags"] == ["seen"]
    lines = search("letter in:archive").out.splitlines()
    assert len(lines) == 1
    assert "Zoë" in lines[0]
    assert lines[0].endswith("letter 2")


def test_a_mistake_is_pointed_at_and_nothing_is_searched(search: Search) -> None:
    told = search("日本 is:blue form:ada", "--offline")
    assert told.code == 2
    assert told.out == ""
    assert told.err.splitlines() == [
        "tuimail: “is:” wants one of unread, read, starred, unstarred, answered, unanswered, draft, forwarded.",
        "    日本 is:blue form:ada",
        "         ^^^^^^^",
        "tuimail: There is no “form:”. Did you mean “from:”?",
        "    日本 is:blue form:ada",
        "                 ^^^^^^^^",
    ]


def test_a_folder_that_is_not_there_is_pointed_at(search: Search) -> None:
    search("letter")
    told = search("in:nowhere", "--offline")
    assert told.code == 2
    assert "There is no folder “nowhere”." in told.err


def test_the_help_names_every_operator(run: Run) -> None:
    from tuimail.query import OPERATORS

    told = run("search", "--help")
    assert all(f"{operator.name}:{operator.takes}" in told.out for operator in OPERATORS)
    assert max(map(len, told.out.splitlines())) <= 120
