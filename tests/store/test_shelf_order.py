"""The server is told of folders in an order that leaves no name behind which nobody wished for."""

from __future__ import annotations

import sqlite3

import pytest

from tests.store.rows import memory, row
from tuimail.store import copies, folders, history, messages, shelf_asks, shelf_deeds, shelves, waiting
from tuimail.store.folders import Listed
from tuimail.store.shelf_order import HOLDS_FOLDERS, NOT_EMPTY, next_wish


def with_folders(*names: str, levels: tuple[str, ...] = ()) -> sqlite3.Connection:
    """A store whose server has these folders, besides the usual ones."""
    db = memory()
    usual = [Listed(b"INBOX", "INBOX", "/", "inbox", True), Listed(b"Trash", "Trash", "/", "trash", True)]
    mine = [Listed(name.encode(), name, "/", "", name not in levels) for name in names]
    folders.put_folders(db, 1, usual + mine)
    return db


def id_of(db: sqlite3.Connection, name: str) -> int:
    query = "SELECT id FROM folder WHERE name = ? AND here AND NOT want_gone"
    return int(db.execute(query, (name,)).fetchone()[0])


def wire_id(db: sqlite3.Connection, remote_name: bytes) -> int:
    return int(db.execute("SELECT id FROM folder WHERE remote_name = ?", (remote_name,)).fetchone()[0])


def rename(db: sqlite3.Connection, was: str, name: str) -> None:
    shelf_deeds.rename(db, id_of(db, was), was, name, 1)


def delete(db: sqlite3.Connection, name: str) -> None:
    shelf_deeds.delete(db, id_of(db, name), name, None, 1)


def make(db: sqlite3.Connection, name: str) -> None:
    shelf_deeds.create(db, 1, name, "/", 1)


def told(db: sqlite3.Connection) -> list[str]:
    """What the server is told until nothing is wished any more, when it obeys."""
    said: list[str] = []
    for _ in range(20):
        if (wish := shelf_asks.next_asked(db, 1, ())) is None:
            return said
        said.append(" ".join((wish.what, wish.remote_name.decode(), wish.becomes.decode())).strip())
        if wish.what == "create":
            said[-1] = f"create {wish.becomes.decode()}{'/' * wish.level}"
            shelf_asks.made(db, wish.id)
        elif wish.what == "rename":
            shelf_asks.renamed(db, wish.id, wish.remote_name, wish.becomes)
        elif wish.what == "delete":
            assert shelf_asks.ask_to_delete(db, wish)
            shelf_asks.deleted(db, wish.id)
        else:
            shelf_asks.subscribed(db, wish.id, wish.on)
    raise AssertionError(f"no end: {said}")


def test_what_is_below_is_deleted_first() -> None:
    db = with_folders("X", "X/Y", "X/Y/Z")
    for name in ("X/Y/Z", "X/Y", "X"):
        delete(db, name)
    assert told(db) == ["delete X/Y/Z", "delete X/Y", "delete X"]


def test_what_shall_stand_in_a_folder_to_be_made_waits_for_it() -> None:
    db = with_folders("Long name")
    make(db, "Y")
    rename(db, "Long name", "Y/Z")
    assert told(db) == ["create Y", "rename Long name Y/Z"]


def test_a_new_folder_waits_until_the_one_above_has_its_name() -> None:
    db = with_folders("X", "Y")
    rename(db, "Y", "Z")
    rename(db, "X", "Y")
    make(db, "Y/New")
    make(db, "Z/New")
    assert told(db) == ["rename Y Z", "rename X Y", "create Y/New", "create Z/New"], "each where it was made"


def test_what_is_made_below_a_name_that_is_deleted_and_made_again_waits_for_both() -> None:
    db = with_folders("X")
    delete(db, "X")
    rename(db, "Trash", "X")
    make(db, "X/Y")
    assert told(db) == ["delete X", "rename Trash X", "create X/Y"]


@pytest.mark.parametrize("refused", ["X", "Y"])
def test_what_waits_for_something_refused_is_not_told(refused: str) -> None:
    db = with_folders("X")
    rename(db, "X", "Y")
    make(db, "Y/Z")
    wish = shelf_asks.next_asked(db, 1, ())
    assert wish is not None and wish.what == "rename"
    assert shelf_asks.refused(db, wish.id, "No.")
    assert next_wish(db, 1) is None


def test_two_folders_change_their_names_with_each_other() -> None:
    db = with_folders("X", "Y")
    rename(db, "X", "Z")
    rename(db, "Y", "X")
    rename(db, "Z", "Y")
    assert told(db) == ["rename X Y~", "rename Y X", "rename Y~ Y"]


def test_a_folder_takes_the_name_of_the_one_it_stood_in() -> None:
    db = with_folders("X", "X/Y")
    rename(db, "X/Y", "Z")
    delete(db, "X")
    rename(db, "Z", "X")
    assert told(db) == ["rename X/Y X~", "delete X", "rename X~ X"]


def test_a_folder_takes_the_name_of_a_level_above_it() -> None:
    db = with_folders()
    make(db, "X/Y/Z")
    make(db, "X/W")
    assert told(db) == ["create X/W", "create X/Y/Z"]
    delete(db, "X/W")
    rename(db, "X/Y/Z", "Q")
    rename(db, "Q", "X")
    assert told(db) == ["delete X/W", "rename X/Y/Z X~", "delete X/Y", "delete X", "rename X~ X"]


def test_what_would_get_its_name_with_a_folder_that_is_deleted_gets_it_by_itself() -> None:
    db = with_folders("X", "X/Y")
    rename(db, "X", "Z")
    shelves.vanish(db, id_of(db, "Z"), 1)
    assert told(db) == ["rename X/Y Z/Y", "delete X"]


def test_a_refused_passing_name_waits_in_the_queue() -> None:
    db = with_folders("X", "Y")
    rename(db, "X", "Z")
    rename(db, "Y", "X")
    rename(db, "Z", "Y")
    wish = shelf_asks.next_asked(db, 1, ())
    assert wish is not None and shelf_asks.refused(db, wish.id, "No.")
    query = "SELECT wish_error FROM folder WHERE name = 'Y'"
    assert db.execute(query).fetchone() == ("No.",)


def test_mail_or_folders_that_stood_in_the_way_of_a_deletion_and_are_gone_do_so_no_more() -> None:
    db = with_folders("X", "X/Y")
    x = id_of(db, "X")
    shelves.vanish(db, x, 1)
    messages.put_heads(db, x, [row(1)])
    shelf_asks.hindered(db, x, NOT_EMPTY)
    assert next_wish(db, 1) is None
    messages.mark_gone(db, x, [(1, 1)])
    assert next_wish(db, 1) is not None
    shelf_asks.hindered(db, x, HOLDS_FOLDERS)
    assert next_wish(db, 1) is None
    delete(db, "X/Y")
    assert told(db) == ["delete X/Y", "delete X"]


def test_a_level_made_by_the_way_goes_with_the_last_that_stands_in_it() -> None:
    db = with_folders()
    make(db, "X/Y/Z")
    make(db, "X/W")
    assert told(db) == ["create X/W", "create X/Y/Z"]
    assert {f.name for f in folders.all_folders(db) if not f.selectable} == {"X", "X/Y"}
    delete(db, "X/W")
    assert told(db) == ["delete X/W"]
    rename(db, "X/Y/Z", "Q")
    assert told(db) == ["rename X/Y/Z Q", "delete X/Y", "delete X"]


def test_a_level_is_remembered_where_a_folder_was_to_be_made_that_shall_have_another_name_since() -> None:
    db = with_folders("X")
    old = id_of(db, "X")
    delete(db, "X")
    wish = next_wish(db, 1)
    assert wish is not None and shelf_asks.ask_to_delete(db, wish)
    history.undo(db, 2)
    rename(db, "X", "Q")
    shelf_asks.deleted(db, old)
    make(db, "X/Y")
    assert sorted(told(db)) == ["create Q", "create X/Y"]
    delete(db, "X/Y")
    assert told(db) == ["delete X/Y", "delete X"]


def test_a_folder_is_made_under_the_name_that_another_has_which_no_server_has_heard_of() -> None:
    db = with_folders("X", "Q")
    old = id_of(db, "X")
    delete(db, "X")
    wish = next_wish(db, 1)
    assert wish is not None and shelf_asks.ask_to_delete(db, wish)
    history.undo(db, 2)
    delete(db, "Q")
    rename(db, "X", "Q")
    shelf_asks.deleted(db, old)
    shelf_asks.hindered(db, wire_id(db, b"Q"), "It is wanted by somebody else.")
    make(db, "X")
    assert told(db) == ["create X"], "what shall be Q waits for Q"
    assert wire_id(db, b"X") == id_of(db, "X") != old


def test_a_folder_that_gets_the_name_of_a_level_is_called_so() -> None:
    db = with_folders("Q")
    make(db, "X/Y")
    assert told(db) == ["create X/Y"]
    rename(db, "X/Y", "Z")
    make(db, "X/W")
    rename(db, "Q", "X")
    assert told(db) == ["rename X/Y Z", "rename Q X", "create X/W"]
    assert wire_id(db, b"X") == id_of(db, "X")


def test_a_folder_with_a_copy_in_it_is_unmade_when_the_copy_is() -> None:
    db = with_folders()
    messages.put_heads(db, id_of(db, "INBOX"), [row(1)])
    (id_,) = db.execute("SELECT id FROM message").fetchone()
    make(db, "X")
    assert told(db) == ["create X"]
    unmade = db.execute("SELECT max(id) FROM deed").fetchone()[0]
    x = id_of(db, "X")
    history.copy_within(db, [id_], {1: x}, "copied", 1)
    (push,) = copies.to_push(db, 1)
    messages.put_heads(db, x, [row(9)])
    copies.seen(db, push.copies[0].id, *db.execute("SELECT id FROM message WHERE folder_id = ?", (x,)).fetchone())
    history.apply(db, unmade, "made folder X", backwards=True, now=2)
    wish = next_wish(db, 1)
    assert wish is not None and wish.what == "delete" and not shelves.sweep_out(db, x, 3), "it is not empty"
    shelf_asks.hindered(db, x, NOT_EMPTY)
    assert next_wish(db, 1) is None
    history.undo(db, 4)
    db.execute("UPDATE message SET gone = 1 WHERE folder_id = ?", (x,))
    assert told(db) == ["delete X"]


def test_a_level_that_another_made_stays() -> None:
    db = with_folders("X", "X/Y", levels=("X",))
    delete(db, "X/Y")
    assert told(db) == ["delete X/Y"]


def wanted_where_a_level_is() -> tuple[sqlite3.Connection, int]:
    """X was deleted, stands again as a level above X/Y, and its deletion is undone; and the id of that X."""
    db = with_folders("X")
    old = id_of(db, "X")
    delete(db, "X")
    make(db, "X/Y")
    assert told(db) == ["delete X", "create X/Y"]
    shelves.bring_back(db, old, 2)
    return db, old


def test_a_folder_is_made_where_a_level_was_made_by_the_way() -> None:
    db, old = wanted_where_a_level_is()
    assert told(db) == ["create X"]
    assert [(f.id, f.selectable) for f in folders.all_folders(db) if f.name == "X"] == [(old, True)]


def test_a_folder_that_was_not_made_where_a_level_is_leaves_no_level() -> None:
    db, old = wanted_where_a_level_is()
    wish = shelf_asks.next_asked(db, 1, ())
    assert wish is not None and wish.what == "create", "and the line is cut before the server hears of it"
    there = (("INBOX", True), ("X", False), ("X/Y", True))
    folders.put_folders(db, 1, [Listed(name.encode(), name, "/", "", some) for name, some in there])
    shelves.vanish(db, old, 3)
    delete(db, "X/Y")
    assert told(db) == ["delete X/Y", "delete X"]


def wanted_under_the_name_of_a_folder() -> tuple[sqlite3.Connection, int]:
    """X, a level made by the way, was deleted, X is a folder now, and the deletion is undone; and the level's id."""
    db = with_folders()
    make(db, "X/Y")
    assert told(db) == ["create X/Y"]
    level = id_of(db, "X")
    delete(db, "X/Y")
    delete(db, "X")
    assert told(db) == ["delete X/Y", "delete X"]
    make(db, "X")
    assert told(db) == ["create X"]
    shelves.bring_back(db, level, 2)
    return db, level


def test_a_level_that_was_wanted_back_under_a_name_another_has_just_goes_again() -> None:
    db, level = wanted_under_the_name_of_a_folder()
    shelves.vanish(db, level, 3)
    assert told(db) == [], "on the server that name is the other folder"


def test_a_level_that_was_wanted_back_under_a_name_another_has_is_there_with_it() -> None:
    db, level = wanted_under_the_name_of_a_folder()
    assert told(db) == []
    assert waiting.groups(db) == [], "a line about it would stay for ever"
    assert [f.id for f in folders.all_folders(db) if f.name == "X"] != [level]


def test_levels_that_were_wanted_back_and_hold_nothing_are_not_made() -> None:
    """A folder above them could not be deleted for them, nor they be made in it."""
    db = with_folders()
    make(db, "X")
    make(db, "X/Y/Z/Leaf")
    assert told(db) == ["create X", "create X/Y/Z/Leaf"]
    levels = [id_of(db, name) for name in ("X/Y", "X/Y/Z")]
    for name in ("X/Y/Z/Leaf", "X/Y/Z", "X/Y"):
        delete(db, name)
    assert told(db) == ["delete X/Y/Z/Leaf", "delete X/Y/Z", "delete X/Y"]
    for level in levels:
        shelves.bring_back(db, level, 2)
    shelves.vanish(db, id_of(db, "X"), 3)
    assert told(db) == ["delete X"]
    assert waiting.groups(db) == []
    shelves.bring_back(db, levels[0], 4)
    make(db, "X/Y/New")
    assert told(db) == ["create X/Y/", "create X/Y/New"], "one that is to hold something is made"


def test_a_folder_that_waits_for_a_name_another_has_says_so_in_the_queue() -> None:
    db = with_folders("X", "Y")
    old = id_of(db, "X")
    delete(db, "X")
    assert told(db) == ["delete X"]
    rename(db, "Y", "X")
    assert told(db) == ["rename Y X"]
    shelves.bring_back(db, old, 2)
    assert told(db) == []
    (line,) = [line for line in waiting.groups(db) if line.error]
    assert (line.what, line.error) == ("make the folder X", "Another folder is called X: rename one of them.")
    assert line.ours, "the server has refused nothing"
    shelf_deeds.rename(db, old, "X", "Z", 3)
    assert told(db) == ["create Z"]


def test_a_level_that_went_by_itself_is_nobodys_trouble() -> None:
    """Some servers take a level away with the last name below it."""
    db = with_folders()
    make(db, "X/Y")
    assert told(db) == ["create X/Y"]
    delete(db, "X/Y")
    wish = shelf_asks.next_asked(db, 1, ())
    assert wish is not None and shelf_asks.ask_to_delete(db, wish)
    shelf_asks.deleted(db, wish.id)
    level = shelf_asks.next_asked(db, 1, ())
    assert level is not None and level.remote_name == b"X" and level.level
    assert not shelf_asks.refused(db, level.id, "No such name.")
    assert next_wish(db, 1) is None
    assert "X" not in [f.name for f in folders.all_folders(db)]


def test_a_name_that_only_holds_folders_is_not_the_folder_that_is_wished() -> None:
    db = with_folders()
    make(db, "X")
    folders.put_folders(db, 1, [Listed(b"INBOX", "INBOX", "/", "inbox", True), Listed(b"X", "X", "/", "", False)])
    assert told(db) == ["create X"]
    assert next(f for f in folders.all_folders(db) if f.name == "X").selectable


def test_a_folder_that_is_made_is_none_that_only_held_folders() -> None:
    db = with_folders("X", levels=("X",))
    delete(db, "X")
    assert told(db) == ["delete X"]
    make(db, "X")
    assert told(db) == ["create X"]
    history.undo(db, 2)
    assert told(db) == ["delete X"]
    history.undo(db, 2)
    assert told(db) == ["create X/"]


def test_a_folder_is_made_where_another_made_a_level() -> None:
    db = with_folders("X", "X/Y", levels=("X",))
    shelves.want(db, 1, "X", "/", "archive", 1)
    assert told(db) == ["create X"]


def test_a_level_that_was_deleted_comes_back_as_a_level() -> None:
    db = with_folders("X", levels=("X",))
    delete(db, "X")
    wish = next_wish(db, 1)
    assert wish is not None and wish.level, "it cannot be opened, and need not be emptied"
    assert told(db) == ["delete X"]
    history.undo(db, 2)
    assert told(db) == ["create X/"]
