"""Messages find their thread, whatever the order they come in."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.store.letters import DAY, Letter, bring, grouped, slowly
from tests.store.rows import ARCHIVE, memory
from tuimail.store import folders, index, mentions, schema, threads
from tuimail.store.groups import now_called
from tuimail.store.threads import assign
from tuimail.store.topics import topic


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    store = memory()
    yield store
    store.close()


def together(db: sqlite3.Connection, letters: Sequence[Letter], *, late: int = 0) -> list[int]:
    """The thread of each letter, named by the first position it has; the last `late` of them come one by one."""
    ids = bring(db, letters)
    assign(db, ids[: len(ids) - late])
    for id_ in ids[len(ids) - late :]:
        assign(db, [id_])
    thread = dict(db.execute("SELECT id, thread FROM message"))
    first: dict[int, int] = {}
    return [first.setdefault(thread[id_], place) for place, id_ in enumerate(ids)]


def test_an_answer_is_in_the_thread_of_what_it_answers(db: sqlite3.Connection) -> None:
    assert together(db, [Letter("<a>"), Letter("<x>", "Other"), Letter("<b>", "Re: Plan", ("<a>",), day=50)]) == [
        0,
        1,
        0,
    ]


def test_an_ancestor_nobody_has_holds_its_answers_together(db: sqlite3.Connection) -> None:
    assert together(db, [Letter("<b>", refs=("<a>",)), Letter("<c>", refs=("<a>",))]) == [0, 0]


def test_an_ancestor_that_comes_late_joins_two_threads(db: sqlite3.Connection) -> None:
    letters = [Letter("<c>", refs=("<b>",)), Letter("<d>", refs=("<a>",)), Letter("<b>", refs=("<a>",))]
    assert together(db, letters, late=1) == [0, 0, 0]


def test_the_smaller_thread_takes_the_name_of_the_larger(db: sqlite3.Connection) -> None:
    ids = bring(db, [Letter("<x>"), Letter("<a>"), Letter("<b>", refs=("<a>",)), Letter("<c>", refs=("<x>", "<a>"))])
    assign(db, ids[:3])
    assign(db, ids[3:])
    assert {thread for (thread,) in db.execute("SELECT thread FROM message")} == {ids[1]}
    assert now_called(db, [ids[0], ids[1], 77]) == {ids[0]: ids[1], ids[1]: ids[1], 77: 77}


def test_a_thread_joined_again_and_again_is_still_known_by_its_first_name(db: sqlite3.Connection) -> None:
    names = [f"<{n}>" for n in range(8)]
    ids = bring(db, [Letter(name) for name in names])
    assign(db, ids)
    for step in (1, 2, 4):
        assign(
            db, bring(db, [Letter(f"<j{step}-{n}>", refs=(names[n], names[n + step])) for n in range(0, 8, 2 * step)])
        )
    (thread,) = {thread for (thread,) in db.execute("SELECT thread FROM message")}
    assert set(now_called(db, ids).values()) == {thread}
    late = bring(db, [Letter("<late>", refs=("<7>",))])
    assign(db, late)
    assert db.execute("SELECT thread FROM message WHERE id = ?", late).fetchone() == (thread,)


def test_threads_span_folders_and_accounts(db: sqlite3.Connection) -> None:
    account = folders.put_account(db, "b")
    folders.put_folders(db, account, [folders.Listed(b"Sent", "Sent", "/", "sent", True)])
    ids = (
        bring(db, [Letter("<a>")])
        + bring(db, [Letter("<b>", refs=("<a>",))], b"Sent")
        + bring(db, [Letter("<a>")], ARCHIVE)
    )
    assign(db, ids)
    assert len(grouped(db, ids)) == 1


def test_another_subject_long_after_is_another_thread(db: sqlite3.Connection) -> None:
    letters = [
        Letter("<a>"),
        Letter("<b>", "New topic", ("<a>",), day=31),
        Letter("<c>", "Re: Plan", ("<a>",), day=400),
    ]
    assert together(db, letters) == [0, 1, 0]


def test_another_subject_soon_after_is_the_same_thread(db: sqlite3.Connection) -> None:
    assert together(db, [Letter("<a>"), Letter("<b>", "New topic (was: Plan)", ("<a>",), day=29)]) == [0, 0]


def test_a_date_between_two_closes_the_gap(db: sqlite3.Connection) -> None:
    letters = [Letter("<a>"), Letter("<b>", "Two", ("<a>",), day=40), Letter("<c>", "Three", ("<a>",), day=20)]
    assert together(db, letters[:2]) == [0, 1]
    store = memory()
    assert together(store, letters, late=1) == [0, 0, 0]
    store.close()


def test_a_gap_that_was_closed_forgets_no_subject(db: sqlite3.Connection) -> None:
    letters = [Letter("<a>"), Letter("<b>", "Two", ("<a>",), day=40), Letter("<c>", "Three", ("<a>",), day=20)]
    assert together(db, [*letters, Letter("<d>", "Re: Two", ("<a>",), day=90)], late=1) == [0, 0, 0, 0]


def test_a_reply_without_references_joins_what_it_answers(db: sqlite3.Connection) -> None:
    letters = [Letter("<a>"), Letter("<b>", "RE: Plan", sender="bob@example.org", to="Ada <Ada@example.org>", day=1)]
    assert together(db, letters) == [0, 0]


@pytest.mark.parametrize(
    "other",
    [
        Letter("<b>", "Re: Plan", sender="eve@example.org", to="bob@example.org", day=1),
        Letter("<b>", "Re: Plan", sender="bob@example.org", to="ada@example.org", day=31),
        Letter("<b>", "Re: Plan", sender="bob@example.org", to="ada@example.org", day=-1),
        Letter("<b>", "Plan", day=1),
        Letter("<b>", "Fwd: Plan", day=1),
        Letter("<b>", "Re: Plan B", day=1),
    ],
    ids=["only the reader in common", "too late", "before it", "no reply", "forwarded", "other subject"],
)
def test_a_reused_subject_is_no_thread(db: sqlite3.Connection, other: Letter) -> None:
    assert together(db, [Letter("<a>"), other]) == [0, 1]


def test_replies_without_references_meet_on_their_list(db: sqlite3.Connection) -> None:
    letters = [
        Letter("<a>", list_id="<dev.example.org>", to="dev@example.org"),
        Letter("<b>", "Re: Plan", sender="eve@example.org", to="dev@example.org", list_id="<dev.example.org>", day=1),
    ]
    assert together(db, letters) == [0, 0]


def test_what_moved_in_time_is_answered_as_before(db: sqlite3.Connection) -> None:
    ids = bring(db, [Letter("<a>")])
    assign(db, ids)
    db.execute("UPDATE message SET rank = rank + (5 << 20)")
    index.take_out(db)
    ids += bring(db, [Letter("<b>", "Re: Plan", sender="bob@example.org", to="ada@example.org", day=1)])
    assign(db, ids)
    assert len(grouped(db, ids)) == 1


def test_a_store_of_before_knows_what_its_messages_are_about(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as before:
        newer = next(script for script in schema.MIGRATIONS if "CREATE TABLE thread_topic" in script)
        before.setattr(schema, "MIGRATIONS", [script for script in schema.MIGRATIONS if script != newer])
        db = memory()
    ids = bring(db, [Letter("<a>"), Letter("<b>", refs=("<x>",))])
    db.execute("UPDATE message SET thread = id")
    db.execute("UPDATE message SET topic = ? WHERE refs = ''", (topic("Plan").key,))
    db.executescript(newer)
    ids += bring(db, [Letter("<c>", "Re: Plan", sender="bob@example.org", to="ada@example.org", day=1)])
    assign(db, ids)
    assert grouped(db, ids) == {frozenset((0, 2)), frozenset((1,))}
    db.close()


def test_empty_subjects_are_not_reused_subjects(db: sqlite3.Connection) -> None:
    assert together(db, [Letter("<a>", ""), Letter("<b>", "Re:", day=1)]) == [0, 1]


def test_a_message_without_an_id_is_found_by_nobody_but_finds_its_thread(db: sqlite3.Connection) -> None:
    assert together(db, [Letter(""), Letter(""), Letter("<a>"), Letter("", refs=("<a>",))]) == [0, 1, 2, 2]


def test_cycles_and_messages_that_answer_themselves_do_no_harm(db: sqlite3.Connection) -> None:
    letters = [Letter("<a>", refs=("<b>", "<a>")), Letter("<b>", refs=("<a>", "<a>")), Letter("<c>", refs=("<c>",))]
    assert together(db, letters) == [0, 0, 2]


def test_messages_that_have_their_thread_are_left_alone(db: sqlite3.Connection) -> None:
    ids = bring(db, [Letter("<a>")])
    assign(db, ids)
    before = db.total_changes
    assign(db, [*ids, 999])
    assert db.total_changes == before


_names = st.sampled_from(["<a>", "<b>", "<c>", "<d>", "<e>", ""])
_letters = st.builds(
    Letter,
    name=_names,
    subject=st.sampled_from(["Plan", "Re: Plan", "Re: Talk", "Talk", "Re:"]),
    refs=st.lists(_names.filter(bool), max_size=3).map(tuple),
    day=st.sampled_from([0, 10, 15.5, 29, 30, 31, 45, 59, 61, 80, 100]),
    sender=st.sampled_from(["ada@x.org", "bob@x.org", "eve@x.org"]),
    to=st.sampled_from(["ada@x.org", "bob@x.org, eve@x.org", "dev@x.org", ""]),
    list_id=st.sampled_from(["", "", "<dev>"]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(_letters, max_size=12), st.randoms(use_true_random=False), st.lists(st.integers(1, 5), max_size=12))
def test_any_order_and_any_batches_give_the_groups_of_the_law(
    letters: list[Letter], shuffle: random.Random, batches: list[int]
) -> None:
    db = memory()
    try:
        ids = bring(db, letters)
        waiting = ids[:]
        shuffle.shuffle(waiting)
        for size in [*batches, len(waiting)]:
            assign(db, waiting[:size])
            del waiting[:size]
        assert grouped(db, ids) == slowly(letters)
    finally:
        db.close()


@settings(max_examples=150, deadline=None)
@given(
    st.lists(_letters, min_size=1, max_size=12),
    st.lists(st.tuples(st.integers(1, 12), st.integers(1, 5), st.integers(0, 9)), max_size=6),
)
def test_a_batch_left_anywhere_between_its_pieces_is_taken_again(
    letters: list[Letter], batches: list[tuple[int, int, int]]
) -> None:
    db = memory()
    try:
        ids = bring(db, letters)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(threads, "_PIECE", 2)
            patch.setattr(mentions, "_STEP", 2)
            for size, taken, pieces in batches:
                fresh = [id_ for (id_,) in db.execute("SELECT id FROM message WHERE thread IS NULL ORDER BY id")][:size]
                batch = threads.Batch()
                for start in range(0, len(fresh), taken):
                    batch.take(db, fresh[start : start + taken])
                batch.join(db)
                for _ in range(pieces):
                    if not batch.note(db) and not batch.name(db):
                        break
        assign(db, ids)
        assert grouped(db, ids) == slowly(letters)
    finally:
        db.close()


def test_replies_of_a_batch_that_was_left_are_joined_once() -> None:
    letters = [Letter(f"<{n}>", "Re: Plan" if n == 3 else "Plan") for n in range(5)]
    db = memory()
    ids = bring(db, letters)
    left = threads.Batch()
    left.take(db, ids)
    left.join(db)
    for id_ in ids:
        assign(db, [id_])
    assert grouped(db, ids) == slowly(letters)
    db.close()


def _cost(letters: list[Letter]) -> float:
    """CPU seconds for one batch, the best of two."""
    times = []
    for _ in range(2):
        db = memory()
        ids = bring(db, letters)
        began = time.thread_time()
        assign(db, ids)
        times.append(time.thread_time() - began)
        db.close()
    return min(times)


@pytest.mark.parametrize(
    "shape",
    [
        lambda n: [Letter(f"<{k}>", refs=tuple(f"<{p}>" for p in range(max(0, k - 100), k))) for k in range(n)],
        lambda n: [Letter(f"<{k}>", f"Subject {k}", refs=("<root>",)) for k in range(n)],
        lambda n: [Letter(f"<{k}>", "Re: Plan", day=k / n) for k in range(n)],
        lambda n: [Letter(f"<{k}>", f"S{k % 7}", refs=(f"<{(k * 7919) % n}>",), day=k % 900) for k in range(n)],
        lambda n: [Letter(f"<{n - k}>", refs=(f"<{n - k - 1}>",)) for k in range(n)],
    ],
    ids=["a hundred references each", "ten thousand subjects", "bare replies", "random links", "backwards"],
)
def test_the_work_grows_with_the_messages_and_not_with_their_pairs(shape) -> None:  # type: ignore[no-untyped-def]
    few, many = _cost(shape(1_000)), _cost(shape(8_000))
    assert many < 8 * 4 * max(few, 0.002)


def test_more_letters_of_one_subject_than_people_write_are_not_all_compared(
    db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "MANY_ALIKE", 3)
    ids = bring(db, [Letter(f"<{n}>", "Plan", day=n / DAY) for n in range(9)])
    assign(db, ids)
    late = bring(db, [Letter("<late>", "Re: Plan", day=1)])
    assign(db, late)
    assert sorted(len(group) for group in grouped(db, ids + late)) == [1, 1, 1, 1, 1, 1, 4]
