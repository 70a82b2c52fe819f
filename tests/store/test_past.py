"""The history line by line: what can be reversed, out of order, and what cannot, and why."""

from __future__ import annotations

import random
import sqlite3

import pytest

from tests.store.rows import ARCHIVE, INBOX, TRASH, folder_id, memory, row
from tuimail.model import DeedLine, Flag
from tuimail.store import folders, history, messages, past, shelf_deeds

STARRED = 4


def letters(db: sqlite3.Connection, count: int = 3) -> list[int]:
    messages.put_heads(db, folder_id(db), [row(n) for n in range(1, count + 1)])
    return [id_ for (id_,) in db.execute("SELECT id FROM message ORDER BY id")]


def picture(db: sqlite3.Connection) -> list[tuple[int, int, int]]:
    return db.execute("SELECT id, here, shown FROM message WHERE gone = 0 ORDER BY id").fetchall()


def told(db: sqlite3.Connection) -> list[tuple[str, bool, int, tuple[tuple[str, int], ...]]]:
    return [(line.deed.label, line.deed.undone, line.able, line.whys) for line in past.lines(db, 100)]


def by_label(db: sqlite3.Connection, label: str) -> DeedLine:
    return next(line for line in past.lines(db, 100) if line.deed.label == label)


def test_any_line_is_reversed_and_the_others_stand() -> None:
    db = memory()
    ids = letters(db)
    history.move(db, ids[:1], folder_id(db, ARCHIVE), "archived", 1)
    history.flag(db, ids, STARRED, 0, "starred", 2)
    done = past.reverse(db, 1, 3)
    assert done is not None
    assert (done.label, done.count) == ("archived 1 message", 1)
    assert [(here, shown) for _, here, shown in picture(db)] == [(folder_id(db), STARRED)] * 3
    assert told(db) == [("starred 3 messages", False, 3, ()), ("archived 1 message", True, 1, ())]
    assert past.reverse(db, 1, 4) is None, "it has been reversed already"


def test_a_reversed_line_is_done_again() -> None:
    db = memory()
    ids = letters(db)
    history.move(db, ids, folder_id(db, ARCHIVE), "archived", 1)
    after = picture(db)
    past.reverse(db, 1, 2)
    done = past.repeat(db, 1, 3)
    assert done is not None
    assert picture(db) == after
    assert told(db) == [("archived 3 messages", False, 3, ())]
    assert past.repeat(db, 1, 4) is None


def test_what_something_newer_was_done_to_stays_and_the_rest_becomes_a_line_of_its_own() -> None:
    db = memory()
    ids = letters(db)
    history.move(db, ids, folder_id(db, ARCHIVE), "archived", 1)
    history.move(db, ids[:1], folder_id(db, TRASH), "moved to trash", 2)
    assert by_label(db, "archived 3 messages").able == 2
    assert by_label(db, "archived 3 messages").whys == (("later", 1),)
    done = past.reverse(db, 1, 3)
    assert done is not None
    assert (done.label, done.count, done.missing) == ("archived 2 messages", 2, 0)
    assert [here for _, here, _ in picture(db)] == [folder_id(db, TRASH), folder_id(db), folder_id(db)]
    assert sorted(told(db)) == [
        ("archived 1 message", False, 0, (("later", 1),)),
        ("archived 2 messages", True, 2, ()),
        ("moved to trash 1 message", False, 1, ()),
    ]


def test_a_message_that_came_back_by_itself_is_not_what_an_older_line_left() -> None:
    """INBOX → Archive → Trash → Archive: where it lies fits the first line, but the last must go first."""
    db = memory()
    ids = letters(db, 1)
    for place, verb in ((ARCHIVE, "archived"), (TRASH, "moved to trash"), (ARCHIVE, "moved back")):
        history.move(db, ids, folder_id(db, place), verb, 1)
    assert past.reversible(db, 1) == (0, 1)
    assert past.reverse(db, 1, 2) is None


def test_what_others_deleted_moved_or_changed_is_told() -> None:
    db = memory()
    ids = letters(db, 4)
    history.flag(db, ids, STARRED, 0, "starred", 1)
    history.move(db, ids, folder_id(db, ARCHIVE), "archived", 2)
    db.execute("DELETE FROM message WHERE id = ?", (ids[0],))
    db.execute("UPDATE message SET want_folder_id = NULL WHERE id = ?", (ids[1],))  # the server keeps it in the inbox
    db.execute("UPDATE message SET want_set = 0 WHERE id = ?", (ids[2],))
    assert by_label(db, "archived 4 messages").whys == (("gone", 1), ("moved", 1))
    assert by_label(db, "starred 4 messages").whys == (("gone", 1), ("changed", 1))


def test_what_is_left_of_a_line_of_which_messages_are_gone_is_reversed_as_one_line() -> None:
    db = memory()
    ids = letters(db)
    history.move(db, ids, folder_id(db, ARCHIVE), "archived", 1)
    db.execute("DELETE FROM message WHERE id = ?", (ids[0],))
    done = past.reverse(db, 1, 2)
    assert done is not None
    assert (done.count, done.missing) == (2, 1)
    assert told(db) == [("archived 3 messages", True, 2, (("gone", 1),))]


def test_nothing_is_moved_back_into_a_folder_that_is_not_there() -> None:
    db = memory()
    ids = letters(db)
    history.move(db, ids, folder_id(db, ARCHIVE), "archived", 1)
    history.move(db, ids, folder_id(db, TRASH), "moved to trash", 2)
    keep = [folders.Listed(n, n.decode(), "/", "", True) for n in (INBOX, TRASH)]
    folders.put_folders(db, 1, keep)
    assert by_label(db, "moved to trash 3 messages").whys == (("folder", 3),)


def test_redo_after_a_reversal_out_of_order_does_that_line_again() -> None:
    db = memory()
    ids = letters(db)
    history.move(db, ids[:1], folder_id(db, ARCHIVE), "archived", 1)
    history.flag(db, ids[1:], STARRED, 0, "starred", 2)
    after = picture(db)
    past.reverse(db, 1, 3)
    history.undo(db, 4)
    redone = history.redo(db, 5)
    assert redone is not None and redone.label == "starred 2 messages"
    redone = history.redo(db, 6)
    assert redone is not None and redone.label == "archived 1 message"
    assert picture(db) == after


def test_a_line_done_again_out_of_order_is_what_undo_takes_back_first() -> None:
    db = memory()
    ids = letters(db)
    history.move(db, ids[:1], folder_id(db, ARCHIVE), "archived", 1)
    past.reverse(db, 1, 2)
    history.flag(db, ids[1:], STARRED, 0, "starred", 3)
    past.repeat(db, 1, 4)
    undone = history.undo(db, 5)
    assert undone is not None and undone.label == "archived 1 message"


def test_a_label_is_not_taken_off_again_where_it_is_not() -> None:
    db = memory()
    ids = letters(db, 1)
    history.label(db, ids, "+work", "labelled", 1)
    history.label(db, ids, "-work", "unlabelled", 2)
    past.reverse(db, 2, 3)
    past.reverse(db, 1, 4)
    assert past.reversible(db, 2) == (0, 1), "there is no label to be taken off"
    assert past.repeat(db, 2, 5) is None
    assert past.repeat(db, 1, 6) is not None
    assert past.repeat(db, 2, 7) is not None


def test_what_was_marked_spam_comes_back_though_the_server_keeps_no_such_mark() -> None:
    db = memory()
    (one,) = letters(db, 1)
    history.change(db, [(one, folder_id(db, TRASH), Flag.JUNK, 0, "+$NotJunk")], "marked spam", 1)
    db.execute("UPDATE message SET want_set = 0, want_keywords = ''")
    assert past.reversible(db, 1) == (1, 1)
    past.reverse(db, 1, 2)
    assert picture(db) == [(one, folder_id(db), 0)]


def test_the_messages_of_a_line_are_told_with_how_they_stand() -> None:
    db = memory()
    ids = letters(db)
    history.move(db, ids, folder_id(db, ARCHIVE), "archived", 1)
    db.execute("DELETE FROM message WHERE id = ?", (ids[0],))
    assert sorted(past.messages_of(db, 1, 10)) == [
        (ids[0], "", "", "gone"),
        (ids[1], "Ada", "m2", "ok"),
        (ids[2], "Ada", "m3", "ok"),
    ]


def test_words_are_kept_for_another_number() -> None:
    assert past.relabelled("moved to 5 messages 1,200 messages", 1) == "moved to 5 messages 1 message"


@pytest.mark.parametrize("seed", range(60))
def test_undoing_all_after_any_order_of_things_ends_where_it_began(seed: int) -> None:
    rng = random.Random(seed)
    db = memory()
    ids = letters(db, 6)
    start = picture(db)
    boxes = [folder_id(db, name) for name in (INBOX, ARCHIVE, TRASH)]
    for step in range(60):
        some = rng.sample(ids, rng.randint(1, 6))
        lines = past.lines(db, 200)
        line = rng.choice(lines) if lines else None
        match rng.choice(["move", "move", "star", "read", "undo", "redo", "reverse", "reverse", "repeat"]):
            case "move":
                history.move(db, some, rng.choice(boxes), "moved", step)
            case "star":
                history.flag(db, some, *rng.choice([(STARRED, 0), (0, STARRED)]), "starred", step)
            case "read":
                history.flag(db, some, *rng.choice([(1, 0), (0, 1)]), "read", step)
            case "undo":
                history.undo(db, step)
            case "redo":
                history.redo(db, step)
            case "reverse" if line:
                done = past.reverse(db, line.deed.id, step)
                assert (done.count if done else 0) == (0 if line.deed.undone else line.able)
            case "repeat" if line:
                done = past.repeat(db, line.deed.id, step)
                assert (done.count if done else 0) == (line.able if line.deed.undone else 0)
    while history.undo(db, 99):
        pass
    assert picture(db) == start
    while history.redo(db, 99):
        pass
    while history.undo(db, 99):
        pass
    assert picture(db) == start


def test_what_is_lost_just_now_is_undone_too_and_found_so() -> None:
    """Between the pull that misses a message and the one that finds it in its new place."""
    db = memory()
    ids = letters(db, 2)
    history.flag(db, ids, STARRED, 0, "starred", 1)
    messages.mark_gone(db, folder_id(db), [(1, 1)])
    done = history.undo(db, 2)
    assert done is not None
    assert (done.count, done.missing) == (1, 1)
    messages.put_heads(db, folder_id(db, ARCHIVE), [row(9, "m1", flags=STARRED)])
    assert [(here, shown & STARRED) for _, here, shown in picture(db)] == [
        (folder_id(db, ARCHIVE), 0),
        (folder_id(db), 0),
    ]


def test_a_folder_in_which_mail_has_come_is_not_unmade_and_its_line_says_why() -> None:
    db = memory()
    shelf_deeds.create(db, 1, "New", "/", 1)
    assert told(db) == [("made folder New", False, 1, ())]
    messages.put_heads(db, folder_id(db, b"New"), [row(1)])
    assert told(db) == [("made folder New", False, 0, (("full", 1),))]
    assert past.reverse(db, 1, 2) is None
    done = history.undo(db, 3)
    assert done is not None and done.note == "New stays: there is mail in it by now"
