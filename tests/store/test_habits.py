"""Pickers begin with where mail like this was filed before; what was undone is forgotten."""

from __future__ import annotations

import sqlite3

from tests.store.rows import ARCHIVE, TRASH, folder_id, memory
from tests.store.test_history import letters
from tuimail.store import habits, history


def filed(db: sqlite3.Connection, id_: int, box: bytes, at: int) -> None:
    history.move_within(db, [id_], {1: folder_id(db, box)}, "moved", at, filed=True)


def three(db: sqlite3.Connection) -> list[int]:
    """The second is of the thread of the first, the third of its list; all of one sender."""
    ids = letters(db)
    db.execute("UPDATE message SET thread = id, list_id = id || '.list'")
    db.execute("UPDATE message SET thread = ? WHERE id = ?", (ids[0], ids[1]))
    return ids


def test_the_nearest_likeness_comes_first_and_of_each_the_latest() -> None:
    db = memory()
    first, second, third = three(db)
    filed(db, first, ARCHIVE, 1)
    filed(db, third, TRASH, 2)
    archive, trash = folder_id(db, ARCHIVE), folder_id(db, TRASH)
    assert habits.usual(db, [second]) == [(archive, "thread"), (trash, "sender")]
    db.execute("UPDATE message SET thread = 99 WHERE id = ?", (second,))
    assert habits.usual(db, [second]) == [(trash, "sender"), (archive, "sender")]


def test_what_was_undone_is_forgotten_and_done_again_remembered() -> None:
    db = memory()
    first, second, _ = three(db)
    filed(db, first, ARCHIVE, 1)
    history.undo(db, 2)
    assert habits.usual(db, [second]) == []
    assert db.execute("SELECT count(*) FROM habit").fetchone() == (0,)
    history.redo(db, 3)
    assert habits.usual(db, [second]) == [(folder_id(db, ARCHIVE), "thread")]


def test_where_all_are_now_is_no_place_to_file_them() -> None:
    db = memory()
    first, second, _ = three(db)
    filed(db, first, ARCHIVE, 1)
    assert habits.usual(db, [first]) == []
    assert habits.usual(db, [first, second]) == [(folder_id(db, ARCHIVE), "thread")]


def test_archiving_by_its_key_and_reading_are_no_habits_but_copies_are() -> None:
    db = memory()
    first, second, _ = three(db)
    history.move_within(db, [first], {1: folder_id(db, ARCHIVE)}, "archived", 1)
    assert habits.usual(db, [second]) == []
    history.copy_within(db, [first], {1: folder_id(db, TRASH)}, "copied", 2)
    assert habits.usual(db, [second]) == [(folder_id(db, TRASH), "thread")]
    assert habits.usual(db, [first])[0] == (folder_id(db, TRASH), "thread")
