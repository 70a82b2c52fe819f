from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len, split_graphemes

from tests.widgets.made_up import fastest
from tuimail.model import Span
from tuimail.widgets.lines import chop, cut_spans, wrap

WORDS = st.lists(
    st.sampled_from(
        ["a", "word", "  ", " ", "longer-than-most", "東京", "e\u0301", "👩‍👩‍👧", "🇩🇪", "é", "שלום", "x" * 30, "\u0301"]
    ),
    max_size=40,
).map("".join)

# A joiner that joins nothing is measured differently alone and in a string (Rich 15), so it is left out here;
# whatever happens, the strip painted in the end is cut at its width.
Breaker = Callable[[str, int], list[tuple[int, int]]]


def pieces(breaker: Breaker, text: str, width: int) -> list[str]:
    return [text[start:end] for start, end in breaker(text, width)]


def test_a_line_breaks_at_spaces_which_belong_to_neither_line() -> None:
    assert pieces(wrap, "the quick brown  fox", 10) == ["the quick", "brown  fox"]
    assert pieces(wrap, "the quick   brown", 10) == ["the quick", "brown"]


def test_an_indented_line_keeps_its_indent() -> None:
    assert pieces(wrap, "    four words are here", 12) == ["    four", "words are", "here"]
    assert pieces(wrap, "    vier Wörter sind für", 12) == ["    vier", "Wörter sind", "für"]


def test_a_word_wider_than_the_line_is_cut() -> None:
    assert pieces(wrap, "x" * 25, 10) == ["x" * 10, "x" * 10, "x" * 5]
    assert pieces(wrap, "a " + "x" * 12 + " b", 10) == ["a", "x" * 10, "xx b"]
    assert pieces(wrap, "e\u0301 " + "x" * 12 + " b", 10) == ["e\u0301", "x" * 10, "xx b"]


def test_text_without_spaces_breaks_between_wide_characters() -> None:
    assert pieces(wrap, "東京タワーの写真", 7) == ["東京タ", "ワーの", "写真"]
    assert pieces(wrap, "go to 東京タワー now", 10) == ["go to 東京", "タワー now"]


def test_spaces_survive_where_lines_are_kept() -> None:
    assert pieces(chop, "a  b  c  d", 4) == ["a  b", "  c ", " d"]


@pytest.mark.parametrize("breaker", [wrap, chop])
@given(
    text=WORDS | st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\u200d")),
    width=st.integers(1, 30),
)
def test_lines_fit_lose_nothing_and_split_no_grapheme(breaker: Breaker, text: str, width: int) -> None:
    found = breaker(text, width)
    edges = {start for start, _, _ in split_graphemes(text)[0]} | {len(text)}
    reached = 0
    for start, end in found:
        assert not text[reached:start].strip(" ")
        assert start in edges and end in edges
        piece = text[start:end]
        assert cell_len(piece) <= width or len(split_graphemes(piece)[0]) == 1
        reached = end
    assert not text[reached:].strip(" ")


@pytest.mark.parametrize(
    "text",
    ["x" * 350_000, "é" * 350_000, "東" * 175_000, "e\u0301" * 175_000, " " * 350_000, "a " * 175_000, "東 " * 100_000],
)
def test_a_monstrous_line_takes_linear_time(text: str) -> None:
    assert fastest(lambda: wrap(text, 80)) < 1


def test_a_span_is_cut_with_its_line() -> None:
    bold = Span(2, 12, "bold")
    cut = list(cut_spans([(0, 5), (6, 11), (11, 20), (20, 30)], [bold]))
    assert cut == [(Span(2, 5, "bold"),), (Span(0, 5, "bold"),), (Span(0, 1, "bold"),), ()]
