"""Who takes part in a thread, in a few words that people would say themselves.

Of a person that is the first name; of a list, a firm or a robot there is no first name, and its first word may be
"The": such a name stays whole.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_NAMES = 3
_TITLES = frozenset("dr prof professor mr mrs ms miss sir dame lady lord herr frau".split())
_ARTICLES = frozenset("the der die das le la les el los las il lo".split())
_PARTICLES = frozenset("van von zu de der den del della di da do dos la le bin al ten y".split())
_THINGS = frozenset(
    """team support service services info news newsletter list digest group club bank shop store office press billing
    security notifications notification alerts alert updates account accounts customer help helpdesk desk daily weekly
    inc ltd llc gmbh ag corp company society committee council university project bot admin reply""".split()
)
_VIA = re.compile(r"\s+(?:via\s|\(via\s|\[via\s).*", re.IGNORECASE | re.DOTALL)
_LONGEST_NAME = 4
"""Words that a person's name has at most, as a rule."""


def shortened(people: Sequence[str]) -> str:
    """The one who began and the last two, by their first names; one alone in full."""
    if len(people) == 1:
        return people[0]
    names = [called(person) for person in people]
    return ", ".join(names) if len(names) <= _NAMES else f"{names[0]} … {names[-2]}, {names[-1]}"


def called(name: str) -> str:
    """What somebody of this name (or address) is called: "Ada" for "Dr. Ada Lovelace", "Bernoulli list" for "The
    Bernoulli list".
    """
    whole = " ".join(_VIA.sub("", name).split())
    if "@" in whole:
        return whole.partition("@")[0] or whole
    family, comma, given = whole.partition(", ")
    words = [word for word in (given if comma else whole).split() if word.rstrip(".").lower() not in _TITLES]
    if comma and _is_person([*words, family]):
        return words[0]
    words = words or whole.split()
    if not comma and _is_person(words):
        return words[0] if len(words[0].rstrip(".")) > 1 else words[-1]  # "J. Weizenbaum"
    return " ".join(words[1:]) if len(words) > 2 and words[0].lower() == "the" else whole


def _is_person(words: Sequence[str]) -> bool:
    """Two to four words, each with a capital (or in letters without case), none of them a thing."""
    if not 2 <= len(words) <= _LONGEST_NAME or words[0].lower() in _ARTICLES:
        return False
    plain = [word.strip(".,()'\"").lower() for word in words]
    named = all(
        word[:1].isalpha() and (not word[0].islower() or word in _PARTICLES) and not any(map(str.isdigit, word))
        for word in words
    )
    return named and not _THINGS.intersection(plain)
