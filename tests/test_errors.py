"""A sentence and a next step are read as one text."""

from __future__ import annotations

import pytest

from tuimail.errors import ConfigError, TuimailError


@pytest.mark.parametrize(
    ("sentence", "step", "text"),
    [
        ("It is so.", "", "It is so."),
        ("It is so.", "Do this.", "It is so. Do this."),
        ("exit code 1", "Run it.", "exit code 1. Run it."),
        ("they said: why?", "Ask.", "they said: why? Ask."),
    ],
)
def test_a_sentence_ends_before_the_next_step_begins(sentence: str, step: str, text: str) -> None:
    assert str(TuimailError(sentence, step)) == text


def test_below_a_list_of_mistakes_the_next_step_has_a_line_of_its_own() -> None:
    error = ConfigError("config.toml:2: unknown key\nconfig.toml:4: a table was expected", "Edit config.toml.")
    assert str(error).splitlines()[2:] == ["Edit config.toml."]
