"""Labels are keywords: their spelling, which keywords are none, and the arithmetic of wishes about them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimail.protocol.imap import keywords
from tuimail.protocol.imap.keywords import applied, decode, encode, inverse, is_label, labels, merged, missing

WORDS = st.lists(st.sampled_from(["work", "Work", "todo", "$NotJunk", "x"]), unique_by=str.lower, max_size=3)
CHANGES = st.lists(st.sampled_from("+-").flatmap(lambda s: WORDS.map(lambda w: [s + x for x in w])), max_size=1).map(
    lambda lists: " ".join(lists[0]) if lists else ""
)


@pytest.mark.parametrize(
    ("label", "keyword", "shown"),
    [
        ("work", "work", "work"),
        ("to read", "to_read", "to_read"),
        ("R&D", "R&-D", "R&D"),
        ("Entwürfe", "Entw&APw-rfe", "Entwürfe"),
        ("仕事", "&TtVOiw-", "仕事"),
    ],
)
def test_a_label_comes_back_as_it_was_typed_but_for_blanks(label: str, keyword: str, shown: str) -> None:
    assert (encode(label), decode(keyword)) == (keyword, shown)
    assert keywords.sendable(keyword)


@pytest.mark.parametrize("label", ["", " ", "a(b", "50%", 'a"b', "a]", "$Junk", "+x", "-x", "NonJunk", "ü" * 40])
def test_what_no_keyword_can_be_is_refused_in_words(label: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        encode(label)


def test_what_programs_keep_in_keywords_is_no_label_and_thunderbirds_tags_have_their_names() -> None:
    assert labels("$Forwarded work $MDNSent NonJunk $label4 todo junk", "-todo +neu") == ("work", "To Do", "neu")
    assert not is_label("$Phishing")


def test_a_hostile_keyword_shows_nothing_that_is_not_printable() -> None:
    assert decode("a\u202eb\x1b[2J") == "ab[2J"
    assert decode("&IC4-") == "?"


def test_keywords_do_not_differ_by_case_alone() -> None:
    assert missing("Work", "+work") == ""
    assert applied("Work x", "-WORK") == "x"
    assert merged("+Work", "-work") == "-work"


@given(WORDS, CHANGES)
def test_what_is_applied_is_not_missing_any_more_and_its_inverse_takes_it_back(there: list[str], wish: str) -> None:
    before = " ".join(there)
    done = missing(before, wish)
    after = applied(before, wish)
    assert missing(after, wish) == ""
    back = applied(after, inverse(done))
    assert {w.lower() for w in back.split()} == {w.lower() for w in there}


@given(CHANGES, CHANGES, WORDS)
def test_two_wishes_merged_are_as_one_after_the_other(first: str, second: str, there: list[str]) -> None:
    one = applied(applied(" ".join(there), first), second)
    both = applied(" ".join(there), merged(first, second))
    assert {w.lower() for w in one.split()} == {w.lower() for w in both.split()}
