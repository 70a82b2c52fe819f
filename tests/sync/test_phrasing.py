"""The search language as servers want to hear it."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from tuimail.protocol.imap.verbs.arguments import Text
from tuimail.protocol.imap.verbs.searching import Key, search
from tuimail.query import parse
from tuimail.store.search import words_of
from tuimail.sync.phrasing import in_ascii, keys, narrowed

NOW = datetime(2026, 3, 10, 12).timestamp()


def said(query: str) -> list[str]:
    """The SEARCH arguments for each part of the query that is about words."""
    return [_line(keys(part)) for part in words_of(parse(query, NOW).node)]


def _line(found: list[Key]) -> str:
    search(found, uid=True, charset="UTF-8")  # can be written
    return " ".join(f'"{key.text}"' if isinstance(key, Text) else str(key) for key in found)


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("tea", ['TEXT "tea"']),
        ("tea cake", ['TEXT "tea" TEXT "cake"']),
        ('from:ada subject:"two words" body:x cc:y to:z', ['FROM "ada" SUBJECT "two words" BODY "x" CC "y" TO "z"']),
        ("list:python", ['HEADER List-Id "python"']),
        ("tea -cake", ['TEXT "tea" NOT TEXT "cake"']),
        ("tea or cake or pie", ['OR OR TEXT "tea" TEXT "cake" TEXT "pie"']),
        ("a b or c", ['OR (TEXT "a" TEXT "b" ALL) TEXT "c"']),
        ("a -(b c)", ['TEXT "a" NOT (TEXT "b" TEXT "c" ALL)']),
        ("tea is:unread in:inbox larger:1k", ['TEXT "tea"']),
        ("is:unread", []),
        ("tea label:work", ['TEXT "tea"']),
        ("(tea -label:work) or label:home", ['TEXT "tea"']),
        ("-tea", []),
        ("(tea is:read) or (cake is:unread)", ['TEXT "tea"', 'TEXT "cake"']),
        ("(a b is:read) or c", ['TEXT "a" TEXT "b"', 'TEXT "c"']),
        ("te\x01a\x00", ['TEXT "te a"']),
    ],
)
def test_servers_are_asked_about_words(query: str, asked: list[str]) -> None:
    assert said(query) == asked


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("tea cake", "(tea cake)"),
        ("from:ada -cake", "(from:(ada) -(cake))"),
        ('subject:"two words" or list:a.b', '(subject:("two words") OR list:("a.b"))'),
        ("body:tea", "tea"),
        ("re:tea", '"re:tea"'),
    ],
)
def test_gmail_is_asked_in_its_own_language(query: str, asked: str) -> None:
    (part,) = words_of(parse(query, NOW).node)
    assert keys(part, gmail=True) == ["X-GM-RAW", Text(asked)]


def test_dates_and_sizes_narrow_with_a_day_to_spare() -> None:
    node = parse("tea after:2024-03-10 before:2025 newer:7d older:1d larger:10k smaller:2M is:read", NOW).node
    assert narrowed(node) == [
        *(
            "SINCE",
            date(2024, 3, 9),
            "BEFORE",
            date(2025, 1, 2),
            "SINCE",
            date(2026, 3, 2),
            "BEFORE",
            date(2026, 3, 11),
        ),
        *("LARGER", 10_000, "SMALLER", 2_000_000),
    ]
    assert narrowed(parse("tea or after:2024", NOW).node) == []
    assert narrowed(parse("before:9999 after:1000 newer:9999y larger:9G", NOW).node) == []


@pytest.mark.parametrize(
    ("query", "left"),
    [("tea", "tea"), ("grüße", None), ("tea or grüße", "tea"), ("tea grüße", None), ("tea -grüße", None)],
)
def test_of_a_server_without_utf_8_only_ascii_is_asked(query: str, left: str | None) -> None:
    (part,) = words_of(parse(query, NOW).node)
    asked = in_ascii(part)
    assert (None if asked is None else _line(keys(asked))) == (left and f'TEXT "{left}"')
