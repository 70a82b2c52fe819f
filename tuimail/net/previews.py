"""The first words of messages without their texts (PREVIEW, RFC 8970)."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from tuimail.net.remote import Uids
from tuimail.net.session import Session, refused
from tuimail.protocol.imap import commands, sets
from tuimail.protocol.imap.responses import Event, Fetch, Tagged

LONGEST = 200
"""Characters (RFC 8970 §3)."""


@runtime_checkable
class Previews(Protocol):
    """A Remote that may know them; `Abilities.previews` says whether it does."""

    async def previews(self, folder: bytes, uids: Uids, uidvalidity: int | None) -> dict[int, str]:
        """UID → first words as sent, "" where there are none; what is gone is missing. For a few messages at a time.

        Nothing when the UIDs mean other messages by now. Raises ServerRefused.
        """
        ...


async def fetch_previews(session: Session, folder: bytes, uids: Uids, uidvalidity: int | None) -> dict[int, str]:
    """See `Previews.previews`. A server that does not know the item after all is not asked again."""
    if not session.abilities.previews:
        return {}
    found: dict[int, str] = {}

    def wants(event: Event) -> bool:
        return isinstance(event, Fetch) and b"PREVIEW" in event.extra

    def take(event: Event) -> None:
        assert isinstance(event, Fetch)
        if event.uid is not None and sets.contains(uids, event.uid):
            words = event.extra[b"PREVIEW"]
            found[event.uid] = words.decode("utf-8", "replace")[:LONGEST] if isinstance(words, bytes) else ""

    command = commands.uid_fetch(uids, (b"UID", b"PREVIEW"))
    (flight,) = await session.in_folder(folder, lambda: [session.launch(command, want=wants, take=take)])
    done, _ = await flight
    assert isinstance(done, Tagged)
    if done.status == "BAD":
        session.mask(("PREVIEW",), "it was offered and then refused")
    if done.status != "OK":
        raise refused(session.host, done)
    state = session.state(folder)
    if uidvalidity is not None and state is not None and state.uidvalidity != uidvalidity:
        return {}
    return found
