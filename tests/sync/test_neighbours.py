"""Two accounts on two servers at once: one that is down, hostile or refuses leaves the other alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.fakes.scripted import Scripted
from tests.servers.dovecot import Dovecot
from tests.sync.house import account, letter, password, until
from tuimail.changes import AccountState, Line
from tuimail.mail import Mail
from tuimail.model import Account, Folder, Security

FLOOD = 'S>> b"* 1 EXISTS\\r\\n* 2 FETCH (UID 9 FLAGS (\\\\\\\\Seen))\\r\\n* LIST () NIL x\\r\\n" * 2000'
BAD_NEIGHBOURS = {
    "turned away": "S: * BYE come back later",
    "busy": """
        S: * OK [CAPABILITY IMAP4rev1] hi
        C: LOGIN .*
        S: $TAG NO [UNAVAILABLE] the disks are resting
    """,
    "full": """
        S: * OK [CAPABILITY IMAP4rev1] hi
        C: LOGIN .*
        S: $TAG NO [LIMIT] too many connections
    """,
    "in use": """
        S: * OK [CAPABILITY IMAP4rev1] hi
        C: LOGIN .*
        S: $TAG NO [INUSE] somebody else is at it
    """,
    "leaves in words": """
        S: * OK [CAPABILITY IMAP4rev1] hi
        C: LOGIN .*
        S: * BYE [UNAVAILABLE] down for repairs until noon
    """,
    "floods": f"""
        S: * OK [CAPABILITY IMAP4rev1] hi
        C: LOGIN .*
        LOOP
        {FLOOD}
        END
    """,
    "silent": "HUSH",
    "speaks another language": "S: 220 smtp.example.org ESMTP",
    "resets": "RST",
}
SAYS = {
    "turned away": "come back later",
    "busy": "the disks are resting",
    "full": "too many connections",
    "in use": "somebody else is at it",
    "leaves in words": "down for repairs until noon",
    "speaks another language": "cannot be read",
    "resets": "closed the connection",
}


@asynccontextmanager
async def two(good: Account, bad: Account, data: Path) -> AsyncIterator[Mail]:
    async with Mail(data, [bad, good], password) as mail:
        mail.start()
        yield mail


def state(mail: Mail, one: Account) -> AccountState:
    return next(s for s in mail.states() if s.account == one.name)


@pytest.mark.parametrize("kind", BAD_NEIGHBOURS)
async def test_a_bad_neighbour_disturbs_nobody(dovecot: Dovecot, tmp_path: Path, kind: str) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [letter(n) for n in range(4)])
    good = account(user, dovecot.port)
    async with Scripted(BAD_NEIGHBOURS[kind], keep=True) as server:
        bad = Account("bad", "127.0.0.1", server.port, "ann", Security.PLAIN)
        async with two(good, bad, tmp_path) as mail:

            def inbox() -> Folder | None:
                return next((f for f in mail.folders() if f.account == good.name and f.name == "INBOX"), None)

            await until(mail, lambda: (found := inbox()) is not None and found.total == 4)
            found = inbox()
            assert found is not None
            row = mail.page(found.id, 0, 9)[0]
            trash = next(f for f in mail.folders() if f.account == good.name and f.name == "Trash")
            await mail.move([row.id], trash.id)
            await until(mail, lambda: mail.pending_count() == 0)
            assert state(mail, good).line in (Line.ONLINE, Line.SYNCING)
            if kind in SAYS:
                await until(mail, lambda: state(mail, bad).line is Line.OFFLINE)
                assert SAYS[kind] in state(mail, bad).detail
