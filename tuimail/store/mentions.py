"""Who named which Message-ID, when, and under what subject: the table thread_ref, as far as a batch needs it.

Of one Message-ID a row (a host) stands for all mentions with less than `NEAR` from one to the next, whatever their
subjects; a further row for each subject that no host carries. However many mention it, hosts are few.
"""

from __future__ import annotations

import json
import sqlite3
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import TypeAlias

from tuimail.store.groups import Groups, Step, bulks, now_called
from tuimail.store.topics import hashed

NEAR = 30 * 86_400
"""Seconds between two messages that may be one conversation though their subjects differ."""

_LISTED = "(SELECT value FROM json_each(?))"
_STEP = 4_000
"""Rows written in one step."""
_NO_TIME = (0, -1)
"""since, until of a mention that only holds the subject: another one's row covers its time."""
_NOBODY, _SEVERAL = 1 << 64, 1 << 65
"""In place of a topic, which has 64 bits: not mentioned yet; mentioned under several, at times far apart."""

_PLAIN = 5
"""Length of a host that stands for itself alone."""

Host: TypeAlias = "list[int]"
"""[topic, since, until, node, key]: mentions of one Message-ID with less than NEAR from one to the next. Pairs of
since and until follow for other times at which it was mentioned under the same subject; they may touch."""
Stored: TypeAlias = "tuple[int, int, int, int, int]"
"""(key, topic, since, until, thread)"""


class Mentions:
    """The mentions of a batch together with what is stored of them."""

    def __init__(self, groups: Groups) -> None:
        self._groups = groups
        self._named: dict[str, Host] = {}
        """By Message-ID."""
        self._several: dict[int, list[Host]] = {}
        """The hosts of a key whose host says so."""
        self._others: dict[tuple[int, int], int] = {}
        self._stored: dict[int, dict[tuple[int, int], int]] = {}
        """Key → topic and since → until."""

    def __len__(self) -> int:
        """How many Message-IDs were mentioned."""
        return len(self._named)

    def read(self, db: sqlite3.Connection, names: Iterable[str]) -> None:
        """What is stored of these Message-IDs, each of which `add` is to tell of."""
        named = self._named
        fresh = [name for name in {*names} if name not in named]
        keys = hashed(fresh)
        rows = db.execute(
            f"SELECT key, topic, since, until, thread FROM thread_ref WHERE key IN {_LISTED}", (json.dumps(keys),)
        ).fetchall()
        for name, key in zip(fresh, keys, strict=True):
            named[name] = [_NOBODY, 0, 0, 0, key]
        if rows:
            names_of = dict(zip(keys, fresh, strict=True))
            self._recall(rows, names_of, now_called(db, {row[4] for row in rows}))

    def _recall(self, rows: Iterable[Stored], names_of: Mapping[int, str], called: Mapping[int, int]) -> None:
        self._groups.threads.update(called.values())
        known: dict[int, list[Host]] = {}
        for key, about, since, until, was in rows:
            self._stored.setdefault(key, {})[about, since] = until
            if since > until:
                self._others[key, about] = called[was]
            else:
                known.setdefault(key, []).append([about, since, until, called[was], key])
        for key, hosts in known.items():
            self._gather(self._named[names_of[key]], hosts)

    def add(self, messages: Iterable[tuple[int, Iterable[str], int, int]]) -> None:
        """New messages: (node, Message-IDs it mentions, topic, date as 1 or later)."""
        named, join = self._named, self._groups.join
        for node, names, about, date in messages:
            for name in names:
                host = named[name]
                if host[0] == about:
                    if date < host[1]:
                        if host[1] - date < NEAR:
                            host[1] = date
                        else:
                            host += date, date
                    elif date > host[2]:
                        if date - host[2] < NEAR:
                            host[2] = date
                        else:
                            host += date, date
                    if host[3] != node:
                        host[3] = node = join(node, host[3])
                elif host[0] == _NOBODY:
                    host[:4] = about, date, date, node
                else:
                    self._gather(host, self._with_another(self._spread(host), node, host[4], about, date))

    def _with_another(self, hosts: Iterable[Host], node: int, key: int, about: int, date: int) -> list[Host]:
        """A mention out of the ordinary: under another subject."""
        join = self._groups.join
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
            stay.append([about, date, date, node, key])
        if around is None or around[0] != about:
            self._other(key, about, node, keep=around is not None)
        return stay

    def _other(self, key: int, about: int, node: int, *, keep: bool = True) -> None:
        known = self._others.get((key, about))
        if known is not None:
            self._groups.join(node, known)
        elif keep:
            self._others[key, about] = node

    def _spread(self, host: Host) -> list[Host]:
        """All hosts of this one's key, no two less than NEAR apart."""
        if host[0] == _SEVERAL:
            return self._several.pop(host[4])
        about, since, until, node, key, *further = host
        spans = sorted([(since, until), *zip(further[::2], further[1::2], strict=True)])
        spread = [[about, *spans[0], node, key]]
        for since, until in spans[1:]:
            if since - spread[-1][2] < NEAR:
                spread[-1][2] = max(spread[-1][2], until)
            else:
                spread.append([about, since, until, node, key])
        return spread

    def _gather(self, host: Host, hosts: Sequence[Host]) -> None:
        """Make `host` stand for these, which are all of its key."""
        if all(other[0] == hosts[0][0] for other in hosts):
            host[:] = [*hosts[0], *chain.from_iterable(other[1:3] for other in hosts[1:])]
        else:
            self._several[host[4]] = [*hosts]
            host[:] = [_SEVERAL, 0, 0, 0, host[4], 0]

    def steps(self, named: Mapping[int, int]) -> Iterator[Step]:
        """Write what has changed. named: node → thread.

        Rows keep the old name of a thread that was joined: see `now_called`.
        """
        hosts = self._named.values()
        rows = [(host[4], host[0], host[1], host[2], named[host[3]]) for host in hosts if len(host) == _PLAIN]
        for spread in (self._spread(host) for host in hosts if len(host) != _PLAIN):
            rows += [(key, about, since, until, named[node]) for about, since, until, node, key in spread]
        rows += [(key, about, *_NO_TIME, named[node]) for (key, about), node in self._others.items()]
        gone: list[tuple[int, int, int]] = []
        if stored := self._stored:
            kept = [row for row in rows if row[0] in stored]
            same = {row for row in kept if stored[row[0]].get(row[1:3]) == row[3]}
            now = {row[:3] for row in kept}
            gone = sorted((key, *which) for key, some in stored.items() for which in some if (key, *which) not in now)
            if same:
                rows = [row for row in rows if row not in same]
        rows.sort()  # neighbours in the table: a fifth of the time
        for start in range(0, len(rows), _STEP):
            part = rows[start : start + _STEP]
            last = start + _STEP >= len(rows)
            # Rows that others stand for now, but none whose others come in the next step.
            cut = len(gone) if last else bisect_left(gone, (part[-1][0],))
            yield partial(_write, rows=part, gone=gone[:cut])
            del gone[:cut]


def _write(db: sqlite3.Connection, rows: Sequence[Stored], gone: Sequence[tuple[int, int, int]]) -> None:
    db.executemany("DELETE FROM thread_ref WHERE key = ? AND topic = ? AND since = ?", gone)
    for values, flat in bulks(rows):
        db.execute(f"INSERT OR REPLACE INTO thread_ref {values}", flat)
