"""What the server is told of folders, and what it says; what the user wants of them is in `shelves`.

A folder's wish ends by the server's word, as a message's does: it said OK, or its list shows it so. What it refused
waits in the queue. A command may be obeyed and its answer lost, and the user may think better of it meanwhile; so what
is asked is noted before (`asked`), and the next list decides what became of it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from typing import NamedTuple

from tuimail.protocol.imap import utf7
from tuimail.store.messages import forget_epoch
from tuimail.store.shelves import ASIDE, as_if_new, free_name

_WISHING = "(want_remote IS NOT NULL OR want_gone = 1 OR want_subscribed IS NOT NULL)"


class Wish(NamedTuple):
    """One folder of which the server is to be told something."""

    id: int
    remote_name: bytes
    name: str
    separator: str
    rename: bytes | None
    gone: bool
    subscribe: int | None


def wishes_of(db: sqlite3.Connection, account_id: int) -> list[Wish]:
    """What is to be told: deletions, then new names that are free by now, parents before what is below them.

    What gets its name with a folder above it is not renamed by itself, also when that was refused.
    """
    renamed = db.execute(
        """SELECT remote_name, want_remote, separator FROM folder
           WHERE account_id = ? AND here = 1 AND want_remote IS NOT NULL AND separator <> ''""",
        (account_id,),
    ).fetchall()
    above = [(bytes(before) + sep.encode(), bytes(after) + sep.encode()) for before, after, sep in renamed]
    rows = db.execute(
        f"""SELECT id, remote_name, name, separator, want_remote, want_gone, NULLIF(want_subscribed, subscribed)
            FROM folder f
            WHERE account_id = ? AND here = 1 AND wanted = 0 AND wish_error IS NULL AND {_WISHING}
            ORDER BY want_gone DESC, EXISTS (SELECT 1 FROM folder o
              WHERE o.account_id = f.account_id AND o.here AND o.remote_name = f.want_remote), length(remote_name)""",
        (account_id,),
    )
    wishes = [
        Wish(id_, bytes(remote), name, separator, bytes(new) if new is not None else None, bool(gone), subscribe)
        for id_, remote, name, separator, new, gone, subscribe in rows
    ]
    wishes = [
        wish._replace(rename=None)
        if any(wish.remote_name.startswith(b) and wish.rename == a + wish.remote_name[len(b) :] for b, a in above)
        else wish
        for wish in wishes
    ]
    return [wish for wish in wishes if wish.gone or wish.rename is not None or wish.subscribe is not None]


def may_have_changed(db: sqlite3.Connection, account_id: int) -> bool:
    """Is a subscription wished to be as it was, for a rename may not have taken it along? The next list tells."""
    query = "SELECT 1 FROM folder WHERE account_id = ? AND here = 1 AND wanted = 0 AND want_subscribed = subscribed"
    return db.execute(query, (account_id,)).fetchone() is not None


def ask(db: sqlite3.Connection, wish: Wish, what: str) -> bool:
    """`what` (rename, delete, subscribe) is about to be sent. Says whether it is still wished."""
    wished = {
        "rename": "want_gone = 0 AND want_remote = :name",
        "delete": "want_gone = 1",
        "subscribe": "want_gone = 0 AND want_subscribed = :on",
    }[what]
    return bool(
        db.execute(
            f"""UPDATE folder SET asked = :what, asked_name = :name
                WHERE id = :id AND here = 1 AND wanted = 0 AND remote_name = :was AND {wished}""",
            {"what": what, "name": wish.rename, "id": wish.id, "was": wish.remote_name, "on": wish.subscribe},
        ).rowcount
    )


def to_make(db: sqlite3.Connection, account_id: int) -> list[int]:
    """Folders that the server has still to make and did not refuse."""
    rows = db.execute(
        "SELECT id FROM folder WHERE account_id = ? AND wanted = 1 AND wish_error IS NULL ORDER BY length(name), id",
        (account_id,),
    )
    return [id_ for (id_,) in rows]


def ask_to_make(db: sqlite3.Connection, folder_id: int) -> bytes | None:
    """The folder is about to be made by this name; None when it is not wished any more, or its name is not free yet."""
    row = db.execute(
        "SELECT account_id, name, remote_name, asked FROM folder WHERE id = ? AND wanted = 1", (folder_id,)
    ).fetchone()
    if row is None:
        return None
    account_id, name, remote, asked = row
    wire = bytes(remote) if ASIDE not in bytes(remote) else utf7.encode(name)
    if asked != "create":
        wire = free_name(db, account_id, wire, folder_id)
    if ASIDE in wire:
        return None
    db.execute("UPDATE folder SET remote_name = ?, asked = 'create' WHERE id = ?", (wire, folder_id))
    return wire


def made(db: sqlite3.Connection, folder_id: int) -> None:
    """The server said the folder exists."""
    db.execute("UPDATE folder SET wanted = 0, asked = '' WHERE id = ?", (folder_id,))


def refused(db: sqlite3.Connection, folder_id: int, error: str) -> None:
    """The server would not: the wish waits, marked with its words, until it is tried again or dropped.

    If something else is wished meanwhile, the words are not about that.
    """
    db.execute(
        """UPDATE folder SET asked = '', asked_name = NULL, wish_error = IIF(CASE asked
               WHEN 'create' THEN wanted WHEN 'delete' THEN want_gone
               WHEN 'rename' THEN NOT want_gone AND want_remote IS asked_name
               ELSE NOT want_gone AND want_subscribed IS NOT NULL END, ?, wish_error)
           WHERE id = ? AND asked <> ''""",
        (error, folder_id),
    )


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
        "SELECT id, remote_name, want_remote, name FROM folder WHERE account_id = ? AND here = 1", (account,)
    ).fetchall()
    for id_, remote, wish, name in rows:
        if id_ != folder_id and not (separator and bytes(remote).startswith(before + separator.encode())):
            continue
        tail = bytes(remote)[len(before) :]
        now, goal = after + tail, bytes(wish) if wish is not None else bytes(top) + tail
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
             want_remote = IIF(want_gone, NULL, want_remote) WHERE id = ?""",
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
