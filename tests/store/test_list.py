"""What the list shows equals a plain sort, however the page is reached, and every read uses its index."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.store.rows import ARCHIVE, folder_id, ids, memory, row
from tuimail.store import history, messages, wishes

arrivals = st.lists(st.integers(1, 6), max_size=25)
"""Arrival times, many of them equal."""


def filled(times: list[int], seen: int = 0) -> tuple[sqlite3.Connection, int]:
    db = memory()
    inbox = folder_id(db)
    messages.put_heads(db, inbox, [row(uid, received=at, flags=seen >> uid & 1) for uid, at in enumerate(times, 1)])
    if times:  # one that is only shown here, one that is only shown elsewhere, one that is gone
        messages.put_heads(db, folder_id(db, ARCHIVE), [row(1, "guest", received=3)])
        history.move(db, ids(db, folder_id(db, ARCHIVE))[:1], inbox, "moved", 1)
        history.move(db, ids(db, inbox)[-1:], folder_id(db, ARCHIVE), "archived", 1)
    if len(times) > 2:
        messages.mark_gone(db, inbox, [(2, 2)])
    return db, inbox


@settings(deadline=None, max_examples=60)
@given(arrivals, st.integers(0, 30), st.integers(1, 12), st.none() | st.integers(0, 30))
def test_a_page_is_a_slice_of_the_sorted_folder(times: list[int], offset: int, limit: int, at: int | None) -> None:
    db, inbox = filled(times)
    naive = ids(db, inbox)
    anchor = messages.anchor(db, naive[at], at) if at is not None and at < len(naive) else None
    page = messages.page(db, inbox, offset, limit, len(naive), anchor)
    assert [s.id for s in page] == naive[offset : offset + limit]


@settings(deadline=None, max_examples=60)
@given(arrivals, st.none() | st.integers(0, 30))
def test_a_position_is_the_index_in_the_sorted_folder(times: list[int], at: int | None) -> None:
    db, inbox = filled(times)
    naive = ids(db, inbox)
    anchor = messages.anchor(db, naive[at], at) if at is not None and at < len(naive) else None
    assert [messages.position(db, inbox, id_, anchor) for id_ in naive] == list(range(len(naive)))


def test_a_message_shown_elsewhere_has_no_position_here() -> None:
    db, inbox = filled([1, 2, 3, 4])
    elsewhere = ids(db, folder_id(db, ARCHIVE))
    assert elsewhere
    assert [messages.position(db, inbox, id_) for id_ in [*elsewhere, 999]] == [None, None]


@settings(deadline=None, max_examples=60)
@given(arrivals, st.integers(0), st.sampled_from([1, -1]))
def test_the_next_unread_is_the_nearest_in_the_sorted_folder(times: list[int], seen: int, direction: int) -> None:
    db, inbox = filled(times, seen)
    naive = ids(db, inbox)
    unread = {id_ for (id_,) in db.execute("SELECT id FROM message WHERE shown & 1 = 0")}
    for start in (None, *range(len(naive))):
        if direction > 0:
            rest = naive if start is None else naive[start + 1 :]
        else:
            rest = naive[::-1] if start is None else naive[:start][::-1]
        wanted = next((id_ for id_ in rest if id_ in unread), None)
        assert messages.next_unread(db, inbox, None if start is None else naive[start], direction) == wanted


QUERIES = [
    ("message_list", lambda db: messages.page(db, 1, 10, 10, 1000)),
    ("message_list", lambda db: messages.page(db, 1, 500, 10, 1000, messages.Anchor(490, 5, 5))),
    ("message_list", lambda db: messages.position(db, 1, 1)),
    ("message_unread", lambda db: messages.next_unread(db, 1, None, 1)),
    ("message_unread", lambda db: messages.next_unread(db, 1, 1, -1)),
    ("message_wish", lambda db: wishes.pending(db, 10)),
    ("message_wish", lambda db: wishes.pending_count(db)),
    ("message_wish", lambda db: wishes.to_push(db, 1)),
    ("message_wish", lambda db: wishes.settle(db, [1])),
    ("message_wish", lambda db: wishes.pending_folders(db, 1)),
    ("message_lost", lambda db: messages.any_gone(db, 1)),
    ("message_lost", lambda db: messages.sweep(db, 1, [], 1)),
    ("message_remote", lambda db: messages.uid_ranges(db, 1)),
]


@pytest.mark.parametrize(("index", "query"), QUERIES)
def test_bounded_reads_use_their_index(index: str, query: object) -> None:
    db = memory()
    messages.put_heads(db, 1, [row(1)])
    said: list[str] = []
    db.set_trace_callback(said.append)
    query(db)  # type: ignore[operator]
    db.set_trace_callback(None)
    plans = [
        detail
        for statement in said
        if statement.split(None, 1)[0] in ("SELECT", "UPDATE", "DELETE")
        for *_, detail in db.execute(f"EXPLAIN QUERY PLAN {statement}")
    ]
    assert any(index in detail for detail in plans), plans
    assert not [p for p in plans if p.startswith("SCAN message") and index not in p], "a whole table is read"
