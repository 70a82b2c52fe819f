"""Finding in an open message: any case, any accents, any white space; signs as they are typed."""

from __future__ import annotations

import pytest

from tuimail.widgets.finding import pattern_of


@pytest.mark.parametrize(
    ("words", "text", "found"),
    [
        ("voila", "Voilà, VOILA\u0300", ["Voilà", "VOILA\u0300"]),
        ("ÉTÉ", "l'été, ete", ["été", "ete"]),
        ("lin", "Berlin", ["lin"]),
        ("two  words", "two\nwords", ["two\nwords"]),
        ("отчет", "Отчёт", ["Отчёт"]),
        ("мои", "мой", []),
        ("안녕", "안녕하세요", ["안녕"]),
        ("が", "か が", ["が"]),
        ("a.b?", "axb? a.b?", ["a.b?"]),
        ("wait…", "wait… wait...", ["wait…"]),
        ("straße", "STRASSE Straße", ["Straße"]),
    ],
)
def test_what_is_found(words: str, text: str, found: list[str]) -> None:
    pattern = pattern_of(words)
    assert pattern is not None and pattern.findall(text) == found


@pytest.mark.parametrize("nothing", ["", "  ", "\u0301"])
def test_nothing_is_looked_for(nothing: str) -> None:
    assert pattern_of(nothing) is None
