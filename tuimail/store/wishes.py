"""The user's word: wishes about messages, what is still to be pushed, and how a wish ends.

A wish is never a queued command. It is the state the user wants, beside the state the server
has; `push` sends the difference, and `settle` clears a wish in the transaction that sees it
come true. Nothing else clears one: not the next key, not the sending of a command.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from tuimail.model import Flag, PendingChange
from tuimail.protocol.imap import keywords
from tuimail.records import Record
from tuimail.store import copies

# Wishing rows are few, which the planner cannot know: their index is named wherever they are looked for.
_WISHES = "message INDEXED BY message_wish"
WISHING = "message m INDEXED BY message_wish"
IS_WISHING = "(want_folder_id IS NOT NULL OR want_set <> 0 OR want_clear <> 0 OR want_keywords <> '')"
_OF_ACCOUNT = "folder_id IN (SELECT id FROM folder WHERE account_id = ?)"

FOLDERS_WISHING = """FROM folder f WHERE f.here
  AND (f.wanted OR f.want_gone OR f.want_remote IS NOT NULL OR f.want_subscribed IS NOT NULL)
  AND NOT (NOT f.want_gone AND f.want_subscribed IS NULL AND EXISTS (SELECT 1 FROM folder p
    WHERE p.account_id = f.account_id AND p.here AND p.want_remote IS NOT NULL AND p.separator <> ''
      AND CAST(p.remote_name || p.separator AS BLOB)
        = substr(f.remote_name, 1, length(p.remote_name) + length(CAST(p.separator AS BLOB)))
      AND CAST(p.want_remote || substr(f.remote_name, length(p.remote_name) + 1) AS BLOB) = f.want_remote))"""
"""SQL: folders that the server is to be told something of, but what only goes with a folder above it."""
NOWHERE = 0
"""As the folder a message is wished into: it shall be deleted for good."""


def choose(db: sqlite3.Connection, items: Iterable[tuple[int, int | None, int, int, str]]) -> None:
    """What this transaction is about, as the table `chosen`.

    items: (message, folder to wish it into, bits to set, to clear, keywords to change as signed words). A table, so
    that ten thousand messages are a handful of statements and their rows gone with the key.
    """
    choose_none(db)
    db.executemany(
        """INSERT OR REPLACE INTO chosen
           VALUES (?1, ?2, ?3, ?4, ?5, (SELECT here FROM message WHERE id = ?1))""",
        items,
    )


def choose_none(db: sqlite3.Connection) -> None:
    """`chosen` is there, and empty."""
    db.execute(
        """CREATE TEMP TABLE IF NOT EXISTS chosen(
             id INTEGER PRIMARY KEY, folder_id INT, added INT NOT NULL, removed INT NOT NULL, keywords TEXT NOT NULL,
             here INT)"""
    )
    db.execute("DELETE FROM chosen")


def choose_alike(
    db: sqlite3.Connection, ids: Sequence[int], goals: Mapping[int, int] | None, add: int, remove: int, words: str
) -> bool:
    """`choose` the same for many: those that are there, and of folder and bits only what is not so already.

    goals: account → folder, None when no message is to be moved. Returns False, having chosen nothing useful, when the
    account of a message has no goal.
    """
    choose_none(db)
    db.execute(
        f"""WITH goal AS MATERIALIZED (
              SELECT f.id AS here, g.value AS folder_id FROM json_each(?) g JOIN folder f ON f.account_id = +g.key)
            INSERT OR REPLACE INTO chosen
            SELECT m.id, {"NULL" if goals is None else "NULLIF(COALESCE(g.folder_id, -1), m.here)"},
              ? & ~m.shown, ? & m.shown, ?, m.here
            FROM json_each(?) j CROSS JOIN message m ON m.id = j.value LEFT JOIN goal g ON g.here = m.here
            WHERE m.gone = 0 AND m.here IS NOT NULL""",
        (json.dumps(goals or {}), add, remove, words, json.dumps(sorted(ids))),
    )
    return db.execute("SELECT 1 FROM chosen WHERE folder_id = -1 LIMIT 1").fetchone() is None


def wish_chosen(db: sqlite3.Connection, now: int) -> frozenset[int]:
    """The user wants this, whatever the server thinks now; other bits and keywords stay the server's business.

    Returns the folders that look different for it.
    """
    goals = db.execute("SELECT DISTINCT folder_id FROM chosen WHERE folder_id IS NOT NULL").fetchall()
    left = db.execute("SELECT DISTINCT here FROM chosen WHERE here IS NOT NULL").fetchall()
    for (goal,) in goals:  # each without a join, which takes a quarter longer
        db.execute(
            """UPDATE message SET want_folder_id = ?1, want_since = ?2, want_error = NULL
               WHERE id IN (SELECT id FROM chosen WHERE folder_id = ?1)""",
            (goal, now),
        )
    db.execute(
        """UPDATE message SET want_set = (want_set | c.added) & ~c.removed,
             want_clear = (want_clear | c.removed) & ~c.added, want_since = ?, want_error = NULL
           FROM chosen c WHERE c.id = message.id AND c.added | c.removed <> 0""",
        (now,),
    )
    said = db.execute(
        "SELECT m.want_keywords, c.keywords, c.id FROM chosen c JOIN message m USING (id) WHERE c.keywords <> ''"
    ).fetchall()
    db.executemany(
        "UPDATE message SET want_keywords = ?, want_since = ?, want_error = NULL WHERE id = ?",
        [(keywords.merged(before, words), now, id_) for before, words, id_ in said],
    )
    return frozenset(folder for (folder,) in goals + left if folder != NOWHERE)


class FlagPush(Record):
    """One STORE to send: these UIDs of a folder need these bits and keywords."""

    folder_id: int
    folder: bytes
    uidvalidity: int | None
    """The epoch these UIDs belong to; in any other they name other messages (RFC 3501 §2.3.1.1)."""
    uids: tuple[int, ...]
    add: Flag
    remove: Flag
    keywords: str = ""
    """Signed words: "+work -todo"."""


class MovePush(Record):
    """One MOVE to send."""

    folder_id: int
    folder: bytes
    uidvalidity: int | None
    uids: tuple[int, ...]
    target_id: int
    target: bytes


class RemovePush(Record):
    """Messages to be deleted for good: \\Deleted, and UID EXPUNGE where there is UIDPLUS."""

    folder_id: int
    folder: bytes
    uidvalidity: int | None
    uids: tuple[int, ...]


_HERE = "gone = 0 AND remote_id IS NOT NULL AND want_error IS NULL"


def to_push(db: sqlite3.Connection, account_id: int) -> tuple[list[FlagPush], list[MovePush]]:
    """The difference between wish and server, grouped so that each command is sent once.

    What is to be deleted is not changed any more before (`to_remove`). Changes that the server refused wait until
    they are retried (`retry_refused`). What may not be the copy that was undone is not on its way out any more.
    """
    copies.spare_doubtful(db, account_id)
    flags: dict[tuple[int, bytes, int | None, int, int, str], list[int]] = {}
    for folder_id, folder, epoch, uid, add, remove, there, wish in db.execute(
        f"""SELECT m.folder_id, f.remote_name, f.uidvalidity, m.remote_id, m.want_set & ~m.flags,
              m.want_clear & m.flags, m.keywords, m.want_keywords
            FROM {WISHING} JOIN folder f ON f.id = m.folder_id
            WHERE {IS_WISHING} AND m.{_OF_ACCOUNT} AND {_HERE} AND want_folder_id IS NOT {NOWHERE}
              AND (m.want_set & ~m.flags <> 0 OR m.want_clear & m.flags <> 0 OR m.want_keywords <> '')
            ORDER BY m.folder_id, m.remote_id""",
        (account_id,),
    ):
        words = keywords.missing(there, wish)
        if add or remove or words:
            flags.setdefault((folder_id, bytes(folder), epoch, add, remove, words), []).append(uid)
    moves: dict[tuple[int, bytes, int | None, int, bytes], list[int]] = {}
    for folder_id, folder, epoch, uid, target_id, target in db.execute(
        f"""SELECT m.folder_id, f.remote_name, f.uidvalidity, m.remote_id, t.id, t.remote_name
            FROM {WISHING} JOIN folder f ON f.id = m.folder_id
              JOIN folder t ON t.id = m.want_folder_id
            WHERE {IS_WISHING} AND m.{_OF_ACCOUNT} AND {_HERE}
              AND m.want_folder_id <> m.folder_id AND t.here = 1 AND t.wanted = 0
            ORDER BY m.folder_id, t.id, m.remote_id""",
        (account_id,),
    ):
        moves.setdefault((folder_id, bytes(folder), epoch, target_id, bytes(target)), []).append(uid)
    return (
        [FlagPush(i, n, v, tuple(uids), Flag(add), Flag(rm), k) for (i, n, v, add, rm, k), uids in flags.items()],
        [MovePush(i, n, v, tuple(uids), t, tn) for (i, n, v, t, tn), uids in moves.items()],
    )


def to_remove(db: sqlite3.Connection, account_id: int) -> list[RemovePush]:
    """What is wished nowhere and still there, and is known for sure to be what the user meant (after `to_push`)."""
    removals: dict[tuple[int, bytes, int | None], list[int]] = {}
    for folder_id, folder, epoch, uid in db.execute(
        f"""SELECT m.folder_id, f.remote_name, f.uidvalidity, m.remote_id
            FROM {WISHING} JOIN folder f ON f.id = m.folder_id
            WHERE {IS_WISHING} AND m.{_OF_ACCOUNT} AND {_HERE} AND m.want_folder_id = {NOWHERE}
            ORDER BY m.folder_id, m.remote_id""",
        (account_id,),
    ):
        removals.setdefault((folder_id, bytes(folder), epoch), []).append(uid)
    return [RemovePush(*place, tuple(uids)) for place, uids in removals.items()]


def unmet(db: sqlite3.Connection, account_id: int) -> bool:
    """Is there anything to be sent?"""
    return any(to_push(db, account_id)) or bool(to_remove(db, account_id)) or bool(copies.to_push(db, account_id))


def stored(db: sqlite3.Connection, push: FlagPush) -> None:
    """The server said OK to a STORE: that is its word about these bits and keywords."""
    db.executemany(
        "UPDATE message SET flags = (flags | ?) & ~? WHERE folder_id = ? AND remote_id = ?",
        [(int(push.add), int(push.remove), push.folder_id, uid) for uid in push.uids],
    )
    if push.keywords:
        query = "SELECT keywords FROM message WHERE folder_id = ? AND remote_id = ?"
        there = [(row[0], uid) for uid in push.uids for row in db.execute(query, (push.folder_id, uid))]
        db.executemany(
            "UPDATE message SET keywords = ? WHERE folder_id = ? AND remote_id = ?",
            [(keywords.applied(words, push.keywords), push.folder_id, uid) for words, uid in there],
        )


def moved(db: sqlite3.Connection, push: MovePush, new_uids: Mapping[int, int] | None) -> None:
    """The server said OK to a MOVE. With COPYUID (RFC 4315) each row knows its new UID, else it is found by a pull.

    A UID that COPYUID leaves out was not there any more; its row waits for the pull of its folder. A server that
    does not tell may have left the old ones behind, marked deleted: its counts prove nothing until UIDs are compared.
    """
    if new_uids is None:
        db.execute("UPDATE folder SET uidnext = NULL WHERE id = ?", (push.folder_id,))
    for uid in push.uids:
        if new_uids is not None and uid not in new_uids:
            continue
        new = None if new_uids is None else new_uids[uid]
        db.execute("DELETE FROM message WHERE folder_id = ? AND remote_id = ?", (push.target_id, new))
        db.execute(
            "UPDATE message SET folder_id = ?, remote_id = ? WHERE folder_id = ? AND remote_id = ?",
            (push.target_id, new, push.folder_id, uid),
        )


def still_wished(db: sqlite3.Connection, push: MovePush) -> tuple[int, ...]:
    """Those of these messages that are still wished there: the user may have thought better of it meanwhile."""
    wished = db.execute(
        f"SELECT remote_id FROM {_WISHES} WHERE {IS_WISHING} AND folder_id = ? AND want_folder_id = ? AND gone = 0",
        (push.folder_id, push.target_id),
    )
    there = {uid for (uid,) in wished}
    return tuple(uid for uid in push.uids if uid in there)


def not_kept(db: sqlite3.Connection, push: FlagPush, bits: Flag, words: str) -> None:
    """The server keeps no such mark in this folder: its word, which ends the wish for it."""
    query = "SELECT want_keywords FROM message WHERE folder_id = ? AND remote_id = ?"
    wished = [(row[0], uid) for uid in push.uids for row in db.execute(query, (push.folder_id, uid))]
    db.executemany(
        """UPDATE message SET want_set = want_set & ~?1, want_clear = want_clear & ~?1, want_keywords = ?2
           WHERE folder_id = ?3 AND remote_id = ?4""",
        [(int(bits), keywords.without(wish, words), push.folder_id, uid) for wish, uid in wished],
    )


def refused(db: sqlite3.Connection, folder_id: int, uids: Sequence[int], error: str) -> None:
    """The server said NO: the wish stays, marked with the reason, until it is retried or changed."""
    db.executemany(
        "UPDATE message SET want_error = ? WHERE folder_id = ? AND remote_id = ?",
        [(error, folder_id, uid) for uid in uids],
    )


def give_up_vanished(db: sqlite3.Connection, account_id: int) -> int:
    """What was wished into a folder that the server does not list any more stays where it is. Returns how many.

    That a folder is gone is the server's word too; else such messages would be in no list, for ever.
    """
    copies.give_up_vanished(db, account_id)
    return db.execute(
        f"""UPDATE {_WISHES} SET want_folder_id = NULL, want_error = NULL WHERE {IS_WISHING}
              AND want_folder_id IN (SELECT id FROM folder WHERE account_id = ? AND here = 0)""",
        (account_id,),
    ).rowcount


def retry_refused(db: sqlite3.Connection, account_id: int) -> None:
    """Try refused changes again."""
    copies.retry_refused(db)
    db.execute("UPDATE folder SET wish_error = NULL WHERE account_id = ? AND wish_error IS NOT NULL", (account_id,))
    db.execute(f"UPDATE {_WISHES} SET want_error = NULL WHERE {IS_WISHING} AND {_OF_ACCOUNT}", (account_id,))


def settle(db: sqlite3.Connection, folder_ids: Iterable[int], *, expunges: bool = True) -> int:
    """End the wishes that the server's word, just read for these folders, fulfils. Returns how many rows changed.

    May only be called when no command is in flight and the folders have been pulled after the
    last push: then the server half is the truth, and a wish that differs from it is still a wish.
    expunges: what shall be deleted for good goes; else the server can only mark it (no UIDPLUS).
    """
    before = db.total_changes
    there = "folder_id = ? AND gone = 0 AND remote_id IS NOT NULL"
    for folder_id in folder_ids:
        copies.folder_was_read(db, folder_id)
        db.execute(
            f"""UPDATE {_WISHES} SET
                  want_folder_id = CASE WHEN want_folder_id = folder_id THEN NULL ELSE want_folder_id END,
                  want_set = want_set & ~flags, want_clear = want_clear & flags
                WHERE {IS_WISHING} AND {there}
                  AND (want_folder_id = folder_id OR want_set & flags <> 0 OR want_clear & ~flags <> 0)""",
            (folder_id,),
        )
        said = db.execute(
            f"SELECT id, keywords, want_keywords FROM {_WISHES} WHERE {IS_WISHING} AND {there} AND want_keywords <> ''",
            (folder_id,),
        ).fetchall()
        db.executemany(
            "UPDATE message SET want_keywords = ? WHERE id = ?",
            [(left, id_) for id_, words, wish in said if (left := keywords.missing(words, wish)) != wish],
        )
        if not expunges:
            db.execute(
                f"""UPDATE {_WISHES} SET want_folder_id = NULL, want_set = 0, want_clear = 0, want_keywords = ''
                    WHERE {IS_WISHING} AND {there} AND want_folder_id = {NOWHERE} AND flags & 8""",
                (folder_id,),
            )
    return db.total_changes - before


def pending_count(db: sqlite3.Connection) -> int:
    """How many messages and folders have a wish the server has not been seen to fulfil."""
    query = f"SELECT (SELECT count(*) FROM {_WISHES} WHERE {IS_WISHING}) + (SELECT count(*) {FOLDERS_WISHING})"
    (count,) = db.execute(query).fetchone()
    return int(count) + copies.waiting_count(db)


def pending_folders(db: sqlite3.Connection, account_id: int) -> list[int]:
    """Folders that hold wishing messages, or are wished for: they must be looked at for a wish to end."""
    rows = db.execute(
        f"""SELECT folder_id FROM {_WISHES} WHERE {IS_WISHING} AND {_OF_ACCOUNT}
            UNION SELECT want_folder_id FROM {_WISHES} WHERE want_folder_id > 0 AND {_OF_ACCOUNT}
            UNION SELECT at_folder FROM copy c JOIN folder f ON f.id = c.at_folder
              WHERE f.account_id = ? AND {copies.UNSEEN}""",
        (account_id, account_id, account_id),
    )
    return [int(row[0]) for row in rows]


def to_confirm(db: sqlite3.Connection, account_id: int) -> list[int]:
    """Folders that hold wishes which differ in nothing from what the server has said: nothing is sent for them."""
    rows = db.execute(
        f"""SELECT DISTINCT folder_id, keywords, want_keywords FROM {_WISHES} WHERE {IS_WISHING} AND {_OF_ACCOUNT}
              AND COALESCE(want_folder_id, folder_id) = folder_id
              AND want_set & ~flags = 0 AND want_clear & flags = 0""",
        (account_id,),
    )
    return sorted({folder_id for folder_id, there, wish in rows if not keywords.missing(there, wish)})


def pending(db: sqlite3.Connection, limit: int) -> list[PendingChange]:
    """The queue as people read it, oldest wish first."""
    rows = db.execute(
        f"""SELECT m.id, m.subject, f.name, IIF(m.want_folder_id = {NOWHERE}, '', t.name), m.want_set & ~m.flags,
              m.want_clear & m.flags, m.keywords, m.want_keywords, COALESCE(m.want_since, 0), COALESCE(m.want_error, '')
            FROM {WISHING} JOIN folder f ON f.id = m.folder_id
              LEFT JOIN folder t ON t.id = m.want_folder_id
            WHERE {IS_WISHING} ORDER BY m.want_since, m.id LIMIT ?""",
        (limit,),
    )
    return [
        PendingChange(
            id_,
            subject,
            change_in_words(source, target, Flag(add), Flag(remove), keywords.missing(there, wish))
            or "check with the server",
            since,
            error,
        )
        for id_, subject, source, target, add, remove, there, wish, since, error in rows
    ] + copies.waiting(db, limit)


_FLAG_WORDS = {
    Flag.SEEN: ("mark read", "mark unread"),
    Flag.FLAGGED: ("star", "unstar"),
    Flag.ANSWERED: ("mark answered", "mark unanswered"),
    Flag.JUNK: ("mark spam", "mark not spam"),
}


def change_in_words(source: str, target: str | None, add: Flag, remove: Flag, words: str) -> str:
    """What is to be sent, "" when the server has it so. target: "" when the message is wished nowhere, None: it stays.

    words: the keywords to change, signed.
    """
    if target == "":
        return f"delete from {source} for good"
    said = [_FLAG_WORDS.get(bit, (f"set {bit.name}", ""))[0] for bit in add]
    said += [_FLAG_WORDS.get(bit, ("", f"clear {bit.name}"))[1] for bit in remove]
    said += keywords.in_words(words)
    if target is not None and target != source:
        said.insert(0, f"move {source} → {target}")
    return ", ".join(said)
