"""`Mail.searching`: what the store finds at once, what servers find besides, and searches kept by name."""

from __future__ import annotations

import asyncio
import time
from array import array
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from functools import partial

from tuimail import query as language
from tuimail.changes import Change, FoldersChanged, Line
from tuimail.errors import Offline, RemoteError, ServerRefused
from tuimail.model import Saved
from tuimail.net.finding import Finds
from tuimail.net.remote import Remote, Uids
from tuimail.protocol.imap.verbs.searching import Key
from tuimail.query import In, Mistake, Node, Of, Query
from tuimail.store import saved, search
from tuimail.store.database import USER, Database
from tuimail.store.reader import Question, Reader
from tuimail.sync import phrasing
from tuimail.sync.account import AccountSync
from tuimail.sync.attention import Attention
from tuimail.sync.indexing import Indexer, Progress

PAGE = 200
"""Hits that `Searching.first` finds."""
Subscribe = Callable[[Callable[[Change], None]], Callable[[], None]]


class Searching:
    """Made by `Mail.searching`, closed by Mail.

    The order of the day for a prompt: `parse` at each key (at once), `first` for what to show (break it off at the
    next key), `ids` for the whole list when the typing pauses, and `on_server` when it has paused for longer.
    """

    def __init__(
        self,
        database: Database,
        accounts: Mapping[int, AccountSync],
        attention: Attention,
        tell: Callable[[Change], None],
        subscribe: Subscribe,
        names: Collection[str],
    ) -> None:
        """names: the accounts that are open; the store may hold more."""
        self._database = database
        self._accounts = accounts
        self._prompt = Reader(database)
        """For the first hits of each key; what takes longer never stands before them."""
        self._reader = Reader(database)
        self._indexer = Indexer(database, attention, self._syncing, tell, self._wished)
        self._subscribe = subscribe
        self._names = frozenset(names)

    async def close(self) -> None:
        """Before the database is."""
        await self._prompt.close()
        await self._reader.close()

    # --- finding --------------------------------------------------------------------------------------

    def parse(self, text: str) -> Query:
        """What the text asks for, and what is wrong with it, folders and accounts that there are none of included.

        Answers at once and never raises; what is wrong is left out, or finds nothing, and the rest still searches.
        """
        query = language.parse(text, time.time())
        named = [mark for mark in query.marks if isinstance(mark.leaf, In | Of)]
        if not named:
            return query
        known: list[search.Place] = []
        known = [place for place in self._database.look(search.places, known) if place.account in self._names]
        wrong = list(query.errors)
        for mark in named:
            leaf = mark.leaf
            if isinstance(leaf, In) and not search.meant(known, leaf.folder):
                wrong.append(Mistake(mark.start, mark.end, f"There is no folder “{leaf.folder}”."))
            elif isinstance(leaf, Of) and not search.of_account(known, leaf.account):
                wrong.append(Mistake(mark.start, mark.end, f"There is no account “{leaf.account}”."))
        return Query(query.text, query.node, tuple(sorted(wrong, key=lambda mistake: mistake.start)), query.marks)

    def first(self, query: Query, folders: Sequence[int] | None = None) -> Question[list[int]]:
        """Ask for the ids of the newest hits, newest first, PAGE at most; the next key breaks it off.

        folders: ids, only there; None: everywhere but in Trash and Junk, unless in: names them.
        """
        where = self.where(query, folders)
        return self._prompt.put(lambda db: search.first(db, query.node, where, PAGE))

    async def ids(self, query: Query, folders: Sequence[int] | None = None) -> array[int]:
        """Ids of all hits, newest first; as `first`. A call that is cancelled is broken off. Raises StoreError."""
        where = self.where(query, folders)
        return await self._reader.ask(lambda db: search.every(db, query.node, where))

    def where(self, query: Query, folders: Sequence[int] | None = None) -> Sequence[int]:
        """The folders that are meant: those that the query is about, and of those given, where some are, not more than
        these. Answers at once.
        """
        if folders is not None and not any(isinstance(mark.leaf, In | Of) for mark in query.marks):
            return folders
        nowhere: list[int] = []
        return self._database.look(lambda db: search.scope(db, query.node, self._names, folders), nowhere)

    async def on_server(self, query: Query, folders: Sequence[int] | None = None) -> AsyncIterator[list[int]]:
        """Hits that only the servers know of, folder by folder, each message once; then it ends.

        Nothing where the query has no words, there is no line, or the server cannot search (POP3, files). Leave off
        at any of them (`aclose`). Raises StoreError; Offline at the end, when a line was lost before its server had
        answered.
        """
        words = search.words_of(query.node)
        lines = {id_: line for id_, line in self._accounts.items() if line.state.line in (Line.ONLINE, Line.SYNCING)}
        if not words or not lines:
            return
        where = self.where(query, folders)
        places = await self._reader.ask(lambda db: search.on_servers(db, query.node, where))
        arrived: asyncio.Queue[list[tuple[int, str]] | BaseException | None] = asyncio.Queue()
        tasks = [
            asyncio.create_task(self._on_one(line, query.node, where, words, theirs, arrived.put_nowait))
            for id_, line in lines.items()
            if (theirs := [place for place in places if place.account_id == id_])
        ]
        known: set[int] = set()
        named: set[str] = {""}
        lost: Offline | None = None
        try:
            for _ in tasks:
                while (hits := await arrived.get()) is not None:
                    if isinstance(hits, Offline):
                        lost = hits
                        continue
                    if isinstance(hits, BaseException):
                        raise hits
                    fresh = []
                    for id_, message_id in hits:
                        if id_ not in known and (not message_id or message_id not in named):
                            fresh.append(id_)
                            known.add(id_)
                            named.add(message_id)
                    if fresh:
                        yield fresh
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if lost is not None:
            raise lost

    async def _on_one(
        self,
        line: AccountSync,
        node: Node,
        folders: Sequence[int],
        words: Sequence[Node],
        places: Sequence[search.ServerPlace],
        put: Callable[[list[tuple[int, str]] | BaseException | None], None],
    ) -> None:
        """One account's folders, one after the other; None is put at the end."""
        try:
            for place in places:
                try:
                    found = await line.demand(partial(_find, place=place, words=words, more=phrasing.narrowed(node)))
                except ServerRefused:
                    continue
                if found is None:
                    break
                hits = await asyncio.to_thread(self._told, node, folders, place, found)
                if hits:
                    put(hits)
        except RemoteError as error:
            put(Offline(error.sentence, error.next_step))
        except Exception as error:
            put(error)
        finally:
            put(None)

    def _told(
        self,
        node: Node,
        folders: Sequence[int],
        place: search.ServerPlace,
        found: Mapping[Node, Uids],
    ) -> list[tuple[int, str]]:
        """For a thread: what of the server's hits is one, and none of ours."""
        with self._database.reading() as db:
            ids = {words: search.ids_at(db, place.folder_id, uids) for words, uids in found.items()}
            return search.told(db, node, folders, ids) if any(ids.values()) else []

    # --- searches that are kept --------------------------------------------------------------------------

    def saved(self) -> list[Saved]:
        """By name."""
        nothing: list[tuple[str, str]] = []
        return [Saved(name, text) for name, text in self._database.look(saved.saved, nothing)]

    async def save(self, name: str, text: str) -> None:
        """Keep a search under this name, in place of the one that has it. Raises ReadOnly, StoreError."""
        await self._database.write(lambda db: saved.save(db, name, text, int(time.time())), USER)

    async def forget(self, name: str) -> None:
        """Keep it no longer; fine when there is none. Raises ReadOnly, StoreError."""
        await self._database.write(lambda db: saved.forget(db, name), USER)

    async def counts(self) -> dict[str, tuple[int, int]]:
        """Name of each saved search → (hits, unread among them). Raises StoreError."""
        asked = []
        for kept in self.saved():
            query = self.parse(kept.query)
            asked.append((kept.name, query.node, self.where(query, None)))

        def count() -> dict[str, tuple[int, int]]:
            with self._database.reading() as db:
                return {name: search.counts(db, node, where) for name, node, where in asked}

        return await asyncio.to_thread(count) if asked else {}

    # --- the index -----------------------------------------------------------------------------------------

    def behind(self) -> tuple[int, int]:
        """How many rows, and how many texts, cannot be found yet because the index has still to see them."""
        return self._indexer.behind()

    async def catch_up(self, progress: Progress | None = None) -> None:
        """Index all that has not been. progress: (done, in all). Raises ReadOnly, StoreError."""
        await self._indexer.catch_up(progress)

    async def keep_up(self) -> None:
        """Index what comes, as it comes, in the pauses of the user and of large syncs; only cancellation ends it."""

        def heard(change: Change) -> None:
            if not isinstance(change, FoldersChanged):
                self._indexer.stir()

        stop = self._subscribe(heard)
        try:
            await self._indexer.run()
        finally:
            stop()

    def _wished(self) -> None:
        for line in self._accounts.values():
            line.wish()

    def _syncing(self) -> bool:
        return any(line.state.line is Line.SYNCING for line in self._accounts.values())


async def _find(
    remote: Remote, *, place: search.ServerPlace, words: Sequence[Node], more: Sequence[Key]
) -> dict[Node, Uids] | None:
    """What the server finds in a folder, for each part of the query; None where it cannot search."""
    if not isinstance(remote, Finds):
        return None
    gmail = "X-GM-EXT-1" in remote.abilities.capabilities
    found: dict[Node, Uids] = {}
    for part in words:
        asked: Node | None = part
        try:
            keys = phrasing.keys(part, gmail=gmail)
            found[part] = await remote.find(place.remote_name, [*keys, *more], place.uidvalidity)
        except ServerRefused as error:
            if error.code != "BADCHARSET" or (asked := phrasing.in_ascii(part)) is None:
                raise
            found[part] = await remote.find(
                place.remote_name, [*phrasing.keys(asked, gmail=gmail), *more], place.uidvalidity
            )
    return found
