"""A program on a real pty, 160×50, timed from exec to what appears on its screen.

The screen is searched as text in the byte stream, escape sequences removed: that costs the driver next to nothing.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

ROWS, COLUMNS = 50, 160
_ESCAPES = re.compile(
    rb"\x1b\[[0-9;?<>=:]*[ -/]*[@-~]|\x1b[()][0-9A-B]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[=>78MDEHc]"
)
_ANSWERS = (
    (re.compile(rb"\x1b\[0?c"), b"\x1b[?62;22c"),  # device attributes
    (re.compile(rb"\x1b\[6n"), b"\x1b[1;1R"),  # cursor position
    (re.compile(rb"\x1b\[\?(\d+)\$p"), b"\x1b[?%b;2$y"),  # is this mode known? known, and off
)


class Terminal:
    """One run of a program. Use as a context manager: leaving kills it, if it has not left by itself."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._seen = bytearray()
        self._status = -1
        self.begun = time.perf_counter()
        self.pid, self._line = pty.fork()
        if self.pid == 0:
            try:
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
                os.execvpe(command[0], list(command), dict(environment))
            finally:
                os._exit(127)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._status < 0:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self._line)

    def text(self) -> str:
        """All that was painted so far, without escape sequences."""
        return _ESCAPES.sub(b"", bytes(self._seen)).decode("utf-8", "replace")

    def wait_for(self, pattern: bytes, limit: float) -> float:
        """Seconds from exec until the pattern was on the screen. Raises TimeoutError, EOFError with the last text."""
        wanted, start = re.compile(pattern), 0
        while True:
            left = self.begun + limit - time.perf_counter()
            data = self._read(max(0.0, min(0.5, left)))
            now = time.perf_counter()
            if data is None:
                raise EOFError(self.text()[-800:])
            if data:
                if wanted.search(_ESCAPES.sub(b"", bytes(self._seen[start:]))):
                    return now - self.begun
                start = max(0, len(self._seen) - 4096)
            if left <= 0:
                raise TimeoutError(self.text()[-800:])

    def settle(self, quiet: float = 0.3, limit: float = 10.0) -> None:
        """Until nothing has been painted for `quiet` seconds, or the limit."""
        end = time.perf_counter() + limit
        while time.perf_counter() < end and self._read(quiet):
            pass

    def press(self, key: bytes, quiet: float = 0.05) -> tuple[float, float] | None:
        """Seconds from the key to the first and to the last octet painted; None when nothing was within a second."""
        pressed, first, last = time.perf_counter(), None, 0.0
        os.write(self._line, key)
        while self._read(1.0 if first is None else quiet) and last < 5:
            last = time.perf_counter() - pressed
            first = last if first is None else first
        return None if first is None else (first, last)

    def type(self, key: bytes) -> float:
        """Send a key without waiting for anything; the moment it was sent, by time.perf_counter()."""
        pressed = time.perf_counter()
        os.write(self._line, key)
        return pressed

    def watch(self, seconds: float) -> bool:
        """Read what is painted for so long; False when the program has ended."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            if self._read(left) is None:
                return False
        return True

    def peak_megabytes(self) -> float:
        """Peak resident memory so far (VmHWM) of the program and its children."""
        kilobytes = 0
        for pid in (self.pid, *_descendants(self.pid)):
            try:
                status = Path(f"/proc/{pid}/status").read_text()
            except OSError:
                continue  # it has just ended
            if found := re.search(r"VmHWM:\s+(\d+)", status):
                kilobytes += int(found[1])
        return kilobytes / 1024

    def leave(self, keys: Sequence[bytes], limit: float = 20.0) -> float | None:
        """Seconds from the last key to the end of the program; None when it had to be killed."""
        for key in keys[:-1]:
            os.write(self._line, key)
            self.settle(0.1, 2)
        pressed = time.perf_counter()
        os.write(self._line, keys[-1])
        while time.perf_counter() - pressed < limit:
            pid, _ = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._status = 0
                return time.perf_counter() - pressed
            if self._read(0.01) is None:
                time.sleep(0.005)
        return None

    def _read(self, timeout: float) -> bytes | None:
        """What came within the timeout: octets, b"" for nothing, None when the program has ended."""
        if not select.select([self._line], [], [], timeout)[0]:
            return b""
        try:
            data = os.read(self._line, 1 << 16)
        except OSError:  # EIO: the last one on the other side has closed
            return None
        self._seen += data
        for question, answer in _ANSWERS:
            for found in question.finditer(data):
                os.write(self._line, answer % found.groups())
        return data


def _descendants(pid: int) -> list[int]:
    found = []
    for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = [int(word) for word in tasks.read_text().split()]
        except OSError:
            continue
        for child in children:
            found += [child, *_descendants(child)]
    return found
