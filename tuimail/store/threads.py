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
from collections.abc import Collection, Iterable, Sequence
from operator import itemgetter
from typing import TypeAlias

from tuimail.store.correspondence import Letter, answers
from tuimail.store.topics import hashed, topic

NEAR = 30 * 86_400
"""Seconds between two messages that may be one conversation though their subjects differ."""
MANY_ALIKE = 1_000
"""Messages of one subject, in sixty days, that a reply without references is compared with; more are a machine's."""

_LISTED = "(SELECT value FROM json_each(?))"
_BULK = 100
"""Rows in one INSERT: two thirds of the time, and fewer waits for the interpreter lock."""
_NO_TOPIC = (None, 0)
_NO_TIME = (0, -1)
"""since, until of a mention that only holds the subject: another one's row covers its time."""

Host: TypeAlias = "list[int]"
"""[topic, since, until, node]: mentions of one Message-ID with less than NEAR from one to the next."""


def assign(db: sqlite3.Connection, ids: Sequence[int]) -> None:
    """Give each of these messages its thread, those that have one already left out; others may change theirs.

    One call for many is much cheaper than many calls; the answer is the same.
    """
    rows = db.execute(
        f"SELECT id, message_id, refs, subject, date FROM message WHERE id IN {_LISTED} AND thread IS NULL",
        (json.dumps(ids),),
    ).fetchall()
    if not rows:
        return
    named_ids = {row[1] for row in rows if row[1][:6] != "no-id:"} - {""}
    names = named_ids.union(" ".join([row[2] for row in rows]).split())
    keys = dict(zip(names, hashed(names), strict=True))
    key_of = keys.__getitem__
    mentions = _Mentions(db, keys.values())
    topics: dict[int, tuple[int, int]] = {}
    bare: set[int] = set()
    for id_, message_id, refs, subject, date in rows:
        base, reply, about = topic(subject)
        mentioned = [*map(key_of, refs.split())] if refs else []
        if message_id in named_ids:
            mentioned.append(key_of(message_id))
        mentions.add(id_, mentioned, about, max(date, 1))
        if base and not refs:
            topics[id_] = about, date
            if reply:
                bare.add(about)
    _join_bare_replies(db, mentions.groups, topics, bare)
    named = mentions.groups.name(db, [row[0] for row in rows])
    mentions.save(db, named)
    db.executemany(
        "UPDATE message SET thread = ?, topic = ? WHERE id = ?",
        [(named[row[0]], topics.get(row[0], _NO_TOPIC)[0], row[0]) for row in rows],
    )


def now_called(db: sqlite3.Connection, threads: Iterable[int]) -> dict[int, int]:
    """Thread → what it is called since it was joined to others; itself when it never was."""
    called = {thread: thread for thread in threads}
    asked = set(called.values())
    while asked:  # as often as a thread was the smaller one of two: the logarithm of its size
        joined = dict(
            db.execute(f"SELECT was, now FROM thread_joined WHERE was IN {_LISTED}", (json.dumps(list(asked)),))
        )
        if joined:
            called = {was: joined.get(now, now) for was, now in called.items()}
        asked = set(joined.values())
    return called


class _Groups:
    """Union-find over message ids and thread names, which are message ids too."""

    def __init__(self) -> None:
        self._parent: dict[int, int] = {}
        self.threads: set[int] = set()
        """Threads that were there before."""

    def find(self, node: int) -> int:
        """Which node stands for this one's group; halves the way there."""
        parent = self._parent
        above = parent.get(node, node)
        while above != node:
            parent[node] = further = parent.get(above, above)
            node, above = further, parent.get(further, further)
        return node

    def join(self, one: int, other: int) -> int:
        """Make them one group; returns who stands for it: the lowest, as a new thread is called after its first."""
        parent = self._parent
        if one in parent:
            one = self.find(one)
        if other in parent:
            other = self.find(other)
        if one > other:
            one, other = other, one
        if one != other:
            parent[other] = one
        return one

    def name(self, db: sqlite3.Connection, nodes: Iterable[int]) -> dict[int, int]:
        """Node → its thread from now on, for these and all threads that were there; threads that met are made one."""
        named: dict[int, int] = {}
        met: dict[int, list[int]] = {}
        for thread in self.threads:
            met.setdefault(self.find(thread), []).append(thread)
        for root, threads in met.items():
            named[root] = threads[0] if len(threads) == 1 else _merge(db, threads)
        find = self.find
        return {node: named.get(root := find(node), root) for node in (*nodes, *self.threads)}


def _merge(db: sqlite3.Connection, threads: Sequence[int]) -> int:
    """Make these one; the largest keeps its name."""
    sizes = dict(
        db.execute(
            f"SELECT thread, count(*) FROM message WHERE thread IN {_LISTED} GROUP BY thread", (json.dumps(threads),)
        ).fetchall()
    )
    stays = max(threads, key=lambda thread: (sizes.get(thread, 0), -thread))
    goes = [(stays, thread) for thread in threads if thread != stays]
    db.executemany("UPDATE message SET thread = ? WHERE thread = ?", goes)
    db.executemany("INSERT INTO thread_joined(now, was) VALUES (?, ?)", goes)
    db.executemany("UPDATE OR IGNORE muting SET thread = ? WHERE thread = ?", goes)
    return stays


class _Mentions:
    """Who named which Message-ID, when, and under what subject: the table thread_ref, as far as a batch needs it.

    Of one Message-ID a row (a host) stands for all mentions with less than NEAR from one to the next, whatever their
    subjects; a further row for each subject that no host carries. However many mention it, hosts are few.
    """

    def __init__(self, db: sqlite3.Connection, keys: Collection[int]) -> None:
        self.groups = _Groups()
        self._hosts: dict[int, Host] = {}
        self._later: dict[int, list[Host]] = {}
        """Of the few that have been mentioned again after a long silence: their further hosts."""
        self._others: dict[tuple[int, int], int] = {}
        self._stored: dict[tuple[int, int, int], int] = {}
        rows = db.execute(
            f"SELECT key, topic, since, until, thread FROM thread_ref WHERE key IN {_LISTED}", (json.dumps([*keys]),)
        ).fetchall()
        called = now_called(db, {row[4] for row in rows})
        self.groups.threads.update(called.values())
        for key, about, since, until, was in rows:
            self._stored[key, about, since] = until
            if since > until:
                self._others[key, about] = called[was]
            else:
                self._host(key, [about, since, until, called[was]])

    def _host(self, key: int, host: Host) -> None:
        if self._hosts.setdefault(key, host) is not host:
            self._later.setdefault(key, []).append(host)

    def add(self, node: int, keys: Iterable[int], about: int, date: int) -> None:
        """A new message mentions these. about: its topic; date: 1 or later."""
        hosts, later, join = self._hosts, self._later, self.groups.join
        for key in keys:
            host = hosts.get(key)
            if host is None:
                hosts[key] = [about, date, date, node]
            elif host[0] == about and host[1] - NEAR < date < host[2] + NEAR and key not in later:
                if date < host[1]:
                    host[1] = date
                elif date > host[2]:
                    host[2] = date
                if host[3] != node:
                    host[3] = node = join(node, host[3])
            else:
                self._mention([host, *later.pop(key, ())], key, about, date, node)

    def _mention(self, hosts: list[Host], key: int, about: int, date: int, node: int) -> None:
        """A mention out of the ordinary: another subject, or long after the last."""
        join = self.groups.join
        around: Host | None = None
        stay = []
        for host in hosts:
            if host[1] - NEAR < date < host[2] + NEAR:
                join(node, host[3])
                if around is None:
                    around = host
                    host[1], host[2] = min(host[1], date), max(host[2], date)
                else:  # this date closes the gap between two
                    around[1], around[2] = min(around[1], host[1]), max(around[2], host[2])
                    self._other(key, host[0], host[3])
                    continue
            elif host[0] == about:
                join(node, host[3])
            stay.append(host)
        if around is None:
            stay.append([about, date, date, node])
        if around is None or around[0] != about:
            self._other(key, about, node, keep=around is not None)
        del self._hosts[key]
        for host in stay:
            self._host(key, host)

    def _other(self, key: int, about: int, node: int, *, keep: bool = True) -> None:
        known = self._others.get((key, about))
        if known is not None:
            self.groups.join(node, known)
        elif keep:
            self._others[key, about] = node

    def save(self, db: sqlite3.Connection, named: dict[int, int]) -> None:
        """Write what has changed. Rows keep the old name of a thread that was joined: see `now_called`."""
        rows = [(key, host[0], host[1], host[2], named[host[3]]) for key, host in self._hosts.items()]
        rows += [
            (key, host[0], host[1], host[2], named[host[3]]) for key, hosts in self._later.items() for host in hosts
        ]
        rows += [(key, about, *_NO_TIME, named[node]) for (key, about), node in self._others.items()]
        if stored := self._stored:
            gone = stored.keys() - {row[:3] for row in rows}
            db.executemany("DELETE FROM thread_ref WHERE key = ? AND topic = ? AND since = ?", gone)
            rows = [row for row in rows if stored.get(row[:3]) != row[3]]
        rows.sort(key=itemgetter(0))  # neighbours in the table: a fifth of the time
        for start in range(0, len(rows), _BULK):
            part = rows[start : start + _BULK]
            values = [value for row in part for value in row]
            db.execute("INSERT OR REPLACE INTO thread_ref VALUES " + ", ".join(["(?, ?, ?, ?, ?)"] * len(part)), values)


def _join_bare_replies(
    db: sqlite3.Connection, groups: _Groups, topics: dict[int, tuple[int, int]], bare: set[int]
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
    for about, (low, high, ids) in spans.items():
        rows = db.execute(
            f"""SELECT id, COALESCE(thread, id), date, subject, email, addressed, list_id FROM message
                WHERE id IN (SELECT id FROM message WHERE topic = ? AND date > ? AND date < ? LIMIT {MANY_ALIKE})
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
