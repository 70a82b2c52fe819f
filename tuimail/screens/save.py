"""Writing a message into a file whose name came from a stranger: never outside the folder, never over another file."""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import Path

LONGEST = 80
"""Characters of a name at most; its octets are held under 200, for file systems allow 255."""
TRIES = 1000


def safe_name(subject: str) -> str:
    """A file name, without ending, from a subject: letters, digits and a few harmless signs; "message" when empty.

    No separator, no leading dot or dash, no control or format character can be in it.
    """
    text = unicodedata.normalize("NFC", subject)
    kept = "".join(char if char.isalnum() or char in " ._-+,()'" else " " for char in text)
    name = re.sub(r"\s+", " ", kept).strip(" .-_")[:LONGEST].strip(" .-_")
    while len(name.encode()) > 200:
        name = name[:-1].rstrip()
    return name or "message"


def write_new(folder: Path, stem: str, ending: str, data: bytes) -> Path:
    """Write `data` into a new file in `folder`, mode 0600; " (2)", " (3)" … when the name is taken.

    Raises OSError as the system gives it, FileExistsError when a thousand names are taken.
    """
    for number in range(1, TRIES):
        path = folder / (f"{stem}{ending}" if number == 1 else f"{stem} ({number}){ending}")
        try:
            # O_EXCL follows no symbolic link and overwrites nothing.
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            continue
        with open(descriptor, "wb") as file:
            file.write(data)
        return path
    raise FileExistsError(f"{stem}{ending}")
