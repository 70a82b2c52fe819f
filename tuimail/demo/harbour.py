"""pymap's in-memory backend, filled with the sample mail: the one module that imports pymap.

Importing it takes 0.2 s, so it is imported in the demo's own thread and not before somebody dials.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from argparse import Namespace
from collections.abc import Iterable
from contextlib import suppress
from email.headerregistry import BaseHeader, HeaderRegistry

from proxyprotocol.sock import SocketInfoLocal
from pymap.backend.dict import Config, Login
from pymap.backend.dict.mailbox import MailboxSet
from pymap.concurrent import Subsystem
from pymap.imap import IMAPServer
from pymap.mime.parsed import ParsedHeaders
from pymap.parsing.message import AppendMessage
from pymap.parsing.specials.flag import Flag
from pymap.user import UserMetadata
from pysasl.hashing import Cleartext

from tuimail.demo.post import SampleMail

_log = logging.getLogger(__name__)


class _Lenient(HeaderRegistry):
    """A field that Python's parser refuses is empty: pymap ends the session of who searches such mail, and a piece of
    the demo has a sender like that on purpose."""

    def __call__(self, name: str, value: str) -> BaseHeader:
        try:
            return super().__call__(name, value)
        except ValueError:
            return super().__call__(name, "")


ParsedHeaders._registry = _Lenient()


class _DemoConfig(Config):  # type: ignore[misc]  # pymap is not followed by the type checker
    @property
    def greeting(self) -> bytes:
        """Without asking DNS what this machine is called, as pymap's own greeting does."""
        return b"The demo is open"


class Harbour:
    """A mail server without a port: it is handed sockets. Everything here belongs to one event loop."""

    def __init__(self, mailboxes: MailboxSet, server: IMAPServer) -> None:
        self._mailboxes = mailboxes
        self._server = server

    @classmethod
    async def open(cls, user: str, password: str, folders: Iterable[str], mail: Iterable[SampleMail]) -> Harbour:
        """A server for one user with these folders and this mail (a folder's oldest message gets its lowest UID)."""
        config = _DemoConfig(
            Namespace(passlib_cfg=None, proxy_protocol=None),
            host=None,
            port=0,
            demo_data=False,
            demo_user=user,
            demo_password=password,
            tls_enabled=False,
            reject_dnsbl=False,
            # By default pymap hashes passwords slowly, in a pool of threads that outlives it.
            hash_context=Cleartext(),
            cpu_subsystem=Subsystem.for_asyncio(),
        )
        config.apply_context()
        login = Login(config)
        await login.demo_user_identity.set(UserMetadata(config, user, password=password))
        async with login.demo_user_identity.new_session() as session:
            harbour = cls(session.mailbox_set, IMAPServer(login, config))
        for folder in folders:
            if folder != "INBOX":
                await harbour._mailboxes.add_mailbox(folder)
            await harbour._mailboxes.set_subscribed(folder, True)
        for one in sorted(mail, key=lambda one: one.received):
            await harbour.deliver(one)
        return harbour

    async def deliver(self, mail: SampleMail) -> None:
        """Put a message into its folder; whoever is in IDLE there is told."""
        mailbox = await self._mailboxes.get_mailbox(mail.folder)
        flags = frozenset(Flag(flag.encode("ascii")) for flag in mail.flags)
        await mailbox.append(AppendMessage(mail.raw, mail.received, flags))

    async def serve(self, sock: socket.socket) -> None:
        """Speak IMAP over this socket until either side has had enough. Never raises but for cancellation."""
        reader, writer = await asyncio.open_connection(sock=sock)
        try:
            await self._server(reader, writer, SocketInfoLocal(writer))
        except Exception:  # a connection is a supervised task: one that breaks leaves the others alone
            _log.exception("a connection of the demo server failed")
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
