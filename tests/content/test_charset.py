from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimail.content.charset import codec_of, decode, decode_exactly, read_as

TEXTS = {
    "iso-2022-jp": "会議の議事録について",
    "koi8-r": "Счёт на оплату услуг",
    "shift_jis": "ご注文ありがとうございます",
    "gb2312": "关于项目进度的通知",
    "euc-kr": "회의 일정 변경 안내",
    "big5": "會議通知與議程",
    "windows-1252": "Offre spéciale – 20 € de remise",
    "iso-8859-15": "Facture de 120 €",
    "utf-8": "🎉 Réunion",
    "utf-16": "žluťoučký",
    "utf-7": "Größe",
}


@pytest.mark.parametrize(("charset", "text"), TEXTS.items())
def test_a_labelled_text_comes_back(charset: str, text: str) -> None:
    assert decode(text.encode(charset), charset) == text
    assert decode(text.encode(charset), charset.upper().replace("-", "_")) == text


@pytest.mark.parametrize("charset", ["koi8-r", "shift_jis", "gb2312", "big5", "windows-1252", "iso-2022-jp", "utf-8"])
def test_an_unlabelled_text_is_recognised(charset: str) -> None:
    text = {
        "koi8-r": "Привет, как дела? Это письмо без указания кодировки. До свидания.",
        "shift_jis": "こんにちは、元気ですか。これはメールです。ありがとうございます。",
        "gb2312": "你好，这是一封邮件。谢谢你的来信，我们明天见面讨论项目。",
        "big5": "你好，這是一封郵件。謝謝你的來信，我們明天見面討論項目。",
        "windows-1252": "“Smart quotes” – café, déjà vu, garçon, où êtes-vous allés hier soir ?",
    }.get(charset, TEXTS.get(charset, ""))
    assert decode(text.encode(charset), None) == text
    assert decode(text.encode(charset), "x-no-such-charset") == text


@pytest.mark.parametrize(
    "label",
    (
        "zlib_codec zip base64 hex rot13 idna punycode unicode_escape raw_unicode_escape bz2 undefined mbcs oem"
        f" ../../../etc/passwd $(id) utf-8\0 {'x' * 10_000} "
    ).split(" "),
)
def test_a_codec_that_is_no_charset_is_refused(label: str) -> None:
    assert codec_of(label) in (None, "utf_8")
    assert decode(b"plain words", label) == "plain words"


@pytest.mark.parametrize(
    ("text", "charset"),
    [
        ("Привет, как дела", "koi8-r"),
        ("Отчёт за неделю", "windows-1251"),
        ("Grüße aus Köln", "iso-8859-1"),
        ("Příští schůzka v úterý večer, přijď včas, Jiří. Těšíme se na všechny.", "windows-1250"),
        ("Zażółć gęślą jaźń", "windows-1250"),
        ("회의 일정 변경 안내", "euc-kr"),
    ],
)
def test_an_unlabelled_subject_is_recognised(text: str, charset: str) -> None:
    assert decode(text.encode(charset), None) == text


def test_latin_1_means_windows_1252_so_that_c1_controls_cannot_be_smuggled() -> None:
    assert decode(b"\x93quoted\x94", "iso-8859-1") == "“quoted”"


def test_utf_8_cut_in_the_middle_keeps_its_beginning() -> None:
    assert decode("schöne Grüße €".encode()[:-1], "utf-8") == "schöne Grüße \ufffd"


def test_utf_8_in_name_only_is_read_as_what_it_is() -> None:
    assert decode("Grüße aus Köln, schöne Grüße".encode("latin-1"), "utf-8") == "Grüße aus Köln, schöne Grüße"


def test_us_ascii_with_eight_bits_is_not_believed() -> None:
    assert decode("Grüße".encode(), "us-ascii") == "Grüße"


def test_utf_16_without_a_mark_is_read_by_where_its_zeros_are() -> None:
    assert decode("hello".encode("utf-16-le"), "utf-16") == decode("hello".encode("utf-16-be"), "utf-16") == "hello"


@given(st.binary(max_size=300), st.none() | st.sampled_from(sorted(TEXTS)) | st.text(max_size=20))
def test_any_bytes_under_any_label_decode(data: bytes, label: str | None) -> None:
    assert isinstance(decode(data, label), str)


@pytest.mark.parametrize("label", ["iso-8859-1", "utf-8", "us-ascii", ""])
def test_iso_2022_is_known_by_its_escapes_whatever_the_label(label: str) -> None:
    assert read_as("東京から".encode("iso2022_jp"), label) == ("東京から", "iso2022_jp")


def test_a_chosen_charset_is_used_even_where_it_does_not_fit() -> None:
    assert decode_exactly("grün".encode("cp1252"), "utf-8") == ("gr\ufffdn", "utf_8")
    assert decode_exactly("Привет".encode("koi8-r"), "KOI8-R") == ("Привет", "koi8_r")
    assert decode_exactly("Hi".encode("utf_16_le"), "utf-16") == ("Hi", "utf_16_le")


def test_a_chosen_charset_that_does_not_exist_is_no_choice() -> None:
    assert decode_exactly("grün".encode(), "zlib_codec") == ("grün", "utf_8")


def test_one_odd_octet_and_the_letter_behind_it_are_no_ideograph() -> None:
    assert decode(b"Best wishes to the Se\xf1or of the house, and from all of us" * 2, None).count("\xf1") == 2
    assert decode(b"A mail with an accident \xfeTo: somebody else, and more words", "us-ascii")[24:27] == "\xfeTo"
