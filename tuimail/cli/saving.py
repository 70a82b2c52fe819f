"""Attachments without a screen: `save`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from tuimail.accounts.paths import find_downloads
from tuimail.accounts.targets import is_far
from tuimail.cli import output
from tuimail.cli.far import far_target
from tuimail.cli.opening import Opening, opening
from tuimail.cli.parser import nearest
from tuimail.content.clean import clean_line
from tuimail.errors import NotFound, UsageError
from tuimail.model import Attachment, Message

Progress = Callable[[int, int], None]


def save(options: argparse.Namespace) -> int:
    """Save attachments of one message; one line for each file, its path."""
    open_with = opening(options, options.account)
    directory = Path(options.to).expanduser() if options.to else open_with.config.save_directory or find_downloads()
    return asyncio.run(_save(open_with, options, directory))


async def _save(open_with: Opening, options: argparse.Namespace, directory: Path) -> int:
    saved: list[tuple[Attachment, str]] = []
    far = await far_target(options, options.to)
    async with open_with.mail(read_only_ok=True) as mail:
        if mail.summary(options.id) is None:
            raise NotFound(f"There is no message {options.id}.", "tuimail list shows the ids.")
        mail.start()
        message = await mail.message(options.id)
        if message.beginning:
            with _progress(message.subject) as report:
                await mail.raw(options.id, report)
            message = await mail.message(options.id)
        if not message.attachments:
            output.note("this message has no attachments")
        for attachment in _chosen(message, options.parts):
            if attachment.elsewhere is not None and not _may_come(attachment, options):
                continue
            with _progress(attachment.name) as report:
                if attachment.elsewhere is not None:
                    where = str(await mail.attached.save_elsewhere(attachment, directory, report))
                elif far is None:
                    where = str(await mail.attached.save(message.id, attachment, directory, report))
                else:
                    where = far.shown(await mail.attached.send(message.id, attachment, far.ftp, far.path, report))
            saved.append((attachment, where))
            if not options.json:
                output.lines(where)
    if options.json:
        output.as_json(
            {
                "saved": [
                    {"section": part.section, "name": part.name, "type": part.type, "path": where}
                    for part, where in saved
                ]
            }
        )
    return 0


def _may_come(attachment: Attachment, options: argparse.Namespace) -> bool:
    """Whether to fetch what only lies somewhere else: asked on the terminal, when it was named. Raises UsageError."""
    assert attachment.elsewhere is not None
    name, host = clean_line(attachment.name), attachment.elsewhere.host
    if not options.parts:
        output.note(f"“{name}” lies at {host}, and not in this mail; it is fetched when it is named.")
        return False
    if options.to and is_far(options.to):
        raise UsageError(f"“{name}” lies at {host}, and can only be saved here.")
    if not sys.stdin.isatty():
        raise UsageError(f"“{name}” would have to be fetched from {host}.", "That is asked for on a terminal only.")
    sys.stderr.write(f"Fetch “{name}” from {host}? They see who asks and when. [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _chosen(message: Message, parts: list[str]) -> list[Attachment]:
    """Those named by number or name, in the order of the message; all when none is named. Raises UsageError."""
    known = {key: attachment for attachment in message.attachments for key in (attachment.section, attachment.name)}
    for part in parts:
        if part not in known:
            raise UsageError(
                f"Message {message.id} has no attachment “{clean_line(part)}”.",
                nearest(part, known) or f"tuimail show {message.id} lists them.",
            )
    wanted = {known[part].section for part in parts}
    return [attachment for attachment in message.attachments if not parts or attachment.section in wanted]


@contextlib.contextmanager
def _progress(name: str) -> Iterator[Progress | None]:
    """A bar on standard error while a file comes; None where nobody is looking."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn
    from rich.progress import Progress as Bar

    words = TextColumn("{task.description}", markup=False)  # a file may be called [red]
    columns = (words, BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(clean_line(name), total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)
