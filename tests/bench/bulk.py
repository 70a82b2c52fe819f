"""One key for ten thousand messages: from the key to the frame in which they are gone, or back."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bench.table import Group, Row
from tests.store.rows import row
from tuimail.app import TuiMail
from tuimail.mail import Mail
from tuimail.model import Account, Security
from tuimail.store import folders, messages
from tuimail.store.database import Database

SELECTED = 10_000
_ACCOUNT = Account("ada@test", "127.0.0.1", 1, "ada", Security.PLAIN)
_BOXES = ((b"INBOX", "inbox"), (b"Archive", "archive"), (b"Trash", "trash"))
_LOT = 2_000
_BEGIN = 1_700_000_000
_LOOK = 0.001
"""Seconds between two looks at the list: what looks all the time slows what it measures."""


def compare(home: Path, count: int, repetitions: int, say: Callable[[str], None]) -> list[Group]:
    """Archive and undo of ten thousand in a store of `count` messages, flushed to the disk: all of an inbox, and the
    newest of one that holds the whole store."""
    groups = []
    for inbox, of in ((SELECTED, "all of an inbox"), (count, f"the newest of {count:,} in the inbox")):
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        gone, back, stalls = asyncio.run(_measure(home, inbox, count - inbox, repetitions))
        say(f"archived {SELECTED:,} messages {repetitions} times, {of}")
        rows = [
            Row("e: the rows are gone", "ms", gone),
            Row("z: they are back", "ms", back),
            Row("longest stall of the event loop meanwhile", "ms", stalls),
        ]
        groups.append(Group(f"one key for {SELECTED:,} messages, {of}", rows))
    return groups


async def _fill(home: Path, inbox: int, trash: int) -> None:
    database = Database(home)
    account = await database.write(lambda db: folders.put_account(db, _ACCOUNT.name))
    listed = [folders.Listed(name, name.decode(), "/", role, True) for name, role in _BOXES]
    known = {k.remote_name: k.id for k in await database.write(lambda db: folders.put_folders(db, account, listed))}
    for name, many in ((b"INBOX", inbox), (b"Trash", trash)):
        for first in range(1, many + 1, _LOT):
            uids = range(first, min(first + _LOT, many + 1))
            rows = [row(uid, f"{name.decode()}{uid}", received=_BEGIN + uid) for uid in uids]
            await database.write(lambda db, i=known[name], rows=rows: messages.put_heads(db, i, rows))  # type: ignore[misc]
    database.close()


async def _measure(
    home: Path, inbox: int, trash: int, repetitions: int
) -> tuple[list[float], list[float], list[float]]:
    """Seconds until they were gone, until they were back, and of the longest stall in each of these times."""
    await _fill(home, inbox, trash)

    async def no_password(_: Account) -> str:
        return ""

    gone: list[float] = []
    back: list[float] = []
    stalls: list[float] = []
    async with Mail(home, [_ACCOUNT], no_password) as mail:
        mail.start = lambda: None  # type: ignore[method-assign]
        app = TuiMail(mail)
        async with app.run_test(size=(140, 40)) as pilot:
            await _until(app, inbox)
            for _ in range(repetitions):
                main: Any = app.screen_stack[0]
                main.list.select(main.source.between(0, SELECTED))
                await pilot.pause()
                for key, rows, times in (("e", inbox - SELECTED, gone), ("z", inbox, back)):
                    took, stall = await _timed(app, key, rows)
                    times.append(took)
                    stalls.append(stall)
                    await pilot.pause()
    return gone, back, stalls


async def _timed(app: TuiMail, key: str, rows: int) -> tuple[float, float]:
    began = time.perf_counter()
    pressing = asyncio.create_task(app._press_keys([key]))
    stall = await _until(app, rows)
    took = time.perf_counter() - began
    await pressing
    return took, stall


async def _until(app: TuiMail, rows: int) -> float:
    """Until the list has so many rows, and has painted them. Seconds of the longest time the loop did not come back."""
    main: Any = app.screen_stack[0]
    longest = 0.0
    async with asyncio.timeout(60):
        while main.list.row_count != rows or main.list._repaint_required:
            asked = time.perf_counter()
            await asyncio.sleep(_LOOK)
            longest = max(longest, time.perf_counter() - asked - _LOOK)
    return longest
