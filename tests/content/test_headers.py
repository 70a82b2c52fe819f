from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.content.samples import forbidden_in
from tuimail.content.headers import MOST_FIELDS, MOST_REFERENCES, fields, summarize

ORDINARY = (
    b"Date: Wed, 21 Sep 2022 08:44:24 -0000\r\n"
    b"From: =?utf-8?Q?J=C3=BCrgen?= <j@example.org>\r\n"
    b"To: Me <me@example.org>,\r\n\tAda <ada@example.org>\r\n"
    b"SUBJECT: a long\r\n line\r\n"
    b"Message-ID: <3@x>\r\nIn-Reply-To: <2@x>\r\nReferences: <1@x>\r\n <2@x>\r\n"
    b"List-Id: The list <l.example.org>\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
)


def test_an_ordinary_block_becomes_a_row() -> None:
    heading = summarize(ORDINARY, 1_663_750_000)
    assert heading == (
        1_663_749_864,
        "Jürgen",
        "j@example.org",
        "Me +1",
        "a long line",
        "<3@x>",
        "<1@x> <2@x>",
        True,
        "The list <l.example.org>",
        "Me <me@example.org>, Ada <ada@example.org>",
    )


def test_line_ends_do_not_matter() -> None:
    assert summarize(ORDINARY.replace(b"\r\n", b"\n"), 0) == summarize(ORDINARY, 0)
    assert summarize(ORDINARY.removesuffix(b"\r\n"), 0) == summarize(ORDINARY, 0)
    assert summarize(b"\r\n" + ORDINARY, 0) == summarize(ORDINARY, 0)


def test_what_stands_behind_the_header_is_not_read() -> None:
    assert summarize(b"Subject: true\r\n\r\nFrom: eve@evil.test\r\n", 0).email == ""
    assert fields(b"A: 1\n\nB: 2\n") == [(b"a", b"1")]


def test_the_first_of_two_from_fields_counts() -> None:
    assert summarize(b"From: boss@bank.test\r\nFrom: eve@evil.test\r\n", 0).email == "boss@bank.test"
    assert summarize(b"From : boss@bank.test\r\nFrom: eve@evil.test\r\n", 0).email == "boss@bank.test"


@pytest.mark.parametrize(
    ("date", "received", "expected"),
    [
        (b"Sun, 01 Feb 2099 00:00:00 +0000", 1_700_000_000, 1_700_000_000),
        (b"Wed, 31 Dec 1969 23:59:59 -0000", 1_700_000_000, 1_700_000_000),
        (b"nonsense", 1_700_000_000, 1_700_000_000),
        (b"Wed, 21 Sep 2022 08:44:24 -0000", 0, 1_663_749_864),
    ],
)
def test_a_date_that_cannot_be_is_replaced_by_arrival(date: bytes, received: int, expected: int) -> None:
    assert summarize(b"Date: " + date + b"\r\n", received).date == expected


def test_an_answer_without_references_still_has_a_parent() -> None:
    assert summarize(b"In-Reply-To: <parent@x> of Monday\r\n", 0).references == "<parent@x>"


def test_of_endless_references_the_first_and_the_newest_stay() -> None:
    ids = b" ".join(b"<%d@x>" % n for n in range(12_000))
    kept = summarize(b"References: " + ids + b"\r\n", 0).references.split(" ")
    assert len(kept) == MOST_REFERENCES
    assert kept[0] == "<0@x>"
    assert kept[-1] == "<11999@x>"


@pytest.mark.parametrize(
    ("content_type", "has"),
    [
        (b"multipart/mixed; boundary=x", True),
        (b"Multipart/Mixed", True),
        (b"application/pdf", True),
        (b"multipart/alternative", False),
        (b"multipart/related", False),
        (b"multipart/signed", False),
        (b"multipart/report", False),
        (b"text/plain", False),
    ],
)
def test_the_attachment_mark_comes_from_the_content_type(content_type: bytes, has: bool) -> None:
    assert summarize(b"Content-Type: " + content_type + b"\r\n", 0).has_attachment is has


def test_lines_that_are_no_field_are_skipped() -> None:
    assert fields(b"From mbox Tue Feb  3 10:11:12 2026\nSubject: x\nno colon here\n: empty\nTo :y\n") == [
        (b"subject", b"x"),
        (b"to", b"y"),
    ]


def test_only_so_many_fields_are_read() -> None:
    assert len(fields(b"A: 1\r\n" * (MOST_FIELDS + 7))) == MOST_FIELDS


lines = st.lists(
    st.sampled_from(
        [
            b"From: a@b",
            b"from : c@d",
            b"Subject: =?utf-8?Q?=1B?=",
            b"",
            b" folded",
            b"\r",
            b"To: x, y",
            b":",
            b"Date: \xff",
        ]
    )
)


@given(st.binary(max_size=300) | lines.map(b"\r\n".join) | lines.map(b"\n".join))
def test_any_block_gives_a_clean_row_that_agrees_with_its_fields(block: bytes) -> None:
    heading = summarize(block, 0)
    assert forbidden_in(heading) == []
    assert not any("\n" in text or "\t" in text for text in heading if isinstance(text, str))
    first = dict(reversed(fields(block)))
    if first.get(b"from"):
        assert heading.email == summarize(b"From: " + first[b"from"], 0).email
