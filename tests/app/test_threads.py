"""Conversations on the screen, over a real store: folded, unfolded, stepped through, acted on, muted."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.snap import Snap, counted_threads, screen_text, settle, snap
from tests.sync.house import password
from tuimail.app import TuiMail
from tuimail.changes import MessagesChanged
from tuimail.mail import Mail
from tuimail.model import Account, Role, Security
from tuimail.screens.main import MainScreen
from tuimail.screens.settings import Settings
from tuimail.store import folders, messages, threads
from tuimail.store.database import Database

__all__ = ["snap"]

NOBODY = 1
"""A port where nobody answers."""
NOW = 1795185000  # Fri 20 Nov 2026 14:30 UTC
SEEN = 1
ADA, BOB, EVE = "Ada Lovelace", "Bob Ross", "Eve Moneypenny"

LETTERS = (
    # folder, minutes ago, Message-ID, ancestors, sender, subject, flags
    ("INBOX", 600, "<plan>", "", ADA, "The garden plan", SEEN),
    ("INBOX", 550, "<other>", "", EVE, "Weekly report", SEEN),
    ("INBOX", 500, "<plan2>", "<plan>", BOB, "Re: The garden plan", SEEN),
    ("Sent", 450, "<plan3>", "<plan> <plan2>", "Me", "Re: The garden plan", SEEN),
    ("INBOX", 400, "<invoice>", "", "Shop", "Your invoice", 0),
    ("INBOX", 350, "<plan4>", "<plan> <plan2> <plan3>", BOB, "Re: The garden plan", 0),
    ("INBOX", 300, "<plan5>", "<plan>", EVE, "Roses (was: The garden plan)", SEEN),
    ("INBOX", 250, "<last>", "", ADA, "Lunch?", SEEN),
)


def bring(db: sqlite3.Connection, letters: Sequence[tuple[str, int, str, str, str, str, int]]) -> None:
    """New mail, with its threads."""
    (last,) = db.execute("SELECT COALESCE(max(id), 0) FROM message").fetchone()
    for uid, (folder, ago, name, refs, sender, subject, flags) in enumerate(letters, last + 1):
        (folder_id,) = db.execute("SELECT id FROM folder WHERE name = ?", (folder,)).fetchone()
        date = NOW - 60 * ago
        place, email = messages.rank(date, uid), f"{sender.split()[0].lower()}@example.org"
        row = (uid, flags, "", place, date, 900, 0, sender, email, "me", subject, name, refs, "", "me@example.org")
        messages.put_heads(db, folder_id, [row])
        db.execute("UPDATE folder SET complete = 1 WHERE id = ?", (folder_id,))
    fresh = [id_ for (id_,) in db.execute("SELECT id FROM message WHERE thread IS NULL ORDER BY id")]
    threads.assign(db, fresh)


def fill(data: Path) -> None:
    """A store as a sync leaves it."""
    Database(data).close()
    db = sqlite3.connect(data / "mail.db", isolation_level=None)
    account = folders.put_account(db, "me@example.org")
    roles = {"INBOX": "inbox", "Sent": "sent", "Archive": "archive", "Trash": "trash"}
    folders.put_folders(db, account, [folders.Listed(n.encode(), n, "/", r, True) for n, r in roles.items()])
    bring(db, LETTERS)
    db.close()


@dataclass
class Seat:
    """The running app, and what a person sees."""

    pilot: Pilot[Any]
    mail: Mail
    app: TuiMail

    @property
    def main(self) -> MainScreen:
        screen = self.app.screen_stack[0]
        assert isinstance(screen, MainScreen)
        return screen

    @property
    def says(self) -> str:
        return self.main.status.message

    @property
    def rows(self) -> list[str]:
        """The list: how many, who, drawing and subject, folder; ">" before the cursor's row."""
        lines = []
        for number in range(self.main.list.row_count):
            row = self.main.list.summary_at(number)
            assert row is not None
            many = f"({row.held + 1}) " if row.held else ""
            place = f" | {row.place}" if row.place else ""
            here = ">" if self.main.list.cursor == number else " "
            lines.append(f"{here}{many}{row.sender}: {row.branch}{row.subject}{place}")
        return lines

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.pilot.press(key)
            await self.settle()

    async def settle(self) -> None:
        if working := [worker for worker in self.app.workers if worker.group == "list"]:  # none would mean all
            await self.app.workers.wait_for_complete(working)
        await settle(self.pilot)

    async def comes(self, *letters: tuple[str, int, str, str, str, str, int]) -> None:
        """New mail."""
        await self.mail._database.write(lambda db: bring(db, letters))
        for folder in self.mail.folders():
            self.mail._tell(MessagesChanged(folder.id))
        await self.settle()


@asynccontextmanager
async def seat(data: Path, size: tuple[int, int] = (120, 30), **settings: Any) -> AsyncIterator[Seat]:
    counted_threads()
    account = Account("me@example.org", "127.0.0.1", NOBODY, "me@example.org", Security.PLAIN)
    async with Mail(data, [account], password) as mail:
        mail.start = lambda: None  # type: ignore[method-assign]
        app = TuiMail(
            mail, Settings(**{"now": lambda: NOW, "dwell": 0.0, "repaint": 0.0, "preview": False, **settings})
        )
        async with app.run_test(size=size) as pilot:
            here = Seat(pilot, mail, app)
            await here.settle()
            yield here


@pytest.fixture
def data(tmp_path: Path) -> Path:
    fill(tmp_path)
    return tmp_path


FOLDED = [
    f">{ADA}: Lunch?",
    " (5) Ada … Me, Eve: Roses (was: The garden plan)",
    " Shop: Your invoice",
    f" {EVE}: Weekly report",
]
TREE = [
    " Ada Lovelace: The garden plan",
    " Bob Ross: ├─▸ Re: The garden plan",
    " Me: │ └─▸ Re: The garden plan | Sent",
    " Bob Ross: │   └─▸ Re: The garden plan",
    ">Eve Moneypenny: └─▸ Roses (was: The garden plan)",
]


async def test_T_shows_a_line_a_thread_and_is_remembered(data: Path) -> None:
    async with seat(data) as here:
        assert len(here.rows) == 7
        await here.press("T")
        assert here.rows == FOLDED
        assert here.says == "Threads"
    async with seat(data) as here:
        assert here.rows == FOLDED
        await here.press("T")
        assert len(here.rows) == 7
    async with seat(data, threads=True) as here:
        assert len(here.rows) == 7


async def test_a_setting_decides_until_the_reader_does(data: Path) -> None:
    async with seat(data, threads=True) as here:
        assert here.rows == FOLDED


async def test_T_leaves_the_cursor_on_its_message(data: Path) -> None:
    async with seat(data) as here:
        await here.press("j", "j")
        message = here.main.list.cursor_id
        await here.press("T")
        assert here.main.list.cursor_id == message
        assert here.rows[1] == ">(5) Ada … Me, Eve: Re: The garden plan"
        await here.press("T")
        assert here.main.list.cursor_id == message


async def test_minus_unfolds_with_own_replies_and_folds_again(data: Path) -> None:
    async with seat(data, threads=True) as here:
        await here.press("j", "minus")
        assert here.rows == [FOLDED[0].replace(">", " "), *TREE, *FOLDED[2:]]
        await here.press("minus")
        assert here.rows[1] == ">(5) Ada … Me, Eve: Roses (was: The garden plan)"
        assert len(here.rows) == 4


async def test_a_filter_looks_in_the_folder_alone_also_while_a_thread_is_unfolded(data: Path) -> None:
    async with seat(data, threads=True) as here:
        await here.press("j", "minus", "slash", *"is:read", "enter")
        assert len(here.rows) == 5 and not any("Sent" in row for row in here.rows)
        await here.press("e")
        assert len(here.rows) == 4


async def test_what_was_archived_in_a_filter_is_not_there_for_the_next_key_when_the_list_comes_back(data: Path) -> None:
    async with seat(data, threads=True) as here:
        await here.press("slash", *"is:read", "enter")
        archived = here.main.list.cursor_id
        await here.press("e")
        here.main.end_search()
        assert here.main.list.cursor_id != archived


async def test_minus_on_a_message_that_is_all_of_its_thread_says_so(data: Path) -> None:
    async with seat(data, threads=True) as here:
        await here.press("minus")
        assert here.says == "No thread here."
        await here.comes(("INBOX", 5, "<answer>", "<last>", "Bob Ross", "Re: Lunch?", 0))
        assert here.rows[0] == ">(2) Ada, Bob: Lunch?"


async def test_underscore_unfolds_all_and_minus_folds_one_of_them(data: Path) -> None:
    async with seat(data, threads=True) as here:
        await here.press("underscore")
        assert len(here.rows) == 8
        await here.press("j", "minus")
        assert len(here.rows) == 4
        await here.press("underscore")
        assert len(here.rows) == 4
        await here.press("underscore")
        assert len(here.rows) == 8


async def test_n_and_p_step_through_the_thread(data: Path) -> None:
    async with seat(data, threads=True) as here:
        await here.press("j", "p")
        assert here.rows[4] == ">Bob Ross: │   └─▸ Re: The garden plan"
        await here.press("p", "p", "p")
        assert here.rows[1].startswith(">Ada")
        await here.press("p")
        assert here.says == "This is the first of the thread."
        await here.press("n")
        assert here.rows[2].startswith(">Bob")
        await here.press("n", "n", "n", "n")
        assert here.says == "This is the last message of the thread."


async def test_n_and_p_step_in_the_flat_list_over_what_is_elsewhere(data: Path) -> None:
    async with seat(data) as here:
        await here.press("G", "n", "n")
        assert here.rows[2] == ">Bob Ross: Re: The garden plan"
        await here.press("p")
        assert here.rows[4] == ">Bob Ross: Re: The garden plan"


async def test_n_and_p_step_in_the_viewer(data: Path) -> None:
    async with seat(data, threads=True) as here:
        await here.press("j", "enter", "p")
        assert here.main.focused_pane() == "view"
        assert here.rows[4] == ">Bob Ross: │   └─▸ Re: The garden plan"
        await here.press("n")
        assert here.rows[5].startswith(">Eve")


async def test_a_verb_on_a_folded_row_is_for_the_whole_thread_in_this_folder(data: Path) -> None:
    async with seat(data, threads=True) as here:
        await here.press("j", "e")
        assert here.says == "Archived 4 messages · z undo"
        assert here.rows == [" Ada Lovelace: Lunch?", ">Shop: Your invoice", FOLDED[3]]
        await here.press("z")
        assert here.rows[1] == ">(5) Ada … Me, Eve: Roses (was: The garden plan)"
        await here.press("x", "e")
        assert here.says == "Archived 4 messages · z undo"


async def test_a_verb_in_an_unfolded_thread_is_for_one_message(data: Path) -> None:
    async with seat(data, threads=True) as here:
        await here.press("j", "minus", "e")
        assert here.says == "Archived 1 message · z undo"
        assert " Eve Moneypenny: └─▸ Roses (was: The garden plan) | Archive" in here.rows


async def test_the_cursor_goes_on_below_when_the_newest_of_an_unfolded_thread_leaves_it(data: Path) -> None:
    """The thread sinks to where its next newest belongs; whoever reads on wants what stood below."""
    async with seat(data, threads=True) as here:
        await here.comes(("INBOX", 270, "<later>", "", EVE, "Between", SEEN))
        await here.comes(("INBOX", 5, "<plan6>", "<plan>", ADA, "Re: The garden plan", 0))
        await here.press("g", "g", "minus", "n", "n", "n", "n", "n", "n")
        assert here.rows[5:7] == [">Ada Lovelace: └─▸ Re: The garden plan", " Ada Lovelace: Lunch?"]
        await here.press("e")
        assert here.rows[:2] == [">Ada Lovelace: Lunch?", f" {EVE}: Between"]
        assert " Ada Lovelace: └─▸ Re: The garden plan | Archive" in here.rows


async def test_undo_of_what_was_done_elsewhere_leaves_the_cursor(data: Path) -> None:
    """The message is of a thread that stands in this list, too, but itself it does not."""
    async with seat(data, threads=True) as here:
        await here.press("g", "t", "s", "g", "i", "G", "z")
        assert here.says == "Undid: starred 1 message · Z redo"
        assert here.rows[3] == f">{EVE}: Weekly report"


async def test_the_cursor_comes_back_into_an_unfolded_thread(data: Path) -> None:
    async with seat(data, threads=True) as here:
        await here.press("j", "minus", "k", "k", "k")
        rows = here.rows
        assert rows[2] == ">Bob Ross: ├─▸ Re: The garden plan"
        await here.press("g", "t")
        await here.press("g", "i")
        assert here.rows == rows


async def test_T_leaves_the_cursor_on_its_message_also_where_it_is_far_down(data: Path) -> None:
    async with seat(data) as here:
        await here.comes(*(("INBOX", 1000 + n, f"<far{n}>", "", EVE, f"Far {n}", SEEN) for n in range(300)))
        await here.press("G", "k")
        message = here.main.list.cursor_id
        for _ in range(2):
            await here.press("T")
            assert here.main.list.cursor_id == message
        await here.press("T", "J", "K")
        assert here.main.list.cursor_id == message


async def test_all_that_is_selected_is_of_this_folder_also_while_a_thread_is_unfolded(data: Path) -> None:
    async with seat(data, threads=True) as here:
        await here.press("j", "minus", "asterisk", "t")
        assert len(here.main.list.selected) == 4
        await here.press("asterisk", "n", "asterisk", "a", "e")
        assert here.says == "Archived 7 messages · z undo"
        await here.press("g", "t")
        assert len(here.rows) == 1


async def test_a_range_over_an_unfolded_thread_passes_over_what_is_elsewhere(data: Path) -> None:
    async with seat(data, threads=True) as here:
        await here.press("j", "minus", "g", "g", "V", "G", "e")
        assert here.says == "Archived 7 messages · z undo"
        await here.press("g", "t")
        assert here.rows == [">(5) Ada … Me, Eve: Re: The garden plan"]


async def test_a_key_that_changes_nothing_leaves_the_selection(data: Path) -> None:
    async with seat(data, threads=True) as here:
        await here.press("x", "x", "E")
        assert here.says == "Nothing to change." and len(here.main.list.selected) == 2


async def test_what_is_selected_by_its_kind_is_what_the_rows_show(data: Path) -> None:
    """A folded thread is unread and starred because of a message that is not its newest."""
    async with seat(data, threads=True) as here:
        await here.press("full_stop", "s", "minus", "g", "g", "T", "T")  # the unread one is starred, and folded away
        await here.press("asterisk", "u")
        assert len(here.main.list.selected) == 2
        await here.press("I")
        assert here.says == "Marked read 2 messages · z undo"
        await here.press("asterisk", "s", "e")
        assert here.says == "Archived 4 messages · z undo"


async def test_a_row_is_unread_when_a_message_under_it_is_and_the_key_goes_there(data: Path) -> None:
    async with seat(data, threads=True) as here:
        assert next(line for line in screen_text(here.app).splitlines() if "Roses" in line).count("●") == 1
        await here.press("full_stop")
        assert here.rows[4] == ">Bob Ross: │   └─▸ Re: The garden plan"
        await here.press("full_stop")
        assert here.rows[6] == ">Shop: Your invoice"


async def test_the_cursor_keeps_its_message_when_its_thread_gets_new_mail(data: Path) -> None:
    async with seat(data, threads=True) as here:
        await here.press("j")
        message = here.main.list.cursor_id
        await here.comes(("INBOX", 5, "<plan6>", "<plan>", ADA, "Re: The garden plan", 0))
        assert here.main.list.cursor_id == message
        assert here.rows[0] == ">(6) Ada … Me, Eve: Roses (was: The garden plan)"
        await here.press("j", "k")
        assert here.main.list.cursor_id == message


async def test_M_mutes_a_thread_and_z_lets_it_be_heard(data: Path) -> None:
    async with seat(data, threads=True) as here:
        await here.press("j", "M")
        assert here.says == "Muted 1 thread · z undo"
        assert len(here.rows) == 3
        await here.press("g", "a")
        assert here.rows == [">(5) Ada … Me, Eve: ⊘ Roses (was: The garden plan)"]
        await here.press("z", "g", "i")
        assert len(here.rows) == 4
        assert not any("⊘" in row for row in here.rows)


async def test_new_mail_of_a_muted_thread_goes_to_the_archive_when_it_is_indexed(data: Path) -> None:
    async with seat(data, threads=True) as here:
        await here.press("j", "M")
        inbox = next(folder for folder in here.mail.folders() if folder.role is Role.INBOX)
        row = (
            99,
            0,
            "",
            messages.rank(NOW, 99),
            NOW,
            9,
            0,
            ADA,
            "",
            "",
            "Re: The garden plan",
            "<new>",
            "<plan>",
            "",
            "",
        )
        await here.mail._database.write(lambda db: messages.put_heads(db, inbox.id, [row]))
        await here.mail.searching.catch_up()
        await here.settle()
        assert len(here.rows) == 3
        archive = here.mail.folder_by_role(inbox.account_id, Role.ARCHIVE)
        assert archive is not None and archive.total == 5


async def test_all_inboxes_can_be_threaded_too(data: Path) -> None:
    async with seat(data) as here:
        await here.press("g", "u", "T")
        assert [row.partition(" | ")[0] for row in here.rows] == FOLDED
        await here.press("T")
        assert len(here.rows) == 7


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
async def test_how_it_looks(data: Path, snap: Snap, size: tuple[int, int]) -> None:
    async with seat(data, size, threads=True) as here:
        name = f"{size[0]}x{size[1]}"
        await snap(here.pilot, f"folded-{name}")
        await here.press("j", "minus")
        await snap(here.pilot, f"unfolded-{name}")
