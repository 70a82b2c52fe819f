"""Threads as lists show them."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Iterator

import pytest

from tests.store.letters import Letter, add_sent, bring
from tests.store.rows import ARCHIVE, INBOX, TRASH, folder_id, memory
from tuimail.store import conversations
from tuimail.store.threads import assign


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    store = memory()
    add_sent(store)
    yield store
    store.close()


def put(db: sqlite3.Connection, letters: list[Letter], folder: bytes = INBOX, *, known: bool = True) -> list[int]:
    ids = bring(db, letters, folder)
    if known:
        assign(db, ids)
    return ids


def test_one_head_a_thread_its_newest_message_and_the_newest_thread_first(db: sqlite3.Connection) -> None:
    inbox = folder_id(db)
    _, b, c, d = put(
        db, [Letter("<a>"), Letter("<b>", "B", day=1), Letter("<c>", refs=("<a>",), day=2), Letter("<d>", "D")]
    )
    assert list(conversations.heads(db, [inbox])) == [c, b, d]
    assert conversations.first_heads(db, [inbox], 2) == [c, b]


def test_messages_whose_thread_is_not_known_yet_stand_for_themselves(db: sqlite3.Connection) -> None:
    a, b = put(db, [Letter("<a>"), Letter("<b>", refs=("<a>",), day=1)], known=False)
    assert list(conversations.heads(db, [folder_id(db)])) == [b, a]
    assert conversations.first_heads(db, [folder_id(db)], 9) == [b, a]


def test_the_head_is_the_newest_in_these_folders_only(db: sqlite3.Connection) -> None:
    (a,) = put(db, [Letter("<a>")])
    (b,) = put(db, [Letter("<b>", refs=("<a>",), day=1)], b"Sent")
    inbox, sent = folder_id(db), folder_id(db, b"Sent")
    assert list(conversations.heads(db, [inbox])) == [a]
    assert list(conversations.heads(db, [inbox, sent])) == conversations.first_heads(db, [inbox, sent], 9) == [b]


def test_the_first_heads_are_the_beginning_of_all(db: sqlite3.Connection) -> None:
    rng = random.Random(5)
    letters = [
        Letter(f"<{n}>", refs=(f"<{rng.randrange(-40, max(1, n))}>",), day=rng.random() * 60) for n in range(300)
    ]
    put(db, letters[:200])
    put(db, letters[200:], ARCHIVE)
    both = [folder_id(db), folder_id(db, ARCHIVE)]
    everything = list(conversations.heads(db, both))
    assert conversations.first_heads(db, both, 999) == everything
    assert conversations.first_heads(db, both, 20) == everything[:20]


def test_a_row_tells_what_is_folded_under_it(db: sqlite3.Connection) -> None:
    a, b = put(db, [Letter("<a>", sender="Ada"), Letter("<b>", refs=("<a>",), sender="Bob")])
    (mine,) = put(db, [Letter("<m>", refs=("<a>",), sender="Me")], b"Sent")
    put(db, [Letter("<t>", refs=("<a>",), sender="Eve")], TRASH)
    put(db, [Letter("<a>", sender="Ada")], ARCHIVE)
    db.execute("UPDATE message SET flags = 1 WHERE id = ?", (a,))
    db.execute("UPDATE message SET flags = 4 WHERE id = ?", (mine,))
    (thread,) = db.execute("SELECT thread FROM message WHERE id = ?", (a,)).fetchone()
    (row,) = conversations.held(db, [folder_id(db)], [thread]).values()
    assert row == conversations.Held(here=2, all=3, unread=True, starred=False, people=("Ada", "Bob", "Me"))
    db.execute("UPDATE message SET flags = 5 WHERE id = ?", (b,))
    (row,) = conversations.held(db, [folder_id(db)], [thread]).values()
    assert (row.unread, row.starred) == (False, True)
    (row,) = conversations.held(db, [folder_id(db, TRASH)], [thread]).values()
    assert row.here == 1


def test_the_tree_shows_the_copy_of_the_folder_that_is_looked_at(db: sqlite3.Connection) -> None:
    (a,) = put(db, [Letter("<a>")])
    (copy,) = put(db, [Letter("<a>")], ARCHIVE)
    (b,) = put(db, [Letter("<b>", refs=("<a>",), day=1)], b"Sent")
    put(db, [Letter("<t>", refs=("<a>",), day=1)], TRASH)
    inbox, archive = folder_id(db), folder_id(db, ARCHIVE)
    assert [(branch.id, branch.drawing) for branch in conversations.tree(db, a, [inbox])] == [(a, ""), (b, "└─▸ ")]
    assert [branch.id for branch in conversations.tree(db, b, [archive])] == [copy, b]


def test_a_message_without_a_thread_is_a_tree_of_one(db: sqlite3.Connection) -> None:
    (a,) = put(db, [Letter("<a>")], known=False)
    assert [branch.id for branch in conversations.tree(db, a, [folder_id(db)])] == [a]


def test_the_messages_of_a_thread_are_those_in_these_folders(db: sqlite3.Connection) -> None:
    a, b, x = put(db, [Letter("<a>"), Letter("<b>", refs=("<a>",), day=1), Letter("<x>", "X")])
    (lone,) = put(db, [Letter("<l>", "L")], known=False)
    put(db, [Letter("<m>", refs=("<a>",))], b"Sent")
    assert list(conversations.of(db, [a, lone], [folder_id(db)])) == [b, lone, a]
    assert list(conversations.of(db, [x], [folder_id(db, b"Sent")])) == []


def test_the_first_page_and_a_huge_thread_are_quick(db: sqlite3.Connection) -> None:
    one = [
        Letter(f"<{n}>", "Re: Big", refs=tuple(f"<{k}>" for k in range(max(0, n - 20), n)), day=n / 1000)
        for n in range(10_000)
    ]
    ids = put(db, one)
    many = put(db, [Letter(f"<x{n}>", f"S{n}", day=20 + n / 1000) for n in range(200)])
    inbox = folder_id(db)
    threads = [thread for (thread,) in db.execute("SELECT DISTINCT thread FROM message")]

    def cost(work: object) -> float:
        times = []
        for _ in range(5):
            began = time.thread_time()
            work()  # type: ignore[operator]
            times.append(time.thread_time() - began)
        return min(times)

    assert cost(lambda: conversations.first_heads(db, [inbox], 64)) < 0.004
    assert cost(lambda: conversations.first_heads(db, [inbox], 400)) < 0.008
    assert cost(lambda: conversations.held(db, [inbox], threads[:64])) < 0.008
    assert cost(lambda: conversations.tree(db, ids[5], [inbox])) < 0.1
    assert len(conversations.tree(db, many[0], [inbox])) == 1


def test_what_is_asked_of_one_thread_does_not_walk_through_its_folder(db: sqlite3.Connection) -> None:
    put(db, [Letter(f"<{n}>", f"S{n}", day=n / 1000) for n in range(3_000)])
    (last,) = put(db, [Letter("<last>", "Last")])
    inbox = [folder_id(db)]
    (thread,) = db.execute("SELECT thread FROM message WHERE id = ?", (last,)).fetchone()
    for work in (
        lambda: conversations.of(db, [last], inbox),
        lambda: conversations.head_of(db, last, inbox),
        lambda: conversations.unread(db, [last], inbox),
        lambda: conversations.held(db, inbox, [thread]),
        lambda: conversations.tree(db, last, inbox),
    ):
        steps = 0

        def count() -> int:
            nonlocal steps
            steps += 1
            return 0

        db.set_progress_handler(count, 100)
        work()
        db.set_progress_handler(None, 0)
        assert steps < 20


def test_an_unfolded_thread_stands_as_a_tree_where_its_head_was(db: sqlite3.Connection) -> None:
    a, b, c, x = put(
        db, [Letter("<a>"), Letter("<b>", "B", day=1), Letter("<c>", refs=("<a>",), day=2), Letter("<x>", "X", day=3)]
    )
    (mine,) = put(db, [Letter("<m>", refs=("<a>", "<c>"), day=4)], b"Sent")
    (thread,) = db.execute("SELECT thread FROM message WHERE id = ?", (a,)).fetchone()
    inbox = [folder_id(db)]
    assert conversations.laid_out(db, inbox, unfolded=False, but=[])[0].tolist() == [x, c, b]
    rows, drawings = conversations.laid_out(db, inbox, unfolded=False, but=[thread])
    assert rows.tolist() == [x, a, c, mine, b]
    assert drawings == {a: "", c: "└─▸ ", mine: "  └─▸ "}
    assert conversations.laid_out(db, inbox, unfolded=True, but=[]) == (rows, drawings)
    assert conversations.laid_out(db, inbox, unfolded=True, but=[thread])[0].tolist() == [x, c, b]


def test_the_head_of_a_message_is_the_newest_of_its_thread_here(db: sqlite3.Connection) -> None:
    a, b = put(db, [Letter("<a>"), Letter("<b>", refs=("<a>",), day=1)])
    assert conversations.head_of(db, a, [folder_id(db)]) == b
    assert conversations.head_of(db, a, [folder_id(db, ARCHIVE)]) is None


def test_unread_is_found_under_a_folded_row(db: sqlite3.Connection) -> None:
    _, b, x = put(db, [Letter("<a>"), Letter("<b>", refs=("<a>",), day=1), Letter("<x>", "X")])
    db.execute("UPDATE message SET flags = 1 WHERE id IN (?, ?)", (b, x))
    assert conversations.unread(db, [x, b], [folder_id(db)]) == b
    assert conversations.unread(db, [x, b], [folder_id(db, ARCHIVE)]) is None


def test_how_lists_are_shown_is_remembered(db: sqlite3.Connection) -> None:
    assert conversations.threaded(db) is None
    for wanted in (True, False):
        conversations.set_threaded(db, wanted)
        assert conversations.threaded(db) is wanted
