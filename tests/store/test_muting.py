"""What is new of a muted thread does not stay in the inbox."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from tests.store.letters import Letter, add_sent, bring
from tests.store.rows import ARCHIVE, folder_id, ids, memory
from tuimail.store import copies, history, muting
from tuimail.store.threads import assign

NOW = 1_800_000_000


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    store = memory()
    add_sent(store)
    yield store
    store.close()


def come(db: sqlite3.Connection, *letters: Letter, folder: bytes = b"INBOX") -> list[int]:
    """New mail, as the indexer treats it."""
    new = bring(db, letters, folder)
    assign(db, new)
    muting.obey(db, new, NOW)
    return new


def mute(db: sqlite3.Connection, *ids_: int) -> history.Done:
    return muting.toggle(db, ids_, {1: folder_id(db, ARCHIVE)}, NOW)


def test_muting_archives_what_is_in_the_inbox_and_what_comes_later(db: sqlite3.Connection) -> None:
    a, b, x = come(db, Letter("<a>"), Letter("<b>", refs=("<a>",)), Letter("<x>", "X"))
    (mine,) = come(db, Letter("<m>", refs=("<a>",)), folder=b"Sent")
    done = mute(db, b)
    assert (done.label, done.count) == ("muted 1 thread", 1)
    assert done.folders == {folder_id(db), folder_id(db, ARCHIVE), folder_id(db, b"Sent")}
    come(db, Letter("<c>", refs=("<m>",)))
    assert ids(db, folder_id(db)) == [x]
    assert ids(db, folder_id(db, b"Sent")) == [mine]
    assert {a, b} < set(ids(db, folder_id(db, ARCHIVE)))


def test_undo_brings_back_all_that_the_muting_kept_out_and_lets_the_thread_be_heard(db: sqlite3.Connection) -> None:
    (a,) = come(db, Letter("<a>"))
    mute(db, a)
    (b,) = come(db, Letter("<b>", refs=("<a>",)))
    undone = history.undo(db, NOW)
    assert undone is not None and undone.label == "muted 1 thread"
    (c,) = come(db, Letter("<c>", refs=("<a>",)))
    assert set(ids(db, folder_id(db))) == {a, b, c}
    history.redo(db, NOW)
    assert muting.muted(db, [a]) == {a} and set(ids(db, folder_id(db))) == {c}


def test_what_the_user_moved_into_the_inbox_stays_there(db: sqlite3.Connection) -> None:
    (a,) = come(db, Letter("<a>"))
    mute(db, a)
    (old,) = bring(db, [Letter("<old>", refs=("<a>",))], b"Sent")
    history.move(db, [old], folder_id(db), "moved", NOW)
    assign(db, [old])  # it was not looked at before
    muting.obey(db, [old], NOW)
    assert ids(db, folder_id(db)) == [old]


def test_what_the_user_copies_into_the_inbox_stays_there(db: sqlite3.Connection) -> None:
    (a,) = come(db, Letter("<a>"))
    mute(db, a)
    history.copy_within(db, [a], {1: folder_id(db)}, "copied", NOW)
    (push,) = copies.to_push(db, 1)
    (copy,) = bring(db, [Letter("<a>")])
    copies.seen(db, push.copies[0].id, copy)
    assign(db, [copy])
    muting.obey(db, [copy], NOW)
    assert ids(db, folder_id(db)) == [copy]


def test_what_the_rule_did_is_no_deed(db: sqlite3.Connection) -> None:
    (a,) = come(db, Letter("<a>"))
    mute(db, a)
    come(db, Letter("<b>", refs=("<a>",)))
    assert [deed.label for deed in history.deeds(db, 9)] == ["muted 1 thread"]


def test_muting_again_ends_it_and_archives_nothing(db: sqlite3.Connection) -> None:
    (a,) = come(db, Letter("<a>"))
    mute(db, a)
    assert mute(db, a).label == "unmuted 1 thread"
    (b,) = come(db, Letter("<b>", refs=("<a>",)))
    assert ids(db, folder_id(db)) == [b]
    history.undo(db, NOW)
    assert muting.muted(db, [a]) == {a}


def test_of_several_threads_those_not_muted_yet_are(db: sqlite3.Connection) -> None:
    a, x, y = come(db, Letter("<a>"), Letter("<x>", "X"), Letter("<y>", "Y"))
    mute(db, a)
    assert mute(db, a, x, y).label == "muted 2 threads"
    assert ids(db, folder_id(db)) == []


def test_a_muted_thread_that_is_joined_to_another_stays_muted(db: sqlite3.Connection) -> None:
    a, x, y = come(db, Letter("<a>"), Letter("<x>", "X"), Letter("<y>", "X", refs=("<x>",)))
    mute(db, a)
    (late,) = come(db, Letter("<late>", refs=("<a>", "<x>")))
    assert muting.muted(db, [x]) == {x}
    assert set(ids(db, folder_id(db))) == {x, y}
    assert late in ids(db, folder_id(db, ARCHIVE))


def test_without_an_archive_the_messages_stay_and_the_thread_is_muted(db: sqlite3.Connection) -> None:
    (a,) = come(db, Letter("<a>"))
    assert muting.toggle(db, [a], {}, NOW).count == 1
    assert (ids(db, folder_id(db)), muting.muted(db, [a])) == ([a], {a})


def test_a_message_whose_thread_is_not_known_yet_cannot_be_muted(db: sqlite3.Connection) -> None:
    assert mute(db, *bring(db, [Letter("<a>")])) == history.Done("", 0, frozenset())
