"""A window that is dragged about, closed, or ended from outside: the picture is right, the server hears LOGOUT."""

from __future__ import annotations

import random
import signal
import sqlite3
from pathlib import Path

import pytest

from tests.app.house import log_of, opening
from tests.app.terminal import Terminal
from tests.fakes.chaos import ChaosProxy
from tests.servers.dovecot import Dovecot
from tests.sync.house import letter

STORM = 200


@pytest.mark.parametrize("in_band", [False, True], ids=["SIGWINCH", "in-band"])
async def test_after_a_storm_of_sizes_the_picture_is_right_and_keys_work(
    dovecot: Dovecot, tmp_path: Path, in_band: bool
) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [letter(n) for n in range(30)])
    sizes = random.Random(7)
    async with Terminal(*opening(user, dovecot.port), home=tmp_path, in_band=in_band) as terminal:
        terminal.resize(135, 60)  # wide enough to ask for first words; narrower lists show them too
        await terminal.shows("● online", "letter 29  text 29", "letter 16  text 16")
        terminal.resize(120, 40)
        await terminal.until(lambda text: "● online" in text.splitlines()[-1])  # painted for this size, to its end
        quiet = await terminal.settles()
        for number in range(STORM):
            shrink = 1 - number / STORM
            terminal.resize(1 + int(sizes.randint(0, 180) * shrink), 1 + int(sizes.randint(0, 60) * shrink))
            if number % 10 == 0:
                terminal.type("j" if number % 20 else "k")
                await terminal.settles(0.01, 0.05)
        terminal.resize(1, 1)
        await terminal.settles(0.05)
        terminal.resize(120, 40)
        await terminal.shows("● online", "letter 29")
        terminal.type("gg")
        await terminal.until(lambda text: text == quiet)
        terminal.type("j")
        await terminal.shows("Subject  letter 28")
        terminal.type("q")
        assert await terminal.ends() == 0
    assert "Traceback" not in log_of(tmp_path)


@pytest.mark.parametrize("how", ["SIGTERM", "SIGHUP", "closed"])
async def test_an_end_from_outside_logs_out_and_leaves_the_store_whole(
    dovecot: Dovecot, tmp_path: Path, how: str
) -> None:
    user = dovecot.user()
    dovecot.deliver(user, [letter(n) for n in range(30)])
    async with ChaosProxy(dovecot.host, dovecot.port) as proxy:
        async with Terminal(*opening(user, proxy.port), home=tmp_path) as terminal:
            await terminal.shows("● online", "text 29")
            assert terminal.picture.alternate
            terminal.type("s")
            await terminal.shows("★")
            await proxy.until_said(lambda lines: any(line.endswith(b" IDLE") for line in lines))  # the second one, too
            if how == "closed":
                terminal.close()
            else:
                terminal.send_signal(signal.Signals[how])
            code = await terminal.ends()
        number = signal.SIGTERM if how == "SIGTERM" else signal.SIGHUP
        assert code == 128 + number
        await proxy.until_said(lambda lines: sum(line.endswith(b" LOGOUT") for line in lines) == proxy.connections)
    if how != "closed":
        assert not terminal.picture.alternate
        assert terminal.picture.cursor_shown
    with sqlite3.connect(tmp_path / "data/tuimail/mail.db") as store:
        assert store.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    store.close()
    with dovecot.client(user) as other:
        other.select("INBOX", readonly=True)
        assert other.search(None, "FLAGGED")[1] == [b"30"]
    assert "Traceback" not in log_of(tmp_path)
