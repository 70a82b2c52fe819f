"""The grammar of the command line, and what is said when it is broken: one sentence, and the nearest right word."""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NoReturn

from tuimail import __version__
from tuimail.errors import UsageError

_PLACE = "name of an account, or a URL; may be left out when there is one account"

_FOR_PROGRAMS = "for programs: one JSON object on standard output"

_ABOUT = """\
A mail reader for the terminal. Without a command it opens your accounts.

Account URLs: imaps://ada%40example.org@imap.example.org/ (TLS), imap://… (STARTTLS, required),
imap+insecure://… (no protection; only towards this machine, or with --allow-plaintext); the same for POP3:
pop3s://, pop3://, pop3+insecure://."""

_EXIT = """\
Exit codes: 0 done, 1 it did not work (the sentence says why), 2 wrong use, 70 a bug (see the log), 130 Ctrl-C."""

_FOLDERS_JSON = """\
--json: {"folders": [{"id", "account", "name", "role", "selectable", "exists", "total", "unread"}]}
role: inbox, archive, drafts, sent, junk, trash, all or "". exists counts at the server, total and unread
what has been fetched; `tuimail sync` fetches every folder."""

_SYNC_JSON = """\
--json: {"accounts": [{"account", "ok", "error" (sentence or null), "folders", "total", "unread", "more" (messages than
before)}], "waiting": changes that the servers have not been told yet}"""

_LIST_JSON = """\
--json: {"messages": [{"id", "account", "folder", "uid", "date" (ISO 8601, UTC), "from": {"name", "email"},
"to", "subject", "flags": ["seen", "answered", "flagged", "deleted", "draft", "forwarded", "junk"], "size" (octets),
"has_attachment"}]}, newest first."""

_SEARCH = """\
QUERY is one argument: words that must all be there (each may be the beginning of one), "two words" in quotes, or,
-not, ( ), and
{operators}
A query that begins with - stands behind --. Trash and Junk are searched only when in: names them. Without --offline
mail is fetched first, and the servers are asked for texts that are not here.

--json: as of `tuimail list`."""

_OPEN = """\
Files are only read: an .eml, an mbox, a Maildir, or a directory with .eml files (each directory is a folder)."""

_SHOW_JSON = """\
FILE is one mail as sent (.eml), or - for standard input; no account is needed.

--json: {"id" (null for a file), "account", "folder", "subject", "from": [{"name", "email"}], "to", "cc", "reply_to"
(as from), "date" (ISO 8601, UTC, or null), "message_id", "parts": [{"path", "type", "name", "size"}] (the whole
tree; path is the IMAP section number), "text", "links": [url], "attachments": [{"path", "type", "name", "size"}],
"warnings": [sentence], "headers": [[name, value]]}"""

_SAVE_JSON = """\
Prints the path of each file. A name that is taken gets a number; nothing is overwritten. What was interrupted goes on
where it stopped. --json: {"saved": [{"section", "name", "type", "path"}]}"""

_EXPORT = """\
Every message as the server has it, octet for octet. What is there from an earlier export is not copied again, so the
same command brings a copy up to date, and goes on after a cut. TARGET: a directory (Maildir, eml), a file (mbox), or
ftps://user@host/path (TLS required; ftp:// only towards this machine or with --allow-plaintext). ACCOUNT may be a mail
file or directory, too.

mbox: "mboxrd"; CRLF becomes LF, and ">" goes before lines that begin with "From " behind any number of ">".
--all: every folder; in a Maildir as .Name (Maildir++), else as directories and files named after the folders.
--json: {"exported": [{"account", "folder", "target", "added", "there", "gone", "refused": [{"subject", "reason"}]}]}"""

_CHECK_JSON = """\
--json: {"accounts": [{"account", "ok", "error" (sentence or null), "security", "tls" (true or false),
"capabilities": [..], "abilities": [{"name", "buys"}]}]}"""

_ACCOUNTS_JSON = """\
--json: {"accounts": [{"name", "host", "port", "user", "security", "password" ("command" or "keyring or asked")}]}"""


class Parser(argparse.ArgumentParser):
    """argparse that raises UsageError instead of printing its usage and leaving."""

    def __init__(self, **settings: Any) -> None:
        settings.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(allow_abbrev=False, **settings)
        self.more: Callable[[], str] | None = None
        """Makes the end of the help, when it is asked for."""

    def format_help(self) -> str:
        if self.more is not None:
            self.epilog = self.more()
        return super().format_help()

    def error(self, message: str) -> NoReturn:
        missing = message.removeprefix("the following arguments are required: ")
        sentence = f"{missing} is missing" if missing != message else message.removeprefix("argument ")
        raise UsageError(f"{sentence[:1].upper()}{sentence[1:]}.", f"See: {self.prog} --help")

    def _print_message(self, message: str, file: Any = None) -> None:
        (file or sys.stdout).write(message)  # argparse itself keeps quiet about a pipe that has closed

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is None or value in action.choices:
            return
        if "://" in str(value):  # it may hold a password: not repeated
            raise UsageError("A URL is not a command.", f"Did you mean: {self.prog} open URL")
        what = f"a value of {action.option_strings[0]}" if action.option_strings else "a command"
        raise UsageError(f"“{value}” is not {what}.", nearest(value, action.choices) or f"See: {self.prog} --help")

    def read(self, argv: Sequence[str]) -> argparse.Namespace:
        """The options meant. Raises UsageError, and SystemExit after --help and --version have printed."""
        options, rest = self.parse_known_args(argv)
        if rest:
            word = rest[0].partition("=")[0]
            if "://" in word:
                raise UsageError("There is a URL where none was expected.", f"See: {self.prog} --help")
            parser = options.parser if "parser" in options else self
            known = [name for action in parser._actions for name in action.option_strings]
            hint = nearest(word, known) if word.startswith("-") else ""
            raise UsageError(f"“{word}” is not understood by {parser.prog}.", hint or f"See: {parser.prog} --help")
        return options


def nearest(word: str, known: Iterable[str]) -> str:
    """ "Did you mean …?" for the known word closest to this one, or ""."""
    by_folded = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(word.casefold(), list(by_folded), 1, 0.6)
    return f"Did you mean “{by_folded[near[0]]}”?" if near else ""


def make_parser() -> Parser:
    """The whole grammar; global options are understood before and after the command."""
    common = _common()
    top = Parser(prog="tuimail", description=_ABOUT, epilog=_EXIT, parents=[common])
    verbs = top.add_subparsers(dest="verb", metavar="COMMAND", title="commands")

    def verb(name: str, text: str, more: str = "", within: Any = verbs) -> Parser:
        parser: Parser = within.add_parser(name, help=text, description=f"{text}.", epilog=more, parents=[common])
        parser.set_defaults(parser=parser)
        return parser

    verb("demo", "Try it: a mailbox that lives inside the program, no account needed")
    place = verb("open", "Open one account given as a URL, or mail that lies in files", _OPEN)
    place.add_argument("place", metavar="URL|FILE|DIR", help="imaps://user@host/, an .eml or mbox file, a directory")

    account = verb("account", "Add, list, check and remove accounts")
    deeds = account.add_subparsers(dest="deed", metavar="COMMAND", title="commands", required=True)
    add = verb("add", "Add an account; asks for what is not given", within=deeds)
    add.add_argument("url", metavar="URL", nargs="?", default="", help="imaps://user@host/ or pop3s://user@host/")
    add.add_argument(
        "--leave", default="", metavar="HOW", help="how long POP3 mail stays on the server: forever, delete, or days"
    )
    add.add_argument("--name", default="", help="what to call it; normally user@host, or user@host:port")
    add.add_argument("--ca-file", default="", metavar="FILE", help="PEM file of authorities to trust for this account")
    add.add_argument("--no-check", action="store_true", help="do not try to log in first")
    _json(verb("list", "List the accounts", _ACCOUNTS_JSON, deeds))
    check = verb("check", "Log in, and tell what the server can do", _CHECK_JSON, deeds)
    _json(check).add_argument("place", metavar="ACCOUNT|URL", nargs="?", default="", help=_PLACE)
    remove = verb("remove", "Remove an account from the configuration, and its password from the keyring", "", deeds)
    remove.add_argument("name", metavar="ACCOUNT")

    sync = _json(verb("sync", "Fetch what is new and send what waits, then leave", _SYNC_JSON))
    sync.add_argument("place", metavar="ACCOUNT|URL", nargs="?", default="", help=_PLACE)
    sync.add_argument("--folder", default="", metavar="FOLDER", help="only this folder")

    folders = _json(verb("folders", "List the folders", _FOLDERS_JSON))
    folders.add_argument("place", metavar="ACCOUNT|URL", nargs="?", default="", help=_PLACE)
    _offline(folders)

    listing = _json(verb("list", "List the messages of a folder, newest first", _LIST_JSON))
    listing.add_argument("place", metavar="ACCOUNT|URL", nargs="?", default="", help=_PLACE)
    listing.add_argument("folder", metavar="FOLDER", help="as `tuimail folders` names it, or a role such as archive")
    listing.add_argument("--limit", type=_count, default=50, metavar="N", help="how many; normally 50")
    _offline(listing)

    search = _json(verb("search", "Find messages in all folders, newest first"))
    search.more = _search_help
    search.add_argument("query", metavar="QUERY", help="what to look for, such as: from:ada has:attachment newer:1y")
    search.add_argument(
        "place", metavar="ACCOUNT|URL", nargs="?", default="", help="only there: name of an account, or a URL"
    )
    search.add_argument("--folder", default="", metavar="FOLDER", help="only there")
    search.add_argument("--limit", type=_count, default=50, metavar="N", help="how many; normally 50")
    _offline(search)

    show = verb("show", "Print one message, of an account or from a file", _SHOW_JSON)
    show.add_argument("place", metavar="ACCOUNT|URL", nargs="?", default="", help=_PLACE)
    show.add_argument("id", metavar="FILE|ID", help="a mail file, or the id `tuimail list` shows")
    show.add_argument("--charset", default="", metavar="NAME", help="read the text as windows-1251, shift_jis …")
    form = show.add_mutually_exclusive_group()
    form.add_argument("--text", action="store_true", help="the text and nothing else")
    form.add_argument("--html-source", action="store_true", help="the HTML as its sender wrote it")
    form.add_argument("--raw", action="store_true", help="the message as sent, byte for byte")
    form.add_argument("--headers", action="store_true", help="every header field, no text")
    form.add_argument("--json", action="store_true", help=_FOR_PROGRAMS)

    save = _json(verb("save", "Save the attachments of one message", _SAVE_JSON))
    save.add_argument("id", metavar="ID", type=_count, help="the id `tuimail list` shows")
    save.add_argument("parts", metavar="PART", nargs="*", help="number or name of an attachment; normally all")
    save.add_argument("--to", metavar="DIR|URL", default="", help="normally your downloads; or ftps://user@host/path")
    save.add_argument("--account", metavar="ACCOUNT|URL", default="", help=_PLACE)
    _target(save)

    export = _json(verb("export", "Copy a folder to a Maildir, an mbox or .eml files", _EXPORT))
    export.add_argument("place", metavar="ACCOUNT|URL|FILE", nargs="?", default="", help=_PLACE)
    export.add_argument("folder", metavar="FOLDER", nargs="?", default="", help="as `tuimail folders` names it")
    export.add_argument("target", metavar="TARGET", help="a path, or ftps://user@host/path")
    export.add_argument(
        "--format", choices=("maildir", "mbox", "eml"), default="", help="normally mbox for NAME.mbox, else maildir"
    )
    export.add_argument("--all", action="store_true", help="every folder of the account, instead of FOLDER")
    _target(export)
    return top


def _search_help() -> str:
    from tuimail.query import OPERATORS  # not needed by any other command

    rows = [f"{operator.name}:{operator.takes}" for operator in OPERATORS]
    cells = max(map(len, rows))
    told = zip(rows, OPERATORS, strict=True)
    return _SEARCH.format(operators="\n".join(f"  {row:<{cells}}  {operator.words}" for row, operator in told))


def _common() -> Parser:
    """Options every command understands. Without defaults, or a command's would undo what stood before it."""
    common = Parser(add_help=False, argument_default=argparse.SUPPRESS)
    group = common.add_argument_group("global options, before or after the command")
    group.add_argument("--config", metavar="FILE", help="use this configuration file")
    group.add_argument("--data-dir", metavar="DIR", help="keep mail and log in this directory")
    group.add_argument("--password-command", metavar="CMD", help="program that prints the password; no shell is used")
    group.add_argument("--allow-plaintext", action="store_true", help="allow imap+insecure:// towards other machines")
    group.add_argument("--log-level", choices=("debug", "info", "warning", "error"), help="normally warning")
    group.add_argument("--version", action="version", version=f"tuimail {__version__}", help="print the version")
    return common


def _json(parser: Parser) -> Parser:
    parser.add_argument("--json", action="store_true", help=_FOR_PROGRAMS)
    return parser


def _target(parser: Parser) -> None:
    parser.add_argument(
        "--target-password-command", metavar="CMD", default="", help="program that prints the FTP server's password"
    )
    parser.add_argument("--target-ca-file", metavar="FILE", default="", help="PEM file of authorities for FTP over TLS")


def _offline(parser: Parser) -> None:
    parser.add_argument("--offline", action="store_true", help="only what is already here; no connection")


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text[:19]) < 2**63):
        raise argparse.ArgumentTypeError("a whole number from 1 was expected")
    return int(text)
