"""The panel of attachments: marked, saved, looked at, opened after a question, piped; by keys and by mouse."""

from __future__ import annotations

import asyncio
import os
import stat
from pathlib import Path

import pytest
from textual.widgets import OptionList, Static

from tests.screens.run import Running, running
from tests.snap import Snap
from tuimail.errors import Offline
from tuimail.model import Attachment, Elsewhere
from tuimail.screens import opener
from tuimail.screens.attachments import MOST_LISTED
from tuimail.screens.save import Pace

LONG = "a very long name that somebody has given to a presentation with all the words in it.pptx"
MANY = (
    Attachment("relay-report.pdf", "application/pdf", 45_000, "2"),
    Attachment("contacts.csv", "text/csv", 1_800, "3"),
    Attachment(LONG, "application/vnd.openxmlformats-officedocument.presentationml.presentation", 131_000_000, "4"),
    Attachment("来週の資料.zip", "application/zip", 88_000, "5"),
)


def said(run: Running) -> str:
    return str(run.app.screen.query_one("#attachments-said", Static).content)


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
async def test_pictures(size: tuple[int, int], snap: Snap, tmp_path: Path) -> None:
    async with running(size=size, save_directory=tmp_path) as run:
        run.mail.write(1, attachments=MANY)
        await run.press("A")
        await snap(run.pilot, f"panel-{size[0]}")
        await run.press("space", "v")
        await run.until(lambda: "Grace Hopper" in run.text)
        await snap(run.pilot, f"looking-{size[0]}")


@pytest.mark.parametrize("size", [(60, 16), (48, 16)])
async def test_on_a_small_screen_an_attachment_has_one_line(size: tuple[int, int]) -> None:
    async with running(size=size) as run:
        await run.press("A")
        (line,) = (line for line in run.text.splitlines() if "relay-report.pdf" in line and "45 kB" in line)
        assert ("application" in line) == (size[0] == 60)


async def test_save_takes_the_one_under_the_cursor_or_those_marked(tmp_path: Path) -> None:
    async with running(save_directory=tmp_path) as run:
        run.mail.write(1, attachments=MANY)
        await run.press("A", "j", "s")
        await run.until(lambda: "Saved as" in said(run))
        assert os.listdir(tmp_path) == ["contacts.csv"]
        assert stat.S_IMODE((tmp_path / "contacts.csv").stat().st_mode) == 0o600
        await run.press("k", "space", "space", "s")
        await run.until(lambda: "Saved 2 files" in said(run))
        assert sorted(os.listdir(tmp_path)) == ["contacts (2).csv", "contacts.csv", "relay-report.pdf"]
        assert "✓" not in run.text


async def test_what_lies_elsewhere_is_fetched_only_after_a_question_that_names_the_host(tmp_path: Path) -> None:
    place = Elsewhere("ftp.example.org", "/pub/plan.pdf", anonymous=True, text=False)
    async with running(save_directory=tmp_path) as run:
        run.mail.write(1, attachments=(Attachment("plan.pdf", "message/external-body", 9, "2", place),))
        await run.press("A", "o")
        await run.until(lambda: "lies at ftp.example.org" in said(run))
        await run.press("S", "s")
        assert "Fetch “plan.pdf” from ftp.example.org?" in run.text
        await run.press("n")
        assert run.shown == "AttachmentsScreen" and os.listdir(tmp_path) == []
        await run.press("s", "y")
        await run.until(lambda: "Saved as" in said(run))
        assert (tmp_path / "plan.pdf").read_bytes() == b"from ftp.example.org"


async def test_save_all_asks_nothing_and_tells_where(tmp_path: Path) -> None:
    async with running(save_directory=tmp_path / "new") as run:
        run.mail.write(1, attachments=MANY)
        await run.press("A", "S", "escape")
        await run.until(lambda: "Saved 4 files in" in run.says)
        assert len(os.listdir(tmp_path / "new")) == 4


async def test_saving_goes_on_behind_the_panel_and_can_be_stopped(tmp_path: Path) -> None:
    async with running(save_directory=tmp_path) as run:
        run.mail.attached.hold = asyncio.Event()  # type: ignore[attr-defined]
        await run.pilot.press("A", "S")
        await run.until(lambda: "Saving relay-report.pdf (1 of 2)  30 B of 100 B" in said(run))
        await run.pilot.press("escape", "j")
        await run.until(lambda: run.shown == "MainScreen" and run.cursor == 2)  # one reads on meanwhile
        await run.until(lambda: "30 B of 100 B" in run.says)
        await run.pilot.press("k", "A", "x")
        await run.until(lambda: "What came is kept" in said(run))
        assert not os.listdir(tmp_path)
        run.mail.attached.hold.set()  # type: ignore[attr-defined]
        await run.press("S")
        await run.until(lambda: len(os.listdir(tmp_path)) == 2)


async def test_what_cannot_be_had_is_said_in_a_sentence(tmp_path: Path) -> None:
    async with running(save_directory=tmp_path) as run:
        run.mail.attached.failure = Offline("This attachment has not been fetched.", "No line.")  # type: ignore[attr-defined]
        await run.press("A", "S")
        await run.until(lambda: "not been fetched" in said(run))
        await run.press("v")
        await run.until(lambda: "not been fetched" in said(run))
        assert not os.listdir(tmp_path)


async def test_escape_ends_looking_first_then_the_panel(tmp_path: Path) -> None:
    async with running(save_directory=tmp_path) as run:
        await run.press("A", "j", "v")
        await run.until(lambda: "Charles Babbage     1804" in run.text)
        await run.press("escape")
        assert run.shown == "AttachmentsScreen" and "1804" not in run.text
        await run.press("escape")
        assert run.shown == "MainScreen"


async def test_one_looks_at_the_next_without_going_back_to_the_list() -> None:
    async with running() as run:
        await run.press("A", "n", "enter")
        await run.until(lambda: "1 of 2" in run.text)
        await run.press("n")
        await run.until(lambda: "2 of 2" in run.text and "Grace Hopper" in run.text)
        await run.press("n", "p")
        await run.until(lambda: "1 of 2" in run.text and "Grace Hopper" not in run.text)
        await run.press("escape", "enter")
        await run.until(lambda: "1 of 2" in run.text)


async def test_what_is_said_of_one_attachment_goes_with_it() -> None:
    async with running() as run:
        run.mail.attached.failure = Offline("This attachment has not been fetched.", "No line.")  # type: ignore[attr-defined]
        await run.press("A", "v")
        await run.until(lambda: "not been fetched" in said(run))
        run.mail.attached.failure = None  # type: ignore[attr-defined]
        await run.press("v", "escape")
        await run.until(lambda: not said(run))


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    handed: list[str] = []

    async def hand_over(what: str) -> str:
        handed.append(what)
        return ""

    monkeypatch.setattr(opener, "hand_over", hand_over)
    return handed


async def test_nothing_is_opened_before_a_yes_and_the_question_tells_what_it_is(opened: list[str]) -> None:
    async with running() as run:
        await run.press("A", "o")
        await run.until(lambda: run.shown == "AskScreen")
        assert "“relay-report.pdf” is a PDF document, 45 kB. Open it" in " ".join(run.text.split())
        await run.press("n")
        assert not opened
        await run.press("o")
        await run.until(lambda: run.shown == "AskScreen")
        await run.press("y")
        await run.until(lambda: opened)
        assert Path(opened[0]).name == "relay-report.pdf" and Path(opened[0]).is_absolute()


async def test_a_program_in_disguise_is_called_one(opened: list[str]) -> None:
    async with running() as run:
        run.mail.attached.octets["relay-report.pdf"] = b"MZ\x90\0"  # type: ignore[attr-defined]
        await run.press("A", "o")
        await run.until(lambda: run.shown == "AskScreen")
        assert "Windows program" in run.text and "Beware" in run.text
        await run.press("escape")
        assert not opened


async def test_a_command_is_fed_the_attachment_and_answers_below() -> None:
    async with running() as run:
        await run.press("A", "j", "vertical_line", *"wc -l", "enter")
        await run.until(lambda: run.shown == "AttachmentsScreen" and "The command is done" in said(run))
        assert any(line.text.strip() == "3" for line in run.app.screen.query_one("#preview").lines)  # type: ignore[attr-defined]


async def test_the_mouse_does_what_the_keys_do(tmp_path: Path) -> None:
    async with running(save_directory=tmp_path) as run:
        await run.press("A")
        await run.pilot.click("#attachments", offset=(5, 1))
        await run.settle()
        assert "✓ contacts.csv" in run.text
        line = next(text for text in run.text.splitlines() if "S all" in text)
        row = run.text.splitlines().index(line)
        await run.pilot.click(offset=(line.index("s save") + 3, row))
        await run.until(lambda: "Saved as" in said(run))
        assert os.listdir(tmp_path) == ["contacts.csv"]


async def test_a_message_without_attachments_or_without_its_text_says_so() -> None:
    async with running() as run:
        await run.press("j", "j", "j", "A")
        assert run.says == "No attachments in this message."


def test_the_pace_tells_speed_and_time_left_of_this_try_alone() -> None:
    clock = [0.0]
    pace = Pace("Saving mill.bin", lambda: clock[0])
    pace(50_000_000, 131_000_000)
    assert pace.words == "Saving mill.bin  50 MB of 131 MB"
    clock[0] = 2.0
    pace(52_000_000, 131_000_000)
    assert pace.words == "Saving mill.bin  52 MB of 131 MB  1.0 MB/s  79 s left"


async def test_of_thousands_the_panel_lists_the_first_and_counts_the_others(tmp_path: Path) -> None:
    many = tuple(Attachment(f"{number}.csv", "text/csv", 10, "3") for number in range(2_000))
    async with running(save_directory=tmp_path) as run:
        run.mail.write(1, attachments=many)
        await run.press("A")
        listing = run.app.screen.query_one(OptionList)
        assert listing.option_count == MOST_LISTED + 1
        await run.press("k")
        assert listing.highlighted == 0
        await run.press("end", "j", "j", "v")
        await run.until(lambda: f"{MOST_LISTED - 1}.csv  ·  {MOST_LISTED} of 2,000" in run.text)
