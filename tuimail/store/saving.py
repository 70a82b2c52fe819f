"""A file of a stranger's name in the user's directory: never outside it, never over another file, for no one else."""

from __future__ import annotations

import os
import shutil
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO

TRIES = 1000


def create(directory: Path, name: str) -> tuple[IO[bytes], Path]:
    """A new file in `directory`, mode 0600; " (2)", " (3)" … before the ending when the name is taken.

    name: one path component, as `content.filenames` makes them. Raises OSError as the system gives it,
    FileExistsError when a thousand names are taken, ValueError for a name that is a path.
    """
    if name in ("", ".", "..") or "/" in name or "\0" in name:
        raise ValueError(f"not a file name: {name!r}")
    ending = PurePosixPath(name).suffix
    stem = name.removesuffix(ending)
    for number in range(1, TRIES):
        path = directory / (name if number == 1 else f"{stem} ({number}){ending}")
        try:
            # O_EXCL overwrites nothing and follows no symbolic link (open(2)), dangling ones included.
            return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"), path
        except FileExistsError:
            continue
    raise FileExistsError(17, "a thousand files of this name are there already", name)


def save(source: Path | bytes, directory: Path, name: str) -> Path:
    """Copy a file, or write octets, into `directory`, which is made when it is not there; returns its path.

    Raises as `create`. What could not be written whole (the disk is full) is taken away again.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with BytesIO(source) if isinstance(source, bytes) else source.open("rb") as octets:
        file, path = create(directory, name)
        try:
            with file:
                shutil.copyfileobj(octets, file, 1 << 20)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
    return path
