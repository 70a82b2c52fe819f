"""Changing messages: flags, and the ladder of ways to move from the best a server has to the plainest that is safe.

MOVE (RFC 6851), else COPY + \\Deleted + UID EXPUNGE (RFC 4315), else COPY + \\Deleted alone. Never a bare
EXPUNGE: it would remove what other programs have marked.
"""

from __future__ import annotations

from tuimail.model import Flag
from tuimail.net import flagwords
from tuimail.net.remote import Uids
from tuimail.net.session import ImapFlight, Session, refused
from tuimail.protocol.imap import commands, keywords, sets
from tuimail.protocol.imap.commands import Command
from tuimail.protocol.imap.responses import CopyUid, Event, StatusLine, Tagged


async def store(session: Session, folder: bytes, uids: Uids, add: Flag, remove: Flag, words: str = "") -> None:
    """See `Remote.store`. Both halves of a piece travel together."""
    plus, minus = keywords.signed(words)
    halves = [("+", add, plus), ("-", remove, minus)]
    changes = [
        (sign, flagwords.words(flags) + [word.encode("ascii") for word in said if keywords.sendable(word)])
        for sign, flags, said in halves
    ]
    for piece in sets.split(uids, session.line_limit):
        asked = [commands.uid_store(piece, sign, marks) for sign, marks in changes if marks]
        for flight in await _send(session, folder, asked):
            await session.answer(flight)


async def move(session: Session, folder: bytes, uids: Uids, target: bytes) -> dict[int, int] | None:
    """See `Remote.move`. Raises ServerRefused (code TRYCREATE when there is no such target)."""
    told: dict[int, int] | None = None
    for piece in sets.split(uids, session.line_limit):
        if session.abilities.move:
            moved = await _told(session, folder, commands.uid_move(piece, target))
        else:
            moved = await _told(session, folder, commands.uid_copy(piece, target))
            await remove(session, folder, piece)
        if moved is not None:
            told = (told or {}) | moved.mapping(piece)
    return told


async def copy(session: Session, folder: bytes, uids: Uids, target: bytes) -> dict[int, int] | None:
    """See `Remote.copy`. Raises as `move`."""
    told: dict[int, int] | None = None
    for piece in sets.split(uids, session.line_limit):
        copied = await _told(session, folder, commands.uid_copy(piece, target))
        if copied is not None:
            told = (told or {}) | copied.mapping(piece)
    return told


async def remove(session: Session, folder: bytes, uids: Uids) -> None:
    """See `Remote.remove`."""
    for piece in sets.split(uids, session.line_limit):
        await store(session, folder, piece, Flag.DELETED, Flag.NONE)
        if session.abilities.uidplus:
            (flight,) = await _send(session, folder, [commands.uid_expunge(piece)])
            await session.answer(flight)


async def _send(session: Session, folder: bytes, asked: list[Command]) -> list[ImapFlight]:
    return await session.in_folder(
        folder, lambda: [session.launch(command, want=_copyuid_told) for command in asked], changing=True
    )


async def _told(session: Session, folder: bytes, command: Command) -> CopyUid | None:
    """Run a MOVE or COPY; the COPYUID stands in the tagged OK, or for MOVE before it (RFC 6851 §4.3)."""
    (flight,) = await _send(session, folder, [command])
    done, told = await flight
    assert isinstance(done, Tagged)
    if done.status != "OK":
        raise refused(session.host, done)
    for event in (done, *told):
        if isinstance(event, Tagged | StatusLine) and event.code is not None and event.code.copyuid is not None:
            return event.code.copyuid
    return None


def _copyuid_told(event: Event) -> bool:
    return isinstance(event, StatusLine) and event.code is not None and event.code.name == "COPYUID"
