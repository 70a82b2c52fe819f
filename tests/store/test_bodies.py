"""Texts are kept within a budget and go with their message."""

from __future__ import annotations

import sqlite3

from tests.store.rows import folder_id, ids, memory, row
from tuimail.store import bodies, messages


def kept(db: sqlite3.Connection) -> dict[int, int]:
    """Message id → octets kept."""
    return dict(db.execute("SELECT message_id, sum(length(data)) FROM body GROUP BY 1"))


def test_sections_come_back_as_they_were_put() -> None:
    db = memory()
    messages.put_heads(db, folder_id(db), [row(1)])
    (id_,) = ids(db, folder_id(db))
    assert bodies.get_body(db, id_) == {}
    bodies.put_body(db, id_, {"1": b"text\x00", "HEADER": b"h"}, 1)
    bodies.put_body(db, id_, {"1": b"again"}, 2)
    assert bodies.get_body(db, id_) == {"1": b"again", "HEADER": b"h"}
    summary = messages.summary(db, id_)
    assert summary is not None
    assert summary.cached


def test_a_very_large_text_goes_in_and_out_in_pieces() -> None:
    """What a statement takes or gives at once holds the whole program for as long as its copying takes."""
    db = memory()
    messages.put_heads(db, folder_id(db), [row(1)])
    (id_,) = ids(db, folder_id(db))
    large = bytes(range(256)) * 8000
    said: list[str] = []
    db.set_trace_callback(said.append)
    bodies.put_body(db, id_, {"": large, "1": b"small"}, 1)
    assert bodies.get_body(db, id_) == {"": large, "1": b"small"}
    assert bodies.get_section(db, id_, "") == large
    db.set_trace_callback(None)
    assert any("zeroblob" in statement for statement in said)
    assert max(map(len, said)) < 10_000, "a value that is bound stands in the statement as it was run"


def test_the_oldest_texts_go_until_the_rest_fits() -> None:
    db = memory()
    messages.put_heads(db, folder_id(db), [row(n) for n in range(1, 6)])
    some = sorted(ids(db, folder_id(db)))
    for age, id_ in enumerate(some):
        bodies.put_body(db, id_, {"HEADER": b"x" * 50, "1": b"x" * 50}, age)
    assert bodies.trim(db, 500) == 0
    assert bodies.trim(db, 250) == 3
    assert kept(db) == {some[3]: 100, some[4]: 100}
    assert db.execute("SELECT id FROM message WHERE cached = 1 ORDER BY id").fetchall() == [(some[3],), (some[4],)]
    assert bodies.trim(db, 0) == 2
    assert kept(db) == {}


def test_a_text_that_comes_for_a_message_gone_meanwhile_is_dropped() -> None:
    db = memory()
    bodies.put_body(db, 77, {"": b"late"}, 1)
    assert kept(db) == {}


def test_a_deleted_message_takes_its_text_with_it() -> None:
    db = memory()
    inbox = folder_id(db)
    messages.put_heads(db, inbox, [row(1)])
    (id_,) = ids(db, inbox)
    bodies.put_body(db, id_, {"": b"text"}, 1)
    messages.mark_gone(db, inbox, [(1, 1)])
    assert kept(db) == {id_: 4}, "it may turn up elsewhere"
    messages.sweep(db, 1, [inbox], 1)
    assert kept(db) == {}
