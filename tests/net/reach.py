"""Ways for these tests to reach a server, and to leave it again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager

from tests.servers.dovecot import PASSWORD, Dovecot
from tuimail.model import Account, Security
from tuimail.net.imap import ImapRemote, connect_imap
from tuimail.net.remote import Head
from tuimail.net.wirelog import WireLog

SECRET = "hunter2-and-a-half"


def account(
    port: int, user: str = "ann", security: Security = Security.PLAIN, *, host: str = "127.0.0.1", ca_file: str = ""
) -> Account:
    return Account("test", host, port, user, security, ca_file=ca_file)


async def password() -> str:
    return PASSWORD


async def secret() -> str:
    return SECRET


@asynccontextmanager
async def remote(
    dovecot: Dovecot, user: str, security: Security = Security.PLAIN, *, port: int = 0, log: WireLog | None = None
) -> AsyncIterator[ImapRemote]:
    """Logged in to Dovecot, directly or (port) through a proxy on this machine."""
    port = port or (dovecot.tls_port if security is Security.TLS else dovecot.port)
    connected = await connect_imap(account(port, user, security, ca_file=dovecot.cafile), password, log=log)
    try:
        yield connected
    finally:
        await connected.close()


async def all_heads(connected: ImapRemote, folder: bytes = b"INBOX") -> list[Head]:
    return [head async for window in connected.heads(folder, await connected.uids(folder)) for head in window]


def letters(count: int, size: int = 0) -> Iterator[bytes]:
    for number in range(1, count + 1):
        head = f"From: Writer {number} <w{number}@example.org>\nTo: ann@example.org\nSubject: letter {number}\n"
        yield f'{head}Message-ID: <{number}@example.org>\nX-Unasked: "{number}"\n\nhello\n'.encode() + b"x" * size


def uids_of(found: Sequence[bytes | None]) -> list[int]:
    """The UIDs of an imaplib SEARCH."""
    return [int(word) for word in (found[0] or b"").split()]
