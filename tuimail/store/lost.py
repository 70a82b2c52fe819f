"""Rows that have lost their place, and the messages that turn up elsewhere: which of them are one.

A move may be told without the new UID, or not at all (another client's), and its two ends in any order. A message is
known again by Message-ID and size, so that wishes, cached text, history and the cursor stay with it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import TypeAlias

from tuimail.protocol.imap import keywords

Lost: TypeAlias = "dict[tuple[str, int], list[tuple[int, int, int | None, int, frozenset[int] | None]]]"
"""(Message-ID, size) → of each lost row: (id, its folder, the one it is wished into, flags, where alone it may be)."""


def leave_behind(db: sqlite3.Connection, folder_id: int) -> None:
    """What somebody wishes something of and is marked deleted now may have been copied elsewhere: it is looked for.

    Without MOVE a move is COPY and \\Deleted; its answer may have been lost, or another client did it.
    """
    lost = db.execute(
        """UPDATE message INDEXED BY message_wish SET gone = 1, remote_id = NULL
           WHERE (want_folder_id IS NOT NULL OR want_set <> 0 OR want_clear <> 0 OR want_keywords <> '')
             AND want_folder_id IS NOT 0 AND folder_id = ? AND flags & 8 AND gone = 0""",
        (folder_id,),
    ).rowcount
    if lost:
        (account_id,) = db.execute("SELECT account_id FROM folder WHERE id = ?", (folder_id,)).fetchone()
        reunite(db, account_id)


def reunite(db: sqlite3.Connection, account_id: int) -> None:
    """A message moved by somebody into a folder that was pulled first came in as a new row: make them one.

    The old row keeps its id, text and history and takes the new row's place; a row that was here before it is another
    message. What the user said of the new row
    after what was said of the old one counts; else the old wish still holds.
    """
    of_account = "folder_id IN (SELECT id FROM folder WHERE account_id = ?)"
    gone = db.execute(
        f"""SELECT id, message_id, size, folder_id, want_folder_id, want_keywords FROM message INDEXED BY message_lost
            WHERE gone = 1 AND message_id <> '' AND {of_account} ORDER BY id""",
        (account_id,),
    ).fetchall()
    if not gone:
        return
    fresh: dict[tuple[str, int], list[tuple[int, int]]] = {}
    for id_, message_id, size, folder_id in db.execute(
        f"""SELECT id, message_id, size, folder_id FROM message
            WHERE id > (SELECT swept FROM account WHERE id = ?1) AND gone = 0 AND flags & 8 = 0
              AND {of_account.replace("?", "?1")} AND id NOT IN (SELECT row_id FROM copy WHERE row_id IS NOT NULL)
            ORDER BY id DESC""",
        (account_id,),
    ):
        fresh.setdefault((message_id, size), []).append((id_, folder_id))
    for old, message_id, size, folder_id, wanted, wish in gone:
        twins = [twin for twin in fresh.get((message_id, size), []) if twin[0] > old]
        only = _only(db, old, folder_id, wanted)
        if (twin := next((t for t in reversed(twins) if only is None or t[1] in only), None)) is None:
            continue
        fresh[message_id, size].remove(twin)
        new = twin[0]
        moved, bits, words = _newer_word(db, new, old)
        *place, later = db.execute(
            """SELECT folder_id, remote_id, flags, keywords, rank, want_folder_id, want_set, want_clear, want_since,
                 want_keywords FROM message WHERE id = ?""",
            (new,),
        ).fetchone()
        db.execute("UPDATE OR IGNORE deed_item SET message_id = ? WHERE message_id = ?", (old, new))
        db.execute("UPDATE copy SET message_id = ? WHERE message_id = ?", (old, new))
        db.execute("DELETE FROM message WHERE id = ?", (new,))
        db.execute(
            """UPDATE message SET folder_id = ?1, remote_id = ?2, flags = ?3, keywords = ?4, rank = ?5, gone = 0,
                 want_folder_id = IIF(?10, ?6, want_folder_id), want_set = (want_set & ~?11 | ?7) & ~?8,
                 want_clear = (want_clear & ~?11 | ?8) & ~?7, want_since = COALESCE(?9, want_since),
                 want_keywords = ?12 WHERE id = ?13""",
            (*place, moved, bits, keywords.merged(keywords.without(wish, words), later), old),
        )


def _only(db: sqlite3.Connection, id_: int, folder_id: int, wanted: int | None) -> frozenset[int] | None:
    """Where alone a lost row may be found; None: anywhere in its account.

    What is wished nowhere is deleted where it is found. So it is never taken for another of its kind: only where
    it was, or where a move may have brought it that was under way when the user said so.
    """
    if wanted != 0:
        return None
    astray = db.execute("SELECT folder_id FROM astray WHERE message_id = ?", (id_,))
    return frozenset((folder_id, *(folder for (folder,) in astray)))


def note_astray(db: sqlite3.Connection, ids: Sequence[int]) -> None:
    """These are about to be wished nowhere: a move of them may be under way, and bring them there meanwhile."""
    db.execute(
        """INSERT OR IGNORE INTO astray
           SELECT i.message_id, f.id FROM message m JOIN deed_item i ON i.message_id = m.id
             JOIN folder f ON f.id IN (i.from_folder_id, i.to_folder_id)
           WHERE m.want_folder_id IS NOT NULL AND m.id IN (SELECT value FROM json_each(?))""",
        (json.dumps(list(ids)),),
    )


def _newer_word(db: sqlite3.Connection, new: int, old: int) -> tuple[bool, int, str]:
    """What the user said of the new row after what was said of the old.

    Did they move it, which flag bits, and of which keywords (signed words).
    """
    last: dict[tuple[int, int | str], int] = {}
    for id_, turn, moved, bits, words in db.execute(
        """SELECT message_id, turn, to_folder_id IS NOT NULL, added | removed, deed_item.keywords
           FROM deed_item JOIN deed ON deed.id = deed_id WHERE message_id IN (?, ?)""",
        (new, old),
    ):
        said: list[int | str] = [1 << n for n in range(bits.bit_length()) if bits >> n & 1]
        said += [word[1:].lower() for word in words.split()]
        for what in [*said, -1] if moved else said:
            last[id_, what] = max(turn, last.get((id_, what), 0))
    newer = [what for (id_, what), turn in last.items() if id_ == new and turn > last.get((old, what), 0)]
    bits = sum(what for what in newer if isinstance(what, int) and what > 0)
    return -1 in newer, bits, " ".join(f"+{what}" for what in newer if isinstance(what, str))


def lost(db: sqlite3.Connection, folder_id: int) -> Lost:
    """Rows of this folder's account that are waiting to be found."""
    rows = db.execute(
        """SELECT message_id, size, id, folder_id, want_folder_id, flags FROM message INDEXED BY message_lost
           WHERE (gone = 1 OR remote_id IS NULL) AND message_id <> ''
             AND folder_id IN (SELECT id FROM folder WHERE account_id = (SELECT account_id FROM folder WHERE id = ?))
           ORDER BY id""",
        (folder_id,),
    )
    found: Lost = {}
    for message_id, size, id_, in_folder, wanted, flags in rows.fetchall():
        only = _only(db, id_, in_folder, wanted)
        found.setdefault((message_id, size), []).append((id_, in_folder, wanted, flags, only))
    return found


def reclaim(
    lost: Lost, message_id: str, size: int, folder_id: int, flags: int = 0, known: int | None = None
) -> int | None:
    """The lost row this head is, nearest first: one of this folder, one that was meant to come here, one marked so.

    known: the row that stands in its place. It may have come in before we knew; if it is older, it is no other.
    """
    candidates = lost.get((message_id, size), [])
    possible = [c for c in candidates if (c[4] is None or folder_id in c[4]) and (known is None or c[0] < known)]
    if not possible:
        return None
    best = min(possible, key=lambda c: (c[1] != folder_id, c[2] != folder_id, c[3] != flags))
    candidates.remove(best)
    return best[0]
