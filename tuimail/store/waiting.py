"""The queue for people: equal changes as one group, tried again or dropped as one; copies and folders among them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from tuimail.model import Flag, PendingChange, QueueGroup
from tuimail.protocol.imap import keywords, utf7
from tuimail.store import copies, history, shelf_deeds
from tuimail.store.history import Done
from tuimail.store.shelf_order import HOLDS_FOLDERS, NOT_EMPTY
from tuimail.store.shelves import swept_into, waits_for_name
from tuimail.store.wishes import FOLDERS_WISHING, IS_WISHING, WISHING, change_in_words, choose

_LISTED = "(SELECT value FROM json_each(?))"
_ADD, _REMOVE = "(m.want_set & ~m.flags)", "(m.want_clear & m.flags)"
_WANT = "NULLIF(m.want_folder_id, m.folder_id)"
_UNDONE = "(m.want_folder_id = 0 AND EXISTS (SELECT 1 FROM copy u WHERE u.row_id = m.id AND u.wanted = 0))"
"""A copy that is undone: it is taken away again."""
_LIKE = f"""m.folder_id, {_WANT}, {_UNDONE}, {_ADD}, {_REMOVE}, IIF(m.want_keywords = '', '', m.keywords),
  m.want_keywords, COALESCE(m.want_error, '')"""
"""What makes changes equal: the key of their group."""
_SAME = f"""m.folder_id IS ? AND {_WANT} IS ? AND {_UNDONE} IS ? AND {_ADD} IS ? AND {_REMOVE} IS ?
  AND IIF(m.want_keywords = '', '', m.keywords) IS ? AND m.want_keywords IS ? AND COALESCE(m.want_error, '') IS ?"""


def groups(db: sqlite3.Connection) -> list[QueueGroup]:
    """All that waits, what was refused first, then oldest first; what is only to be confirmed comes last.

    Visits every wishing row: for a thread, not for the event loop.
    """
    (found,) = db.execute(
        f"""SELECT json_group_array(json_array(
              json_array(folder_id, want, copied, added, removed, had, words, error), account,
              source, target, unmade, count, since, subject))
            FROM (SELECT folder_id, want, copied, added, removed, had, words, error,
                    a.name AS account, f.name AS source, IIF(want = 0, '', t.name) AS target,
                    IIF(t.wanted, t.name, '') AS unmade, count, since, subject
                  FROM (SELECT m.folder_id AS folder_id, {_WANT} AS want, {_UNDONE} AS copied, {_ADD} AS added,
                          {_REMOVE} AS removed, IIF(m.want_keywords = '', '', m.keywords) AS had,
                          m.want_keywords AS words, COALESCE(m.want_error, '') AS error, count(*) AS count,
                          min(COALESCE(m.want_since, 0)) AS since, m.subject AS subject
                        FROM {WISHING} WHERE {IS_WISHING} GROUP BY {_LIKE})
                    JOIN folder f ON f.id = folder_id JOIN account a ON a.id = f.account_id
                    LEFT JOIN folder t ON t.id = want)"""
    ).fetchone()
    told = []
    for key, account, source, target, unmade, count, since, subject in json.loads(found):
        _, _, copied, add, remove, had, words, error = key
        what = change_in_words(source, target, Flag(add), Flag(remove), keywords.missing(had, words))
        what = f"take the copy in {source} away" if copied else what
        told.append(QueueGroup(json.dumps(key), account, what, count, since, error, unmade or "", subject))
    told += _copies(db) + _unseen(db) + _folders(db)
    return sorted(told, key=lambda group: (not group.error, not group.what, group.since, group.key))


COPIES, UNSEEN, FOLDER = "copies ", "unseen ", "folder "
"""How the keys of a group of copies, of undone copies that were not seen yet, and of a folder, begin."""
_COPYING = f"""copy c JOIN message m ON m.id = c.message_id JOIN folder f ON f.id = m.folder_id
  JOIN account a ON a.id = f.account_id JOIN folder t ON t.id = c.target_id WHERE {copies.WAITING}"""
_SAME_COPIES = f"{_COPYING} AND f.id = ? AND t.id = ? AND COALESCE(c.error, '') = ?"
_SAME_UNSEEN = f"copy c JOIN message m ON m.id = c.message_id WHERE {copies.UNSEEN} AND c.at_folder = ?"


def _copies(db: sqlite3.Connection) -> list[QueueGroup]:
    rows = db.execute(
        f"""SELECT f.id, t.id, COALESCE(c.error, ''), a.name, f.name, t.name, t.wanted, count(*), min(c.since),
              m.subject FROM {_COPYING} GROUP BY 1, 2, 3"""
    )
    return [
        QueueGroup(
            COPIES + json.dumps(key),
            account,
            f"copy {source} → {target}",
            count,
            since,
            key[2],
            target * wanted,
            subject,
        )
        for *key, account, source, target, wanted, count, since, subject in rows
    ]


def _unseen(db: sqlite3.Connection) -> list[QueueGroup]:
    rows = db.execute(
        f"""SELECT f.id, a.name, f.name, count(*), min(c.since), COALESCE(m.subject, '')
            FROM copy c JOIN folder f ON f.id = c.at_folder JOIN account a ON a.id = f.account_id
              LEFT JOIN message m ON m.id = c.message_id WHERE {copies.UNSEEN} GROUP BY 1"""
    )
    return [
        QueueGroup(f"{UNSEEN}[{id_}]", account, f"take the copy in {name} away", count, since, "", "", subject)
        for id_, account, name, count, since, subject in rows
    ]


def _folders(db: sqlite3.Connection) -> list[QueueGroup]:
    rows = db.execute(
        f"""SELECT f.id, a.name, f.name, f.remote_name, f.wanted, f.want_gone, f.want_remote IS NOT NULL,
              f.want_subscribed, COALESCE(f.wish_since, 0), COALESCE(f.wish_error, '')
            {FOLDERS_WISHING.replace("FROM folder f", "FROM folder f JOIN account a ON a.id = f.account_id")}"""
    )
    groups = []
    for id_, account, name, remote, wanted, gone, renamed, subscribed, since, refusal in rows:
        taken = waits_for_name(db, id_)
        error = f"Another folder is called {name}: rename one of them." if taken else refusal
        ours = taken or error in (NOT_EMPTY, HOLDS_FOLDERS)
        if gone:
            what = [f"delete the folder {name}"]
        else:
            what = [f"make the folder {name}"] if wanted else []
            what += [f"rename the folder {utf7.decode(bytes(remote))} to {name}"] if renamed and not wanted else []
            if subscribed is not None:
                what.append(f"subscribe to {name}" if subscribed else f"unsubscribe from {name}")
        groups.append(QueueGroup(f"{FOLDER}{id_}", account, ", ".join(what), 1, since, error, ours=ours))
    return groups


def members(db: sqlite3.Connection, key: str, limit: int = -1) -> list[PendingChange]:
    """The messages of a group, newest first; of a folder none. Visits every wishing row of its folder."""
    if key.startswith(FOLDER):
        return []
    about, since = _about(key), "c.since" if key.startswith((COPIES, UNSEEN)) else "COALESCE(m.want_since, 0)"
    rows = db.execute(
        f"""SELECT m.id, m.subject, COALESCE(NULLIF(m.sender, ''), m.email), {since}
            FROM {about} ORDER BY m.rank DESC, m.id DESC LIMIT ?""",
        (*_bound(key), limit),
    )
    return [PendingChange(id_, subject, sender, since) for id_, subject, sender, since in rows]


def _about(key: str) -> str:
    """SQL: what a group that is no folder is about, of messages `m`, or copies `c` of them."""
    if key.startswith(COPIES):
        return _SAME_COPIES
    return _SAME_UNSEEN if key.startswith(UNSEEN) else f"{WISHING} WHERE {IS_WISHING} AND {_SAME}"


def _bound(key: str) -> list[object]:
    """What is to be bound in it."""
    return list(json.loads(key.removeprefix(COPIES).removeprefix(UNSEEN)))


def _ids(db: sqlite3.Connection, key: str, only: Sequence[int]) -> list[int]:
    """The messages of a group, or the copies; only: those of these messages, if any are named."""
    which = "c.id" if key.startswith((COPIES, UNSEEN)) else "m.id"
    rows = db.execute(f"SELECT {which}, m.id FROM {_about(key)}", _bound(key))
    some = set(only)
    return [id_ for id_, message_id in rows if not some or message_id in some]


def retry(db: sqlite3.Connection, key: str, only: Sequence[int] = ()) -> None:
    """What was refused of a group is to be tried again. only: these of its messages."""
    if key.startswith(FOLDER):
        db.execute("UPDATE folder SET wish_error = NULL WHERE id = ?", (int(key.removeprefix(FOLDER)),))
        return
    table, error = ("copy", "error") if key.startswith((COPIES, UNSEEN)) else ("message", "want_error")
    db.execute(f"UPDATE {table} SET {error} = NULL WHERE id IN {_LISTED}", (json.dumps(_ids(db, key, only)),))


def drop(db: sqlite3.Connection, key: str, now: int, only: Sequence[int] = ()) -> Done:
    """All shall be as the server has it. A deed like any other: undone, it is wished again.

    only: these of the group's messages. Nothing is done to a folder that is still to be made for mail.
    """
    if key.startswith(FOLDER):
        return shelf_deeds.drop(db, int(key.removeprefix(FOLDER)), now)
    ids = _ids(db, key, only)
    if key.startswith(COPIES):
        return _turn_copies(db, ids, "dropped the copy of", now, wanted=False)
    if key.startswith(UNSEEN):
        return _turn_copies(db, ids, "kept the copy of", now, wanted=True)
    return drop_messages(db, ids, now)


def drop_messages(db: sqlite3.Connection, ids: Sequence[int], now: int) -> Done:
    """`drop`, of these messages. The copies among them that were on their way out stay.

    What would stay in a folder that is to be deleted goes to the trash, as all that is in it, or is on its way already.
    """
    place = f"NULLIF(COALESCE({swept_into('m.folder_id')}, m.folder_id), m.want_folder_id)"
    rows = db.execute(
        f"""SELECT m.id, IIF({_WANT} IS NULL, NULL, {place}), {_REMOVE}, {_ADD}, m.keywords,
              m.want_keywords, {_UNDONE} FROM message m WHERE m.id IN {_LISTED} AND m.gone = 0""",
        (json.dumps(ids),),
    ).fetchall()
    if undone := [id_ for id_, *_, copied in rows if copied]:
        query = f"SELECT id FROM copy WHERE wanted = 0 AND deed_id IS NOT NULL AND row_id IN {_LISTED}"
        taken = [id_ for (id_,) in db.execute(query, (json.dumps(undone),))]
        return _turn_copies(db, taken, "kept the copy of", now, wanted=True)
    items = [(*rest, keywords.inverse(keywords.missing(had, words))) for *rest, had, words, _ in rows]
    choose(db, [item for item in items if item[1:] != (None, 0, 0, "")])
    return history.do_chosen(db, "dropped the change of", now)


def _turn_copies(db: sqlite3.Connection, ids: Sequence[int], verb: str, now: int, *, wanted: bool) -> Done:
    if not ids:
        return Done("", 0, frozenset())
    label = f"{verb} {history.messages_in_words(len(ids))}"
    deed_id = history.new_deed(db, label, now)
    copies.remember(db, deed_id, ids, wanted=wanted)
    turned = copies.turn(db, deed_id, now, backwards=False)
    return Done(label, turned.count, turned.folders, turned.missing, turned.words)
