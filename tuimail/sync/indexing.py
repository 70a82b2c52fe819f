"""The one background indexer: new rows get their thread and their words, texts that came are read for theirs.

It follows what happens in the store and not who made it happen: a row without a thread is new, whoever brought it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial

from tuimail.changes import Change, MessagesChanged
from tuimail.model import Message
from tuimail.net.previews import LONGEST
from tuimail.store import bodies, index, previews, threads
from tuimail.store.database import Database
from tuimail.sync.attention import Attention
from tuimail.sync.library import read_sections

ROWS = 500
"""Rows whose words are brought in by one transaction: some 20 ms, the longest that a key waits for the writer."""
LOT = 10_000
"""Rows whose threads are looked for together: what they mention is written in order, and so in few places."""
TAKEN = 1_000
"""Rows of these looked at in one go."""
TEXTS = 8
"""Texts read between two transactions."""
TELL_EVERY = 1.0
"""Seconds between two tellings of rows that have got their threads, while there are many."""
BESIDE_A_SYNC = 5.0
"""Seconds between two transactions while a large folder is being fetched, which wants the writer for itself."""

_NOT_SAID = frozenset(("rule", "signature", "sealed"))

Progress = Callable[[int, int], None]
Pause = Callable[[int], Awaitable[None]]
"""Called between two pieces of work, with what has been done since the last time."""

log = logging.getLogger(__name__)


class Indexer:
    """Brings the index up to the store: for ever with `run`, once with `catch_up`.

    syncing: a large folder is being fetched just now. tell: is told which folders' rows have got their threads.
    wished: is called when something was wished of the servers (new mail of a muted thread goes to the archive).
    """

    def __init__(
        self,
        database: Database,
        attention: Attention,
        syncing: Callable[[], bool],
        tell: Callable[[Change], None],
        wished: Callable[[], None],
    ) -> None:
        self._database = database
        self._attention = attention
        self._syncing = syncing
        self._tell = tell
        self._wished = wished
        self._stirred = asyncio.Event()
        self._work = asyncio.Lock()
        self._changed: set[int] = set()
        """Folders whose rows have got their threads, and nobody was told."""
        self._told = time.monotonic()

    def stir(self) -> None:
        """There may be something new."""
        self._stirred.set()

    async def run(self) -> None:
        """Follow the store; only cancellation ends it."""
        while True:
            self._stirred.clear()
            try:
                async with self._work:
                    await self._headers(self._give_way)
                    await self._texts(self._give_way)
            except Exception:  # a full disk, perhaps: mail can be read without an index, and it is tried again
                log.exception("the index could not be brought up to the store")
            await self._stirred.wait()

    async def catch_up(self, progress: Progress | None = None) -> None:
        """Once to the end, without regard for anybody. progress: (rows and texts done, in all)."""
        async with self._work:
            rows, texts = self.behind()
            done = 0

            async def step(count: int) -> None:
                nonlocal done
                done += count
                if progress is not None:
                    progress(min(done, rows + texts), rows + texts)

            await self._headers(step)
            await self._texts(step)

    def behind(self) -> tuple[int, int]:
        """How many rows, and how many texts, have not been looked at."""
        look = self._database.look
        return look(index.fresh_count, 0), look(index.due_count, 0)

    async def _give_way(self, count: int) -> None:
        await self._attention.give_way()
        if count and self._syncing():
            await asyncio.sleep(BESIDE_A_SYNC)

    async def _headers(self, pause: Pause) -> None:
        while self._database.look(index.is_behind, False):
            ids = [] if self._syncing() else await self._database.write(lambda db: index.fresh(db, LOT))
            if len(ids) > ROWS:
                await self._many(ids, pause)
            else:
                count, looks = await self._database.write(lambda db: index.look_at_rows(db, ROWS, int(time.time())))
                self._looked(looks)
                await pause(count)
        self._tell_of_changes()

    async def _many(self, ids: Sequence[int], pause: Pause) -> None:
        """As `index.look_at_rows`, in pieces: the words first, because a row with its thread has been looked at."""
        write = self._database.write
        for part in pieces_of(ids, ROWS):
            await write(partial(index.put_headers, ids=part))
            await pause(len(part))
        batch = threads.Batch()
        for part in pieces_of(ids, TAKEN):
            await write(partial(batch.take, ids=part))
            await pause(0)
            if batch.is_full:
                break
        await write(batch.join)
        while await write(batch.note):
            await pause(0)
        while (looks := await write(lambda db: index.name_some(db, batch, int(time.time())))) is not None:
            self._looked(looks)
            await pause(0)

    def _looked(self, looks: index.Looks) -> None:
        self._changed |= looks.folders
        if looks.wished:
            self._wished()
        if time.monotonic() - self._told > TELL_EVERY:
            self._tell_of_changes()

    def _tell_of_changes(self) -> None:
        self._told = time.monotonic()
        while self._changed:
            self._tell(MessagesChanged(self._changed.pop()))

    async def _texts(self, pause: Pause) -> None:
        nothing: list[index.Due] = []
        while due := self._database.look(lambda db: index.due(db, TEXTS), nothing):
            texts = {}
            for one in due:
                texts[one] = await asyncio.to_thread(self._text, one.message_id)
                await pause(1)
            words = {one.message_id: text for one, (_, text) in texts.items()}
            whole = {one: text for one, (text, _) in texts.items()}
            self._changed |= await self._database.write(lambda db, w=words: previews.put_own(db, w))  # type: ignore[misc]
            await self._database.write(lambda db, texts=whole: index.put_texts(db, texts))  # type: ignore[misc]
        self._tell_of_changes()

    def _text(self, message_id: int) -> tuple[str, str]:
        """What can be read of a message, as the viewer shows it, and its first words; for a thread."""
        with self._database.reading() as db:
            sections = bodies.get_body(db, message_id)
        if not sections:
            return "", ""
        try:
            message = read_sections(message_id, sections)
            return words_of(message), first_words(message)
        except Exception:  # one mail that cannot be read must not stop the others
            log.exception("the text of message %s could not be indexed", message_id)
            return "", ""


def pieces_of(ids: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    """So many at a time."""
    return (ids[start : start + size] for start in range(0, len(ids), size))


def first_words(message: Message) -> str:
    """What its sender says first: no quotation, no signature, no line of dashes."""
    own = (block.text for block in message.document.blocks if not block.level and block.kind not in _NOT_SAID)
    said = ""
    for text in own:
        said = f"{said} {' '.join(text[: 2 * LONGEST].split())}".strip()
        if len(said) >= LONGEST:
            break
    return said[:LONGEST]


def words_of(message: Message) -> str:
    """All that is written in a message and in the names of its attachments."""
    return "\n".join([*(block.text for block in message.document.blocks), *(file.name for file in message.attachments)])
