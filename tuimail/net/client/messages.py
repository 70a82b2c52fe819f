"""Messages of the selected mailbox: reading, marking, copying, moving, removing; and putting new ones anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypeVar

from tuimail.errors import ServerRefused
from tuimail.net.client.answers import Appended, Message, NotOffered, Stored
from tuimail.net.client.line import Line, kinds, told
from tuimail.net.client.mailboxes import Name
from tuimail.net.driver import Answer
from tuimail.protocol.imap import commands, sets, utf7
from tuimail.protocol.imap.responses import (
    CopyUid,
    ESearch,
    Event,
    Expunge,
    Fetch,
    ResponseCode,
    Search,
    StatusData,
    StatusLine,
    Tagged,
    Vanished,
)
from tuimail.protocol.imap.sets import Ranges
from tuimail.protocol.imap.verbs import messages, searching
from tuimail.protocol.imap.verbs.arguments import Which, which
from tuimail.protocol.imap.verbs.messages import Upload

T = TypeVar("T")


class Messages(Line):
    """The topic of messages. They are meant by UID, unless `uid=False` says by sequence number."""

    async def fetch(
        self, wanted: Which, *items: str | bytes, uid: bool = True, changed_since: int | None = None
    ) -> list[Message]:
        """FETCH (RFC 9051 §6.4.5): what the server tells of each message, in the order it tells it.

        items: "FLAGS", "ENVELOPE", "BODYSTRUCTURE", "BODY.PEEK[]", "BODY[1]<0.1000>" (which sets \\Seen),
        "BINARY.PEEK[1]", "BINARY.SIZE[1]", "PREVIEW", "PREVIEW (LAZY)", "SAVEDATE", "EMAILID", "THREADID", "MODSEQ",
        "X-GM-LABELS", "X-GM-MSGID", "X-GM-THRID" …; the extension's capability must be offered. changed_since: only
        what has changed since that mod-sequence (CONDSTORE). At most 200,000 messages; take more in windows. Flags that
        others change meanwhile are told in between, as messages with nothing but flags.
        Raises NotOffered, ServerRefused, UsageError (nothing selected), LocalProtocolError (no item, no set).
        """
        self.need_selected()
        asked = [item if isinstance(item, str) else item.decode("latin-1") for item in items]
        for item in asked:
            self._need_item(item.upper())
        if changed_since is not None:
            self.need("CONDSTORE", "QRESYNC")
        found: list[Message] = []
        for piece in which(wanted):
            command = messages.fetch(piece, asked, uid=uid, changed_since=changed_since)
            answer = await self.run(command, kinds(Fetch))
            found += [Message(fetched) for fetched in told(answer, Fetch)]
        return found

    async def partial(self, message: int, section: str, offset: int, length: int, *, uid: bool = True) -> bytes:
        """A window of a section, without setting \\Seen; b"" behind its end. This is imaplib's `partial`."""
        for found in await self.fetch(message, commands.section(section, offset, length), uid=uid):
            octets = found.section(section, offset)
            if octets is not None:
                return octets
        return b""

    async def store(
        self,
        wanted: Which,
        sign: str,
        *flags: str,
        silent: bool = False,
        unchanged_since: int | None = None,
        uid: bool = True,
    ) -> Stored:
        """STORE (RFC 9051 §6.4.6). sign: "+" adds the flags, "-" removes them, "" replaces all by them.

        unchanged_since: leave messages alone that have changed since that mod-sequence (RFC 7162 §3.1.3); which
        they were stands in `modified`.
        """
        self.need_selected()
        if unchanged_since is not None:
            self.need("CONDSTORE", "QRESYNC")
        changed: list[Message] = []
        modified: Ranges = ()
        for piece in which(wanted):
            command = messages.store(piece, sign, flags, uid=uid, silent=silent, unchanged_since=unchanged_since)
            answer = await self.run(command, kinds(Fetch))
            changed += [Message(fetched) for fetched in told(answer, Fetch)]
            modified = sets.union(modified, _modified(answer.done))
        return Stored(tuple(changed), modified)

    async def store_labels(self, wanted: Which, sign: str, *labels: Name, uid: bool = True) -> Stored:
        """Gmail's labels (X-GM-EXT-1): mailbox names, or system labels like `\\Starred`. Raises NotOffered."""
        self.need("X-GM-EXT-1")
        self.need_selected()
        wire = [label if isinstance(label, bytes) else utf7.encode(label) for label in labels]
        changed: list[Message] = []
        for piece in which(wanted):
            answer = await self.run(messages.store_labels(piece, sign, wire, uid=uid), kinds(Fetch))
            changed += [Message(fetched) for fetched in told(answer, Fetch)]
        return Stored(tuple(changed), ())

    async def copy(self, wanted: Which, target: Name, *, uid: bool = True) -> list[CopyUid]:
        """COPY (RFC 9051 §6.4.7): which UIDs they have there, where the server tells (UIDPLUS), one entry a command."""
        self.need_selected()
        told_: list[CopyUid] = []
        for piece in which(wanted):
            told_ += _copied(await self.run(messages.copy(piece, self.wire(target), uid=uid)))
        return told_

    async def move(self, wanted: Which, target: Name) -> list[CopyUid]:
        """Move by UID: MOVE (RFC 6851), else COPY, \\Deleted and UID EXPUNGE, else COPY and \\Deleted alone.

        Never a bare EXPUNGE, which removes what others have marked.
        """
        self.need_selected()
        pieces = list(which(wanted))
        if not self.offers("MOVE") and isinstance(wanted, str):
            pieces = await self._as_numbers(wanted)
        told_: list[CopyUid] = []
        for piece in pieces:
            if self.offers("MOVE"):
                command = messages.move(piece, self.wire(target), uid=True)
                told_ += _copied(await self.run(command, lambda event: isinstance(event, StatusLine)))
                continue
            told_ += _copied(await self.run(messages.copy(piece, self.wire(target), uid=True)))
            await self.run(messages.store(piece, "+", ["\\Deleted"], uid=True, silent=True))
            if self.offers("UIDPLUS"):
                await self.run(messages.expunge(piece))
        return told_

    async def _as_numbers(self, wanted: str) -> list[bytes]:
        """Which messages these are now: "*" and "$" may mean others in the next command."""
        command = searching.search(("UID", wanted), uid=True)
        answer = await self.run(command, kinds(ESearch, Search))
        found = sets.normal(pair for event in told(answer, ESearch) for pair in event.all or ())
        found = sets.union(found, sets.from_numbers(n for event in told(answer, Search) for n in event.numbers))
        return list(which(found)) if found else []

    async def expunge(self, wanted: Which | None = None) -> list[Expunge | Vanished]:
        """Remove what is marked \\Deleted: of these UIDs (UIDPLUS, RFC 4315), or with None all, whoever marked it.

        Returns what went, in the server's order: sequence numbers, each after those before it have gone, or after
        ENABLE QRESYNC sets of UIDs. Raises NotOffered, ServerRefused, UsageError.
        """
        self.need_selected()
        if wanted is not None:
            self.need("UIDPLUS")
        pieces = [b""] if wanted is None else list(which(wanted))
        gone: list[Expunge | Vanished] = []
        for piece in pieces:
            answer = await self.run(messages.expunge(piece), kinds(Expunge, Vanished))
            gone += [event for event in answer.told if isinstance(event, Expunge | Vanished)]
        return gone

    async def append(
        self, mailbox: Name, message: bytes, *, flags: Iterable[str] = (), date: datetime | None = None
    ) -> Appended | None:
        """APPEND one message; see `append_all`."""
        found = await self.append_all(mailbox, [Upload(message, tuple(flags), date)])
        return found[0] if found else None

    async def append_all(self, mailbox: Name, uploads: Sequence[Upload]) -> list[Appended]:
        """APPEND (RFC 9051 §6.3.12), in one command where MULTIAPPEND (RFC 3502) is offered: then all or none.

        Line ends become CRLF. With LITERAL+ or LITERAL- nothing waits for the server's go-ahead. Where they went is
        told by servers with UIDPLUS. Raises ServerRefused: code TRYCREATE when there is no such mailbox, TOOBIG, before
        anything is sent, for a message beyond the server's APPENDLIMIT (RFC 7889).
        """
        wire = self.wire(mailbox)
        await self._allowed(wire, uploads)
        groups = [uploads] if self.offers("MULTIAPPEND") else [[upload] for upload in uploads]
        appended: list[Appended] = []
        for group in groups:
            answer = await self.run(messages.append(wire, group, utf8="UTF8=ACCEPT" in self.enabled))
            code = _code(answer.done)
            if code is not None and code.appenduid is not None:
                appended.append(Appended(*code.appenduid))
        return appended

    async def _allowed(self, wire: bytes, uploads: Sequence[Upload]) -> None:
        """RFC 7889: one limit for all mailboxes stands in the capability, else each has its own, told by STATUS."""
        limit: int | None = None
        for name in self.capabilities:
            if name.startswith("APPENDLIMIT=") and name[12:].isdigit():
                limit = int(name[12:])
        if limit is None and "APPENDLIMIT" in self.capabilities:
            answer = await self.run(commands.status(wire, ["APPENDLIMIT"]), kinds(StatusData))
            limit = next((one.items.get("APPENDLIMIT") for one in told(answer, StatusData)), None)
        for upload in uploads:
            size = len(messages.on_the_wire(upload.message))
            if limit is not None and size > limit:
                raise ServerRefused(
                    f"{self.host} takes no message larger than {limit:,} octets, and this one has {size:,}.",
                    "Nothing was sent.",
                    code="TOOBIG",
                )
            if b"\0" in upload.message and not self.offers("BINARY"):
                raise NotOffered(f"{self.host} takes no message with NUL octets.", "Encode its parts in base64.")

    def _need_item(self, item: str) -> None:
        for start, names in _ITEM_NEEDS:
            if item.startswith(start):
                self.need(*names)


_ITEM_NEEDS = (
    ("BINARY", ("BINARY",)),
    ("PREVIEW", ("PREVIEW",)),
    ("SAVEDATE", ("SAVEDATE",)),
    ("EMAILID", ("OBJECTID",)),
    ("THREADID", ("OBJECTID",)),
    ("MODSEQ", ("CONDSTORE", "QRESYNC")),
    ("X-GM-", ("X-GM-EXT-1",)),
)
"""What an item begins with, and the capabilities of which one must be offered."""


def _code(done: Event) -> ResponseCode | None:
    return done.code if isinstance(done, Tagged) else None


def _copied(answer: Answer[Event]) -> list[CopyUid]:
    """COPYUID stands in the tagged OK, or for MOVE before it (RFC 6851 §4.3)."""
    codes = [event.code for event in (*answer.told, answer.done) if isinstance(event, StatusLine | Tagged)]
    return [code.copyuid for code in codes if code is not None and code.copyuid is not None]


def _modified(done: Event) -> Ranges:
    code = _code(done)
    if code is None or code.name != "MODIFIED":
        return ()
    try:
        return sets.parse(code.args)
    except ValueError:
        return ()
