"""However the app is ended, the terminal is given back and the code after it runs (that is where we log out)."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LEAVES_ALTERNATE_SCREEN = b"\x1b[?1049l"
ENTERS_ALTERNATE_SCREEN = b"\x1b[?1049h"
PATIENCE = 20.0


class InTerminal:
    """The tiny program in a pseudo-terminal of its own, which is its controlling terminal."""

    def __init__(self, proof: Path) -> None:
        self.proof = proof
        self.seen = b""
        self.master, slave = pty.openpty()
        environment = {**os.environ, "TERM": "xterm-256color", "LINES": "24", "COLUMNS": "80"}
        self.process = subprocess.Popen(
            [sys.executable, "-c", _LEAD, str(proof)],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=ROOT,
            env=environment,
            start_new_session=True,
        )
        os.close(slave)

    def read_until(self, wanted: bytes, seconds: float) -> bool:
        """Read what the program paints; False when `wanted` did not come in time."""
        end = time.monotonic() + seconds
        while wanted not in self.seen:
            ready, _, _ = select.select([self.master], [], [], max(0, end - time.monotonic()))
            if not ready:
                return False
            try:
                data = os.read(self.master, 65536)
            except OSError:  # Linux says EIO when the other end is closed
                return wanted in self.seen
            if not data:
                return wanted in self.seen
            self.seen += data
        return True

    def wait(self) -> int:
        return self.process.wait(PATIENCE)


# TIOCSCTTY makes the pty the controlling terminal, so that closing it sends SIGHUP as a terminal window does.
_LEAD = """
import fcntl, runpy, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
sys.argv = ["ending", sys.argv[1]]
runpy.run_module("tests.screens.ending", run_name="__main__")
"""


@pytest.fixture
def app(tmp_path: Path) -> Iterator[InTerminal]:
    running = InTerminal(tmp_path / "proof")
    try:
        assert running.read_until(ENTERS_ALTERNATE_SCREEN, PATIENCE)
        assert running.read_until(b"Grace", PATIENCE), "the list has been painted"
        yield running
    finally:
        if running.process.poll() is None:
            running.process.kill()
        running.process.wait()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_restores_the_terminal_and_lets_the_caller_log_out(app: InTerminal, number: signal.Signals) -> None:
    app.process.send_signal(number)
    assert app.read_until(LEAVES_ALTERNATE_SCREEN, PATIENCE)
    assert app.wait() == 0
    assert app.proof.read_text() == str(128 + number)
    os.close(app.master)


def test_a_closed_terminal_ends_the_app_and_lets_the_caller_log_out(app: InTerminal) -> None:
    os.close(app.master)
    app.wait()
    assert app.proof.read_text() == str(128 + signal.SIGHUP)


def test_q_leaves_with_code_0(app: InTerminal) -> None:
    os.write(app.master, b"q")
    assert app.read_until(LEAVES_ALTERNATE_SCREEN, PATIENCE)
    assert app.wait() == 0
    assert app.proof.read_text() == "0"
    os.close(app.master)
