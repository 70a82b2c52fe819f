"""What is deleted for good is nowhere, cannot be undone, and is not taken for another message of its kind."""

from __future__ import annotations

from tests.store.rows import ARCHIVE, INBOX, TRASH, folder_id, memory, row
from tests.store.test_history import letters, picture
from tuimail.store import history, messages, wishes

JUNK = 64


def test_what_is_deleted_is_in_no_list_and_undo_says_once_that_it_passes_over_it() -> None:
    db = memory()
    ids = letters(db)
    history.move(db, ids[:1], folder_id(db, ARCHIVE), "archived", 1)
    assert history.delete(db, ids[1:], 2).label == "deleted for good 2 messages"
    assert db.execute("SELECT sum(total) FROM folder").fetchone() == (1,)
    assert [messages.summary(db, id_) for id_ in ids[1:]] == [None, None]
    assert history.pass_over(db) == ("deleted for good 2 messages", "archived 1 message")
    assert history.pass_over(db) is None, "it is said once"
    done = history.undo(db, 3)
    assert done is not None and done.label == "archived 1 message"
    assert history.undo(db, 4) is None
    assert [c.what for c in wishes.pending(db, 9)].count("delete from INBOX for good") == 2


def test_of_two_deletions_in_a_row_one_is_told_and_of_a_later_one_again() -> None:
    db = memory()
    ids = letters(db, 4)
    history.delete(db, ids[:1], 1)
    history.delete(db, ids[1:2], 2)
    assert history.pass_over(db) == ("deleted for good 1 message", "")
    assert history.pass_over(db) is None
    history.flag(db, ids[2:], 4, 0, "starred", 3)
    assert history.pass_over(db) is None, "there is something to be undone"
    history.delete(db, ids[2:3], 4)
    assert history.pass_over(db) == ("deleted for good 1 message", "starred 2 messages")


def test_undo_of_what_came_before_does_not_bring_back_the_deleted() -> None:
    db = memory()
    ids = letters(db)
    history.move(db, ids, folder_id(db, ARCHIVE), "archived", 1)
    history.delete(db, ids[:1], 2)
    done = history.undo(db, 3)
    assert done is not None and (done.count, done.missing) == (2, 1)
    assert db.execute("SELECT want_folder_id FROM message WHERE id = ?", (ids[0],)).fetchone() == (0,)


def test_another_message_of_its_kind_outlives_the_deleted_one() -> None:
    db = memory()
    ids = letters(db, 1)
    history.delete(db, ids, 1)
    messages.put_heads(db, folder_id(db, TRASH), [row(9, "m1")])
    messages.mark_gone(db, folder_id(db), [(1, 1)])
    messages.sweep(db, 1, [folder_id(db), folder_id(db, TRASH)], 1)
    assert db.execute("SELECT subject, want_folder_id FROM message").fetchall() == [("m1", None)]


def test_what_was_deleted_while_it_moved_is_deleted_where_it_arrives() -> None:
    db = memory()
    ids = letters(db, 1)
    history.move(db, ids, folder_id(db, ARCHIVE), "archived", 1)
    history.delete(db, ids, 2)  # the MOVE is on the line, and its answer will be lost
    messages.mark_gone(db, folder_id(db), [(1, 1)])
    messages.put_heads(db, folder_id(db, ARCHIVE), [row(9, "m1")])
    assert wishes.to_remove(db, 1) == [
        wishes.RemovePush(folder_id(db, ARCHIVE), ARCHIVE, None, (9,)),
    ]


def test_spam_is_one_item_that_undo_takes_back_whole() -> None:
    db = memory()
    ids = letters(db, 1)
    messages.put_flags(db, folder_id(db), [(1, 0, "$NotJunk work")])
    before = picture(db)
    done = history.change_within(db, ids, {1: folder_id(db, TRASH)}, JUNK, 0, "-$NotJunk -NonJunk", "marked spam", 1)
    assert done is not None and done.label == "marked spam 1 message"
    assert db.execute("SELECT added, keywords FROM deed_item").fetchall() == [(JUNK, "-$NotJunk")]
    (flags,), (moves,) = wishes.to_push(db, 1)
    assert (flags.add, flags.keywords, moves.target) == (JUNK, "-$NotJunk", TRASH)
    history.undo(db, 2)
    assert picture(db) == before
    assert wishes.to_push(db, 1) == ([], [])


def test_a_label_ends_as_a_wish_when_the_server_shows_it_whatever_its_case() -> None:
    db = memory()
    ids = letters(db, 1)
    history.label(db, ids, "+work", "labelled", 1)
    assert messages.page(db, folder_id(db, INBOX), 0, 9, 1)[0].labels == ("work",)
    messages.put_flags(db, folder_id(db), [(1, 0, "theirs WORK")])
    assert wishes.settle(db, [folder_id(db)])
    assert wishes.pending_count(db) == 0
    assert messages.page(db, folder_id(db, INBOX), 0, 9, 1)[0].labels == ("theirs", "WORK")
