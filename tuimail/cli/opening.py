"""From options to accounts, passwords and an open Mail: what every command but --help needs first."""

from __future__ import annotations

import argparse
import contextlib
import getpass
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tuimail import logs
from tuimail.accounts.config import Config, find_account, load, split_command
from tuimail.accounts.paths import Paths, find_paths, private_directory
from tuimail.accounts.secrets import Asker, Secrets
from tuimail.accounts.urls import parse_url
from tuimail.cli import output
from tuimail.errors import ReadOnly, StoreError, UsageError
from tuimail.model import Account
from tuimail.records import replace

if TYPE_CHECKING:
    from tuimail.mail import Mail


@dataclass(frozen=True, slots=True)
class Opening:
    """What one run of tuimail works with."""

    paths: Paths
    config: Config
    accounts: tuple[Account, ...]
    """Those this run is about: the one named, or all."""
    passwords: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Account name → password that came with it: from its URL, or typed on the first screen."""

    @property
    def account_name(self) -> str | None:
        """The account's name when the run is about one."""
        return self.accounts[0].name if len(self.accounts) == 1 else None

    def secrets(self, asker: Asker | None = None) -> Secrets:
        """Where this run's passwords come from."""
        return Secrets(self.passwords, asker, logs.strike)

    @contextlib.asynccontextmanager
    async def mail(self, *, read_only_ok: bool) -> AsyncIterator[Mail]:
        """A Mail for a command without a screen; passwords are asked for on the terminal.

        read_only_ok: when another tuimail holds the data directory, looking is enough; it is said, though.
        Raises ReadOnly, StoreError.
        """
        from tuimail.mail import Mail

        async with Mail(self.paths.data, self.accounts, self.secrets(terminal())) as mail:
            if mail.read_only and not read_only_ok:
                raise ReadOnly(mail.read_only)
            for remark in filter(None, (mail.read_only, mail.trouble)):
                output.note(remark)
            yield mail


def places(options: argparse.Namespace) -> Paths:
    """The paths of this run, the data directory made and the log begun. Raises StoreError when that fails."""
    paths = find_paths(getattr(options, "config", ""), getattr(options, "data_dir", ""))
    try:
        private_directory(paths.data)
    except OSError as error:
        raise StoreError(f"{paths.data} cannot be used: {error.strerror}.", "Choose another one: --data-dir") from error
    logs.start(paths.log, getattr(options, "log_level", "warning"))
    return paths


def opening(options: argparse.Namespace, place: str = "", *, need_account: bool = True) -> Opening:
    """The accounts meant by `place`: a configured name, a URL, or "" for all.

    Raises UsageError, ConfigError, StoreError.
    """
    paths = places(options)
    config = load(paths.config)
    passwords: dict[str, str] = {}
    if "://" in place:
        account, password = url_account(options, place)
        accounts: tuple[Account, ...] = (account,)
        if password:
            passwords[account.name] = password
    elif place:
        accounts = (find_account(config.accounts, place),)
    else:
        accounts = config.accounts
    if need_account and not accounts:
        raise UsageError("No account is set up yet.", "Add one with: tuimail account add; or try: tuimail demo")
    if command := getattr(options, "password_command", ""):
        if len(accounts) > 1:
            raise UsageError("--password-command is for one account.", "Name the account.")
        accounts = tuple(replace(account, password_command=split_command(command)) for account in accounts)
    return Opening(paths, config, accounts, passwords)


def url_account(options: argparse.Namespace, url: str) -> tuple[Account, str | None]:
    """The account of a URL and the password in it; warns about the latter. Raises UsageError."""
    account, password = parse_url(url, allow_plaintext=getattr(options, "allow_plaintext", False))
    if password:
        logs.strike(password, account.user)
        output.note(
            "the password in the URL is visible in your shell history and in ps; "
            "use --password-command or: tuimail account add"
        )
    return account, password


def terminal() -> Asker | None:
    """Asks on the terminal; None when there is nobody at one."""
    return ask_on_terminal if sys.stdin.isatty() else None


async def ask_on_terminal(account: Account, complaint: str = "") -> str | None:
    """The password, typed unseen. Ctrl-C ends the question, and the terminal echoes again."""
    import termios

    from tuimail.accounts.threads import in_daemon_thread

    if complaint:
        output.note(complaint)
    settings = termios.tcgetattr(sys.stdin.fileno())
    prompt = f"Password for {account.user} at {account.host}: "
    try:
        return await in_daemon_thread(_typed(prompt))
    finally:
        termios.tcsetattr(sys.stdin.fileno(), termios.TCSADRAIN, settings)


def _typed(prompt: str) -> Callable[[], str | None]:
    def ask() -> str | None:
        try:
            return getpass.getpass(prompt)
        except EOFError:
            return None

    return ask
