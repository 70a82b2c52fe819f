"""Folders as the user wants them: made, renamed, deleted, subscribed to; wished here, told to the server later.

What the server is told of it, and says, is in `shelf_asks`.
"""

from __future__ import annotations

import sqlite3

from tuimail.protocol.imap import utf7

ASIDE = b"\0"
"""No folder's name has it: so begins what is put behind the name of a row that only remembers it."""


def remember(db: sqlite3.Connection, deed_id: int, folder_id: int, act: str, was: str = "", becomes: str = "") -> None:
    """This was done to a folder."""
    db.execute("INSERT INTO deed_folder VALUES (?, ?, ?, ?, ?)", (deed_id, folder_id, act, was, becomes))


def _say(db: sqlite3.Connection, folder_id: int, now: int) -> None:
    """Something new is wished of it: what was said of the wish before is over."""
    db.execute("UPDATE folder SET wish_since = ?, wish_error = NULL WHERE id = ?", (now, folder_id))


def free_name(
    db: sqlite3.Connection, account_id: int, wire: bytes, folder_id: int = 0, *, heard: bool = False
) -> bytes:
    """A name for a row: this one, for which a row that is not here steps aside; else one that stands for it.

    heard: the server calls it so; then what no server has heard of steps aside as well.
    """
    row = db.execute(
        """SELECT id, here AND NOT (? AND wanted AND asked = '') FROM folder
           WHERE account_id = ? AND remote_name = ? AND id <> ?""",
        (heard, account_id, wire, folder_id),
    ).fetchone()
    if row is not None and row[1]:
        (serial,) = db.execute("SELECT COALESCE(max(id), 0) + 1 FROM folder").fetchone()
        return wire + ASIDE + str(folder_id or serial).encode()
    if row is not None:
        db.execute("UPDATE folder SET remote_name = ? WHERE id = ?", (wire + ASIDE + str(row[0]).encode(), row[0]))
    return wire


def want(db: sqlite3.Connection, account_id: int, name: str, separator: str, role: str, now: int) -> int:
    """A folder the user made: here at once, on the server when the line allows. Returns its id.

    One of this name that is to be deleted, or was, is wanted again; a name that only holds folders is not it.
    """
    wire = utf7.encode(name)
    row = db.execute(
        "SELECT id FROM folder WHERE account_id = ? AND name = ? AND selectable ORDER BY here DESC, id DESC",
        (account_id, name),
    ).fetchone()
    if row is not None:
        folder_id = int(row[0])
        if not db.execute("SELECT here AND NOT want_gone FROM folder WHERE id = ?", (folder_id,)).fetchone()[0]:
            bring_back(db, folder_id, now)
        if role:
            db.execute("UPDATE folder SET role = ? WHERE id = ?", (role, folder_id))
        return folder_id
    added = db.execute(
        """INSERT INTO folder(account_id, remote_name, name, separator, role, wanted, wish_since)
           VALUES (?, ?, ?, ?, ?, 1, ?)""",
        (account_id, free_name(db, account_id, wire), name, separator, role, now),
    ).lastrowid
    assert added is not None
    return added


def rename(db: sqlite3.Connection, folder_id: int, name: str, now: int) -> None:
    """The folder shall be called this, and what is below it accordingly."""
    for id_, account_id, remote, tail, unheard in _tree(db, folder_id):
        new, wire = name + tail, utf7.encode(name + tail)
        if unheard:
            wire = free_name(db, account_id, wire, id_)
            db.execute("UPDATE folder SET name = ?, remote_name = ?, want_remote = NULL WHERE id = ?", (new, wire, id_))
        else:
            wish = None if wire == remote else wire
            db.execute("UPDATE folder SET name = ?, want_remote = ? WHERE id = ?", (new, wish, id_))
        _say(db, id_, now)


def _tree(db: sqlite3.Connection, folder_id: int) -> list[tuple[int, int, bytes, str, bool]]:
    """(id, account, wire name, name behind the folder's own, did no server hear of it) of a folder and all below it."""
    account, name, separator = db.execute(
        "SELECT account_id, name, separator FROM folder WHERE id = ?", (folder_id,)
    ).fetchone()
    rows = db.execute(
        "SELECT id, remote_name, name, wanted AND asked = '' FROM folder WHERE account_id = ? AND here = 1", (account,)
    )
    return [
        (id_, account, bytes(remote), each[len(name) :], bool(unheard))
        for id_, remote, each, unheard in rows.fetchall()
        if id_ == folder_id or (separator and each.startswith(name + separator))
    ]


def taken(db: sqlite3.Connection, folder_id: int, name: str) -> bool:
    """Is another folder of the account called so?"""
    return (
        db.execute(
            """SELECT 1 FROM folder f JOIN folder o ON o.account_id = f.account_id AND o.id <> f.id
               WHERE f.id = ? AND o.here AND NOT o.want_gone AND NOT o.by_the_way AND o.name = ?""",
            (folder_id, name),
        ).fetchone()
        is not None
    )


def waits_for_name(db: sqlite3.Connection, folder_id: int) -> bool:
    """Is it to be made by a name that another folder has on the server, and keeps?"""
    account_id, remote, name = db.execute(
        "SELECT account_id, remote_name, name FROM folder WHERE id = ? AND wanted", (folder_id,)
    ).fetchone() or (0, b"", "")
    return (
        ASIDE in bytes(remote)
        and db.execute(
            """SELECT 1 FROM folder WHERE account_id = ? AND remote_name = ? AND here AND selectable
               AND NOT wanted AND NOT want_gone AND want_remote IS NULL""",
            (account_id, utf7.encode(name)),
        ).fetchone()
        is not None
    )


# --- deleting -----------------------------------------------------------------------------------------------


def vanish(db: sqlite3.Connection, folder_id: int, now: int) -> None:
    """The folder shall be deleted; one that the server never heard of just goes.

    A level made by the way that is wanted as a folder is there as a level, if it has a name of its own.
    """
    unheard = "(wanted AND asked = '' AND (NOT by_the_way OR instr(remote_name, X'00')))"
    db.execute(
        f"UPDATE folder SET here = NOT {unheard}, want_gone = NOT {unheard}, wanted = 0 WHERE id = ?", (folder_id,)
    )
    _say(db, folder_id, now)


def left_in(db: sqlite3.Connection, folder_id: int) -> list[int]:
    """Messages that still are, or shall be, in a folder that is to be deleted."""
    return [id_ for (id_,) in db.execute("SELECT id FROM message WHERE here = ? AND gone = 0", (folder_id,))]


def swept_into(folder: str) -> str:
    """SQL: where goes what is in a folder that the user has deleted, NULL when nowhere: its account has no trash."""
    return f"""(SELECT t.id FROM folder f JOIN folder t ON t.account_id = f.account_id
      WHERE f.id = {folder} AND f.want_gone AND t.role = 'trash' AND t.here = 1 AND t.id <> f.id
        AND EXISTS (SELECT 1 FROM deed_folder o JOIN deed d ON d.id = o.deed_id
          WHERE o.folder_id = f.id AND o.act = 'deleted' AND d.undone = 0) LIMIT 1)"""


def sweep_out(db: sqlite3.Connection, folder_id: int, now: int) -> bool:
    """What has come in since goes to the trash as well, and back when the deletion is undone.

    Says whether nothing is to stay there: only what the user has deleted is swept, and only into a trash.
    """
    (trash,) = db.execute(f"SELECT {swept_into('?')}", (folder_id,)).fetchone()
    if trash is not None:
        db.execute(
            """INSERT OR IGNORE INTO deed_item(deed_id, message_id, from_folder_id, to_folder_id)
               SELECT (SELECT d.id FROM deed_folder o JOIN deed d ON d.id = o.deed_id
                   WHERE o.folder_id = ?1 AND o.act = 'deleted' AND d.undone = 0 ORDER BY d.turn DESC LIMIT 1),
                 id, ?1, ?2 FROM message WHERE here = ?1 AND gone = 0""",
            (folder_id, trash),
        )
        db.execute(
            """UPDATE message SET want_folder_id = ?2, want_since = ?3, want_error = NULL
               WHERE here = ?1 AND gone = 0""",
            (folder_id, trash, now),
        )
    return not left_in(db, folder_id)


def sweep_chosen(db: sqlite3.Connection, folder_id: int) -> int | None:
    """What was chosen (`wishes.choose`) to go into a folder that is gone comes back with it, if the user deleted it.

    Returns the trash, where it belongs until then; None if it was not the user, or there is no trash.
    """
    deleted = db.execute(
        """SELECT d.id, t.id FROM folder f
             JOIN folder t ON t.account_id = f.account_id AND t.role = 'trash' AND t.here = 1
             JOIN deed_folder o ON o.folder_id = f.id AND o.act = 'deleted' JOIN deed d ON d.id = o.deed_id
           WHERE f.id = ? AND d.undone = 0 ORDER BY d.turn DESC LIMIT 1""",
        (folder_id,),
    ).fetchone()
    if deleted is None:
        return None
    deed_id, trash = deleted
    db.execute(
        """INSERT OR IGNORE INTO deed_item(deed_id, message_id, from_folder_id, to_folder_id)
           SELECT ?1, id, ?2, ?3 FROM chosen WHERE folder_id = ?2""",
        (deed_id, folder_id, trash),
    )
    return int(trash)


def is_empty(db: sqlite3.Connection, folder_id: int, exists: int) -> bool:
    """May it be deleted? All that the server has in it must be marked deleted, and known to us."""
    known, live = db.execute(
        "SELECT count(*), COALESCE(sum(flags & 8 = 0), 0) FROM message WHERE folder_id = ? AND remote_id IS NOT NULL",
        (folder_id,),
    ).fetchone()
    return exists == 0 or (known == exists and live == 0)


def bring_back(db: sqlite3.Connection, folder_id: int, now: int) -> None:
    """A deleted folder is wanted again: not deleted yet, or made anew."""
    account_id, name, remote, here = db.execute(
        "SELECT account_id, name, remote_name, here FROM folder WHERE id = ?", (folder_id,)
    ).fetchone()
    if not here:
        wire = bytes(remote).partition(ASIDE)[0]
        if utf7.decode(wire) != name:  # it went while it was still to be renamed
            wire = utf7.encode(name)
        wire = free_name(db, account_id, wire, folder_id)
        db.execute("UPDATE folder SET remote_name = ? WHERE id = ?", (wire, folder_id))
        as_if_new(db, folder_id)
    db.execute(
        """UPDATE folder SET wanted = wanted OR NOT here OR asked IN ('create', 'delete'), here = 1, want_gone = 0
           WHERE id = ?""",
        (folder_id,),
    )
    _say(db, folder_id, now)


def _holds_mail(db: sqlite3.Connection, folder_id: int) -> bool:
    """Is anything in it but copies that we made? Those were or may yet be undone; till then the queue will tell."""
    query = """SELECT 1 FROM message WHERE here = ? AND gone = 0
               AND id NOT IN (SELECT row_id FROM copy WHERE row_id IS NOT NULL) LIMIT 1"""
    return db.execute(query, (folder_id,)).fetchone() is not None


# --- subscribing --------------------------------------------------------------------------------------------


def as_if_new(db: sqlite3.Connection, folder_id: int) -> None:
    """The server has it no longer, and subscribes to what we make: so not to be subscribed to must be wished anew."""
    db.execute(
        """UPDATE folder SET want_subscribed = NULLIF(COALESCE(want_subscribed, subscribed), 1), subscribed = 1
           WHERE id = ?""",
        (folder_id,),
    )


def subscribe(db: sqlite3.Connection, folder_id: int, on: bool, now: int) -> None:
    """The folder shall be subscribed to, or not."""
    db.execute(
        "UPDATE folder SET want_subscribed = IIF(asked = 'subscribe', ?1, NULLIF(?1, subscribed)) WHERE id = ?2",
        (on, folder_id),
    )
    _say(db, folder_id, now)


# --- undo ---------------------------------------------------------------------------------------------------


def turn(db: sqlite3.Connection, deed_id: int, now: int, *, backwards: bool) -> tuple[int, str]:
    """Undo what a deed did to folders, or do it again. Returns of how many, and why not of the others."""
    rows = db.execute("SELECT folder_id, act, was, becomes FROM deed_folder WHERE deed_id = ?", (deed_id,)).fetchall()
    able = 0
    why = ""
    for folder_id, act, was, becomes in rows:
        query = "SELECT name, here, want_gone FROM folder WHERE id = ?"
        called, here, gone = db.execute(query, (folder_id,)).fetchone()
        name = was if backwards else becomes
        if act in ("created", "deleted") and (act == "created") != backwards:
            bring_back(db, folder_id, now)
        elif not here or gone:
            why = f"the folder {called} is not there any more"
            if act == "subscribed":  # it may be brought back, and then it is to be so
                subscribe(db, folder_id, name == "yes", now)
            continue
        elif act == "created" and _holds_mail(db, folder_id):
            why = f"{called} stays: there is mail in it by now"
            continue
        elif act in ("created", "deleted"):
            vanish(db, folder_id, now)
        elif act == "renamed" and taken(db, folder_id, name):
            why = f"there is another folder {name}"
            continue
        elif act == "renamed":
            rename(db, folder_id, name, now)
        else:
            subscribe(db, folder_id, name == "yes", now)
        able += 1
    return able, why
