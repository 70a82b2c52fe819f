from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimail.content.links import (
    LONGEST_HOST,
    also_written,
    beware,
    other_letters,
    other_spelling,
    scan,
    tidy,
    true_host,
    warning,
)
from tuimail.model import Link


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ("see http://a.example/x.", ["http://a.example/x"]),
        ("(https://a.example/x_(y)) and", ["https://a.example/x_(y)"]),
        ("<https://a.example/?q=1&r=2>", ["https://a.example/?q=1&r=2"]),
        ("HTTPS://A.example, mailto:ada@example.org!", ["HTTPS://A.example", "mailto:ada@example.org"]),
        ("javascript:alert(1) ftp://a.example xhttp://a.example", []),
        ("http:// https://", []),
    ],
)
def test_links_are_found_in_plain_text(text: str, urls: list[str]) -> None:
    assert [text[start:end] for start, end in scan(text)] == urls


@pytest.mark.parametrize(
    ("href", "target"),
    [
        ("https://a.example/x", "https://a.example/x"),
        (" ht\ntps://a.example/\tx ", "https://a.example/x"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("file:///etc/passwd", ""),
        ("//a.example/x", ""),
        ("http://", ""),
        ("http://[", ""),
        ("mailto:a@b.c?attach=/etc/passwd&subject=hi%0d%0aBcc:%20x@y.z", "mailto:a@b.c?subject=hi%20Bcc%3A%20x%40y.z"),
        ("mailto:a@b.c%0d%0aBcc:x@y.z", "mailto:a@b.c%20Bcc%3Ax@y.z"),
    ],
)
def test_only_harmless_targets_remain(href: str, target: str) -> None:
    assert tidy(href) == target


@pytest.mark.parametrize(
    ("url", "text", "warned"),
    [
        ("http://evil.example/x", "https://www.bank.test/login", "says www.bank.test, goes to evil.example"),
        ("https://bank.test@evil.example/", "click", "goes to evil.example"),
        ("https://login.bank.test/", "bank.test", ""),
        ("https://www.bank.test/", "Bank.test", ""),
        ("https://bank.test.evil.example/", "bank.test", "says bank.test"),
        ("https://p\u0430ypal.com/", "pay", "different scripts"),
        ("https://xn--80ak6aa92e.com/", "x", "Cyrillic letters in xn--80ak6aa92e.com, which is аррӏе.com"),
        ("https://\u0440\u0430\u0443.com/", "pay", "Cyrillic letters"),
        ("https://xn--pypal-4ve.com/", "x", "different scripts"),
        ("https://xn--80adxhks.xn--p1ai/", "x", ""),
        ("https://xn--mnchen-3ya.de/", "x", ""),
        ("https://münchen.de/", "x", ""),
        ("https://москва.рф/", "x", ""),
        ("mailto:a@b.c", "x@y.z", ""),
    ],
)
def test_a_link_that_is_not_what_it_says_is_marked(url: str, text: str, warned: str) -> None:
    if warned:
        assert warned in warning(url, text)
    else:
        assert not warning(url, text)


@pytest.mark.parametrize(
    ("urls", "sentence"),
    [
        (["https://example.org/xn--a"], ""),
        (["https://xn--mnchen-3ya.de/x"], "A link goes to münchen.de (in plain letters xn--mnchen-3ya.de)."),
        (
            ["https://münchen.de/", "http://münchen.de"],
            "A link goes to münchen.de (in plain letters xn--mnchen-3ya.de).",
        ),
        (["https://a.example/ü", "https://é.example", "https://ö.example", "https://[", "mailto:ü@x"], "Links go to"),
        ([f"https://{letter}.example" for letter in "äöüéè"], " and 2 more."),
        (["https://xn--a\u202e.example"], ""),
    ],
)
def test_hosts_in_other_letters_are_told_in_both_spellings(urls: list[str], sentence: str) -> None:
    told = other_letters([Link(url, "", also=also_written(url)) for url in urls])
    assert sentence in told if sentence else not told


@pytest.mark.parametrize(
    ("host", "other"),
    [
        ("example.org", ""),
        ("xn--exmple-cua.example", "exämple.example"),
        ("exämple.example", "xn--exmple-cua.example"),
        ("xn--\ud800.example", ""),
    ],
)
def test_a_host_in_other_letters_tells_both_spellings(host: str, other: str) -> None:
    assert other_spelling(host) == other


def test_hosts_that_play_tricks_are_told_above_the_text_and_others_where_they_stand() -> None:
    urls = ["https://аррӏе.com/", "https://bank.example@evil.example/", "https://fine.example/", "https://аррӏе.com/x"]
    told = beware([Link(url, "", warning(url)) for url in urls])
    assert told.startswith("A link may not be what it seems: Cyrillic letters in аррӏе.com; goes to evil.example")
    assert told.count("аррӏе.com") == 1
    assert beware([Link("https://evil.example/", "", warning("https://evil.example/", "www.bank.example"))]) == ""


def test_the_true_host_is_in_plain_letters_and_tells_its_end() -> None:
    assert true_host("https://аррӏе.com:81/x") == "xn--80ak6aa92e.com"
    assert true_host("mailto:a@b.example") == ""
    long = true_host(f"https://www.bank.example.{'a' * 60}.evil.example/")
    assert long.endswith(".evil.example") and len(long) == LONGEST_HOST


@given(
    st.text(st.characters(categories=None), max_size=100) | st.text(st.sampled_from("htps:/[]@.?&=%0aé"), max_size=60)
)
def test_any_text_may_be_asked_about(text: str) -> None:
    for candidate in (text, "http://" + text, "mailto:" + text, "https://xn--" + text):
        target = tidy(candidate)
        assert isinstance(warning(target or "http://a", text), str)
        assert len(true_host(target)) <= LONGEST_HOST
        assert not any(character.isspace() for character in target)
