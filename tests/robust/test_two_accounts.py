"""Two accounts at once: whatever the server of one does, the other goes on, judged by what happened and not by a clock.

The neighbour's mail arrives while the bad server is at its worst, is seen, starred, and the star is on its server;
only then is the bad one let go.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from tests.fakes.hostile import HostileServer
from tests.fakes.imap_server import ImapServer
from tests.fakes.mailboxes import plain_letter
from tests.robust.hostile_run import account, password, script
from tests.servers.certificates import Certificate, make_certificate
from tuimail.changes import Line
from tuimail.mail import Mail
from tuimail.model import Account, Flag, Security
from tuimail.net import imap, login
from tuimail.sync import patience

CLASSES = {
    "t001": "thousands of keywords",
    "t021": "logged in before we said who we are",
    "t066": "a gigabyte out of a megabyte",
    "t092": "continuations for ever",
    "t134": "half an answer and silence",
    "t149": "a literal like the moon",
    "t162": "a flood while idle",
    "t198": "folders in folders in folders",
    "t201": "nobody is let in",
    "t252": "four billion messages",
    "t287": "broken literals",
    "t351": "a flood in the middle of an answer",
    "t375": "garbage for TLS",
    "t388": "no greeting of this world",
    "t425": "no TLS where TLS should be",
    "t460": "in and out and in and out",
    "t476": "a greeting in drops",
}
"""One script of each kind."""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Certificate]:
    yield make_certificate(Path(tmp_path_factory.mktemp("tls")))


class Neighbour:
    """The good account of a Mail that has a bad one beside it."""

    def __init__(self, mail: Mail, server: ImapServer) -> None:
        self.mail, self.server = mail, server
        self._heard = asyncio.Event()
        self.states: list[Line] = []
        mail.subscribe(self._hear)

    def _hear(self, change: object) -> None:
        if getattr(change, "account", "") == "good":
            self.states.append(getattr(change, "line", Line.CONNECTING))
        self._heard.set()

    def subjects(self) -> list[str]:
        inbox = next((f for f in self.mail.folders() if f.account == "good" and f.name == "INBOX"), None)
        return [row.subject for row in self.mail.page(inbox.id, 0, 50)] if inbox else []

    async def until(self, true: Callable[[], object]) -> None:
        async with asyncio.timeout(30):
            while not true():
                self._heard.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.02):
                        await self._heard.wait()

    async def lives(self) -> None:
        """Mail comes, is seen, starred, and the server has the star."""
        await self.until(lambda: "message 1" in self.subjects())
        box = self.server.boxes["INBOX"]
        letter = box.add(plain_letter(8))
        await self.until(lambda: "message 8" in self.subjects())
        inbox = next(f for f in self.mail.folders() if f.account == "good" and f.name == "INBOX")
        row = next(row for row in self.mail.page(inbox.id, 0, 50) if row.subject == "message 8")
        await self.mail.flag([row.id], add=Flag.FLAGGED)
        await self.until(lambda: "\\Flagged" in letter.flags)
        await self.until(lambda: not self.mail.pending_count())
        text = await self.mail.message(row.id)
        assert any("MARK-8" in getattr(block, "text", "") for block in text.document.blocks)
        assert Line.OFFLINE not in self.states, "the neighbour lost its line"


@asynccontextmanager
async def neighbours(bad: Account, data: Path) -> AsyncIterator[Neighbour]:
    """A Mail with the bad account first and a good one behind it, at work."""
    server = ImapServer("Archive")
    server.boxes["INBOX"].add(plain_letter(1))
    good = Account("good", "127.0.0.1", 1, "u", Security.PLAIN)
    async with Mail(data, [bad, good], password, {"good": server.dial}) as mail:
        neighbour = Neighbour(mail, server)
        mail.start()
        yield neighbour
    await server.stop()


@pytest.fixture(autouse=True)
def small_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bad one comes back again and again, as often as it can."""
    monkeypatch.setattr(patience, "BACK_OFF", (0.01, 0.05))
    monkeypatch.setattr(login, "GREETING_SECONDS", 5.0)
    monkeypatch.setattr(imap, "connect_imap", partial(imap.connect_imap, compress=True))


@pytest.mark.parametrize("name", CLASSES, ids=CLASSES.get)
async def test_a_hostile_server_does_not_disturb_the_neighbour(
    name: str, certificate: Certificate, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    told = script(name)
    server = HostileServer(told["server"], {"good": (certificate.cert, certificate.key)})
    security = {"implicit": Security.TLS, "starttls": Security.STARTTLS}[told["client"]["security"]]
    port = await server.listen()
    with caplog.at_level(logging.WARNING):
        async with neighbours(account("bad", port, security, certificate.cert), tmp_path) as good:
            await good.until(lambda: server.connections)
            await good.lives()
    assert server.connections, "the bad one was there"
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
    await server.stop()


@pytest.mark.parametrize("how", ["nobody listens", "a silent port", "gone in the middle"])
async def test_a_server_that_is_down_does_not_disturb_the_neighbour(how: str, tmp_path: Path) -> None:
    conversations: list[asyncio.StreamWriter] = []

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        conversations.append(writer)
        if how == "gone in the middle":
            writer.write(b"* OK [CAPABILITY IMAP4rev1] hi\r\n")
            await reader.readline()
            writer.transport.abort()
        else:
            with contextlib.suppress(ConnectionError):
                await reader.read()
            writer.close()

    listening = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = int(listening.sockets[0].getsockname()[1])
    if how == "nobody listens":
        listening.close()
        await listening.wait_closed()
    bad = Account("bad", "127.0.0.1", port, "u", Security.PLAIN)
    async with neighbours(bad, tmp_path) as good:
        await good.lives()
        bad_states = [state for state in good.mail.states() if state.account == "bad"]
        assert bad_states[0].line in (Line.OFFLINE, Line.CONNECTING)
    listening.close()
    for writer in conversations:
        writer.transport.abort()
    await listening.wait_closed()
