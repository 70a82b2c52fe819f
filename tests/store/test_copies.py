"""A copy is made once, is never taken for a message that was moved, and an undone one ends in the trash."""

from __future__ import annotations

import sqlite3

from tests.store.rows import ARCHIVE, INBOX, TRASH, folder_id, memory, row
from tests.store.test_history import letters
from tuimail.store import copies, folders, history, messages, wishes


def wished(db: sqlite3.Connection) -> tuple[int, copies.CopyPush]:
    """One message, to be copied into the archive."""
    (id_,) = letters(db, 1)
    done = history.copy_within(db, [id_], {1: folder_id(db, ARCHIVE)}, "copied to Archive", 1)
    assert done is not None and done.label == "copied to Archive 1 message"
    (push,) = copies.to_push(db, 1)
    return id_, push


def epoch(db: sqlite3.Connection) -> None:
    for name in (INBOX, ARCHIVE, TRASH):
        state = {"uidvalidity": 5, "uidnext": 9, "modseq": None, "exists": 0, "complete": True}
        folders.set_state(db, folder_id(db, name), **state)  # type: ignore[arg-type]


def test_what_was_not_sent_is_taken_back_by_undo_and_wished_again_by_redo() -> None:
    db = memory()
    wished(db)
    assert wishes.pending_count(db) == 1
    assert [(c.what, c.subject) for c in wishes.pending(db, 9)] == [("copy INBOX → Archive", "m1")]
    done = history.undo(db, 2)
    assert done is not None and done.count == 1
    assert copies.to_push(db, 1) == [] and wishes.pending_count(db) == 0
    history.redo(db, 3)
    assert len(copies.to_push(db, 1)) == 1


def test_copying_twice_while_the_first_waits_is_one_copy() -> None:
    db = memory()
    id_, _ = wished(db)
    done = history.copy_within(db, [id_], {1: folder_id(db, ARCHIVE)}, "copied", 2)
    assert done is not None and done.count == 0


def test_the_copy_that_is_pulled_is_not_the_message_that_was_moved_meanwhile() -> None:
    db = memory()
    epoch(db)
    id_, push = wished(db)
    copies.begin(db, [push.copies[0].id], 5, 9)
    history.move(db, [id_], folder_id(db, TRASH), "trashed", 2)
    messages.mark_gone(db, folder_id(db), [(1, 1)])  # moved; its new place is not known yet
    messages.put_heads(db, folder_id(db, ARCHIVE), [row(9, "m1")])
    messages.put_heads(db, folder_id(db, TRASH), [row(4, "m1")])
    places = dict(db.execute("SELECT id, folder_id FROM message WHERE gone = 0").fetchall())
    assert places.pop(id_) == folder_id(db, TRASH)
    assert list(places.values()) == [folder_id(db, ARCHIVE)]
    assert wishes.pending_count(db) == 1, "only the move is to be confirmed"


def test_a_copy_undone_after_it_was_made_goes_to_the_trash_and_back_by_redo() -> None:
    db = memory()
    epoch(db)
    _, push = wished(db)
    copies.begin(db, [push.copies[0].id], 5, 9)
    copies.made(db, {push.copies[0].id: 9})
    messages.put_heads(db, folder_id(db, ARCHIVE), [row(9, "m1")])
    where = "SELECT here FROM message WHERE remote_id = 9"
    done = history.undo(db, 2)
    assert done is not None and done.folders == {folder_id(db, ARCHIVE), folder_id(db, TRASH)}
    assert db.execute(where).fetchone() == (folder_id(db, TRASH),)
    history.redo(db, 3)
    assert db.execute(where).fetchone() == (folder_id(db, ARCHIVE),)


def test_a_copy_undone_while_it_was_made_goes_to_the_trash_when_it_is_found() -> None:
    db = memory()
    epoch(db)
    _, push = wished(db)
    copies.begin(db, [push.copies[0].id], 5, 9)
    history.undo(db, 2)
    copies.made(db, {push.copies[0].id: None})
    messages.put_heads(db, folder_id(db, ARCHIVE), [row(11, "m1")])
    assert db.execute("SELECT here FROM message WHERE remote_id = 11").fetchone() == (folder_id(db, TRASH),)


def test_a_copy_into_a_folder_that_vanished_is_given_up() -> None:
    db = memory()
    wished(db)
    folders.put_folders(db, 1, [folders.Listed(INBOX, "INBOX", "/", "inbox", True)])
    wishes.give_up_vanished(db, 1)
    assert wishes.pending_count(db) == 0
