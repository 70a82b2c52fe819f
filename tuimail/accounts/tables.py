"""What stands in config.toml, checked against what may: every mistake at once, each with its line."""

from __future__ import annotations

import re
import tomllib
import typing
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from tuimail import keys, presets
from tuimail.accounts import login, pop3, urls
from tuimail.accounts.config import Config, nearest, split_command
from tuimail.accounts.lines import KeyPath, key_lines, line_of
from tuimail.errors import ConfigError, UsageError
from tuimail.model import Account, Security
from tuimail.records import Record


class _AccountTable(msgspec.Struct, kw_only=True):
    host: str
    user: str
    protocol: Literal["imap", "pop3"] = "imap"
    leave: int | str = "forever"
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 0
    security: Literal["tls", "starttls", "plain"] = "tls"
    password_command: list[str] | str = ""
    allow_plaintext: bool = False
    ca_file: str = ""
    auth: str = "auto"
    token_command: list[str] | str = ""
    authorize_as: str = ""
    client_cert: str = ""
    pin: str = ""
    mask: list[str] = []
    trusted_authserv: list[str] = []


class _UiTable(msgspec.Struct, kw_only=True):
    theme: str = ""
    preview: bool = True
    threads: bool = False
    advance: Literal["next", "previous", "list"] = "next"


class _FilesTable(msgspec.Struct, kw_only=True):
    save_directory: str = ""


class _File(msgspec.Struct, kw_only=True):
    accounts: dict[str, _AccountTable] = {}
    keys: dict[str, Any] | str = {}
    ui: _UiTable = msgspec.field(default_factory=_UiTable)
    files: _FilesTable = msgspec.field(default_factory=_FilesTable)


_PRESET: KeyPath = ("keys", "preset")
_KEYS_VALUE = re.compile(r"^\s*keys\s*=", re.MULTILINE)


class _Problem(Record):
    path: KeyPath
    sentence: str


def read(text: str, path: Path) -> Config:
    """The configuration in this text. Raises ConfigError as `config.load` does."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path.name}:{_syntax_error(str(error), text)}", f"Edit {path}.") from error
    problems = list(_mistakes(tables, _File, ()))
    accounts = list(_accounts(tables.get("accounts"), problems))
    preset, key_overrides = _keys(tables.get("keys"), problems)
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
    file = msgspec.convert(tables, _File)
    saves = file.files.save_directory
    directory = Path(saves).expanduser() if saves else None
    ui = file.ui
    return Config(tuple(accounts), key_overrides, preset, ui.theme, ui.preview, ui.threads, ui.advance, directory)


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
        near = nearest(value, choices) if isinstance(value, str) else ""
        yield _Problem(path, f"one of {', '.join(choices)} was expected{near and '; ' + near}")
    else:
        try:
            msgspec.convert(value, wanted, strict=True)
        except msgspec.ValidationError as error:
            yield _Problem(path, _in_words(str(error)))


def _unknown(key: str, known: Iterable[str]) -> str:
    if key in ("password", "pass", "passwd", "secret"):
        return "passwords do not belong in this file; use password_command, or: tuimail account add"
    if key == "keys":
        return "stands in the wrong table: write keys = … above the first [table], or [keys] with preset = …"
    near = nearest(key, known)
    return f"unknown key{near and '; ' + near}"


def _in_words(sentence: str) -> str:
    for term, words in (
        ("`int`", "a whole number"),
        ("`str`", "text in quotes"),
        ("`bool`", "true or false"),
        ("`float`", "a number with a point"),
        ("`array`", "a list"),
        ("`object`", "a table"),
        ("`str | array`", "text in quotes or a list of it"),
        ("`str | object`", "a table, or the name of a preset"),
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
        key = "leave"
        leave = pop3.check_leave(table.leave)
        key = "password_command"
        command = split_command(table.password_command)
        key = "token_command"
        token_command = split_command(table.token_command)
        key = "auth"
        auth = login.check_auth(table.auth)
        key = "pin"
        pin = login.check_pin(table.pin)
        key = "mask"
        mask = login.check_mask(table.mask)
        key = "authorize_as"
        authorize_as = table.authorize_as and urls.check_user(table.authorize_as)
    except UsageError as error:
        raise _Mistake(key, error.sentence) from error
    return Account(
        name=name,
        host=host,
        port=table.port or urls.default_port(table.protocol, security),
        user=user,
        security=security,
        protocol=table.protocol,
        leave=leave,
        password_command=command,
        allow_plaintext=table.allow_plaintext,
        ca_file=_path(table.ca_file),
        auth=auth,
        token_command=token_command,
        authorize_as=authorize_as,
        client_cert=_path(table.client_cert),
        pin=pin,
        mask=mask,
        trusted_authserv=tuple(table.trusted_authserv),
    )


def _path(written: str) -> str:
    return str(Path(written).expanduser()) if written else ""


def _keys(tables: object, problems: list[_Problem]) -> tuple[str, dict[str, str]]:
    """The preset, and what the user changes of it.

    Action ids hold a dot, and `mail.archive = "e"` is a table in a table for TOML: flatten, then ask `keys`.
    """
    overrides: dict[str, str] = {}
    places: dict[str, KeyPath] = {}

    def walk(table: dict[str, Any], path: KeyPath) -> None:
        for key, value in table.items():
            here = (*path, key)
            if here == _PRESET:
                continue
            if isinstance(value, dict):
                walk(value, here)
            elif isinstance(value, str):
                action = ".".join(here[1:])
                overrides[action], places[action] = value, here
            else:
                problems.append(_Problem(here, 'keys in quotes were expected, as in "e,y"'))

    preset: object = ""
    if isinstance(tables, str):
        preset = tables
    elif isinstance(tables, dict):
        preset = tables.get("preset", "")
        walk(tables, ("keys",))
    if preset not in ("", *presets.PRESETS):
        near = nearest(preset, presets.PRESETS) if isinstance(preset, str) else ""
        words = f"one of {', '.join(presets.PRESETS)} was expected{near and '; ' + near}"
        problems.append(_Problem(("keys",) if preset is tables else _PRESET, words))
        return "", overrides
    base = presets.table(str(preset))
    problems += [_Problem(places[problem.id], problem.sentence) for problem in keys.resolve(overrides, base)[1]]
    return str(preset), overrides


def _syntax_error(message: str, text: str) -> str:
    sentence, found, place = message.rpartition(" (at ")
    if not found:
        return f" {message}"
    if place.startswith("line "):
        line = place.removeprefix("line ").partition(",")[0]
    else:  # "(at end of document)"
        line = str(max(1, len(text.splitlines())))
    if text.splitlines()[int(line) - 1].replace(" ", "").startswith("[keys]") and _KEYS_VALUE.search(text):
        sentence = 'keys is given twice; instead of the first, write preset = "…" here, below [keys]'
    return f"{line}: {sentence}"
