"""What happens before the screen: Mail is at work while Textual is still being imported."""

from __future__ import annotations

import importlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from tests.cli.conftest import Home, Run, SyncedMail
from tuimail import keys, presets
from tuimail.accounts import keychain
from tuimail.accounts.config import load
from tuimail.demo.server import DemoServer
from tuimail.model import Account, Folder
from tuimail.screens.password import PasswordAsker
from tuimail.screens.settings import Settings

ADA = Account("work", "imap.example.org", 993, "ada")


class Stage:
    """Mail and the app as far as launching sees them; keeps the order of what happened."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.data = Path()
        self.accounts: tuple[Account, ...] = ()
        self.dial: Mapping[str, object] = {}
        self.settings = Settings()
        self.password = ""
        self.secrets: Any = None
        self.choice = "quit"
        self.theme = ""
        self.known = False
        """The store has folders already."""
        self.in_setup: Callable[[Any, Any], Awaitable[None]] | None = None

    def open_mail(
        self,
        data: Path,
        accounts: Sequence[Account],
        secrets: Any,
        dial: Mapping[str, object] | None = None,
        refused: object = None,
    ) -> SyncedMail:
        self.data, self.accounts, self.secrets, self.dial = data, tuple(accounts), secrets, dial or {}
        stage = self

        class Noting(SyncedMail):
            def start(self) -> None:
                stage.events.append("mail starts")

            def folders(self) -> list[Folder]:
                return super().folders() if stage.known else []

        return Noting(accounts)

    def import_module(self, name: str) -> ModuleType:
        if name != "tuimail.app":
            return importlib.__import__(name)
        self.events.append("app is imported")
        return SimpleNamespace(run_app=self.run_app, run_setup=self.run_setup)  # type: ignore[return-value]

    async def run_app(self, mail: SyncedMail, settings: Settings) -> int:
        self.events.append("app runs")
        assert self.data.is_dir()
        self.settings = settings
        if self.accounts[0].protocol != "files":
            self.password = await self.secrets(self.accounts[0])
        return 3

    async def run_setup(self, check: Any, save: Any, theme: str = "") -> str:
        self.events.append("first screen")
        self.theme = theme
        if self.in_setup:
            await self.in_setup(check, save)
        return self.choice


@pytest.fixture
def stage(home: Home, monkeypatch: pytest.MonkeyPatch) -> Stage:
    there = Stage()
    monkeypatch.setattr("tuimail.mail.Mail", there.open_mail)
    monkeypatch.setattr("tuimail.cli.launch.need_terminal", lambda: None)
    monkeypatch.setattr("tuimail.cli.launch.importlib", SimpleNamespace(import_module=there.import_module))
    return there


@pytest.fixture(autouse=True)
def no_vault(monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_: object, **__: object) -> None:
        raise keychain.NoKeyring("There is no keyring on this system.")

    for name in ("read", "write", "remove"):
        monkeypatch.setattr(keychain, name, refuse)


def test_mail_is_at_work_before_the_screen_is_imported(run: Run, stage: Stage, home: Home) -> None:
    told = run("open", "imaps://ada@imap.example.org/", "--password-command", "echo sesame")
    assert stage.events == ["mail starts", "app is imported", "app runs"]
    assert (told.code, told.err) == (3, "")
    assert stage.data == home.data
    assert stage.password == "sesame"


def test_what_is_in_the_store_is_shown_before_the_network_is_touched(run: Run, stage: Stage) -> None:
    stage.known = True
    run("open", "imaps://ada@imap.example.org/", "--password-command", "echo sesame")
    assert stage.events == ["app is imported", "app runs"]


def test_theme_and_keys_of_the_configuration_reach_the_app(run: Run, stage: Stage, home: Home) -> None:
    home.config.parent.mkdir(parents=True)
    home.config.write_text(
        '[accounts.work]\nhost = "imap.example.org"\nuser = "ada"\npassword_command = "echo sesame"\n'
        '[ui]\ntheme = "nord"\npreview = false\n[keys]\nmail.archive = "B"\n'
    )
    run()
    assert [account.name for account in stage.accounts] == ["work"]
    assert stage.settings.theme == "nord"
    assert not stage.settings.preview
    assert stage.settings.keys == keys.resolve({"mail.archive": "B"})[0]


def test_preset_threads_and_the_way_to_go_on_reach_the_app(run: Run, stage: Stage, home: Home) -> None:
    home.config.parent.mkdir(parents=True)
    home.config.write_text(
        'keys = "mutt"\n[accounts.work]\nhost = "imap.example.org"\nuser = "ada"\npassword_command = "echo sesame"\n'
        '[ui]\nadvance = "previous"\nthreads = true\n'
    )
    run()
    assert stage.settings.keys == presets.table("mutt")
    assert (stage.settings.preset, stage.settings.advance, stage.settings.threads) == ("mutt", "previous", True)


def test_a_password_wanted_before_the_app_is_there_waits_for_it(
    run: Run, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def typed(asker: PasswordAsker, account: Account, complaint: str = "") -> str:
        assert stage.settings.asker is asker
        return f"for {account.user}"

    monkeypatch.setattr(PasswordAsker, "__call__", typed)
    run("open", "imaps://ada@imap.example.org/")
    assert stage.password == "for ada"


def test_the_demo_keeps_nothing_and_touches_no_account(run: Run, stage: Stage, home: Home) -> None:
    assert run("demo").code == 3
    assert stage.accounts == (DemoServer.account,)
    assert stage.events == ["app is imported", "app runs"]
    assert set(stage.dial) == {"demo"}
    assert stage.password == DemoServer.password
    assert not stage.data.exists()
    assert not home.config.exists()


def test_without_an_account_the_first_screen_comes_and_quit_is_code_0(run: Run, stage: Stage) -> None:
    assert run().code == 0
    assert stage.events == ["app is imported", "first screen"]


def test_the_demo_can_be_chosen_on_the_first_screen(run: Run, stage: Stage) -> None:
    stage.choice = "demo"
    assert run().code == 3
    assert stage.accounts == (DemoServer.account,)


def test_an_account_saved_on_the_first_screen_is_opened(
    run: Run, stage: Stage, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[tuple[Account, str]] = []

    async def connect(account: Account, password: Callable[[], Awaitable[str]]) -> object:
        tried.append((account, await password()))

        async def close() -> None: ...

        return SimpleNamespace(close=close)

    async def type_and_save(check: Any, save: Any) -> None:
        await check(ADA, "sesame")
        await save(ADA, "sesame")

    monkeypatch.setattr("tuimail.net.imap.connect_imap", connect)
    stage.choice, stage.in_setup = "account", type_and_save
    assert run().code == 3
    assert tried == [(ADA, "sesame")]
    assert stage.accounts == load(home.config).accounts == (ADA,)
    assert stage.password == "sesame"  # typed once is enough, even where no keyring keeps it
    assert "sesame" not in home.config.read_text() + home.log


@pytest.mark.parametrize("words", [(), ("demo",), ("open", "imaps://ada@imap.example.org/")])
def test_without_a_terminal_it_says_so_and_does_not_wait_for_keys(run: Run, words: tuple[str, ...]) -> None:
    told = run(*words)
    assert (told.code, told.out) == (2, "")
    assert "needs a terminal" in told.err


def test_a_file_is_opened_without_any_account_and_its_list_kept_nowhere(
    run: Run, stage: Stage, home: Home, tmp_path: Path
) -> None:
    (tmp_path / "old.mbox").write_bytes(b"From a Tue Feb  3 10:11:12 2026\nSubject: x\n\nwords\n")
    told = run("open", str(tmp_path / "old.mbox"))
    assert (told.code, told.err) == (3, "")
    (account,) = stage.accounts
    assert (account.name, account.protocol, account.host) == ("old.mbox", "files", str(tmp_path / "old.mbox"))
    assert stage.data != home.data
    assert not stage.data.exists()
    assert stage.events == ["mail starts", "app is imported", "app runs"]
