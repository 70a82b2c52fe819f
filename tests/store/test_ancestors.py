from __future__ import annotations

import sqlite3

from tests.store.rows import folder_id, memory, row
from tuimail.model import Flag
from tuimail.store import bodies, messages
from tuimail.store.ancestors import MOST, ancestors


def put(db: sqlite3.Connection, name: str, refs: str = "", *, flags: int = Flag.SEEN, kept: bool = True) -> int:
    uid = db.execute("SELECT count(*) FROM message").fetchone()[0] + 1
    head = (*row(uid, name, flags=int(flags))[:-3], refs, "", "")
    messages.put_heads(db, folder_id(db), [head])
    (id_,) = db.execute("SELECT id FROM message WHERE message_id = ?", (name,)).fetchone()
    if kept:
        bodies.put_body(db, id_, {"": b"x"}, 1)
    return int(id_)


def test_the_messages_answered_are_found_nearest_first() -> None:
    db = memory()
    first, second = put(db, "<1@x>"), put(db, "<2@x>", "<1@x>")
    answer = put(db, "<3@x>", "<1@x> <2@x> <lost@x>")
    assert ancestors(db, answer) == [second, first]
    assert ancestors(db, first) == []
    assert ancestors(db, 999) == []


def test_what_was_not_read_or_is_not_here_is_no_ancestor() -> None:
    db = memory()
    put(db, "<1@x>", flags=Flag.NONE)
    put(db, "<2@x>", kept=False)
    assert ancestors(db, put(db, "<3@x>", "<1@x> <2@x> <3@x>")) == []


def test_a_long_chain_is_looked_up_by_index_and_not_to_its_beginning() -> None:
    db = memory()
    names = [f"<{number}@x>" for number in range(3 * MOST)]
    for name in names:
        put(db, name)
    assert len(ancestors(db, put(db, "<last@x>", " ".join(names)))) == MOST
    plan = db.execute(
        "EXPLAIN QUERY PLAN SELECT id FROM message WHERE message_id = '' AND gone = 0 AND cached = 1"
    ).fetchall()
    assert "message_answered" in plan[0][3]
