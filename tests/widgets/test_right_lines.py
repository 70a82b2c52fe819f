from __future__ import annotations

import pytest

from tuimail.model import Block, Document, Span
from tuimail.widgets.layout import lay_out
from tuimail.widgets.lines import wrap
from tuimail.widgets.right_lines import mirrored


@pytest.mark.parametrize(("prefix", "seen"), [(" 10. ", " .10 "), ("▌ ", " ▐"), (" • ", " • "), ("", "")])
def test_a_prefix_is_seen_from_the_right(prefix: str, seen: str) -> None:
    assert mirrored(prefix) == seen


def test_hebrew_stands_at_the_right_edge_in_logical_order() -> None:
    block = Block("text", "שלום עולם", (Span(0, 4, "bold"),), first="▌ ", rest="▌ ", level=1, right=True)
    (line,) = lay_out(Document((block,)), 20)
    assert line.text == "         שלום עולם ▐"
    assert [line.text[span.start : span.end] for span in line.spans] == ["שלום", " ▐"]


def test_no_bidi_control_is_added() -> None:
    (line,) = lay_out(Document((Block("text", "שלום abc", right=True),)), 30)
    assert set(line.text) <= set("שלום abc")


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("これは本です。はい", ["これは本", "です。は", "い"]),
        ("これは本。です", ["これは", "本。です"]),
        ("これは「本」です", ["これは", "「本」で", "す"]),
        ("これはこち[1]です", ["これはこ", "ち[1]で", "す"]),
    ],
)
def test_no_line_of_japanese_begins_with_a_full_stop(text: str, pieces: list[str]) -> None:
    assert [text[start:end] for start, end in wrap(text, 8)] == pieces
