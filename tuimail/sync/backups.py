"""Copies of messages as files of the user: a Maildir, a directory of .eml, an mbox.

What bears its final name is whole: a file is written under another name, flushed to the disk, and then linked or
renamed; an mbox that grows is a copy beside it until the end. Nothing here overwrites a file that it did not make.
All methods block and raise OSError, so they are for a thread.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Protocol

from tuimail.content.copies import Copy, Quoting, Source, eml_name, from_line, maildir_name, uid_of_file, uid_of_line
from tuimail.errors import UsageError

_CHUNK = 1 << 20
_LONGEST_FROM = 128
PART = ".part"
"""Ending of what is not finished."""

Put = Callable[[bytes], object]


class Target(Protocol):
    """Where copies go. `begin` first, `finish` last, unless it was given up: then the next export goes on."""

    def begin(self, source: Source) -> set[int]:
        """Make ready; the UIDs of the source that are there already."""
        ...

    def writing(self, copy: Copy) -> contextlib.AbstractContextManager[Put]:
        """Take one message, piece by piece; left in order it is there whole, left by an error it is not there."""
        ...

    def finish(self) -> None:
        """No more is coming."""
        ...

    def close(self) -> None:
        """Let go of what is open; after `finish`, or instead of it."""
        ...

    def stop(self) -> None:
        """From another thread: end what is going on there soon, it is given up."""
        ...


class Files:
    """One file a message: a Maildir, or a directory of .eml."""

    def __init__(self, directory: Path, *, maildir: bool) -> None:
        self._directory = directory
        self._maildir = maildir
        self._final = directory / "cur" if maildir else directory
        self._beside = directory / "tmp" if maildir else directory

    def begin(self, source: Source) -> set[int]:
        """See `Target`."""
        self._source = source
        self._directory.mkdir(parents=True, exist_ok=True)
        if self._maildir:
            for half in ("tmp", "new", "cur"):
                (self._directory / half).mkdir(mode=0o700, exist_ok=True)
        there: set[int] = set()
        for place in (self._final, self._directory / "new") if self._maildir else (self._final,):
            with os.scandir(place) as entries:
                there.update(uid for entry in entries if (uid := uid_of_file(source, entry.name)) is not None)
        return there

    @contextlib.contextmanager
    def writing(self, copy: Copy) -> Iterator[Put]:
        """See `Target`."""
        name = maildir_name(self._source, copy) if self._maildir else eml_name(self._source, copy)
        beside = self._beside / (f"{name.partition(':')[0]}" if self._maildir else f".{name}{PART}")
        beside.unlink(missing_ok=True)  # half of one, from an export that was cut
        file = os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        try:
            with file:
                yield file.write
                file.flush()
                os.utime(beside, (copy.received, copy.received))
                os.fsync(file.fileno())
            beside.rename(self._final / name)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise

    def finish(self) -> None:
        """See `Target`."""
        directory = os.open(self._final, os.O_RDONLY)  # the names are to outlast a power cut as well
        try:
            os.fsync(directory)
        finally:
            os.close(directory)

    def close(self) -> None:
        """See `Target`."""

    def stop(self) -> None:
        """See `Target`: what is written at a time is little."""


class Mbox:
    """All in one file. What is not finished lies beside it as NAME.part, and is gone on with."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.part = path.with_name(path.name + PART)
        self._file: IO[bytes] | None = None
        self.grown = False
        """Something has been added that is not under the final name yet."""

    def begin(self, source: Source) -> set[int]:
        """See `Target`. Raises UsageError when something else lies there."""
        self._source = source
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if self.part.is_symlink():
            raise UsageError(f"{self.part} is a link.", "Take it away, or choose another name.")
        self.grown = self.part.exists()
        there, begin, last = _scan(self.part if self.grown else self._path, source)
        if self.grown:  # the last one may be half
            os.truncate(self.part, begin)
            there.discard(-1 if last is None else last)
        return there

    def _open(self) -> IO[bytes]:
        if self._file is None:
            begin = 0 if self.grown else os.O_CREAT | os.O_EXCL
            self._file = os.fdopen(os.open(self.part, os.O_RDWR | os.O_NOFOLLOW | begin, 0o600), "r+b")
            if not self.grown and self._path.exists():
                with self._path.open("rb") as before:
                    shutil.copyfileobj(before, self._file, _CHUNK)
            end = self._file.seek(0, os.SEEK_END)
            if end:
                self._file.seek(max(0, end - 2))
                lacking = {b"\n\n": b"", b"\n": b"\n"}
                tail = self._file.read()
                self._file.write(lacking.get(tail, lacking.get(tail[-1:], b"\n\n")))
            self.grown = True
        return self._file

    @contextlib.contextmanager
    def writing(self, copy: Copy) -> Iterator[Put]:
        """See `Target`."""
        file = self._open()
        start = file.tell()
        quoting = Quoting()
        file.write(from_line(self._source, copy))
        try:
            yield lambda piece: file.write(quoting.feed(piece))
            file.write(quoting.finish())
        except BaseException:
            file.seek(start)
            file.truncate()
            raise

    def finish(self) -> None:
        """See `Target`."""
        if not self.grown:
            return
        file = self._open()
        file.flush()
        os.fsync(file.fileno())
        self.close()
        self.part.replace(self._path)
        self.grown = False

    def close(self) -> None:
        """See `Target`."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def stop(self) -> None:
        """See `Target`: what is written at a time is little."""


def _scan(path: Path, source: Source) -> tuple[set[int], int, int | None]:
    """The UIDs of the source in an mbox; where its last message begins, and that one's UID when it is of the source.

    ({}, 0, None) without a file. Raises UsageError when it is no mbox.
    """
    there: set[int] = set()
    begin, last = 0, None
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return there, begin, last
    with file:
        window, offset, more = b"\n", -1, True  # as if there were a line before the first
        while more:
            chunk = file.read(_CHUNK)
            if offset < 0 and chunk and not chunk.startswith(b"From "):
                raise UsageError(f"{path} is there already and is no mbox.", "Choose another name.")
            more = bool(chunk)
            window += chunk
            limit = max(0, len(window) - _LONGEST_FROM) if more else len(window)
            place = window.find(b"\nFrom ")
            while 0 <= place < limit:
                begin, last = offset + place + 1, uid_of_line(source, window[place + 1 : place + _LONGEST_FROM])
                if last is not None:
                    there.add(last)
                place = window.find(b"\nFrom ", place + 1)
            offset += limit
            window = window[limit:]
    return there, begin, last
