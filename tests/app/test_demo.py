"""`tuimail demo`: what somebody sees who tries the program for the first time."""

from __future__ import annotations

from pathlib import Path

from tests.app.picture import TEXTUALS, commands
from tests.app.terminal import ENTER, ESCAPE, Terminal

TOUR = (
    ("j", "Lighthouse-shaped"),
    (ENTER, "q back"),
    ("h", "Message-Id"),
    ("hh", "Subject"),
    ("q", "Enter open"),
    ("?", "Next message or folder"),
    (ESCAPE, "Enter open"),
    ("c", "Go to a folder"),
    (ESCAPE, "Have you eaten?"),
    ("v", "Move 1 message to"),
    (ESCAPE, "Have you eaten?"),
    (":", "An action, a folder"),
    (ESCAPE, "Have you eaten?"),
    ("x", "1 selected"),
    ("e", "Archived 1 message"),
    ("z", "Z redo"),
    ("$", "Queue"),
    (ESCAPE, "Enter open"),
    ("u", "● online"),
    ("q", ""),
)
"""What to press, and what is on the screen then."""


async def test_the_demo_comes_online_shows_mail_opens_one_and_leaves(tmp_path: Path) -> None:
    async with Terminal("demo", home=tmp_path) as terminal:
        await terminal.shows("online", "Have you eaten?", "there is soup", "Archive")
        terminal.type("jjjjj" + ENTER)
        await terminal.shows("Opening of the lighthouse", "lighthouse.ics", "eleven o’clock", "q back")
        terminal.type("q")
        await terminal.shows("Enter open")
        terminal.type("q")
        assert await terminal.ends() == 0
    assert not terminal.picture.alternate
    assert terminal.picture.cursor_shown
    assert b"Traceback" not in terminal.output


async def test_every_screen_of_a_harmless_mailbox_is_painted_with_textuals_own_commands(tmp_path: Path) -> None:
    """The other half of the tests with hostile mail: the grammar they allow is the one that is used."""
    async with Terminal("demo", home=tmp_path, in_band=True) as terminal:
        await terminal.shows("online", "Have you eaten?")
        for keys, then in TOUR:
            terminal.type(keys)
            await terminal.shows(then)
            await terminal.settles(0.1, 1.0)
        assert await terminal.ends() == 0
    seen = set(commands(bytes(terminal.output)))
    assert seen <= TEXTUALS
    assert len(seen) > 25, "a grammar nobody uses proves nothing"
