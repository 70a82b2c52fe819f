"""Ways for these tests to a POP3 session."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.fakes.pop_server import PASSWORD, USER, PopServer
from tests.net.reach import account, password
from tuimail.model import Account, Security
from tuimail.net.pop.login import open_pop
from tuimail.net.pop.session import PopSession
from tuimail.records import replace

assert PASSWORD == "test"


@asynccontextmanager
async def session(
    server: PopServer | int | Account, user: str = USER, security: Security = Security.PLAIN
) -> AsyncIterator[PopSession]:
    """Logged in, and left without deleting anything."""
    port = server if isinstance(server, int) else server.port
    wanted = server if isinstance(server, Account) else account(port, user, security)
    opened = await open_pop(wanted, password)
    try:
        yield opened
    finally:
        await opened.close()


async def tops(opened: PopSession, lines: int = 0) -> dict[int, bytes]:
    """The header of every message, newest first."""
    numbers = [entry.number for entry in reversed(await opened.listing())]
    found = [one async for one in opened.tops(numbers, lines)]
    assert [number for number, _ in found] == [number for number in numbers if number in dict(found)]
    return dict(found)


def asked(port: int, **more: Any) -> Account:
    """The fake server's user, configured otherwise."""
    return replace(account(port, USER), **more)
