"""A Mail over a real Dovecot, for tests of the whole way from verb to server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from tuimail.changes import Change
from tuimail.mail import Mail
from tuimail.model import Account, Folder, Role, Security

PATIENCE = 60.0


def letter(number: int, text: str = "text") -> bytes:
    """A small message with its own Message-ID and subject."""
    return (
        f"From: Ada <ada@example.org>\r\nTo: me@example.org\r\nSubject: letter {number}\r\n"
        f"Message-ID: <letter-{number}@example.org>\r\nDate: Mon, 01 Jan 2024 10:00:00 +0000\r\n\r\n{text} {number}\r\n"
    ).encode()


def account(user: str, port: int, mask: tuple[str, ...] = ()) -> Account:
    """An account of the test server, in the clear on loopback; mask: capabilities it does without."""
    return Account(f"{user}@test", "127.0.0.1", port, user, Security.PLAIN, mask=mask)


async def password(_: Account) -> str:
    return "test"


@asynccontextmanager
async def opened(
    user: str, port: int, data: Path, *, online: bool = True, mask: tuple[str, ...] = ()
) -> AsyncIterator[Mail]:
    """A Mail that is open, and talks to the server when `online`."""
    async with Mail(data, [account(user, port, mask)], password) as mail:
        if online:
            mail.start()
        yield mail


async def until(mail: Mail, true: Callable[[], object]) -> None:
    """Wait, change by change, until something is true. Fails after PATIENCE seconds."""
    changed = asyncio.Event()

    def wake(_: Change) -> None:
        changed.set()

    stop = mail.subscribe(wake)
    try:
        async with asyncio.timeout(PATIENCE):
            while not true():
                changed.clear()
                await changed.wait()
    finally:
        stop()


def folder(mail: Mail, role: Role) -> Folder:
    """The folder with this role; it must be there."""
    found = next((f for f in mail.folders() if f.role is role), None)
    assert found is not None, f"no {role} among {[f.name for f in mail.folders()]}"
    return found


def subjects(mail: Mail, role: Role) -> list[str]:
    """What the list shows, newest first."""
    where = folder(mail, role)
    return [row.subject for row in mail.page(where.id, 0, 1000)]


def id_of(mail: Mail, role: Role, subject: str) -> int:
    """The row with this subject."""
    where = folder(mail, role)
    return next(row.id for row in mail.page(where.id, 0, 1000) if row.subject == subject)
