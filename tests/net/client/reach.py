"""Ways for these tests to a logged-in client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.fakes.scripted import Scripted
from tests.net.reach import account, password
from tests.servers.dovecot import Dovecot
from tuimail.model import Security
from tuimail.net.client import ImapClient
from tuimail.net.stream import dial


@asynccontextmanager
async def client(server: Dovecot, user: str, security: Security = Security.PLAIN) -> AsyncIterator[ImapClient]:
    """Logged in to Dovecot."""
    port = server.tls_port if security is Security.TLS else server.port
    async with await ImapClient.connect(account(port, user, security, ca_file=server.cafile), password) as connected:
        yield connected


@asynccontextmanager
async def scripted(script: str, capabilities: str = "", *, selected: bool = False) -> AsyncIterator[ImapClient]:
    """A client over a server that plays this script behind its greeting; the LOGOUT is played, too."""
    opening = f"S: * PREAUTH [CAPABILITY IMAP4rev1 {capabilities}] hi\n"
    if selected:
        opening += "C: SELECT INBOX\nS: * 3 EXISTS\nS: $TAG OK [READ-WRITE] done\n"
    async with Scripted(opening + script + "\nC: LOGOUT\nS: * BYE\nS: $TAG OK bye\n") as server:
        stream = await dial("127.0.0.1", server.port, trust=None)
        stream.embedded = True  # so that PREAUTH is believed
        async with await ImapClient.over(stream) as connected:
            if selected:
                await connected.select()
            yield connected
