"""Another mail program changes the mailbox while the list is open: it shows, and the cursor keeps its message."""

from __future__ import annotations

import imaplib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.servers.dovecot import Dovecot
from tests.snap import screen_text
from tests.sync.house import letter, opened, until
from tuimail.app import TuiMail
from tuimail.mail import Mail
from tuimail.model import Flag, Role
from tuimail.screens.main import MainScreen
from tuimail.screens.settings import Settings

MANY = 50
MIDDLE = 25
DEADLINE = 40.0
"""Seconds until a change of another client must be seen; it is mostly there in a tenth of one."""


@dataclass
class Reader:
    """The open app, and the other program."""

    pilot: Pilot[Any]
    mail: Mail
    app: TuiMail
    other: imaplib.IMAP4

    @property
    def main(self) -> MainScreen:
        screen = self.app.screen_stack[0]
        assert isinstance(screen, MainScreen)
        return screen

    @property
    def subject(self) -> str:
        """Under the cursor."""
        row = self.main.list.summary_at(self.main.list.cursor)
        return row.subject if row else ""

    @property
    def line(self) -> int:
        """Of the cursor, on the screen."""
        return self.main.list.cursor - self.main.list.scroll_offset.y

    @property
    def subjects(self) -> list[str]:
        return [row.subject for n in range(self.main.list.row_count) if (row := self.main.list.summary_at(n))]

    async def sees(self, true: Callable[[], object], what: str = "") -> None:
        """Poll the app until something is true. Fails after DEADLINE; prints how long `what` took (pytest -rP)."""
        began = time.perf_counter()
        while not true():
            assert time.perf_counter() - began < DEADLINE, screen_text(self.app)
            await self.pilot.pause(0.01)
        if what:
            print(f"{what} seen after {time.perf_counter() - began:.3f} s")


@asynccontextmanager
async def reader(dovecot: Dovecot, data: Path) -> AsyncIterator[Reader]:
    """50 letters, the newest is letter 49; the cursor is on letter 24, in a list that is scrolled."""
    user = dovecot.user()
    dovecot.deliver(user, [letter(n) for n in range(MANY)])
    async with opened(user, dovecot.port, data) as mail:
        await until(mail, lambda: mail.folder_by_role(1, Role.INBOX) and mail.count(mail.folders()[0].id) == MANY)
        app = TuiMail(mail, Settings(dwell=0.0, repaint=0.0))
        async with app.run_test(size=(120, 40)) as pilot:
            with dovecot.client(user) as other:
                other.select("INBOX")
                seat = Reader(pilot, mail, app, other)
                await seat.sees(lambda: len(seat.subjects) == MANY)  # not placeholders of rows to come
                seat.main.list.move_cursor(MIDDLE + 8)
                seat.main.list.move_cursor(MIDDLE)
                await pilot.pause()
                assert seat.subject == f"letter {MANY - 1 - MIDDLE}"
                assert seat.main.list.scroll_offset.y > 0
                yield seat


def uids(other: imaplib.IMAP4, *subjects: str) -> str:
    """The UIDs of these letters, as a set."""
    found = []
    for subject in subjects:
        _, data = other.uid("SEARCH", "HEADER", "Message-ID", f"<{subject.replace(' ', '-')}@example.org>")
        found.append(data[0].decode())
    return ",".join(found)


async def test_new_mail_of_another_client_comes_in_above_and_nothing_jumps(dovecot: Dovecot, tmp_path: Path) -> None:
    async with reader(dovecot, tmp_path) as seat:
        id_, line = seat.main.list.cursor_id, seat.line
        seat.other.append("INBOX", "", "", letter(100))
        await seat.sees(lambda: seat.main.list.row_count == MANY + 1, "append")
        assert seat.subjects[0] == "letter 100"
        assert (seat.main.list.cursor_id, seat.line) == (id_, line)
        await seat.sees(lambda: seat.main.status.message.startswith("1 new message"))


async def test_flags_of_another_client_are_seen(dovecot: Dovecot, tmp_path: Path) -> None:
    async with reader(dovecot, tmp_path) as seat:
        id_, line = seat.main.list.cursor_id, seat.line
        seat.other.uid("STORE", uids(seat.other, seat.subject), "+FLAGS", r"(\Seen \Flagged)")

        def starred() -> bool:
            row = seat.main.list.summary_at(MIDDLE)
            return row is not None and Flag.FLAGGED in row.flags and Flag.SEEN in row.flags

        await seat.sees(starred, "flag")
        await seat.sees(lambda: "★" in screen_text(seat.app))
        assert (seat.main.list.cursor_id, seat.line) == (id_, line)


async def test_what_another_client_moves_and_expunges_goes_and_nothing_jumps(dovecot: Dovecot, tmp_path: Path) -> None:
    async with reader(dovecot, tmp_path) as seat:
        id_, line = seat.main.list.cursor_id, seat.line
        seat.other.uid("MOVE", uids(seat.other, "letter 45", "letter 3"), "Archive")
        await seat.sees(lambda: seat.main.list.row_count == MANY - 2, "move")
        assert {"letter 45", "letter 3"}.isdisjoint(seat.subjects)
        assert (seat.main.list.cursor_id, seat.line) == (id_, line)
        seat.other.uid("STORE", uids(seat.other, "letter 44", "letter 43", "letter 2"), "+FLAGS", r"(\Deleted)")
        seat.other.expunge()
        await seat.sees(lambda: seat.main.list.row_count == MANY - 5, "expunge")
        assert (seat.main.list.cursor_id, seat.line) == (id_, line)
        archive = seat.mail.folder_by_role(1, Role.ARCHIVE)
        assert archive is not None
        await seat.sees(lambda: seat.mail.count(archive.id) == 2)


@pytest.mark.parametrize(("gone", "after"), [(("letter 24",), "letter 23"), (("letter 24", "letter 23"), "letter 22")])
async def test_when_the_cursors_own_message_is_expunged_the_next_one_has_it(
    dovecot: Dovecot, tmp_path: Path, gone: tuple[str, ...], after: str
) -> None:
    async with reader(dovecot, tmp_path) as seat:
        line = seat.line
        seat.other.uid("STORE", uids(seat.other, *gone), "+FLAGS", r"(\Deleted)")
        seat.other.expunge()
        await seat.sees(lambda: seat.main.list.row_count == MANY - len(gone))
        assert (seat.subject, seat.line) == (after, line)
        await seat.sees(lambda: seat.main.view.message_id == seat.main.list.cursor_id)


async def test_a_message_that_is_being_read_may_be_expunged(dovecot: Dovecot, tmp_path: Path) -> None:
    async with reader(dovecot, tmp_path) as seat:
        await seat.pilot.press("enter")
        await seat.sees(lambda: "text 24" in screen_text(seat.app))
        seat.other.uid("STORE", uids(seat.other, "letter 24"), "+FLAGS", r"(\Deleted)")
        seat.other.expunge()
        await seat.sees(lambda: seat.subject == "letter 23")
        await seat.pilot.press("j", "q", "j")
        assert seat.subject == "letter 22"
