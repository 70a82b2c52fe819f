"""Search on the screen with real servers: far away, lost, POP3; filters that come back; kept searches that count."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from tests.app import test_pop as pop
from tests.app.test_pop import Seat, short_visits
from tests.fakes.chaos import ChaosProxy
from tests.servers.dovecot import Dovecot
from tests.snap import counted_threads
from tests.sync.house import account, password
from tuimail.app import TuiMail
from tuimail.mail import Mail
from tuimail.screens.settings import Settings
from tuimail.widgets.rows import Rule

__all__ = ["short_visits"]

FAR = 0.8
"""Seconds to the server and back."""


def letter(number: int, subject: str, text: str = "nothing of note") -> bytes:
    return (
        f"From: Ada <ada@example.org>\r\nTo: me@example.org\r\nSubject: {subject} {number}\r\n"
        f"Message-ID: <{number}@example.org>\r\nDate: Fri, 20 Nov 2026 {number // 60:02}:{number % 60:02}:00 +0000\r\n"
        f"\r\n{text}\r\n"
    ).encode()


def moment(number: int) -> str:
    return f"20-Nov-2026 {number // 60:02}:{number % 60:02}:00 +0000"


KEEPERS = range(40, 46)
"""Known here to be about the lighthouse: it stands in the subject."""
BOATS = {10, 15, 20, 50, 55}
"""Of the inbox; only the server knows that they are about it, too."""
CRATES = {70, 71, 73}
"""The same in the archive; 72 is one of the keepers once more."""


@dataclass(frozen=True)
class Seen:
    """What one picture showed of a search."""

    words: str
    cursor: int | None
    line: int
    ids: tuple[int, ...]
    rule: str


@asynccontextmanager
async def seat(dovecot: Dovecot, data: Path, user: str, proxy: ChaosProxy | None = None) -> AsyncIterator[Seat]:
    """Everything is here and indexed; but the texts are not."""
    counted_threads()
    port = proxy.port if proxy else dovecot.port
    async with Mail(data, [account(user, port)], password) as mail:
        app = TuiMail(mail, Settings(now=lambda: pop.NOW, dwell=0.0, repaint=0.0, preview=False, foresight=3600.0))
        async with app.run_test(size=(120, 36)) as pilot:
            here = Seat(pilot, mail, app)
            await here.until(lambda: mail.folders() and all(each.complete for each in mail.folders()))
            await mail.searching.catch_up()
            await here.sees("● online")
            yield here


@pytest.fixture
def user(dovecot: Dovecot) -> str:
    """Has 60 letters in the inbox and four in the archive."""
    user = dovecot.user()
    inbox = [
        letter(n, "keeper of the lighthouse" if n in KEEPERS else "boat", "by the lighthouse" if n in BOATS else "sea")
        for n in range(60)
    ]
    archive = [letter(n, "crate", "for the lighthouse" if n in CRATES else "") for n in (70, 71, 73)]
    archive.append(letter(41, "keeper of the lighthouse"))
    dovecot.deliver(user, inbox, dates=[moment(n) for n in range(60)])
    dovecot.deliver(user, archive, "Archive", dates=[moment(n) for n in (70, 71, 73, 72)])
    return user


@asynccontextmanager
async def far_away(dovecot: Dovecot, data: Path, user: str) -> AsyncIterator[tuple[Seat, ChaosProxy]]:
    """The server moves away when everything has been brought in."""
    async with ChaosProxy(dovecot.host, dovecot.port) as proxy, seat(dovecot, data, user, proxy) as here:
        proxy.rtt = FAR
        yield here, proxy


async def tap(here: Seat, *keys: str) -> None:
    """Press keys, and do not wait for a text that is 800 ms away."""
    for key in keys:
        await here.pilot.press(key)


def lines(here: Seat) -> list[str]:
    """Subjects, and what the rule says."""
    rows = [here.main.list._rows.line(n) for n in range(here.main.list.row_count)]
    return [f"── {row.words}" if isinstance(row, Rule) else row.subject for row in rows if row]


@contextmanager
def pictures(here: Seat) -> Iterator[list[Seen]]:
    """What each picture shows of a search, one after the other."""
    seen: list[Seen] = []

    def note() -> None:
        hits = here.main.hits
        if hits is None:
            return
        rows = [here.main.list._rows.line(n) for n in range(here.main.list.row_count)]
        ids = tuple(row.id for row in rows if row is not None and not isinstance(row, Rule))
        rule = next((row.words for row in rows if isinstance(row, Rule)), "")
        seen.append(Seen(hits.query.text, here.main.list.cursor_id, here.main.list.line, ids, rule))

    here.app.post_display_hook = note  # type: ignore[method-assign]
    yield seen
    here.app.post_display_hook = lambda: None  # type: ignore[method-assign]


def nothing_moved(seen: list[Seen]) -> None:
    """From picture to picture rows only join below, none twice, and the cursor stays."""
    assert len({(one.words, one.cursor, one.line) for one in seen}) == 1, seen
    for before, after in pairwise(seen):
        assert after.ids[: len(before.ids)] == before.ids
        assert len(set(after.ids)) == len(after.ids)


# --- a server 800 ms away --------------------------------------------------------------------------------


async def test_what_a_far_server_finds_never_moves_the_cursor_and_repeats_no_row(
    dovecot: Dovecot, user: str, tmp_path: Path
) -> None:
    async with far_away(dovecot, tmp_path, user) as (here, proxy):
        await tap(here, "g", "slash", *"lighthous")
        assert lines(here)[:7] == [
            "keeper of the lighthouse 41",
            *(f"keeper of the lighthouse {n}" for n in KEEPERS[::-1]),
        ]
        await tap(here, "enter", "j", "j")
        assert lines(here)[-1] == "── asking the server…"
        await tap(here, "slash", "e", "down", "down")  # types on while the first answers are on their way
        with pictures(here) as seen:
            cursor = here.main.list.cursor_id
            await here.sees("5 more from the server, asking on…")
            assert lines(here)[8:] == [f"boat {n}" for n in sorted(BOATS, reverse=True)]
            await tap(here, "enter")
            await here.sees("8 more from the server ─")
        nothing_moved(seen)
        assert here.main.list.cursor_id == cursor and here.main.list.cursor == 2
        assert lines(here)[13:] == [f"crate {n}" for n in sorted(CRATES, reverse=True)]
        assert "lighthouse  7 + 8 from the server" in here.text
        said = [line for line in proxy.lines if b"SEARCH" in line and b"lighthous" in line]
        assert len(said) <= 2 * len(here.mail.folders()), "each folder is asked once for each of the two questions"


async def test_a_text_that_is_read_below_the_rule_stays_there(dovecot: Dovecot, user: str, tmp_path: Path) -> None:
    async with far_away(dovecot, tmp_path, user) as (here, _):
        await tap(here, "g", "slash", *"lighthouse", "enter")
        await here.sees("8 more from the server ─")
        await tap(here, "G", "enter")
        read = here.main.list.cursor_id
        await here.sees("for the lighthouse")
        with pictures(here) as seen:
            await here.mail.searching.catch_up()
            assert read in await here.mail.searching.ids(here.mail.searching.parse("lighthouse"))
            assert here.main.hits is not None
            await here.main._gathered(here.main.hits)
            await tap(here, "q")
        nothing_moved(seen)
        assert len(lines(here)) == 7 + 1 + 8 and here.main.list.cursor_id == read


async def test_esc_and_another_search_forget_what_is_on_its_way(dovecot: Dovecot, user: str, tmp_path: Path) -> None:
    async with far_away(dovecot, tmp_path, user) as (here, proxy):
        await tap(here, "j", "j")
        before = here.main.list.cursor_id, here.main.list.line, here.subjects

        def asked(words: bytes) -> bool:
            return any(b"SEARCH" in line and words in line for line in proxy.lines)

        await tap(here, "g", "slash", *"lighthouse", "enter")
        await here.until(lambda: asked(b"lighthouse"))
        await tap(here, "escape")
        assert (here.main.list.cursor_id, here.main.list.line, here.subjects) == before
        await tap(here, "g", "slash", *"sea", "enter")
        await here.until(lambda: asked(b"sea"))
        await here.until(lambda: any("more from the server" in line and "on…" not in line for line in lines(here)))
        found = [line for line in lines(here) if not line.startswith("──")]
        named = [f"boat {n}" for n in set(range(60)) - set(KEEPERS) - BOATS]
        named += [f"keeper of the lighthouse {n}" for n in KEEPERS]
        assert sorted(found) == sorted(named), "none twice"
        await tap(here, "escape")
        assert (here.main.list.cursor_id, here.main.list.line, here.subjects) == before


async def test_a_line_that_is_lost_while_the_server_looks_is_told_and_ours_stay(
    dovecot: Dovecot, user: str, tmp_path: Path
) -> None:
    async with far_away(dovecot, tmp_path, user) as (here, proxy):
        await tap(here, "g", "slash", *"lighthouse", "enter", "j")
        cursor, ours = here.main.list.cursor_id, lines(here)[:-1]
        assert lines(here)[-1] == "── asking the server…"
        proxy.cut_up = proxy.cut_down = 0
        await here.sees("the line was lost ─")
        assert here.main.list.cursor_id == cursor and lines(here)[:7] == ours
        await tap(here, "escape", "g", "slash", *"boat 5")
        await here.sees("offline: the server cannot be asked now")
        assert lines(here)[0] == "boat 59"


# --- filters -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("threaded", [False, True], ids=["flat", "threaded"])
async def test_a_filter_kept_or_left_brings_back_the_line_of_the_cursor(
    dovecot: Dovecot, user: str, tmp_path: Path, threaded: bool
) -> None:
    async with seat(dovecot, tmp_path, user) as here:
        if threaded:
            await here.press("T")
        await here.press("G", *"kkkkkkkk")
        place = here.main.list.cursor_id, here.main.list.line, here.main.list.scroll_offset.y
        assert place[2] > 0 and place[1] < here.main.list.size.height - 4
        await here.press("slash", *"keeper", "escape")
        assert (here.main.list.cursor_id, here.main.list.line, here.main.list.scroll_offset.y) == place
        await here.press("slash", *"keeper", "enter", "j", "j")
        assert lines(here) == [f"keeper of the lighthouse {n}" for n in reversed(KEEPERS)]
        await here.press("escape")
        assert (here.main.list.cursor_id, here.main.list.line, here.main.list.scroll_offset.y) == place
        await here.press("slash", *"keeper")
        dovecot.deliver(user, [letter(80, "parcel")])
        await here.until(lambda: here.mail.folders()[0].total == 61)
        await here.press("escape")
        assert (here.main.list.cursor_id, here.main.list.line) == place[:2], "though new mail came in above"


# --- kept searches ---------------------------------------------------------------------------------------------


async def test_a_kept_search_counts_what_comes_and_what_is_read_elsewhere(
    dovecot: Dovecot, user: str, tmp_path: Path
) -> None:
    async with seat(dovecot, tmp_path, user) as here:
        await here.press("slash", *"subject:keeper", "f2", "ctrl+u", *"keepers", "enter", "escape")

        def counted() -> tuple[int | None, int]:
            total, unread = here.main._counts.get("keepers", (None, 0))
            return total, unread

        await here.until(lambda: counted() == (6, 6))
        dovecot.deliver(user, [letter(81, "keeper of the boats")])
        await here.until(lambda: counted() == (7, 7))
        with dovecot.client(user) as other:
            other.select("INBOX")
            _, data = other.uid("SEARCH", "SUBJECT", "keeper")
            other.uid("STORE", data[0].decode().replace(" ", ","), "+FLAGS", r"(\Seen)")
        await here.until(lambda: counted() == (7, 0))
        await here.press("1", "G", "enter")
        assert lines(here)[0] == "keeper of the boats 81" and len(lines(here)) == 7
        await here.press("e")
        await here.until(lambda: counted() == (6, 0))
        await here.press("z")
        await here.until(lambda: counted() == (7, 0))


# --- POP3 ------------------------------------------------------------------------------------------------------


async def test_a_maildrop_is_searched_here_alone(dovecot: Dovecot, tmp_path: Path, short_visits: None) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [letter(n, "keeper" if n in KEEPERS else "boat", "a lighthouse") for n in range(60)])
    async with pop.seat(user, dovecot.pop_port, tmp_path, preview=False, foresight=3600.0) as here:
        await here.sees("60 unread of 60", "checked")
        await here.mail.searching.catch_up()
        await here.press("slash", *"keeper")
        assert lines(here) == [f"keeper {n}" for n in reversed(KEEPERS)]
        await here.press("escape", "g", "slash", *"keeper", "enter")
        assert lines(here) == [f"keeper {n}" for n in reversed(KEEPERS)], "and no rule below"
        await here.press("enter")
        await here.sees("a lighthouse")
        await here.mail.searching.catch_up()
        await here.press("escape", "escape", "g", "slash", "ctrl+u", *"body:lighthouse")
        assert "keeper 45" in lines(here) and "boat 3" not in lines(here), "texts are found as far as they were read"
