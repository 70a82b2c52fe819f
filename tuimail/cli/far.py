"""An FTP target on the command line: who logs in there, with which password, and where."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from tuimail.accounts.targets import ANONYMOUS, is_far, parse_target
from tuimail.cli import output
from tuimail.cli.opening import terminal
from tuimail.model import Security
from tuimail.records import Record, replace

if TYPE_CHECKING:
    from tuimail.net.ftp import Ftp, Progress
    from tuimail.sync.backups import Target


class Far(Record):
    """An FTP server that can be logged in to, and a path there."""

    ftp: Ftp
    path: str

    def target(self, kind: str, path: str, spool: Path, sent: Progress | None) -> Target:
        """For messages."""
        from tuimail.sync.faraway import FtpFiles, FtpMbox

        if kind == "mbox":
            return FtpMbox(self.ftp, path, spool, sent)
        return FtpFiles(self.ftp, path, maildir=kind == "maildir")

    def shown(self, path: str) -> str:
        """A place there in words."""
        return f"{self.ftp.host}:{path or '.'}"


async def far_target(options: argparse.Namespace, word: str) -> Far | None:
    """The server that the word names, its password at hand; None for a path. Raises UsageError, SecretUnavailable."""
    if not is_far(word):
        return None
    from tuimail import logs
    from tuimail.accounts.config import split_command
    from tuimail.accounts.secrets import Secrets
    from tuimail.net.ftp import Ftp
    from tuimail.net.tls import Trust

    found, in_url = parse_target(word, allow_plaintext=getattr(options, "allow_plaintext", False))
    account = found.account
    if in_url:
        logs.strike(in_url, account.user)
        output.note("the password in the URL is visible in your shell history and in ps; use --target-password-command")
    if options.target_password_command:
        account = replace(account, password_command=split_command(options.target_password_command))
    secrets = Secrets({account.name: in_url} if in_url else {}, terminal(), logs.strike)
    password = "" if account.user == ANONYMOUS and not account.password_command else await secrets(account)
    trust = None if account.security is Security.PLAIN else Trust(options.target_ca_file)
    return Far(Ftp(account.host, account.port, account.user, password, trust), found.path)
