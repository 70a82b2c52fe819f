"""Keys that come in one burst, as a slow line or quick fingers send them, do what they do one by one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.app.house import opening
from tests.app.terminal import ENTER, ESCAPE, Terminal
from tests.fakes.chaos import ChaosProxy
from tests.servers.dovecot import Dovecot
from tests.sync.house import letter

FIRST, SECOND, THIRD, FOURTH = (
    "Have you eaten?",
    "Re: Saturday: who",
    "  Saturday: who brings",
    "Re: Tide tables",
)


@asynccontextmanager
async def demo(home: Path) -> AsyncIterator[Terminal]:
    async with Terminal("demo", home=home) as terminal:
        await terminal.shows("online", FIRST, "there is soup", "Archive")
        yield terminal


def top(text: str, rows: int = 3) -> str:
    """The first rows of the list."""
    return "\n".join(text.splitlines()[1 : 1 + rows])


async def test_v_and_d_ask_where_to_and_look_for_a_d(tmp_path: Path) -> None:
    async with demo(tmp_path) as terminal:
        terminal.type("vd")
        await terminal.shows("Move 1 message to", "Drafts")
        await terminal.until(lambda text: "≡" not in text.partition("Move 1 message to")[0].splitlines()[-1])
        terminal.type(ESCAPE)
        await terminal.until(lambda text: "Move 1" not in text)
        await terminal.until(lambda text: FIRST in top(text))
        assert "undo" not in terminal.text.splitlines()[-1]


async def test_a_folder_is_found_by_letters_and_enter_of_one_burst(tmp_path: Path) -> None:
    async with demo(tmp_path) as terminal:
        terminal.type("cterminal" + ENTER + "cligh" + ENTER + "j")
        await terminal.until(lambda text: "Lighthouse" in text.splitlines()[0])


async def test_an_action_is_found_by_letters_and_enter_of_one_burst(tmp_path: Path) -> None:
    async with demo(tmp_path) as terminal:
        terminal.type(":arch")
        text = await terminal.shows("Go to Archive")
        assert "Archived" not in text
        terminal.type(ESCAPE + ":trash" + ENTER)
        await terminal.shows("Moved to trash 1 message")
        await terminal.until(lambda text: FIRST not in top(text))


@pytest.mark.parametrize(
    ("burst", "then", "left"),
    [
        ("eee", "Archived 1 message", FOURTH),
        ("xxe", "Archived 2 messages", THIRD),
        ("ez", "Undid: archived 1 message", FIRST),
        ("eezz", "Undid: archived 1 message", FIRST),
        ("dde", "Archived 1 message", FOURTH),
        ("jke", "Archived 1 message", SECOND),
        ("vArch" + ENTER + "ee", "Archived 1 message", FOURTH),
    ],
)
async def test_verbs_of_one_burst_act_one_after_the_other_on_different_messages(
    burst: str, then: str, left: str, tmp_path: Path
) -> None:
    async with demo(tmp_path) as terminal:
        total = int(terminal.text.splitlines()[0].split()[-1])
        terminal.type(burst)
        await terminal.shows(then)
        await terminal.until(lambda text: left in top(text, 1))
        gone = {FIRST: 0, SECOND: 1, THIRD: 2, FOURTH: 3}[left]
        await terminal.until(lambda text: text.splitlines()[0].split()[-1] == str(total - gone))


async def test_enter_and_the_keys_of_the_viewer_in_one_burst(tmp_path: Path) -> None:
    async with demo(tmp_path) as terminal:
        terminal.type("j" + ENTER + "h")
        await terminal.shows("Message-Id", "q back")


@pytest.mark.parametrize(
    ("burst", "leaves"), [("qn", False), ("qy", True), ("qnqy", True), ("q" + ESCAPE + "q", False)]
)
async def test_the_question_before_quitting_gets_the_answer_typed_behind_it(
    burst: str, leaves: bool, dovecot: Dovecot, tmp_path: Path
) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [letter(n) for n in range(4)])
    async with (
        ChaosProxy(dovecot.host, dovecot.port) as proxy,
        Terminal(*opening(user, proxy.port), home=tmp_path) as terminal,
    ):
        await terminal.shows("● online", "4 unread of 4", "Archive")
        terminal.type("q")
        assert await terminal.ends() == 0
    async with Terminal(*opening(user, proxy.port), home=tmp_path) as terminal:
        await terminal.shows("✕ offline since", "letter 3")
        terminal.type("e")
        await terminal.shows("1 waiting", "3 unread of 3")
        terminal.type(burst)
        if leaves:
            assert await terminal.ends() == 0
            return
        if burst.endswith("q"):
            await terminal.shows("Quit?", "3 unread of 3")
            terminal.type("y")  # which answers the last question, whatever was on the screen a moment ago
            assert await terminal.ends() == 0
        else:
            terminal.type(":")  # goes to what is on top when the burst has been worked off
            await terminal.shows("An action, a folder")
            await terminal.until(lambda text: "Quit?" not in text and "3 unread of 3" in text)
            assert terminal.alive


def click(column: int, row: int) -> str:
    """A press and a release of the left button, as terminals send them (SGR mode); both count from 1."""
    return f"\x1b[<0;{column};{row}M\x1b[<0;{column};{row}m"


async def test_a_click_behind_a_key_that_opens_a_dialogue_does_not_reach_what_lies_below(tmp_path: Path) -> None:
    async with demo(tmp_path) as terminal:
        terminal.type("v" + click(40, 4) + ESCAPE)
        await terminal.until(lambda text: "Move 1" not in text)
        terminal.type("e")
        await terminal.shows("Archived 1 message")
        await terminal.until(lambda text: FIRST not in top(text))


async def test_a_key_behind_a_click_is_for_what_was_clicked(tmp_path: Path) -> None:
    async with demo(tmp_path) as terminal:
        terminal.type(click(40, 3) + "e")
        await terminal.shows("Archived 1 message")
        await terminal.until(lambda text: FIRST in top(text) and SECOND not in top(text))
