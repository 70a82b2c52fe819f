"""account add, list, check, remove: tried before it is kept, and the password kept only where it is safe."""

from __future__ import annotations

import json
import stat
from collections.abc import Awaitable, Callable

import pytest

from tests.cli.conftest import Home, Run
from tuimail.accounts import keychain
from tuimail.accounts.config import load
from tuimail.errors import CertificateRefused, LoginRefused
from tuimail.model import Account, Facts, Quota, Security
from tuimail.net.abilities import abilities_of, describe
from tuimail.net.remote import Abilities

URL = "imaps://ada@imap.example.org/"


class Server:
    """What connect_imap finds: the right password is "sesame"."""

    def __init__(self) -> None:
        self.met: list[Account] = []
        self.closed = 0

    @property
    def abilities(self) -> Abilities:
        return abilities_of(["IMAP4REV1", "IDLE", "MOVE", "X-ODD"])

    async def facts(self) -> Facts:
        offered = self.abilities.capabilities
        return Facts(
            server="Mill 1.0",
            tls="TLSv1.3, TLS_AES_256_GCM_SHA384",
            offered=offered,
            buys=tuple(describe(offered)),
            masked=(("NOTIFY", "by your configuration"),),
            compressed=False,
            received=1200,
            sent=300,
            ratio=1.0,
            quotas=(Quota("all", "STORAGE", 10, 100),),
            mechanism="SCRAM-SHA-256",
            certificate=(("issued to", "CN=imap.example.org"), ("fingerprint", "sha256:00")),
            round_trip=0.0123,
        )

    async def close(self) -> None:
        self.closed += 1

    async def connect(self, account: Account, password: Callable[[], Awaitable[str]], **_: object) -> Server:
        self.met.append(account)
        if await password() != "sesame":
            raise LoginRefused("imap.example.org refused the login of ada.", "Check user and password.")
        return self


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    there = Server()
    monkeypatch.setattr("tuimail.net.imap.connect_imap", there.connect)
    return there


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A working, safe keyring: account name → password."""
    held: dict[str, str] = {}

    async def read(account: Account, *, timeout: float = 0) -> str | None:
        return held.get(account.name)

    async def write(account: Account, password: str, *, timeout: float = 0) -> None:
        held[account.name] = password

    async def remove(account: Account, *, timeout: float = 0) -> None:
        held.pop(account.name, None)

    for stand_in in (read, write, remove):
        monkeypatch.setattr(keychain, stand_in.__name__, stand_in)
    return held


@pytest.fixture
def no_vault(monkeypatch: pytest.MonkeyPatch) -> None:
    """No keyring that is safe."""

    async def refuse(*_: object, **__: object) -> None:
        raise keychain.NoKeyring("There is no keyring on this system.")

    for name in ("read", "write", "remove"):
        monkeypatch.setattr(keychain, name, refuse)


def test_an_account_is_tried_and_kept_without_its_password_in_the_file(
    run: Run, home: Home, server: Server, vault: dict[str, str]
) -> None:
    told = run("account", "add", "imaps://ada:sesame@imap.example.org/", "--name", "work")
    assert told.code == 0
    assert told.out == f"Added work to {home.config}. Open it with: tuimail\n"
    assert load(home.config).accounts == (Account("work", "imap.example.org", 993, "ada"),)
    assert vault == {"work": "sesame"}
    assert server.closed == 1
    assert "sesame" not in home.config.read_text() + home.log
    assert stat.S_IMODE(home.config.stat().st_mode) == 0o600


def test_a_refused_account_is_not_kept(run: Run, home: Home, server: Server, vault: dict[str, str]) -> None:
    told = run("account", "add", "imaps://ada:wrong@imap.example.org/")
    assert told.code == 1
    assert told.err.endswith("tuimail: imap.example.org refused the login of ada. Check user and password.\n")
    assert not home.config.exists()
    assert vault == {}


def test_a_password_command_is_kept_and_its_password_is_not(
    run: Run, home: Home, server: Server, vault: dict[str, str]
) -> None:
    assert run("account", "add", URL, "--password-command", "echo sesame").code == 0
    assert load(home.config).accounts[0].password_command == ("echo", "sesame")
    assert vault == {}


@pytest.mark.usefixtures("no_vault")
def test_without_a_safe_keyring_the_account_is_kept_and_the_reader_told(run: Run, home: Home, server: Server) -> None:
    told = run("account", "add", "imaps://ada:sesame@imap.example.org/")
    assert told.code == 0
    assert "There is no keyring on this system. The password was not stored" in told.err
    assert len(load(home.config).accounts) == 1


@pytest.mark.usefixtures("no_vault")
def test_with_nobody_to_ask_the_next_step_is_told(run: Run, home: Home, server: Server) -> None:
    told = run("account", "add", URL)
    assert told.code == 1
    assert "--password-command" in told.err
    assert not home.config.exists()


def test_no_check_meets_no_server(run: Run, home: Home, server: Server, vault: dict[str, str]) -> None:
    assert run("account", "add", URL, "--no-check").code == 0
    assert server.met == []


def test_a_name_that_is_taken_is_found_out_before_anything_else(
    run: Run, server: Server, vault: dict[str, str]
) -> None:
    run("account", "add", URL, "--no-check", "--name", "work")
    told = run("account", "add", URL, "--name", "work")
    assert told.code == 2
    assert "Choose another --name, or: tuimail account remove work" in told.err
    assert server.met == []


def test_a_mailbox_that_is_there_under_another_name_is_told(run: Run, server: Server, vault: dict[str, str]) -> None:
    run("account", "add", URL, "--no-check", "--name", "work")
    told = run("account", "add", URL, "--no-check", "--name", "again")
    assert (told.code, "as “work”" in told.err) == (0, True)


def test_list_tells_what_is_configured(run: Run, vault: dict[str, str]) -> None:
    run("account", "add", "imap://ada@h:1143", "--no-check", "--name", "work")
    assert run("account", "list").out == "work  ada at h:1143 (starttls)\n"
    assert json.loads(run("account", "list", "--json").out) == {
        "accounts": [
            {
                "name": "work",
                "host": "h",
                "port": 1143,
                "user": "ada",
                "security": "starttls",
                "protocol": "imap",
                "password": "keyring or asked",
            }
        ]
    }


def test_a_pop3_account_is_kept_with_how_long_its_mail_stays(run: Run, home: Home) -> None:
    told = run("account", "add", "pop3s://ada%40gmail.com@pop.gmail.com", "--no-check", "--name", "g", "--leave", "14")
    assert told.code == 0
    assert "recent:ada@gmail.com" in told.err, "Gmail's habit is told, and the way out"
    (account,) = load(home.config).accounts
    assert (account.protocol, account.port, account.leave) == ("pop3", 995, "14")
    assert run("account", "list").out == "g  ada@gmail.com at pop.gmail.com:995 (pop3, tls)\n"


@pytest.mark.parametrize(
    ("url", "leave", "words"),
    [("imaps://ada@h", "14", "for POP3 accounts"), ("pop3s://ada@h", "soon", "a number of days")],
)
def test_a_leave_that_means_nothing_is_wrong_use(run: Run, url: str, leave: str, words: str) -> None:
    told = run("account", "add", url, "--no-check", "--leave", leave)
    assert told.code == 2 and words in told.err


def test_check_tells_protection_capabilities_and_what_they_buy(run: Run, server: Server, vault: dict[str, str]) -> None:
    told = run("account", "check", URL, "--password-command", "echo sesame")
    assert told.code == 0
    lines = told.out.splitlines()
    assert lines[0] == "ada@imap.example.org: logged in"
    assert lines[1] == "  protection        TLS; TLSv1.3, TLS_AES_256_GCM_SHA384"
    assert lines[2] == "  issued to         CN=imap.example.org"
    assert "  logged in by      SCRAM-SHA-256" in lines and "  round trip        12.3 ms" in lines
    assert (
        "  quota             10 of 100 kB" in lines and "  NOTIFY            not used: by your configuration" in lines
    )
    assert "  IDLE              new mail appears at once" in lines
    assert lines[-1] == "  all it offers     IDLE IMAP4REV1 MOVE X-ODD"
    (report,) = json.loads(run("account", "check", URL, "--json", "--password-command", "echo sesame").out)["accounts"]
    assert report["tls"] is True and report["mechanism"] == "SCRAM-SHA-256"
    assert report["certificate"]["fingerprint"] == "sha256:00" and report["round_trip_ms"] == 12.3
    assert report["capabilities"] == ["IDLE", "IMAP4REV1", "MOVE", "X-ODD"]
    assert {"name": "IDLE", "buys": "new mail appears at once"} in report["abilities"]


def test_check_shows_a_certificate_that_was_refused_and_how_to_pin_it(
    run: Run, vault: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def connect(account: Account, password: Callable[[], Awaitable[str]], **_: object) -> Server:
        about = (("issued to", "CN=\x1b[2Jmill"), ("fingerprint", "sha256:" + "ab" * 32))
        raise CertificateRefused("The certificate of h is signed by nobody but itself.", "Stay away.", about=about)

    monkeypatch.setattr("tuimail.net.imap.connect_imap", connect)
    told = run("account", "check", URL, "--password-command", "echo sesame")
    assert told.code == 1 and "signed by nobody but itself" in told.out
    assert "issued to" in told.out and "\x1b" not in told.out
    assert f'pin = "sha256:{"ab" * 32}"' in told.out
    (report,) = json.loads(run("account", "check", URL, "--json", "--password-command", "echo sesame").out)["accounts"]
    assert report["pin"] == "sha256:" + "ab" * 32


def test_check_goes_on_after_an_account_that_fails(run: Run, server: Server, vault: dict[str, str]) -> None:
    run("account", "add", URL, "--no-check", "--name", "bad", "--password-command", "echo wrong")
    run("account", "add", URL, "--no-check", "--name", "good", "--password-command", "echo sesame")
    told = run("account", "check")
    assert told.code == 1
    assert told.out.startswith("bad: imap.example.org refused the login of ada.")
    assert "good: logged in" in told.out


def test_remove_takes_the_password_along_and_says_what_stays(run: Run, home: Home, vault: dict[str, str]) -> None:
    run("account", "add", "imaps://ada:sesame@h", "--no-check", "--name", "work")
    told = run("account", "remove", "work")
    assert told.out == f"Removed work. Mail that was fetched stays in {home.data} until you delete it.\n"
    assert vault == {}
    assert load(home.config).accounts == ()


def test_three_questions_make_an_account(
    run: Run, home: Home, vault: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter(["ada@example.org", "imap.example.org", ""])
    monkeypatch.setattr("builtins.input", lambda _: next(answers))
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)

    async def typed(account: Account, complaint: str = "") -> str:
        return "sesame"

    monkeypatch.setattr("tuimail.cli.accounts.ask_on_terminal", typed)
    assert run("account", "add", "--no-check").code == 0
    (account,) = load(home.config).accounts
    assert (account.user, account.host, account.port, account.security) == (
        "ada@example.org",
        "imap.example.org",
        993,
        Security.TLS,
    )
    assert vault == {account.name: "sesame"}
