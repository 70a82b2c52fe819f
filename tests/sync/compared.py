"""Is a server as it was at the start, after all was undone? What is promised, and of what nothing is."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Mapping


def unsure_copies(db: sqlite3.Connection) -> Counter[str]:
    """Message-ID → how many copies of it may be left, in the trash or where they were.

    Those of which the server did not tell which messages they are: it has no UIDPLUS, or the line was cut or the
    program died before its answer to the COPY, or to a later MOVE of the copy, was heard.
    """
    rows = db.execute("SELECT like_id FROM copy WHERE made AND NOT (told AND at_uid IS NOT NULL)")
    return Counter(name for (name,) in rows)


def wrong(
    start: Mapping[str, Hashable],
    end: Mapping[str, Iterable[Hashable]],
    *,
    deleted: Collection[str],
    unsure: Mapping[str, int],
    excused: Collection[str] = (),
) -> dict[str, tuple[Hashable, list[Hashable]]]:
    """Name → (place, with flags, where it was; places where it is) of messages that are not as at the start.

    Each has to be at its place, with its flags; what was deleted for good has to be gone; and nothing more is to be
    there, but for copies that are not sure. Of what was deleted and has such copies it is not known which was meant.
    """
    found = {}
    for name, was in start.items():
        if name in excused or (name in deleted and unsure.get(name)):
            continue
        there, meant = Counter(end.get(name, ())), Counter([] if name in deleted else [was])
        if meant - there or (there - meant).total() > unsure.get(name, 0):
            found[name] = (was, list(end.get(name, ())))
    return found
