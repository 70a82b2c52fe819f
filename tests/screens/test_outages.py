"""An account without a line is told once, calmly, and with what comes next."""

from __future__ import annotations

from tests.fakes.fake_mail import ACCOUNT, FakeMail
from tests.fakes.letters import NOW
from tests.screens.run import running
from tuimail.changes import AccountState, FoldersChanged, Line
from tuimail.records import replace
from tuimail.screens.outages import Outages, what_next

LOST = AccountState(ACCOUNT.name, Line.OFFLINE, NOW - 600, detail="imap.example.org cannot be reached.")
TRYING = AccountState(ACCOUNT.name, Line.CONNECTING, NOW - 10)
REFUSED = replace(LOST, detail="This password was refused.", again=False)


def test_one_outage_began_once_however_often_it_was_tried() -> None:
    outages = Outages()
    assert outages.follow([LOST]) == [LOST]
    assert outages.follow([TRYING]) == [replace(TRYING, since=LOST.since, detail=LOST.detail)]
    assert outages.follow([replace(LOST, since=NOW, detail="")]) == [LOST]
    assert outages.take_news() == [LOST]
    assert outages.follow([replace(TRYING, line=Line.ONLINE)])[0].line is Line.ONLINE
    assert outages.follow([replace(LOST, since=NOW)])[0].since == NOW
    assert len(outages.take_news()) == 1


def test_a_first_connection_is_no_outage() -> None:
    outages = Outages()
    assert outages.follow([TRYING]) == [TRYING]
    assert outages.take_news() == []


def test_what_comes_next_is_said_and_advice_only_where_it_may_help() -> None:
    assert what_next(LOST, True, "$") == "It is tried again by itself; $ tries now."
    assert what_next(LOST, False, "$").startswith("imap.example.org cannot be reached. It is tried again")
    assert what_next(REFUSED, True, "$") == "This password was refused. $ tries again."


async def test_a_full_disk_is_not_told_as_a_line_that_is_gone() -> None:
    async with running() as app:
        app.mail.line(replace(LOST, detail="The mail store could not be written. Is the disk full?", ours=True))
        await app.settle()
        assert app.says == (
            f"“{ACCOUNT.name}”: The mail store could not be written. Is the disk full? "
            "It is tried again by itself; $ tries now."
        )


async def test_the_status_line_says_it_once_and_stays_readable_while_it_tries() -> None:
    async with running() as app:
        app.mail.line(LOST)
        await app.settle()
        assert app.says == f"No line to {ACCOUNT.name}: tried again by itself, $ now"
        await app.press("e")
        for state in (TRYING, LOST, TRYING):
            app.mail.line(state)
            await app.settle()
        assert app.says == "Archived 1 message · z undo"
        assert "offline since 14:20, trying" in app.text
        await app.press("dollar_sign")
        assert "offline since 14:20, trying" in app.text


async def test_a_text_that_is_not_here_says_that_the_line_is_tried_again() -> None:
    async with running() as app:
        app.mail.offline_ids.add(6)
        app.mail.line(LOST)
        await app.press(*["j"] * 5)
        assert "The text of this message has not been fetched yet. It is tried again by itself; $ tries" in app.text


async def test_the_text_comes_by_itself_when_the_line_is_back() -> None:
    mail = FakeMail()
    mail.offline_ids.add(2)
    async with running(mail) as app:
        app.mail.line(LOST)
        await app.press("j")
        assert not app.main.view.has_text
        app.mail.offline_ids.clear()
        app.mail.line(replace(TRYING, line=Line.ONLINE))
        await app.settle()
        assert app.main.view.has_text and app.main.view.message_id == 2


async def test_when_the_line_is_back_nobody_says_that_there_is_none() -> None:
    async with running() as app:
        app.mail.line(LOST)
        await app.settle()
        assert app.says.startswith("No line to")
        app.mail.line(replace(TRYING, line=Line.ONLINE))
        await app.settle()
        assert app.says == ""
        app.mail.line(LOST)
        await app.press("e")
        app.mail.line(replace(TRYING, line=Line.ONLINE))
        await app.settle()
        assert app.says == "Archived 1 message · z undo", "only its own words are taken back"


async def test_an_account_that_was_never_reached_is_in_the_tree_and_says_why() -> None:
    other = replace(REFUSED, account="other")
    async with running() as app:
        assert "✕ other" not in app.text
        app.mail.line(other)
        await app.settle()
        assert app.says == "“other”: This password was refused. $ tries again."
        assert "✕ other" in app.text and f"● {ACCOUNT.name}" in app.text
        await app.press("e", "1", "G", "enter")
        assert app.says == "“other”: This password was refused. $ tries again."


async def test_before_there_is_any_folder_all_of_the_trouble_can_be_read() -> None:
    mail = FakeMail()
    folders, mail._folders = mail._folders, []
    long = "imap.example.org lets nobody in just now: The user database is being moved, come back at nine."
    async with running(mail, size=(80, 24)) as app:
        app.mail.line(replace(LOST, detail=long))
        await app.settle()
        assert "come back at nine. It is tried again by itself" in " ".join(app.text.split())
        assert "Fetching" not in app.text
        mail._folders = folders
        app.mail.tell(FoldersChanged())
        app.mail.line(replace(LOST, line=Line.ONLINE))
        await app.settle()
        assert app.main.source is not None and "come back at nine" not in app.text
