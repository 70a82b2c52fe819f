"""Undo and redo, any number, also after a restart: state and the record of it move together."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.store.rows import ARCHIVE, INBOX, TRASH, folder_id, memory, row
from tuimail.store import folders, history, messages, shelf_asks, shelf_deeds
from tuimail.store.database import USER, Database

STARRED = 4


def letters(db: sqlite3.Connection, count: int = 3) -> list[int]:
    messages.put_heads(db, folder_id(db), [row(n) for n in range(1, count + 1)])
    return [id_ for (id_,) in db.execute("SELECT id FROM message ORDER BY id")]


def picture(db: sqlite3.Connection) -> list[tuple[int, int, int]]:
    """What the screen shows of every message."""
    return db.execute("SELECT id, here, shown FROM message WHERE gone = 0 ORDER BY id").fetchall()


acts = st.lists(
    st.tuples(
        st.sampled_from(["archive", "trash", "star", "unstar", "read", "undo", "redo"]), st.sets(st.integers(0, 2))
    ),
    max_size=25,
)


@settings(deadline=None, max_examples=80)
@given(acts)
def test_undo_goes_back_picture_by_picture_and_redo_forward(acts: list[tuple[str, set[int]]]) -> None:
    db = memory()
    ids = letters(db)
    boxes = {"archive": folder_id(db, ARCHIVE), "trash": folder_id(db, TRASH)}
    bits = {"star": (STARRED, 0), "unstar": (0, STARRED), "read": (1, 0)}
    past, future = [picture(db)], []
    for act, which in acts:
        some = [ids[n] for n in which]
        if act == "undo":
            done = history.undo(db, 1)
            assert (done is None) == (len(past) == 1)
            if done is not None:
                future.append(past.pop())
        elif act == "redo":
            done = history.redo(db, 1)
            assert (done is None) == (not future)
            if done is not None:
                past.append(future.pop())
        else:
            made = (
                history.move(db, some, boxes[act], act, 1)
                if act in boxes
                else history.flag(db, some, *bits[act], act, 1)
            )
            assert (made.count > 0) == (picture(db) != past[-1]) == bool(made.label)
            if made.count:
                past, future = [*past, picture(db)], []
        assert picture(db) == past[-1]


def test_many_messages_are_one_deed_and_come_back_as_one() -> None:
    db = memory()
    ids = letters(db, 1200)
    before = picture(db)
    assert history.move(db, ids, folder_id(db, ARCHIVE), "archived", 1).label == "archived 1,200 messages"
    done = history.undo(db, 2)
    assert done is not None
    assert (done.label, done.count, done.missing) == ("archived 1,200 messages", 1200, 0)
    assert picture(db) == before
    assert history.undo(db, 3) is None


def test_what_was_turned_over_last_is_told_whatever_was_done_to_it() -> None:
    db = memory()
    first, second, third = letters(db)
    assert history.turned_last(db, 10) == []
    history.move(db, [first], folder_id(db, ARCHIVE), "archived", 1)
    history.flag(db, [second, third], STARRED, 0, "starred", 2)
    assert history.turned_last(db, 10) == [second, third]
    assert history.turned_last(db, 1) == [second]
    history.undo(db, 3)
    history.undo(db, 4)
    assert history.turned_last(db, 10) == [first]
    history.redo(db, 5)
    assert history.turned_last(db, 10) == [first]
    history.copy_within(db, [third], {1: folder_id(db, ARCHIVE)}, "copied", 6)
    assert history.turned_last(db, 10) == [third]
    history.new_deed(db, "made a folder", 7)
    assert history.turned_last(db, 10) == []


def test_a_deed_tells_the_folders_that_look_different_now() -> None:
    db = memory()
    ids = letters(db)
    inbox, archive = folder_id(db, INBOX), folder_id(db, ARCHIVE)
    assert history.move(db, ids, archive, "archived", 1).folders == {inbox, archive}
    assert history.flag(db, ids, STARRED, 0, "starred", 1).folders == {archive}
    done = history.undo(db, 1)
    assert done is not None
    assert done.folders == {archive}


def test_undo_of_messages_partly_gone_brings_back_the_others_and_says_how_many_are_missing() -> None:
    db = memory()
    ids = letters(db)
    history.move(db, ids, folder_id(db, ARCHIVE), "archived", 1)
    messages.mark_gone(db, folder_id(db), [(2, 2)])
    done = history.undo(db, 2)
    assert done is not None
    assert (done.count, done.missing) == (2, 1)
    assert [here for _, here, _ in picture(db)] == [folder_id(db)] * 2


def test_undo_leaves_where_it_is_what_came_from_a_folder_that_others_have_deleted() -> None:
    db = memory()
    home = folder_id(db)
    travel = [folders.Listed(name, name.decode(), "/", "", True) for name in (INBOX, ARCHIVE, TRASH, b"Travel")]
    folders.put_folders(db, 1, travel)
    messages.put_heads(db, folder_id(db, b"Travel"), [row(1), row(2)])
    ids = [id_ for (id_,) in db.execute("SELECT id FROM message ORDER BY id")]
    history.move(db, ids, home, "moved", 1)
    history.change(db, [(ids[1], folder_id(db, ARCHIVE), STARRED, 0, "")], "filed", 1)
    db.execute("UPDATE message SET folder_id = want_folder_id, remote_id = id, want_folder_id = NULL")
    folders.put_folders(db, 1, travel[:3])
    filed = history.undo(db, 2)
    assert filed is not None and (filed.count, filed.note) == (1, "")
    before = picture(db)
    done = history.undo(db, 2)
    assert done is not None
    assert (done.count, done.missing, done.note) == (0, 0, "the folder Travel is not there any more")
    assert picture(db) == before == [(ids[0], home, 0), (ids[1], home, 0)]
    assert history.undo(db, 2) is None


def test_what_came_from_a_folder_that_the_user_has_deleted_since_waits_in_the_trash_for_it() -> None:
    db = memory()
    home, trash = folder_id(db), folder_id(db, TRASH)
    travel = [folders.Listed(name, name.decode(), "/", "", True) for name in (INBOX, ARCHIVE, b"Travel")]
    folders.put_folders(db, 1, [*travel, folders.Listed(TRASH, "Trash", "/", "trash", True)])
    old = folder_id(db, b"Travel")
    messages.put_heads(db, old, [row(1)])
    (id_,) = db.execute("SELECT id FROM message").fetchone()
    history.move(db, [id_], home, "moved", 1)
    moved = db.execute("SELECT id FROM deed").fetchone()[0]
    db.execute("UPDATE message SET folder_id = want_folder_id, remote_id = id, want_folder_id = NULL")
    shelf_deeds.delete(db, old, "Travel", trash, 2)
    shelf_asks.deleted(db, old)
    done = history.apply(db, moved, "moved 1 message", backwards=True, now=3)
    assert done.note == "the folder Travel is not there any more; its mail went to the trash"
    assert picture(db) == [(id_, trash, 0)]
    history.undo(db, 4)
    assert picture(db) == [(id_, old, 0)]


def test_undo_of_a_star_leaves_the_star_another_had_set_before() -> None:
    db = memory()
    ids = letters(db)
    messages.put_flags(db, folder_id(db), [(1, STARRED, "")])
    assert history.flag(db, ids, STARRED, 0, "starred", 1).count == 2
    history.undo(db, 2)
    assert [flags & STARRED for _, _, flags in picture(db)] == [STARRED, 0, 0]


def test_what_is_not_to_be_remembered_is_not_undone() -> None:
    db = memory()
    ids = letters(db)
    history.move(db, ids[:1], folder_id(db, ARCHIVE), "archived", 1)
    history.flag(db, ids, 1, 0, "marked read", 2, remember=False)
    done = history.undo(db, 3)
    assert done is not None
    assert done.label == "archived 1 message"
    assert all(flags & 1 for _, _, flags in picture(db))


def test_a_deed_that_changes_nothing_is_no_deed() -> None:
    db = memory()
    ids = letters(db)
    assert history.move(db, ids, folder_id(db), "moved", 1).label == ""
    assert history.flag(db, [*ids, 999], 0, STARRED, "unstarred", 1).label == ""
    assert history.deeds(db, 10) == []


async def test_undo_and_redo_reach_back_over_a_restart(tmp_path: Path) -> None:
    database = Database(tmp_path)
    account = await database.write(lambda db: folders.put_account(db, "a"))
    listed = [folders.Listed(n, n.decode(), "/", "", True) for n in (INBOX, ARCHIVE)]
    await database.write(lambda db: folders.put_folders(db, account, listed))
    ids = await database.write(letters)
    start = picture(database.read)
    for id_ in ids:
        await database.write(lambda db, i=id_: history.move(db, [i], folder_id(db, ARCHIVE), "archived", i), USER)  # type: ignore[misc]
    end = picture(database.read)
    database.close()
    database = Database(tmp_path)
    try:
        assert [d.at for d in history.deeds(database.read, 10)] == list(reversed(ids))
        for _ in ids:
            assert await database.write(lambda db: history.undo(db, 9), USER)
        assert picture(database.read) == start
        assert all(d.undone for d in history.deeds(database.read, 10))
        for _ in ids:
            assert await database.write(lambda db: history.redo(db, 9), USER)
        assert picture(database.read) == end
    finally:
        database.close()
