"""Message rows: the screen's bounded reads, and what sync writes of the server's word."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any

from tuimail.model import Flag, Summary
from tuimail.protocol.imap import keywords
from tuimail.records import Record
from tuimail.store import conflicts, copies, lost, maildrop

SUMMARY = f"""{maildrop.STANDING},
  id, COALESCE(thread, 0), here, remote_id, rank, date, sender, email, recipient, subject, shown, size,
  has_attachment, cached, COALESCE((SELECT words FROM preview WHERE message_id = message.id), ''),
  want_folder_id IS NOT NULL OR want_set <> 0 OR want_clear <> 0 OR want_keywords <> '', keywords, want_keywords"""

# The planner cannot know that lost rows are few, so their index is named (INDEXED BY) wherever they are looked for.

_LISTED = "(SELECT value FROM json_each(?))"
"""Many ids in one parameter, a JSON array."""

# Order of the tuple that `put_heads` takes, after folder_id.
Row = tuple[int, int, str, int, int, int, int, str, str, str, str, str, str, str, str]
"""(uid, flags, keywords, rank, date, size, has_attachment, sender, email, to, subject, message_id, refs, list_id,
addressed)"""

_INSERT = """INSERT INTO message(folder_id, remote_id, flags, keywords, rank, date, size, has_attachment,
    sender, email, recipient, subject, message_id, refs, list_id, addressed) VALUES """
_SEEN, _DELETED = int(Flag.SEEN), int(Flag.DELETED)
"""As plain integers: an enum's `&` costs a microsecond, and there are 100,000 rows in a first sync."""
_BULK = 100
"""Rows in one INSERT: one call into SQLite, and so one waiting for the interpreter lock, for all of them."""


def rank(received: int, uid: int) -> int:
    """The sort key of a row: arrival time, and within one second the server's own order."""
    return received << 20 | uid & 0xFFFFF


# --- the screen's reads ------------------------------------------------------------------------


@dataclass(slots=True)
class Anchor:
    """Where an earlier page began, so that the next one need not count from the top."""

    offset: int
    rank: int
    id: int


def page(
    db: sqlite3.Connection, folder_id: int, offset: int, limit: int, total: int, anchor: Anchor | None = None
) -> list[Summary]:
    """Rows offset … offset + limit, newest first. Costs the distance to the top, the end or the anchor."""
    if offset >= total:
        return []
    limit = min(limit, total - offset)
    ways = [(offset, "top"), (total - offset - limit, "end")]
    if anchor is not None:
        ways.append((offset - anchor.offset if offset >= anchor.offset else anchor.offset - offset - limit, "anchor"))
    _, way = min(w for w in ways if w[0] >= 0)
    bind: tuple[int, ...] = ()
    if way == "end":
        where, order, skip = "", "rank, id", total - offset - limit
    elif way == "anchor" and anchor is not None:
        bind = (anchor.rank, anchor.id)
        if offset >= anchor.offset:
            where, order, skip = "AND (rank, id) <= (?, ?)", "rank DESC, id DESC", offset - anchor.offset
        else:
            where, order, skip = "AND (rank, id) > (?, ?)", "rank, id", anchor.offset - offset - limit
    else:
        where, order, skip = "", "rank DESC, id DESC", offset
    rows = db.execute(
        f"""SELECT {SUMMARY} FROM message WHERE id IN (
              SELECT id FROM message WHERE here = ? AND gone = 0 {where} ORDER BY {order} LIMIT ? OFFSET ?)
            ORDER BY rank DESC, id DESC""",
        (folder_id, *bind, limit, skip),
    )
    return [summary_of(row) for row in rows]


def position(db: sqlite3.Connection, folder_id: int, message_id: int, anchor: Anchor | None = None) -> int | None:
    """The row number of a message in its folder's list, None when it is not there."""
    place = db.execute("SELECT rank, id FROM message WHERE id = ? AND here = ? AND gone = 0", (message_id, folder_id))
    row = place.fetchone()
    if row is None:
        return None
    count = "SELECT count(*) FROM message WHERE here = ? AND gone = 0 AND (rank, id) > (?, ?)"
    if anchor is not None and (row[0], row[1]) <= (anchor.rank, anchor.id):
        (between,) = db.execute(
            f"{count} AND (rank, id) <= (?, ?)", (folder_id, *row, anchor.rank, anchor.id)
        ).fetchone()
        return anchor.offset + int(between)
    (above,) = db.execute(count, (folder_id, *row)).fetchone()
    return int(above)


def next_unread(db: sqlite3.Connection, folder_id: int, message_id: int | None, direction: int) -> int | None:
    """Id of the nearest unread row below (1) or above (-1); from the edge when message_id is None."""
    compare, order = ("<", "rank DESC, id DESC") if direction > 0 else (">", "rank, id")
    where, bind = "", ()
    if message_id is not None:
        place = db.execute("SELECT rank, id FROM message WHERE id = ?", (message_id,)).fetchone()
        if place is not None:
            where, bind = f"AND (rank, id) {compare} (?, ?)", place
    row = db.execute(
        f"SELECT id FROM message WHERE here = ? AND gone = 0 AND shown & 1 = 0 {where} ORDER BY {order} LIMIT 1",
        (folder_id, *bind),
    ).fetchone()
    return int(row[0]) if row else None


def summary(db: sqlite3.Connection, message_id: int) -> Summary | None:
    """One row by id, wherever it is."""
    query = f"SELECT {SUMMARY} FROM message WHERE id = ? AND gone = 0 AND here IS NOT NULL"
    row = db.execute(query, (message_id,)).fetchone()
    return summary_of(row) if row else None


def highest(db: sqlite3.Connection, ids: Sequence[int]) -> int | None:
    """The newest of these messages."""
    row = db.execute(
        f"SELECT id FROM message WHERE id IN {_LISTED} ORDER BY rank DESC, id DESC LIMIT 1", (json.dumps(ids),)
    ).fetchone()
    return int(row[0]) if row else None


def any_lacks(db: sqlite3.Connection, ids: Sequence[int], bit: int) -> bool:
    """Does one of these messages lack the flag bit?"""
    query = f"SELECT 1 FROM message WHERE id IN {_LISTED} AND gone = 0 AND shown & ? = 0 LIMIT 1"
    return db.execute(query, (json.dumps(ids), bit)).fetchone() is not None


def all_in(db: sqlite3.Connection, ids: Sequence[int], folders: Iterable[int]) -> bool:
    """Are all of these messages in one of the folders?"""
    query = f"""SELECT 1 FROM message WHERE id IN {_LISTED} AND gone = 0 AND here IS NOT NULL
                AND here NOT IN (SELECT value FROM json_each(?)) LIMIT 1"""
    return db.execute(query, (json.dumps(list(ids)), json.dumps(list(folders)))).fetchone() is None


def accounts(db: sqlite3.Connection, ids: Sequence[int]) -> dict[int, int]:
    """Message → account, of those that are there."""
    rows = db.execute(
        f"""SELECT m.id, f.account_id FROM message m JOIN folder f ON f.id = m.here
            WHERE m.id IN {_LISTED} AND m.gone = 0""",
        (json.dumps(ids),),
    )
    return dict(rows.fetchall())


def anchor(db: sqlite3.Connection, message_id: int, offset: int) -> Anchor | None:
    """The row at `offset`, to start the next page from."""
    row = db.execute("SELECT rank, id FROM message WHERE id = ?", (message_id,)).fetchone()
    return Anchor(offset, *row) if row else None


class Place(Record):
    """Where the server holds a message."""

    account_id: int
    folder_id: int
    folder: bytes
    remote_id: int | None
    size: int
    uidvalidity: int | None
    """What `remote_id` belongs to."""


def place(db: sqlite3.Connection, message_id: int) -> Place | None:
    """Where to fetch a message from."""
    row = db.execute(
        """SELECT f.account_id, m.folder_id, f.remote_name, m.remote_id, m.size, f.uidvalidity
           FROM message m JOIN folder f ON f.id = m.folder_id WHERE m.id = ? AND m.gone = 0""",
        (message_id,),
    ).fetchone()
    return Place(row[0], row[1], bytes(row[2]), *row[3:]) if row else None


# --- the server's word ----------------------------------------------------------------------------


def put_heads(db: sqlite3.Connection, folder_id: int, rows: Sequence[Row]) -> int:
    """Bring in heads of a folder; returns how many were not known before, without the copies that we had made.

    A head whose Message-ID and size belong to a row that has lost its place (moved by us without
    COPYUID, or by someone else) is that row, so wishes, cached text and the cursor follow it.
    """
    rows = list({row[0]: row for row in rows}.values())  # a server may tell of a message twice
    if not rows:
        return 0
    uids = [row[0] for row in rows]
    there = db.execute(
        "SELECT remote_id, id FROM message WHERE folder_id = ? AND remote_id BETWEEN ? AND ?",
        (folder_id, min(uids), max(uids)),
    )
    known = dict(there.fetchall())
    waiting = lost.lost(db, folder_id)
    sure = copies.among(db, folder_id) if waiting else frozenset()
    coming = copies.expected(db, folder_id)
    copied: list[tuple[int, int]] = []
    ours = 0
    fresh: list[Row] = []
    old: list[tuple[int, str, int]] = []
    if not (known or waiting or any(coming)):
        fresh, rows = rows, []  # as in a first sync
    for row in rows:
        left_behind = row[1] & _DELETED  # by a move without MOVE: the message itself is where it was copied to
        copy = copies.take(coming, row[0], row[11], row[5]) if any(coming) and not left_behind else None
        if copy is not None:
            copied.append((copy, row[0]))
        if (
            waiting
            and not left_behind
            and copy is None
            and row[0] not in sure
            and (id_ := lost.reclaim(waiting, row[11], row[5], folder_id, row[1], known.get(row[0]))) is not None
        ):
            # Another row may hold this place already (brought in before we knew): the older one is the real one.
            db.execute(
                "DELETE FROM message WHERE folder_id = ? AND remote_id = ? AND id <> ?", (folder_id, row[0], id_)
            )
            db.execute(
                "UPDATE message SET folder_id = ?, remote_id = ?, flags = ?, keywords = ?, gone = 0 WHERE id = ?",
                (folder_id, row[0], row[1], row[2], id_),
            )
        elif row[0] in known:
            old.append((row[1], row[2], row[0]))
        else:
            fresh.append(row)
            ours += copy is not None
    db.executemany(
        f"UPDATE message SET flags = ?, keywords = ? WHERE folder_id = {int(folder_id)} AND remote_id = ?", old
    )
    if any(flags & _DELETED for flags, _, _ in old):
        lost.leave_behind(db, folder_id)
    one = f"({int(folder_id)}, {', '.join('?' * 15)})"
    for start in range(0, len(fresh), _BULK):
        part = fresh[start : start + _BULK]
        db.execute(_INSERT + ", ".join([one] * len(part)), list(chain.from_iterable(part)))
    for copy, uid in copied:
        query = "SELECT id FROM message WHERE folder_id = ? AND remote_id = ?"
        copies.seen(db, copy, db.execute(query, (folder_id, uid)).fetchone()[0])
    shown = [row[1] for row in fresh if not row[1] & _DELETED]
    unread = sum(1 for flags in shown if not flags & _SEEN)
    db.execute("UPDATE folder SET total = total + ?, unread = unread + ? WHERE id = ?", (len(shown), unread, folder_id))
    return len(fresh) - ours


def put_flags(db: sqlite3.Connection, folder_id: int, states: Sequence[tuple[int, int, str]]) -> int:
    """(uid, flags, keywords) as the server says; returns how many rows really changed."""
    before = db.total_changes
    db.executemany(
        """UPDATE message SET flags = ?2, keywords = ?3
           WHERE folder_id = ?4 AND remote_id = ?1 AND (flags <> ?2 OR keywords <> ?3)""",
        [(uid, flags, keywords, folder_id) for uid, flags, keywords in states],
    )
    changed = db.total_changes - before
    if any(flags & _DELETED for _, flags, _ in states):
        lost.leave_behind(db, folder_id)
    return changed


def uid_ranges(db: sqlite3.Connection, folder_id: int) -> list[tuple[int, int]]:
    """The UIDs we have of a folder, as ascending ranges."""
    ranges: list[tuple[int, int]] = []
    low = high = -1
    query = "SELECT remote_id FROM message WHERE folder_id = ? AND remote_id IS NOT NULL ORDER BY remote_id"
    for (uid,) in db.execute(query, (folder_id,)):
        if uid == high + 1:
            high = uid
            continue
        if low >= 0:
            ranges.append((low, high))
        low = high = uid
    if low >= 0:
        ranges.append((low, high))
    return ranges


def uid_span(db: sqlite3.Connection, folder_id: int) -> tuple[int, int] | None:
    """The lowest and the highest UID we have of a folder; None when we have none."""
    low, high = db.execute(
        "SELECT min(remote_id), max(remote_id) FROM message WHERE folder_id = ?", (folder_id,)
    ).fetchone()
    return (low, high) if low is not None else None


def mark_gone(db: sqlite3.Connection, folder_id: int, ranges: Iterable[tuple[int, int]]) -> None:
    """These UIDs are not in the folder any more. The rows are found elsewhere now, or later, or go with `sweep`.

    What was to be deleted for good is: it is not looked for, unless a move of it was under way when that was said.
    """
    ranges = tuple(ranges)
    db.executemany(
        """DELETE FROM message WHERE folder_id = ? AND remote_id BETWEEN ? AND ? AND gone = 0 AND want_folder_id = 0
             AND id NOT IN (SELECT message_id FROM astray)""",
        [(folder_id, low, high) for low, high in ranges],
    )
    db.executemany(
        """UPDATE message SET gone = 1, remote_id = NULL
           WHERE folder_id = ? AND remote_id BETWEEN ? AND ? AND gone = 0""",
        [(folder_id, low, high) for low, high in ranges],
    )
    (account_id,) = db.execute("SELECT account_id FROM folder WHERE id = ?", (folder_id,)).fetchone()
    lost.reunite(db, account_id)


def forget_epoch(db: sqlite3.Connection, folder_id: int) -> None:
    """UIDVALIDITY changed (RFC 3501 §2.3.1.1), or the folder went: every id is void; rows are found by Message-ID."""
    db.execute("UPDATE message SET gone = 1, remote_id = NULL WHERE folder_id = ?", (folder_id,))
    copies.forget_epoch(db, folder_id)
    db.execute(
        "UPDATE folder SET uidvalidity = NULL, uidnext = NULL, modseq = NULL, complete = 0 WHERE id = ?", (folder_id,)
    )


def sweep(db: sqlite3.Connection, account_id: int, pulled: Iterable[int], now: int, *, full: bool = True) -> int:
    """End of a look round: rows that turned up nowhere are deleted, with text and wishes; unmet ones are noted.

    A row moved without COPYUID that its target folder, freshly pulled, does not hold is gone too.
    full: every folder was asked about, so no row brought in until now is a moved one whose old place is still to
    be missed; else a server may have told first of where a message came to. Returns how many rows went.
    """
    unplaced: list[int] = []
    for folder_id in pulled:
        where = "folder_id = ? AND remote_id IS NULL AND gone = 0"
        unplaced += [id_ for (id_,) in db.execute(f"SELECT id FROM message WHERE {where}", (folder_id,))]
        db.execute(f"UPDATE message SET gone = 1 WHERE {where}", (folder_id,))
    lost.reunite(db, account_id)
    nowhere = "gone = 1 AND folder_id IN (SELECT id FROM folder WHERE account_id = ?)"
    conflicts.note_deleted(db, account_id, unplaced, now)
    swept = db.execute(f"DELETE FROM message INDEXED BY message_lost WHERE {nowhere}", (account_id,)).rowcount
    if full:
        db.execute("UPDATE account SET swept = (SELECT COALESCE(max(id), 0) FROM message) WHERE id = ?", (account_id,))
    return swept


def any_gone(db: sqlite3.Connection, account_id: int) -> bool:
    """Is some row waiting to be found elsewhere?"""
    query = """SELECT 1 FROM message INDEXED BY message_lost WHERE (gone = 1 OR remote_id IS NULL)
               AND folder_id IN (SELECT id FROM folder WHERE account_id = ?) LIMIT 1"""
    return db.execute(query, (account_id,)).fetchone() is not None


@cache
def _flags(number: int) -> Flag:
    """There are few of them, and to make one takes as long as all else that a row has to be looked up."""
    return Flag(number)


def summary_of(row: tuple[Any, ...]) -> Summary:
    (
        standing,
        id_,
        thread,
        here,
        uid,
        rank_,
        date,
        sender,
        email,
        to,
        subject,
        flags,
        size,
        attachment,
        cached,
        preview,
        pending,
        *words,
    ) = row
    return Summary(
        id=id_,
        folder_id=here,
        uid="" if uid is None else str(uid),
        received=rank_ >> 20,
        date=date,
        sender=sender,
        email=email,
        to=to,
        subject=subject,
        flags=_flags(flags),
        size=size,
        has_attachment=bool(attachment),
        cached=bool(cached),
        pending=bool(pending),
        standing=standing or "",
        thread=thread,
        labels=keywords.labels(*words) if words[0] or words[1] else (),
        preview=preview,
    )
