"""Mails as people get them, as they read in windows of two widths. `SNAP=update` rewrites; look before you commit."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.snap import ROOT, compare, picture, settle
from tests.widgets.made_up import Stage
from tuimail.content.mime import parse
from tuimail.model import Block, Document, Message
from tuimail.widgets.layout import lay_out
from tuimail.widgets.lines import Line
from tuimail.widgets.lines_view import LinesView

FOLDER = Path(__file__).parent.parent / "data" / "mails"
MAILS = sorted(path.stem for path in FOLDER.glob("*.eml"))


def read(name: str) -> Message:
    return parse((FOLDER / f"{name}.eml").read_bytes())


def told(message: Message, width: int) -> list[Line]:
    """The notes, then the text."""
    notes = [Block("signature", note, gap=False) for note in message.notes]
    return lay_out(Document((*notes, *message.document.blocks)), width)


@pytest.mark.parametrize(("width", "theme"), [(80, "dark"), (120, "light")])
@pytest.mark.parametrize("name", MAILS)
async def test_a_mail_looks_as_it_did(name: str, width: int, theme: str) -> None:
    lines = told(read(name), min(100, width - 4))
    view = LinesView()
    stage = Stage(view, f"textual-{theme}")
    async with stage.play(width, len(lines)) as pilot:
        view.set_lines(lines)
        await settle(pilot)
        text = "\n".join(line.text for line in lines) + "\n"
        assert compare(ROOT / "test_mails", f"{name}-{width}-{theme}", picture(stage), text) == ""


@pytest.mark.parametrize("width", [1, 7, 20, 33, 60])
@pytest.mark.parametrize("name", MAILS)
def test_no_line_of_a_mail_is_wider_than_the_window(name: str, width: int) -> None:
    assert max(cell_len(line.text) for line in told(read(name), width)) <= max(2, width)


@pytest.mark.parametrize("name", MAILS)
def test_every_letter_of_a_mail_is_there_in_a_narrow_window(name: str) -> None:
    message = read(name)
    narrow = Counter("".join(line.text for line in told(message, 30)))
    for block in message.document.blocks:
        narrow.subtract("".join(cell.text for row in block.rows for cell in row) or block.text)
    assert {letter: count for letter, count in narrow.items() if count < 0 and letter.strip()} == {}
