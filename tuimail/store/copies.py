"""Copies: wished for, sent, made, found among our messages, and taken back.

A COPY does not repeat safely, so before one is sent the target's next UID is noted, and after a cut its copy is looked
for (`sync.copies`). A wish for a copy ends by the server's word: it said OK, or the copy was seen.

A copy that is undone before it was sent is not made. One that was made is deleted, when the server itself told which
message it is (COPYUID, RFC 4315 §3), by that UID and no other. Where it did not tell (no UIDPLUS, or its answer was
lost), the copy is what came into the target since: that somebody else put it there is next to impossible, but such a
copy goes to the trash. One that has lost its place since, or was never found, may be taken for the message it is a
copy of: so it stays where it is, and undo says so.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tuimail.model import PendingChange
from tuimail.records import Record

NOWHERE = 0
"""As in `wishes`."""
WAITING = "c.made = 0 AND (c.wanted = 1 OR c.uidnext IS NOT NULL)"
"""SQL: a row `c` of `copy` that the server has still to be asked about."""


UNSEEN = "c.made = 1 AND c.wanted = 0 AND c.row_id IS NULL AND c.at_uid IS NOT NULL"
"""SQL: a row `c` whose copy was made and undone before its folder was read; it goes when that is read."""


class Expected(NamedTuple):
    """Copies that were sent and not seen yet."""

    told: dict[int, int]
    """UID, where the server told, or it was found → copy."""
    like: dict[tuple[str, int], list[tuple[int, int]]]
    """(Message-ID, size) → (copy, the lowest UID it can have)."""


class Wanted(Record):
    """One message to be copied."""

    id: int
    """Of the wish."""
    uid: int
    message_id: str
    size: int
    wanted: bool
    """False: undone since it was sent."""
    uidvalidity: int | None
    uidnext: int | None
    """Of the target before a COPY was sent whose answer was not heard; None: none was."""


class CopyPush(Record):
    """One COPY to send, or to look for."""

    folder_id: int
    folder: bytes
    uidvalidity: int | None
    target_id: int
    target: bytes
    copies: tuple[Wanted, ...]


def wish(db: sqlite3.Connection, ids: Sequence[int], goals: Mapping[int, int], now: int) -> int:
    """Each message is to be copied to the folder of its account (account → folder); `belong` says by which deed.

    Returns how many; none of what stands there, or is to be copied there already.
    """
    return db.executemany(
        f"""INSERT INTO copy(message_id, target_id, since, like_id, like_size)
            SELECT m.id, ?1, ?2, m.message_id, m.size FROM message m JOIN folder f ON f.id = m.here
            WHERE f.account_id = ?3 AND m.gone = 0 AND m.here <> ?1 AND m.id IN (SELECT value FROM json_each(?4))
              AND NOT EXISTS (SELECT 1 FROM copy c WHERE c.message_id = m.id AND c.target_id = ?1 AND {WAITING})""",
        [(goal, now, account, json.dumps(list(ids))) for account, goal in goals.items()],
    ).rowcount


def belong(db: sqlite3.Connection, deed_id: int) -> None:
    """What was wished in this transaction is a part of this deed."""
    db.execute("UPDATE copy SET deed_id = ? WHERE deed_id IS NULL AND made = 0", (deed_id,))


def to_push(db: sqlite3.Connection, account_id: int) -> list[CopyPush]:
    """What is to be copied, or may have been, grouped so that each command is sent once.

    A message that is to be copied twice to the same folder is in two of them: one command makes one copy of it.
    """
    pushes: dict[tuple[tuple[int, bytes, int | None, int, bytes], int], list[Wanted]] = {}
    times: Counter[tuple[int, int, int]] = Counter()
    for folder_id, folder, epoch, target_id, target, wanted, *rest in db.execute(
        f"""SELECT m.folder_id, f.remote_name, f.uidvalidity, t.id, t.remote_name, c.wanted, c.id, m.remote_id,
              m.message_id, m.size, c.uidvalidity, c.uidnext
            FROM copy c JOIN message m ON m.id = c.message_id JOIN folder f ON f.id = m.folder_id
              JOIN folder t ON t.id = c.target_id
            WHERE {WAITING} AND c.error IS NULL AND f.account_id = ? AND m.gone = 0 AND m.remote_id IS NOT NULL
              AND m.flags & 8 = 0 AND t.here = 1 AND t.wanted = 0
            ORDER BY m.folder_id, t.id, m.remote_id""",
        (account_id,),
    ):
        id_, uid, message_id, size, uidvalidity, uidnext = rest
        one = Wanted(id_, uid, message_id, size, bool(wanted), uidvalidity, uidnext)
        place = (folder_id, bytes(folder), epoch, target_id, bytes(target))
        pushes.setdefault((place, times[folder_id, uid, target_id]), []).append(one)
        times[folder_id, uid, target_id] += 1
    return [CopyPush(*place, tuple(copies)) for (place, _), copies in pushes.items()]


def begin(db: sqlite3.Connection, ids: Sequence[int], uidvalidity: int, uidnext: int) -> None:
    """These are about to be copied into a target of which the next UID is this."""
    db.executemany(
        "UPDATE copy SET uidvalidity = ?, uidnext = ? WHERE id = ?", [(uidvalidity, uidnext, i) for i in ids]
    )


def answered(db: sqlite3.Connection, made: Mapping[int, int | None], not_made: Sequence[int], *, told: bool) -> None:
    """The server said OK to a COPY. made: wish → the UID of the copy, None where it is not known; not_made: wishes.

    told: by the server itself; else they were found in the target.
    """
    for id_, uid in made.items():
        db.execute(
            """UPDATE copy SET made = 1, uid = ?1, error = NULL, told = ?2, at_uid = ?1,
                 at_folder = IIF(?1 IS NOT NULL, target_id, NULL) WHERE id = ?3""",
            (uid, told, id_),
        )
        row = db.execute(
            """SELECT m.id FROM copy c JOIN message m ON m.folder_id = c.target_id AND m.remote_id = c.uid
               WHERE c.id = ? AND (c.row_id IS NULL OR c.at_uid IS NOT NULL)""",
            (id_,),
        ).fetchone()
        if row is not None:  # a pull was faster than the answer
            seen(db, id_, row[0])
    forget(db, not_made)


def looked_for(db: sqlite3.Connection, found: Mapping[int, int], not_found: Sequence[int]) -> None:
    """What is there of copies whose answer was lost. found: wish → the UID of what looks like its copy."""
    answered(db, found, not_found, told=False)


def forget(db: sqlite3.Connection, ids: Sequence[int]) -> None:
    """No copy of these was made."""
    db.executemany("UPDATE copy SET uidvalidity = NULL, uidnext = NULL WHERE id = ?", [(i,) for i in ids])


def refused(db: sqlite3.Connection, ids: Sequence[int], error: str) -> None:
    """The server said NO: the wish waits until it is tried again."""
    db.executemany("UPDATE copy SET error = ? WHERE id = ?", [(error, i) for i in ids])


def retry_refused(db: sqlite3.Connection) -> None:
    """Try refused copies again."""
    db.execute("UPDATE copy SET error = NULL WHERE error IS NOT NULL")


def give_up_vanished(db: sqlite3.Connection, account_id: int) -> None:
    """Nothing is copied into a folder that is not there any more."""
    db.execute(
        """UPDATE copy SET wanted = 0, uidvalidity = NULL, uidnext = NULL
           WHERE made = 0 AND target_id IN (SELECT id FROM folder WHERE account_id = ? AND here = 0)""",
        (account_id,),
    )


# --- copies among our messages ----------------------------------------------------------------------------


def expected(db: sqlite3.Connection, folder_id: int) -> Expected:
    """Copies that may turn up in this folder; they must not be taken for messages that were moved."""
    rows = db.execute(
        """SELECT c.id, c.uidnext, c.uid, c.like_id, c.like_size FROM copy c INDEXED BY copy_open
             JOIN folder f ON f.id = c.target_id
           WHERE c.target_id = ? AND c.row_id IS NULL AND c.uidnext IS NOT NULL AND c.uidvalidity IS f.uidvalidity
           ORDER BY c.id""",
        (folder_id,),
    )
    found = Expected({}, {})
    for id_, uidnext, uid, message_id, size in rows:
        if uid is not None:
            found.told[uid] = id_
        elif message_id:
            found.like.setdefault((message_id, size), []).append((id_, uidnext))
    return found


def among(db: sqlite3.Connection, folder_id: int) -> frozenset[int]:
    """UIDs of the copies that stand in this folder, and so are no message that was moved."""
    rows = db.execute(
        "SELECT m.remote_id FROM copy c JOIN message m ON m.id = c.row_id WHERE m.folder_id = ? AND m.gone = 0",
        (folder_id,),
    )
    return frozenset(uid for (uid,) in rows if uid is not None)


def take(expected: Expected, uid: int, message_id: str, size: int) -> int | None:
    """The wish whose copy this head is."""
    if (told := expected.told.pop(uid, None)) is not None:
        return told
    candidates = expected.like.get((message_id, size), [])
    possible = [one for one in candidates if uid >= one[1]]
    if not possible:
        return None
    best = max(possible, key=lambda one: one[1])  # one that was sent earlier can be an earlier message
    candidates.remove(best)
    return best[0]


def seen(db: sqlite3.Connection, id_: int, row_id: int) -> None:
    """The copy stands among our messages. If it was undone meanwhile, it goes now."""
    db.execute("UPDATE copy SET made = 1, row_id = ? WHERE id = ?", (row_id, id_))
    _follow(db, id_)


def folder_was_read(db: sqlite3.Connection, folder_id: int) -> None:
    """Undone copies in this folder that were not seen before: they are there and go now, or are gone."""
    rows = db.execute(
        f"""SELECT c.id, m.id FROM copy c LEFT JOIN message m ON m.folder_id = c.at_folder AND m.remote_id = c.at_uid
            WHERE c.at_folder = ? AND {UNSEEN}""",
        (folder_id,),
    )
    for id_, row_id in rows.fetchall():
        if row_id is not None:
            seen(db, id_, row_id)
        else:
            db.execute(
                """UPDATE copy SET made = 0, uid = NULL, uidvalidity = NULL, uidnext = NULL, at_folder = NULL,
                     at_uid = NULL WHERE id = ?""",
                (id_,),
            )


def moved(
    db: sqlite3.Connection,
    folder_id: int,
    target_id: int,
    uids: Sequence[int],
    places: Mapping[int, int],
    *,
    told: bool,
) -> None:
    """These were moved; what of it is known, old UID → new UID. One that was undone meanwhile goes now.

    told: as in `answered`.
    """
    query = """SELECT id, at_uid, NOT wanted AND NOT EXISTS (SELECT 1 FROM deed_item i JOIN deed d ON d.id = i.deed_id
                 WHERE i.message_id = row_id AND NOT d.undone AND i.to_folder_id IS NOT NULL)
               FROM copy WHERE at_folder = ? AND at_uid IN (SELECT value FROM json_each(?))"""
    for id_, uid, goes in db.execute(query, (folder_id, json.dumps(list(uids)))).fetchall():
        place = (target_id, places[uid]) if uid in places else (None, None)
        db.execute("UPDATE copy SET at_folder = ?, at_uid = ?, told = told AND ? WHERE id = ?", (*place, told, id_))
        if goes:
            _follow(db, id_)


def forget_epoch(db: sqlite3.Connection, folder_id: int) -> None:
    """UIDs of this folder name other messages by now."""
    db.execute("UPDATE copy SET at_folder = NULL, at_uid = NULL WHERE at_folder = ?", (folder_id,))


# --- taken back ---------------------------------------------------------------------------------------------

_TRASH = """(SELECT t.id FROM folder t JOIN folder f ON f.account_id = t.account_id
   WHERE f.id = {} AND t.role = 'trash' AND t.here = 1 AND t.want_gone = 0 LIMIT 1)"""
_KNOWN = """c.at_folder = m.folder_id AND c.at_uid = m.remote_id
  AND NOT EXISTS (SELECT 1 FROM copying k WHERE k.message_id = m.id)"""
"""SQL: it is known for sure which message the copy is, and no move of it may be under way."""
_FOR_GOOD = "SELECT 1 FROM deed_item i JOIN deed d ON d.id = i.deed_id WHERE d.final AND i.message_id = m.id"


def _follow(db: sqlite3.Connection, id_: int) -> str:
    """Where the copy is wished: in its target, or, undone, nowhere, or in the trash of its account.

    Returns which it is: "", "trash", or "unknown" or "no trash" where it stays.
    """
    row = db.execute(
        f"""SELECT m.id, c.wanted, c.target_id, {_KNOWN}, c.told, {_TRASH.format("c.target_id")}, c.since
            FROM copy c JOIN message m ON m.id = c.row_id WHERE c.id = ?""",
        (id_,),
    ).fetchone()
    if row is None:
        return ""
    row_id, wanted, target_id, known, told, trash, since = row
    if not wanted and not known:
        return "unknown"
    goal = target_id if wanted else NOWHERE if told else trash
    if goal is None:
        return "no trash"
    db.execute(
        """UPDATE message SET want_since = ?2, want_error = NULL, want_folder_id = IIF(?4 AND folder_id = ?1, NULL, ?1)
           WHERE id = ?3 AND COALESCE(want_folder_id, folder_id) <> ?1""",
        (goal, since, row_id, known),
    )
    return "" if wanted or told else "trash"


def leave_undone(db: sqlite3.Connection, turn: int) -> None:
    """What was chosen to be moved back, and is a copy undone since, stays where that has brought it; see `choose`.

    turn: when what is moved back was moved. A copy undone before that was moved by the user, and goes back.
    """
    db.execute(
        """UPDATE chosen SET folder_id = NULL
           WHERE id IN (SELECT c.row_id FROM copy c WHERE c.wanted = 0 AND c.row_id IS NOT NULL
             AND ? < COALESCE((SELECT max(d.turn) FROM copy_wish w JOIN deed d ON d.id = w.deed_id
               WHERE w.copy_id = c.id), 9e99))""",
        (turn,),
    )


def spare_doubtful(db: sqlite3.Connection, account_id: int) -> None:
    """A copy on its way out that was found again by its likeness may be the message it is a copy of: it stays."""
    db.execute(
        f"""UPDATE message AS m SET want_folder_id = NULL
            WHERE m.id IN (SELECT row_id FROM copy WHERE wanted = 0 AND row_id IS NOT NULL)
              AND m.want_folder_id IN ({NOWHERE}, {_TRASH.format("m.folder_id")}) AND m.gone = 0
              AND m.remote_id IS NOT NULL AND m.folder_id IN (SELECT id FROM folder WHERE account_id = ?)
              AND NOT EXISTS (SELECT 1 FROM copy c WHERE c.row_id = m.id AND {_KNOWN}) AND NOT EXISTS ({_FOR_GOOD})
              AND NOT EXISTS (SELECT 1 FROM deed_item i JOIN deed d ON d.id = i.deed_id
                WHERE i.message_id = m.id AND NOT d.undone AND i.to_folder_id = m.want_folder_id)""",
        (account_id,),
    )


def leaving(db: sqlite3.Connection, folder_id: int, uids: Sequence[int]) -> tuple[int, ...]:
    """A deletion of these is about to be sent. Returns those that are still to be deleted."""
    listed = json.dumps(list(uids))
    db.execute(
        f"""UPDATE copy SET leaving = 1 WHERE row_id IN (
              SELECT id FROM message WHERE folder_id = ? AND want_folder_id = {NOWHERE}
                AND remote_id IN (SELECT value FROM json_each(?)))""",
        (folder_id, listed),
    )
    rows = db.execute(
        f"""SELECT remote_id FROM message WHERE folder_id = ? AND want_folder_id = {NOWHERE}
              AND remote_id IN (SELECT value FROM json_each(?)) ORDER BY remote_id""",
        (folder_id, listed),
    )
    return tuple(uid for (uid,) in rows)


class Turned(Record):
    """What came of the copies of a deed."""

    count: int = 0
    missing: int = 0
    """Of those that were made, and are not there any more."""
    folders: frozenset[int] = frozenset()
    """They look different now."""
    trashed: int = 0
    """Copies that went to the trash, for the server itself did not tell which messages they are."""
    unknown: int = 0
    """Copies that stay, for it is not known which messages they are."""
    untrashed: int = 0
    """Copies that stay, for there is no trash where they would go."""

    @property
    def words(self) -> str:
        """What should be said of it."""
        return "; ".join(
            f"{'the copy' if many == 1 else f'{many:,} copies'} {verb if many > 1 else verbs}"
            f" {why} which message{'s they are' if many > 1 else ' it is'}{more}"
            for many, verb, verbs, why, more in (
                (self.trashed, "went to the trash:", "went to the trash:", "the server did not tell", ""),
                (self.unknown, "stay", "stays", "as long as it is not known for sure", ""),
                (self.untrashed, "stay:", "stays:", "the server did not tell", ", and there is no trash"),
            )
            if many
        )


def turn(db: sqlite3.Connection, deed_id: int, now: int, *, backwards: bool) -> Turned:
    """Undo what a deed did about copies, or do it again."""
    rows = db.execute(
        f"""SELECT w.copy_id, w.wanted, c.row_id, m.id, m.here,
              m.want_folder_id = {NOWHERE} AND (c.leaving OR m.gone OR EXISTS ({_FOR_GOOD})),
              (SELECT s.gone = 0 FROM message s WHERE s.id = c.message_id),
              (SELECT d.undone = 0 FROM deed d WHERE d.id = c.deed_id), c.made AND c.at_uid IS NULL
            FROM copy_wish w JOIN copy c ON c.id = w.copy_id LEFT JOIN message m ON m.id = c.row_id
            WHERE w.deed_id = ?""",
        (deed_id,),
    ).fetchall()
    folders: set[int | None] = set()
    ways: list[str] = []
    missing = 0
    for id_, wish, row_id, there, here, lost_, source, stands, unknown in rows:
        wanted = not wish and bool(stands) if backwards else bool(wish)  # a copy that is undone is not wanted undropped
        db.execute("UPDATE copy SET wanted = ?, since = ?, error = NULL WHERE id = ?", (wanted, now, id_))
        if wanted and row_id is not None and (there is None or lost_):  # made once and deleted since: it is made anew
            db.execute(  # and the old one goes on as it was
                """INSERT INTO copy(message_id, target_id, wanted, since, made, uid, row_id, at_folder, at_uid, told,
                     like_id, like_size, leaving)
                   SELECT message_id, target_id, 0, since, 1, uid, row_id, at_folder, at_uid, told, like_id, like_size,
                     1
                   FROM copy WHERE id = ? AND EXISTS (SELECT 1 FROM message WHERE message.id = row_id)""",
                (id_,),
            )
            db.execute(
                """UPDATE copy SET made = 0, uid = NULL, uidvalidity = NULL, uidnext = NULL, row_id = NULL, leaving = 0,
                     at_folder = NULL, at_uid = NULL WHERE id = ?""",
                (id_,),
            )
            missing += not source
        elif there is None:
            missing += row_id is not None or (wanted and not source)
            ways += ["unknown"] * (not wanted and row_id is None and unknown)
        else:
            ways.append(_follow(db, id_))
            after = db.execute("SELECT here FROM message WHERE id = ?", (there,)).fetchone()
            folders |= {here, *after}
    places = frozenset(place for place in folders if place is not None)
    told = (ways.count("trash"), ways.count("unknown"), ways.count("no trash"))
    return Turned(len(rows) - missing, missing, places, *told)


def remember(db: sqlite3.Connection, deed_id: int, ids: Sequence[int], *, wanted: bool) -> None:
    """A later deed about copies: they are wanted, or not any more. `turn` brings it about, and takes it back."""
    db.executemany("INSERT INTO copy_deed VALUES (?, ?, ?)", [(deed_id, id_, wanted) for id_ in ids])


# --- the queue ----------------------------------------------------------------------------------------------


def waiting_count(db: sqlite3.Connection) -> int:
    """How many copies wait for the server."""
    query = f"""SELECT (SELECT count(*) FROM copy c JOIN message m ON m.id = c.message_id WHERE {WAITING})
                  + (SELECT count(*) FROM copy c WHERE {UNSEEN})"""
    (count,) = db.execute(query).fetchone()
    return int(count)


def waiting(db: sqlite3.Connection, limit: int) -> list[PendingChange]:
    """They as people read them, the oldest first."""
    rows = db.execute(
        f"""SELECT m.id, m.subject, f.name, t.name, c.wanted, c.since, COALESCE(c.error, '')
            FROM copy c JOIN message m ON m.id = c.message_id JOIN folder f ON f.id = m.folder_id
              JOIN folder t ON t.id = c.target_id WHERE {WAITING} ORDER BY c.since, c.id LIMIT ?""",
        (limit,),
    )
    return [
        PendingChange(id_, subject, f"copy {source} → {target}" if wanted else "", since, error)
        for id_, subject, source, target, wanted, since, error in rows
    ]
