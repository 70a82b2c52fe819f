"""Folders as the user wants them: made, renamed, deleted, subscribed to; wished here, told to the server later.

A folder's wish ends by the server's word, as a message's does: it said OK, its list shows it so, or it refused.
"""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from tuimail.protocol.imap import utf7
from tuimail.store.messages import forget_epoch

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
    """What is to be told, parents before what is below them."""
    rows = db.execute(
        f"""SELECT id, remote_name, name, separator, want_remote, want_gone, want_subscribed FROM folder
            WHERE account_id = ? AND here = 1 AND wanted = 0 AND {_WISHING} ORDER BY length(remote_name)""",
        (account_id,),
    )
    return [
        Wish(id_, bytes(remote), name, separator, bytes(new) if new is not None else None, bool(gone), subscribe)
        for id_, remote, name, separator, new, gone, subscribe in rows
    ]


def remember(db: sqlite3.Connection, deed_id: int, folder_id: int, act: str, was: str = "", becomes: str = "") -> None:
    """This was done to a folder."""
    db.execute("INSERT INTO deed_folder VALUES (?, ?, ?, ?, ?)", (deed_id, folder_id, act, was, becomes))


# --- renaming -----------------------------------------------------------------------------------------------


def rename(db: sqlite3.Connection, folder_id: int, name: str) -> None:
    """The folder shall be called this, and what is below it accordingly."""
    for id_, _, _, tail in _tree(db, folder_id):
        new, wire = name + tail, utf7.encode(name + tail)
        db.execute(
            """UPDATE folder SET name = ?1, remote_name = IIF(wanted, ?2, remote_name),
                 want_remote = IIF(wanted OR ?2 = remote_name, NULL, ?2) WHERE id = ?3""",
            (new, wire, id_),
        )


def _tree(db: sqlite3.Connection, folder_id: int) -> list[tuple[int, bytes, str, str]]:
    """(id, wire name, name, what of it is behind the folder's own name) of a folder and all below it."""
    account, name, separator = db.execute(
        "SELECT account_id, name, separator FROM folder WHERE id = ?", (folder_id,)
    ).fetchone()
    rows = db.execute("SELECT id, remote_name, name FROM folder WHERE account_id = ? AND here = 1", (account,))
    return [
        (id_, bytes(remote), each, each[len(name) :])
        for id_, remote, each in rows.fetchall()
        if id_ == folder_id or (separator and each.startswith(name + separator))
    ]


def renamed(db: sqlite3.Connection, folder_id: int) -> None:
    """The server calls it, and all below it, as was wished."""
    for id_, *_ in _tree(db, folder_id):
        db.execute(
            """UPDATE OR IGNORE folder SET remote_name = want_remote, want_remote = NULL
               WHERE id = ? AND want_remote IS NOT NULL""",
            (id_,),
        )


def not_renamed(db: sqlite3.Connection, folder_id: int) -> None:
    """The server would not: it keeps its name."""
    for id_, remote, *_ in _tree(db, folder_id):
        db.execute("UPDATE folder SET name = ?, want_remote = NULL WHERE id = ?", (utf7.decode(remote), id_))


# --- deleting -----------------------------------------------------------------------------------------------


def vanish(db: sqlite3.Connection, folder_id: int) -> None:
    """The folder shall be deleted; one that the server never heard of just goes."""
    db.execute("UPDATE folder SET here = 1 - wanted, want_gone = 1 - wanted, wanted = 0 WHERE id = ?", (folder_id,))


def left_in(db: sqlite3.Connection, folder_id: int) -> list[int]:
    """Messages that still are, or shall be, in a folder that is to be deleted."""
    return [id_ for (id_,) in db.execute("SELECT id FROM message WHERE here = ? AND gone = 0", (folder_id,))]


def sweep_out(db: sqlite3.Connection, folder_id: int, now: int) -> None:
    """What has come in since goes to the trash as well, and back when the deletion is undone."""
    db.execute(
        """INSERT OR IGNORE INTO deed_item(deed_id, message_id, from_folder_id, to_folder_id)
           SELECT (SELECT max(deed_id) FROM deed_folder WHERE folder_id = ?1 AND act = 'deleted'), m.id, ?1, t.id
           FROM message m JOIN folder f ON f.id = ?1
             JOIN folder t ON t.account_id = f.account_id AND t.role = 'trash' AND t.here = 1
           WHERE m.here = ?1 AND m.gone = 0""",
        (folder_id,),
    )
    db.execute(
        """UPDATE message SET want_folder_id = t.id, want_since = ?2, want_error = NULL
           FROM folder f JOIN folder t ON t.account_id = f.account_id AND t.role = 'trash' AND t.here = 1
           WHERE f.id = ?1 AND message.here = ?1 AND message.gone = 0""",
        (folder_id, now),
    )


def is_empty(db: sqlite3.Connection, folder_id: int, exists: int) -> bool:
    """May it be deleted? All that the server has in it must be marked deleted, and known to us."""
    known, live = db.execute(
        "SELECT count(*), COALESCE(sum(flags & 8 = 0), 0) FROM message WHERE folder_id = ? AND remote_id IS NOT NULL",
        (folder_id,),
    ).fetchone()
    return exists == 0 or (known == exists and live == 0)


def deleted(db: sqlite3.Connection, folder_id: int) -> None:
    """The server has it no longer."""
    db.execute("UPDATE folder SET here = 0, want_gone = 0, want_remote = NULL WHERE id = ?", (folder_id,))
    forget_epoch(db, folder_id)


def not_deleted(db: sqlite3.Connection, folder_id: int) -> None:
    """The server would not."""
    db.execute("UPDATE folder SET want_gone = 0 WHERE id = ?", (folder_id,))


def bring_back(db: sqlite3.Connection, folder_id: int) -> None:
    """A deleted folder is wanted again: not deleted yet, or made anew."""
    db.execute("UPDATE folder SET wanted = 1 - here, here = 1, want_gone = 0 WHERE id = ?", (folder_id,))


# --- subscribing --------------------------------------------------------------------------------------------


def subscribe(db: sqlite3.Connection, folder_id: int, on: bool) -> None:
    """The folder shall be subscribed to, or not."""
    db.execute("UPDATE folder SET want_subscribed = NULLIF(?, subscribed) WHERE id = ?", (on, folder_id))


def subscribed(db: sqlite3.Connection, folder_id: int, on: bool | None) -> None:
    """The server said so; None: it would not."""
    db.execute(
        "UPDATE folder SET subscribed = COALESCE(?, subscribed), want_subscribed = NULL WHERE id = ?", (on, folder_id)
    )


# --- undo ---------------------------------------------------------------------------------------------------


def turn(db: sqlite3.Connection, deed_id: int, *, backwards: bool) -> tuple[int, int]:
    """Undo what a deed did to folders, or do it again. Returns how many, and of how many that cannot be."""
    rows = db.execute("SELECT folder_id, act, was, becomes FROM deed_folder WHERE deed_id = ?", (deed_id,)).fetchall()
    able = 0
    for folder_id, act, was, becomes in rows:
        here, total = db.execute("SELECT here, total FROM folder WHERE id = ?", (folder_id,)).fetchone()
        if act in ("created", "deleted"):
            if (act == "created") != backwards:
                bring_back(db, folder_id)
            elif act == "created" and total:
                continue  # there is mail in it by now
            else:
                vanish(db, folder_id)
        elif not here:
            continue
        elif act == "renamed":
            rename(db, folder_id, was if backwards else becomes)
        else:
            subscribe(db, folder_id, (was if backwards else becomes) == "yes")
        able += 1
    return able, len(rows) - able
