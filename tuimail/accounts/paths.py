"""Where configuration and data live, and that nobody else on the machine can read them."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from tuimail.records import Record


class Paths(Record):
    """The two places tuimail touches."""

    config: Path
    """config.toml; it need not exist."""
    data: Path
    """Directory of database and log; it need not exist."""

    @property
    def log(self) -> Path:
        """The log file."""
        return self.data / "tuimail.log"


def find_paths(config: str = "", data_dir: str = "") -> Paths:
    """The user's own places (XDG on Linux, the platform's habit elsewhere), each replaced by what was asked for."""
    from platformdirs import user_config_path, user_data_path

    return Paths(
        config=Path(config).expanduser() if config else user_config_path("tuimail", appauthor=False) / "config.toml",
        data=Path(data_dir).expanduser() if data_dir else user_data_path("tuimail", appauthor=False),
    )


def find_downloads() -> Path:
    """The user's folder for downloads (XDG_DOWNLOAD_DIR, else ~/Downloads); it need not exist."""
    from platformdirs import user_downloads_path

    return user_downloads_path()


def private_directory(path: Path) -> Path:
    """Create the directory (0700) with its parents; one that exists keeps the mode its owner chose.

    Raises OSError as mkdir does.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def replace_privately(path: Path, text: str) -> None:
    """Write the whole file anew, 0600, so that a crash leaves either the old or the new text.

    A symbolic link (dotfiles kept elsewhere) stays one: its target is replaced. Raises OSError.
    """
    target = path.resolve()
    private_directory(target.parent)
    handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)  # born 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
