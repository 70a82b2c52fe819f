from __future__ import annotations

import pytest
from rich.cells import cell_len

from tests.widgets.made_up import Stage
from tuimail.widgets.which_key import WhichKey, laid_out


async def test_what_may_follow_is_listed_with_its_keys_aligned_and_goes_away_again() -> None:
    widget = WhichKey()
    stage = Stage(widget)
    async with stage.play(60, 12) as pilot:
        await pilot.pause()
        assert not "".join(stage.painted()).strip()
        widget.offer("g", [("Go", [("i", "Go to the inbox"), ("Home", "First [/] message")])])
        await pilot.pause()
        painted = "\n".join(stage.painted())
        assert "g …" in painted
        assert "   i  Go to the inbox" in painted and "Home  First [/] message" in painted
        widget.withdraw()
        await pilot.pause()
        assert not "".join(stage.painted()).strip()


GROUPS = [("Go", [(letter, f"Go to place {letter}") for letter in "abcdefghij"]), ("Move", [("g", "To the top")])]


@pytest.mark.parametrize(("width", "columns"), [(30, 1), (46, 2), (150, 2)])
def test_there_are_as_many_columns_as_have_room_and_no_heading_stands_alone(width: int, columns: int) -> None:
    lines = laid_out(GROUPS, width, 20).plain.splitlines()
    assert max(map(cell_len, lines)) <= width
    assert lines[0].count("  Go to place") + lines[1].count("Go to place") >= columns - 1
    text = "\n".join(lines)
    assert all(f"{key}  {words}" in text for _, choices in GROUPS for key, words in choices)
    assert "Move" not in lines[-1]


def test_what_has_no_room_at_all_is_left_out() -> None:
    lines = laid_out(GROUPS, 20, 5).plain.splitlines()
    assert len(lines) == 5 and lines[0].strip() == "Go"
