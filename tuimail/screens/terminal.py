"""A terminal driver that outlives its terminal.

When the terminal window is closed, Textual's writer thread dies of EIO and the app then waits for
ever to hand it the last escape sequences; nobody logs out. Here output into nowhere is let go, and
input from nowhere ends the app the way quit does. Uses two private names of Textual 8.2
(`_file`, `_run_input_thread`), kept in this file; tests/screens/test_signals.py fails when they change.
"""

from __future__ import annotations

import signal
from typing import IO, Any, cast

from textual.drivers.linux_driver import LinuxDriver


class _LastingFile:
    """The terminal's output stream; what cannot be written any more is dropped."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, text: str) -> int:
        try:
            return self._file.write(text)
        except OSError:
            return len(text)

    def flush(self) -> None:
        try:
            self._file.flush()
        except OSError:
            return

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


class LastingDriver(LinuxDriver):
    """LinuxDriver, but a vanished terminal ends the app with the exit code of a hang-up."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._file = cast(Any, _LastingFile(cast(IO[str], self._file)))

    def _run_input_thread(self) -> None:
        try:
            self.run_input_thread()
        except OSError:
            self._app.call_later(self._app.exit, None, 128 + signal.SIGHUP)
