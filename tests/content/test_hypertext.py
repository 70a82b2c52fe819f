from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.content.samples import forbidden_in
from tuimail.content.draft import Draft
from tuimail.content.htmlwriter import MOST_BLOCKS
from tuimail.content.hypertext import html_document, write_html
from tuimail.content.text import BAR
from tuimail.content.width import cells
from tuimail.model import Document


def lines(html: str) -> list[str]:
    document = html_document(html)
    return [block.first + line for block in document.blocks for line in (block.text or "───").split("\n")]


def styled(document: Document, style: str) -> list[str]:
    return [block.text[s.start : s.end] for block in document.blocks for s in block.spans if s.style == style]


def test_paragraphs_headings_and_rules() -> None:
    document = html_document("<h1>Head</h1><p>one <b>bold</b>\n two<br>three</p><hr><div>four</div>")
    assert [(block.kind, block.text) for block in document.blocks] == [
        ("heading", "Head"),
        ("text", "one bold two\nthree"),
        ("rule", ""),
        ("text", "four"),
    ]
    assert styled(document, "bold") == ["bold"]


def test_lists_nest_and_count() -> None:
    assert lines("<ul><li>a<ol start=9><li>b<li>c</ol><li>d</ul>e") == [" • a", "    9. b", "   10. c", " • d", "e"]


def test_quotes_have_bars_and_a_level() -> None:
    document = html_document("x<blockquote>a<blockquote>b</blockquote></blockquote>y")
    assert [(block.text, block.first, block.level) for block in document.blocks] == [
        ("x", "", 0),
        ("a", BAR, 1),
        ("b", BAR * 2, 2),
        ("y", "", 0),
    ]


def test_pre_keeps_its_lines() -> None:
    (block,) = html_document("<pre>\n a  b\n   c\n</pre>").blocks
    assert (block.kind, block.text) == ("pre", " a  b\n   c")


def test_links_are_numbered_and_say_where_they_lead() -> None:
    document = html_document(
        '<a href="http://evil.example/">https://www.bank.test/login</a> <a href="https://x.example">x</a>'
    )
    assert document.blocks[0].text == "https://www.bank.test/login[1] x[2]"
    assert styled(document, "warning:1") == ["https://www.bank.test/login[1]"]
    assert styled(document, "link:2") == ["x[2]"]
    assert document.links[0].warning == "says www.bank.test, goes to evil.example"
    assert document.links[1].warning == ""


def test_a_url_written_out_without_an_anchor_is_a_link_too() -> None:
    document = html_document('<p>see https://a.example/ or <a href="https://b.example/">https://b.example/</a></p>')
    assert [link.url for link in document.links] == ["https://b.example/", "https://a.example/"]
    assert styled(document, "link:2") == ["https://a.example/"]


@pytest.mark.parametrize(
    "href", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "vbscript:x", "#top"]
)
def test_what_is_no_harmless_link_is_only_text(href: str) -> None:
    document = html_document(f'<a href="{href}">words</a>')
    assert document.links == ()
    assert document.blocks[0].text == "words"


@pytest.mark.parametrize(
    "hidden",
    [
        '<div style="display: none">SECRET</div>',
        '<span style="FONT-SIZE:0px">SECRET</span>',
        '<div style="max-height:0;overflow:hidden">SECRET</div>',
        "<p hidden>SECRET</p>",
        '<i style="visibility : hidden">SECRET</i>',
    ],
)
def test_hidden_parts_are_dropped_and_counted(hidden: str) -> None:
    draft = Draft()
    write_html(draft, hidden + "<p>seen</p>")
    assert [block.text for block in draft.blocks] == ["seen"]
    assert draft.hidden == 1


def test_scripts_styles_and_forms_never_show() -> None:
    scripts = "<script>EVIL</script><style>EVIL</style><svg><script>EVIL</script><p>seen</svg>"
    assert lines(scripts + "<input value=EVIL>") == ["seen"]


def test_images_are_counted_and_their_words_shown() -> None:
    draft = Draft()
    write_html(draft, '<img src="http://t.example/p" width=1 height=1 alt=x><img src="http://t.example/c" alt="A cat">')
    assert draft.images == 2
    assert [block.text for block in draft.blocks] == ["▣ A cat"]


def test_a_table_of_data_is_aligned_by_cells() -> None:
    rows = "<tr><th>Item<th>Price</tr><tr><td>東京<td align=right>5</tr><tr><td>Tea<td align=right>12.50</tr>"
    (block,) = html_document(f"<table>{rows}</table>").blocks
    assert block.kind == "table"
    assert block.text.split("\n") == ["Item │ Price", "─────┼──────", "東京 │     5", "Tea  │ 12.50"]
    assert {cells(line) for line in block.text.split("\n")} == {12}


def test_a_table_for_layout_is_read_cell_by_cell() -> None:
    assert lines("<table><tr><td><p>left</p></td><td><div>right</div></td></tr></table>") == ["left", "right"]


def test_character_references_cannot_bring_controls_in() -> None:
    assert forbidden_in(html_document("&#27;]0;x&#7; &#x9b;2J &#x202e;abc &#xd800; &#0;")) == []


def test_spans_stay_right_when_cleaning_drops_characters() -> None:
    document = html_document("a\u2061\u2061\u2061 <b>bold</b> z")
    assert styled(document, "bold") == ["bold"]


EVIL = {
    "divs": "<div>" * 30_000,
    "formatting": "<b i>" * 4_000,
    "paragraphs": "<p>x" * 30_000,
    "tags": "<a " * 50_000,
    "comments": "<!-- " * 30_000,
    "tables": "<table><tr><td>" * 8_000,
    "quotes": "<blockquote>" * 5_000 + "x",
    "items": "<ul><li>x" * 15_000,
    "anchors": '<a href="http://e.example/">t ' * 10_000,
    "attributes": "<a " + " ".join(f"a{n}=1" for n in range(50_000)) + ">",
}


@pytest.mark.timeout(30)
@pytest.mark.parametrize("html", EVIL.values(), ids=EVIL)
def test_a_bomb_is_read_within_limits(html: str) -> None:
    assert len(html_document(html).blocks) <= MOST_BLOCKS + 1


tags = (
    "<p> <b> </b> <a href=http://x.y> </a> <ul> <li> </ul> <table> <tr> <td> <th> </table> <pre> <br> <hr> &#27; x"
    " <blockquote> <div hidden> </div> <h1> </h1>"
).split()


@given(
    st.lists(st.sampled_from(tags), max_size=40).map(" ".join) | st.text(st.characters(categories=None), max_size=200)
)
def test_any_html_gives_clean_blocks_with_spans_inside(html: str) -> None:
    document = html_document(html)
    assert forbidden_in(document) == []
    for block in document.blocks:
        assert all(0 <= span.start < span.end <= len(block.text) for span in block.spans)
