"""Chords: the popup when the reader hesitates, Esc, a wrong key, and no character lost while typing."""

from __future__ import annotations

from textual.widgets import Input

from tests.screens.run import running


async def test_hesitating_shows_what_may_follow_and_the_chord_goes_on() -> None:
    async with running(chord_delay=0.01) as app:
        await app.press("g")
        await app.pilot.pause(0.05)
        assert "Go to drafts" in app.text
        await app.press("d")
        assert app.folder == "Drafts"
        assert "Go to drafts" not in app.text


async def test_esc_ends_a_chord_and_does_nothing_else() -> None:
    async with running(chord_delay=0.01) as app:
        await app.press("enter", "g")
        await app.pilot.pause(0.05)
        await app.press("escape")
        assert app.pane == "view"
        assert "Go to drafts" not in app.text


async def test_a_wrong_key_after_g_is_swallowed_with_a_hint() -> None:
    async with running() as app:
        await app.press("g", "e")
        assert app.mail.history() == []
        assert app.says == "G e is no key here · ? or F1 shows them all"
        await app.press("j")
        assert app.cursor == 2, "the next key is its own again"


async def test_typing_loses_no_character() -> None:
    async with running() as app:
        await app.press("c", *"gg ejdq.xz$?:123")
        assert app.app.screen.query_one(Input).value == "gg ejdq.xz$?:123"
        assert app.mail.history() == []
