"""The queue in groups: equal changes are one line, dropped or tried again as one; and what others made pointless."""

from __future__ import annotations

import sqlite3

import pytest

from tests.store.rows import ARCHIVE, INBOX, TRASH, folder_id, memory, row
from tuimail.model import Conflict
from tuimail.store import conflicts, folders, history, messages, past, shelf_asks, shelf_deeds, shelves, waiting, wishes

STARRED = 4


def letters(db: sqlite3.Connection, count: int = 3) -> list[int]:
    messages.put_heads(db, folder_id(db), [row(n) for n in range(1, count + 1)])
    return [id_ for (id_,) in db.execute("SELECT id FROM message ORDER BY id")]


def told(db: sqlite3.Connection) -> list[tuple[str, int, int, str]]:
    return [(group.what, group.count, group.since, group.error) for group in waiting.groups(db)]


def key(db: sqlite3.Connection, what: str) -> str:
    return next(group.key for group in waiting.groups(db) if group.what == what)


def test_ten_thousand_equal_changes_are_one_line() -> None:
    db = memory()
    ids = letters(db, 10_000)
    history.move(db, ids[2:], folder_id(db, ARCHIVE), "archived", 5)
    history.flag(db, ids[:1], STARRED, 0, "starred", 3)
    history.flag(db, ids[2:3], STARRED, 0, "starred", 7)
    assert told(db) == [
        ("star", 1, 3, ""),
        ("move INBOX → Archive", 9997, 5, ""),
        ("move INBOX → Archive, star", 1, 7, ""),
    ]
    assert [m.subject for m in waiting.members(db, key(db, "move INBOX → Archive"), 2)] == ["m10000", "m9999"]
    assert len(waiting.members(db, key(db, "move INBOX → Archive"))) == 9997


def test_what_was_refused_comes_first_and_can_be_tried_again() -> None:
    db = memory()
    ids = letters(db)
    history.flag(db, ids[:1], STARRED, 0, "starred", 1)
    history.move(db, ids[1:], folder_id(db, ARCHIVE), "archived", 2)
    wishes.refused(db, folder_id(db), [2], "Over quota.")
    assert told(db) == [
        ("move INBOX → Archive", 1, 2, "Over quota."),
        ("star", 1, 1, ""),
        ("move INBOX → Archive", 1, 2, ""),
    ]
    waiting.retry(db, waiting.groups(db)[0].key)
    assert told(db) == [("star", 1, 1, ""), ("move INBOX → Archive", 2, 2, "")]


def test_a_folder_that_is_still_to_be_made_is_named() -> None:
    db = memory()
    ids = letters(db)
    target = shelves.want(db, 1, "Travel", "/", "", 1)
    history.move(db, ids, target, "moved to Travel", 1)
    assert [(group.what, group.unmade) for group in waiting.groups(db)] == [
        ("move INBOX → Travel", "Travel"),
        ("make the folder Travel", ""),
    ]


def test_what_is_dropped_is_as_the_server_has_it_and_undo_wishes_it_again() -> None:
    db = memory()
    ids = letters(db)
    messages.put_flags(db, folder_id(db), [(1, STARRED, "")])
    history.move(db, ids, folder_id(db, ARCHIVE), "archived", 1)
    history.flag(db, ids, 1, STARRED, "changed", 2)
    wished = wishes.to_push(db, 1)
    picture = db.execute("SELECT id, here, shown FROM message").fetchall()
    done = waiting.drop_messages(db, ids, 3)
    assert done.label == "dropped the change of 3 messages"
    assert db.execute("SELECT here, shown FROM message ORDER BY id").fetchall() == [
        (folder_id(db), STARRED),
        (folder_id(db), 0),
        (folder_id(db), 0),
    ]
    assert wishes.to_push(db, 1) == ([], [])
    assert [(group.what, group.count) for group in waiting.groups(db)] == [("", 3)]
    history.undo(db, 4)
    assert wishes.to_push(db, 1) == wished
    assert db.execute("SELECT id, here, shown FROM message").fetchall() == picture


def test_a_dropped_refusal_and_a_dropped_label_leave_nothing_to_send() -> None:
    db = memory()
    ids = letters(db)
    history.label(db, ids, "+work", "labelled", 1)
    wishes.refused(db, folder_id(db), [1], "No keywords here.")
    waiting.drop_messages(db, ids, 2)
    assert wishes.to_push(db, 1) == ([], [])
    assert not any(group.error for group in waiting.groups(db))
    assert past.lines(db, 1)[0].able == 3


def test_a_dropped_deletion_brings_the_message_back() -> None:
    db = memory()
    ids = letters(db, 1)
    history.delete(db, ids, 1)
    assert told(db) == [("delete from INBOX for good", 1, 1, "")]
    waiting.drop_messages(db, ids, 2)
    assert db.execute("SELECT here FROM message").fetchone() == (folder_id(db),)


@pytest.mark.parametrize("began", [INBOX, TRASH])
def test_what_was_on_its_way_out_of_a_folder_to_be_deleted_goes_to_the_trash_and_undo_ends_where_it_began(
    began: bytes,
) -> None:
    """Else it would be swept out as a part of the older deletion, and undoing that would bring it into the folder."""
    db = memory()
    messages.put_heads(db, folder_id(db, began), [row(1)])
    ids = [id_ for (id_,) in db.execute("SELECT id FROM message")]
    travel = shelves.want(db, 1, "Travel", "/", "", 1)
    shelf_asks.made(db, travel)
    history.move(db, ids, travel, "moved", 1)
    _, moves = wishes.to_push(db, 1)
    wishes.moved(db, moves[0], {1: 1})
    history.undo(db, 2)
    shelf_deeds.delete(db, travel, "Travel", folder_id(db, TRASH), 3)
    waiting.drop_messages(db, ids, 4)
    shelves.sweep_out(db, travel, 5)
    assert db.execute("SELECT here FROM message").fetchone() == (folder_id(db, TRASH),)
    while history.undo(db, 6):
        pass
    assert db.execute("SELECT here FROM message").fetchone() == (folder_id(db, began),)


def test_what_others_deleted_first_is_told_once_with_what_was_wished() -> None:
    db = memory()
    ids = letters(db, 4)
    history.move(db, ids[:1], folder_id(db, ARCHIVE), "archived", 1)
    history.flag(db, ids[:2], STARRED, 0, "starred", 2)
    history.delete(db, ids[3:], 3)
    messages.mark_gone(db, folder_id(db), [(1, 4)])
    messages.sweep(db, 1, [folder_id(db)], 50)
    expected = [
        Conflict(50, "m2", "deleted", "star"),
        Conflict(50, "m1", "deleted", "archive and star"),
    ]
    assert sorted(conflicts.latest(db, 10), key=str) == sorted(expected, key=str)
    assert len(conflicts.take_untold(db, 1)) == 2
    assert conflicts.take_untold(db, 1) == []
    assert expected[0].words == "deleted elsewhere; your star has nothing left to do"


def test_a_copy_that_cannot_be_made_any_more_is_told_too() -> None:
    db = memory()
    ids = letters(db, 2)
    history.copy_within(db, ids, {1: folder_id(db, ARCHIVE)}, "copied", 1)
    messages.mark_gone(db, folder_id(db), [(1, 1)])
    messages.sweep(db, 1, [folder_id(db)], 50)
    folders.put_folders(db, 1, [folders.Listed(n, n.decode(), "/", "", True) for n in (INBOX, TRASH)])
    conflicts.end_homeless(db, 1, 60)
    assert [(c.subject, c.words) for c in conflicts.latest(db, 10)] == [
        ("m2", "your copy to Archive was not done; that folder is not on the server any more"),
        ("m1", "deleted elsewhere; your copy to Archive has nothing left to do"),
    ]
    assert told(db) == [], "nothing waits any more"


def test_what_the_server_said_it_moved_and_is_nowhere_is_told_too() -> None:
    """Dovecot says OK to a MOVE of what is not there any more."""
    db = memory()
    ids = letters(db)
    history.move(db, ids[:1], folder_id(db, ARCHIVE), "archived", 1)
    _, [push] = wishes.to_push(db, 1)
    wishes.moved(db, push, None)
    messages.sweep(db, 1, [folder_id(db, ARCHIVE)], 50)
    assert [(c.subject, c.wish) for c in conflicts.latest(db, 10)] == [("m1", "archive")]


def test_what_was_thought_better_of_and_what_had_come_true_is_no_conflict() -> None:
    db = memory()
    ids = letters(db)
    history.move(db, ids[:2], folder_id(db, ARCHIVE), "archived", 1)
    history.undo(db, 2)
    history.move(db, ids[2:], folder_id(db, ARCHIVE), "archived", 3)
    _, [push] = wishes.to_push(db, 1)
    wishes.moved(db, push, {3: 1})
    messages.mark_gone(db, folder_id(db), [(1, 2)])
    messages.mark_gone(db, folder_id(db, ARCHIVE), [(1, 1)])
    messages.sweep(db, 1, [folder_id(db), folder_id(db, ARCHIVE)], 50)
    assert conflicts.latest(db, 10) == []


def test_a_folder_that_went_ends_the_moves_into_it_with_a_word() -> None:
    db = memory()
    ids = letters(db)
    history.move(db, ids[:2], folder_id(db, ARCHIVE), "archived", 1)
    folders.put_folders(db, 1, [folders.Listed(n, n.decode(), "/", "", True) for n in (INBOX, TRASH)])
    conflicts.end_homeless(db, 1, 50)
    assert [(c.subject, c.what, c.wish) for c in conflicts.latest(db, 10)] == [
        ("m2", "folder", "move to Archive"),
        ("m1", "folder", "move to Archive"),
    ]
    assert wishes.to_push(db, 1) == ([], [])


def test_a_hundred_conflicts_are_kept() -> None:
    db = memory()
    ids = letters(db, 150)
    history.flag(db, ids, STARRED, 0, "starred", 1)
    messages.mark_gone(db, folder_id(db), [(1, 120)])
    messages.sweep(db, 1, [folder_id(db)], 50)
    messages.mark_gone(db, folder_id(db), [(121, 150)])
    messages.sweep(db, 1, [folder_id(db)], 60)
    assert len(conflicts.latest(db, 1000)) == conflicts.KEPT
    assert conflicts.latest(db, 1)[0].at == 60


def test_copies_are_a_group_of_their_own() -> None:
    db = memory()
    ids = letters(db)
    target = shelves.want(db, 1, "Travel", "/", "", 1)
    for number, id_ in enumerate(ids):
        query = "INSERT INTO copy(message_id, target_id, since, error) VALUES (?, ?, 7, ?)"
        db.execute(query, (id_, target, "Over quota." if number else None))
    first, folder, second = waiting.groups(db)
    assert folder.what == "make the folder Travel"
    assert (first.what, first.count, first.error) == ("copy INBOX → Travel", 2, "Over quota.")
    assert (second.count, second.since, second.unmade) == (1, 7, "Travel")
    assert [change.subject for change in waiting.members(db, first.key)] == ["m3", "m2"]
    waiting.retry(db, first.key, only=ids[:1])
    assert waiting.groups(db)[0].count == 2, "it is none of this group"
    waiting.retry(db, first.key)
    _, group = waiting.groups(db)
    assert (group.count, group.error) == (3, "")


def test_nothing_is_moved_into_a_folder_that_is_deleted_and_may_come_back() -> None:
    """Its name may be that of another folder by now."""
    db = memory()
    ids = letters(db, 1)
    travel = shelves.want(db, 1, "Travel", "/", "", 1)
    shelf_asks.made(db, travel)
    history.move(db, ids, travel, "moved", 1)
    shelves.vanish(db, travel, 2)
    shelf_asks.deleted(db, travel)
    assert wishes.to_push(db, 1) == ([], [])
    shelves.bring_back(db, travel, 3)
    assert wishes.to_push(db, 1) == ([], [])
    shelf_asks.made(db, travel)
    assert [push.target for push in wishes.to_push(db, 1)[1]] == [b"Travel"]
