"""What was done, line by line: how much of it stands, and the reversal of any line, out of order.

The deeds that stand are a stack for each message, by their turns: what was done last is on top. A reversal takes from
the top only, so undoing all, in whatever order, ends where it began. What of a line lies below something newer is
told, and stays; what can be reversed becomes a line of its own.
"""

from __future__ import annotations

import json
import re
import sqlite3

from tuimail.model import Deed, DeedLine, Flag
from tuimail.protocol.imap import keywords
from tuimail.store import history
from tuimail.store.history import Done

# That mail is spam is told by its folder, too: servers that keep no such flag, and no $NotJunk, change nothing.
_SOFT = int(Flag.JUNK)

# How it stands with each item of a deed: `ok` it can be reversed (or, once reversed, done again), else why not.
_ITEM = f"""
  CASE
    WHEN m.id IS NULL OR m.gone OR m.flags & 8 THEN 'gone'
    WHEN NOT d.undone AND EXISTS (
      SELECT 1 FROM deed_item j JOIN deed e ON e.id = j.deed_id
      WHERE j.message_id = i.message_id AND e.undone = 0 AND e.turn > d.turn
        AND (j.to_folder_id IS NOT NULL AND i.to_folder_id IS NOT NULL
          OR (j.added | j.removed) & (i.added | i.removed) <> 0
          OR j.keywords <> '' AND i.keywords <> '')) THEN 'later'
    WHEN i.to_folder_id IS NOT NULL AND m.here IS NOT IIF(d.undone, i.from_folder_id, i.to_folder_id) THEN 'moved'
    WHEN m.shown & (i.added | i.removed) & ~{_SOFT} <> IIF(d.undone, i.removed, i.added) & ~{_SOFT} THEN 'changed'
    WHEN i.keywords <> '' AND NOT labelled(m.keywords, m.want_keywords, i.keywords, d.undone) THEN 'changed'
    WHEN i.to_folder_id IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM folder f WHERE f.id = IIF(d.undone, i.to_folder_id, i.from_folder_id) AND f.here) THEN 'folder'
    ELSE 'ok'
  END"""
_ITEMS = "deed d JOIN deed_item i ON i.deed_id = d.id LEFT JOIN message m ON m.id = i.message_id"
_WHYS = ("gone", "later", "moved", "changed", "folder")


def _labelled(there: str, wish: str, changed: str, undone: int) -> bool:
    """Has a message the labels that a change has left, or, once it is undone, those before it?"""
    meant = " ".join(word for word in changed.split() if keywords.is_label(word[1:]))
    words = keywords.inverse(meant) if undone else meant
    return not keywords.missing(keywords.applied(there, wish), words)


def _ready(db: sqlite3.Connection) -> sqlite3.Connection:
    """With what SQL alone cannot say."""
    db.create_function("labelled", 4, _labelled, deterministic=True)
    return db


def lines(db: sqlite3.Connection, limit: int) -> list[DeedLine]:
    """The newest `limit` deeds, newest first, each with how it stands.

    Costs some microseconds for each message of these deeds: for a thread, not for the event loop.
    """
    (found,) = (
        _ready(db)
        .execute(
            f"""WITH newest AS MATERIALIZED (SELECT * FROM deed ORDER BY at DESC, id DESC LIMIT ?)
            SELECT json_group_array(json_array(id, at, label, undone, final, items, copies, folders, ok, whys, subject))
            FROM (
              SELECT n.*, COALESCE(s.items, 0) AS items, COALESCE(s.ok, 0) AS ok, s.whys AS whys,
                (SELECT count(*) FROM copy c WHERE c.deed_id = n.id) AS copies,
                (SELECT count(*) FROM deed_folder o WHERE o.deed_id = n.id) AS folders,
                IIF(s.items = 1, (SELECT subject FROM message WHERE id = s.first), '') AS subject
              FROM newest n LEFT JOIN (
                SELECT deed_id, count(*) AS items, sum(state = 'ok') AS ok, min(message_id) AS first,
                  json_array({", ".join(f"sum(state = '{why}')" for why in _WHYS)}) AS whys
                FROM (SELECT i.deed_id, i.message_id, {_ITEM} AS state FROM newest d
                      JOIN deed_item i ON i.deed_id = d.id LEFT JOIN message m ON m.id = i.message_id)
                GROUP BY deed_id) s ON s.deed_id = n.id
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
    items: int,
    copies: int,
    folders: int,
    ok: int,
    whys: str | None,
    subject: str | None,
) -> DeedLine:
    counts = zip(_WHYS, json.loads(whys) if whys else (), strict=False)
    deed = Deed(id_, at, label, items + copies + folders, bool(undone))
    able = 0 if final else ok + copies + folders
    return DeedLine(deed, able, tuple((why, count) for why, count in counts if count), bool(final), subject or "")


def reversible(db: sqlite3.Connection, deed_id: int) -> tuple[int, int]:
    """(Of how many messages a deed can be reversed, or done again once reversed; how many there are)."""
    query = f"SELECT {_ITEM} AS state FROM {_ITEMS} WHERE d.id = ?"
    ok, items = (
        _ready(db).execute(f"SELECT COALESCE(sum(state = 'ok'), 0), count(*) FROM ({query})", (deed_id,)).fetchone()
    )
    return int(ok), int(items)


def messages_of(db: sqlite3.Connection, deed_id: int, limit: int) -> list[tuple[int, str, str, str]]:
    """(Message, sender, subject, how it stands) of a deed; a message that is not there any more has no words."""
    return (
        _ready(db)
        .execute(
            f"""SELECT i.message_id, COALESCE(NULLIF(m.sender, ''), m.email, ''), COALESCE(m.subject, ''), {_ITEM}
            FROM {_ITEMS} WHERE d.id = ? ORDER BY m.rank DESC, i.message_id LIMIT ?""",
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
    row = (
        _ready(db)
        .execute(
            f"""SELECT label, final, undone, EXISTS (SELECT 1 FROM copy WHERE deed_id = deed.id)
                OR EXISTS (SELECT 1 FROM deed_folder WHERE deed_id = deed.id),
              id = (SELECT id FROM deed WHERE undone = 1 ORDER BY turn DESC LIMIT 1),
              (SELECT count(*) FROM {_ITEMS} WHERE d.id = deed.id AND m.id IS NOT NULL AND {_ITEM} <> 'ok'),
              (SELECT count(*) FROM {_ITEMS} WHERE d.id = deed.id AND {_ITEM} = 'ok')
            FROM deed WHERE id = ?""",
            (deed_id,),
        )
        .fetchone()
    )
    if row is None or row[1] or bool(row[2]) is backwards:
        return None
    label, _, _, whole, next_again, rest, able = row
    if not (whole or able):
        return None
    if not backwards and not next_again:
        db.execute("UPDATE deed SET undone = 2 WHERE undone = 1")  # it is done anew, so it is what was done last
    if rest and not whole:
        deed_id, label = _split(db, deed_id, label, able, rest)
    return history.apply(db, deed_id, label, backwards=backwards, now=now)


def _split(db: sqlite3.Connection, deed_id: int, label: str, able: int, rest: int) -> tuple[int, str]:
    """Make what is able a deed of its own. Returns its id and label."""
    words = relabelled(label, able)
    new_id = db.execute(
        "INSERT INTO deed(at, label, turn, undone) SELECT at, ?, turn, undone FROM deed WHERE id = ?", (words, deed_id)
    ).lastrowid
    assert new_id is not None
    ids = db.execute(f"SELECT i.message_id FROM {_ITEMS} WHERE d.id = ? AND {_ITEM} = 'ok'", (deed_id,)).fetchall()
    db.executemany(
        "UPDATE deed_item SET deed_id = ? WHERE deed_id = ? AND message_id = ?",
        [(new_id, deed_id, message_id) for (message_id,) in ids],
    )
    (left,) = db.execute("SELECT count(*) FROM deed_item WHERE deed_id = ?", (deed_id,)).fetchone()
    db.execute("UPDATE deed SET label = ? WHERE id = ?", (relabelled(label, left), deed_id))
    return new_id, words


def relabelled(label: str, count: int) -> str:
    """The same words for another number of messages."""
    return re.sub(r"[\d,]+ messages?$", history.messages_in_words(count), label)
