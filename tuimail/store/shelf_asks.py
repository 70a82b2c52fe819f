"""What the server is told of folders, and what it says; what the user wants of them is in `shelves`.

A folder's wish ends by the server's word, as a message's does: it said OK, or its list shows it so. What it refused
waits in the queue. A command may be obeyed and its answer lost, and the user may think better of it meanwhile; so what
is asked is noted before (`asked`), and the next list decides what became of it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection

from tuimail.protocol.imap import utf7
from tuimail.store.messages import forget_epoch
from tuimail.store.shelf_order import PASSING, Wish, next_wish, vain_levels
from tuimail.store.shelves import as_if_new, free_name, waits_for_name


def next_asked(db: sqlite3.Connection, account_id: int, told: Collection[tuple[int, str]]) -> Wish | None:
    """What is to be sent next, noted as asked; a deletion is not, as the folder may have to be emptied first.

    told: (folder, what) that had its turn.
    """
    _let_levels_go(db, account_id)
    wish = next_wish(db, account_id, told)
    if wish is None:
        return None
    if wish.what == "delete":
        db.execute("UPDATE folder SET want_gone = 1 WHERE id = ?", (wish.id,))
        return wish
    if wish.becomes:
        _note_levels(db, account_id, wish)
    if wish.what == "create":
        _take_name(db, account_id, wish)
    query = "UPDATE folder SET asked = ?, asked_name = NULLIF(?, X'') WHERE id = ?"
    db.execute(query, (wish.what, wish.becomes, wish.id))
    return wish


def _let_levels_go(db: sqlite3.Connection, account_id: int) -> None:
    """A level made by the way, deleted and wanted again, is for what is below it, and is there with a folder's name."""
    query = """SELECT id FROM folder
               WHERE account_id = ? AND here AND wanted AND by_the_way AND NOT selectable AND asked = ''"""
    while levels := [id_ for (id_,) in db.execute(query, (account_id,))]:
        vain = vain_levels(db, account_id)
        if not (gone := [(id_,) for id_ in levels if id_ in vain or waits_for_name(db, id_)]):
            return
        db.executemany("UPDATE folder SET here = 0, wanted = 0 WHERE id = ?", gone)


def _note_levels(db: sqlite3.Connection, account_id: int, wish: Wish) -> None:
    """What nobody knows of above a new name the server makes by the way."""
    parts = wish.becomes.split(wish.separator) if wish.separator else []
    for depth in range(1, len(parts)):
        wire = wish.separator.join(parts[:depth])
        if wire.upper() != b"INBOX" and free_name(db, account_id, wire, heard=True) == wire:
            db.execute(
                """INSERT INTO folder(account_id, remote_name, name, separator, selectable, by_the_way)
                   VALUES (?, ?, ?, ?, 0, 1)""",
                (account_id, wire, utf7.decode(wire), wish.separator.decode()),
            )


def _take_name(db: sqlite3.Connection, account_id: int, wish: Wish) -> None:
    """A folder is about to be made by its name, which may be there as a level."""
    by_the_way = _take_from_level(db, account_id, wish.becomes, wish.id)
    name = free_name(db, account_id, wish.becomes, wish.id, heard=True)
    db.execute(
        "UPDATE folder SET remote_name = ?, want_remote = NULL, by_the_way = by_the_way OR ? WHERE id = ?",
        (name, by_the_way, wish.id),
    )


def _take_from_level(db: sqlite3.Connection, account_id: int, name: bytes, folder_id: int) -> bool:
    """What is called so and only holds folders gives its name to a folder. Says whether it was made by the way."""
    level = db.execute(
        """UPDATE folder SET here = 0
           WHERE account_id = ? AND remote_name = ? AND id <> ? AND here = 1 AND NOT selectable AND NOT wanted
           RETURNING by_the_way""",
        (account_id, name, folder_id),
    ).fetchall()
    return any(by_the_way for (by_the_way,) in level)


def may_have_changed(db: sqlite3.Connection, account_id: int) -> bool:
    """Is a subscription wished to be as it was, for a rename may not have taken it along? The next list tells."""
    query = "SELECT 1 FROM folder WHERE account_id = ? AND here = 1 AND wanted = 0 AND want_subscribed = subscribed"
    return db.execute(query, (account_id,)).fetchone() is not None


def ask_to_delete(db: sqlite3.Connection, wish: Wish) -> bool:
    """Its deletion is about to be sent. Says whether it is still wished."""
    query = "UPDATE folder SET asked = 'delete' WHERE id = ? AND here = 1 AND remote_name = ? AND want_gone = 1"
    return bool(db.execute(query, (wish.id, wish.remote_name)).rowcount)


def holds_folders(db: sqlite3.Connection, folder_id: int) -> bool:
    """Does the server have folders below it?"""
    (account_id, name, separator), *_ = db.execute(
        "SELECT account_id, remote_name, separator FROM folder WHERE id = ?", (folder_id,)
    ).fetchall()
    query = "SELECT remote_name FROM folder WHERE account_id = ? AND here = 1 AND wanted = 0"
    below = bytes(name) + separator.encode()
    return bool(separator) and any(bytes(one).startswith(below) for (one,) in db.execute(query, (account_id,)))


def made(db: sqlite3.Connection, folder_id: int) -> None:
    """The server said the folder exists."""
    db.execute(
        """UPDATE folder SET wanted = 0, asked = '', asked_name = NULL, by_the_way = by_the_way AND NOT selectable
           WHERE id = ?""",
        (folder_id,),
    )


def refused(db: sqlite3.Connection, folder_id: int, error: str) -> bool:
    """The server would not: the wish waits, marked with its words, until it is tried again or dropped.

    If something else is wished meanwhile, the words are not about that. Returns False where nobody has wished for it:
    a level that was made by the way is gone already, or stays, as the next list says.
    """
    if db.execute(
        "UPDATE folder SET here = 0, want_gone = 0, asked = '' WHERE id = ? AND by_the_way AND want_gone", (folder_id,)
    ).rowcount:
        return False
    db.execute(
        """UPDATE folder SET asked = '', asked_name = NULL, wish_error = IIF(CASE asked
               WHEN 'create' THEN wanted WHEN 'delete' THEN want_gone
               WHEN 'rename' THEN NOT want_gone AND asked_name IN (want_remote,
                 CAST(want_remote || ?1 AS BLOB), CAST(remote_name || ?1 AS BLOB))
               ELSE NOT want_gone AND want_subscribed IS NOT NULL END, ?2, wish_error)
           WHERE id = ?3 AND asked <> ''""",
        (PASSING, error, folder_id),
    )
    return True


def opened(db: sqlite3.Connection, folder_id: int) -> bool:
    """What was a level holds mail by now. Returns whether it is still to be deleted: not if nobody wished for it."""
    db.execute(
        "UPDATE folder SET selectable = 1, want_gone = want_gone AND NOT by_the_way, by_the_way = 0 WHERE id = ?",
        (folder_id,),
    )
    return bool(db.execute("SELECT want_gone FROM folder WHERE id = ?", (folder_id,)).fetchone()[0])


def hindered(db: sqlite3.Connection, folder_id: int, why: str) -> None:
    """It cannot be as wished just now, whatever the server says."""
    db.execute("UPDATE folder SET wish_error = ? WHERE id = ? AND want_gone", (why, folder_id))


def listed(db: sqlite3.Connection, account_id: int, names: Collection[bytes]) -> None:
    """The server's list says what became of what was asked, and of whom another client has renamed as we wished."""
    rows = db.execute(
        """SELECT id, asked, asked_name FROM folder
           WHERE account_id = ? AND here = 1 AND (asked <> '' OR want_remote IS NOT NULL)
           ORDER BY length(remote_name)""",
        (account_id,),
    ).fetchall()
    for id_, asked, asked_name in rows:
        before, wish, want_gone = db.execute(
            "SELECT remote_name, want_remote, want_gone FROM folder WHERE id = ?", (id_,)
        ).fetchone()
        after = asked_name if asked == "rename" else wish
        if after is not None and bytes(after) in names and bytes(before) not in names:
            renamed(db, id_, bytes(before), bytes(after))
        elif asked == "delete" and bytes(before) not in names and not want_gone:
            deleted(db, id_)
    db.execute("UPDATE folder SET asked = '', asked_name = NULL WHERE account_id = ? AND asked <> ''", (account_id,))


def renamed(db: sqlite3.Connection, folder_id: int, before: bytes, after: bytes) -> None:
    """The server calls it so now, and what is below it accordingly. If that is not wished any more, it stays wished.

    Subscriptions are kept by name (RFC 9051 §6.3.7), and a rename need not take them along: so they are wished to stay
    as they are, until the next list says that they did.
    """
    account, separator, top = db.execute(
        "SELECT account_id, separator, COALESCE(want_remote, remote_name) FROM folder WHERE id = ?", (folder_id,)
    ).fetchone()
    rows = db.execute(
        """SELECT id, remote_name, want_remote, name FROM folder
           WHERE account_id = ? AND here = 1 AND NOT (wanted AND asked = '')""",
        (account,),
    ).fetchall()
    for id_, remote, wish, name in rows:
        if id_ != folder_id and not (separator and bytes(remote).startswith(before + separator.encode())):
            continue
        tail = bytes(remote)[len(before) :]
        now, goal = after + tail, bytes(wish) if wish is not None else bytes(top) + tail
        _take_from_level(db, account, now, id_)
        if free_name(db, account, now, id_, heard=True) != now:
            continue
        db.execute(
            """UPDATE folder SET remote_name = ?1, want_remote = NULLIF(?2, ?1), name = ?3,
                 want_subscribed = COALESCE(want_subscribed, subscribed) WHERE id = ?4""",
            (now, goal, name if wish is not None or id_ == folder_id else utf7.decode(goal), id_),
        )
    db.execute("UPDATE folder SET asked = '', asked_name = NULL WHERE id = ? AND asked = 'rename'", (folder_id,))


def deleted(db: sqlite3.Connection, folder_id: int) -> None:
    """The server has it no longer. If it is wanted again meanwhile, it is made anew."""
    db.execute(
        """UPDATE folder SET here = NOT want_gone, wanted = NOT want_gone, want_gone = 0, asked = '',
             want_remote = IIF(want_gone, NULL, want_remote), by_the_way = by_the_way AND NOT selectable
           WHERE id = ?""",
        (folder_id,),
    )
    as_if_new(db, folder_id)
    forget_epoch(db, folder_id)


def subscribed(db: sqlite3.Connection, folder_id: int, on: bool) -> None:
    """The server said so."""
    db.execute(
        """UPDATE folder SET subscribed = ?1, want_subscribed = NULLIF(want_subscribed, ?1),
             asked = IIF(asked = 'subscribe', '', asked) WHERE id = ?2""",
        (on, folder_id),
    )
