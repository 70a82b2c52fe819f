"""`export`: a folder, or all of them, copied to where its owner wants it."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tuimail.accounts.config import load
from tuimail.cli import output
from tuimail.cli.far import Far, far_target
from tuimail.cli.opening import Opening, opening, places
from tuimail.cli.reading import bring, match, of_account
from tuimail.content.clean import clean_line
from tuimail.errors import UsageError
from tuimail.mail import FILES, Mail
from tuimail.model import Account, Folder, Role
from tuimail.records import replace

if TYPE_CHECKING:
    from tuimail.sync.backups import Target
    from tuimail.sync.exports import Exported

GO_ON = "Stopped. What was copied is whole and stays; the same command goes on from there."


def export(options: argparse.Namespace) -> int:
    """Copy a folder to files; one line for each."""
    if options.all and options.folder:
        raise UsageError("FOLDER and --all exclude each other.")
    if not options.all and not options.folder:  # two words are folder and target
        options.place, options.folder = "", options.place
        if not options.folder:
            raise UsageError("FOLDER is missing.", "Name a folder, or say --all.")
    return asyncio.run(_export(options))


async def _export(options: argparse.Namespace) -> int:
    told: list[tuple[Folder, str, Exported]] = []
    async with _opened(options) as (open_with, mail):
        far = await far_target(options, options.target)
        account = _account(open_with)
        if options.all:
            with output.progress() as report:
                await mail.sync(account, None, report)
            folders = [folder for folder in of_account(mail, account) if folder.selectable]
        else:
            await bring(mail, account, options.folder)
            folders = [match(of_account(mail, account), options.folder)]
        kind = options.format or ("mbox" if options.target.lower().endswith(".mbox") else "maildir")
        try:
            for folder in folders:
                with output.counting(folder.name) as count:
                    target, where = _target(kind, options, folder, far, mail.spool, count)
                    done = await mail.export(folder.id, target, count)
                told.append((folder, where, done))
                if not options.json:
                    _tell(folder, where, done)
        except asyncio.CancelledError:
            output.note(GO_ON)
            raise
    if options.json:
        output.as_json({"exported": [_as_json(*one) for one in told]})
    return 1 if any(done.refused for _, _, done in told) else 0


@contextlib.asynccontextmanager
async def _opened(options: argparse.Namespace) -> AsyncIterator[tuple[Opening, Mail]]:
    """The account named, or the files named as if they were one."""
    if (path := _file(options.place)) is None:
        open_with = opening(options, options.place)
        async with open_with.mail(read_only_ok=False) as mail:
            yield open_with, mail
        return
    paths = places(options)
    account = Account(clean_line(path.name) or "files", str(path), 0, "", protocol=FILES)
    with tempfile.TemporaryDirectory(prefix="tuimail-files-") as data:
        of_files = Opening(replace(paths, data=Path(data)), load(paths.config), (account,))
        async with of_files.mail(read_only_ok=False) as mail:
            yield of_files, mail


def _file(place: str) -> Path | None:
    """The mail file or directory that is meant; None for an account."""
    path = Path(place)
    return path.resolve() if place and "://" not in place and path.exists() else None


def _account(open_with: Opening) -> str:
    if open_with.account_name is None:
        names = ", ".join(account.name for account in open_with.accounts)
        raise UsageError("There is more than one account.", f"Name one of them before the folder: {names}")
    return open_with.account_name


# --- where each folder goes ---------------------------------------------------------------------


def _target(
    kind: str,
    options: argparse.Namespace,
    folder: Folder,
    far: Far | None,
    spool: Path,
    sent: Callable[[int, int], None] | None,
) -> tuple[Target, str]:
    """The target of one folder, and its place in words. sent: told of octets where the whole is sent at the end."""
    from tuimail.sync.backups import Files, Mbox

    below = _below(kind, folder) if options.all else []
    if far is not None:
        path = "/".join([far.path.rstrip("/"), *below]) if below else far.path
        if kind == "mbox":
            path = _mbox_path(path, options.all or path.endswith("/") or not path, folder)
        return far.target(kind, path, spool, sent), far.shown(path)
    local = Path(options.target).expanduser().joinpath(*below)
    if kind != "mbox":
        return Files(local, maildir=kind == "maildir"), str(local)
    local = Path(_mbox_path(str(local), options.all or local.is_dir(), folder))
    return Mbox(local), str(local)


def _mbox_path(path: str, is_directory: bool, folder: Folder) -> str:
    return f"{path.rstrip('/')}/{_words(folder)[-1]}.mbox".lstrip("/" if not path else "") if is_directory else path


def _below(kind: str, folder: Folder) -> list[str]:
    """Path of a folder below the target of all: ".Lists.Python" in a Maildir (Maildir++), else directories."""
    words = _words(folder)
    if kind == "maildir":
        return [] if folder.role is Role.INBOX else ["." + ".".join(word.replace(".", "_") for word in words)]
    return words[:-1] if kind == "mbox" else words


def _words(folder: Folder) -> list[str]:
    from tuimail.content.filenames import clean_name

    names = folder.name.split(folder.separator) if folder.separator else [folder.name]
    return [clean_name(name, "", "")[0] if name.strip() else "_" for name in names]


# --- what is told ---------------------------------------------------------------------------------


def _tell(folder: Folder, where: str, done: Exported) -> None:
    earlier = f", {done.there:,} were there" if done.there else ""
    output.line(f"{folder.name}: {done.added:,} messages copied{earlier}: {where}")
    for line in _troubles(done):
        output.note(line)


def _troubles(done: Exported) -> Sequence[str]:
    gone = [f"{done.gone:,} messages were gone when it was their turn."] if done.gone else []
    return [*gone, *(f"not copied: “{subject}”: {reason}" for subject, reason in done.refused)]


def _as_json(folder: Folder, where: str, done: Exported) -> dict[str, object]:
    return {
        "account": folder.account,
        "folder": folder.name,
        "target": where,
        "added": done.added,
        "there": done.there,
        "gone": done.gone,
        "refused": [{"subject": subject, "reason": reason} for subject, reason in done.refused],
    }
