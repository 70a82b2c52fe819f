"""Threads the slow and obvious way, and letters to try them on."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from tests.store.rows import folder_id
from tuimail.store import folders, messages
from tuimail.store.mentions import NEAR
from tuimail.store.topics import topic

DAY = 86_400
START = 1_700_000_000


@dataclass(frozen=True)
class Letter:
    """What threads are made of."""

    name: str
    """Message-ID; "" for none."""
    subject: str = "Plan"
    refs: tuple[str, ...] = ()
    day: float = 0
    sender: str = "ada@example.org"
    to: str = "bob@example.org"
    list_id: str = ""


def bring(db: sqlite3.Connection, letters: Sequence[Letter], folder: bytes = b"INBOX") -> list[int]:
    """Put these into a folder; their ids, in their order."""
    (last,) = db.execute("SELECT COALESCE(max(id), 0) FROM message").fetchone()
    rows: list[messages.Row] = []
    for number, letter in enumerate(letters):
        uid, date = last + number + 1, START + int(letter.day * DAY)
        likeness = letter.name or f"no-id:{uid}"
        rows.append(
            (
                *(uid, 0, "", messages.rank(date, uid), date, 100, 0, letter.sender, letter.sender, letter.to),
                *(letter.subject, likeness, " ".join(letter.refs), letter.list_id, letter.to),
            )
        )
    messages.put_heads(db, folder_id(db, folder), rows)
    return [id_ for (id_,) in db.execute("SELECT id FROM message WHERE id > ? ORDER BY id", (last,))]


def add_sent(db: sqlite3.Connection) -> None:
    """A folder for what one has written oneself, beside the three of `rows.memory`."""
    roles = {"INBOX": "inbox", "Archive": "archive", "Trash": "trash", "Sent": "sent"}
    folders.put_folders(db, 1, [folders.Listed(n.encode(), n, "/", r, True) for n, r in roles.items()])


def grouped(db: sqlite3.Connection, ids: Sequence[int]) -> set[frozenset[int]]:
    """The groups, as positions in `ids`."""
    found: dict[int, set[int]] = {}
    place = {id_: position for position, id_ in enumerate(ids)}
    for id_, thread in db.execute("SELECT id, thread FROM message"):
        if id_ in place:
            found.setdefault(thread, set()).add(place[id_])
    return {frozenset(group) for group in found.values()}


def slowly(letters: Sequence[Letter]) -> set[frozenset[int]]:
    """The law of store.threads pair by pair."""
    groups = [{number} for number in range(len(letters))]
    for one, other in combinations(range(len(letters)), 2):
        if _pair(letters[one], letters[other]):
            mine = next(group for group in groups if one in group)
            theirs = next(group for group in groups if other in group)
            if mine is not theirs:
                mine |= theirs
                groups.remove(theirs)
    return {frozenset(group) for group in groups}


def _pair(one: Letter, other: Letter) -> bool:
    alike = topic(one.subject).base == topic(other.subject).base
    near = abs(int(one.day * DAY) - int(other.day * DAY)) < NEAR
    if _mentioned(one) & _mentioned(other) and (alike or near):
        return True
    late, early = (one, other) if one.day >= other.day else (other, one)
    replies = topic(late.subject).reply or (late.day == early.day and topic(early.subject).reply)
    bare = replies and not one.refs and not other.refs
    return bool(bare and topic(one.subject).base and alike and near and _known(one) & _known(other))


def _mentioned(letter: Letter) -> set[str]:
    return {*letter.refs, letter.name} - {""}


def _known(letter: Letter) -> set[tuple[str, ...]]:
    between = {tuple(sorted((letter.sender, person.strip()))) for person in letter.to.split(",") if person.strip()}
    return between | ({("", letter.list_id)} if letter.list_id else set())
