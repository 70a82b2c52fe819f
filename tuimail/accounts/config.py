"""config.toml: what the user wrote → typed values, or every mistake at once, each with its line.

[accounts.work]
host = "imap.example.org"
user = "ada@example.org"
password_command = ["pass", "show", "mail/ada"]

[keys]
preset = "mutt"
mail.archive = "e"

[ui]
theme = "nord"
preview = true
threads = true
advance = "next"

[files]
save_directory = "~/Downloads"
"""

from __future__ import annotations

import difflib
import shlex
import typing
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tuimail.accounts import urls
from tuimail.accounts.paths import replace_privately
from tuimail.errors import ConfigError, UsageError
from tuimail.model import Account, Security
from tuimail.records import Record, field


class Config(Record):
    """What config.toml says, checked."""

    accounts: tuple[Account, ...] = ()
    """In the order of the file."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Action id → keys, as `tuimail.keys.resolve` takes them, over the preset."""
    preset: str = ""
    """A name in `tuimail.presets.PRESETS`; "": the program's own keys."""
    theme: str = ""
    """Name of a theme; "": the program's own."""
    preview: bool = True
    """Whether the message under the cursor is shown beside the list."""
    threads: bool = False
    """Whether lists are threaded where the reader has not said it with a key."""
    advance: str = "next"
    """What comes after a message that was dealt with: "next", "previous", or the "list"."""
    save_directory: Path | None = None
    """Where attachments are saved; None: the user's own folder for downloads."""


def load(path: Path) -> Config:
    """The configuration; an absent file is an empty one.

    Raises ConfigError, its sentence holding one line per mistake in the order of the file
    ("config.toml:12: keys.mail.archve: unknown key; did you mean “mail.archive”?").
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Config()
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path.name}: the file is not UTF-8 text.", f"Edit {path}.") from error
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from error
    from tuimail.accounts.tables import read  # TOML and its checker: only for those who have a file

    return read(text, path)


def add_account(path: Path, account: Account) -> None:
    """Write the account into config.toml, leaving comments and layout alone; the file is 0600 and replaced whole.

    Raises UsageError when the name is taken, ConfigError when the file is not usable as it stands.
    """
    import tomlkit

    if any(account.name == known.name for known in load(path).accounts):
        raise UsageError(
            f"An account “{account.name}” exists already.",
            f"Choose another --name, or: tuimail account remove {account.name}",
        )
    document = tomlkit.parse(path.read_text(encoding="utf-8")) if path.exists() else tomlkit.document()
    if "accounts" not in document:
        document["accounts"] = tomlkit.table(is_super_table=True)
    table = tomlkit.table()
    table["host"] = account.host
    table["user"] = account.user
    if account.protocol != "imap":
        table["protocol"] = account.protocol
        table["leave"] = int(account.leave) if account.leave.isdecimal() else account.leave
    if account.port != urls.default_port(account.protocol, account.security):
        table["port"] = account.port
    if account.security is not Security.TLS:
        table["security"] = account.security.value
    if account.password_command:
        table["password_command"] = list(account.password_command)
    if account.allow_plaintext:
        table["allow_plaintext"] = True
    for key in ("ca_file", "client_cert", "pin", "authorize_as"):
        if value := getattr(account, key):
            table[key] = value
    for key in ("token_command", "mask"):
        if words := getattr(account, key):
            table[key] = list(words)
    if account.auth != "auto":
        table["auth"] = account.auth
    typing.cast(dict[str, Any], document["accounts"])[account.name] = table
    replace_privately(path, tomlkit.dumps(document).lstrip("\n"))


def remove_account(path: Path, name: str) -> Account:
    """Take the account out of config.toml, leaving the rest alone; returns what it was.

    Raises UsageError when there is none of that name, ConfigError when the file is not usable as it stands.
    """
    import tomlkit

    account = find_account(load(path).accounts, name)
    document = tomlkit.parse(path.read_text(encoding="utf-8"))
    accounts = typing.cast(dict[str, Any], document["accounts"])
    del accounts[account.name]
    if not accounts:
        del document["accounts"]
    replace_privately(path, tomlkit.dumps(document))
    return account


def find_account(accounts: Iterable[Account], name: str) -> Account:
    """The account of that name. Raises UsageError with the nearest name when there is none."""
    by_name = {account.name: account for account in accounts}
    if name in by_name:
        return by_name[name]
    if not by_name:
        raise UsageError("No account is set up yet.", "Add one with: tuimail account add")
    near = nearest(name, by_name)
    raise UsageError(
        f"There is no account “{name}”.",
        f"{near[0].upper()}{near[1:]}" if near else f"There are: {', '.join(by_name)}.",
    )


def nearest(word: str, known: Iterable[str]) -> str:
    """A “did you mean”, or ""."""
    near = difflib.get_close_matches(word, list(known), 1, 0.6)
    return f"did you mean “{near[0]}”?" if near else ""


def split_command(command: str | list[str]) -> tuple[str, ...]:
    """The argument vector of a password command; a text is split like a shell would, but no shell ever runs.

    Raises UsageError for an open quote or an empty program name.
    """
    try:
        words = tuple(shlex.split(command) if isinstance(command, str) else command)
    except ValueError as error:
        raise UsageError("The password command has an open quote.") from error
    if words and not words[0]:
        raise UsageError("The password command names no program.")
    return words
