from __future__ import annotations

import pytest

from tuimail.model import Link
from tuimail.widgets.hosts import terminal_target


@pytest.mark.parametrize(
    ("link", "target"),
    [
        (Link("https://example.org/a?b=c#d", "x"), "https://example.org/a?b=c#d"),
        (Link("https://example.org/ü", "x"), "https://example.org/%C3%BC"),
        (Link("https://exämple.org/", "x"), ""),
        (Link("https://evil.example/", "paypal.com", "says paypal.com"), ""),
        (Link("mailto:ada@example.org", "x"), ""),
        (Link("https://example.org/\x1b]8;;", "x"), "https://example.org/%1B]8;;"),
    ],
)
def test_only_an_honest_web_link_is_handed_to_the_terminal(link: Link, target: str) -> None:
    assert terminal_target(link) == target
