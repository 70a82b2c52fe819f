"""The history: any line turned over, out of order, with the reason where it cannot be."""

from __future__ import annotations

import pytest

from tests.fakes.fake_mail import FakeMail
from tests.fakes.letters import NOW
from tests.screens.run import Running, running
from tests.snap import Snap
from tuimail.errors import StoreError
from tuimail.model import Deed, DeedLine
from tuimail.screens.history import HistoryScreen, reasons, sentence, short
from tuimail.widgets.ledger import Ledger

DAY = 86_400


def line(count: int, able: int, *whys: tuple[str, int], undone: bool = False, final: bool = False) -> DeedLine:
    return DeedLine(Deed(1, NOW, f"archived {count} messages", count, undone), able, whys, final)


@pytest.mark.parametrize(
    ("told", "few", "why", "many"),
    [
        (line(3, 3), "reversible", "", ""),
        (
            line(220, 212, ("later", 8)),
            "212 of 220 reversible",
            "8 acted on again",
            "Enter would reverse it for 212 of 220 messages; 8 were acted on again since, which would have to be"
            " reversed first.",
        ),
        (line(1, 0, ("gone", 1)), "not any more", "deleted", "This cannot be reversed any more: it was deleted since."),
        (
            line(3, 0, ("gone", 1), ("moved", 2)),
            "not any more",
            "1 deleted, 2 moved elsewhere",
            "This cannot be reversed any more: 1 was deleted since; 2 were moved elsewhere since.",
        ),
        (line(2, 2, undone=True), "reversed", "", ""),
        (
            line(2, 0, ("folder", 2), undone=True),
            "reversed",
            "folder gone",
            "This cannot be done again: all were from a folder that is not there any more.",
        ),
        (line(2, 0, final=True), "for good", "", "What is deleted for good cannot be brought back."),
    ],
)
def test_how_a_line_stands_is_said_in_words(told: DeedLine, few: str, why: str, many: str) -> None:
    assert (short(told), reasons(told), sentence(told)) == (few, why, many)


async def deeds(app: Running) -> None:
    """Three things done: archived two, starred one, trashed one."""
    await app.press("x", "x", "e", "s", "j", "d", "g", "h")
    assert app.shown == "HistoryScreen"


def lines_with(app: Running, word: str) -> list[str]:
    inside = [text.partition("│")[2].rpartition("│")[0].strip() for text in app.text.splitlines()]
    return [text for text in inside if word in text]


async def test_an_older_line_is_reversed_out_of_order_and_done_again() -> None:
    async with running() as app:
        await deeds(app)
        inbox = app.mail.by_name("INBOX").id
        await app.press("j", "j", "enter")
        assert "Undid: archived 2 messages" in app.text
        assert [app.mail.summary(n) and app.mail.summary(n).folder_id for n in (1, 2)] == [inbox, inbox]  # type: ignore[union-attr]
        assert "reversed · can be done again" in lines_with(app, "archived 2")[0]
        await app.press("enter")
        assert "Did again: archived 2 messages" in app.text
        assert app.mail.summary(1).folder_id != inbox  # type: ignore[union-attr]


async def test_z_reverses_and_capital_z_does_again_and_neither_does_it_twice() -> None:
    async with running() as app:
        await deeds(app)
        await app.press("Z")
        assert "This stands: z reverses it." in app.text
        await app.press("z")
        assert "Undid: trashed 1 message" in app.text
        await app.press("z")
        assert "This was reversed already: Z does it again." in app.text
        await app.press("Z")
        assert "Did again: trashed 1 message" in app.text


async def test_what_cannot_be_reversed_says_why_when_the_cursor_comes_to_it() -> None:
    async with running() as app:
        app.mail.past.stands = {1: (0, (("later", 2),))}  # type: ignore[attr-defined]
        await deeds(app)
        await app.press("G")
        assert "not any more · acted on again" in lines_with(app, "archived 2")[0]
        assert "cannot be reversed any more: all were acted on again since" in " ".join(app.text.split())
        await app.press("enter")
        assert "cannot be reversed any more" in app.text
        assert app.mail.history()[-1].undone is False


async def test_the_messages_of_a_line_are_shown_and_hidden_again() -> None:
    async with running() as app:
        await deeds(app)
        await app.press("G", "space")
        both = app.mail.past._mail.rows_of(1).values()  # type: ignore[attr-defined]
        assert all(row.sender in app.text and row.subject[:20] in app.text for row in both)
        await app.press("k", "j", "space")
        assert not any(lines_with(app, f"{row.sender}  {row.subject[:20]}") for row in both if row.folder_id == 99)
        assert len(app.app.screen.query_one(Ledger).entries) == 4


async def test_the_list_behind_it_has_the_messages_back() -> None:
    async with running() as app:
        await deeds(app)
        await app.press("G", "enter", "escape")
        assert app.shown == "MainScreen"
        assert app.main.list.summary_at(0).id == 1  # type: ignore[union-attr]


async def test_the_queue_and_the_history_lead_to_each_other() -> None:
    async with running() as app:
        await app.press("dollar_sign", "h")
        assert app.shown == "HistoryScreen"
        await app.press("dollar_sign")
        assert app.shown == "QueueScreen"
        await app.press("q")
        assert app.shown == "MainScreen"


async def test_a_long_history_is_loaded_as_the_cursor_goes_down() -> None:
    async with running() as app:
        older = [DeedLine(Deed(n, NOW - n * 3600, f"archived {n} messages", n, False), n) for n in range(2, 400)]
        app.mail.past.more = older  # type: ignore[attr-defined]
        await app.press("g", "h")
        assert app.mail.past.asked == [100]  # type: ignore[attr-defined]
        for _ in range(5):
            await app.press("G")
        assert len([e for e in app.app.screen.query_one(Ledger).entries if e.key is not None]) == 398


async def test_a_click_goes_to_a_line_and_two_turn_it_over() -> None:
    async with running() as app:
        await deeds(app)
        ledger = app.app.screen.query_one(Ledger)
        place = next(n for n, e in enumerate(ledger.entries) if any("archived" in text for text, _ in e.left))
        await app.pilot.click(Ledger, offset=(10, place))
        await app.settle()
        assert ledger.key == 1
        await app.pilot.click(Ledger, offset=(10, place), times=2)
        await app.settle()
        assert "Undid: archived 2 messages" in app.text


async def test_the_words_at_the_foot_can_be_pressed() -> None:
    async with running() as app:
        await deeds(app)
        await app.pilot.click("#ledger-keys", offset=(3, 0))
        await app.settle()
        assert "Undid: trashed 1 message" in app.text


async def test_nothing_done_yet_is_said() -> None:
    async with running() as app:
        await app.press("g", "h", "enter", "z", "Z", "space", "j", "G")
        assert app.shown == "HistoryScreen"
        assert "Nothing yet. What you do to mail stands here" in app.text


async def test_a_refusal_of_the_store_is_said() -> None:
    async with running() as app:
        await deeds(app)
        app.mail.failure = StoreError("The disk is full.")
        await app.press("enter")
        assert "The disk is full." in app.text
        assert app.mail.history()[0].undone is False


def full_history() -> FakeMail:
    mail = FakeMail()
    labels = [
        (NOW - 600, "archived 212 messages", 212, 212, (), False, False, ""),
        (NOW - 1500, "moved to Travel 1 message", 1, 1, (), False, False, "Your ticket to Oslo, 24 November"),
        (NOW - 4000, "starred 220 messages", 220, 212, (("later", 5), ("gone", 3)), False, False, ""),
        (NOW - 5000, "marked read 3 messages", 3, 3, (), True, False, ""),
        (NOW - DAY, "moved to trash 1 message", 1, 0, (("gone", 1),), False, False, ""),
        (NOW - DAY - 60, "archived 10,000 messages", 10_000, 10_000, (), False, False, ""),
        (NOW - DAY - 70, "deleted for good 2 messages", 2, 0, (), False, True, ""),
        (
            NOW - 40 * DAY,
            "archived 1 message",
            1,
            0,
            (("moved", 1),),
            False,
            False,
            "見積書の件 (Q3) and a subject that is long",
        ),
        (NOW - 400 * DAY, "starred 2 messages", 2, 0, (("changed", 2),), False, False, ""),
    ]
    mail.past.more = [  # type: ignore[attr-defined]
        DeedLine(Deed(100 - n, at, label, count, undone), able, whys, final, subject)
        for n, (at, label, count, able, whys, undone, final, subject) in enumerate(labels)
    ]
    return mail


@pytest.mark.parametrize("size", [(80, 24), (140, 40), (44, 16)], ids=lambda s: f"{s[0]}x{s[1]}")
async def test_picture_of_the_history(size: tuple[int, int], snap: Snap) -> None:
    async with running(full_history(), size=size) as app:
        await app.press("g", "h")
        await app.press("j", "j")  # how far that scrolls depends on how high the list is by now
        assert isinstance(app.app.screen, HistoryScreen)
        await snap(app.pilot, f"history-{size[0]}x{size[1]}")
