"""Chords: the popup when the reader hesitates, Esc, a wrong key, and no character lost while typing."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from tests.screens.run import running
from tuimail.keys import resolve
from tuimail.presets import table

NARROW = (60, 20)


async def test_hesitating_shows_what_may_follow_and_the_chord_goes_on() -> None:
    async with running(chord_delay=0.01) as app:
        await app.press("g")
        await app.until(lambda: "Go to drafts" in app.text)
        await app.press("d")
        assert app.folder == "Drafts"
        assert "Go to drafts" not in app.text


async def test_esc_ends_a_chord_and_does_nothing_else() -> None:
    async with running(chord_delay=0.01) as app:
        await app.press("enter", "g")
        await app.until(lambda: "Go to drafts" in app.text)
        await app.press("escape")
        assert app.pane == "view"
        assert "Go to drafts" not in app.text


async def test_a_wrong_key_after_g_is_swallowed_with_a_hint() -> None:
    async with running() as app:
        await app.press("g", "e")
        assert app.mail.history() == []
        assert app.says == "“ge” is no key here · ? or F1 shows them all"
        await app.press("j")
        assert (app.cursor, app.says) == (2, ""), "the next key is its own again"


async def test_a_letter_that_is_no_key_says_so() -> None:
    async with running() as app:
        await app.press("1", "D")
        assert app.says == "“D” is no key here · ? or F1 shows them all"
        await app.press("2", "ä")
        assert app.says.startswith("“ä” is no key here")
        await app.press("f7")
        assert app.says.startswith("“ä”"), "what is no letter may be the terminal's own"


async def test_typing_loses_no_character() -> None:
    async with running() as app:
        await app.press("c", *"gg ejdq.xz$?:123")
        assert app.app.screen.query_one(Input).value == "gg ejdq.xz$?:123"
        assert app.mail.history() == []


async def test_a_longer_chord_shows_all_keys_that_are_to_come() -> None:
    keys, problems = resolve({"wire": "W l w", "account": "W l a"})
    assert problems == []
    async with running(keys=keys, chord_delay=0.01) as app:
        await app.press("W")
        await app.until(lambda: "la  Account" in app.text and "lw  Wire log" in app.text)
        await app.press("l", "a")
        assert app.shown == "AccountScreen"


@pytest.mark.parametrize("keys", [("escape", "P"), ("alt+shift+p",)], ids=["typed", "as a terminal sends it"])
async def test_esc_begins_chords_in_mutt_and_alt_is_esc(keys: tuple[str, ...]) -> None:
    async with running(keys=table("mutt")) as app:
        await app.press(*keys)
        assert app.says == "Nothing here is signed or encrypted."


async def test_esc_esc_goes_back_where_esc_begins_chords() -> None:
    async with running(keys=table("mutt")) as app:
        await app.press("enter", "escape")
        assert app.pane == "view"
        await app.press("escape")
        assert app.pane == "list"


@pytest.mark.parametrize("size", [NARROW, (80, 24), (160, 50)])
@pytest.mark.parametrize(
    ("preset", "prefix"), [("", "g"), ("", "asterisk"), ("mutt", "escape"), ("aerc", "apostrophe")]
)
async def test_all_that_may_follow_has_room(preset: str, prefix: str, size: tuple[int, int]) -> None:
    keys = table(preset)
    async with running(size=size, keys=keys, preset=preset, chord_delay=0.01) as app:
        await app.press(prefix)
        popup = app.main.which_key
        await app.until(lambda: popup.region)
        assert app.main.region.contains_region(popup.region.grow((0, 0, 2, 0))), "footer and status line stay in sight"
        for _, key in app.main.sequences.continuations("list", (prefix,)):
            assert size == NARROW or (key.text in app.text and key.group in app.text)
