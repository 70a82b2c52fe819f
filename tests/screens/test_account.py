"""The account screen and the wire log."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tests.fakes.account_facts import FACTS, SAID
from tests.fakes.fake_mail import ACCOUNT
from tests.fakes.letters import NOW
from tests.screens.run import Running, running
from tuimail.changes import AccountState, Line
from tuimail.model import Account, AccountFacts, Security, WireLine
from tuimail.records import replace
from tuimail.screens.account import laid_out, rows
from tuimail.screens.wire import WireScreen, save


def told(account: Account = ACCOUNT, facts: AccountFacts | None = FACTS, width: int = 100) -> str:
    state = AccountState(account.name, Line.OFFLINE, NOW - 60, detail="The cable is out.")
    return "\n".join(line.plain for line in laid_out(rows(account, state, facts, NOW), width))


def test_everything_there_is_to_know_is_told_in_words() -> None:
    text = told()
    for words in (
        "TLSv1.3, TLS_AES_256_GCM_SHA384",
        "SCRAM-SHA-256",
        "23 ms round trip, 1.9 MB in, 18 kB out, compressed\N{NO-BREAK SPACE}6.4:1",
        "1.9 GB of 5.4 GB, 35%",
        "40,112 of 100,000 messages, 40%",
        "Dovecot 2.3.19",
        "by your configuration",
        "The cable is out.",
        "fell silent",
        "new mail appears at once",
        "2026-01-10 to 2026-04-10",
    ):
        assert words in text


def test_what_the_mailbox_holds_is_told_where_the_server_knows() -> None:
    assert "in all folders" not in told()
    knowing = replace(FACTS.connections[0][1], stored=1_234_000_000)
    assert "1.2 GB in all folders" in told(facts=AccountFacts((("work", knowing),), ()))


def test_a_connection_without_tls_says_who_can_read_it() -> None:
    bare = replace(FACTS.connections[0][1], tls="", certificate=())
    text = told(replace(ACCOUNT, security=Security.PLAIN), AccountFacts((("work", bare),), ()))
    assert "readable for whoever is in between" in text and "Certificate" not in text


def test_mail_in_files_has_no_server_and_no_line_to_tell_of() -> None:
    text = told(replace(ACCOUNT, host="/home/ada/mail", protocol="files"))
    assert text.split("\n")[0].split() == ["Files", "/home/ada/mail"]
    for word in ("port", "Login", "Protection", "Logged in", "At work", "Server"):
        assert word not in text


def test_without_a_line_the_troubles_are_told_all_the_same() -> None:
    text = told(facts=AccountFacts((), FACTS.errors))
    assert "fell silent" in text and "Logged in by" not in text


@pytest.mark.parametrize("width", [40, 60, 100])
def test_long_words_go_on_below_their_own_beginning(width: int) -> None:
    lines = told(width=width).split("\n")
    assert max(map(len, lines)) <= width
    at = next(number for number, line in enumerate(lines) if line.startswith("fingerprint"))
    if width < 80:
        assert lines[at + 1].startswith(" " * 16) and lines[at + 1].strip()


def test_what_a_server_says_of_itself_cannot_steer_the_terminal() -> None:
    hostile = replace(FACTS.connections[0][1], server="\x1b]0;owned\x07", masked=(("\x9b2J", "\u202e"),))
    text = told(facts=AccountFacts((("work", hostile),), ((NOW, "\x1b[31m"),)))
    assert not set("\x1b\x9b\x07\u202e") & set(text)


async def test_f12_on_the_account_screen_opens_the_wire_log() -> None:
    async with running() as app:
        await app.press("f9", "f12")
        assert app.shown == "WireScreen"
        await app.press("escape")
        assert app.shown == "MainScreen"


async def test_the_palette_knows_both_by_name() -> None:
    async with running() as app:
        for name, shown in (("Account", "AccountScreen"), ("Wire log", "WireScreen")):
            await app.press("colon", *[key if key != " " else "space" for key in name])
            assert name in app.text
            await app.press("enter")
            await app.settle()
            assert app.shown == shown
            await app.press("escape")


def wire(app: Running) -> WireScreen:
    screen = app.app.screen
    assert isinstance(screen, WireScreen)
    return screen


async def test_new_lines_appear_unless_the_log_is_paused() -> None:
    async with running() as app:
        await app.press("f12")
        app.mail.said.append(WireLine("14:03:00.000", 1, "C", "a7 NOOP"))
        wire(app)._look()
        await app.settle()
        assert "a7 NOOP" in app.text
        await app.press("p")
        app.mail.said.append(WireLine("14:03:01.000", 1, "C", "a8 NOOP"))
        wire(app)._look()
        await app.settle()
        assert "paused" in app.text and "a8 NOOP" not in app.text
        await app.press("p")
        assert "a8 NOOP" in app.text


async def test_one_connection_can_be_looked_at_alone() -> None:
    async with running() as app:
        await app.press("f12")
        await app.press("f")
        assert "connection 1" in app.text and "VANISHED" not in app.text
        await app.press("f")
        assert "connection 2" in app.text and "VANISHED" in app.text and "UID MOVE" not in app.text
        await app.press("f")
        assert "all connections" in app.text and "VANISHED" in app.text


async def test_the_log_is_bounded_and_only_what_is_in_sight_is_painted() -> None:
    async with running() as app:
        await app.press("f12")
        app.mail.said += [WireLine("14:03:00.000", 1, "S", f"* {n} EXISTS") for n in range(20_000)]
        wire(app)._look()
        await app.settle()
        assert len(wire(app).view.shown) == 4000 and "* 19999 EXISTS" in app.text


async def test_a_saved_log_is_for_its_owners_eyes(tmp_path: Path) -> None:
    async with running() as app:
        app.main.app.push_screen(WireScreen(app.mail, ACCOUNT.name, lambda: tmp_path))
        await app.settle()
        await app.press("f", "w")
        await app.settle()
        assert "Saved as" in app.text
    assert_private(tmp_path)


def assert_private(directory: Path) -> None:
    (path,) = directory.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = path.read_text()
    assert "14:02:30.037 1 C: a1 AUTHENTICATE SCRAM-SHA-256 ***\n" in text and "VANISHED" not in text


def test_a_saved_log_never_replaces_a_file_nor_follows_a_link(tmp_path: Path) -> None:
    first, second = save(tmp_path, SAID), save(tmp_path, SAID[:1])
    assert first != second and len(first.read_text().splitlines()) == len(SAID)


async def test_a_folder_that_cannot_be_written_is_said() -> None:
    async with running() as app:
        app.main.app.push_screen(WireScreen(app.mail, ACCOUNT.name, lambda: Path("/nowhere/at/all")))
        await app.settle()
        await app.press("w")
        await app.settle()
        assert "was not saved: No such file or directory" in app.text
