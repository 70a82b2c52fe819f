"""Words of a search are marked where the index has found them."""

from __future__ import annotations

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tuimail.widgets.marking import Wanted, mark_strip, pattern_of_words


@pytest.mark.parametrize(
    ("words", "text", "found"),
    [
        (["bri"], "The bridge, a Bridge, abridged", ["bri", "Bri"]),
        (["resume"], "Résumé, re\u0301sume\u0301", ["Résumé", "re\u0301sume\u0301"]),
        (["second relay"], "the second  relay; second, relay", ["second  relay", "second, relay"]),
        (["打ち"], "来週の打ち合わせ", ["打ち"]),
        (["a.b"], "a.b a b axb", ["a.b", "a b"]),
        (["(", "*"], "( *", []),
        (["ada", "adam"], "adam ada", ["adam", "ada"]),
        (["국"], "한국어 메일", ["국"]),
        (["ガイド", "が"], "旅行ガイド、東京が", ["ガイド", "が"]),
        (["мой", "отчет"], "Мой Отчёт, мои", ["Мой", "Отчёт"]),
        (["ελληνικα"], "τα Ελληνικά, ΕΛΛΗΝΙΚΆ", ["Ελληνικά", "ΕΛΛΗΝΙΚΆ"]),
        (["שלום"], "שָׁלוֹם, שלום", ["שָׁלוֹם", "שלום"]),
        (["לום"], "שָׁלוֹם לום", ["לום"]),
        (["محمد"], "مُحَمَّد محمد", ["مُحَمَّد", "محمد"]),
        (["مُحَمَّد"], "محمد", ["محمد"]),
        (["soren", "lodz"], "Søren, Łódź", ["Søren", "Łódź"]),
        (["müll"], "MÜLLER, Muller, Ṁüll", ["MÜLL", "Mull", "Ṁüll"]),
    ],
)
def test_a_word_is_marked_where_it_begins(words: list[str], text: str, found: list[str]) -> None:
    pattern = pattern_of_words(words)
    assert (pattern.findall(text) if pattern else []) == found
    wanted = Wanted.of(words)
    assert [text[start:end] for start, end in (wanted.stretches(text) if wanted else [])] == found


def test_only_pieces_of_the_named_styles_are_marked_and_the_text_stays() -> None:
    row, date, look = Style(color="white"), Style(color="blue"), Style(underline=True)
    strip = Strip([Segment("the bridge works ", row), Segment("bridge", date)])
    wanted = Wanted.of(["bridge"])
    assert wanted is not None
    marked = mark_strip(strip, wanted, [row], look)
    assert marked.text == strip.text and marked.cell_length == strip.cell_length
    assert [piece.text for piece in marked if piece.style and piece.style.underline] == ["bridge"]
