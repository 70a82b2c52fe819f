"""A copy is made once, is never taken for a message that was moved, and of an undone one nothing is left."""

from __future__ import annotations

import sqlite3

from tests.store.rows import ARCHIVE, INBOX, TRASH, folder_id, memory, row
from tests.store.test_history import letters
from tuimail.store import copies, doubts, folders, history, messages, past, waiting, wishes


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


def test_a_copy_that_we_had_made_is_no_new_mail() -> None:
    db = memory()
    _, push = wished(db)
    epoch(db)
    copies.begin(db, [push.copies[0].id], 5, 9)
    copies.answered(db, {push.copies[0].id: 9}, [], told=True)
    assert messages.put_heads(db, folder_id(db, ARCHIVE), [row(9, "m1"), row(10, "m2")]) == 1


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


def made(db: sqlite3.Connection, *, told: bool = True, known: bool = True) -> tuple[int, int]:
    """(The message, its copy among our messages); told: the server said which it is; known: it was found at least."""
    epoch(db)
    id_, push = wished(db)
    copies.begin(db, [push.copies[0].id], 5, 9)
    copies.answered(db, {push.copies[0].id: 9 if known else None}, [], told=told)
    messages.put_heads(db, folder_id(db, ARCHIVE), [row(9, "m1")])
    (copy,) = db.execute("SELECT id FROM message WHERE remote_id = 9").fetchone()
    return id_, int(copy)


def here(db: sqlite3.Connection, id_: int) -> int | None:
    found: int | None = db.execute("SELECT here FROM message WHERE id = ?", (id_,)).fetchone()[0]
    return found


def test_an_undone_copy_is_deleted_by_the_uid_that_the_server_told_and_by_no_other() -> None:
    db = memory()
    id_, copy = made(db)
    messages.put_heads(db, folder_id(db, ARCHIVE), [row(10, "m1")])  # another of its kind
    done = history.undo(db, 2)
    assert done is not None and (done.count, done.note) == (1, "")
    assert here(db, copy) is None
    assert wishes.to_push(db, 1) == ([], [])
    assert wishes.to_remove(db, 1) == [wishes.RemovePush(folder_id(db, ARCHIVE), ARCHIVE, 5, (9,))]
    messages.mark_gone(db, folder_id(db, ARCHIVE), [(9, 9)])
    assert [n for (n,) in db.execute("SELECT remote_id FROM message ORDER BY 1")] == [1, 10]
    assert here(db, id_) == folder_id(db)


def test_a_copy_of_which_the_server_did_not_tell_goes_to_the_trash_and_undo_says_so() -> None:
    db = memory()
    _, copy = made(db, told=False)
    done = history.undo(db, 2)
    assert done is not None
    assert done.note == "the copy went to the trash: the server did not tell which message it is"
    assert done.folders == {folder_id(db, ARCHIVE), folder_id(db, TRASH)}
    assert here(db, copy) == folder_id(db, TRASH)
    assert wishes.to_remove(db, 1) == []
    history.redo(db, 3)
    assert here(db, copy) == folder_id(db, ARCHIVE)


def test_without_a_trash_such_a_copy_stays_and_undo_says_so() -> None:
    db = memory()
    db.execute("UPDATE folder SET role = '' WHERE role = 'trash'")
    _, copy = made(db, told=False)
    done = history.undo(db, 2)
    assert done is not None
    assert done.note == "the copy stays: the server did not tell which message it is, and there is no trash"
    assert here(db, copy) == folder_id(db, ARCHIVE)


def test_a_copy_that_may_be_the_message_it_is_a_copy_of_stays_and_undo_says_so() -> None:
    db = memory()
    id_, copy = made(db, told=False, known=False)
    done = history.undo(db, 2)
    assert done is not None
    assert done.note == "the copy stays as long as it is not known for sure which message it is"
    assert (here(db, copy), here(db, id_)) == (folder_id(db, ARCHIVE), folder_id(db))
    assert wishes.pending_count(db) == 0


def test_a_copy_undone_while_it_was_made_goes_when_it_is_found() -> None:
    for told, known, gone in ((True, True, None), (False, True, TRASH), (False, False, ARCHIVE)):
        db = memory()
        epoch(db)
        _, push = wished(db)
        copies.begin(db, [push.copies[0].id], 5, 9)
        history.undo(db, 2)
        copies.answered(db, {push.copies[0].id: 11 if known else None}, [], told=told)
        messages.put_heads(db, folder_id(db, ARCHIVE), [row(11, "m1")])
        (copy,) = db.execute("SELECT id FROM message WHERE remote_id = 11").fetchone()
        assert here(db, copy) == (gone and folder_id(db, gone))


def undone_just_made(db: sqlite3.Connection) -> copies.CopyPush:
    """A copy the server told of, and undone before it was seen."""
    epoch(db)
    _, push = wished(db)
    copies.begin(db, [push.copies[0].id], 5, 9)
    copies.answered(db, {push.copies[0].id: 11}, [], told=True)
    history.undo(db, 2)
    return push


def test_a_copy_undone_before_it_was_seen_waits_until_its_folder_was_read() -> None:
    db = memory()
    undone_just_made(db)
    assert wishes.pending_count(db) == 1
    assert folder_id(db, ARCHIVE) in wishes.pending_folders(db, 1)
    (group,) = waiting.groups(db)
    assert (group.what, group.count) == ("take the copy in Archive away", 1)
    assert [member.subject for member in waiting.members(db, group.key)] == ["m1"]
    messages.put_heads(db, folder_id(db, ARCHIVE), [row(11, "m1")])
    wishes.settle(db, [folder_id(db, ARCHIVE)])
    assert [push.uids for push in wishes.to_remove(db, 1)] == [(11,)]
    messages.mark_gone(db, folder_id(db, ARCHIVE), [(11, 11)])
    assert wishes.pending_count(db) == 0


def test_a_copy_undone_before_it_was_seen_and_gone_by_then_is_made_anew_by_redo() -> None:
    db = memory()
    undone_just_made(db)
    wishes.settle(db, [folder_id(db)])
    assert wishes.pending_count(db) == 1, "another folder was read"
    wishes.settle(db, [folder_id(db, ARCHIVE)])
    assert wishes.pending_count(db) == 0 and waiting.groups(db) == []
    history.redo(db, 3)
    assert len(copies.to_push(db, 1)) == 1


def test_a_copy_undone_before_it_was_seen_is_kept_when_it_is_dropped_from_the_queue() -> None:
    db = memory()
    undone_just_made(db)
    (group,) = waiting.groups(db)
    waiting.retry(db, group.key)
    assert waiting.drop(db, group.key, 3).label == "kept the copy of 1 message"
    messages.put_heads(db, folder_id(db, ARCHIVE), [row(11, "m1")])
    wishes.settle(db, [folder_id(db, ARCHIVE)])
    assert (wishes.to_remove(db, 1), wishes.pending_count(db)) == ([], 0)


def test_two_copies_of_one_message_in_one_folder_are_two_commands() -> None:
    """One command would make one copy, which both would be taken for."""
    db = memory()
    id_, _ = wished(db)
    history.undo(db, 2)
    history.copy_within(db, [id_], {1: folder_id(db, ARCHIVE)}, "copied", 3)
    first = min(deed.id for deed in history.deeds(db, 9))
    assert past.repeat(db, first, 4) is not None
    assert [[copy.uid for copy in push.copies] for push in copies.to_push(db, 1)] == [[1], [1]]


def test_a_copy_undone_and_wanted_again_before_its_removal_was_sent_just_stays() -> None:
    db = memory()
    _, copy = made(db)
    history.undo(db, 2)
    history.redo(db, 3)
    assert here(db, copy) == folder_id(db, ARCHIVE)
    assert wishes.to_remove(db, 1) == [] and copies.to_push(db, 1) == []


def test_a_copy_wanted_again_after_its_removal_was_sent_is_made_anew() -> None:
    """The removal may have been obeyed; the old copy goes in any case, and exactly one is there at the end."""
    db = memory()
    _, copy = made(db)
    history.undo(db, 2)
    assert copies.leaving(db, folder_id(db, ARCHIVE), [9]) == (9,)
    history.redo(db, 3)
    assert here(db, copy) is None
    assert len(copies.to_push(db, 1)) == 1
    assert [push.uids for push in wishes.to_remove(db, 1)] == [(9,)]


def test_a_removal_thought_better_of_is_not_sent() -> None:
    db = memory()
    made(db)
    history.undo(db, 2)
    history.redo(db, 3)
    assert copies.leaving(db, folder_id(db, ARCHIVE), [9]) == ()


def test_a_copy_that_was_moved_and_back_is_known_where_the_server_told_of_it() -> None:
    for told, known, gone in ((True, True, None), (False, True, TRASH), (False, False, ARCHIVE)):
        db = memory()
        _, copy = made(db)
        for place, uid in ((TRASH, 4), (ARCHIVE, 12)):
            history.move(db, [copy], folder_id(db, place), "moved", 2)
            ((push,),) = [moves for moves in wishes.to_push(db, 1) if moves]
            assert isinstance(push, wishes.MovePush)
            came = {push.uids[0]: uid}
            doubts.moved(db, push, came if told else None, came if known else None)
            messages.put_heads(db, folder_id(db, place), [row(uid, "m1")])
            wishes.settle(db, [folder_id(db, place)])
        done = past.reverse(db, 1, 5)
        assert done is None, "the moves stand on it"
        for _ in range(2):
            history.undo(db, 6)
        history.undo(db, 7)
        wishes.to_push(db, 1)
        assert here(db, copy) == (gone and folder_id(db, gone))


def test_an_undone_copy_that_was_moved_about_goes_back_step_by_step() -> None:
    db = memory()
    _, copy = made(db, told=False)
    history.undo(db, 2)
    for number, place in enumerate((INBOX, ARCHIVE)):
        history.move(db, [copy], folder_id(db, place), "moved", 3 + number)
    for place in (INBOX, TRASH):
        history.undo(db, 5)
        assert here(db, copy) == folder_id(db, place)


def test_what_only_looks_like_an_undone_copy_is_neither_deleted_nor_moved() -> None:
    """Its folder was numbered anew while it was on its way out: then it is known by its likeness alone."""
    for told in (True, False):
        db = memory()
        _, copy = made(db, told=told)
        history.undo(db, 2)
        messages.forget_epoch(db, folder_id(db, ARCHIVE))
        messages.put_heads(db, folder_id(db, ARCHIVE), [row(3, "m1")])
        assert (wishes.to_push(db, 1), wishes.to_remove(db, 1)) == (([], []), [])
        assert here(db, copy) == folder_id(db, ARCHIVE)


def test_a_copy_dropped_from_the_queue_is_not_made_and_undo_wishes_it_again() -> None:
    db = memory()
    epoch(db)
    wished(db)
    (group,) = waiting.groups(db)
    assert (group.what, group.count, group.since) == ("copy INBOX → Archive", 1, 1)
    done = waiting.drop(db, group.key, 2)
    assert done.label == "dropped the copy of 1 message"
    assert copies.to_push(db, 1) == [] and waiting.groups(db) == []
    history.undo(db, 3)
    assert len(copies.to_push(db, 1)) == 1


def test_an_undone_copy_that_is_dropped_from_the_queue_stays() -> None:
    db = memory()
    _, copy = made(db)
    history.undo(db, 2)
    (group,) = waiting.groups(db)
    assert group.what == "take the copy in Archive away"
    assert waiting.drop(db, group.key, 3).label == "kept the copy of 1 message"
    assert here(db, copy) == folder_id(db, ARCHIVE)
    history.undo(db, 4)
    assert here(db, copy) is None


def test_a_line_of_the_history_tells_how_it_stands_with_a_copy() -> None:
    db = memory()
    id_, copy = made(db)

    def told() -> list[tuple[int, tuple[tuple[str, int], ...]]]:
        return [(line.able, line.whys) for line in past.lines(db, 9) if line.deed.label.startswith("copied")]

    assert told() == [(1, ())]
    history.flag(db, [copy], 4, 0, "starred", 2)
    assert told() == [(0, (("later", 1),))]
    history.undo(db, 3)
    db.execute("UPDATE message SET folder_id = ?, want_folder_id = NULL WHERE id = ?", (folder_id(db, TRASH), copy))
    assert told() == [(0, (("moved", 1),))]
    db.execute("DELETE FROM message WHERE id = ?", (copy,))
    assert told() == [(0, (("gone", 1),))]
    history.undo(db, 4)
    assert told() == [(1, ())], "it can be made anew"
    db.execute("DELETE FROM message WHERE id = ?", (id_,))
    assert told() == [(0, (("gone", 1),))]


def test_a_copy_into_a_folder_that_vanished_is_given_up() -> None:
    db = memory()
    wished(db)
    folders.put_folders(db, 1, [folders.Listed(INBOX, "INBOX", "/", "inbox", True)])
    wishes.give_up_vanished(db, 1)
    assert wishes.pending_count(db) == 0
