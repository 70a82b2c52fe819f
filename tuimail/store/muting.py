"""Muted threads: what is new of them does not stay in the inbox.

A thread is muted when the last deed about it that stands says so. So undo, in any order, needs to know nothing of it;
and what that deed has kept out of the inbox comes back with it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from tuimail.records import replace
from tuimail.store import history
from tuimail.store.history import Done
from tuimail.store.wishes import choose, wish_chosen

_LISTED = "(SELECT value FROM json_each(?))"
_INBOXES = "(SELECT id FROM folder WHERE role = 'inbox')"


def muted(db: sqlite3.Connection, threads: Iterable[int]) -> set[int]:
    """Those of these threads that are muted."""
    return set(_muted_by(db, threads))


def _muted_by(db: sqlite3.Connection, threads: Iterable[int]) -> dict[int, int]:
    """Those of these threads that are muted, each with the deed that says so."""
    said = db.execute(
        f"""SELECT thread, deed_id, muted FROM muting JOIN deed ON deed.id = deed_id AND undone = 0
            WHERE thread IN {_LISTED} ORDER BY turn""",
        (json.dumps([*threads]),),
    )
    last = {thread: (deed, is_muted) for thread, deed, is_muted in said}
    return {thread: deed for thread, (deed, is_muted) in last.items() if is_muted}


def toggle(db: sqlite3.Connection, ids: Sequence[int], goals: Mapping[int, int], now: int) -> Done:
    """Mute the threads of these messages and archive what is in an inbox; if all are muted, let them be heard again.

    goals: account → archive; without one an account's messages stay. One deed, whose count is that of the threads.
    """
    rows = db.execute(
        f"SELECT DISTINCT thread FROM message WHERE id IN {_LISTED} AND thread IS NOT NULL", (json.dumps([*ids]),)
    )
    threads = {thread for (thread,) in rows}
    mute = threads - muted(db, threads)
    about = mute or threads
    if not about:
        return Done("", 0, frozenset())
    words = f"{'muted' if mute else 'unmuted'} {'1 thread' if len(about) == 1 else f'{len(about):,} threads'}"
    listed = json.dumps([*about])
    inbox = db.execute(
        f"""SELECT m.id, f.account_id FROM message m JOIN folder f ON f.id = m.here
            WHERE m.thread IN {_LISTED} AND m.gone = 0 AND m.here IN {_INBOXES}""",
        (listed if mute else "[]",),
    ).fetchall()
    moves = {id_: goals[account] for id_, account in inbox if account in goals}
    done = history.move_each(db, moves, words, now)
    deed = _newest_deed(db) if done.count else history.new_deed(db, words, now)
    db.execute("UPDATE deed SET label = ? WHERE id = ?", (words, deed))
    db.executemany("INSERT INTO muting VALUES (?, ?, ?)", [(thread, deed, bool(mute)) for thread in about])
    marked = db.execute(
        f"SELECT DISTINCT here FROM message WHERE thread IN {_LISTED} AND gone = 0 AND here IS NOT NULL", (listed,)
    )
    return replace(done, label=words, count=len(about), folders=done.folders | {folder for (folder,) in marked})


def obey(db: sqlite3.Connection, ids: Sequence[int], now: int) -> frozenset[int]:
    """What is new in an inbox and of a muted thread is wished into the archive. Returns the folders that changed.

    Nobody did that just now, so it is no deed of its own: it belongs to the muting, and comes back with it. What the
    user has copied or moved there is not new.
    """
    if db.execute("SELECT 1 FROM muting LIMIT 1").fetchone() is None:
        return frozenset()
    rows = db.execute(
        f"""SELECT m.id, m.thread, m.here, archive.id FROM message m JOIN folder f ON f.id = m.here
              JOIN folder archive ON archive.account_id = f.account_id AND archive.role = 'archive' AND archive.here = 1
            WHERE m.id IN {_LISTED} AND m.gone = 0 AND f.role = 'inbox'
              AND NOT EXISTS (SELECT 1 FROM copy c WHERE c.row_id = m.id)
              AND NOT EXISTS (SELECT 1 FROM deed_item i WHERE i.message_id = m.id AND i.to_folder_id IS NOT NULL)""",
        (json.dumps([*ids]),),
    ).fetchall()
    by = _muted_by(db, {thread for _, thread, _, _ in rows})
    moves = [(by[thread], id_, inbox, archive) for id_, thread, inbox, archive in rows if thread in by]
    if not moves:
        return frozenset()
    db.executemany(
        "INSERT INTO deed_item(deed_id, message_id, from_folder_id, to_folder_id) VALUES (?, ?, ?, ?)", moves
    )
    choose(db, [(id_, archive, 0, 0, "") for _, id_, _, archive in moves])
    return wish_chosen(db, now)


def _newest_deed(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT max(id) FROM deed").fetchone()[0])
