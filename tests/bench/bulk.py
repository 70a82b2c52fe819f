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
_LOOK = 0.001
"""Seconds between two looks at the list: what looks all the time slows what it measures."""


def compare(home: Path, count: int, repetitions: int, say: Callable[[str], None]) -> list[Group]:
    """Archive and undo of all of an inbox of ten thousand in a store of `count` messages, flushed to the disk."""
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    gone, back = asyncio.run(_measure(home, count, repetitions))
    say(f"archived {SELECTED:,} messages {repetitions} times")
    rows = [Row("e: the rows are gone", "ms", gone), Row("z: they are back", "ms", back)]
    return [Group(f"one key for {SELECTED:,} messages of {count:,}", rows)]


async def _fill(home: Path, count: int) -> None:
    """Ten thousand in the inbox, the others in the trash."""
    database = Database(home)
    account = await database.write(lambda db: folders.put_account(db, _ACCOUNT.name))
    listed = [folders.Listed(name, name.decode(), "/", role, True) for name, role in _BOXES]
    known = {k.remote_name: k.id for k in await database.write(lambda db: folders.put_folders(db, account, listed))}
    for name, many in ((b"INBOX", SELECTED), (b"Trash", max(0, count - SELECTED))):
        for first in range(1, many + 1, _LOT):
            rows = [row(uid, f"{name.decode()}{uid}") for uid in range(first, min(first + _LOT, many + 1))]
            await database.write(lambda db, i=known[name], rows=rows: messages.put_heads(db, i, rows))  # type: ignore[misc]
    database.close()


async def _measure(home: Path, count: int, repetitions: int) -> tuple[list[float], list[float]]:
    await _fill(home, count)

    async def no_password(_: Account) -> str:
        return ""

    gone: list[float] = []
    back: list[float] = []
    async with Mail(home, [_ACCOUNT], no_password) as mail:
        mail.start = lambda: None  # type: ignore[method-assign]
        app = TuiMail(mail)
        async with app.run_test(size=(140, 40)) as pilot:
            await _until(app, SELECTED)
            for _ in range(repetitions):
                await pilot.press("asterisk", "a")
                await pilot.pause()
                gone.append(await _timed(app, "e", 0))
                back.append(await _timed(app, "z", SELECTED))
    return gone, back


async def _timed(app: TuiMail, key: str, rows: int) -> float:
    began = time.perf_counter()
    pressing = asyncio.create_task(app._press_keys([key]))
    await _until(app, rows)
    took = time.perf_counter() - began
    await pressing
    return took


async def _until(app: TuiMail, rows: int) -> None:
    """Until the list has so many rows, and has painted them."""
    main: Any = app.screen_stack[0]
    async with asyncio.timeout(60):
        while main.list.row_count != rows or main.list._repaint_required:  # noqa: ASYNC110
            await asyncio.sleep(_LOOK)
