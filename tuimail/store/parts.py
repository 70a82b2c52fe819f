"""Parts of messages as files, decoded, growing as their windows come; what came before a cut is kept.

An attachment may be larger than memory, so it does not pass through the database. Beside a file that is not whole
yet lies a note of how far it has come and of which message it is a part.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Set
from pathlib import Path
from typing import IO

import msgspec

from tuimail.records import Record

BUDGET = 500_000_000
"""Octets of parts kept on disk before the oldest are dropped."""
OPENED_FOR = 86_400
"""Seconds for which a file handed to another program stays."""
_NOTE = ".note"
_OPENED = "opened-"


class Origin(Record):
    """Where a part comes from; pieces of two origins never make one file."""

    uidvalidity: int
    uid: int
    section: str
    size: int
    """Octets as transferred, as announced; 0 when unknown."""


class Kept(Record):
    """How far a part has come."""

    origin: Origin | None = None
    offset: int = 0
    """Octets as transferred."""
    length: int = 0
    """Octets in the file, decoded."""
    carry: str = ""
    """Hexadecimal: octets received and not decoded yet."""
    ended: bool = False
    whole: bool = False


class PartFile:
    """One part of one message on disk. All methods block; they are for a thread. Raises OSError."""

    def __init__(self, directory: Path, message_id: int, section: str) -> None:
        self.section = section
        short = section if len(section) < 60 else hashlib.sha256(section.encode()).hexdigest()
        self.path = directory / f"{message_id}-{short or 'message'}"
        """The decoded octets so far."""
        self._note = self.path.with_name(self.path.name + _NOTE)

    def kept(self) -> Kept:
        """What is here, nothing when the note and the file do not agree."""
        try:
            kept = msgspec.json.decode(self._note.read_bytes(), type=Kept)
            if self.path.stat().st_size >= kept.length:
                return kept
        except (OSError, ValueError):  # what does not decode is a ValueError, too
            pass
        return Kept()

    def resume(self, origin: Origin) -> tuple[IO[bytes], Kept]:
        """The file to write on to, and how far it has come: from the beginning when it was of another origin."""
        kept = self.kept()
        if kept.origin != origin:
            kept = Kept(origin)
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        file = os.fdopen(descriptor, "r+b")
        file.truncate(kept.length)
        file.seek(kept.length)
        return file, kept

    def note(self, kept: Kept) -> None:
        """Remember how far it has come; the data is in the file already."""
        beside = self._note.with_name(self._note.name + "~")
        with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(msgspec.json.encode(kept))
        beside.replace(self._note)

    def put(self, data: bytes) -> None:
        """Keep a part that is here as a whole."""
        file, _ = self.resume(Origin(0, 0, self.section, -1))
        with file:
            file.truncate(0)
            file.seek(0)
            file.write(data)
        self.note(Kept(None, 0, len(data), whole=True))


def own_directory(directory: Path) -> Path:
    """A new directory for a file that another program is to open; it goes away with a `trim` a day later."""
    own = directory / f"{_OPENED}{time.time_ns()}"
    own.mkdir(mode=0o700, parents=True)
    return own


def ids(directory: Path) -> set[int]:
    """Ids of the messages of which there are parts."""
    if not directory.is_dir():
        return set()
    return {int(head) for path in directory.iterdir() if (head := path.name.partition("-")[0]).isdigit()}


def trim(directory: Path, known: Set[int], budget: int = BUDGET) -> None:
    """Drop parts of messages not in `known`, the oldest over the budget, and files that were opened yesterday."""
    if not directory.is_dir():
        return
    files: list[tuple[float, int, Path]] = []
    for path in directory.iterdir():
        status = path.lstat()
        if path.name.startswith(_OPENED):
            if status.st_mtime < time.time() - OPENED_FOR:
                shutil.rmtree(path, ignore_errors=True)
        elif int(path.name.partition("-")[0]) in known:
            files.append((status.st_mtime, status.st_size, path))
        else:
            path.unlink(missing_ok=True)
    total = sum(size for _, size, _ in files)
    for _, size, path in sorted(files):
        if total <= budget:
            break
        path.unlink(missing_ok=True)  # a note without its file is void
        total -= size
