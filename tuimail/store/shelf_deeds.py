"""What is done to folders, as deeds: the wish and the record of it in one transaction."""

from __future__ import annotations

import sqlite3

from tuimail.model import Role
from tuimail.protocol.imap import utf7
from tuimail.store import folders, history, shelves
from tuimail.store.history import Done


def create(db: sqlite3.Connection, account_id: int, name: str, separator: str, now: int) -> Done:
    """A new folder."""
    folder_id = folders.want_folder(db, account_id, utf7.encode(name), name, separator, Role.NONE)
    return _deed(db, f"made folder {name}", now, folder_id, "created")


def rename(db: sqlite3.Connection, folder_id: int, was: str, name: str, now: int) -> Done:
    """Another name."""
    shelves.rename(db, folder_id, name)
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
    shelves.vanish(db, folder_id)
    return Done(label, moved.count + 1, moved.folders)


def subscribe(db: sqlite3.Connection, folder_id: int, name: str, on: bool, now: int) -> Done:
    """Subscribed to, or not any more."""
    shelves.subscribe(db, folder_id, on)
    was, becomes = ("no", "yes") if on else ("yes", "no")
    words = f"subscribed to {name}" if on else f"unsubscribed from {name}"
    return _deed(db, words, now, folder_id, "subscribed", was, becomes)


def give_up(db: sqlite3.Connection, folder_id: int) -> None:
    """The server would not: the folder stays as it is."""
    shelves.not_renamed(db, folder_id)
    shelves.not_deleted(db, folder_id)
    shelves.subscribed(db, folder_id, None)


def _deed(
    db: sqlite3.Connection, label: str, now: int, folder_id: int, act: str, was: str = "", becomes: str = ""
) -> Done:
    shelves.remember(db, history.new_deed(db, label, now), folder_id, act, was, becomes)
    return Done(label, 1, frozenset())
