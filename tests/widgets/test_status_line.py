from __future__ import annotations

import pytest
from rich.cells import cell_len

from tests.widgets.made_up import NOW, Stage, now
from tuimail.changes import AccountState, Line
from tuimail.records import replace
from tuimail.widgets.status_line import StatusLine, in_words

SYNCING = AccountState("work", Line.SYNCING, NOW - 3, 1200, 100_000)
OFFLINE = AccountState("home@example.org", Line.OFFLINE, NOW - 3000)
ONLINE = AccountState("work", Line.ONLINE, NOW - 3)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (ONLINE, "online"),
        (AccountState("w", Line.CONNECTING, NOW - 3), "connecting 3 s"),
        (OFFLINE, "offline since 22:33"),
        (AccountState("w", Line.OFFLINE, NOW - 2 * 86400), "offline since 2026-11-18 23:23"),
        (AccountState("w", Line.OFFLINE, 10**18), "offline"),
        (SYNCING, "syncing 1,200 of 100,000"),
        (AccountState("w", Line.SYNCING, NOW), "syncing"),
        (AccountState("w", Line.ONLINE, NOW - 3000, silent=NOW - 8), "no answer for 8 s"),
    ],
)
def test_a_state_is_told_in_words(state: AccountState, words: str) -> None:
    assert in_words(state, NOW) == words


async def line(width: int, text: str, states: list[AccountState], pending: int) -> str:
    widget = StatusLine(now=now)
    stage = Stage(widget)
    async with stage.play(width, 4) as pilot:
        widget.set_message(text, "done")
        widget.set_states(states)
        widget.set_pending(pending)
        await pilot.pause()
        painted = stage.painted()[0]
        assert cell_len(painted) == width
        return painted


@pytest.mark.parametrize(
    ("width", "right"),
    [
        (120, "3 waiting · work ● syncing 1,200 of 100,000 · home@example.org ✕ offline since 22:33"),
        (80, "3 waiting · home@example.org ✕ offline since 22:33"),
        (60, "3 waiting · ✕ offline"),
        (40, "3⧗ · ●✕"),
    ],
)
async def test_a_narrower_line_says_less_and_keeps_the_worst(width: int, right: str) -> None:
    painted = await line(width, "3 archived · z undo", [SYNCING, OFFLINE], 3)
    assert painted.startswith(" 3 archived · z undo ") and painted.endswith(f" {right} ")


async def test_of_several_accounts_without_a_line_the_number_is_told() -> None:
    lost = replace(OFFLINE, account="club")
    assert (await line(60, "", [SYNCING, OFFLINE, lost], 0)).endswith(" ✕ 2 of 3 offline ")


async def test_a_line_that_may_be_dead_does_not_look_alive() -> None:
    silent = replace(ONLINE, silent=NOW - 8)
    assert (await line(60, "", [silent], 0)).strip() == "◌ no answer for 8 s"
    assert (await line(40, "Archived", [silent], 2)).endswith(" 2 waiting · ◌ no answer ")


async def test_one_account_needs_no_name() -> None:
    assert (await line(60, "", [ONLINE], 0)).strip() == "● online"


async def test_a_long_message_is_cut_and_leaves_the_states_their_place() -> None:
    painted = await line(60, "a very long sentence " * 9, [ONLINE], 2)
    assert painted.endswith("… 2 waiting · ● online ")


@pytest.mark.parametrize("width", [1, 5, 20])
async def test_no_width_is_too_small(width: int) -> None:
    await line(width, "3 archived · z undo", [SYNCING, OFFLINE], 3)


async def test_trouble_is_told_without_colour() -> None:
    widget = StatusLine(now=now)
    stage = Stage(widget)
    async with stage.play(60, 4) as pilot:
        widget.set_message("The server refused.", "trouble")
        await pilot.pause()
        assert stage.painted()[0].startswith(" ! The server refused.")
        widget.set_message("")
        await pilot.pause()
        assert not stage.painted()[0].strip() and widget.message == ""
