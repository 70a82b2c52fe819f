"""config.toml: what the user wrote → typed values, or every mistake at once, each with its line.

[accounts.work]
host = "imap.example.org"
user = "ada@example.org"
password_command = ["pass", "show", "mail/ada"]

[keys]
mail.archive = "e"

[ui]
theme = "nord"
preview = true
"""

from __future__ import annotations

import difflib
import shlex
import tomllib
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from tuimail import keys
from tuimail.accounts import urls
from tuimail.accounts.lines import KeyPath, key_lines, line_of
from tuimail.accounts.paths import replace_privately
from tuimail.errors import ConfigError, UsageError
from tuimail.model import Account, Security


@dataclass(frozen=True, slots=True)
class Config:
    """What config.toml says, checked."""

    accounts: tuple[Account, ...] = ()
    """In the order of the file."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Action id → keys, as `tuimail.keys.resolve` takes them."""
    theme: str = ""
    """Name of a theme; "": the program's own."""
    preview: bool = True
    """Whether the message under the cursor is shown beside the list."""


class _AccountTable(msgspec.Struct, kw_only=True):
    host: str
    user: str
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 0
    security: Literal["tls", "starttls", "plain"] = "tls"
    password_command: list[str] | str = ""
    allow_plaintext: bool = False
    ca_file: str = ""


class _UiTable(msgspec.Struct, kw_only=True):
    theme: str = ""
    preview: bool = True


class _File(msgspec.Struct, kw_only=True):
    accounts: dict[str, _AccountTable] = {}
    keys: dict[str, Any] = {}
    ui: _UiTable = msgspec.field(default_factory=_UiTable)


@dataclass(frozen=True, slots=True)
class _Problem:
    path: KeyPath
    sentence: str


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
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path.name}:{_syntax_error(str(error), text)}", f"Edit {path}.") from error
    problems = list(_mistakes(tables, _File, ()))
    accounts = list(_accounts(tables.get("accounts"), problems))
    key_overrides = _keys(tables.get("keys"), problems)
    if problems:
        lines = key_lines(text)
        found = sorted((line_of(problem.path, lines), index) for index, problem in enumerate(problems))
        raise ConfigError(
            "\n".join(
                f"{path.name}:{line}: {'.'.join(problems[index].path)}: {problems[index].sentence}"
                for line, index in found
            ),
            f"Edit {path}.",
        )
    ui = msgspec.convert(tables, _File).ui
    return Config(tuple(accounts), key_overrides, ui.theme, ui.preview)


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
    if account.port != urls.DEFAULT_PORT[account.security]:
        table["port"] = account.port
    if account.security is not Security.TLS:
        table["security"] = account.security.value
    if account.password_command:
        table["password_command"] = list(account.password_command)
    if account.allow_plaintext:
        table["allow_plaintext"] = True
    if account.ca_file:
        table["ca_file"] = account.ca_file
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
    near = _nearest(name, by_name)
    raise UsageError(
        f"There is no account “{name}”.",
        f"{near[0].upper()}{near[1:]}" if near else f"There are: {', '.join(by_name)}.",
    )


def _mistakes(value: object, wanted: Any, path: KeyPath) -> Iterable[_Problem]:
    """Every place where the value is not what is wanted; msgspec itself stops at the first."""
    if isinstance(wanted, type) and issubclass(wanted, msgspec.Struct):
        if not isinstance(value, dict):
            yield _Problem(path, "a table was expected")
            return
        fields = {known.encode_name: known for known in msgspec.structs.fields(wanted)}
        for key in value:
            if key not in fields:
                yield _Problem((*path, key), _unknown(key, fields))
        for key, known in fields.items():
            if key in value:
                yield from _mistakes(value[key], known.type, (*path, key))
            elif known.required:
                yield _Problem(path, f"the key “{key}” is missing")
    elif typing.get_origin(wanted) is dict and isinstance(value, dict):
        for key, member in value.items():
            yield from _mistakes(member, typing.get_args(wanted)[1], (*path, key))
    elif typing.get_origin(wanted) is Literal and value not in (choices := typing.get_args(wanted)):
        near = _nearest(value, choices) if isinstance(value, str) else ""
        yield _Problem(path, f"one of {', '.join(choices)} was expected{near and '; ' + near}")
    else:
        try:
            msgspec.convert(value, wanted, strict=True)
        except msgspec.ValidationError as error:
            yield _Problem(path, _in_words(str(error)))


def _unknown(key: str, known: Iterable[str]) -> str:
    if key in ("password", "pass", "passwd", "secret"):
        return "passwords do not belong in this file; use password_command, or: tuimail account add"
    near = _nearest(key, known)
    return f"unknown key{near and '; ' + near}"


def _nearest(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(known), 1, 0.6)
    return f"did you mean “{near[0]}”?" if near else ""


def _in_words(sentence: str) -> str:
    for term, words in (
        ("`int`", "a whole number"),
        ("`str`", "text in quotes"),
        ("`bool`", "true or false"),
        ("`float`", "a number with a point"),
        ("`array`", "a list"),
        ("`object`", "a table"),
        ("`str | array`", "text in quotes or a list of it"),
    ):
        sentence = sentence.replace(term, words)
    return sentence[:1].lower() + sentence[1:]


def _accounts(tables: object, problems: list[_Problem]) -> Iterable[Account]:
    """The accounts that are well formed; what is wrong inside a well-formed table joins the problems."""
    for name, raw in tables.items() if isinstance(tables, dict) else ():
        if next(iter(_mistakes(raw, _AccountTable, ())), None):
            continue
        table = msgspec.convert(raw, _AccountTable)
        try:
            yield _account(name, table)
        except _Mistake as mistake:
            problems.append(_Problem(("accounts", name, mistake.key), mistake.sentence))


class _Mistake(Exception):
    def __init__(self, key: str, sentence: str) -> None:
        super().__init__(key, sentence)
        self.key, self.sentence = key, sentence


def _account(name: str, table: _AccountTable) -> Account:
    """The account a well-typed table means. Raises _Mistake for the first value that cannot be meant."""
    security = Security(table.security)
    if not name or not name.isprintable():
        raise _Mistake("host", "the account above needs a name of visible characters")
    key = "user"
    try:
        user = urls.check_user(table.user)
        key = "host"
        host = urls.check_host(table.host)
        if security is Security.PLAIN:
            urls.check_plaintext(host, table.allow_plaintext)
        key = "password_command"
        command = split_command(table.password_command)
    except UsageError as error:
        raise _Mistake(key, error.sentence) from error
    return Account(
        name=name,
        host=host,
        port=table.port or urls.DEFAULT_PORT[security],
        user=user,
        security=security,
        password_command=command,
        allow_plaintext=table.allow_plaintext,
        ca_file=str(Path(table.ca_file).expanduser()) if table.ca_file else "",
    )


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


def _keys(tables: object, problems: list[_Problem]) -> dict[str, str]:
    """Action ids hold a dot, and `mail.archive = "e"` is a table in a table for TOML: flatten, then ask `keys`."""
    overrides: dict[str, str] = {}
    places: dict[str, KeyPath] = {}

    def walk(table: dict[str, Any], path: KeyPath) -> None:
        for key, value in table.items():
            here = (*path, key)
            if isinstance(value, dict):
                walk(value, here)
            elif isinstance(value, str):
                action = ".".join(here[1:])
                overrides[action], places[action] = value, here
            else:
                problems.append(_Problem(here, 'keys in quotes were expected, as in "e,y"'))

    if isinstance(tables, dict):
        walk(tables, ("keys",))
    problems += [_Problem(places[problem.id], problem.sentence) for problem in keys.resolve(overrides)[1]]
    return overrides


def _syntax_error(message: str, text: str) -> str:
    sentence, found, place = message.rpartition(" (at ")
    if not found:
        return f" {message}"
    if place.startswith("line "):
        line = place.removeprefix("line ").partition(",")[0]
    else:  # "(at end of document)"
        line = str(max(1, len(text.splitlines())))
    return f"{line}: {sentence}"
