"""Asking for a password from a task of the network."""

from __future__ import annotations

import asyncio

from tests.fakes.fake_mail import ACCOUNT
from tests.screens.run import running
from tuimail.screens.password import PasswordAsker


async def test_a_password_is_asked_and_given_to_the_one_who_waits() -> None:
    asker = PasswordAsker()
    waiting = asyncio.create_task(asker(ACCOUNT, "The server refused the last one."))
    async with running(asker=asker) as app:
        await app.settle()
        assert app.shown == "PasswordScreen"
        assert "Password for ada@example.org" in app.text
        assert "The server refused the last one." in app.text
        await app.press(*"geheim")
        assert "geheim" not in app.text
        await app.press("enter")
        assert await waiting == "geheim"
        assert app.shown == "MainScreen"


async def test_two_questions_come_one_after_the_other_and_esc_is_no_answer() -> None:
    asker = PasswordAsker()
    async with running(asker=asker) as app:
        waiting = [asyncio.create_task(asker(ACCOUNT)) for _ in range(2)]
        await app.settle()
        assert len(app.app.screen_stack) == 2
        await app.press("escape")
        assert await waiting[0] is None
        await app.settle()
        assert app.shown == "PasswordScreen"
        await app.press("escape")
        assert await waiting[1] is None


async def test_an_open_question_ends_with_the_app() -> None:
    asker = PasswordAsker()
    async with running(asker=asker) as app:
        waiting = asyncio.create_task(asker(ACCOUNT))
        await app.settle()
    assert await waiting is None
