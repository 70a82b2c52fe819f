"""The names a server itself gives its messages: EMAILID (RFC 8474), X-GM-MSGID (Gmail).

The same wherever a message is moved or copied, and after its folder has been numbered anew: a fifteenth of the octets
that its header has, and enough to know it again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import NamedTuple, Protocol, runtime_checkable

from tuimail.model import Flag
from tuimail.net import flagwords, internaldate
from tuimail.net.remote import Uids
from tuimail.net.session import Session
from tuimail.net.wording import printable
from tuimail.protocol.imap import commands, sets
from tuimail.protocol.imap.responses import Event, Fetch, Tagged
from tuimail.protocol.imap.tokens import Value

WINDOW = 2000
"""Messages in one question."""
_LONGEST = 255
"""Of a name (RFC 8474 §7)."""
_ITEMS = {"OBJECTID": b"EMAILID", "X-GM-EXT-1": b"X-GM-MSGID"}


class Told(NamedTuple):
    """One message: what it is, and what may differ from place to place."""

    uid: int
    name: str
    """ "" when the server has none for it."""
    flags: Flag
    keywords: str
    received: int
    """As in `Head`; 0 where only names were asked for, and so is `size`."""
    size: int


@runtime_checkable
class Identifies(Protocol):
    """A Remote whose messages may have names; `Abilities.identity` says whether they have."""

    def identities(self, folder: bytes, uids: Uids, *, only_names: bool) -> AsyncIterator[list[Told]]:
        """The names of these messages, window by window, the newest first; those that are gone are missing."""
        ...


async def identities(session: Session, folder: bytes, uids: Uids, *, only_names: bool) -> AsyncIterator[list[Told]]:
    """See `Identifies.identities`. A server that refuses is not asked again, and yields no more."""
    for window in sets.windows(uids, WINDOW):
        for piece in sets.split(window, session.line_limit):
            offered = next((one for one in _ITEMS if one in session.abilities.capabilities), "")
            if not offered:
                return
            told = await _ask(session, folder, piece, offered, only_names)
            if told:
                yield told


async def _ask(session: Session, folder: bytes, uids: sets.Ranges, offered: str, only_names: bool) -> list[Told]:
    item = _ITEMS[offered]
    found: dict[int, Told] = {}

    def wants(event: Event) -> bool:
        return isinstance(event, Fetch) and item in event.extra

    def take(event: Event) -> None:
        assert isinstance(event, Fetch)
        if event.uid is not None and sets.contains(uids, event.uid):
            flags, keywords = flagwords.read(event.flags or ())
            received = internaldate.epoch(event.internaldate or b"")
            found[event.uid] = Told(event.uid, _name(event.extra[item]), flags, keywords, received, event.size or 0)

    items = (b"UID", item) if only_names else (b"UID", b"FLAGS", b"INTERNALDATE", b"RFC822.SIZE", item)
    command = commands.uid_fetch(uids, items)
    (flight,) = await session.in_folder(folder, lambda: [session.launch(command, want=wants, take=take)])
    done, _ = await flight
    assert isinstance(done, Tagged)
    if done.status == "BAD":
        session.mask((offered,), "it was offered and then refused")
    return list(found.values())


def _name(value: Value) -> str:
    """EMAILID stands in parentheses, X-GM-MSGID does not."""
    inner = value[0] if isinstance(value, tuple) and len(value) == 1 else value
    return printable(inner.decode("latin-1"), _LONGEST) if isinstance(inner, bytes) else ""
