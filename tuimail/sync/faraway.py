"""Copies of messages, and files, on an FTP server: the same names and the same promises as on the user's own disk.

A file a message is sent as it comes. An mbox is made in the data directory first: what the server has is fetched, what
is new is added, and the whole is sent under another name and renamed. Everything here blocks and is for a thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, TypeVar, cast

from tuimail.content.copies import Copy, Source, eml_name, maildir_name, uid_of_file
from tuimail.errors import InsecureConnection, LoginRefused, StoreError
from tuimail.model import Elsewhere
from tuimail.net.ftp import Ftp, Progress, beside_name
from tuimail.net.tls import Trust
from tuimail.sync.backups import PART, Mbox, Put

T = TypeVar("T")

IN_MEMORY = 2_000_000
"""Octets of a message above which it passes through a file."""
LARGEST_MBOX = 1 << 40
MOST_ELSEWHERE = 500_000_000
"""Octets of a body that a stranger's mail points at."""
ELSEWHERE_PORT = 21


class FtpFiles:
    """One file a message in a directory of the server; see `backups.Target`."""

    def __init__(self, ftp: Ftp, directory: str, *, maildir: bool) -> None:
        self._ftp = ftp
        self._given = directory
        self._maildir = maildir

    def begin(self, source: Source) -> set[int]:
        """See `Target`."""
        self._source = source
        top = absolute(self._ftp, self._given)
        self._final = f"{top}/cur" if self._maildir else top
        self._beside = f"{top}/tmp" if self._maildir else top
        for directory in (top, f"{top}/tmp", f"{top}/new", f"{top}/cur") if self._maildir else (top,):
            self._ftp.make(directory)
        self._begun = set(self._ftp.names(self._beside))
        names = self._ftp.names(self._final) if self._maildir else self._begun
        if self._maildir:
            names = [*names, *self._ftp.names(f"{top}/new")]
        return {uid for name in names if (uid := uid_of_file(source, name)) is not None}

    @contextlib.contextmanager
    def writing(self, copy: Copy) -> Iterator[Put]:
        """See `Target`."""
        name = maildir_name(self._source, copy) if self._maildir else eml_name(self._source, copy)
        with tempfile.SpooledTemporaryFile(IN_MEMORY) as file:
            yield file.write
            beside = beside_name(f"{self._beside}/{name.partition(':')[0]}", cast(IO[bytes], file))
            begun = beside.rpartition("/")[2] in self._begun
            self._ftp.put(cast(IO[bytes], file), beside, f"{self._final}/{name}", begun=begun)

    def finish(self) -> None:
        """See `Target`."""

    def close(self) -> None:
        """See `Target`."""
        self._ftp.close()

    def stop(self) -> None:
        """See `Target`."""
        self._ftp.cut()


class FtpMbox:
    """One mbox on the server; see `backups.Target`. spool: a directory of ours, made when it is needed."""

    def __init__(self, ftp: Ftp, path: str, spool: Path, progress: Progress | None = None) -> None:
        self._ftp = ftp
        self._path = path
        self._progress = progress
        name = hashlib.sha256(f"{ftp.host}\0{path}".encode("utf-8", "surrogateescape")).hexdigest()[:16]
        self._local = spool / f"{name}.mbox"
        self._mbox = Mbox(self._local)

    def begin(self, source: Source) -> set[int]:
        """See `Target`."""
        self._path = absolute(self._ftp, self._path)
        self._local.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._unsent = self._local.exists()  # finished here once, and then the line broke
        if not self._unsent and not self._mbox.part.exists() and self._ftp.size(self._path) is not None:
            coming = self._local.with_name(self._local.name + PART + ".coming")
            with coming.open("a+b") as file:
                self._ftp.get(self._path, file, self._progress, most=LARGEST_MBOX)
            coming.rename(self._local)
        return self._mbox.begin(source)

    def writing(self, copy: Copy) -> contextlib.AbstractContextManager[Put]:
        """See `Target`."""
        return self._mbox.writing(copy)

    def finish(self) -> None:
        """See `Target`."""
        if self._mbox.grown or self._unsent:
            self._mbox.finish()
            directory = self._path.rpartition("/")[0]
            if directory:
                self._ftp.make(directory)
            with self._local.open("rb") as file:
                self._ftp.put(file, beside_name(self._path, file), self._path, self._progress, replace=True)
        self._local.unlink(missing_ok=True)

    def close(self) -> None:
        """See `Target`."""
        self._mbox.close()
        self._ftp.close()

    def stop(self) -> None:
        """See `Target`."""
        self._ftp.cut()


async def run(ftp: Ftp, work: Callable[[], T]) -> T:
    """Do it in a thread and say goodbye; given up, it ends at once. Raises StoreError, and what `Ftp` does."""
    task = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        ftp.cut()
        await asyncio.wait([task])
        raise
    except OSError as error:
        raise StoreError(f"The file cannot be kept: {error.strerror}.", "Is the disk full?") from error
    finally:
        await asyncio.shield(asyncio.to_thread(ftp.close))


async def fetch_elsewhere(place: Elsewhere, path: Path, progress: Progress | None = None) -> Path:
    """Bring the body of a message/external-body into a file of ours. Nobody logs in, so there is no secret to protect.

    TLS where the server has it and can prove itself. Raises what `Ftp` does, StoreError.
    """

    def fetch(ftp: Ftp) -> None:
        with path.open("wb") as file:
            ftp.get(place.path, file, progress, most=MOST_ELSEWHERE, text=place.text)

    anonymous = "anonymous"
    try:
        ftp = Ftp(place.host, ELSEWHERE_PORT, anonymous, "", Trust())
        try:
            await run(ftp, lambda: fetch(ftp))
        except InsecureConnection:
            plain = Ftp(place.host, ELSEWHERE_PORT, anonymous, "", None)
            await run(plain, lambda: fetch(plain))
    except LoginRefused as error:
        raise LoginRefused(f"{place.host} lets nobody in without a login.", "Fetch it with an FTP program.") from error
    return path


def put_file(ftp: Ftp, source: Path, directory: str, name: str, progress: Progress | None = None) -> str:
    """Send a file into a directory under its name, or that with a number when it is taken; returns its path."""
    top = absolute(ftp, directory)
    ftp.make(top)
    there = set(ftp.names(top))
    stem, dot, ending = name.rpartition(".")
    free, number = name, 1
    while free in there:
        number += 1
        free = f"{stem} ({number}){dot}{ending}" if stem else f"{name} ({number})"
    with source.open("rb") as file:
        ftp.put(file, beside_name(f"{top}/{name}", file), f"{top}/{free}", progress)
    return f"{top}/{free}"


def absolute(ftp: Ftp, path: str) -> str:
    """The path from the root; one without a leading "/" is below the directory of the login (RFC 1738 §3.2.2)."""
    path = path.rstrip("/")
    return path if path.startswith("/") else f"{ftp.home().rstrip('/')}/{path}".rstrip("/")
