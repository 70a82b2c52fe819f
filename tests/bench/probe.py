"""`python -m tests.bench.probe HOME URL SECONDS`: tuimail on this terminal, with a clock inside.

A task measures how late the event loop serves it, and every paint is noted together with the message the
cursor is on. The notes go to HOME/probe.json:

    {"lags": [[when, seconds]], "paints": [[when, cursor]], "ended": when}

Moments are of time.perf_counter(), which is one clock for all processes of a Linux machine. The app leaves by
itself when the first full sync is done, or after SECONDS: that is "ended". Nothing of tuimail is changed but
that paints are noted.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

import tuimail.app
from tuimail.accounts.secrets import Secrets
from tuimail.accounts.urls import parse_url
from tuimail.app import TuiMail
from tuimail.changes import AccountState, Change, Line
from tuimail.cli import collect_later
from tuimail.mail import Mail
from tuimail.widgets.message_list import MessageList

_BEAT = 0.005


class Probed(TuiMail):
    """TuiMail that remembers when it painted."""

    CSS_PATH = str(Path(tuimail.app.__file__).with_name("app.tcss"))  # Textual looks beside the subclass

    def __init__(self, mail: Mail) -> None:
        super().__init__(mail)
        self.paints: list[tuple[float, int | None]] = []
        self.lags: list[tuple[float, float]] = []

    def _display(self, screen: Any, renderable: Any) -> None:
        super()._display(screen, renderable)
        for rows in screen.query(MessageList):
            self.paints.append((time.perf_counter(), rows.cursor_id))

    async def beat(self) -> None:
        """Note how late each turn comes, until cancelled."""
        while True:
            asked = time.perf_counter()
            await asyncio.sleep(_BEAT)
            self.lags.append((asked, time.perf_counter() - asked - _BEAT))


async def _watch(home: Path, url: str, seconds: float) -> None:
    account, _ = parse_url(url)
    busy: list[bool] = []
    ended: list[float] = []

    def end() -> None:
        if not ended:
            ended.append(time.perf_counter())
            app.exit()

    def listen(change: Change) -> None:
        if isinstance(change, AccountState):
            if change.line is Line.SYNCING:
                busy.append(True)
            elif change.line is Line.ONLINE and busy:
                end()

    async with Mail(home / "tuimail", (account,), Secrets({account.name: "test"})) as mail:
        loop = asyncio.get_running_loop()
        mail.subscribe(listen)
        mail.start()
        app = Probed(mail)
        loop.call_later(seconds, end)
        beat = asyncio.create_task(app.beat())
        await app.run_async()
        beat.cancel()
    notes = {"lags": app.lags, "paints": app.paints, "ended": ended[0]}
    (home / "probe.json").write_text(json.dumps(notes))


if __name__ == "__main__":
    collect_later()  # as the command line does before the first picture
    asyncio.run(_watch(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])))
