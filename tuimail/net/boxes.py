"""Mail that lies in files: an mbox, a Maildir, a directory of .eml, or one .eml. Only ever read.

Everything here blocks, and is called in threads. What lies in a file is no more to be trusted than what a server
sends: symbolic links inside a directory are not followed, and the Status fields of an mbox are not believed.
"""

from __future__ import annotations

import calendar
import os
import re
import stat
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from tuimail.errors import NotFound
from tuimail.model import Flag, Role
from tuimail.records import Record

CHUNK = 1 << 18
"""Octets of an mbox looked through at a time; between two, other threads have their turn."""
LONGEST_HEAD = 262_144
"""Octets of a header read for a list row."""
_FIRST_READ = 8_192
MOST_LETTERS = 5_000_000
DEEPEST = 8
"""Directories looked into below the one named."""

# The line before each message of an mbox (RFC 4155): "From ", anybody, and a date as asctime writes it. Without a date
# it is a sentence that begins with "From".
_FROM = re.compile(
    rb"From [^\r\n]{0,300}?(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? +(?:[A-Z][a-z]{2} +\d{1,2}|\d{1,2} +[A-Z][a-z]{2}),? +"
    rb"[^\r\n]{0,60}\r?\n"
)
_LONGEST_FROM = 400
_ASCTIME = re.compile(rb"([A-Z][a-z]{2}) +(\d{1,2}) +(\d\d):(\d\d)(?::(\d\d))?(?: +[A-Z+-][A-Z0-9]*)? +(\d{4})")
_MONTHS = {name: number for number, name in enumerate(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}
# mboxrd: a ">" was put before every line that could have been taken for such a line.
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)
_END_OF_HEAD = re.compile(rb"\n\r?\n")

_MAILDIR_FLAGS = {"S": Flag.SEEN, "R": Flag.ANSWERED, "F": Flag.FLAGGED, "D": Flag.DRAFT, "P": Flag.FORWARDED}
_ROLES = {
    "archive": Role.ARCHIVE, "drafts": Role.DRAFTS, "sent": Role.SENT, "junk": Role.JUNK, "spam": Role.JUNK,
    "trash": Role.TRASH,
}  # fmt: skip


class Letter(NamedTuple):
    """Where one message lies."""

    path: str
    start: int
    """Of its first octet in the file; of an mbox, behind the From_ line."""
    end: int
    """Behind its last; of an mbox, where the next From_ line begins."""
    received: int
    """Epoch seconds; 0 when nothing tells, and then its Date counts."""
    flags: Flag
    mbox: bool


class Box(Record):
    """A folder of messages in the order of their arrival."""

    name: str
    role: Role
    letters: tuple[Letter, ...]


def find_boxes(path: Path) -> list[Box]:
    """Everything to read at a path. Blocks for as long as a file takes to be read once. Raises NotFound."""
    try:
        if path.is_dir():
            boxes = _maildir(path) if (path / "cur").is_dir() else _tree(path)
        else:
            boxes = [Box(path.name, Role.INBOX, tuple(_letters_of_file(path)))]
    except OSError as error:
        raise NotFound(f"{path} cannot be read: {error.strerror}.", "Is the name right?") from error
    if not any(box.letters for box in boxes):
        raise NotFound(
            f"There is no mail in {path}.", "An .eml or mbox file, a Maildir or a directory of .eml is read."
        )
    return boxes


def read_head(letter: Letter) -> bytes:
    """The header block of a message, at most LONGEST_HEAD octets. Raises NotFound when it is not there any more."""
    head = _read(letter, _FIRST_READ)
    end = _END_OF_HEAD.search(head)
    if end is None and len(head) == _FIRST_READ:
        head = _read(letter, LONGEST_HEAD)
        end = _END_OF_HEAD.search(head)
    return head if end is None else head[: end.end()]


def read_letter(letter: Letter) -> bytes:
    """A message as it was sent. Raises NotFound when it is not there any more."""
    octets = _read(letter, letter.end - letter.start)
    if not letter.mbox:
        return octets
    for gap in (b"\r\n\r\n", b"\n\n"):  # the empty line before the next From_ line is none of the message's
        if octets.endswith(gap):
            octets = octets[: -len(gap) // 2]
            break
    return _QUOTED_FROM.sub(rb"\1", octets)


def _read(letter: Letter, most: int) -> bytes:
    try:
        with _where_now(letter).open("rb", buffering=0) as file:
            if letter.mbox:
                above = max(0, letter.start - _LONGEST_FROM)
                before = os.pread(file.fileno(), letter.start - above, above)
                line = before.rstrip(b"\r\n").rpartition(b"\n")[2]
                if not (line.startswith(b"From ") and before.endswith(b"\n")):
                    raise NotFound("The mbox file was changed while it was open.", "Open it again.")
            return os.pread(file.fileno(), min(most, letter.end - letter.start), letter.start)
    except OSError as error:
        raise NotFound(f"{letter.path} cannot be read: {error.strerror}.", "Open it again.") from error


def _where_now(letter: Letter) -> Path:
    """The file; in a Maildir others rename it from new to cur, and when its flags change."""
    path = Path(letter.path)
    if letter.mbox or path.exists():
        return path
    unique = path.name.partition(":")[0]
    beside = (other for half in (path.parent, path.parent.parent / "cur") if half.is_dir() for other in half.iterdir())
    return next((other for other in beside if other.name.partition(":")[0] == unique), path)


def _letters_of_file(path: Path) -> Iterator[Letter]:
    with path.open("rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise NotFound(f"{path} is no file that can be read.", "An .eml or mbox file, or a directory, is read.")
        start = file.read(_LONGEST_FROM)
    if _FROM.match(start):
        yield from _mbox(path)
    elif start:
        yield Letter(str(path), 0, path.stat().st_size, 0, Flag.SEEN, False)


def _mbox(path: Path) -> Iterator[Letter]:
    """One pass over the file, chunk by chunk; what could be a From_ line cut in two waits for the next chunk."""
    found: list[tuple[int, int, int]] = []  # where a From_ line begins and ends, and what time it tells
    with path.open("rb") as file:
        window, offset = b"\n", -1  # as if there were a line before the first
        while chunk := file.read(CHUNK):
            window += chunk
            place = 0
            while (place := window.find(b"\nFrom ", place)) >= 0:
                line = _FROM.match(window, place + 1)
                if line is not None:
                    found.append((offset + line.start(), offset + line.end(), _moment(line[0])))
                elif place + _LONGEST_FROM > len(window) and window.find(b"\n", place + 1) < 0:
                    break
                place += 1
            keep = len(window) - place if place >= 0 else min(5, len(window))
            window, offset = window[-keep:], offset + len(window) - keep
        end = file.seek(0, os.SEEK_END)
    for (_, start, received), (following, _, _) in pairwise([*found, (end, end, 0)]):
        yield Letter(str(path), start, following, received, Flag.SEEN, True)


def _moment(line: bytes) -> int:
    """Epoch seconds of a From_ line, read as UTC as RFC 4155 has it; 0 when it tells none."""
    told = _ASCTIME.search(line)
    if told is None or told[1] not in _MONTHS:
        return 0
    day, hour, minute, second, year = (int(told[n] or 0) for n in (2, 3, 4, 5, 6))
    if not (1970 <= year <= 9998 and 1 <= day <= 31 and hour < 24 and minute < 60 and second <= 60):
        return 0
    return calendar.timegm((year, _MONTHS[told[1]], day, hour, minute, second))


def _maildir(path: Path) -> list[Box]:
    """A Maildir and the folders beside its cur (Maildir++: ".Sent", ".Lists.Python")."""
    boxes = [Box("INBOX", Role.INBOX, _of_maildir(path))]
    for below in sorted(entry.name for entry in os.scandir(path) if entry.is_dir(follow_symlinks=False)):
        if below.startswith(".") and (path / below / "cur").is_dir():
            name = below[1:].replace(".", "/")
            boxes.append(Box(name, _ROLES.get(name.lower(), Role.NONE), _of_maildir(path / below)))
    return boxes


def _of_maildir(path: Path) -> tuple[Letter, ...]:
    letters: list[Letter] = []
    for half in ("new", "cur"):
        directory = path / half
        if directory.is_dir():
            letters += [
                _file(entry, _maildir_flags(entry.name), arrived=True)
                for entry in os.scandir(directory)
                if not entry.name.startswith(".") and entry.is_file(follow_symlinks=False)
            ]
    letters.sort(key=lambda letter: (letter.received, letter.path))
    return tuple(letters[:MOST_LETTERS])


def _maildir_flags(name: str) -> Flag:
    flags = Flag.NONE
    for letter in name.partition(":2,")[2]:
        flags |= _MAILDIR_FLAGS.get(letter, Flag.NONE)
    return flags


def _tree(path: Path) -> list[Box]:
    """Each directory that holds .eml files is a folder."""
    boxes: list[Box] = []
    waiting = [(path, 0)]
    while waiting:
        directory, depth = waiting.pop()
        entries = sorted(os.scandir(directory), key=lambda entry: entry.name)
        names = [e for e in entries if e.name.lower().endswith(".eml") and e.is_file(follow_symlinks=False)]
        if names:
            name = directory.relative_to(path).as_posix() if directory != path else path.resolve().name
            role = Role.INBOX if directory == path else Role.NONE
            boxes.append(Box(name, role, tuple(_file(entry, Flag.SEEN, arrived=False) for entry in names)))
        if depth < DEEPEST:
            below = [Path(e.path) for e in entries if e.is_dir(follow_symlinks=False) and not e.name.startswith(".")]
            waiting += [(directory, depth + 1) for directory in reversed(below)]
    return boxes


def _file(entry: os.DirEntry[str], flags: Flag, *, arrived: bool) -> Letter:
    """arrived: the time of the file is that of its delivery, as in a Maildir."""
    known = entry.stat(follow_symlinks=False)
    return Letter(entry.path, 0, known.st_size, int(known.st_mtime) if arrived else 0, flags, False)
