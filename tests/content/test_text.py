from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.content.samples import forbidden_in
from tuimail.content.text import BAR, MOST_BARS, MOST_LINES, plain_document
from tuimail.model import Block, Span


def test_lines_stay_as_written_and_empty_lines_part_blocks() -> None:
    assert plain_document("one\ntwo\n\n\n  three\n").blocks == (
        Block("text", "one\ntwo", gap=False),
        Block("text", "  three", gap=True),
    )


def test_quotes_get_bars_and_a_level() -> None:
    blocks = plain_document("hi\n> a\n> > b\n>> c\nreply").blocks
    assert [(block.level, block.text, block.first, block.gap) for block in blocks] == [
        (0, "hi", "", False),
        (1, "a", BAR, False),
        (2, "b\nc", BAR * 2, False),
        (0, "reply", "", False),
    ]


def test_the_signature_is_set_apart() -> None:
    blocks = plain_document("words\n-- \nAda\nLondon\n\nmore").blocks
    assert [(block.kind, block.text) for block in blocks] == [
        ("text", "words"),
        ("signature", "-- \nAda\nLondon"),
        ("signature", "more"),
    ]


def test_a_quoted_signature_ends_with_its_quote() -> None:
    blocks = plain_document("> -- \n> Ada\nreply").blocks
    assert [(block.kind, block.level) for block in blocks] == [("signature", 1), ("text", 0)]


def test_flowed_lines_become_paragraphs() -> None:
    # RFC 3676 §4.1, §4.4, §4.5
    document = plain_document("one \ntwo\nthree\n>> quo \n>> ted\n> less\n From stuffed\n-- \nAda", flowed=True)
    assert [(block.kind, block.level, block.text) for block in document.blocks] == [
        ("text", 0, "one two\nthree"),
        ("text", 2, "quo ted"),
        ("text", 1, "less"),
        ("text", 0, "From stuffed"),
        ("signature", 0, "-- \nAda"),
    ]


def test_delsp_removes_the_blank_at_a_soft_break() -> None:
    assert plain_document("日本 \n語", flowed=True, delsp=True).blocks[0].text == "日本語"


def test_links_are_numbered_through() -> None:
    document = plain_document("http://a.example/ and\nhttp://b.example/\n\n> http://c.example/")
    assert [link.url for link in document.links] == ["http://a.example/", "http://b.example/", "http://c.example/"]
    assert document.blocks[0].spans == (Span(0, 17, "link:1"), Span(22, 39, "link:2"))
    assert document.blocks[1].spans == (Span(0, 17, "link:3"),)


def test_deep_quotes_leave_room_for_words() -> None:
    (block,) = plain_document(">" * 20_000 + " deep").blocks
    assert block.level == 20_000
    assert block.first == BAR * MOST_BARS
    assert block.text == "deep"


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "text",
    [
        "http://" * 100_000,
        (">" * 20_000 + "\n") * 60,
        "http://" + "a." * 500_000,
        "http://a.b/" + ")" * 500_000,
        ("http://a.b/" + "." * 7_000 + " ") * 100,
        ("a" + "\u0301" * 300) * 2_000,
        "word \n" * 200_000,
    ],
    ids=["schemes", "quotes", "dots", "brackets", "tails", "marks", "flowed"],
)
def test_floods_are_read_in_one_pass(text: str) -> None:
    assert plain_document(text, flowed=True) is not None


def test_what_is_too_long_is_cut() -> None:
    document = plain_document("a\n\n" * MOST_LINES)
    assert len(document.blocks) == MOST_LINES // 2


@given(st.text(max_size=300) | st.text(st.sampled_from("> -\n\thttp://a.b \x1b\u202e"), max_size=200), st.booleans())
def test_any_text_gives_clean_blocks_with_spans_inside(text: str, flowed: bool) -> None:
    document = plain_document(text, flowed=flowed)
    assert forbidden_in(document) == []
    for block in document.blocks:
        assert all(0 <= span.start < span.end <= len(block.text) for span in block.spans)


PATCH = """Here it is.
---
 mill.py | 3 ++-

diff --git a/mill.py b/mill.py
index 1..2 100644
--- a/mill.py
+++ b/mill.py
@@ -1,5 +1,5 @@ class Mill:
 a


--- gone
+++ come
 b
\\ No newline at end of file
SIGNATURE
2.40""".replace("SIGNATURE", "-- ")


def test_a_patch_in_a_text_has_its_colours_and_all_its_empty_lines() -> None:
    words, patch, signature = plain_document(PATCH).blocks
    assert (words.kind, signature.kind) == ("text", "signature") and words.text.endswith("3 ++-")
    lines = patch.text.split("\n")
    assert (patch.kind, lines[0], lines[-1]) == (
        "pre",
        "diff --git a/mill.py b/mill.py",
        "\\ No newline at end of file",
    )
    assert lines[5:8] == [" a", "", ""]
    found = {span.style: patch.text[span.start : span.end] for span in patch.spans}
    assert found["added"] == "+++ come" and found["removed"] == "--- gone"
    assert found["bold"].startswith("diff --git") and found["bold"].endswith("+++ b/mill.py")
    assert found["code"] == "@@ -1,5 +1,5 @@ class Mill:"


@pytest.mark.parametrize(
    "text", ["@@ no hunk\n+a", "> @@ -1 +1 @@\n> -a\n> +b", "+1 for this\n-- and this", "@@ -1 +1 @@\nx"]
)
def test_what_only_begins_like_a_patch_has_no_colours(text: str) -> None:
    spans = [span for block in plain_document(text).blocks for span in block.spans]
    assert not {"added", "removed"} & {span.style for span in spans}


@given(
    st.lists(st.sampled_from(["@@ -1,2 +1,2 @@", "+a", "-b", " c", "", "diff x", "--- a", "+++ b", "> q", "-- ", "w"]))
)
def test_a_text_with_patches_loses_no_word(lines: list[str]) -> None:
    text = "\n".join(lines)
    shown = "".join(block.text for block in plain_document(text).blocks)
    kept = "".join(line.removeprefix("> ") for line in lines)
    assert "".join(shown.split()) == "".join(kept.split())
