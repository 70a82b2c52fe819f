"""The search language: what is understood, what is told to be wrong, and that nothing breaks it."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tuimail.query import (
    EVERYTHING,
    OPERATORS,
    After,
    All,
    Any,
    Attached,
    Before,
    In,
    Is,
    Labelled,
    Larger,
    Newer,
    Node,
    Not,
    Of,
    Older,
    Smaller,
    Words,
    leaves,
    parse,
    unparse,
)

NOW = datetime(2026, 3, 31, 12, 0).timestamp()


def node(text: str) -> Node:
    """The tree of a text that has no mistake in it."""
    query = parse(text, NOW)
    assert not query.errors, query.errors
    return query.node


def mistakes(text: str) -> list[tuple[str, str]]:
    """(what is wrong, why), as it stands in the text."""
    return [(text[error.start : error.end], error.sentence) for error in parse(text, NOW).errors]


def word(text: str) -> Words:
    return Words("", text)


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("", EVERYTHING),
        ("   ", EVERYTHING),
        ("budget", word("budget")),
        ("annual budget", All((word("annual"), word("budget")))),
        ('"annual budget"', Words("", "annual budget", exact=True)),
        ("from:ada", Words("from", "ada")),
        ("FROM:ada", Words("from", "ada")),
        ('from:"Ada L"', Words("from", "Ada L", exact=True)),
        ("-from:ada", Not(Words("from", "ada"))),
        ("--ada", word("ada")),
        ("tea or coffee", Any((word("tea"), word("coffee")))),
        ("a b OR c", Any((All((word("a"), word("b"))), word("c")))),
        ("a (b or c)", All((word("a"), Any((word("b"), word("c")))))),
        ("-(a b)", Not(All((word("a"), word("b"))))),
        ("((a) (b c))", All((word("a"), word("b"), word("c")))),
        ('"or"', Words("", "or", exact=True)),
        ("tea and coffee AND milk", All((word("tea"), word("coffee"), word("milk")))),
        ("and tea", All((word("and"), word("tea")))),
        ("tea and", word("tea")),
        ("NOT tea", Not(word("tea"))),
        ("a NOT (b or c)", All((word("a"), Not(Any((word("b"), word("c"))))))),
        ("not tea", All((word("not"), word("tea")))),
        ("from:(ada or Grace)", Any((Words("from", "ada"), Words("from", "Grace")))),
        (
            'Subject:(annual "tea time" -to:ada (x)) y',
            All(
                (
                    Words("subject", "annual"),
                    Words("subject", "tea time", exact=True),
                    Not(Words("to", "ada")),
                    Words("subject", "x"),
                    word("y"),
                )
            ),
        ),
        ("-from:(ada grace)", Not(All((Words("from", "ada"), Words("from", "grace"))))),
        ("is:unread", Is("unread")),
        ("is:Starred", Is("starred")),
        ("has:attachment", Attached()),
        ("in:archive", In("archive")),
        ('in:"Sent Items"', In("Sent Items")),
        ("label:Work", Labelled("Work")),
        ('label:"To Do"', Labelled("To Do")),
        ("-label:⭐", Not(Labelled("⭐"))),
        ('label:(work or " to do ") from:ada', All((Any((Labelled("work"), Labelled("to do"))), Words("from", "ada")))),
        ("account:work", Of("work")),
        ("before:2024-03-01", Before(date(2024, 3, 1))),
        ("after:2024/03", After(date(2024, 3, 1))),
        ("after:2024", After(date(2024, 1, 1))),
        ("larger:10k", Larger(10_000)),
        ("larger:1.5M", Larger(1_500_000)),
        ("smaller:2mb", Smaller(2_000_000)),
        ("http://example.org/x", word("http://example.org/x")),
        ("re:hello", word("re:hello")),
        ("12:30", word("12:30")),
        ("日本", word("日本")),
    ],
)
def test_what_is_typed_means(text: str, means: Node) -> None:
    assert node(text) == means


def test_ages_count_back_from_now() -> None:
    assert node("newer:7d") == Newer("7d", int(NOW) - 7 * 86_400)
    assert node("older:2W") == Older("2w", int(NOW) - 14 * 86_400)
    assert node("newer:1y") == Newer("1y", int(datetime(2025, 3, 31, 12, 0).timestamp()))


def test_a_month_before_the_last_of_march_is_the_last_of_february() -> None:
    assert node("newer:1m") == Newer("1m", int(datetime(2026, 2, 28, 12, 0).timestamp()))


def test_an_age_beyond_all_mail_is_the_beginning_of_time() -> None:
    assert node("newer:9999y") == Newer("9999y", 0)
    assert node("newer:9999w") == Newer("9999w", 0)


@pytest.mark.parametrize(
    ("text", "wrong", "sentence"),
    [
        ("ada is:blue", "is:blue", "“is:” wants one of unread, read,"),
        ("from:", "from:", "“from:” wants a word."),
        ("from: ada", "from:", "“from:” wants a word."),
        ("in:( x", "in:", "“in:” wants the name of a folder"),
        ("before:yesterday x", "before:yesterday", "“before:” wants a day (2024-03-01)"),
        ("before:2024-02-30", "before:2024-02-30", "“before:” wants a day that the calendar has."),
        ("newer:soon", "newer:soon", "“newer:” wants an age: 7d, 2w, 3m or 1y."),
        ("larger:huge", "larger:huge", "“larger:” wants a size: 500, 10k, 2M or 1G."),
        ("has:fun", "has:fun", "“has:” wants the word attachment."),
        ("IS:blue", "IS:blue", "“IS:” wants one of unread, read,"),
        ("form:ada", "form:ada", "There is no “form:”. Did you mean “from:”?"),
        ("Form:ada", "Form:ada", "There is no “Form:”. Did you mean “from:”?"),
        ("label: work", "label:", "“label:” wants the name of a label."),
        ("tag:work a", "tag:work", "There is no “tag:”. Did you mean “label:”?"),
        ("keyword:work", "keyword:work", "There is no “keyword:”. Did you mean “label:”?"),
        ("folder:work", "folder:work", "There is no “folder:”. Did you mean “in:”?"),
        ("older_than:1y", "older_than:1y", "There is no “older_than:”. Did you mean “older:”?"),
        ("filename:pdf", "filename:pdf", "There is no “filename:”. Did you mean “has:attachment”?"),
        ("from:()", "()", "There is nothing between the parentheses."),
        ("in:(a b)", "in:", "“in:” wants the name of a folder"),
        ("a ) b", ")", "There is no parenthesis that this one closes."),
        ("a () b", "()", "There is nothing between the parentheses."),
        ("or a", "or", "Something must stand before “or”."),
        ("smith & sons", "&", "“&” has no letter and no digit to look for."),
        ('""', '""', "“” has no letter and no digit to look for."),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, wrong: str, sentence: str) -> None:
    ((where, why),) = mistakes(text)
    assert where == wrong
    assert why.startswith(sentence)


def test_the_rest_of_a_mistaken_query_still_searches() -> None:
    assert parse("ada is:blue larger:1k", NOW).node == All((word("ada"), Larger(1_000)))
    assert parse("is:blue", NOW).node == EVERYTHING
    assert parse("is:blue", NOW).empty


@pytest.mark.parametrize("text", ['"annual rep', '"', "(tea or cof", "tea or", "tea -", "-", "(", "tea NOT", "from:("])
def test_what_is_still_being_typed_is_not_wrong(text: str) -> None:
    assert mistakes(text) == []


def test_parentheses_without_end_are_told_once() -> None:
    query = parse("tea " + "(" * 1_900 + "x", NOW)
    assert [error.sentence for error in query.errors] == ["This is nested too deeply, and left out."]
    assert query.node == word("tea")


def test_a_text_without_end_is_cut() -> None:
    query = parse("tea " * 600, NOW)
    assert [(error.start, error.end) for error in query.errors] == [(2_000, 2_400)]


_PIECES = st.sampled_from(
    [
        "(", ")", "-", '"', " ", "or", "OR", "and", "AND", "NOT", ":", "tea", "日本", "é", "&",
        "\x00", "\n", "re:", "in:", "form:",
        *(f"{operator.name}:" for operator in OPERATORS), "is:unread", "7d", "2024-03", "10k", "has:attachment",
    ]
)  # fmt: skip


@given(st.one_of(st.text(max_size=60), st.lists(_PIECES, max_size=25).map("".join)))
@example('-"x" -(a or -b) from:"or" re:"x')
@example("-" * 50 + "x")
def test_whatever_is_typed_parses_and_a_tree_survives_being_written_down(text: str) -> None:
    query = parse(text, NOW)
    assert all(0 <= error.start <= error.end <= len(text) and error.sentence for error in query.errors)
    again = parse(unparse(query.node), NOW)
    assert again.node == query.node
    assert not again.errors


def test_leaves_come_in_the_order_of_the_text() -> None:
    assert list(leaves(node("a -(b or is:read) c"))) == [word("a"), word("b"), Is("read"), word("c")]


def test_every_operator_of_the_help_is_understood_as_its_example_shows() -> None:
    for operator in OPERATORS:
        assert node(f"{operator.name}:{operator.takes}") not in (EVERYTHING, word(f"{operator.name}:{operator.takes}"))
        for value in operator.values:
            assert node(f"{operator.name}:{value}") != EVERYTHING
