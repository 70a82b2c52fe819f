"""The help: everything is in it, at any width; the filter leaves what one looks for."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from tests.screens.run import Running, running
from tuimail.keys import display, distinct, resolve
from tuimail.presets import PRESETS, table
from tuimail.screens.help import HelpScreen, Section


def everything(app: Running) -> str:
    """The whole help, whatever is in sight."""
    return "\n".join(section.render().plain for section in app.app.screen.query(Section) if section.display)


@pytest.mark.parametrize("width", [60, 80, 120, 160])
@pytest.mark.parametrize("preset", ["", *PRESETS], ids=lambda preset: preset or "tuimail")
async def test_every_action_is_there_with_its_keys_and_nothing_is_cut_off(preset: str, width: int) -> None:
    async with running(size=(width, 24), keys=table(preset), preset=preset) as app:
        await app.press("question_mark")
        flowing = " ".join(everything(app).split())
        for key in distinct(table(preset)):
            assert f"{' '.join(display(key.keys, '  ').split()) or '–'} {key.text}" in flowing
        for section in app.app.screen.query(Section):
            assert section.region.right <= width - 3
            assert max(line.cell_length for line in section.render().split("\n")) <= section.size.width
            assert section.size.height == len(section.render().plain.splitlines())


async def test_the_preset_is_named_and_only_ones_own_keys_are_marked() -> None:
    keys, problems = resolve({"mail.star": "B"}, table("mutt"))
    assert problems == []
    async with running(keys=keys, preset="mutt") as app:
        await app.press("question_mark")
        assert "Keys · mutt" in app.text and "• your own key" in app.text
        assert [line for line in everything(app).splitlines() if "•" in line] == ["B            Star / unstar •"]


async def test_words_leave_what_has_all_of_them_and_esc_brings_everything_back() -> None:
    async with running() as app:
        await app.press("question_mark", "slash", *"unread next")
        assert set(everything(app).splitlines()) >= {
            "Move",
            ".            Next unread",
            "gj           Next unread folder",
        }
        assert "Archive" not in everything(app)
        await app.press("escape")
        assert app.shown == "HelpScreen" and "Archive" in everything(app)
        await app.press("escape")
        assert app.shown == "MainScreen"


@pytest.mark.parametrize(
    ("typed", "words"), [("gj", "Next unread folder"), ("g j", "Next unread folder"), ("#", "trash")]
)
async def test_a_key_finds_what_it_does(typed: str, words: str) -> None:
    async with running() as app:
        await app.press("question_mark", "slash")
        app.app.screen.query_one(Input).value = typed
        await app.settle()
        assert words in everything(app) and len(everything(app).splitlines()) <= 6


async def test_what_is_found_can_be_kept_and_scrolled() -> None:
    async with running(size=(80, 24)) as app:
        await app.press("question_mark", "slash", *"me", "enter", "j", "j")
        screen = app.app.screen
        assert isinstance(screen, HelpScreen) and screen.query_one("#keys-all").scroll_offset.y > 0
        assert screen.query_one(Input).value == "me"
        await app.press("q")
        assert app.shown == "MainScreen"


async def test_nothing_found_is_said() -> None:
    async with running() as app:
        await app.press("question_mark", "slash", *"xyzzy")
        assert "No key and no sign has these words." in app.text
