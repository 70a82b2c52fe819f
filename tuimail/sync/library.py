"""Texts of messages: from the store, else fetched once and kept; parsed off the event loop."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping, Sequence

from tuimail.changes import BodyArrived, Change
from tuimail.errors import NotFound, Offline
from tuimail.model import Message, Opened
from tuimail.net.remote import Progress, Remote
from tuimail.records import replace
from tuimail.store import bodies, identity, labels, maildrop, messages
from tuimail.store.database import Database
from tuimail.sync.account import AccountSync
from tuimail.sync.repeats import Repeats

PARSED = 32
"""Parsed messages kept in memory, so that going back is one frame."""
TRIM_EVERY = 50
"""Texts kept between two looks at the budget."""
STANDING = {
    "here": "The server does not hold this message: it is only here.",
    "leaving": "The server will be told to delete this message; it stays here. Undo keeps it there, too.",
}
"""Where a message of a POP3 account stands, when it is not simply on the server."""
REST = "Only the beginning is here."
NO_DATE = "The mail has no date that can be true."
ARRIVAL = f"{NO_DATE[:-1]}; shown is when it arrived."
DEEPEST_SEALS = 3
"""A signed message may be inside of an encrypted one; more than this is no letter."""

Sections = dict[str, bytes]


class Library:
    """What `Mail.message` and `Mail.raw` stand on. `close` gives up what is being fetched."""

    def __init__(
        self,
        database: Database,
        account: Callable[[int], AccountSync | None],
        tell: Callable[[Change], None],
        trusted: Mapping[int, Sequence[str]],
    ) -> None:
        """trusted: for each account id the servers whose word about senders it believes."""
        self._database = database
        self._trusted = trusted
        self._account = account
        self._tell = tell
        self._parsed: OrderedDict[tuple[int, str, str], Message] = OrderedDict()
        self._kept = 0
        self._fetching: dict[tuple[int, bool], asyncio.Task[Sections]] = {}
        self._waiting: Counter[tuple[int, bool]] = Counter()
        self._repeats = Repeats(database, read_sections)

    async def close(self) -> None:
        for task in self._fetching.values():
            task.cancel()
        await asyncio.gather(*self._fetching.values(), return_exceptions=True)

    async def message(self, message_id: int, *, prefetch: bool, form: str = "", charset: str = "") -> Message:
        """See `Mail.message`."""
        key = (message_id, form, charset)
        if key in self._parsed:
            message = self._parsed[key] = self._standing(self._parsed[key])
            self._parsed.move_to_end(key)
            return message
        sections = await self._kept_of(message_id)
        if not sections:
            sections = await self._fetch(message_id, whole=False, priority=1 if prefetch else 0)
        return await self._keep(key, await asyncio.to_thread(read_sections, message_id, sections, form, charset))

    async def _keep(self, key: tuple[int, str, str], message: Message) -> Message:
        message = self._parsed[key] = self._standing(await self._repeats.fold(self._judged(message)))
        if len(self._parsed) > PARSED:
            self._parsed.popitem(last=False)
        return message

    async def looked_into(self, message_id: int, *, decrypt: bool, form: str = "", charset: str = "") -> Message:
        """See `Mail.looked_into`."""
        from tuimail.accounts.gpg import ask
        from tuimail.content.mime import envelopes, parse

        raw = await self.raw(message_id) if decrypt else (await self._kept_of(message_id)).get("")
        if raw is None:
            return await self.message(message_id, prefetch=False, form=form, charset=charset)
        opened: dict[str, Opened] = {}
        for _ in range(DEEPEST_SEALS):
            found = await asyncio.to_thread(envelopes, raw, opened)
            if not (wanted := [envelope for envelope in found if decrypt or not envelope.encrypted]):
                break
            for envelope in wanted:
                opened[envelope.key] = await ask(envelope)
        message = await asyncio.to_thread(lambda: parse(raw, message_id, form=form, charset=charset, opened=opened))
        if any(seal.secret for seal in message.document.seals):  # for the screen alone: neither kept nor compared
            return self._judged(message)
        return await self._keep((message_id, form, charset), message)

    def _judged(self, message: Message) -> Message:
        """With what the mail alone cannot know: whether its sender is proven, and when it came."""
        from tuimail.content.authres import prove
        from tuimail.content.dates import believable

        row = messages.summary(self._database.read, message.id)
        now = int(time.time())
        arrived = row.date if row is not None and 0 < row.date <= now + 86_400 else 0
        if not believable(message.date, arrived or now):
            told = ARRIVAL if arrived else NO_DATE
            message = replace(message, date=arrived or None, notes=(*message.notes, told))
        if message.beginning and row is not None:
            rest = f"{REST} Enter downloads all of it ({row.size / 1e6:,.0f} MB)."
            message = replace(message, notes=(*message.notes, rest))
        place = messages.place(self._database.read, message.id)
        trusted = self._trusted.get(place.account_id, ()) if place is not None else ()
        return replace(message, proof=prove(message.headers, message.sender, trusted)) if trusted else message

    def ready(self, message_id: int) -> Message | None:
        """See `Mail.ready`."""
        message = self._parsed.get((message_id, "", ""))
        return None if message is None else self._standing(message)

    def _standing(self, message: Message) -> Message:
        """With what becomes of it on a POP3 server, which changes while it is shown."""
        word = maildrop.standing(self._database.read, message.id)
        notes = tuple(note for note in message.notes if note not in STANDING.values())
        notes += (STANDING[word],) if word else ()
        tags = labels.shown(self._database.read, message.id)
        if notes == message.notes and tags == message.labels:
            return message
        return replace(message, notes=notes, labels=tags)

    async def raw(self, message_id: int, progress: Progress | None = None) -> bytes:
        """See `Mail.raw`."""
        sections = await self._kept_of(message_id)
        if "" not in sections:
            sections = await self._fetch(message_id, whole=True, priority=0, progress=progress)
            for key, message in tuple(self._parsed.items()):
                if key[0] == message_id and (key[1] or message.beginning):
                    del self._parsed[key]  # the form that was asked for may be here now, or the rest
        return sections[""]

    async def _kept_of(self, message_id: int) -> Sections:
        """Off the event loop, for a message may be of any size; nothing, without any waiting, when it is not here."""
        if not bodies.any_kept(self._database.read, message_id):
            return {}

        def read() -> Sections:
            with self._database.reading() as db:
                return bodies.get_body(db, message_id)

        return await asyncio.to_thread(read)

    async def _fetch(
        self, message_id: int, *, whole: bool, priority: int, progress: Progress | None = None
    ) -> Sections:
        """Fetch and keep; a second caller joins the first.

        A caller that goes away stops nothing; but a whole message, which may be large, is given up with the last one.
        """
        key = (message_id, whole)
        if (task := self._fetching.get(key)) is None:
            task = self._fetching[key] = asyncio.create_task(
                self._fetch_and_keep(message_id, whole, priority, progress)
            )
            task.add_done_callback(lambda done: self._fetched(key, done))
        self._waiting[key] += 1
        try:
            return await asyncio.shield(task)
        finally:
            self._waiting[key] -= 1
            if not self._waiting[key]:
                del self._waiting[key]
                if whole:
                    task.cancel()
                    self._forget(key, task)

    def _forget(self, key: tuple[int, bool], task: asyncio.Task[Sections]) -> None:
        """Who asks again begins anew."""
        if self._fetching.get(key) is task:
            del self._fetching[key]

    def _fetched(self, key: tuple[int, bool], task: asyncio.Task[Sections]) -> None:
        self._forget(key, task)
        if not task.cancelled():
            task.exception()  # looked at: whoever waited has been told

    async def _of_the_same(self, message_id: int, whole: bool) -> Sections:
        """The text as it is kept for the same message in another folder."""
        lender = self._database.look(lambda db: identity.lender(db, message_id, whole=whole), None)
        if lender is None:
            return {}
        now = int(time.time())
        await self._database.write(lambda db: identity.lend_text(db, message_id, lender, now))
        self._tell(BodyArrived(message_id))
        return await self._kept_of(message_id)

    async def _fetch_and_keep(self, message_id: int, whole: bool, priority: int, progress: Progress | None) -> Sections:
        from tuimail.sync.texts import fetch_text, fetch_whole

        place = messages.place(self._database.read, message_id)
        if place is None:
            raise NotFound("This message is not there any more.")
        account = self._account(place.account_id)
        if account is None:
            raise Offline("The text of this message is not here.", self._database.read_only)
        if sections := await self._of_the_same(message_id, whole):
            return sections

        async def fetch(remote: Remote) -> Sections:
            """From where the message is by the time this is its turn: it may have been moved meanwhile."""
            now = messages.place(self._database.read, message_id) or place
            return await fetch_whole(remote, now, progress) if whole else await fetch_text(remote, now)

        sections = await account.demand(fetch, priority)
        if not sections:
            raise Offline("The server has not yet said where this message went.", "It can be read after the next sync.")
        now = int(time.time())
        await self._database.write(lambda db: bodies.put_body(db, message_id, sections, now))
        self._kept += 1
        if self._kept % TRIM_EVERY == 1:
            await self._database.write(bodies.trim)
        self._tell(BodyArrived(message_id))
        return sections


def read_sections(message_id: int, sections: Mapping[str, bytes], form: str = "", charset: str = "") -> Message:
    """From the sections kept to a Message; pure, for a thread."""
    from tuimail.content.mime import assemble, parse  # 30 ms of imports that the first picture does not need
    from tuimail.sync.texts import BEGINNING, stored_structure

    if BEGINNING in sections and "" not in sections:
        message = parse(sections[BEGINNING], message_id, form=form, charset=charset)
        return replace(message, attachments=(), forms=(), notes=(), beginning=True)
    if "" in sections:
        return parse(sections[""], message_id, form=form, charset=charset)
    structure = stored_structure(sections["STRUCTURE"])
    header = sections.get("HEADER", b"")
    return assemble(header, structure, sections, message_id, form=form, charset=charset)
