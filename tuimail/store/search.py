"""Asking the store: a tree of the search language as SQL, newest first.

Words go to the full-text index, whose documents ascend with the time of arrival, so that the newest hits come first
without sorting and the rest is not even looked at; everything else is asked of the message's row. A row that has only
just come in is found when the indexer has seen it.
"""

from __future__ import annotations

import json
import sqlite3
from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime

from tuimail.query import (
    ANYWHERE,
    After,
    All,
    Any,
    Attached,
    Before,
    In,
    Is,
    Larger,
    Newer,
    Node,
    Not,
    Of,
    Older,
    Smaller,
    leaves,
)
from tuimail.records import Record
from tuimail.store import labels
from tuimail.store.index import ID
from tuimail.store.words import expression

_FLAGS = {
    "unread": "m.shown & 1 = 0",
    "read": "m.shown & 1",
    "answered": "m.shown & 2",
    "unanswered": "m.shown & 2 = 0",
    "starred": "m.shown & 4",
    "unstarred": "m.shown & 4 = 0",
    "draft": "m.shown & 16",
    "forwarded": "m.shown & 32",
}
_SMALL = 10_000
"""Messages in folders that are better gathered first, than that each hit from anywhere is looked up."""
_LABELS = 6
"""Folders that a message stands in at most, as a rule, where folders are labels (Gmail)."""
_BESIDES = 32
"""Hits that are asked for besides those that are wanted: as a rule fewer come in one second."""
_UNASKED = ("trash", "junk")
_LATEST = (1 << 33) - 1
"""The last second that a document of the index can have."""


class Place(Record):
    """A folder, as far as in: and account: need it."""

    id: int
    account: str
    name: str
    separator: str
    role: str
    total: int

    @property
    def levels(self) -> list[str]:
        return self.name.split(self.separator) if self.separator else [self.name]


def places(db: sqlite3.Connection) -> list[Place]:
    """Every folder that is here."""
    query = """SELECT f.id, a.name, f.name, separator, role, total
               FROM folder f JOIN account a ON a.id = account_id WHERE here"""
    return [Place(*row) for row in db.execute(query)]


def scope(
    db: sqlite3.Connection, node: Node, accounts: Collection[str], folders: Collection[int] | None = None
) -> list[int]:
    """The folders of these accounts in which hits can be; see `searched`."""
    return sorted(searched([place for place in places(db) if place.account in accounts], node, folders))


def meant(places: Sequence[Place], name: str) -> set[int]:
    """The folders that in:name means, with those below them: by role, by name or its last level, else by its beginning.

    Empty when there is none.
    """
    wanted = name.casefold()
    if wanted == ANYWHERE:
        return {place.id for place in places}
    fits = [p for p in places if wanted in (p.role, p.name.casefold(), p.levels[-1].casefold())]
    fits = fits or [p for p in places if any(level.casefold().startswith(wanted) for level in p.levels)]
    return _with_below(places, fits)


def of_account(places: Sequence[Place], name: str) -> set[int]:
    """The folders of the account that account:name means: by its name, else by its beginning or a part of it."""
    wanted = name.casefold()
    exact = {p.id for p in places if p.account.casefold() == wanted}
    return exact or {p.id for p in places if wanted in p.account.casefold()}


def searched(places: Sequence[Place], node: Node, folders: Collection[int] | None = None) -> set[int]:
    """The folders in which hits can be: of those given, else of all, those that every hit is in by in: and account:.

    Where none are given Trash and Junk are searched only when in: names them.
    """
    if folders is None:
        asked = {id_ for leaf in leaves(node) if isinstance(leaf, In) for id_ in meant(places, leaf.folder)}
        unasked = _with_below(places, [p for p in places if p.role in _UNASKED]) - asked
        folders = {p.id for p in places} - unasked
    found = set(folders)
    for one in _all_of(node):
        if isinstance(one, In):
            found &= meant(places, one.folder)
        elif isinstance(one, Of):
            found &= of_account(places, one.account)
    return found


def _with_below(places: Sequence[Place], tops: Sequence[Place]) -> set[int]:
    found = {top.id for top in tops}
    for top in tops:
        below = top.name + top.separator if top.separator else None
        found |= {p.id for p in places if below and p.account == top.account and p.name.startswith(below)}
    return found


# --- asking ----------------------------------------------------------------------------------------------


def first(db: sqlite3.Connection, node: Node, folders: Sequence[int] | None = None, limit: int = 200) -> list[int]:
    """Ids of the newest hits, newest first. folders: only there; None: everywhere but in Trash and Junk.

    Costs as much as there are hits in other folders before the last of these; break it off with `interrupt`.
    """
    question = _Question(db, node, folders)
    if not question.by_arrival:
        return _ids(db, *question.sql(limit))
    # Of those that came in the same second the list's order chooses: more are asked for, and the last second let go.
    query, binds = question.sql(limit + _BESIDES)
    seconds = f"SELECT id, (SELECT rank >> 20 FROM message m WHERE m.id = hit.id) AS second FROM ({query}) hit"
    found = db.execute(f"SELECT json_group_array(id), json_group_array(second) FROM ({seconds})", binds).fetchone()
    ids, arrived = map(json.loads, found)
    if len(ids) == limit + _BESIDES and min(arrived[:limit]) == min(arrived):
        question.since(min(arrived))
        query, binds = question.sql(None)
        return _ids(db, f"{query} LIMIT {limit}", binds)
    return list(ids[:limit])


def _ids(db: sqlite3.Connection, query: str, binds: Sequence[object]) -> list[int]:
    (found,) = db.execute(f"SELECT json_group_array(id) FROM ({query})", binds).fetchone()
    return list(json.loads(found))


def every(db: sqlite3.Connection, node: Node, folders: Sequence[int] | None = None) -> array[int]:
    """Ids of all hits, newest first; not on the event loop."""
    return array("q", _ids(db, *ids_sql(db, node, folders)))


def ids_sql(db: sqlite3.Connection, node: Node, folders: Sequence[int] | None = None) -> tuple[str, list[object]]:
    """A query that gives the column `id` of all hits, newest first, and what is bound in it."""
    return _Question(db, node, folders).sql(None)


def counts(db: sqlite3.Connection, node: Node, folders: Sequence[int] | None = None) -> tuple[int, int]:
    """How many hits there are, and how many of them are unread."""
    query, binds = ids_sql(db, node, folders)
    total, unread = db.execute(
        f"SELECT count(*), COALESCE(sum(shown & 1 = 0), 0) FROM message WHERE id IN ({query})", binds
    ).fetchone()
    return int(total), int(unread)


def words_of(node: Node) -> list[Node]:
    """The parts of the tree that are about words alone, each as large as can be; what a server may know more of.

    What is only said not to be is not among them.
    """
    nodes = _all_of(node)
    together, found = _for_the_index(nodes)
    parts = [_one_of(found)] if together is not None else []
    for one in nodes:
        if one not in found:
            parts += [one] if expression(one) is not None else _words_in(one)
    return parts


def _words_in(node: Node) -> list[Node]:
    return [part for one in node.nodes for part in words_of(one)] if isinstance(node, All | Any) else []


def told(
    db: sqlite3.Connection, node: Node, folders: Sequence[int] | None, found: Mapping[Node, Sequence[int]]
) -> list[tuple[int, str]]:
    """(id, Message-ID) of hits that only a server knows to be some, newest first.

    found: for each of `words_of` the messages in which the server found it. What is not about words is asked here.
    """
    query, binds = _Question(db, node, folders, found).among([id_ for ids in found.values() for id_ in ids])
    known, more = ids_sql(db, node, folders)
    row = db.execute(
        f"""WITH known(id) AS MATERIALIZED ({known}), hit(id) AS ({query})
            SELECT json_group_array(json_array(id, message_id)) FROM (
              SELECT id, message_id FROM message WHERE id IN hit AND id NOT IN known AND (message_id = ''
                OR message_id NOT IN (SELECT k.message_id FROM message k WHERE k.id IN known))
              ORDER BY rank DESC, id DESC)""",
        [*more, *binds],
    ).fetchone()
    return [(id_, message_id) for id_, message_id in json.loads(row[0])]


class ServerPlace(Record):
    """A folder that a server is asked about."""

    account_id: int
    folder_id: int
    remote_name: bytes
    uidvalidity: int | None


def on_servers(db: sqlite3.Connection, node: Node, folders: Sequence[int] | None) -> list[ServerPlace]:
    """Where servers are asked: the folders of the question, the inbox first; where one of them holds all mail, that.

    A POP3 server finds nothing (RFC 1939).
    """
    asked = _Question(db, node, folders).folders
    known = [place for place in places(db) if place.id in asked]
    everything = {place.account for place in known if place.role == "all"}
    few = [p.id for p in known if p.account not in everything or p.role in ("all", *_UNASKED)]
    rows = db.execute(
        f"""SELECT account_id, id, remote_name, uidvalidity FROM folder
            WHERE {_within("id", few)} AND selectable = 1 AND wanted = 0
              AND account_id NOT IN (SELECT account_id FROM drop_folder) ORDER BY role <> 'inbox', name"""
    )
    return [ServerPlace(account, id_, bytes(name), epoch) for account, id_, name, epoch in rows]


def ids_at(db: sqlite3.Connection, folder_id: int, uids: Iterable[tuple[int, int]]) -> list[int]:
    """The messages that the server holds under these UIDs of a folder."""
    query = "SELECT id FROM message WHERE folder_id = ? AND remote_id BETWEEN ? AND ?"
    return [id_ for low, high in uids for (id_,) in db.execute(query, (folder_id, low, high))]


def _for_the_index(nodes: Sequence[Node]) -> tuple[str | None, list[Node]]:
    """Of nodes that all must hold, those that the index answers together: in its language, and as they are."""
    found = [one for one in nodes if expression(one) is not None]
    if found:
        found += [one for one in nodes if isinstance(one, Not) and expression(one.node) is not None]
    return expression(All(tuple(found))), found


def _all_of(node: Node) -> tuple[Node, ...]:
    """Nodes that must all hold."""
    return node.nodes if isinstance(node, All) else (node,)


def _one_of(nodes: Sequence[Node]) -> Node:
    return nodes[0] if len(nodes) == 1 else All(tuple(nodes))


class _Question:
    """A query being written: conditions and what is bound in them, in step."""

    def __init__(
        self,
        db: sqlite3.Connection,
        node: Node,
        folders: Sequence[int] | None,
        found: Mapping[Node, Sequence[int]] | None = None,
    ) -> None:
        self._db = db
        self._places = places(db)
        self.folders = searched(self._places, node, folders)
        """Where hits may be."""
        self._found = found or {}
        self._where = ["m.gone = 0"]
        self._binds: list[object] = []
        self._from: int | None = None
        """Epoch seconds."""
        self._to: int | None = None
        nodes = _all_of(node)
        self._words, taken = _for_the_index(nodes)
        if self._words is not None and found is not None:
            self._where.append(self._condition(_one_of(taken)))
        labelled = [one for one in nodes if labels.about_labels(one)]
        self._labels = [labels.combinations(db, _one_of(labelled))] if labelled else []
        """What is bound in `_having`."""
        for one in nodes:
            if not self._bounded(one) and one not in taken and one not in labelled:
                self._where.append(self._condition(one))

    def among(self, ids: Sequence[int]) -> tuple[str, list[object]]:
        """The query for those of these messages that are hits."""
        where = [
            "m.id IN (SELECT value FROM json_each(?))",
            _within("m.here", self.folders),
            *self._having("m.id"),
            *self._bounds("m.rank", 20),
            *self._where,
        ]
        binds = [json.dumps(list(ids)), *self._labels, *self._binds]
        return f"SELECT m.id FROM message m WHERE {' AND '.join(where)}", binds

    def _bounded(self, node: Node) -> bool:
        """Times that bound all hits; folders do already."""
        match node:
            case In() | Of():
                pass
            case Before(day):
                self._to = min(_midnight(day), _midnight(day) if self._to is None else self._to)
            case Older(_, moment):
                self._to = min(moment, moment if self._to is None else self._to)
            case After(day):
                self.since(_midnight(day))
            case Newer(_, moment):
                self.since(moment)
            case _:
                return False
        return True

    @property
    def by_arrival(self) -> bool:
        """Hits come from the index, in the order of their documents; else from a folder, in that of its list."""
        return self._words is not None or len(self.folders) != 1

    def since(self, moment: int) -> None:
        """Only what arrived then or later."""
        self._from = max(moment, self._from or 0)

    def sql(self, limit: int | None) -> tuple[str, list[object]]:
        """The query for ids, newest first."""
        few = "" if limit is None else f"LIMIT {limit}"
        binds = [*self._labels, *self._binds]
        if not self.by_arrival:
            bounds = [f"m.here = {min(self.folders)}", *self._having("+m.id"), *self._bounds("m.rank", 20)]
            here = " AND ".join([*bounds, *self._where])
            return f"SELECT id FROM message m WHERE {here} ORDER BY m.rank DESC, m.id DESC {few}", binds
        here = _within("m.here", self.folders)
        where = [*self._having(f"search.rowid & {ID}"), *self._bounds("search.rowid", 30), here, *self._where]
        if self._words is not None:
            where.insert(0, "search MATCH ?")
            binds.insert(0, self._words)
            if sum(place.total for place in self._places if place.id in self.folders) <= _SMALL:
                where.insert(1, f"search.rowid & {ID} IN (SELECT id FROM message m WHERE {here} AND m.gone = 0)")
        hits = f"""FROM search CROSS JOIN message m ON m.id = search.rowid & {ID}
            WHERE {" AND ".join(where)} ORDER BY search.rowid DESC"""
        labelled = {p.account for p in self._places if p.role == "all" and p.id in self.folders}
        if not labelled or len(self.folders) == 1:
            return f"SELECT id FROM (SELECT m.id, m.rank {hits} {few}) ORDER BY rank DESC, id DESC", binds
        return self._each_once(hits, labelled, limit), binds

    def _each_once(self, hits: str, labelled: set[str], limit: int | None) -> str:
        """Where one folder holds all mail, a message is in several, and listed once: in another if there is one."""
        several = _within("m.here", [p.id for p in self._places if p.account in labelled])
        last = _within("m.here", [p.id for p in self._places if p.role == "all"])
        account = "(SELECT account_id FROM folder f WHERE f.id = m.here)"
        few, more = ("", "") if limit is None else (f"LIMIT {limit}", f"LIMIT {limit * _LABELS}")
        return f"""SELECT min(place) & {ID} AS id FROM (
              SELECT {last} << 40 | m.id AS place, m.rank,
                IIF({several} AND m.message_id <> '', {account} || ' ' || m.message_id, m.id) AS same {hits} {more})
            GROUP BY same ORDER BY max(rank) DESC, id DESC {few}"""

    def _having(self, message: str) -> list[str]:
        """The labels that all hits must have. Who has them is gathered first, and no row looked at for it."""
        return [f"{message} IN ({labels.HAVING})" for _ in self._labels]

    def _bounds(self, column: str, shift: int) -> list[str]:
        bounds = ((">=", self._from), ("<", self._to))
        return [f"{column} {how} {min(max(0, at), _LATEST) << shift}" for how, at in bounds if at is not None]

    def _condition(self, node: Node) -> str:
        words = expression(node)
        if words is not None:
            self._binds.append(words)
            here = f"m.id IN (SELECT rowid & {ID} FROM search WHERE search MATCH ?)"
            if node not in self._found:
                return here
            self._binds.append(json.dumps(list(self._found[node])))
            return f"({here} OR m.id IN (SELECT value FROM json_each(?)))"
        if labels.about_labels(node):
            self._binds.append(labels.combinations(self._db, node))
            return f"m.id IN ({labels.HAVING})"
        match node:
            case Not(inner):
                return f"NOT ({self._condition(inner)})"
            case All(nodes):
                words, taken = _for_the_index(nodes)
                parts = [one for one in nodes if one not in taken] + ([_one_of(taken)] if words else [])
                return "(" + " AND ".join(f"({self._condition(one)})" for one in parts) + ")"
            case Any(nodes):
                return "(" + " OR ".join(f"({self._condition(one)})" for one in nodes) + ")"
            case Is(flag):
                return _FLAGS[flag]
            case Attached():
                return "m.has_attachment"
            case In(folder):
                return _within("m.here", meant(self._places, folder))
            case Of(account):
                return _within("m.here", of_account(self._places, account))
            case Before(day):
                return f"m.rank < {_midnight(day) << 20}"
            case After(day):
                return f"m.rank >= {_midnight(day) << 20}"
            case Older(_, moment):
                return f"m.rank < {moment << 20}"
            case Newer(_, moment):
                return f"m.rank >= {moment << 20}"
            case Larger(octets):
                return f"m.size > {octets}"
            case Smaller(octets):
                return f"m.size < {octets}"
        raise AssertionError(node)  # Words are an expression


def _within(column: str, ids: Iterable[int]) -> str:
    return f"({column} IN ({', '.join(map(str, sorted(ids)))}))"


def _midnight(day: date) -> int:
    """Where the day begins on this machine's clock."""
    return int(datetime(day.year, day.month, day.day).timestamp())
