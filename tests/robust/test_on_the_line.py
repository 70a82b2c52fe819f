"""Oddities and nonsense on a live connection: what they cost, and what a poor server is never asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.imap_server import ImapServer
from tests.fakes.mailboxes import plain_letter
from tests.fakes.scripted import Scripted
from tests.net.reach import account, password
from tests.net.test_bad_lines import SELECTED
from tests.net.test_changing import logged_in
from tests.robust.scenes import Scene
from tuimail.net.imap import connect_imap
from tuimail.net.wirelog import WireLog
from tuimail.protocol.imap import commands
from tuimail.protocol.imap.responses import Event, Unparsed

NONSENSE = [
    "Server Unavailable. 15",
    "* [PERMANENTFLAGS (x)] no OK before it",
    "* 0 EXPUNGE",
    "* 1 FETCH (FLAGS (",
    '* LIST (\\x "/',
    "* ESEARCH (TAG zz) UID ALL 0:*:1",
    "zz OK an answer nobody waits for",
    "* 99999999999999999999999 EXISTS",
]


async def test_a_bad_response_is_one_event_and_one_line_of_the_log() -> None:
    log, unread = WireLog(), []
    script = logged_in(
        SELECTED, "C: UID SEARCH ALL", *(f"S: {line}" for line in NONSENSE), "S: * SEARCH 1 2 3", "S: $TAG OK"
    )
    async with Scripted(script) as server:
        connected = await connect_imap(account(server.port), password, log=log)

        def overhear(event: Event, asked: bool) -> None:
            if isinstance(event, Unparsed):
                unread.append(event.raw.decode())

        connected._session.overhears = overhear
        assert await connected.uids(b"INBOX") == ((1, 3),), "and nothing else is lost"
        await connected.close()
    assert unread == NONSENSE
    noted = [line.partition(": ")[2] for line in log.lines() if " -: " in line]
    assert [line.rpartition(": ")[2] for line in noted if line.startswith("not understood")] == [
        line.rpartition(": ")[2] for line in NONSENSE
    ]


async def test_a_megabyte_of_nonsense_is_a_short_line_of_the_log_without_controls() -> None:
    log = WireLog()
    said = r"\x1b]0;PWN\x07 \xe2\x80\xae" + "x" * 5000
    script = logged_in(SELECTED, "C: UID SEARCH ALL", f'S>> "{said}\\r\\n"', "S: * SEARCH 1 2 3", "S: $TAG OK")
    async with Scripted(script) as server:
        connected = await connect_imap(account(server.port), password, log=log)
        await connected.uids(b"INBOX")
        await connected.close()
    (line,) = [line for line in log.lines() if "not understood" in line]
    assert line.isprintable() and len(line) < 400


async def test_what_is_not_advertised_is_never_asked_for(tmp_path: Path) -> None:
    """Proton Bridge and others answer BAD to what they did not offer, and hang up after some (MailKit#674)."""
    scene = await Scene.fresh(tmp_path / "store", 2, without=("no such thing",))
    scene.server.capabilities = ["IMAP4rev1"]
    await scene.sync()
    await scene.act_offline()
    await scene.sync()
    scene.check()
    scene.check_wishes()
    await scene.close()
    said = "\n".join(scene.server.lines)
    for word in ("RETURN", "MOVE", "ENABLE", "IDLE", "NAMESPACE", "UNSELECT", "CONDSTORE", "EXPUNGE", "COMPRESS"):
        assert word not in said, word
    assert not any(line.startswith("ID ") for line in scene.server.lines)


@pytest.mark.parametrize("name", [b"a&-b", b"Entw&APw-rfe", b"INBOX"])
def test_a_name_that_can_be_an_atom_is_one(name: bytes) -> None:
    """Exchange hangs on a quoted name with "&-" in it (Home-Assistant-Mail-And-Packages#1260)."""
    assert commands.select(name).parts[0] == name


async def test_expunged_from_the_low_end_or_the_high_the_same_are_gone(tmp_path: Path) -> None:
    """Gmail tells them upwards, Exchange downwards: nothing here counts sequence numbers."""
    for order in (1, -1):
        directory = tmp_path / str(order)
        scene = await Scene.fresh(directory, 5)
        await scene.sync()
        box = scene.server.boxes["INBOX"]
        for letter in box.letters[1:4][::order]:
            box.remove(letter)
        await scene.sync()
        scene.check()
        assert [letter.uid for letter in box.letters] == [1, 5]
        await scene.close()


class Meddling(list[str]):
    """The commands a server heard; behind the n-th of them a letter comes and another one goes."""

    def __init__(self, server: ImapServer, at: int) -> None:
        self._server, self._at = server, at

    def append(self, line: str) -> None:
        super().append(line)
        if len(self) == self._at:
            box = self._server.boxes["INBOX"]
            box.add(plain_letter(100 + self._at))
            box.remove(box.letters[0])


async def test_a_message_more_and_one_less_behind_any_command_is_nothing(tmp_path: Path) -> None:
    scene = await Scene.fresh(tmp_path / "store", 3)
    await scene.sync()
    for at in range(1, len(scene.server.lines) + 1):
        scene.server.lines = Meddling(scene.server, at)
        await scene.sync()
        await scene.sync()
        scene.check()
    await scene.close()
