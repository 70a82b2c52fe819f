"""A command line that finds its own config and data, and leaves the test process as it was."""

from __future__ import annotations

import gc
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fakes.fake_mail import ACCOUNT, FakeMail
from tuimail import logs
from tuimail.accounts.config import add_account
from tuimail.changes import AccountState, Line
from tuimail.cli import main
from tuimail.model import Account


@dataclass(frozen=True)
class Told:
    """What one run answered."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Home:
    """A user's places."""

    config: Path
    data: Path

    @property
    def log(self) -> str:
        path = self.data / "tuimail.log"
        return path.read_text(encoding="utf-8") if path.exists() else ""


Run = Callable[..., Told]


@pytest.fixture(autouse=True)
def _the_process_as_it_was() -> Iterator[None]:
    """`main` owns its process; here it is a guest: a umask left at 077 would hide a later server's files from it."""
    umask, collecting = os.umask(0o022), gc.isenabled()
    yield
    os.umask(umask)
    if collecting:
        gc.enable()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """An empty home; the log is put back afterwards."""
    for name in ("CONFIG", "DATA", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    yield Home(tmp_path / "config/tuimail/config.toml", tmp_path / "data/tuimail")
    logs.stop()
    logging.getLogger("tuimail").setLevel(logging.NOTSET)
    logs._secrets.clear()


@pytest.fixture
def run(home: Home, capsys: pytest.CaptureFixture[str]) -> Run:
    """`tuimail …` inside this process."""

    def tuimail(*words: str) -> Told:
        code = main(words)
        told = capsys.readouterr()
        return Told(code, told.out, told.err)

    return tuimail


class SyncedMail(FakeMail):
    """A FakeMail that can be opened and synced the way the commands do it."""

    def __init__(self, accounts: Sequence[Account]) -> None:
        super().__init__()
        self.opened_with = tuple(accounts)
        self.synced: list[tuple[str | None, str | None]] = []
        self.failures: dict[str | None, Exception] = {}
        """Account name → what its sync raises."""

    async def sync(
        self,
        account: str | None = None,
        folder: str | None = None,
        progress: Callable[[AccountState], None] | None = None,
    ) -> None:
        self.synced.append((account, folder))
        if account in self.failures:
            raise self.failures[account]
        if progress:
            progress(AccountState(account or "", Line.SYNCING, 0, 1, 2))

    def start(self) -> None:
        self.asked.append(("start",))


@pytest.fixture
def mail(home: Home, monkeypatch: pytest.MonkeyPatch) -> SyncedMail:
    """The Mail that every command of this test opens; its account is configured."""
    add_account(home.config, ACCOUNT)
    fake = SyncedMail([ACCOUNT])

    def open_mail(data_dir: Path, accounts: Sequence[Account], *_: object) -> SyncedMail:
        fake.opened_with = tuple(accounts)
        return fake

    monkeypatch.setattr("tuimail.mail.Mail", open_mail)
    return fake
