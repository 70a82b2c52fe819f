"""What was done, and its reversal. State and the record of it change in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from tuimail.model import Deed
from tuimail.protocol.imap import keywords
from tuimail.records import Record
from tuimail.store import copies, habits, lost, messages, shelves
from tuimail.store.wishes import NOWHERE, choose, choose_alike, choose_none, wish_chosen

_NEXT_TURN = "(SELECT COALESCE(max(turn), 0) + 1 FROM deed)"
_THERE = "FROM message m WHERE m.id = chosen.id AND m.gone = 0 AND m.here IS NOT NULL"


class Done(Record):
    """How a deed went: its words, how many messages it changed, and which folders look different now."""

    label: str
    count: int
    folders: frozenset[int]
    missing: int = 0
    """Messages of an undone deed that are not there any more."""
    note: str = ""
    """What should be said besides."""


def move(db: sqlite3.Connection, ids: Sequence[int], folder_id: int, verb: str, now: int) -> Done:
    """Wish messages into a folder and remember it as one deed. verb is the past tense: "archived", "moved to X"."""
    return move_each(db, dict.fromkeys(ids, folder_id), verb, now)


def move_each(db: sqlite3.Connection, goals: Mapping[int, int], verb: str, now: int) -> Done:
    """`move`, each message to a folder of its own: message id → folder id."""
    return change(db, [(id_, goal, 0, 0, "") for id_, goal in goals.items()], verb, now)


def move_within(
    db: sqlite3.Connection, ids: Sequence[int], goals: Mapping[int, int], verb: str, now: int, *, filed: bool = False
) -> Done | None:
    """`move`, each message to the folder of its account: account id → folder id. None when one has no goal.

    filed: the folder was chosen by hand, which is remembered (`habits`).
    """
    done = change_within(db, ids, goals, 0, 0, "", verb, now)
    if filed and done is not None and done.count:
        habits.learn(db, _newest(db), now)
    return done


def change_within(
    db: sqlite3.Connection,
    ids: Sequence[int],
    goals: Mapping[int, int],
    add: int,
    remove: int,
    words: str,
    verb: str,
    now: int,
) -> Done | None:
    """`move_within`, and flag bits and keywords of each in the same item."""
    if not choose_alike(db, ids, goals, add, remove, words):
        return None
    return _change_chosen(db, verb, now, labels=bool(words))


def flag(
    db: sqlite3.Connection, ids: Sequence[int], add: int, remove: int, verb: str, now: int, *, remember: bool = True
) -> Done:
    """Wish flag bits and, if asked, remember bit by bit what really changed."""
    choose_alike(db, ids, None, add, remove, "")
    return _change_chosen(db, verb, now, remember=remember)


def label(db: sqlite3.Connection, ids: Sequence[int], words: str, verb: str, now: int) -> Done:
    """Wish keywords, signed words, and remember word by word what really changed."""
    choose_alike(db, ids, None, 0, 0, words)
    return _change_chosen(db, verb, now, labels=True)


def delete(db: sqlite3.Connection, ids: Sequence[int], now: int) -> Done:
    """Wish messages nowhere: gone for good, which no undo brings back."""
    choose(db, ((id_, NOWHERE, 0, 0, "") for id_ in ids))
    db.execute(f"DELETE FROM chosen WHERE NOT EXISTS (SELECT 1 {_THERE})")
    lost.note_astray(db, [id_ for (id_,) in db.execute("SELECT id FROM chosen")])
    return do_chosen(db, "deleted for good", now, final=True)


def copy_within(
    db: sqlite3.Connection, ids: Sequence[int], goals: Mapping[int, int], verb: str, now: int
) -> Done | None:
    """Wish copies, each in the folder of its account: account id → folder id. None when one has no goal."""
    if set(messages.accounts(db, ids).values()) - set(goals):
        return None
    if not (count := copies.wish(db, ids, goals, now)):
        return Done("", 0, frozenset())
    label = f"{verb} {messages_in_words(count)}"
    deed_id = new_deed(db, label, now)
    copies.belong(db, deed_id)
    habits.learn(db, deed_id, now)
    return Done(label, count, frozenset())


def change(
    db: sqlite3.Connection,
    items: Iterable[tuple[int, int | None, int, int, str]],
    verb: str,
    now: int,
    *,
    remember: bool = True,
) -> Done:
    """As `wishes.choose` takes it; of each message is wished and remembered only what is not so already."""
    choose(db, items)
    db.execute(f"DELETE FROM chosen WHERE NOT EXISTS (SELECT 1 {_THERE})")
    db.execute(
        """UPDATE chosen SET folder_id = NULLIF(chosen.folder_id, m.here), added = chosen.added & ~m.shown,
             removed = chosen.removed & m.shown FROM message m WHERE m.id = chosen.id"""
    )
    return _change_chosen(db, verb, now, labels=True, remember=remember)


def _change_chosen(db: sqlite3.Connection, verb: str, now: int, *, labels: bool = False, remember: bool = True) -> Done:
    """labels: there may be keywords among what was chosen."""
    if labels:
        said = db.execute(
            """SELECT c.id, m.keywords, m.want_keywords, c.keywords FROM chosen c JOIN message m USING (id)
               WHERE c.keywords <> ''"""
        ).fetchall()
        db.executemany(
            "UPDATE chosen SET keywords = ? WHERE id = ?",
            [(keywords.missing(keywords.applied(there, wish), words), id_) for id_, there, wish, words in said],
        )
    db.execute("DELETE FROM chosen WHERE folder_id IS NULL AND added = 0 AND removed = 0 AND keywords = ''")
    return do_chosen(db, verb, now, remember=remember)


def do_chosen(db: sqlite3.Connection, verb: str, now: int, *, remember: bool = True, final: bool = False) -> Done:
    """Wish what was chosen, as one deed."""
    (count,) = db.execute("SELECT count(*) FROM chosen").fetchone()
    if not count:
        return Done("", 0, frozenset())
    label = f"{verb} {messages_in_words(count)}"
    if remember:
        db.execute(
            """INSERT INTO deed_item(deed_id, message_id, from_folder_id, to_folder_id, added, removed, keywords)
               SELECT ?, id, IIF(folder_id IS NULL, NULL, here), folder_id, added, removed, keywords FROM chosen""",
            (new_deed(db, label, now, final=final),),
        )
    return Done(label, count, wish_chosen(db, now))


def undo(db: sqlite3.Connection, now: int) -> Done | None:
    """Reverse the deed that was done (or done again) last, stands, and is not final; None when there is none."""
    row = db.execute("SELECT id, label FROM deed WHERE undone = 0 AND final = 0 ORDER BY turn DESC LIMIT 1").fetchone()
    return None if row is None else apply(db, row[0], row[1], backwards=True, now=now)


def pass_over(db: sqlite3.Connection) -> tuple[str, str] | None:
    """(What was done last and no undo brings back, what undo would reverse next or ""); None when that is not so.

    It is said once: from then on undo goes on to what came before.
    """
    told = db.execute("SELECT label, final FROM deed WHERE undone = 0 ORDER BY turn DESC LIMIT 1").fetchone()
    if told is None or told[1] != 1:
        return None
    db.execute("UPDATE deed SET final = 2 WHERE final = 1")
    before = db.execute("SELECT label FROM deed WHERE undone = 0 AND final = 0 ORDER BY turn DESC LIMIT 1").fetchone()
    return str(told[0]), str(before[0]) if before is not None else ""


def redo(db: sqlite3.Connection, now: int) -> Done | None:
    """Do again the deed undone last; None when something new was done since, or nothing was undone."""
    row = db.execute("SELECT id, label FROM deed WHERE undone = 1 ORDER BY turn DESC LIMIT 1").fetchone()
    return None if row is None else apply(db, row[0], row[1], backwards=False, now=now)


def turned_last(db: sqlite3.Connection, limit: int) -> list[int]:
    """So many messages, at most, of the deed that was done, undone or done again last."""
    rows = db.execute(
        """WITH last(id) AS (SELECT id FROM deed ORDER BY turn DESC LIMIT 1)
           SELECT message_id FROM last JOIN deed_item ON deed_id = last.id
           UNION ALL SELECT message_id FROM last JOIN copy_wish w ON w.deed_id = last.id JOIN copy c ON c.id = copy_id
           LIMIT ?""",
        (limit,),
    )
    return [id_ for (id_,) in rows]


def deeds(db: sqlite3.Connection, limit: int) -> list[Deed]:
    """The newest deeds first."""
    rows = db.execute(
        """SELECT id, at, label, (SELECT count(*) FROM deed_item i WHERE i.deed_id = d.id)
             + (SELECT count(*) FROM copy_wish c WHERE c.deed_id = d.id)
             + (SELECT count(*) FROM muting u WHERE u.deed_id = d.id)
             + (SELECT count(*) FROM deed_folder o WHERE o.deed_id = d.id), undone
           FROM deed d ORDER BY id DESC LIMIT ?""",
        (limit,),
    )
    return [Deed(id_, at, label, count, bool(undone)) for id_, at, label, count, undone in rows]


def apply(db: sqlite3.Connection, deed_id: int, label: str, *, backwards: bool, now: int) -> Done:
    """Wish what a deed wished, or backwards what was before it, of every message that is there."""
    choose_none(db)
    # What is lost just now (moved by somebody, and not found yet) is wished for, too: it may turn up.
    db.execute(
        """INSERT INTO chosen
           SELECT i.message_id, IIF(?1, from_folder_id, to_folder_id), IIF(?1, removed, added), IIF(?1, added, removed),
             i.keywords, m.here
           FROM deed_item i CROSS JOIN message m ON m.id = i.message_id
           WHERE deed_id = ?2 AND (m.gone = 1 OR m.here IS NOT NULL)""",
        (backwards, deed_id),
    )
    if backwards:
        copies.leave_undone(db, *db.execute("SELECT turn FROM deed WHERE id = ?", (deed_id,)).fetchone())
        said = db.execute("SELECT keywords, id FROM chosen WHERE keywords <> ''").fetchall()
        db.executemany(
            "UPDATE chosen SET keywords = ? WHERE id = ?", [(keywords.inverse(words), id_) for words, id_ in said]
        )
    db.execute(f"UPDATE deed SET undone = ?, turn = {_NEXT_TURN} WHERE id = ?", (backwards, deed_id))
    (count,) = db.execute("SELECT count(*) FROM chosen CROSS JOIN message m USING (id) WHERE m.gone = 0").fetchone()
    missing = db.execute("SELECT count(*) FROM deed_item WHERE deed_id = ?", (deed_id,)).fetchone()[0] - count
    if db.execute("SELECT filed FROM deed WHERE id = ?", (deed_id,)).fetchone() == (1,):
        if backwards:
            habits.unlearn(db, deed_id)
        else:
            habits.learn(db, deed_id, now)
    copied = copies.turn(db, deed_id, now, backwards=backwards)
    done, why_not = shelves.turn(db, deed_id, now, backwards=backwards)
    stay, homeless = _keep_homeless(db)
    return Done(
        label,
        count - stay + copied.count + done,
        wish_chosen(db, now) | copied.folders,
        missing + copied.missing,
        "; ".join(filter(None, (copied.words, why_not, homeless))),
    )


def _keep_homeless(db: sqlite3.Connection) -> tuple[int, str]:
    """What was chosen to go into a folder that is not there any more stays: there it would be in no list.

    If it is the user who has deleted it, it goes with the rest of that folder, and comes back with it.
    Returns how many messages have nothing else to change, and why, in words.
    """
    query = "SELECT DISTINCT f.id, f.name FROM chosen c JOIN folder f ON f.id = c.folder_id WHERE NOT f.here ORDER BY 2"
    stay = 0
    words = []
    for folder_id, name in db.execute(query).fetchall():
        trash = shelves.sweep_chosen(db, folder_id)
        db.execute("UPDATE chosen SET folder_id = ? WHERE folder_id = ?", (trash, folder_id))
        words.append(f"the folder {name} is not there any more" + "; its mail went to the trash" * (trash is not None))
    if words:
        (stay,) = db.execute(
            """SELECT count(*) FROM chosen c JOIN message m USING (id)
               WHERE m.gone = 0 AND c.folder_id IS NULL AND c.added | c.removed = 0 AND c.keywords = ''"""
        ).fetchone()
    return stay, "; ".join(words)


def new_deed(db: sqlite3.Connection, label: str, now: int, *, final: bool = False) -> int:
    """A deed that stands, and has changed no message yet; its id."""
    db.execute("UPDATE deed SET undone = 2 WHERE undone = 1")
    deed_id = db.execute(
        f"INSERT INTO deed(at, label, final, turn) VALUES (?, ?, ?, {_NEXT_TURN})", (now, label, final)
    ).lastrowid
    assert deed_id is not None
    return deed_id


def _newest(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT max(id) FROM deed").fetchone()[0])


def messages_in_words(count: int) -> str:
    """ "1 message", "1,200 messages"."""
    return "1 message" if count == 1 else f"{count:,} messages"
