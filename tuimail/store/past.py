"""What was done, line by line: how much of it stands, and the reversal of any line, out of order.

The deeds that stand are a stack for each message, by their turns: what was done last is on top. A reversal takes from
the top only, so undoing all, in whatever order, ends where it began. What of a line lies below something newer is
told, and stays; what can be reversed becomes a line of its own. How each part stands is in `standing`.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Sequence

from tuimail.model import Deed, DeedLine
from tuimail.store import history
from tuimail.store.history import Done
from tuimail.store.standing import OK, WHYS, parts, ready

_OF_DEED = "d.id = ?1"


def lines(db: sqlite3.Connection, limit: int) -> list[DeedLine]:
    """The newest `limit` deeds, newest first, each with how it stands.

    Costs some microseconds for each message of these deeds: for a thread, not for the event loop.
    """
    (found,) = (
        ready(db)
        .execute(
            f"""WITH newest AS MATERIALIZED (SELECT * FROM deed ORDER BY at DESC, id DESC LIMIT ?)
            SELECT json_group_array(json_array(id, at, label, undone, final, count, ok, whys, subject))
            FROM (
              SELECT n.*, COALESCE(s.count, 0) AS count, COALESCE(s.ok, 0) AS ok, s.whys AS whys,
                IIF(s.messages = 1, (SELECT subject FROM message WHERE id = s.first), '') AS subject
              FROM newest n LEFT JOIN (
                SELECT deed_id, count(*) AS count, count(message_id) AS messages, sum(state = '{OK}') AS ok,
                  min(message_id) AS first, json_array({", ".join(f"sum(state = '{why}')" for why in WHYS)}) AS whys
                FROM ({parts("d.id IN (SELECT id FROM newest)")}) GROUP BY deed_id) s ON s.deed_id = n.id
              ORDER BY n.at DESC, n.id DESC)""",
            (limit,),
        )
        .fetchone()
    )
    return [_line(*row) for row in json.loads(found)]


def _line(
    id_: int,
    at: int,
    label: str,
    undone: int,
    final: int,
    count: int,
    able: int,
    whys: str | None,
    subject: str | None,
) -> DeedLine:
    counts = zip(WHYS, json.loads(whys) if whys else (), strict=False)
    deed = Deed(id_, at, label, count, bool(undone))
    told = tuple((why, number) for why, number in counts if number)
    return DeedLine(deed, 0 if final else able, told, bool(final), subject or "")


def reversible(db: sqlite3.Connection, deed_id: int) -> tuple[int, int]:
    """(Of how much a deed can be reversed, or done again once reversed; how much there is of it)."""
    query = f"SELECT COALESCE(sum(state = '{OK}'), 0), count(*) FROM ({parts(_OF_DEED)})"
    ok, count = ready(db).execute(query, (deed_id,)).fetchone()
    return int(ok), int(count)


def messages_of(db: sqlite3.Connection, deed_id: int, limit: int) -> list[tuple[int, str, str, str]]:
    """(Message, sender, subject, how it stands) of a deed; a message that is not there any more has no words."""
    return (
        ready(db)
        .execute(
            f"""SELECT p.message_id, COALESCE(NULLIF(m.sender, ''), m.email, ''), COALESCE(m.subject, ''), p.state
            FROM ({parts(_OF_DEED)}) p LEFT JOIN message m ON m.id = p.message_id
            WHERE p.message_id IS NOT NULL ORDER BY m.rank DESC, p.message_id LIMIT ?2""",
            (deed_id, limit),
        )
        .fetchall()
    )


def reverse(db: sqlite3.Connection, deed_id: int, now: int) -> Done | None:
    """Reverse what can be reversed of a deed that stands; None when that is nothing."""
    return _turn(db, deed_id, now, backwards=True)


def repeat(db: sqlite3.Connection, deed_id: int, now: int) -> Done | None:
    """Do a reversed deed again, as far as its messages are as they were before it; None when none of them is."""
    return _turn(db, deed_id, now, backwards=False)


def _turn(db: sqlite3.Connection, deed_id: int, now: int, *, backwards: bool) -> Done | None:
    row = db.execute(
        """SELECT label, final, undone, id = (SELECT id FROM deed WHERE undone = 1 ORDER BY turn DESC LIMIT 1)
           FROM deed WHERE id = ?""",
        (deed_id,),
    ).fetchone()
    if row is None or row[1] or bool(row[2]) is backwards:
        return None
    label, _, _, next_again = row
    stands = (
        ready(db)
        .execute(
            f"""SELECT kind, part, state = '{OK}', m.id IS NULL AND state = 'gone'
            FROM ({parts(_OF_DEED)}) p LEFT JOIN message m ON p.kind = 'item' AND m.id = p.part""",
            (deed_id,),
        )
        .fetchall()
    )
    able = [(kind, part) for kind, part, ok, _ in stands if ok]
    if not able:
        return None
    if not backwards and not next_again:
        db.execute("UPDATE deed SET undone = 2 WHERE undone = 1")  # it is done anew, so it is what was done last
    if any(not ok and not void for _, _, ok, void in stands):
        deed_id, label = _split(db, deed_id, label, able)
    return history.apply(db, deed_id, label, backwards=backwards, now=now)


_HELD = {
    "item": ("UPDATE deed_item SET deed_id = ? WHERE deed_id = ? AND message_id = ?",),
    "copy": (
        "UPDATE copy_deed SET deed_id = ? WHERE deed_id = ? AND copy_id = ?",
        "UPDATE copy SET deed_id = ? WHERE deed_id = ? AND id = ?",
    ),
    "folder": ("UPDATE deed_folder SET deed_id = ? WHERE deed_id = ? AND folder_id = ?",),
    "thread": ("UPDATE muting SET deed_id = ? WHERE deed_id = ? AND thread = ?",),
}
"""Which deed holds a part of each kind."""


def _split(db: sqlite3.Connection, deed_id: int, label: str, able: Sequence[tuple[str, int]]) -> tuple[int, str]:
    """Make what is able a deed of its own. Returns its id and label."""
    words = relabelled(label, sum(kind in ("item", "copy") for kind, _ in able))
    new_id = db.execute(
        """INSERT INTO deed(at, label, turn, undone, filed) SELECT at, ?, turn, undone, filed FROM deed WHERE id = ?""",
        (words, deed_id),
    ).lastrowid
    assert new_id is not None
    for kind, part in able:
        for query in _HELD[kind]:
            db.execute(query, (new_id, deed_id, part))
    (left,) = db.execute(
        """SELECT (SELECT count(*) FROM deed_item WHERE deed_id = ?1)
             + (SELECT count(*) FROM copy_wish WHERE deed_id = ?1)""",
        (deed_id,),
    ).fetchone()
    db.execute("UPDATE deed SET label = ? WHERE id = ?", (relabelled(label, left), deed_id))
    return new_id, words


def relabelled(label: str, count: int) -> str:
    """The same words for another number of messages."""
    return re.sub(r"[\d,]+ messages?$", history.messages_in_words(count), label)
