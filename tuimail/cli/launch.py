"""The screen: `tuimail`, `tuimail open URL`, `tuimail open FILE`, `tuimail demo`.

Where the store has something to show, the picture comes first and the network after it. Where it has not, Mail is told
to start before Textual is imported: while Python reads those modules the connection is made and the password
command runs.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import logging
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuimail import keys, logs, presets
from tuimail.accounts import keychain
from tuimail.accounts.config import Config, add_account
from tuimail.accounts.paths import Paths
from tuimail.accounts.secrets import Secrets
from tuimail.accounts.urls import EXAMPLE
from tuimail.cli.opening import Opening, opening, places
from tuimail.content.clean import clean_line
from tuimail.errors import UsageError
from tuimail.model import Account

if TYPE_CHECKING:
    from tuimail.mail import Dial
    from tuimail.screens.password import PasswordAsker
    from tuimail.screens.settings import Settings

# Textual paints when its clock ticks; at its 60 a second the text of a message waits up to 16 ms for that, on average
# a third of the time from key to text. It reads this once, when it is imported.
os.environ.setdefault("TEXTUAL_FPS", "120")


def need_terminal() -> None:
    """Raises UsageError when the screen could not be seen or no key could come: Textual would wait for ever.

    Standard error counts too, for that is where Textual paints.
    """
    if not all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        raise UsageError(
            "tuimail needs a terminal, and its input or output has been redirected.",
            "For scripts there are “tuimail list”, “tuimail show” and “tuimail sync”.",
        )


def configured(options: argparse.Namespace) -> int:
    """Open every account of the configuration; without any, the first screen."""
    need_terminal()
    open_with = opening(options, need_account=False)
    if open_with.accounts:
        return asyncio.run(_accounts(open_with))
    choice, passwords = asyncio.run(_first_screen(open_with))
    if choice == "account":
        return asyncio.run(_accounts(replace(opening(options), passwords=passwords)))
    return demo(options) if choice == "demo" else 0


def place(options: argparse.Namespace) -> int:
    """Open the one account of a URL, or what lies in a file or directory."""
    if "://" in options.place:
        open_with = opening(options, options.place)
        need_terminal()
        return asyncio.run(_accounts(open_with))
    path = Path(options.place)
    if not path.exists():
        raise UsageError(f"“{clean_line(options.place)}” is no file, and no URL either.", EXAMPLE)
    need_terminal()
    return asyncio.run(_files(places(options), path.resolve()))


def demo(options: argparse.Namespace) -> int:
    """Open the mailbox that lives inside the program; its data goes away with it."""
    need_terminal()
    paths = places(options)
    return asyncio.run(_demo(paths))


class _LateAsker:
    """Stands for the app's PasswordAsker until Textual is imported: a password may be wanted before that."""

    def __init__(self) -> None:
        self.there: asyncio.Future[PasswordAsker] = asyncio.get_running_loop().create_future()

    async def __call__(self, account: Account, complaint: str) -> str | None:
        return await (await asyncio.shield(self.there))(account, complaint)


async def _accounts(open_with: Opening) -> int:
    asker = _LateAsker()
    return await _screen(
        open_with.paths.data, open_with.accounts, open_with.secrets(asker), open_with.config, asker=asker
    )


async def _demo(paths: Paths) -> int:
    from tuimail.accounts.config import load
    from tuimail.demo.server import DemoServer

    with tempfile.TemporaryDirectory(prefix="tuimail-demo-") as data:
        async with DemoServer() as server:
            account = server.account
            return await _screen(
                Path(data),
                (account,),
                Secrets({account.name: server.password}),
                load(paths.config),
                dial={account.name: server.dial},
            )


async def _files(paths: Paths, path: Path) -> int:
    """The list is made anew each time and goes away with the screen; the texts stay where they are."""
    from tuimail.accounts.config import load
    from tuimail.mail import FILES

    account = Account(clean_line(path.name) or "files", str(path), 0, "", protocol=FILES)
    with tempfile.TemporaryDirectory(prefix="tuimail-files-") as data:
        return await _screen(Path(data), (account,), Secrets({}), load(paths.config))


async def _screen(
    data: Path,
    accounts: tuple[Account, ...],
    secrets: Secrets,
    config: Config,
    *,
    dial: Mapping[str, Dial] | None = None,
    asker: _LateAsker | None = None,
) -> int:
    from tuimail.mail import Mail

    async with Mail(data, accounts, secrets, dial, secrets.forget) as mail:
        if dial is None and not mail.folders():
            # Nothing to show yet: connect while Textual is imported. The demo's server would be in the way of that.
            mail.start()
        app = await asyncio.to_thread(importlib.import_module, "tuimail.app")
        code: int = await app.run_app(mail, _settings(config, asker))
        return code


def _settings(config: Config, asker: _LateAsker | None) -> Settings:
    from tuimail.screens.password import PasswordAsker
    from tuimail.screens.settings import Settings

    chosen: dict[str, Any] = {
        "preset": config.preset,
        "preview": config.preview,
        "threads": config.threads,
        "advance": config.advance,
        "save_directory": config.save_directory,
    }
    if config.theme:
        chosen["theme"] = config.theme
    if asker is not None:
        chosen["asker"] = PasswordAsker()
        asker.there.set_result(chosen["asker"])
    return Settings(keys=keys.resolve(config.keys, presets.table(config.preset))[0], **chosen)


async def _first_screen(open_with: Opening) -> tuple[str, dict[str, str]]:
    """What was chosen there: "account" (one has been saved), "demo" or "quit"; and the password typed, by account.

    The password is for this session where no keyring keeps it: nobody likes to type it twice.
    """
    typed: dict[str, str] = {}

    async def check(account: Account, password: str) -> None:
        logs.strike(password, account.user)
        if account.protocol == "pop3":
            from tuimail.net.pop.facts import check_pop

            await check_pop(account, _ready(password))
            return
        from tuimail.net.imap import connect_imap

        remote = await connect_imap(account, _ready(password))
        await remote.close()

    async def save(account: Account, password: str) -> None:
        add_account(open_with.paths.config, account)
        typed[account.name] = password
        try:
            await keychain.write(account, password)
        except keychain.NoKeyring as error:  # a saved account is worth more than a saved password
            logging.getLogger(__name__).warning("the password was not stored: %s", error)

    app = importlib.import_module("tuimail.app")
    theme = {"theme": open_with.config.theme} if open_with.config.theme else {}
    choice: str = await app.run_setup(check, save, **theme)
    return choice, typed


def _ready(password: str) -> Callable[[], Any]:
    async def answer() -> str:
        return password

    return answer


VERBS: dict[str | None, Callable[[argparse.Namespace], int]] = {None: configured, "open": place, "demo": demo}
