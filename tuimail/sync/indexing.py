"""The one background indexer: new rows get their thread and their words, texts that came are read for theirs.

It follows what happens in the store and not who made it happen: a row without a thread is new, whoever brought it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from tuimail.changes import Change, MessagesChanged
from tuimail.model import Message
from tuimail.net.previews import LONGEST
from tuimail.store import bodies, index, previews
from tuimail.store.database import Database
from tuimail.sync.attention import Attention
from tuimail.sync.library import read_sections

ROWS = 500
"""Rows looked at in one transaction: some 40 ms, the longest that a key of the user's waits for the writer."""
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
        if self._syncing():
            await asyncio.sleep(BESIDE_A_SYNC)

    async def _headers(self, pause: Pause) -> None:
        changed: set[int] = set()
        told = time.monotonic()
        while self._database.look(index.is_behind, False):
            count, folders, wished = await self._database.write(
                lambda db: index.look_at_rows(db, ROWS, int(time.time()))
            )
            changed |= folders
            if wished:
                self._wished()
            await pause(count)
            if time.monotonic() - told > TELL_EVERY:
                told = time.monotonic()
                self._tell_of(changed)
        self._tell_of(changed)

    def _tell_of(self, changed: set[int]) -> None:
        while changed:
            self._tell(MessagesChanged(changed.pop()))

    async def _texts(self, pause: Pause) -> None:
        nothing: list[index.Due] = []
        while due := self._database.look(lambda db: index.due(db, TEXTS), nothing):
            texts = {}
            for one in due:
                texts[one] = await asyncio.to_thread(self._text, one.message_id)
                await pause(1)
            words = {one.message_id: text for one, (_, text) in texts.items()}
            whole = {one: text for one, (text, _) in texts.items()}
            await self._database.write(lambda db, w=words: previews.put_own(db, w))  # type: ignore[misc]
            await self._database.write(lambda db, texts=whole: index.put_texts(db, texts))  # type: ignore[misc]

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
