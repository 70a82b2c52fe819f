"""Every key and chord of every preset, in every pane where it works, comes to the action that the table says."""

from __future__ import annotations

import pytest
from textual import events

from tests.screens.run import Running, running
from tuimail.keys import KEYS, PANES, Key, display, panes, sequences
from tuimail.presets import PRESETS, table
from tuimail.screens.palette import commands

ALL = pytest.mark.parametrize("preset", ["", *PRESETS], ids=lambda preset: preset or "tuimail")


async def strike(app: Running, names: list[str]) -> None:
    """As quickly as the app takes them: the pilot waits 50 ms after each key."""
    for name in names:
        app.app.post_message(events.Key(name, None))
    await app.settle()
    while (task := app.app.turns._task) is not None and not task.done():
        await task
    await app.settle()


@ALL
@pytest.mark.parametrize("pane", PANES)
async def test_each_key_performs_the_action_it_stands_for(
    preset: str, pane: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The actions are noted and not done, or the focus would wander; what they do is another test's business.

    A key that a widget or Textual takes for itself is missing, or something else has happened.
    """
    keys = table(preset)
    pressed = [(sequence, key) for key in keys if pane in panes(key) for sequence in sequences(key.keys)]
    assert len(pressed) > 40
    async with running(keys=keys, preset=preset) as app:
        app.main.focus_pane(pane)
        await app.settle()
        performed: list[str] = []

        async def note(key: Key) -> None:
            performed.append(key.id)

        async def quits() -> None:
            performed.append("quit")

        monkeypatch.setattr(app.main, "perform", note)
        monkeypatch.setattr(app.app, "action_quit", quits)
        before = app.text
        await strike(app, [name for sequence, _ in pressed for name in sequence])
        for (sequence, key), done in zip(pressed, performed, strict=False):
            assert done == key.id, f"{display(' '.join(sequence))} in {pane}"
        assert len(performed) == len(pressed)
        assert (app.pane, app.text) == (pane, before)


@ALL
async def test_everything_is_in_the_palette_with_its_keys(preset: str) -> None:
    async with running(keys=table(preset), preset=preset) as app:
        offered = {(choice.name, choice.beside) for choice in commands(app.main)}
        missing = {(key.text.rstrip("…"), display(key.keys)) for key in table(preset)} - offered
        assert missing == {(key.text, display(key.keys)) for key in table(preset) if key.id == "palette"}


@ALL
async def test_default_keys_that_a_preset_gave_away_are_not_alive(preset: str) -> None:
    """The widgets bind the default keys of what they can do by themselves."""
    keys = table(preset)
    for pane in PANES:
        here = {sequence[0] for key in keys if pane in panes(key) for sequence in sequences(key.keys)}
        gone = {one[0] for key in KEYS if pane in panes(key) for one in sequences(key.keys) if len(one) == 1} - here
        async with running(keys=keys, preset=preset) as app:
            app.main.focus_pane(pane)
            await app.settle()
            before, cursor = app.text, app.cursor
            await strike(app, sorted(gone))
            assert not app.says or "is no key here" in app.says
            app.main.say("")
            await app.settle()
            assert (app.pane, app.cursor, app.text) == (pane, cursor, before), gone
