"""Which messages are one conversation, across folders and accounts, without the server's help.

The grouping is a law of the messages alone, so that it is the same in whatever order and batches they come: two
messages are in one thread when a chain of such pairs leads from one to the other, where a pair

- names a common Message-ID (its own, or in References or In-Reply-To), and has the same base subject or less than
  `NEAR` between its dates; an ancestor that nobody has is as good a link as one that is here (jwz.org/doc/threading);
- or are both without references, the later one is a reply ("Re:"), they have the same base subject, less than `NEAR`
  lies between them, and `correspondence` finds the same two people or the same list in both.

So a pair can only be added by a new message, never lost, and incremental work is union-find. Threads are named by
the id of one of their messages; when two become one the smaller is renamed, and `thread_joined` remembers it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from tuimail.store.correspondence import Letter, answers
from tuimail.store.groups import Groups, Step, bulks
from tuimail.store.mentions import NEAR, Mentions
from tuimail.store.topics import topic

MANY_ALIKE = 1_000
"""Messages of one subject, in sixty days, that a reply without references is compared with; more are a machine's."""

_LISTED = "(SELECT value FROM json_each(?))"
_PIECE = 2_000
"""Messages that get their thread in one piece."""
_ENOUGH = 60_000
"""Message-IDs of one batch: some ten megabytes."""


def assign(db: sqlite3.Connection, ids: Sequence[int]) -> None:
    """Give each of these messages its thread, those that have one already left out; others may change theirs.

    One call for many is much cheaper than many calls; the answer is the same.
    """
    batch = Batch()
    batch.take(db, ids)
    batch.join(db)
    while batch.note(db):
        pass
    while batch.name(db):
        pass


def forget(db: sqlite3.Connection, gone: Iterable[tuple[int, str]]) -> None:
    """Compare no reply with these any more: ids and subjects of messages that were deleted.

    What they mentioned stays, as it would if we had never had them.
    """
    alike: dict[int, list[int]] = {}
    for id_, subject in gone:
        alike.setdefault(topic(subject).key, []).append(id_)
    db.executemany(
        f"DELETE FROM thread_topic WHERE topic = ? AND message_id IN {_LISTED}",
        [(about, json.dumps(ids)) for about, ids in alike.items()],
    )


class Batch:
    """Messages on the way to their threads, in pieces that may be transactions of their own.

    First `take` all, then `join`, then `note` until that is done, then `name` until that is done. When the power goes
    between two pieces, those without a thread can be taken again, in any other batch.
    """

    def __init__(self) -> None:
        self._groups = Groups()
        self._mentions = Mentions(self._groups)
        self._topics: dict[int, tuple[int, int]] = {}
        """Message → topic and date, of those without references."""
        self._bare: set[int] = set()
        """Topics of the replies among these."""
        self._taken: list[int] = []
        self._named: dict[int, int] = {}
        """Message → its thread, from `join` on."""
        self._notes: Iterator[Step] = iter(())

    @property
    def is_full(self) -> bool:
        """It should take no more."""
        return len(self._mentions) > _ENOUGH

    def take(self, db: sqlite3.Connection, ids: Sequence[int]) -> None:
        """Find out what these messages belong to; nothing is written. Each may be taken once."""
        rows = db.execute(
            f"SELECT id, message_id, refs, subject, date FROM message WHERE id IN {_LISTED} AND thread IS NULL",
            (json.dumps(ids),),
        ).fetchall()
        named = []
        for _, name, refs, _, _ in rows:
            names = refs.split()
            if name and name[:6] != "no-id:":
                names.append(name)
            named.append(names)
        self._mentions.read(db, chain.from_iterable(named))
        about = [topic(row[3]) for row in rows]
        self._mentions.add(
            (row[0], names, topic.key, row[4] if row[4] > 0 else 1)
            for row, names, topic in zip(rows, named, about, strict=True)
        )
        self._taken += [row[0] for row in rows]
        for (id_, _, refs, _, date), (base, reply, key) in zip(rows, about, strict=True):
            if base and not refs:
                self._topics[id_] = key, date
                if reply:
                    self._bare.add(key)

    def join(self, db: sqlite3.Connection) -> None:
        """Find out which of them are together, and make one of the threads that were there and met."""
        _join_bare_replies(db, self._groups, self._topics, self._bare)
        plain = sorted((about, date, id_) for id_, (about, date) in self._topics.items())
        for values, flat in bulks(plain):  # neighbours in the table, as in `Mentions.steps`
            db.execute(f"INSERT OR IGNORE INTO thread_topic {values}", flat)
        self._named = self._groups.name(db, self._taken)
        self._notes = self._mentions.steps(self._named)

    def note(self, db: sqlite3.Connection) -> bool:
        """Write some of what they mention; False when that has been done."""
        step = next(self._notes, None)
        if step is not None:
            step(db)
        return step is not None

    def name(self, db: sqlite3.Connection) -> Sequence[int]:
        """Write the threads of some; which these are, none when that has been done."""
        ids, self._taken = self._taken[:_PIECE], self._taken[_PIECE:]
        for values, flat in bulks([(id_, self._named[id_]) for id_ in ids]):
            db.execute(
                f"""WITH named(id, thread) AS ({values})
                    UPDATE message SET thread = named.thread FROM named WHERE message.id = named.id""",
                flat,
            )
        return ids


def _join_bare_replies(
    db: sqlite3.Connection, groups: Groups, topics: dict[int, tuple[int, int]], bare: set[int]
) -> None:
    """Replies without references: few, so people are only compared where a subject has one.

    topics: message → (topic, date) of those of the batch without references; bare: topics of the replies among them.
    """
    spans: dict[int, tuple[int, int, list[int]]] = {}
    known = {about for about, _ in topics.values()}
    active = bare.union(
        about
        for (about,) in db.execute(f"SELECT topic FROM thread_bare WHERE topic IN {_LISTED}", (json.dumps([*known]),))
    )
    if not active:
        return
    db.executemany("INSERT OR IGNORE INTO thread_bare VALUES (?)", [(about,) for about in bare])
    for id_, (about, date) in topics.items():
        if about in active:
            low, high, ids = spans.setdefault(about, (date, date, []))
            ids.append(id_)
            spans[about] = min(low, date), max(high, date), ids
    for about, (low, high, ids) in spans.items():  # what a batch that was left knew is as if it had not come yet
        rows = db.execute(
            f"""SELECT id, COALESCE(thread, id), date, subject, email, addressed, list_id FROM message
                WHERE thread IS NOT NULL AND id IN (SELECT message_id FROM thread_topic
                             WHERE topic = ? AND date > ? AND date < ? LIMIT {MANY_ALIKE})
                   OR id IN {_LISTED}""",
            (about, low - NEAR, high + NEAR, json.dumps(ids)),
        ).fetchall()
        letters = []
        for id_, node, date, subject, email, addressed, list_id in rows:
            if node != id_ or id_ not in topics:
                groups.threads.add(node)
            letters.append(Letter(node, date, topic(subject).reply, email, addressed, list_id))
        for one, other in answers(letters, NEAR):
            groups.join(one, other)
