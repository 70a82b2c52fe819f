"""Pictures of a message: out of the message, or, where the reader wants that for its sender, from the sender's servers.

`Mail.pictures` is one of these. Nothing here opens a connection for a sender who was not named by the reader.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from tuimail.content.addresses import tricks
from tuimail.content.pictures import HOW_TO_GET, MOST_OCTETS, available, decode, octets_of
from tuimail.errors import PictureRefused
from tuimail.model import Attachment, Message, Picture, Raster
from tuimail.store import senders
from tuimail.store.database import USER, Database
from tuimail.sync.attached import Attached

KEPT = 20_000_000
"""Octets of remote pictures kept in memory, so that another width asks nobody again."""
MOST_REMOTE = 5_000_000
AT_ONCE = 4
"""Pictures fetched at a time."""

Get = Callable[[str, int], Awaitable[bytes]]
"""(https URL, most octets) → what is there; raises PictureRefused."""


async def _get(url: str, most: int) -> bytes:
    from tuimail.net.https import get

    return await get(url, most)


class Pictures:
    """What it cannot show it refuses with a sentence (PictureRefused)."""

    def __init__(self, database: Database, attached: Attached, get: Get = _get) -> None:
        self._database = database
        self._attached = attached
        self._get = get
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._decoding = asyncio.Lock()

    @property
    def missing(self) -> str:
        """How to get what decodes pictures; "" when it is here."""
        return "" if available() else HOW_TO_GET

    async def get(self, message: Message, picture: Picture, columns: int, rows: int) -> Raster:
        """The picture in at most so many cells, decoded off the event loop.

        Raises PictureRefused, and what fetching a part of the message raises.
        """
        async with self._turns:
            octets = await self._octets(message, picture)
        async with self._decoding:  # one large picture in memory at a time
            return await asyncio.to_thread(decode, octets, columns, rows, picture.width)

    async def _octets(self, message: Message, picture: Picture) -> bytes:
        scheme, _, rest = picture.source.partition(":")
        if picture.remote:
            return await self._remote(message, picture.source)
        if scheme == "data":
            return octets_of(picture.source)
        section = rest if scheme == "part" else await self._attached.section_of(message.id, rest)
        if not section:
            raise PictureRefused("This picture was not sent with the message.")
        listed = (part for part in message.attachments if part.section == section)
        part = next(listed, None) or Attachment(picture.words, "", 0, section)
        octets, whole = await self._attached.beginning(message.id, part, MOST_OCTETS)
        if not whole:
            raise PictureRefused(f"This picture is larger than {MOST_OCTETS // 1_000_000} MB.")
        return octets

    async def _remote(self, message: Message, url: str) -> bytes:
        if not self.loads_remote(message):
            raise PictureRefused("Remote pictures of this sender are not loaded.")
        if (octets := self._kept.get(url)) is None:
            octets = self._kept[url] = await self._get(url, MOST_REMOTE)
            while sum(map(len, self._kept.values())) > KEPT:
                self._kept.popitem(last=False)
        return octets

    # --- of whom remote ones are loaded ------------------------------------------------------------------
    def loads_remote(self, message: Message) -> bool:
        """The reader said so for the sender of this message, and it is no doubt from there."""
        if self.doubt(message):
            return False
        email = message.sender[0].email
        return self._database.look(lambda db: senders.loads_pictures(db, email), False)

    def doubt(self, message: Message) -> str:
        """Why remote pictures are not even offered, in a sentence; "" when they are."""
        if len(message.sender) != 1 or "@" not in message.sender[0].email:
            return "This message does not name one sender, so nothing is loaded for it."
        if message.proof is not None and message.proof.word == "failed":
            return "Your server says that this message is not from its sender, so nothing is loaded for it."
        if tricks(message.sender[0]):
            return "The sender of this message is not what it seems, so nothing is loaded for it."
        if any(seal.secret for seal in message.document.seals):
            return "This message was encrypted: a picture fetched for it could carry its text away."
        return ""

    async def load_remote(self, message: Message) -> None:
        """From now on remote pictures of this sender are loaded. Raises PictureRefused, ReadOnly, StoreError."""
        if why := self.doubt(message):
            raise PictureRefused(why)
        email, now = message.sender[0].email, int(time.time())
        await self._database.write(lambda db: senders.load_pictures(db, email, now), USER)

    async def load_no_remote(self, message: Message) -> None:
        """From now on they are not. Raises ReadOnly, StoreError."""
        for address in message.sender:
            await self._database.write(lambda db, email=address.email: senders.load_no_pictures(db, email), USER)  # type: ignore[misc]
        self._kept.clear()
