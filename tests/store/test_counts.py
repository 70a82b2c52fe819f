"""Totals and unread counts, kept by triggers, equal a recount whatever happened; ids are never used twice."""

from __future__ import annotations

import random
import sqlite3

import pytest

from tests.store.rows import ARCHIVE, INBOX, TRASH, folder_id, ids, memory, row
from tuimail.store import history, messages, wishes


def recount(db: sqlite3.Connection) -> list[tuple[int, int, int]]:
    return db.execute(
        """SELECT f.id, count(m.id), COALESCE(sum(m.shown & 1 = 0), 0) FROM folder f
           LEFT JOIN message m ON m.here = f.id AND m.gone = 0 GROUP BY f.id ORDER BY f.id"""
    ).fetchall()


def kept(db: sqlite3.Connection) -> list[tuple[int, int, int]]:
    return db.execute("SELECT id, total, unread FROM folder ORDER BY id").fetchall()


@pytest.mark.parametrize("seed", range(40))
def test_counts_equal_a_recount_after_any_life(seed: int) -> None:
    rng = random.Random(seed)
    db = memory()
    boxes = [folder_id(db, name) for name in (INBOX, ARCHIVE, TRASH)]
    used: set[int] = set()
    names: dict[int, str] = {}
    for step in range(60):
        box = rng.choice(boxes)
        uids = rng.sample(range(1, 15), 3)
        rows = db.execute("SELECT id FROM message WHERE gone = 0").fetchall()
        some = [rng.choice(rows)[0] for _ in range(2)] if rows else []
        act = rng.randrange(10)
        if act < 3:
            messages.put_heads(db, box, [row(uid, f"m{rng.randrange(20)}", flags=rng.randrange(16)) for uid in uids])
        elif act == 3:
            messages.put_flags(db, box, [(uid, rng.randrange(16), "") for uid in uids])
        elif act == 4:
            history.move(db, some, box, "moved", step)
        elif act == 5:
            history.flag(db, some, *rng.choice([(1, 0), (0, 1), (4, 0)]), "flagged", step)
        elif act == 6:
            (history.undo if rng.random() < 0.5 else history.redo)(db, step)
        elif act == 7:
            messages.mark_gone(db, box, [(min(uids), max(uids))])
        elif act == 8:
            _, moves = wishes.to_push(db, 1)
            for push in moves:
                told = {uid: 100 + step * 20 + n for n, uid in enumerate(push.uids)} if rng.random() < 0.5 else None
                wishes.moved(db, push, told)
            wishes.settle(db, boxes)
        elif rng.random() < 0.5:
            messages.sweep(db, 1, boxes, 1)
        else:
            messages.forget_epoch(db, box)
        assert kept(db) == recount(db), f"step {step}, act {act}"
        for id_, name in db.execute("SELECT id, subject FROM message"):
            assert id_ not in used or names[id_] == name, "an id now names another message"
            used.add(id_)
            names[id_] = name


def test_the_id_of_a_message_that_is_gone_never_names_another() -> None:
    db = memory()
    inbox = folder_id(db)
    messages.put_heads(db, inbox, [row(1, "old")])
    (old,) = ids(db, inbox)
    messages.mark_gone(db, inbox, [(1, 1)])
    messages.sweep(db, 1, [inbox], 1)
    messages.put_heads(db, inbox, [row(2, "new")])
    assert ids(db, inbox) != [old], "undo and the cursor would act on somebody else's mail"


def test_a_uid_told_twice_in_one_batch_is_one_row() -> None:
    db = memory()
    inbox = folder_id(db)
    messages.put_heads(db, inbox, [row(5, "first"), row(5, "again", flags=1)])
    assert len(ids(db, inbox)) == 1
    assert kept(db) == recount(db)


def test_a_message_found_in_another_folder_keeps_its_id_text_flags_wish_and_history() -> None:
    db = memory()
    inbox, archive = folder_id(db), folder_id(db, ARCHIVE)
    messages.put_heads(db, inbox, [row(1, "letter")])
    (id_,) = ids(db, inbox)
    history.flag(db, [id_], 4, 0, "starred", 1)
    messages.mark_gone(db, inbox, [(1, 1)])
    assert ids(db, inbox) == []
    messages.put_heads(db, archive, [row(9, "letter", flags=1)])
    assert ids(db, archive) == [id_]
    assert wishes.to_push(db, 1)[0][0].uids == (9,)


def test_a_message_pulled_in_its_new_folder_first_is_made_one_with_its_old_row() -> None:
    db = memory()
    inbox, archive = folder_id(db), folder_id(db, ARCHIVE)
    messages.put_heads(db, inbox, [row(1, "letter")])
    (id_,) = ids(db, inbox)
    messages.put_heads(db, archive, [row(9, "letter")])
    messages.mark_gone(db, inbox, [(1, 1)])
    assert ids(db, archive) == [id_]


def test_a_new_epoch_voids_ids_and_finds_the_messages_again() -> None:
    db = memory()
    inbox = folder_id(db)
    messages.put_heads(db, inbox, [row(1, "one"), row(2, "two")])
    before = ids(db, inbox)
    messages.forget_epoch(db, inbox)
    assert ids(db, inbox) == []
    messages.put_heads(db, inbox, [row(2, "one"), row(1, "two")])
    names = dict(db.execute("SELECT id, subject FROM message"))
    assert sorted(ids(db, inbox)) == sorted(before)
    assert {names[id_] for id_ in before} == {"one", "two"}
    assert dict(db.execute("SELECT subject, remote_id FROM message")) == {"one": 2, "two": 1}
