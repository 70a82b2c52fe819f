from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tuimail.widgets.safe import fit, safe_line, safe_text

HOSTILE = "A\x1b]0;owned\x07B\x9b2JC\u202eD\u2028E\x7fF\ud800G\r\n\tH\u2066I\u200fJ"


def is_dangerous(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} or bool(
        re.match("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]", character)
    )


def test_a_line_of_controls_comes_out_readable_and_as_long_as_before() -> None:
    line = safe_line(HOSTILE)
    assert not any(map(is_dangerous, line))
    assert len(line) == len(HOSTILE)
    assert "owned" in line and line.startswith("A\N{REPLACEMENT CHARACTER}]0;")


def test_a_text_keeps_its_newlines_and_tabs_and_nothing_else() -> None:
    text = safe_text(HOSTILE)
    assert {character for character in text if is_dangerous(character)} == {"\n", "\t"}
    assert len(text) == len(HOSTILE)


@given(st.text())
def test_no_text_whatever_keeps_a_dangerous_character(text: str) -> None:
    assert not any(map(is_dangerous, safe_line(text)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "x" * 50,
        "東京タワーの写真を送ります",
        "👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧",
        "e\u0301" * 30,
        "שלום וברכה לכולם",
        "🇩🇪🇫🇷🇯🇵🇩🇪🇫🇷",
        "\u0301\u0301",
    ],
)
@pytest.mark.parametrize("width", [0, 1, 2, 7, 10, 24])
def test_a_fitted_text_fills_its_column_exactly(text: str, width: int) -> None:
    assert cell_len(fit(text, width)) == width


@given(st.text(), st.integers(0, 40))
def test_any_text_fills_any_column_exactly(text: str, width: int) -> None:
    assert cell_len(fit(text, width)) == width


def test_a_cut_text_says_so() -> None:
    assert fit("a long subject", 7) == "a long…"
    assert fit("a long", 7) == "a long "
