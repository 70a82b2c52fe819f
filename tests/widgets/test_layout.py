from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.widgets.made_up import fastest
from tests.widgets.test_safe import HOSTILE, is_dangerous
from tuimail.model import Block, Document, Span
from tuimail.widgets.layout import lay_out
from tuimail.widgets.lines import Line

TEXT = st.lists(st.sampled_from([*"ab \n\t東éxש.-", "e\u0301", "👩‍👩‍👧", "🇩🇪"]), max_size=200).map("".join)
BLOCKS = st.builds(
    Block,
    kind=st.sampled_from(["text", "pre", "heading", "signature"]),
    text=TEXT,
    first=st.sampled_from(["", "• ", "▎ ", "▎ ▎ ", "▎ " * 40]),
    rest=st.sampled_from(["", "  ", "▎ ", "▎ ▎ "]),
    level=st.integers(0, 3),
    gap=st.booleans(),
)


def texts(lines: list[Line]) -> list[str]:
    return [line.text for line in lines]


def one(block: Block, width: int = 30) -> list[Line]:
    return lay_out(Document((block,)), width)


def test_a_quote_carries_its_bar_on_every_line() -> None:
    lines = one(Block("text", "somebody said something long", first="▎ ", rest="▎ ", level=1), 16)
    assert texts(lines) == ["▎ somebody said", "▎ something long"]
    assert all(line.level == 1 and line.spans[0] == Span(0, 2, "prefix") for line in lines)


def test_the_second_line_of_a_list_item_stands_under_its_text() -> None:
    assert texts(one(Block("text", "first second", first="12. ", rest="    "), 14)) == ["12. first", "    second"]


def test_the_empty_line_inside_a_quotation_keeps_the_bar() -> None:
    quote = [
        Block("text", "a", first=bars, rest=bars, level=level) for bars, level in (("▎ ", 1), ("▎ ▎ ", 2), ("▎ ", 1))
    ]
    lines = lay_out(Document((Block("text", "mine"), *quote)), 40)
    assert texts(lines) == ["mine", "", "▎ a", "▎", "▎ ▎ a", "▎", "▎ a"]


def test_preformatted_text_keeps_its_spaces_and_expands_its_tabs() -> None:
    lines = one(Block("pre", "if x:\n\treturn  y", (Span(7, 13, "code"),)))
    assert texts(lines) == ["if x:", "        return  y"]
    assert lines[1].spans == (Span(8, 14, "code"),)


def test_a_span_follows_its_words_through_the_wrapping() -> None:
    lines = one(Block("text", "go to the page [1] now", (Span(6, 18, "link:1"),), first="• ", rest="  "), 12)
    styled = [line.text[span.start : span.end] for line in lines for span in line.spans if span.style == "link:1"]
    assert styled == ["the", "page [1]"]


def test_a_heading_is_styled_as_a_whole_and_a_rule_is_drawn() -> None:
    lines = lay_out(Document((Block("heading", "News"), Block("rule", "", gap=False))), 20)
    assert lines[0] == Line("News", (Span(0, 4, "heading"),))
    assert lines[1].text == "─" * 20


def test_bars_deeper_than_the_pane_leave_room_for_the_words() -> None:
    lines = one(Block("text", "still readable here", first="▎ " * 60, rest="▎ " * 60, level=60), 40)
    assert all(cell_len(line.text) <= 40 for line in lines)
    assert "still readable" in lines[0].text


@given(st.lists(BLOCKS, max_size=6), st.integers(2, 60))
def test_no_character_is_lost_and_no_line_is_too_wide(blocks: list[Block], width: int) -> None:
    lines = lay_out(Document(tuple(blocks)), width)
    assert all(cell_len(line.text) <= width for line in lines)
    for block in blocks:
        alone = one(block, width)
        shown = "".join(
            line.text[line.spans[0].end :] if line.spans and line.spans[0].style == "prefix" else line.text
            for line in alone
        )
        assert "".join(shown.split()) == "".join(block.text.split())


def test_control_characters_of_a_body_never_reach_a_line() -> None:
    for kind in ("text", "pre", "heading", "rule"):
        for line in one(Block(kind, HOSTILE * 3, first=HOSTILE, rest=HOSTILE)):
            assert not any(map(is_dangerous, line.text))


def test_fifty_thousand_lines_take_less_than_half_a_second() -> None:
    text = "\n".join(f"line {number} of a very long mail with some more words in it" for number in range(50_000))
    assert len(one(Block("text", text), 80)) == 50_000
    assert fastest(lambda: one(Block("text", text), 80)) < 0.5


def test_many_spans_in_many_lines_take_linear_time() -> None:
    text = "word [1]\n" * 20_000
    spans = tuple(Span(place * 9 + 5, place * 9 + 8, "link:1") for place in range(20_000))
    assert fastest(lambda: one(Block("text", text, spans), 80)) < 1
