from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.content.samples import FORBIDDEN
from tuimail.content import clean as gate
from tuimail.content.clean import BIDI_MARK, MARK, MOST_MARKS, clean_address, clean_body, clean_line

any_text = st.text(st.characters(min_codepoint=0, max_codepoint=sys.maxunicode, categories=None))
tricky = st.text(st.sampled_from("a é\x1b\x07\x9b\u202e\u2066\u200d\u200c\u0301\ud800\u2028\r\n\t\U000e0041\ufeff👩नि"))


@given(any_text | tricky)
def test_no_forbidden_character_survives(text: str) -> None:
    for clean in (clean_line, clean_body, clean_address):
        assert not FORBIDDEN.intersection(map(ord, clean(text)))
    assert not {"\n", "\t", "\r"}.intersection(clean_line(text))
    assert "\r" not in clean_body(text)


def test_every_single_code_point_is_safe_after_cleaning() -> None:
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    survivors = {character for character in set(clean_line(everything)) if not character.isprintable()}
    kept = {c for c in survivors if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")}
    assert kept == set()
    formats = {c for c in survivors if unicodedata.category(c) == "Cf"} - {"\u200c", "\u200d"}
    # what is left is drawn, although Unicode calls it format
    assert {unicodedata.name(c).split()[0] for c in formats} == {"ARABIC", "SYRIAC", "KAITHI"}


@given(any_text | tricky)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean_line(clean_line(text)) == clean_line(text)
    assert clean_body(clean_body(text)) == clean_body(text)


def test_an_escape_sequence_becomes_visible_and_harmless() -> None:
    assert clean_line("A\x1b]0;PWN\x07B\x9b2J\u202egpj.exe") == f"A{MARK}]0;PWN{MARK}B{MARK}2J{BIDI_MARK}gpj.exe"


def test_lines_of_a_body_stay_and_of_a_subject_join() -> None:
    assert clean_body("a\r\nb\rc\n\td") == "a\nb\nc\n\td"
    assert clean_line("a\r\n b\tc") == "a  b c"


@pytest.mark.parametrize(
    "text", ["می‌خواهم", "क्‍ष", "👩‍👩‍👧", "❤️", "Zoë e\u0301", "日本語", "ที่นี่", "\u0d28\u0d4d\u200d x"]
)
def test_real_writing_is_left_alone(text: str) -> None:
    assert clean_line(text) == text


def test_a_joiner_that_joins_nothing_is_dropped() -> None:
    assert clean_line("pay\u200dpal \u200c\u200d x") == "paypal  x"


def test_an_address_never_loses_a_character_silently() -> None:
    assert clean_address("pay\u200bpal@b\u200dank.test") == f"pay{MARK}pal@b{MARK}ank.test"


@pytest.mark.parametrize("mark", ["\u0301", "\u20dd", "\u0e34", "\ufe0f"])
def test_marks_are_capped_for_each_letter(mark: str) -> None:
    assert clean_line(f"a{mark * 300}b{mark * MOST_MARKS}") == f"a{mark * MOST_MARKS}b{mark * MOST_MARKS}"


def long_way(text: str) -> str:
    """What `clean_line` does with text that is not all printable."""
    return gate._tame(text.translate(gate._LINE))


@given(
    st.text(
        st.sampled_from("ab é日\u0301\u0489\u034f\u115f\u180b\u3164\u200c\u200d\u202e\x1b\x85\xa0👩\U000e0141"),
        max_size=30,
    )
)
def test_the_short_way_for_what_is_printable_says_what_the_long_way_says(text: str) -> None:
    assert clean_line(text) == long_way(text)


def test_no_character_of_the_tables_gets_by_the_short_way() -> None:
    for code in gate._TABLE:
        assert clean_line(f"á{chr(code)}") == long_way(f"á{chr(code)}"), hex(code)
