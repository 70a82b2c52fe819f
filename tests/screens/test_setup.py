"""The first screen: three choices, and a form that says what is wrong with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Select

from tests.screens.scripts import accept, refuse
from tests.snap import Snap, screen_text
from tuimail.app import SetupApp
from tuimail.errors import CertificateRefused, LoginRefused
from tuimail.model import Account, Security
from tuimail.screens.setup import Check, Choice


@asynccontextmanager
async def first_screen(check: Check = accept, save: Check = accept) -> AsyncIterator[Pilot[Any]]:
    async with SetupApp(check, save).run_test(size=(90, 30)) as pilot:
        await pilot.pause()
        yield pilot


async def press(pilot: Pilot[Any], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


ADDRESS = ("enter", *"ada@example.org")
PASSWORD = (*["tab"] * 5, *"secret", "enter")


@pytest.mark.parametrize(
    ("keys", "choice"), [(["j", "enter"], Choice.DEMO), (["q"], Choice.QUIT), (["down", "down", "enter"], Choice.QUIT)]
)
async def test_a_choice_is_the_answer(keys: list[str], choice: Choice) -> None:
    async with first_screen() as pilot:
        await press(pilot, *keys)
    assert pilot.app.return_value == choice


async def test_a_good_account_is_tried_then_saved() -> None:
    told: list[tuple[str, Account, str]] = []

    async def check(account: Account, password: str) -> None:
        told.append(("check", account, password))

    async def save(account: Account, password: str) -> None:
        told.append(("save", account, password))

    async with first_screen(check, save) as pilot:
        await press(pilot, *ADDRESS, *PASSWORD)
    account = Account("ada@example.org", "imap.example.org", 993, "ada@example.org", Security.TLS)
    assert told == [("check", account, "secret"), ("save", account, "secret")]
    assert pilot.app.return_value == Choice.ACCOUNT


async def test_a_pop3_account_has_its_own_port_and_gmail_s_way_out_is_offered() -> None:
    told: list[Account] = []

    async def save(account: Account, password: str) -> None:
        told.append(account)

    async with first_screen(save=save) as pilot:
        await press(pilot, "enter", *"ada@gmail.com")
        pilot.app.screen.query_one("#security", Select).value = ("pop3", Security.TLS)
        await pilot.pause()
        assert pilot.app.screen.query_one("#host", Input).value == "pop.gmail.com"
        assert "recent:you@gmail.com" in pilot.app.screen.query_one("#user", Input).placeholder
        await press(pilot, *PASSWORD)
    assert told == [
        Account("ada@gmail.com", "pop.gmail.com", 995, "ada@gmail.com", Security.TLS, protocol="pop3", leave="forever")
    ]


@pytest.mark.parametrize(
    ("server", "protocol", "port"),
    [
        ("pop.example.org", "pop3", "995"),
        ("pop3.example.org", "pop3", "995"),
        ("popular.example.org", "imap", "993"),
        ("mail.pop.org", "imap", "993"),
    ],
)
async def test_a_server_that_is_called_pop_is_asked_by_pop3(server: str, protocol: str, port: str) -> None:
    async with first_screen() as pilot:
        await press(pilot, "enter", *"ada@example.org", "tab", "ctrl+u", *server)
        form = pilot.app.screen
        assert form.query_one("#host", Input).value == server
        assert form.query_one("#security", Select).value == (protocol, Security.TLS)
        assert form.query_one("#port", Input).value == port
        await press(pilot, "ctrl+u", *"imap.example.org")
        assert form.query_one("#security", Select).value == ("imap", Security.TLS)
        assert form.query_one("#port", Input).value == "993"


async def test_a_refused_login_is_said_and_nothing_is_saved() -> None:
    async with first_screen(refuse, refuse) as pilot:
        await press(pilot, *ADDRESS, *PASSWORD)
        assert "refuses this user and password. Look for a typing mistake." in screen_text(pilot.app)
        assert "secret" not in screen_text(pilot.app)


CERTIFICATE = CertificateRefused(
    "The certificate of imap.example.org is signed by nobody but itself.",
    about=(
        ("issued to", "CN=mill"),
        ("for the names", "mill.example.org"),
        ("issued by", "itself"),
        ("valid", "2026-01-10 to 2027-01-10"),
        ("fingerprint", "sha256:" + "ab" * 32),
    ),
)


async def test_a_refused_certificate_is_shown_and_only_then_can_be_pinned() -> None:
    tried: list[str] = []

    async def check(account: Account, password: str) -> None:
        tried.append(account.pin)
        if not account.pin:
            raise CERTIFICATE

    async with first_screen(check) as pilot:
        assert not pilot.app.screen.query("#pin")
        await press(pilot, *ADDRESS)
        assert not pilot.app.screen.query_one("#pin").display
        await press(pilot, *PASSWORD)
        text = screen_text(pilot.app)
        assert "signed by nobody but itself" in text and "CN=mill" in text and "sha256:" + "ab" * 32 in text
        await press(pilot, "enter")  # Enter alone tries again and believes nothing new
        assert tried == ["", ""]
        await pilot.click("#pin")
        await press(pilot)
    assert tried == ["", "", "sha256:" + "ab" * 32] and pilot.app.return_value == Choice.ACCOUNT


async def test_the_pin_of_one_server_is_not_kept_for_another() -> None:
    tried: list[tuple[str, str]] = []

    async def check(account: Account, password: str) -> None:
        tried.append((account.host, account.pin))
        raise CERTIFICATE if not account.pin else LoginRefused("No.")

    async with first_screen(check) as pilot:
        await press(pilot, *ADDRESS, *PASSWORD)
        await pilot.click("#pin")
        await press(pilot)
        pilot.app.screen.query_one("#host", Input).value = "other.example.org"
        await press(pilot, "ctrl+s")
    assert tried[0] == ("imap.example.org", "") and tried[1][1] and tried[2] == ("other.example.org", "")


async def test_what_was_typed_is_still_there_behind_escape_and_nothing_goes_on_meanwhile() -> None:
    waiting, saved = asyncio.Event(), False

    async def check(account: Account, password: str) -> None:
        await waiting.wait()

    async def save(account: Account, password: str) -> None:
        nonlocal saved
        saved = True

    async with first_screen(check, save) as pilot:
        for key in (*ADDRESS, *PASSWORD, "escape"):
            await pilot.press(key)
        waiting.set()
        await press(pilot, "enter")
        text = screen_text(pilot.app)
        assert "ada@example.org" in text and "••••••" in text and "Connect and save" in text and not saved
        await press(pilot, "enter")
    assert saved and pilot.app.return_value == Choice.ACCOUNT


async def test_a_server_typed_by_hand_is_not_replaced() -> None:
    async with first_screen() as pilot:
        await press(pilot, *ADDRESS)
        host = pilot.app.screen.query_one("#host", Input)
        assert host.value == "imap.example.org"
        host.value = "mail.example.net"
        await press(pilot, "x")
        assert host.value == "mail.example.net"


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("address", "ada", "An address looks like you@example.org."),
        ("host", "imap.example.org:993", "without a port"),
        ("port", "0", "The port is a number"),
        ("password", "", "The password is needed once"),
    ],
)
async def test_a_field_that_cannot_be_right_is_named(field: str, value: str, said: str) -> None:
    async with first_screen(refuse) as pilot:
        await press(pilot, *ADDRESS)
        pilot.app.screen.query_one("#password", Input).value = "secret"
        pilot.app.screen.query_one(f"#{field}", Input).value = value
        await press(pilot, "ctrl+s")
        assert said in screen_text(pilot.app)
        assert pilot.app.focused is not None
        assert pilot.app.focused.id == field


async def test_an_unexpected_error_is_a_sentence(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(account: Account, password: str) -> None:
        raise ZeroDivisionError

    async with first_screen(broken) as pilot:
        await press(pilot, *ADDRESS, *PASSWORD)
        assert "Something went wrong" in screen_text(pilot.app)
    assert "secret" not in caplog.text


@pytest.mark.parametrize("size", [(80, 24), (140, 40)], ids=["small", "large"])
async def test_a_refused_certificate_looks_as_it_did(size: tuple[int, int], snap: Snap) -> None:
    async def check(account: Account, password: str) -> None:
        raise CERTIFICATE

    async with SetupApp(check, accept).run_test(size=size) as pilot:
        await pilot.pause()
        await press(pilot, *ADDRESS, *PASSWORD)
        await snap(pilot, f"certificate-{size[0]}x{size[1]}")
