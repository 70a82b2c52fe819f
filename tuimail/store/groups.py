"""Union-find over messages and threads, what threads are called since they were joined, and many rows in one go."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import TypeAlias

Step: TypeAlias = Callable[[sqlite3.Connection], None]
"""A piece of writing, for a transaction of its own."""

_BULK = 100
"""Rows in one statement: two thirds of the time, and fewer waits for the interpreter lock."""

_LISTED = "(SELECT value FROM json_each(?))"


class Groups:
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


def bulks(rows: Sequence[Sequence[object]]) -> Iterator[tuple[str, list[object]]]:
    """Rows of one length as (VALUES with its marks, what they stand for), for few statements instead of many."""
    for start in range(0, len(rows), _BULK):
        part = rows[start : start + _BULK]
        marks = f"({', '.join('?' * len(part[0]))})"
        yield f"VALUES {', '.join([marks] * len(part))}", [*chain.from_iterable(part)]
