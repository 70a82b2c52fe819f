"""Mail without a screen: `sync`, `folders`, `list`; and `show`, which has a module of its own."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable, Iterable

from tuimail.cli import output
from tuimail.cli.opening import Opening, opening
from tuimail.cli.parser import nearest
from tuimail.cli.showing import show
from tuimail.errors import ConnectionLost, NotFound, Offline, TuimailError, Unreachable, UsageError
from tuimail.mail import Mail
from tuimail.model import Flag, Folder, Summary

_FLAGS = (
    (Flag.SEEN, "seen"),
    (Flag.ANSWERED, "answered"),
    (Flag.FLAGGED, "flagged"),
    (Flag.DELETED, "deleted"),
    (Flag.DRAFT, "draft"),
    (Flag.FORWARDED, "forwarded"),
    (Flag.JUNK, "junk"),
)


def sync(options: argparse.Namespace) -> int:
    """Bring store and servers together; one line for each account."""
    return asyncio.run(_sync(opening(options, options.place), options.folder, options.json))


async def _sync(open_with: Opening, folder: str, json: bool) -> int:
    reports: list[dict[str, object]] = []
    missing: UsageError | None = None
    async with open_with.mail(read_only_ok=False) as mail:
        for account in open_with.accounts:
            before = sum(known.total for known in of_account(mail, account.name))
            try:
                if folder:
                    await bring(mail, account.name, folder)
                else:
                    with output.progress() as report:
                        await mail.sync(account.name, None, report)
            except UsageError as error:  # of several accounts some have the folder
                missing = error
                continue
            except TuimailError as error:  # the other accounts are not to suffer
                said = str(error)
                output.note(f"{account.name}: {said}")
            else:
                said = ""
            mine = of_account(mail, account.name)
            total, unread = sum(known.total for known in mine), sum(known.unread for known in mine)
            reports.append(
                {
                    "account": account.name,
                    "ok": not said,
                    "error": said or None,
                    "folders": len(mine),
                    "total": total,
                    "unread": unread,
                    "more": max(0, total - before),
                }
            )
            more = f" ({total - before} more than before)" if total > before else ""
            if not said and not json:
                output.line(f"{account.name}: {len(mine)} folders, {total} messages{more}, {unread} unread")
        waiting = mail.pending_count()
    if missing is not None and not reports:
        raise missing
    if json:
        output.as_json({"accounts": reports, "waiting": waiting})
    elif waiting:
        output.line(f"{waiting} changes wait for the server")
    return 0 if all(report["ok"] for report in reports) else 1


def folders(options: argparse.Namespace) -> int:
    """List the folders, the server's list first unless offline."""
    return asyncio.run(_folders(opening(options, options.place), options.offline, options.json))


async def _folders(open_with: Opening, offline: bool, json: bool) -> int:
    async with open_with.mail(read_only_ok=True) as mail:
        if not offline and not mail.read_only:
            for account in open_with.accounts:
                await or_as_it_was(mail, account.name, "INBOX")
        found = mail.folders()
    if not found:
        output.note("no folder is known here yet; fetch them with: tuimail sync")
    if json:
        output.as_json({"folders": [_folder_json(folder) for folder in found]})
        return 0
    for folder in found:
        whose = f"{folder.account}  " if len(open_with.accounts) > 1 else ""
        output.line(f"{folder.exists:>7} {folder.unread or '':>6}  {whose}{folder.name}")
    return 0


def messages(options: argparse.Namespace) -> int:
    """List the newest messages of a folder."""
    return asyncio.run(_messages(opening(options, options.place), options))


async def _messages(open_with: Opening, options: argparse.Namespace) -> int:
    async with open_with.mail(read_only_ok=True) as mail:
        unknown = [a.name for a in open_with.accounts if not of_account(mail, a.name)]
        if len(open_with.accounts) > 1 and unknown:
            raise UsageError(
                f"“{options.folder}” may be in several accounts: the folders of {unknown[0]} are not known yet.",
                "Name the account before the folder.",
            )
        if not options.offline and not mail.read_only:
            account = open_with.account_name or match(mail.folders(), options.folder).account
            await or_as_it_was(mail, account, options.folder)
        folder = match(mail.folders(), options.folder)
        rows = mail.page(folder.id, 0, options.limit)
    if options.json:
        output.as_json({"messages": [summary_json(row, folder) for row in rows]})
        return 0
    print_rows(rows)
    return 0


def print_rows(rows: Iterable[Summary]) -> None:
    """One line for each message."""
    sender_cells = min(22, max(8, (output.width() or 120) // 5))
    for row in rows:
        marks = (
            ("N" if Flag.SEEN not in row.flags else " ")
            + ("★" if Flag.FLAGGED in row.flags else "r" if Flag.ANSWERED in row.flags else " ")
            + ("@" if row.has_attachment else " ")
        )
        sender = output.column(row.sender or row.email, sender_cells)
        output.line(f"{row.id:>7}  {output.local_time(row.date)}  {marks}  {sender}  {row.subject}")


# --- finding folders ------------------------------------------------------------------------


async def bring(mail: Mail, account: str, wanted: str) -> None:
    """Sync one folder, called as the user calls it, or all with "".

    Raises UsageError with the nearest name when there is none.
    """
    with output.progress() as report:
        try:
            await mail.sync(account, wanted or None, report)
        except NotFound as error:
            match(of_account(mail, account), wanted)  # by now the server has listed its folders
            raise UsageError(error.sentence, error.next_step) from error


async def or_as_it_was(mail: Mail, account: str, wanted: str) -> None:
    """As `bring`; without a line, say so and go on with what is here, if there is anything."""
    try:
        await bring(mail, account, wanted)
    except (Unreachable, ConnectionLost, Offline) as error:
        if not of_account(mail, account):
            raise
        output.note(f"{error} Showing what was fetched before.")


def of_account(mail: Mail, account: str) -> list[Folder]:
    return [folder for folder in mail.folders() if folder.account == account]


def match(found: Iterable[Folder], wanted: str) -> Folder:
    """The one folder meant by name, by name in another case, or by role."""
    folders = list(found)
    for fits in (lambda f: f.name == wanted, lambda f: _is(f, wanted)):
        fitting = [folder for folder in folders if fits(folder)]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            where = ", ".join(
                folder.account if len({f.account for f in fitting}) > 1 else folder.name for folder in fitting
            )
            raise UsageError(f"“{wanted}” is more than one folder: {where}.", "Name the account before the folder.")
    if not folders:
        raise UsageError("No folder is known here yet.", "Fetch them with: tuimail sync")
    near = nearest(wanted, (folder.name for folder in folders))
    raise UsageError(f"There is no folder “{wanted}”.", near or "tuimail folders lists them.")


def _is(folder: Folder, wanted: str) -> bool:
    return folder.name == wanted or folder.name.casefold() == wanted.casefold() or folder.role == wanted.casefold()


# --- as JSON ----------------------------------------------------------------------


def _folder_json(folder: Folder) -> dict[str, object]:
    return {
        "id": folder.id,
        "account": folder.account,
        "name": folder.name,
        "role": folder.role.value,
        "selectable": folder.selectable,
        "exists": folder.exists,
        "total": folder.total,
        "unread": folder.unread,
    }


def summary_json(row: Summary, folder: Folder) -> dict[str, object]:
    """A message of `list` and `search`; the document is described in their help."""
    return {
        "id": row.id,
        "account": folder.account,
        "folder": folder.name,
        "uid": row.uid,
        "date": output.iso(row.date),
        "from": {"name": row.sender if row.sender != row.email else "", "email": row.email},
        "to": row.to,
        "subject": row.subject,
        "flags": [word for flag, word in _FLAGS if flag in row.flags],
        "size": row.size,
        "has_attachment": row.has_attachment,
    }


VERBS: dict[str, Callable[[argparse.Namespace], int]] = {
    "sync": sync,
    "folders": folders,
    "list": messages,
    "show": show,
}
