"""Saving goes on behind whatever is on the screen: one file after the other, with its progress, until it is stopped."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuimail.errors import TuimailError
from tuimail.records import Record
from tuimail.widgets.header_block import octets
from tuimail.widgets.safe import safe_line

if TYPE_CHECKING:
    from textual.screen import Screen
    from textual.worker import Worker

log = logging.getLogger(__name__)

TELL_EVERY = 0.25
"""Seconds between two words about how far it is."""

Progress = Callable[[int, int], None]
"""progress(octets so far, octets in all)"""
Save = Callable[[Path, Progress], Awaitable[Path]]


class Wanted(Record):
    """One file to save. directory: None for the one that attachments go to."""

    name: str
    save: Save
    directory: Path | None = None


class Pace:
    """How far one file is, in words, from its progress."""

    def __init__(self, what: str, now: Callable[[], float] = time.monotonic) -> None:
        self.words = what
        self._what = what
        self._now = now
        self._first: tuple[float, int] | None = None

    def __call__(self, done: int, total: int) -> None:
        if self._first is None:  # what was here from an earlier try says nothing about the speed
            self._first = (self._now(), done)
        seconds, came = self._now() - self._first[0], done - self._first[1]
        words = f"{self._what}  {octets(done)} of {octets(total)}"
        if seconds > 0.5 and came > 0:
            speed = came / seconds
            words += f"  {octets(int(speed))}/s  {_left((total - done) / speed)}"
        self.words = words


class Saver:
    """The files that are being saved. `words` says how it goes; `say` hears it too, and each end."""

    def __init__(self, screen: Screen[Any], say: Callable[[str, Any], None], directory: Path | None = None) -> None:
        self._screen = screen
        self._say = say
        self._directory = directory
        self._waiting: deque[Wanted] = deque()
        self._worker: Worker[None] | None = None
        self._pace: Pace | None = None
        self._number = self._of = 0
        self._saved: list[Path] = []
        self._ended = ""

    @property
    def directory(self) -> Path:
        """Where attachments go."""
        if self._directory is None:
            from tuimail.accounts.paths import find_downloads

            self._directory = find_downloads()
        return self._directory

    @property
    def busy(self) -> bool:
        """Something is being saved."""
        return self._worker is not None and not self._worker.is_finished

    @property
    def words(self) -> str:
        """How it goes, or how it ended."""
        return self._pace.words if self._pace is not None else self._ended

    def add(self, *wanted: Wanted) -> None:
        """Save these after what is being saved already."""
        self._waiting.extend(wanted)
        if self.busy:
            self._of += len(wanted)
            return
        self._number, self._of, self._saved, self._ended = 0, len(wanted), [], ""
        self._worker = self._screen.run_worker(self._run(), name="save", group="save", exit_on_error=False)

    def stop(self) -> None:
        """Give up what is being saved and what waits; what came is kept for the next time."""
        self._waiting.clear()
        if self._worker is not None and self.busy:
            self._worker.cancel()

    async def _run(self) -> None:
        telling = asyncio.create_task(self._tell())
        try:
            while self._waiting:
                await self._save(self._waiting.popleft())
            self._end(saved_in_words(self._saved), "done")
        except asyncio.CancelledError:
            self._end("Stopped. What came is kept; saved again, it goes on there.", "info")
            raise
        except TuimailError as error:
            self._end(str(error), "trouble")
        finally:
            telling.cancel()
            self._waiting.clear()
            self._pace = None

    async def _save(self, wanted: Wanted) -> None:
        self._number += 1
        many = f" ({self._number} of {self._of})" if self._of > 1 else ""
        self._pace = Pace(f"Saving {safe_line(wanted.name)}{many}")
        self._saved.append(await wanted.save(wanted.directory or self.directory, self._pace))

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(TELL_EVERY)
            self._say(self.words, "info")

    def _end(self, words: str, kind: str) -> None:
        self._pace, self._ended = None, words
        self._say(words, kind)
        on_top = self._screen.app.screen
        if kind == "done" and on_top is not self._screen and not on_top.query("#attachments-said"):
            on_top.notify(words, markup=False)  # else it stands there already, and would cover it


def saved_in_words(paths: Sequence[Path]) -> str:
    """ "Saved as /home/ada/Downloads/mill.pdf", "Saved 3 files in /home/ada/Downloads"."""
    if len(paths) == 1:
        return f"Saved as {safe_line(str(paths[0]))}"
    return f"Saved {len(paths):,} files in {safe_line(str(paths[0].parent))}"


def _left(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s left"
    return f"{seconds / 60:.0f} min left" if seconds < 5400 else f"{seconds / 3600:.0f} h left"
