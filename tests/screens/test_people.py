"""What people are called in a folded thread: as their friends would, and lists and firms by a name that says which."""

from __future__ import annotations

import pytest

from tuimail.screens.people import called, shortened


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Ada Lovelace", "Ada"),
        ("Lovelace, Ada", "Ada"),
        ("Dr. Grace Hopper", "Grace"),
        ("Prof. Dr. Emmy Noether", "Emmy"),
        ("Ludwig van Beethoven", "Ludwig"),
        ("J. Weizenbaum", "Weizenbaum"),
        ("山田 太郎", "山田"),
        ("Ada Lovelace via python-dev", "Ada"),
        ("The Bernoulli list", "Bernoulli list"),
        ("The Guardian", "The Guardian"),
        ("Le Monde", "Le Monde"),
        ("Die Zeit", "Die Zeit"),
        ("Bernoulli mailing list", "Bernoulli mailing list"),
        ("GitHub Support", "GitHub Support"),
        ("Acme, Inc.", "Acme, Inc."),
        ("Railway 24", "Railway 24"),
        ("ada", "ada"),
        ("no-reply@example.org", "no-reply"),
        ("@", "@"),
        ("Dr.", "Dr."),
        ("", ""),
    ],
)
def test_a_name_is_shortened_to_what_is_recognised(name: str, short: str) -> None:
    assert called(name) == short


def test_of_many_the_first_and_the_last_two_are_named_and_one_alone_in_full() -> None:
    assert shortened(["The Bernoulli list"]) == "The Bernoulli list"
    assert shortened(["Ada Lovelace", "The Bernoulli list"]) == "Ada, Bernoulli list"
    assert shortened(["Ada Lovelace", "Bob X", "Carl Y", "Dora Z"]) == "Ada … Carl, Dora"
