"""The queue while the world goes on."""

from __future__ import annotations

from tests.fakes.fake_mail import ACCOUNT
from tests.fakes.letters import NOW
from tests.screens.run import running
from tuimail.changes import AccountState, Line


async def test_news_that_comes_while_the_queue_is_being_opened_is_shown_in_it() -> None:
    async with running() as app:
        app.main.action_sync_now()
        app.mail.line(AccountState(ACCOUNT.name, Line.OFFLINE, NOW, detail="The cable is out."))
        app.main._repaint()
        await app.settle()
        assert app.shown == "QueueScreen"
        assert "The cable is out." in app.text
