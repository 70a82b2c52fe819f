from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tuimail.content.quotes import FEW, TASTE, folded, said
from tuimail.content.text import plain_document
from tuimail.model import Block, Document
from tuimail.records import replace
from tuimail.widgets.layout import lay_out, plain

QUOTE = "\n".join(f"> Sentence {number} of what was said before." for number in range(12))
ORIGINAL = QUOTE.replace("> ", "")


def texts(document: Document, width: int = 60) -> list[str]:
    return [line.text for line in lay_out(document, width, ())]


def test_a_long_quotation_below_an_answer_leaves_a_taste_and_a_fold() -> None:
    document = folded(plain_document(f"Yes.\n\nOn Monday Ada wrote:\n{QUOTE}"))
    assert texts(document) == [
        "Yes.",
        "",
        "On Monday Ada wrote:",
        *(f"▌ Sentence {number} of what was said before." for number in range(TASTE)),
        f"▸ {12 - TASTE} more quoted lines",
    ]


def test_a_short_quotation_is_left_alone() -> None:
    short = "\n".join(QUOTE.split("\n")[:FEW])
    assert folded(plain_document(f"{short}\nYes.")).folds == ()


def test_what_was_read_before_in_the_thread_is_one_line() -> None:
    before = said(plain_document(ORIGINAL))
    assert texts(folded(plain_document(f"Yes.\n\n{QUOTE}"), before)) == ["Yes.", "", "▸ 12 lines already read"]


def test_an_answer_between_the_lines_keeps_the_line_it_answers() -> None:
    before = said(plain_document(ORIGINAL))
    document = folded(plain_document(f"{QUOTE}\nNo, not this one.\n{QUOTE}\nNor that."), before)
    assert texts(document) == [
        "▸ 11 lines already read",
        "▌ Sentence 11 of what was said before.",
        "No, not this one.",
        "▸ 11 lines already read",
        "▌ Sentence 11 of what was said before.",
        "Nor that.",
    ]


def test_a_quotation_wrapped_anew_is_known_again() -> None:
    paragraph = "The engine weaves algebraic patterns just as the loom weaves flowers and leaves. " * 6
    before = said(plain_document(paragraph))
    wrapped = "\n".join(f"> {paragraph[at : at + 60]}" for at in range(0, len(paragraph), 60))
    assert texts(folded(plain_document(f"Indeed.\n\n{wrapped}"), before))[-1].endswith("lines already read")


def test_words_repeated_without_quotation_marks_are_folded_too() -> None:
    before = said(plain_document(ORIGINAL))
    document = folded(plain_document(f"See below.\n\n-----Original Message-----\n\n{ORIGINAL}"), before)
    assert texts(document)[-1] == "▸ 12 lines already read"


def test_a_greeting_said_before_and_a_copy_of_a_whole_mail_are_shown() -> None:
    first = plain_document(f"Hi all,\n\n{ORIGINAL}")
    assert folded(plain_document("Hi all,\n\nsomething new."), said(first)).folds == ()
    assert folded(first, said(first)).folds == ()


def test_a_disclaimer_looks_like_a_signature() -> None:
    document = folded(
        plain_document("See you.\n\nThis message is intended only for the addressee and may be privileged.")
    )
    assert [block.kind for block in document.blocks] == ["text", "signature"]


LINES = st.sampled_from(
    ["", "> ", "> > deep", "> said", "> said before, see https://example.org/a", "own words", "-- ", "a\tb", ">" * 30]
) | st.text("ab >\n[1]", max_size=20)


@given(st.lists(LINES, max_size=60), st.lists(LINES, max_size=20), st.integers(10, 90))
def test_shown_and_folded_together_are_the_text_as_sent(body: list[str], earlier: list[str], width: int) -> None:
    sent = plain_document("\n".join(body))
    document = folded(sent, said(plain_document("\n".join(earlier))))
    assert plain(document.blocks) == plain(sent.blocks)
    assert document.links == sent.links
    ranges = [(fold.start, fold.end) for fold in document.folds]
    assert all(start < end <= len(document.blocks) for start, end in ranges)
    assert all(end <= start for (_, end), (start, _) in pairwise(ranges))
    quiet = Document(tuple(replace(block, kind="text") for block in sent.blocks))
    cut = Document(tuple(replace(block, kind="text") for block in document.blocks))
    assert lay_out(cut, width) == lay_out(quiet, width)
    opened = lay_out(document, width, range(len(ranges)))
    assert [line for line in opened if not line.spans or "fold" not in line.spans[0].style] == lay_out(document, width)


def test_a_flood_of_quotation_marks_is_folded_in_linear_time() -> None:
    from tests.widgets.made_up import fastest

    blocks = tuple(Block("text", f"line {number}", level=number % 2) for number in range(40_000))
    assert fastest(lambda: folded(Document(blocks), frozenset([1]))) < 1
    one = Block("text", "line\n" * 40_000, level=1)
    assert fastest(lambda: folded(Document((one, Block("text", "so"))), frozenset([1]))) < 1
