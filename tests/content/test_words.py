from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.content.test_charset import TEXTS
from tuimail.content.headers import summarize
from tuimail.content.words import MOST_WORDS, decode_text, decode_words


def encoded(text: str, charset: str, encoding: str) -> str:
    data = text.encode(charset)
    if encoding == "B":
        return f"=?{charset}?B?{base64.b64encode(data).decode()}?="
    return f"=?{charset}?Q?{''.join(f'={octet:02X}' for octet in data)}?="


@pytest.mark.parametrize("encoding", ["B", "Q"])
@pytest.mark.parametrize(("charset", "text"), TEXTS.items())
def test_an_encoded_word_comes_back(charset: str, text: str, encoding: str) -> None:
    assert decode_words(encoded(text, charset, encoding)) == text


@given(st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=60), st.sampled_from("BQ"))
def test_any_utf_8_comes_back(text: str, encoding: str) -> None:
    assert decode_words(encoded(text, "utf-8", encoding)) == text


def test_blanks_between_two_words_vanish_and_others_stay() -> None:
    # RFC 2047 §8
    assert decode_text(b"=?utf-8?Q?a?= =?utf-8?Q?b?= c =?utf-8?Q?d_e?=") == "ab c d e"


def test_a_character_cut_in_two_words_is_whole_again() -> None:
    first, second = base64.b64encode("é".encode()[:1]).decode(), base64.b64encode("é".encode()[1:]).decode()
    assert decode_words(f"=?utf-8?B?{first}?=\r\n =?UTF-8?B?{second}?=") == "é"


def test_a_language_tag_is_no_part_of_the_charset() -> None:
    # RFC 2231 §5
    assert decode_text(b"=?us-ascii*en-us?Q?hello?=") == "hello"


def test_a_decoded_line_break_cannot_start_a_new_field() -> None:
    assert decode_text(b"=?utf-8?Q?hello=0D=0ABcc:_victim@v.test?=") == "hello Bcc: victim@v.test"


def test_raw_utf_8_and_raw_latin_are_both_read() -> None:
    assert decode_text("Grüße".encode()) == "Grüße"
    assert decode_text("Schöne Grüße aus Köln".encode("latin-1")) == "Schöne Grüße aus Köln"


def test_broken_words_stay_as_sent() -> None:
    assert decode_text(b"=?utf-8?X?abc?= =?utf-8?B?") == "=?utf-8?X?abc?= =?utf-8?B?"


def test_only_so_many_words_are_decoded() -> None:
    text = decode_text(b"=?utf-8?Q?a?= " * (MOST_WORDS + 5))
    assert text.startswith("a" * MOST_WORDS)
    assert text.count("=?") == 5


@given(
    st.binary(max_size=200)
    | st.lists(st.sampled_from([b"=?", b"?=", b"utf-8?B?", b"?Q?", b"=", b" ", b"x", b"\xff"])).map(b"".join)
)
def test_any_octets_give_one_line(value: bytes) -> None:
    assert "\n" not in decode_text(value)


def test_letters_of_eight_bits_in_an_encoded_word_are_of_its_charset() -> None:
    assert decode_text(b"=?iso-8859-1?Q?Die_Fr\xf6sche?=") == "Die Frösche"


def test_the_line_end_behind_an_encoded_word_is_no_part_of_the_subject() -> None:
    block = b"From: a@example.org\r\nSubject: =?koi8-r?B?8tXT?=\r\nDate: Sun, 15 Jun 2025 06:36:44 +0000\r\n\r\n"
    assert summarize(block, 0).subject == "Рус"
