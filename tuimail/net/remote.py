"""Remote: the contract that sync is written against, once, for every kind of server.

Both protocols bring *header blocks*; `content.headers` is the one maker of summaries.
Folder names travel as the server's own bytes decoded to `str` for people only at the edge:
here `name` is the wire name (bytes) and is opaque.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from tuimail.model import Facts, Flag, Role
from tuimail.records import Record

Uids = Sequence[tuple[int, int]]
"""A set of UIDs as ascending, disjoint, inclusive ranges; never expanded by a server's numbers."""


class Visiting(NamedTuple):
    """How a server is kept up with that one visits now and then (POP3): no second connection, whole messages only."""

    every: float
    """Seconds between two looks."""
    last: int
    """When it was last looked at, epoch seconds."""


class Abilities(Record):
    """What this server can do, after login; what it cannot do the store does."""

    capabilities: frozenset[str]
    """As advertised, upper case."""
    condstore: bool = False
    qresync: bool = False
    """A folder is reopened with what we know of it; see `Since`."""
    notify: bool = False
    """All folders are watched on one connection."""
    uidplus: bool = False
    move: bool = False
    idle: bool = False
    special_use: bool = False
    subscriptions: bool = False
    """It tells which folders are subscribed to."""
    identity: bool = False
    """Messages have names of the server's own, which outlive a move; see `net.identity`."""
    previews: bool = False
    """The first words of a message are had without its text; see `net.previews`."""
    visits: Visiting | None = None
    """None: the connection stays."""


class RemoteFolder(Record):
    """One folder of LIST, with STATUS where it was had in the same breath."""

    name: bytes
    display: str
    """Decoded from modified UTF-7 (RFC 3501 §5.1.3) or UTF-8, and cleaned."""
    separator: str
    role: Role
    selectable: bool
    subscribed: bool = True
    exists: int | None = None
    unseen: int | None = None
    uidnext: int | None = None
    uidvalidity: int | None = None
    highestmodseq: int | None = None
    object_id: str = ""
    """MAILBOXID (RFC 8474): the same after a rename; "" where the server tells none."""
    size: int | None = None
    """Octets in all (STATUS=SIZE, RFC 8438)."""


class Since(Record):
    """What we know of a folder: the question of QRESYNC (RFC 7162 §3.2.5)."""

    uidvalidity: int
    modseq: int
    uids: Uids


class Resync(Record):
    """What happened since: the answer of QRESYNC, complete for the UIDs that were asked about."""

    flags: tuple[FlagState, ...]
    vanished: Uids
    """May name UIDs we never had."""


class FolderState(Record):
    """The answer to SELECT (fresh at that moment)."""

    uidvalidity: int
    exists: int
    uidnext: int | None
    highestmodseq: int | None
    """None: no CONDSTORE in this folder."""
    read_only: bool
    keywords_allowed: bool
    permanent: Flag | None = None
    """Flags that the server keeps (PERMANENTFLAGS); None: it does not say, so all of them."""
    keywords: str = ""
    """Keywords that it keeps besides, though it may take no new ones; space separated."""
    resync: Resync | None = None
    """None: not asked, not offered, or of another epoch; then it is found out step by step."""


class Head(NamedTuple):
    """What a list row is made of. (A tuple: there are 100,000 of them in a first sync.)"""

    uid: int
    flags: Flag
    keywords: str
    """Keywords without a bit in Flag, as sent, space separated."""
    received: int
    """INTERNALDATE, epoch seconds; 0 when unreadable."""
    size: int
    block: bytes
    """The asked-for header fields as raw lines."""


class FlagState(Record):
    """A message's flags as the server says."""

    uid: int
    flags: Flag
    keywords: str


class RemotePart(Record):
    """A node of BODYSTRUCTURE (RFC 3501 §7.4.2), as far as reading needs it."""

    section: str
    """"" for the root multipart, else "1", "2.1" …; a message that is a single part is "1"."""
    type: str
    """Lower case, "text/plain", "multipart/mixed"."""
    params: Mapping[str, str]
    encoding: str
    size: int
    disposition: str
    filename: str
    content_id: str
    parts: tuple[RemotePart, ...] = ()


Progress = Callable[[int, int], None]
"""progress(octets so far, octets in all)"""


class Remote(Protocol):
    """One logged-in connection. Every method may raise ConnectionLost, ServerRefused, ProtocolTrouble.

    Methods may be awaited concurrently; the implementation selects folders as needed and keeps order.
    Cancelling an awaiting caller only detaches it: the connection never loses step.
    """

    @property
    def abilities(self) -> Abilities: ...

    @property
    def silent(self) -> float:
        """Seconds for which the server has owed an answer and said nothing; 0 where it owes none."""
        ...

    async def folders(self) -> list[RemoteFolder]:
        """Every folder, with roles, and STATUS where one command brings it."""
        ...

    async def look(self, folder: bytes, since: Since | None = None) -> FolderState:
        """SELECT the folder and return its fresh state, with QRESYNC also what happened `since`."""
        ...

    async def newest(self, folder: bytes, count: int) -> list[Head]:
        """Heads of the newest `count` messages by arrival, newest last. One round trip after SELECT."""
        ...

    def heads(self, folder: bytes, uids: Uids) -> AsyncIterator[list[Head]]:
        """Heads of these UIDs in windows, newest window first, some in flight; UIDs that are gone are just missing."""
        ...

    async def uids(self, folder: bytes) -> Uids:
        """Every UID of the folder (ESEARCH RETURN (ALL), else UID SEARCH ALL)."""
        ...

    def flags(self, folder: bytes, uids: Uids, since: int | None) -> AsyncIterator[list[FlagState]]:
        """Flags of these UIDs; with `since` (CONDSTORE) only those changed after that mod-sequence."""
        ...

    async def structure(self, folder: bytes, uid: int) -> RemotePart:
        """BODYSTRUCTURE of one message. Raises NotFound when the UID is gone."""
        ...

    async def section(
        self,
        folder: bytes,
        uid: int,
        section: str,
        progress: Progress | None = None,
        *,
        size: int | None = None,
        uidvalidity: int | None = None,
    ) -> bytes:
        """BODY.PEEK[section] as transferred; "" is the whole message, "HEADER" its header, "1.MIME" a part's header.

        size: its octets where they are known, for the progress. Large sections travel in windows of <offset.length>.
        Raises NotFound when the UID is gone, ServerRefused (code UIDVALIDITY) when it means another message by now.
        """
        ...

    def windows(
        self, folder: bytes, uid: int, section: str, start: int, *, size: int | None, uidvalidity: int | None
    ) -> AsyncIterator[bytes]:
        """The octets of a section from `start` on, window by window, two in flight; leave off at any of them.

        The last one is the first that is shorter than the others; it may be empty. Raises what `section` raises.
        """
        ...

    async def store(self, folder: bytes, uids: Uids, add: Flag, remove: Flag, keywords: str = "") -> None:
        """UID STORE +FLAGS.SILENT / -FLAGS.SILENT; sets are split at the server's line limit.

        keywords: signed words, "+work -todo".
        """
        ...

    async def move(self, folder: bytes, uids: Uids, target: bytes) -> dict[int, int] | None:
        """UID MOVE, else COPY + \\Deleted + UID EXPUNGE (never a bare EXPUNGE: without UIDPLUS the flag only).

        Returns old UID → new UID where COPYUID told, None where the server does not tell.
        """
        ...

    async def copy(self, folder: bytes, uids: Uids, target: bytes) -> dict[int, int] | None:
        """UID COPY, which does not repeat safely. Returns as `move`."""
        ...

    async def remove(self, folder: bytes, uids: Uids) -> None:
        """Delete: \\Deleted, and UID EXPUNGE where there is UIDPLUS. Also the second half of a move without MOVE."""
        ...

    async def create(self, folder: bytes) -> None:
        """CREATE and SUBSCRIBE; a folder that exists already is fine."""
        ...

    async def rename(self, folder: bytes, name: bytes) -> None:
        """RENAME; what is below it goes with it."""
        ...

    async def delete(self, folder: bytes) -> None:
        """DELETE, with all that is in it. One that is not there is deleted."""
        ...

    async def subscribe(self, folder: bytes, *, on: bool) -> None:
        """SUBSCRIBE or UNSUBSCRIBE."""
        ...

    def encode_name(self, display: str, separator: str) -> bytes:
        """A wire name for a folder the user named."""
        ...

    async def wait(self, folder: bytes) -> frozenset[bytes]:
        """Return when this folder may have changed (IDLE, renewed before 9 minutes; NOOP every 30 s without IDLE).

        With NOTIFY any other folder may wake it as well. Returns the names of those that may have changed.
        """
        ...

    async def facts(self) -> Facts:
        """What is known about this connection; asks for the quota where there is one."""
        ...

    async def close(self) -> None:
        """LOGOUT within 2 s, then the stream. Never raises."""
        ...
