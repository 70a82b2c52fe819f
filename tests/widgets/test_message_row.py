from __future__ import annotations

from datetime import datetime

import pytest
from rich.style import Style

from tests.widgets.made_up import NOW, summary
from tests.widgets.test_safe import HOSTILE, is_dangerous
from tuimail.model import Flag, Summary
from tuimail.records import replace
from tuimail.widgets.message_row import paint

STYLES = dict.fromkeys(["row", "unread", "dot", "star", "date", "pending", "placeholder", "label", "mark"], Style())
TODAY = datetime(2026, 11, 20, 23, 23)


def line(row: Summary | None, width: int = 80, *, cursor: bool = False, selected: bool = False) -> str:
    return paint(row, width, TODAY, STYLES, cursor=cursor, selected=selected).text


def test_every_state_has_a_glyph_that_needs_no_colour() -> None:
    plain = line(summary(1))
    assert not set("●★↩+⧗▌✓⌂✗") & set(plain)
    for row, glyph in [
        (summary(1, flags=Flag.NONE), "●"),
        (summary(1, flags=Flag.SEEN | Flag.FLAGGED), "★"),
        (summary(1, flags=Flag.SEEN | Flag.ANSWERED), "↩"),
        (summary(1, has_attachment=True), "+"),
        (summary(1, pending=True), "⧗"),
        (summary(1, standing="here"), "⌂"),
        (summary(1, standing="here", pending=True), "⧗"),
        (summary(1, standing="leaving", pending=True), "✗"),
    ]:
        for width in (40, 80, 160):
            assert glyph in line(row, width)
    assert line(summary(1), cursor=True)[0] == "▌"
    assert line(summary(1), selected=True)[1] == "✓"


def test_first_words_stand_behind_the_subject_where_there_is_room() -> None:
    row = replace(summary(1, subject="Boats"), preview="They are in, all of them")
    assert "Boats  They are in, all of them " in line(row, 120)
    assert "Boats  They are i" in line(row, 80)
    assert "They" not in line(row, 60), "a word or two would say nothing"
    long = replace(row, subject="Boats " * 30)
    assert "They" not in line(long, 120)
    labelled = replace(row, labels=("work",))
    assert "[work] Boats  They are in" in line(labelled, 120)


@pytest.mark.parametrize("width", [3, 40, 60, 80, 100, 160])
def test_first_words_of_strange_letters_keep_the_columns(width: int) -> None:
    for subject, words in STRANGE:
        strip = paint(
            replace(summary(1, subject=subject[:9]), preview=words), width, TODAY, STYLES, cursor=False, selected=False
        )
        assert strip.cell_length == width
        assert not any(map(is_dangerous, strip.text))


STRANGE = [
    ("Ada", "plain"),
    ("田中太郎田中太郎田中太郎田中太郎", "東京" * 80),
    ("👩‍👩‍👧👩‍👩‍👧", "🇩🇪 flags 🇫🇷" * 20),
    ("e\u0301" * 40, "\u0301\u0301 marks" * 30),
    ("שלום", "مرحبا " * 40),
    (HOSTILE, HOSTILE * 4),
    ("", ""),
]


@pytest.mark.parametrize("width", [3, 12, 40, 59, 60, 80, 100, 160])
@pytest.mark.parametrize(("sender", "subject"), STRANGE)
def test_columns_stay_aligned_whatever_the_letters(width: int, sender: str, subject: str) -> None:
    strip = paint(summary(1, sender=sender, subject=subject), width, TODAY, STYLES, cursor=False, selected=False)
    assert strip.cell_length == width
    assert not any(map(is_dangerous, strip.text))
    if width >= 44:
        assert strip.text.rstrip().endswith(" 23:23")


def test_a_mail_without_a_subject_says_so() -> None:
    row = replace(summary(1), subject="", preview="See you at eight")
    assert "(no subject)  See you at eight" in line(row, 100)
    assert "[work] (no subject)" in line(replace(row, labels=("work",)), 100)


def test_a_narrow_row_is_sender_and_subject_alone() -> None:
    assert line(summary(1, subject="Lunch?"), 40) == "      Ada Lovelace Lunch?".ljust(40)


def test_at_80_columns_a_row_has_its_date_and_in_lists_of_several_its_folder() -> None:
    dates = [NOW, NOW - 8 * 86400, NOW - 738 * 86400, 10**18]
    assert [line(summary(1, date=date), 58)[-7:] for date in dates] == ["  23:23", " 12 Nov", " Nov’24", " " * 7]
    row = replace(summary(1, subject="On the analytical engine", pending=True), place="Notes on engines")
    assert line(row, 58) == "      Ada Lovelace   On the analytical … Notes o… ⧗  23:23"
    assert line(replace(row, place="Sent", pending=False), 58).endswith("analytical engine  Sent  23:23")
    assert "23:23" not in line(row, 43) and "Notes" in line(row, 43)


def test_where_a_folded_row_has_no_room_for_three_names_it_has_two() -> None:
    row = replace(summary(1, sender="Ada … Me, Eve"), held=4)
    assert "Ada … Me, Eve (5) " in line(row, 80)
    assert "Ada … Eve (5) " in line(row, 58)


def test_dates_stand_at_the_right_edge() -> None:
    rows = [summary(1), summary(2, date=NOW - 8 * 86400), summary(3, date=NOW - 738 * 86400), summary(4, date=10**18)]
    assert [line(row)[-11:] for row in rows] == ["     23:23 ", "    12 Nov ", "2024-11-12 ", " " * 11]


def test_a_row_still_on_its_way_is_an_ellipsis() -> None:
    assert line(None).split() == ["…"]
    assert line(None, cursor=True).split() == ["▌", "…"]


def test_a_subject_of_a_megabyte_costs_no_more_than_its_column() -> None:
    assert len(line(summary(1, subject="x" * 1_000_000))) == 80
