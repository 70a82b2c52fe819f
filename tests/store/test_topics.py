"""What a subject is about."""

from __future__ import annotations

import pytest

from tuimail.store.topics import hashed, topic


@pytest.mark.parametrize(
    ("subject", "base", "reply"),
    [
        ("Plan", "plan", False),
        ("Re: Plan", "plan", True),
        ("RE : re: Plan", "plan", True),
        ("Re[2]: Plan", "plan", True),
        ("[dev] Re: [dev]  Plan   B", "plan b", True),
        ("Re: Fwd: Plan", "plan", True),
        ("Fwd: Re: Plan", "plan", False),
        ("[fwd: Re: Plan]", "plan", False),
        ("Re: Plan (fwd) (fwd)", "plan", True),
        ("AW: WG: Größe", "grösse", True),
        ("回复：计划", "计划", True),
        ("[dev] Plan", "plan", False),
        ("[dev]", "[dev]", False),
        ("Reply: Plan", "reply: plan", False),
        ("Re:", "", True),
        ("", "", False),
    ],
)
def test_what_replies_and_lists_add_is_not_what_it_is_about(subject: str, base: str, reply: bool) -> None:
    assert topic(subject)[:2] == (base, reply)
    assert topic(subject).key == topic(base).key


def test_a_key_is_the_same_in_every_process() -> None:
    assert hashed(["<a@example.org>", ""]) == (-1296396167731665836, -5426141060434712860)
