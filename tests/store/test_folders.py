"""What LIST says and what the user made, in one table."""

from __future__ import annotations

import sqlite3

import pytest

from tests.store.rows import INBOX, folder_id, memory, row
from tuimail.errors import NotFound
from tuimail.model import Role
from tuimail.store import folders, messages, shelf_order, shelves
from tuimail.store.folders import Listed

LIST = [Listed(b"INBOX", "INBOX", "/", "inbox", True), Listed(b"Work", "Work", "/", "", True)]


def to_make(db: sqlite3.Connection) -> list[int]:
    wish = shelf_order.next_wish(db, 1)
    return [wish.id] if wish is not None and wish.what == "create" else []


def names(db: object) -> list[str]:
    return [f.name for f in folders.all_folders(db)]  # type: ignore[arg-type]


def test_a_folder_the_server_dropped_is_hidden_and_one_the_user_made_is_not() -> None:
    db = memory()
    shelves.want(db, 1, "Mine", "/", "", 1)
    folders.put_folders(db, 1, LIST)
    assert names(db) == ["INBOX", "Mine", "Work"]
    assert to_make(db) == [folder_id(db, b"Mine")]


def test_a_folder_made_here_stops_waiting_when_the_server_lists_it() -> None:
    db = memory()
    id_ = shelves.want(db, 1, "Work", "/", "archive", 1)
    assert id_ in to_make(db)
    folders.put_folders(db, 1, LIST)
    assert to_make(db) == []
    folder = folders.one_folder(db, id_)
    assert folder is not None
    assert folder.role is Role.ARCHIVE, "the server did not say otherwise"


def test_a_dropped_folder_that_the_user_makes_again_is_wanted_again() -> None:
    db = memory()
    folders.put_folders(db, 1, LIST)
    folders.put_folders(db, 1, LIST[:1])
    assert names(db) == ["INBOX"]
    shelves.want(db, 1, "Work", "/", "", 1)
    assert to_make(db) == [folder_id(db, b"Work")]
    folders.put_folders(db, 1, LIST[:1])
    assert names(db) == ["INBOX", "Work"], "it would vanish with what is moved into it"


def test_making_a_folder_that_is_there_changes_nothing() -> None:
    db = memory()
    before = folders.all_folders(db)
    assert shelves.want(db, 1, "Archive", "/", "", 1) == folder_id(db, b"Archive")
    assert folders.all_folders(db) == before
    assert to_make(db) == []


def test_folders_stand_in_the_order_of_their_use() -> None:
    db = memory()
    roles = {"zebra": "", "Drafts": "drafts", "Sent": "sent", "Junk": "junk", "Archive/2020": "", "abc": ""}
    folders.put_folders(db, 1, [Listed(n.encode(), n, "/", r, True) for n, r in roles.items()])
    folders.put_folders(db, 1, [Listed(n.encode(), n, "/", "", True) for n in ("INBOX", "Archive", "Trash", *roles)])
    assert names(db) == [
        *("INBOX", "abc", "zebra", "Drafts", "Sent", "Archive", "Archive/2020", "Junk", "Trash"),
    ]


@pytest.mark.parametrize("name", ["inbox", "INBOX", "Inbox"])
def test_the_inbox_is_found_in_any_case(name: str) -> None:
    db = memory()
    assert folders.by_name(db, 1, name) == folder_id(db, INBOX)


def test_an_exact_name_wins_over_another_case_and_a_near_one_is_offered() -> None:
    db = memory()
    folders.put_folders(db, 1, [*LIST, Listed(b"work", "work", "/", "", True)])
    assert folders.by_name(db, 1, "work") == folder_id(db, b"work")
    assert folders.by_name(db, 1, "Work") == folder_id(db, b"Work")
    with pytest.raises(NotFound, match="Did you mean “Work”"):
        folders.by_name(db, 1, "Wrok")


def test_known_counts_what_the_server_has_and_not_what_is_wished() -> None:
    db = memory()
    inbox = folder_id(db)
    messages.put_heads(db, inbox, [row(1), row(2), row(3)])
    messages.mark_gone(db, inbox, [(2, 2)])
    known = folders.one_known(db, inbox)
    assert known is not None
    assert known.count == 2
