"""The queue: what waits, how it stands, tried again or dropped; and what others made pointless."""

from __future__ import annotations

import pytest

from tests.fakes.fake_mail import ACCOUNT, FakeMail
from tests.fakes.letters import NOW
from tests.screens.run import Running, running
from tests.snap import Snap
from tuimail.changes import AccountState, Line
from tuimail.model import Conflict, QueueGroup
from tuimail.widgets.ledger import Ledger

REFUSED = QueueGroup(
    "r",
    ACCOUNT.name,
    "move INBOX → Travel",
    2,
    NOW - 300,
    "imap.example.org refused: Not enough disk space for this user (over quota).",
)


def lines_with(app: Running, word: str) -> list[str]:
    inside = [text.partition("│")[2].rpartition("│")[0].strip() for text in app.text.splitlines()]
    return [text for text in inside if word in text]


async def offline_with_three(app: Running) -> None:
    """Without a line two are archived and one is starred."""
    app.mail.go_offline()
    await app.press("x", "x", "e", "s", "dollar_sign")
    assert app.shown == "QueueScreen"


async def test_news_that_comes_while_the_queue_is_being_opened_is_shown_in_it() -> None:
    async with running() as app:
        app.main.action_sync_now()
        app.mail.line(AccountState(ACCOUNT.name, Line.OFFLINE, NOW, detail="The cable is out."))
        app.main._repaint()
        await app.settle()
        assert app.shown == "QueueScreen"
        assert "The cable is out." in app.text


async def test_what_the_next_visit_deletes_is_no_nothing() -> None:
    async with running() as app:
        await app.press("dollar_sign")
        assert "Nothing waits" in app.text
        await app.press("escape")
        app.mail.waiting.gone_soon = [("pop", 1), ("post", 1200)]  # type: ignore[attr-defined]
        await app.press("dollar_sign")
        assert "Nothing waits" not in app.text
        assert lines_with(app, "The next visit to pop deletes 1 message there")
        assert lines_with(app, "The next visit to post deletes 1,200 messages there")


async def test_equal_changes_are_one_line_that_unfolds() -> None:
    async with running() as app:
        await offline_with_three(app)
        assert "Waiting for the server: 3" in app.text
        assert lines_with(app, "· 2 messages")[0].split("  ")[-1].split() == ["1", "min"]
        assert "waits for the line" in app.text
        row = app.mail.summary(1)
        assert row is not None and f"{row.sender}  " not in app.text.split("Waiting")[1].split("Enter")[0]
        await app.press("enter")
        assert row.subject in app.text
        await app.press("enter")
        assert row.subject not in lines_with(app, row.subject)[:1]


async def test_what_was_refused_says_why_and_is_tried_again() -> None:
    async with running() as app:
        app.mail.waiting.extra = [REFUSED]  # type: ignore[attr-defined]
        await app.press("dollar_sign")
        assert "refused" in app.text
        assert "imap.example.org refused: Not enough disk space for this user (over quota)." in app.text
        await app.press("r")
        assert app.mail.waiting.retried == [("r", ())]  # type: ignore[attr-defined]
        assert "Tried again." in app.text
        assert "refused" not in app.text
        await app.press("r")
        assert "This was not refused: it is sent by itself." in app.text


async def test_where_nothing_was_refused_nothing_is_said_to_be_tried_again() -> None:
    async with running() as app:
        app.mail.go_offline()
        await app.press("e", "dollar_sign", "R")
        assert "Nothing was refused." in app.text


async def test_all_that_was_refused_is_tried_again_at_once() -> None:
    async with running() as app:
        other = QueueGroup("s", ACCOUNT.name, "star", 1, NOW - 3, "Read-only.", subject="One")
        app.mail.waiting.extra = [REFUSED, other]  # type: ignore[attr-defined]
        await app.press("dollar_sign", "R")
        assert app.mail.waiting.retried == [("r", ()), ("s", ())]  # type: ignore[attr-defined]


async def test_one_change_is_dropped_at_once_and_many_are_asked_about() -> None:
    async with running() as app:
        await offline_with_three(app)
        await app.press("x")
        assert "Drop this change of 2 messages?" in app.text
        await app.press("n")
        assert "Waiting for the server: 3" in app.text
        await app.press("x", "y")
        assert "Dropped the change of 2 messages · z undo" in app.text
        assert "Waiting for the server: 1" in app.text
        await app.press("d")
        assert "Nothing waits. All you did is where it belongs." in app.text


async def test_one_message_of_an_unfolded_group_is_dropped_alone() -> None:
    async with running() as app:
        await offline_with_three(app)
        await app.press("enter", "j", "x")
        assert "Dropped the change of 1 message · z undo" in app.text
        assert "Waiting for the server: 2" in app.text


async def test_z_in_the_queue_undoes() -> None:
    async with running() as app:
        await offline_with_three(app)
        await app.press("z")
        assert "Undid: unstarred 1 message" in app.text or "Undid: starred 1 message" in app.text


async def test_what_waits_for_a_folder_or_is_being_sent_says_so() -> None:
    async with running() as app:
        app.mail.waiting.extra = [  # type: ignore[attr-defined]
            QueueGroup("a", ACCOUNT.name, "move INBOX → Oslo", 1, NOW, unmade="Oslo", subject="Fjord"),
            QueueGroup("b", ACCOUNT.name, "star", 1, NOW, subject="Star"),
            QueueGroup("c", ACCOUNT.name, "", 4, NOW),
        ]
        await app.press("dollar_sign")
        assert "waits for the folder Oslo" in lines_with(app, "Fjord")[0]
        assert "being sent" in lines_with(app, "“Star”")[0]
        assert lines_with(app, "nothing to send, to be confirmed · 4 messages")
        await app.press("G", "x")
        assert "There is nothing to drop" in app.text


async def test_a_copy_and_a_folder_are_lines_that_are_dropped_like_any_other() -> None:
    async with running() as app:
        app.mail.waiting.extra = [  # type: ignore[attr-defined]
            QueueGroup("copies", ACCOUNT.name, "copy INBOX → Oslo", 2, NOW - 60),
            QueueGroup("folder 3", ACCOUNT.name, "rename the folder Oslo to Bergen", 1, NOW - 60, "No such right."),
        ]
        await app.press("dollar_sign")
        assert "“”" not in app.text
        assert "1 min" in lines_with(app, "copy INBOX → Oslo · 2 messages")[0]
        assert "refused" in lines_with(app, "rename the folder Oslo to Bergen")[0]
        await app.press("x", "y")
        assert not lines_with(app, "copy INBOX → Oslo")
        await app.press("j", "x")
        assert not lines_with(app, "rename the folder")


async def test_a_folder_that_mail_waits_for_is_not_dropped_and_the_queue_says_why() -> None:
    async with running() as app:
        app.mail.waiting.extra = [QueueGroup("folder 3", ACCOUNT.name, "make the folder Oslo", 1, NOW)]  # type: ignore[attr-defined]
        await app.press("dollar_sign", "x")
        assert "Mail is to go into this folder. Drop that first." in app.text
        assert lines_with(app, "make the folder Oslo")


async def test_what_others_made_pointless_is_told() -> None:
    async with running() as app:
        app.mail.waiting.others = [Conflict(NOW - 2400, "Lunch on Friday", "deleted", "archive")]  # type: ignore[attr-defined]
        await app.press("dollar_sign")
        assert "“Lunch on Friday”  deleted elsewhere; your archive has nothing left to do." in app.text
        assert lines_with(app, "13:50")


async def test_the_cursor_stays_on_its_change_while_others_go() -> None:
    async with running() as app:
        groups = [QueueGroup(f"k{n}", ACCOUNT.name, f"label l{n}", 1, NOW, subject=f"s{n}") for n in range(5)]
        app.mail.waiting.extra = groups  # type: ignore[attr-defined]
        await app.press("dollar_sign", "j", "j")
        app.mail.waiting.extra = groups[1:]  # type: ignore[attr-defined]
        app.main._repaint()
        app.main._show_states()
        await app.settle()
        assert app.app.screen.query_one(Ledger).key == "k2"


async def test_a_click_unfolds_and_the_words_at_the_foot_can_be_pressed() -> None:
    async with running() as app:
        await offline_with_three(app)
        ledger = app.app.screen.query_one(Ledger)
        place = next(n for n, entry in enumerate(ledger.entries) if entry.key is not None)
        await app.pilot.click(Ledger, offset=(6, place), times=2)
        await app.settle()
        assert len([entry for entry in ledger.entries if isinstance(entry.key, tuple)]) == 2
        await app.pilot.click("#ledger-keys", offset=(2, 0))
        await app.settle()
        assert not [entry for entry in ledger.entries if isinstance(entry.key, tuple)]


async def test_keys_that_come_in_one_burst_find_the_queue_loaded() -> None:
    async with running() as app:
        app.mail.waiting.extra = [REFUSED]  # type: ignore[attr-defined]
        for key in ("dollar_sign", "r"):
            await app.app._press_keys([key])
        await app.settle()
        assert app.mail.waiting.retried == [("r", ())]  # type: ignore[attr-defined]


def busy() -> FakeMail:
    mail = FakeMail()
    mail.waiting.extra = [  # type: ignore[attr-defined]
        REFUSED,
        QueueGroup("a", ACCOUNT.name, "move INBOX → Archive", 9_998, NOW - 130),
        QueueGroup("b", ACCOUNT.name, "star", 1, NOW - 40, subject="Minutes of the committee, and what was left out"),
        QueueGroup("c", ACCOUNT.name, "move Lists/python-dev → Oslo", 3, NOW - 7300, unmade="Oslo"),
        QueueGroup("d", ACCOUNT.name, "", 2, NOW - 10),
    ]
    mail.waiting.others = [  # type: ignore[attr-defined]
        Conflict(NOW - 2400, "Lunch on Friday", "deleted", "archive"),
        Conflict(NOW - 90_000, "見積書の件", "folder", "move to Travel"),
    ]
    return mail


@pytest.mark.parametrize("size", [(80, 24), (140, 40), (44, 16)], ids=lambda s: f"{s[0]}x{s[1]}")
@pytest.mark.parametrize("kind", ["busy", "empty"])
async def test_picture_of_the_queue(size: tuple[int, int], kind: str, snap: Snap) -> None:
    async with running(busy() if kind == "busy" else FakeMail(), size=size) as app:
        if kind == "busy":
            app.mail.line(AccountState(ACCOUNT.name, Line.SYNCING, NOW, 1200, 10_000))
        await app.press("dollar_sign")
        await app.press("j")  # how far it scrolls depends on how high the list is by now
        await snap(app.pilot, f"queue-{kind}-{size[0]}x{size[1]}")
