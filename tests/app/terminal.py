"""The real program in a pseudo-terminal: what a test types, sees, and may count to the last octet.

The test's own event loop reads the terminal and answers what the program asks it, so a proxy or a scripted server
may live in the same test.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import re
import signal
import struct
import sys
import termios
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.app.picture import Picture

ROOT = Path(__file__).parents[2]
PATIENCE = 40.0
LEAVES_ALTERNATE_SCREEN = b"\x1b[?1049l"
SHOWS_CURSOR = b"\x1b[?25h"

ENTER, PAGE_DOWN = "\r", "\x1b[6~"
ESCAPE = "\x1b[27u"
"""As the newer keyboard protocol sends it: no time need pass before the next key."""

_ANSWERS = (
    (re.compile(rb"\x1b\[0?c"), b"\x1b[?62;22c"),  # device attributes
    (re.compile(rb"\x1b\[6n"), b"\x1b[1;1R"),  # cursor position
    (re.compile(rb"\x1b\[\?(2026)\$p"), b"\x1b[?%b;2$y"),  # synchronised output: known, and off
)
_IN_BAND = (re.compile(rb"\x1b\[\?(2048)\$p"), b"\x1b[?%b;2$y")

_LONGEST_QUESTION = 12

# TIOCSCTTY makes the pty the controlling terminal, so that closing it sends SIGHUP as a terminal window does.
_LEAD = """
import fcntl, runpy, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
sys.argv = ["tuimail", *sys.argv[1:]]
runpy.run_module("tuimail", run_name="__main__")
"""


class Terminal:
    """One run of `tuimail WORDS…` as an async context manager; leaving it kills what has not left by itself.

    home: a directory of the test, where configuration, mail and log of this run go. lead: Python to run before it.
    in_band: a terminal that reports its size itself (mode 2048); Textual then does not heed SIGWINCH.
    """

    def __init__(
        self,
        *words: str,
        home: Path,
        size: tuple[int, int] = (120, 40),
        environment: Mapping[str, str] | None = None,
        lead: str = "",
        in_band: bool = False,
    ) -> None:
        self._words = words
        self._home = home
        self._size = size
        self._environment = environment or {}
        self._lead = lead
        self._in_band = in_band
        self._answers = (*_ANSWERS, _IN_BAND) if in_band else _ANSWERS
        self.output = bytearray()
        """Every octet the program wrote, in order."""
        self.picture = Picture(*size)
        """What stands on the screen now."""
        self._painted = asyncio.Event()
        self._tail = b""
        self._open = False

    async def __aenter__(self) -> Self:
        self._line, other_end = os.openpty()
        os.set_blocking(self._line, False)
        self.resize(*self._size)
        inherited = {k: v for k, v in os.environ.items() if k not in ("LINES", "COLUMNS", "NO_COLOR")}
        places = {f"XDG_{n}_HOME": str(self._home / n.lower()) for n in ("CONFIG", "DATA", "STATE", "CACHE", "RUNTIME")}
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            self._lead + _LEAD,
            *self._words,
            stdin=other_end,
            stdout=other_end,
            stderr=other_end,
            cwd=ROOT,
            env={**inherited, **places, "TERM": "xterm-256color", "COLORTERM": "truecolor", **self._environment},
            start_new_session=True,
        )
        os.close(other_end)
        self._open = True
        asyncio.get_running_loop().add_reader(self._line, self._read)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        if self._open:
            self.close()

    # --- what a person does --------------------------------------------------------------------

    def type(self, keys: str) -> None:
        """Press keys; returns at once."""
        os.write(self._line, keys.encode())

    def resize(self, columns: int, rows: int) -> None:
        """Give the window another size; the program gets SIGWINCH, as the kernel does it."""
        fcntl.ioctl(self._line, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.picture.resize(columns, rows)
        if self._in_band and self._open:
            self.type(f"\x1b[48;{rows};{columns};{rows * 20};{columns * 10}t")

    def close(self) -> None:
        """Close the window: the program gets SIGHUP, and nobody reads any more."""
        self._stop_reading()
        os.close(self._line)
        self._open = False

    # --- what a person sees ----------------------------------------------------------------------

    @property
    def text(self) -> str:
        """The screen, line by line."""
        return self.picture.text

    async def until(self, true: Callable[[str], object], patience: float = PATIENCE) -> str:
        """Wait, piece by piece of output, until something is true of the screen's text; returns that text.

        Fails with the screen when the program ends before, or after `patience` seconds.
        """
        try:
            async with asyncio.timeout(patience):
                while not true(self.text):
                    assert self._process.returncode is None, f"ended with {self._process.returncode}:\n{self.text}"
                    await self._next()
        except TimeoutError:
            raise AssertionError(f"never came; the screen is\n{self.text}") from None
        return self.text

    async def shows(self, *words: str) -> str:
        """Wait until all these words are on the screen."""
        return await self.until(lambda text: all(word in text for word in words))

    async def settles(self, quiet: float = 0.15, limit: float = 3.0) -> str:
        """Wait until nothing has been painted for `quiet` seconds; at most `limit`, for a cursor may blink for ever."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit):
                while await self._paints_within(quiet):
                    pass
        return self.text

    async def _paints_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._next()
        except TimeoutError:
            return False
        return True

    # --- its end -----------------------------------------------------------------------------------

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    def send_signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    async def ends(self, within: float = PATIENCE) -> int:
        """The exit code; fails with the screen when the program is still there after so many seconds."""
        try:
            async with asyncio.timeout(within):
                code = await self._process.wait()
        except TimeoutError:
            raise AssertionError(f"still there after {within} s:\n{self.text}") from None
        if self._open:
            self._read()
        return code

    async def _next(self) -> None:
        self._painted.clear()
        await self._painted.wait()

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._line, 1 << 16)
            except BlockingIOError:
                return
            except OSError:  # Linux: EIO, the last one at the other end has closed
                data = b""
            if not data:
                self._stop_reading()
                self._painted.set()
                return
            self.output += data
            self.picture.feed(data)
            heard = self._tail + data
            for question, answer in self._answers:
                for found in question.finditer(heard):
                    if found.end() > len(self._tail):  # a question may come in two pieces
                        os.write(self._line, answer % found.groups())
            self._tail = heard[-_LONGEST_QUESTION:]
            self._painted.set()

    def _stop_reading(self) -> None:
        asyncio.get_running_loop().remove_reader(self._line)
