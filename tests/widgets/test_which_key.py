from __future__ import annotations

from tests.widgets.made_up import Stage
from tuimail.widgets.which_key import WhichKey


async def test_what_may_follow_is_listed_with_its_keys_aligned_and_goes_away_again() -> None:
    widget = WhichKey()
    stage = Stage(widget)
    async with stage.play(60, 12) as pilot:
        await pilot.pause()
        assert not "".join(stage.painted()).strip()
        widget.offer("g", [("i", "Go to the inbox"), ("Home", "First [/] message")])
        await pilot.pause()
        painted = "\n".join(stage.painted())
        assert "g …" in painted
        assert "   i  Go to the inbox" in painted and "Home  First [/] message" in painted
        widget.withdraw()
        await pilot.pause()
        assert not "".join(stage.painted()).strip()
