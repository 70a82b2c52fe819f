from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.content.samples import forbidden_in
from tests.widgets.made_up import fastest
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
    assert document.blocks[0].text == "https://www.bank.test/login[1 → evil.example] x[2]"
    assert styled(document, "warning:1") == ["https://www.bank.test/login[1 → evil.example]"]
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


def hidden(html: str) -> tuple[list[str], Draft]:
    draft = Draft()
    write_html(draft, html)
    return [block.text for block in draft.blocks], draft


@pytest.mark.parametrize(
    "trick",
    [
        '<p style="color:#fff">SECRET</p>',
        '<p style="color:#FEFEFE;background:white">SECRET</p>',
        '<table bgcolor="#102030"><tr><td><font color="#112131">SECRET</font></td></tr></table>',
        '<div style="background-color:rgb(0, 0, 0)"><p>SECRET</p></div>',
        '<p style="color:transparent">SECRET</p>',
        '<p style="color:rgba(0,0,0,0.01)">SECRET</p>',
        '<p style="position:absolute;left:-9999px">SECRET</p>',
        '<p style="text-indent:-5000px">SECRET</p>',
        '<p style="opacity:0.01">SECRET</p>',
        '<p style="width:0;overflow:hidden">SECRET</p>',
        '<p style="font-size:1px">SECRET</p>',
        '<p style="transform: scale(0)">SECRET</p>',
        '<p style="position:absolute;clip:rect(0, 0, 0, 0)">SECRET</p>',
        '<style>.x{display:none}</style><p class="y x">SECRET</p>',
        "<style>#gone { visibility : hidden !important }</style><p id=gone>SECRET</p>",
        "<style>@media screen { p.x { font-size:0 } }</style><p class=x>SECRET</p>",
        '<style>.dark{background:#000;color:#000}</style><table><tr><td class="dark">SECRET</td></tr></table>',
        "<style>.pre p{display:none}</style><div class=pre><div><p>SECRET</p></div></div>",
        "<style>.PRE > P.x.y , b{font-size:0}</style><div class=pre><p class='y x'>SECRET</p></div>",
        "<style>html body #a .b>*{color:#fff}</style><div id=a><div class=b><i>SECRET</i></div></div>",
        "<style>div > .b .c{display:none}</style><div><i class=b><b class=b><i class=c>SECRET</i></b></i></div>",
        "<style>[data-gone]{display:none}</style><p data-gone>SECRET</p>",
        "<style>p[Data-Gone='Yes it is']{display:none}</style><p data-gone='yes IT is'>SECRET</p>",
        "<style>[data-a~=two]{display:none}</style><p data-a='one two'>SECRET</p>",
        "<style>[lang|=en]{display:none}</style><p lang=en-GB>SECRET</p>",
        "<style>a[href^='https://t.'] i{display:none}</style><a href=https://t.example/x><i>SECRET</i></a>",
        "<style>[data-a$=end][data-a*=mid]{display:none}</style><p data-a=a-mid-end>SECRET</p>",
        "<style>td[class~=x] > [hide=1 i]{display:none}</style><table><td class='y x'><b hide=1>SECRET</b></table>",
        "<style>h2 + p{display:none}</style><p></p><h2></h2>\n<p>SECRET</p><p></p>",
        "<style>h2~p.x{display:none}</style><h2></h2><p></p><p class=x>SECRET</p>",
        "<style>.a + .b > i ~ u{display:none}</style><p class=a></p><p class=b><i></i><b></b><u>SECRET</u></p>",
        "<style>html>body>p+p.x{display:none}</style><p></p><p class=x>SECRET</p>",
    ],
)
def test_what_no_window_would_show_is_left_out_and_counted(trick: str) -> None:
    texts, draft = hidden(f"{trick}<p>seen</p>")
    assert texts == ["seen"]
    assert (draft.hidden, draft.hidden_words) == (1, 1)


@pytest.mark.parametrize(
    "shown",
    [
        '<div style="font-size:0"><p style="font-size:14px">WORDS</p></div>',
        '<div style="visibility:hidden"><p style="visibility:visible">WORDS</p></div>',
        '<a href="https://b.example/" style="mso-hide:all">WORDS</a>',
        '<td bgcolor="#000000"><p style="color:#fff">WORDS</p></td>',
        '<td background="https://i.example/dark.jpg"><p style="color:#fff">WORDS</p></td>',
        '<div style="background:linear-gradient(#000,#333)"><p style="color:white">WORDS</p></div>',
        "<style>@media (max-width:480px) { .x { display:none } }</style><p class=x>WORDS</p>",
        "<style>@media print { .x { display:none } }</style><p class=x>WORDS</p>",
        "<style>@media (prefers-color-scheme:dark) { body { background:#000 } }</style><p>WORDS</p>",
        '<style>body{background:#111}</style><p style="color:#eee">WORDS</p>',
        '<body bgcolor="#222222"><p style="color:#eee">WORDS</p>',
        "<style>/* unclosed { .x { display:none }</style><p class=x>WORDS</p>",
        '<div style="max-width:0;max-height:none"><p>WORDS</p></div>',
        "<head><p>WORDS</p>",
        "<style>.pre > p{display:none}</style><div class=pre><div><p>WORDS</p></div></div>",
        "<style>.pre p{display:none}</style><div class=pre></div><p>WORDS</p>",
        "<style>p.x.y{display:none}</style><p class=x>WORDS</p>",
        "<style>h2 + p{display:none}</style><h2></h2><div></div><p>WORDS</p>",
        "<style>h2 ~ p{display:none}</style><p>WORDS</p><h2></h2>",
        "<style>h2 ~ p{display:none}</style><div><h2></h2></div><p>WORDS</p>",
        "<style>[x],[dir=rtl],[class^=b],[class$=''],[class*=''],[class|=a]{display:none}</style><p class=ab>WORDS</p>",
        "<style>input:checked ~ p,p:hover,p:nth-child(1),p::before,p[,p[x,p[=a],]{display:none}</style><p>WORDS</p>",
        "<style>@media (max-width:9px){[class=x]{display:none}}</style><p class=x>WORDS</p>",
        "<style>.b .a p{display:none}</style><div class=a><div class=b><p>WORDS</p></div></div>",
        "<style>u + .body p,p:first-child,[x] p,> p,p >,p > > p{display:none}</style><u></u><p>WORDS</p>",
    ],
)
def test_what_a_window_would_show_is_never_lost(shown: str) -> None:
    texts, draft = hidden(shown)
    assert [text.removesuffix("[1]") for text in texts] == ["WORDS"]
    assert draft.hidden == 0


def test_letters_hidden_inside_a_word_do_not_break_it() -> None:
    texts, draft = hidden('<p>Pay<span style="font-size:0">xq</span>ment <i style="display:none">9</i>due</p>')
    assert texts == ["Payment due"]
    assert draft.hidden == 2


def test_hidden_words_are_told_in_words() -> None:
    _, draft = hidden('<p>seen</p><p style="color:white">cheap cheap cheap</p><p hidden>and more</p>')
    assert list(draft.notes()) == ["Hidden parts left out: 2 (5 words, 3 in the colour of their background)."]


def test_a_mail_of_nothing_but_hidden_text_is_shown_with_a_warning() -> None:
    texts, draft = hidden('<div style="display:none">All there is</div>')
    assert texts == ["All there is"]
    assert list(draft.notes()) == ["The sender made all or most of this text invisible; it is shown all the same."]


def test_white_text_on_what_we_took_for_white_is_shown_dim() -> None:
    document = html_document('<p style="color:white">' + "word " * 50 + "</p><p>one</p>")
    assert len(document.blocks) == 2
    assert styled(document, "dim") == [" ".join(["word"] * 50)]


@pytest.mark.parametrize(
    ("image", "trackers"),
    [
        ('<img src="https://t.example/a.gif" width=1 height=1>', 1),
        ('<img src="https://t.example/a.gif" style="width:1px;height:1px">', 1),
        ('<div style="display:none"><img src="https://t.example/a.png" width=600></div>', 1),
        ('<img src="https://t.example/wf/open?upn=x" alt="">', 1),
        ('<img src="https://t.example/cat.jpg" width=600>', 0),
        ('<img src="https://t.example/spacer.gif" width=1 height=30>', 0),
    ],
)
def test_images_that_only_watch_are_told_apart(image: str, trackers: int) -> None:
    _, draft = hidden(image)
    assert (draft.images, draft.trackers) == (1, trackers)


def test_pictures_that_came_along_are_named_and_not_counted_as_remote() -> None:
    texts, draft = hidden('<img src="cid:image001.png@01DB.7A"><img src="cid:x@y" alt="A plan">')
    assert texts == ["▣ image001.png ▣ A plan"]
    assert draft.images == 0


def test_a_picture_that_is_a_link_keeps_the_link() -> None:
    document = html_document('<a href="https://a.example/"><img src="https://a.example/p.jpg"></a>')
    assert document.blocks[0].text == "▣[1]"
    assert document.links[0].text == "picture"


def test_a_picture_whose_twin_is_hidden_keeps_its_link() -> None:
    picture = '<p><a href="https://a.example/"><img src="https://a.example/p.jpg"></a></p>'
    html = f'{picture}<p>words</p><p hidden><a href="https://a.example/">hidden</a></p>'
    document = html_document(html)
    assert [block.text for block in document.blocks] == ["words", "▣[1]"]
    assert [link.url for link in document.links] == ["https://a.example/"]


def test_a_link_around_blocks_marks_each_of_them_with_one_number() -> None:
    document = html_document('<a href="https://a.example/"><h3>Title</h3><p>Text</p></a><p>after</p>')
    assert [block.text for block in document.blocks] == ["Title[1]", "Text", "after"]
    assert styled(document, "link:1") == ["Title[1]", "Text"]


def test_the_same_target_has_one_number() -> None:
    document = html_document('<a href="https://a.example/">here</a> and <a href="https://a.example/">there</a>')
    assert document.blocks[0].text == "here[1] and there[1]"


def test_columns_without_lines_stand_side_by_side() -> None:
    rows = "<tr><td>Subtotal</td><td align=right>€20.00</td></tr><tr><td>Total</td><td align=right>€24.50</td></tr>"
    (block,) = html_document(f"<table role=presentation>{rows}</table>").blocks
    assert block.kind == "columns"
    assert [[cell.text for cell in row] for row in block.rows] == [["Subtotal", "€20.00"], ["Total", "€24.50"]]
    assert all(row[1].right for row in block.rows)


def test_a_row_of_short_cells_is_one_line() -> None:
    cells_ = "".join(f'<td><a href="https://a.example/{name}">{name}</a></td>' for name in ("Home", "Shop"))
    assert lines(f"<table><tr>{cells_}<td></td></tr></table>") == ["Home[1] · Shop[2]"]


def test_bold_first_rows_are_headings_and_stand_where_their_column_does() -> None:
    cell = '<td style="border:solid black 1pt">{}</td>'
    right = '<td style="border:solid black 1pt"><p style="text-align:right">{}</p></td>'
    html = f"<table><tr>{cell.format('<b>Who</b>')}{cell.format('<b>Desks</b>')}</tr>"
    html += f"<tr>{cell.format('Legal')}{right.format(9)}</tr></table>"
    (block,) = html_document(html).blocks
    assert [(cell.head, cell.right) for cell in block.rows[0]] == [(True, False), (True, True)]


def test_a_cell_that_reaches_down_leaves_room_below() -> None:
    html = "<table border=1><tr><td rowspan=2>a<td>b</tr><tr><td>c</tr><tr><td>d<td>e</tr></table>"
    (block,) = html_document(html).blocks
    assert [[cell.text for cell in row] for row in block.rows] == [["a", "b"], ["", "c"], ["d", "e"]]


def test_older_mail_below_an_answer_of_outlooks_is_a_quotation() -> None:
    html = """<p>Yes.</p><div style="border:none;border-top:solid #E1E1E1 1.0pt"><p><b>From:</b> Ada</p></div>
        <p>Shall we?</p>"""
    document = html_document(html)
    assert [(block.kind, block.text, block.level) for block in document.blocks] == [
        ("text", "Yes.", 0),
        ("rule", "", 0),
        ("text", "From: Ada", 1),
        ("text", "Shall we?", 1),
    ]


def test_a_line_at_the_left_is_a_bar_and_no_quotation() -> None:
    (block,) = html_document('<div style="border-left:4px solid #ddd">Note</div>').blocks
    assert (block.first, block.level) == (BAR, 0)


@pytest.mark.parametrize(
    ("html", "right"),
    [
        ("<p>שלום</p>", True),
        ("<p dir=rtl>PDF שלום</p>", True),
        ("<div dir=rtl><p dir=ltr>left</p></div>", False),
        ("<p>left שלום</p>", False),
        ("<p>12 שלום</p>", True),
    ],
)
def test_what_reads_from_the_right_stands_at_the_right(html: str, right: bool) -> None:
    (block,) = html_document(html).blocks
    assert block.right is right


def test_raised_and_lowered_digits_are_such_and_words_stay() -> None:
    assert lines("<p>x<sup>2</sup>, H<sub>2</sub>O, 20<sup>th</sup>, 10<sup>-3</sup></p>") == ["x², H₂O, 20th, 10⁻³"]


def test_definitions_stand_below_their_words() -> None:
    assert lines("<dl><dt>Lost<dd>A cat</dl><p>x") == ["Lost", "    A cat", "x"]


def test_white_space_that_matters_is_kept() -> None:
    assert lines('<div style="white-space:pre-wrap">a\n  b</div>') == ["a", "  b"]


def test_word_paragraphs_without_margin_are_lines() -> None:
    document = html_document("<p class=MsoNormal>Regards</p><p class=MsoNormal>Ada</p><p class=MsoNormal>&nbsp;</p>x")
    assert [(block.text, block.gap) for block in document.blocks] == [("Regards", False), ("Ada", False), ("x", True)]


def test_checkboxes_and_readings_and_quotes_have_their_marks() -> None:
    assert lines("<input type=checkbox checked>done <ruby>栞<rt>しおり</rt></ruby> <q>so</q>") == [
        "☑ done 栞(しおり) “so”"
    ]


STRETCHED = {
    "nested tables": "<table><tr><td>x",
    "tables with borders": "<table border=1><tr><td>a<td>b<tr><td>c<td>d</table>",
    "attributes": " <p a=1 b=2 c=3 style='color:red;color:blue'>x",
    "attributes of one tag": None,
    "unclosed quotes": '<p title="',
    "unclosed comments": "<!-- ",
    "css comments": None,
    "css braces": None,
    "css media": None,
    "css chains": None,
    "css siblings": None,
    "css attributes": None,
    "links around blocks": '<a href="http://a.example/x"><p>t</p>',
    "short rows": "<tr><td>a<td>b",
    "definition": "<dl><dd><dl><dd>x",
    "invisible": "<p hidden><b>x",
    "bars": '<div style="border-left:1px solid red">x',
    "words and blanks": "word \u00a0 <br>",
    "raised": "<sup>2<sub>2",
}


def stretched(name: str, size: int) -> str:
    made = {
        "attributes of one tag": lambda: "<p " + " ".join(f"a{n}=1" for n in range(size // 8)) + ">x",
        "css comments": lambda: "<style>" + "/*" * (size // 2) + "</style>x",
        "css braces": lambda: "<style>" + "}" * (size // 2) + "{" * (size // 2) + "</style>x",
        "css media": lambda: "<style>" + "@media screen{" * (size // 14) + ".x{color:red}</style>x",
        "css chains": lambda: f"<style>{'i i i > i{color:red}' * 400}</style>" + "<i>" * (size // 3) + "x",
    }
    made["css siblings"] = lambda: (
        f"<style>{'i ~ i ~ i ~ b{color:red}' * 400}</style>" + "<i></i>" * (size // 7) + "<b>x"
    )
    made["css attributes"] = lambda: (
        "<style>" + "".join(f"[d*=x{n}]{{color:red}}" for n in range(400)) + "</style>" + "<i d=y>" * (size // 7) + "x"
    )
    unit = STRETCHED[name]
    return made[name]() if unit is None else unit * (size // len(unit))


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", STRETCHED)
def test_twice_the_html_takes_about_twice_the_time(name: str) -> None:
    small, large = stretched(name, 30_000), stretched(name, 120_000)
    html_document(small)
    assert fastest(lambda: html_document(large)) < 0.03 + 9 * fastest(lambda: html_document(small))
