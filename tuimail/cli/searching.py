"""`tuimail search`: the same finding as on the screen, printed as `tuimail list` prints."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence

from tuimail.changes import Change, Line
from tuimail.cli import output
from tuimail.cli.opening import Opening, opening
from tuimail.cli.reading import match, or_as_it_was, print_rows, summary_json
from tuimail.errors import Offline
from tuimail.mail import Mail
from tuimail.query import Query

_CONNECTING = 20.0
"""Seconds that a server has to let us in before only what is here is shown."""


def search(options: argparse.Namespace) -> int:
    """Find messages. What cannot be understood is pointed at, and nothing is searched."""
    return asyncio.run(_search(opening(options, options.place), options))


async def _search(open_with: Opening, options: argparse.Namespace) -> int:
    async with open_with.mail(read_only_ok=True) as mail:
        online = not options.offline and not mail.read_only
        if online:
            for account in open_with.accounts:
                await or_as_it_was(mail, account.name, options.folder)
        query = mail.searching.parse(options.query)
        for mistake in query.errors:
            output.note(mistake.sentence)
            output.pointed(options.query, mistake.start, mistake.end)
        if query.errors:
            return 2
        folders = [match(mail.folders(), options.folder).id] if options.folder else None
        if not mail.read_only:
            with output.counting("indexing") as progress:
                await mail.searching.catch_up(progress)
        ids = list(await mail.searching.ids(query, folders))
        if online:
            ids += await _on_servers(mail, query, folders)
        rows = sorted(filter(None, map(mail.summary, ids[: options.limit])), key=lambda row: -row.received)
        places = {folder.id: folder for folder in mail.folders()}
    if options.json:
        output.as_json({"messages": [summary_json(row, places[row.folder_id]) for row in rows]})
    else:
        print_rows(rows)
    return 0


async def _on_servers(mail: Mail, query: Query, folders: Sequence[int] | None) -> list[int]:
    """What only the servers know, once those that answer have let us in."""
    changed = asyncio.Event()

    def heard(_: Change) -> None:
        changed.set()

    stop = mail.subscribe(heard)
    try:
        mail.start()
        async with asyncio.timeout(_CONNECTING):
            while any(state.line is Line.CONNECTING for state in mail.states()):
                changed.clear()
                await changed.wait()
    except TimeoutError:
        output.note("Not every server has answered: showing what is here, and what the others found.")
    finally:
        stop()
    found: list[int] = []
    try:
        async for some in mail.searching.on_server(query, folders):
            found += some
    except Offline as error:
        output.note(f"Not every server has answered: {error.sentence}")
    return found
