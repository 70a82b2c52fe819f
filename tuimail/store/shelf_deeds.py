"""What is done to folders, as deeds: the wish and the record of it in one transaction."""

from __future__ import annotations

import sqlite3

from tuimail.protocol.imap import utf7
from tuimail.store import history, shelves
from tuimail.store.history import Done


def create(db: sqlite3.Connection, account_id: int, name: str, separator: str, now: int) -> Done:
    """A new folder."""
    folder_id = shelves.want(db, account_id, name, separator, "", now)
    return _deed(db, f"made folder {name}", now, folder_id, "created")


def rename(db: sqlite3.Connection, folder_id: int, was: str, name: str, now: int) -> Done:
    """Another name."""
    shelves.rename(db, folder_id, name, now)
    return _deed(db, f"renamed {was} to {name}", now, folder_id, "renamed", was, name)


def delete(db: sqlite3.Connection, folder_id: int, name: str, trash_id: int | None, now: int) -> Done:
    """Its messages to the trash, and the folder away: one deed."""
    label = f"deleted folder {name}"
    items = [(id_, trash_id, 0, 0, "") for id_ in shelves.left_in(db, folder_id)] if trash_id else []
    moved = history.change(db, items, f"{label} with", now)
    if moved.count:
        (deed_id,) = db.execute("SELECT max(id) FROM deed").fetchone()
        label = moved.label
    else:
        deed_id = history.new_deed(db, label, now)
    shelves.remember(db, deed_id, folder_id, "deleted")
    shelves.vanish(db, folder_id, now)
    return Done(label, moved.count + 1, moved.folders)


def subscribe(db: sqlite3.Connection, folder_id: int, name: str, on: bool, now: int) -> Done:
    """Subscribed to, or not any more."""
    shelves.subscribe(db, folder_id, on, now)
    was, becomes = ("no", "yes") if on else ("yes", "no")
    words = f"subscribed to {name}" if on else f"unsubscribed from {name}"
    return _deed(db, words, now, folder_id, "subscribed", was, becomes)


def drop(db: sqlite3.Connection, folder_id: int, now: int) -> Done:
    """The folder shall be as the server has it: a deed like any other, which undo takes back.

    Nothing is done to one that is still to be made while mail is to go into it.
    """
    name, remote, here, wanted, gone, renamed, subscribed, total = db.execute(
        """SELECT name, remote_name, here, wanted, want_gone, want_remote IS NOT NULL, want_subscribed, total
           FROM folder WHERE id = ?""",
        (folder_id,),
    ).fetchone()
    nothing = Done("", 0, frozenset())
    label = f"dropped the change of folder {name}"
    if wanted:
        if total or not here:
            return nothing
        shelves.vanish(db, folder_id, now)
        return _deed(db, label, now, folder_id, "deleted")
    if gone:
        shelves.bring_back(db, folder_id, now)
        return _deed(db, label, now, folder_id, "created")
    if renamed:
        was = utf7.decode(bytes(remote))
        shelves.rename(db, folder_id, was, now)
        return _deed(db, label, now, folder_id, "renamed", name, was)
    if subscribed is not None:
        shelves.subscribe(db, folder_id, not subscribed, now)
        was, becomes = ("yes", "no") if subscribed else ("no", "yes")
        return _deed(db, label, now, folder_id, "subscribed", was, becomes)
    return nothing


def _deed(
    db: sqlite3.Connection, label: str, now: int, folder_id: int, act: str, was: str = "", becomes: str = ""
) -> Done:
    shelves.remember(db, history.new_deed(db, label, now), folder_id, act, was, becomes)
    return Done(label, 1, frozenset())
