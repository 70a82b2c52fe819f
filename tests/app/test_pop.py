"""A POP3 account on the screen: every key works as on IMAP, and where a message stands is seen and said."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot

from tests.fakes.chaos import ChaosProxy
from tests.fakes.pop_server import PopServer
from tests.fakes.pop_server import letter as pop_letter
from tests.servers.dovecot import Dovecot
from tests.snap import Snap, counted_threads, screen_text, settle, snap
from tests.sync.house import password
from tuimail.app import TuiMail
from tuimail.mail import Mail
from tuimail.model import Account, Role, Security
from tuimail.screens.main import MainScreen
from tuimail.screens.settings import Settings
from tuimail.sync import visits
from tuimail.widgets.message_row import SIGNS

__all__ = ["snap"]

PATIENCE = 40.0
NOBODY = 1
"""A port where nobody answers."""
NOW = 1795185000  # Fri 20 Nov 2026 14:30 UTC


def letter(number: int, subject: str, sender: str = "Ada <ada@example.org>", text: str = "") -> bytes:
    return (
        f"Received: from a by b; Fri, 20 Nov 2026 {number + 8:02}:12:00 +0000\r\n"
        f"From: {sender}\r\nTo: me@example.org\r\nSubject: {subject}\r\nMessage-ID: <{number}@example.org>\r\n"
        f"Date: Fri, 20 Nov 2026 {number + 8:02}:10:00 +0000\r\n\r\n{text or f'The words of {subject}.'}\r\n"
    ).encode()


MAILS = [letter(n, subject) for n, subject in enumerate(["zero", "one", "two", "three", "four", "five"])]

PART = "--x\r\nContent-Type: %s\r\n\r\n%s\r\n"
LARGE = (
    letter(1, "large", text="{}")
    .replace(b"\r\n\r\n{}", b"\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n{}")
    .replace(b"{}", (PART % ("text/plain", "See there.")).encode())
    + (PART % ("application/octet-stream; name=engine.bin", "0123456789ABCDE\r\n" * 530_000)).encode()
    + b"--x--\r\n"
)


@dataclass
class Seat:
    """The running app, and what a person does and sees."""

    pilot: Pilot[Any]
    mail: Mail
    app: TuiMail

    @property
    def main(self) -> MainScreen:
        screen = self.app.screen_stack[0]
        assert isinstance(screen, MainScreen)
        return screen

    @property
    def text(self) -> str:
        return screen_text(self.app)

    @property
    def subjects(self) -> list[str]:
        """Of the list, downwards."""
        rows = (self.main.list.summary_at(n) for n in range(self.main.list.row_count))
        return [row.subject for row in rows if row is not None]

    def signs(self, subject: str) -> str:
        """The signs in this letter's row, between what it says and the time."""
        (row,) = re.findall(rf"Ada +{subject} (.*?)\d\d:\d\d", self.text)
        return "".join(sign for sign in str(row)[-10:] if sign in dict(SIGNS))

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.pilot.press(key)
        await settle(self.pilot)

    def type(self, *keys: str) -> None:
        """Without waiting until the app has nothing to do."""
        for key in keys:
            self.app.post_message(events.Key(key, None))

    async def until(self, true: Callable[[], object]) -> None:
        """Fails, with the screen, after PATIENCE."""
        began = time.monotonic()
        while not true():
            assert time.monotonic() - began < PATIENCE, self.text
            await self.pilot.pause(0.01)

    async def sees(self, *words: str) -> None:
        await self.until(lambda: all(word in self.text for word in words))

    async def settles(self) -> None:
        """Every wish has come true, and the line is fine."""
        await self.until(lambda: "checked" in self.text and "waiting" not in self.text)


@asynccontextmanager
async def seat(
    user: str, port: int, data: Path, *, leave: str = "forever", size: tuple[int, int] = (120, 36), **settings: Any
) -> AsyncIterator[Seat]:
    counted_threads()
    account = Account("ada@example.org", "127.0.0.1", port, user, Security.PLAIN, protocol="pop3", leave=leave)
    async with Mail(data, [account], password) as mail:
        app = TuiMail(mail, Settings(**{"now": lambda: NOW, "dwell": 0.0, "repaint": 0.0, **settings}))
        async with app.run_test(size=size) as pilot:
            yield Seat(pilot, mail, app)


@pytest.fixture
def short_visits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A visit ends as soon as there is nothing to do."""
    monkeypatch.setattr(visits, "LINGER", 0.02)
    monkeypatch.setattr(visits, "READING", 0.02)
    monkeypatch.setattr(visits, "FRESH", 0.0)


@pytest.fixture
def user(dovecot: Dovecot) -> str:
    """Has six letters, the newest is "five"."""
    user = dovecot.user()
    dovecot.deliver(user, MAILS)
    return user


async def test_archive_star_move_and_undo_hold_over_a_restart(
    dovecot: Dovecot, user: str, tmp_path: Path, short_visits: None
) -> None:
    async with seat(user, dovecot.pop_port, tmp_path) as here:
        await here.sees("The words of five", "6 unread of 6", "checked")
        await here.mail.create_folder(here.mail.folders()[0].account_id, "Rechnungen")
        await here.press("e")
        assert "Archived 1 message" in here.main.status.message
        await here.press("s", "j", "e", "z", "v", *"rechn", "enter", "e", "e", "z")
        assert "ndid: archived 1 message" in here.main.status.message
        await here.settles()
        before = here.subjects
        assert before == ["four", "one", "zero"]
        assert "★" in here.text
    for port in (NOBODY, dovecot.pop_port):
        async with seat(user, port, tmp_path) as here:
            await here.sees("offline" if port == NOBODY else "checked", "★")
            assert here.subjects == before
            await here.press("g", "a")
            assert here.subjects == ["five", "two"]
            await here.press("c", *"rechn", "enter")
            assert here.subjects == ["three"]
            await here.press("z")
            assert "ndid: archived" in here.main.status.message
            await here.press("Z", "g", "i")
            assert here.subjects == before


async def test_what_was_read_is_readable_without_a_server_and_what_is_done_then_agrees_with_it_later(
    dovecot: Dovecot, user: str, tmp_path: Path, short_visits: None
) -> None:
    async with seat(user, dovecot.pop_port, tmp_path) as here:
        await here.sees("The words of five", "checked")
        await here.press("enter", "q")
        await here.settles()
    async with seat(user, NOBODY, tmp_path) as here:
        await here.sees("The words of five", "✕ offline")
        await here.press("G")
        await here.sees("is not here")
        assert "five" in here.text and "Traceback" not in here.text
        await here.press("s", "k", "e", "2", "g", "g", "e")
        await here.sees("3 waiting", "⧗")
        assert here.subjects == ["four", "three", "two", "zero"]
        await here.press("g", "a")
        await here.sees("The words of five")
    async with ChaosProxy(dovecot.host, dovecot.pop_port) as proxy:
        async with seat(user, proxy.port, tmp_path) as here:
            await here.settles()
            assert here.subjects == ["four", "three", "two", "zero"]
            assert here.mail.pending_count() == 0
        said = [line.split()[0] for line in proxy.lines]
        assert b"DELE" not in said
        assert said.count(b"RETR") <= 3, "the one that was archived, and neighbours of what was shown"


async def test_a_deletion_is_pending_in_sign_and_words_until_the_server_has_heard_it(
    dovecot: Dovecot, user: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visits, "LINGER", 60.0)
    monkeypatch.setattr(visits, "READING", 60.0)
    monkeypatch.setattr(visits, "FRESH", 0.0)
    async with seat(user, dovecot.pop_port, tmp_path, leave="delete") as here:
        await here.sees("The words of five", "checked")
        await here.press("d", "d", "z", "g", "b")
        await here.sees("The server will be told to delete this message")
        assert here.subjects == ["five"]
        await here.settles()
        assert here.signs("five") == "✗", "it can still be undone"
        await here.press("dollar_sign")
        await here.press("escape")
        await here.until(lambda: here.signs("five") == "⌂")
        await here.sees("The server does not hold this message: it is only here.")
        with dovecot.client(user) as other:
            assert other.select("INBOX", readonly=True)[1] == [b"5"]
        await here.press("z")
        await here.settles()
        await here.press("g", "i")
        assert here.signs("five") == "⌂", "back in the inbox, and nowhere else"
        assert here.signs("four") == ""


async def test_mail_that_stays_for_ever_leaves_the_server_when_it_is_deleted_for_good_as_is_said(
    dovecot: Dovecot, user: str, tmp_path: Path, short_visits: None
) -> None:
    def on_the_server() -> bytes | None:
        with dovecot.client(user) as other:
            return other.select("INBOX", readonly=True)[1][0]

    async with seat(user, dovecot.pop_port, tmp_path) as here:
        await here.sees("The words of five", "checked")
        await here.press("f9")
        await here.sees("Mail there", "stays on the server until it is deleted for good here")
        await here.press("escape", "d", "f5", "escape")
        await here.settles()
        assert on_the_server() == b"6", "the trash is a folder like any other"
        await here.press("X", "y", "f5", "escape")
        await here.until(lambda: on_the_server() == b"5")


async def test_a_large_message_is_fetched_on_enter_stopped_by_esc_and_fetched_after_all(
    dovecot: Dovecot, tmp_path: Path, short_visits: None
) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [letter(0, "small"), LARGE])
    async with (
        ChaosProxy(dovecot.host, dovecot.pop_port, chunk=16384, pause=0.003) as proxy,
        seat(user, proxy.port, tmp_path, leave="delete") as here,
    ):
        await here.sees("Only the beginning is here. Enter downloads all of it (9 MB).", "checked")
        await here.press("A")
        assert here.main.status.message == "Only the beginning is here · Enter downloads all of it"
        await here.press("H")
        assert "Only the beginning is here" in here.main.status.message
        await here.press("enter")
        here.type("enter")
        await here.until(lambda: re.search(r"Fetching: \d.* of 9.0 MB · Esc stops", here.text))
        here.type("enter", "escape")  # the first does not begin it again
        await here.sees("Stopped; the beginning stays here.")
        stopped = proxy.connections
        await here.press("q", "j", "enter")
        await here.sees("The words of small.")
        proxy.chunk = 0
        await here.press("q", "k", "enter", "enter")
        await here.sees("All of it is here.")
        await here.press("A")
        await here.sees("engine.bin")
        await here.press("escape")
        said = [line for line in proxy.lines if line.startswith((b"RETR", b"DELE"))]
        assert said == [b"RETR 1", b"RETR 2", b"RETR 2"], "the neighbour, and twice the large one"
        assert proxy.connections == stopped + 1, "the line was dropped, for there is no other way to stop a RETR"
        await here.press("q", "e")
        await here.settles()
        assert proxy.lines.count(b"RETR 2") == 2, "what was read is filed as it is here"


async def test_a_large_message_that_was_piped_is_shown_whole_from_then_on(
    dovecot: Dovecot, tmp_path: Path, short_visits: None
) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [LARGE])
    async with seat(user, dovecot.pop_port, tmp_path) as here:
        await here.sees("Only the beginning is here.", "checked")
        await here.press("vertical_line", *"wc", "enter")
        await here.sees("The command is done.")
        await here.press("escape")
        await here.sees("engine.bin")
        assert "Only the beginning" not in here.text


async def test_in_a_server_without_ids_the_reader_is_told_so(tmp_path: Path, short_visits: None) -> None:
    async with (
        PopServer([pop_letter(n) for n in range(3)], "one_uidl") as server,
        seat("ann", server.port, tmp_path) as here,
    ):
        await here.sees("! Server with doubled message ids: headers are compared instead.", "message 2")
        await here.press("j")
        await here.press("f9")
        await here.sees("doubled message ids; messages are told apart")


@pytest.mark.parametrize("size", [(80, 24), (140, 40)], ids=["small", "large"])
async def test_the_inbox_and_the_trash_look_as_they_did(
    dovecot: Dovecot, tmp_path: Path, snap: Snap, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    monkeypatch.setattr(visits, "LINGER", 60.0)
    monkeypatch.setattr(visits, "READING", 60.0)
    monkeypatch.setattr(time, "time", lambda: NOW - 28 * 60)
    user = dovecot.user()
    dovecot.deliver(user, MAILS)
    async with seat(user, dovecot.pop_port, tmp_path, leave="delete", size=size) as here:
        await here.sees("The words of five", "● checked 14:02")
        await here.press("d", "s", "j", "e", "j", "d")
        await here.settles()
        await here.sees("four  The words", "two  The words", "zero  The words")  # as soon as each text is indexed
        await snap(here.pilot, f"inbox-{size[0]}x{size[1]}")
        here.mail.sync_now()
        await here.press("g", "b", "2")
        await here.until(lambda: here.mail.folder_by_role(1, Role.TRASH))
        await here.sees("five  The words", "one  The words")
        await snap(here.pilot, f"trash-{size[0]}x{size[1]}")
