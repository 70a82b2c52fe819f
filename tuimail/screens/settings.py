"""What the user or a test may set about the screens, in one noun."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tuimail.keys import KEYS, Key
from tuimail.records import Record

if TYPE_CHECKING:
    from tuimail.screens.password import PasswordAsker


class Settings(Record):
    """How the screens look and behave; every field has a default that suits most people."""

    keys: tuple[Key, ...] = KEYS
    """The key table with the user's keys in it: `keys.resolve(overrides, presets.table(preset))[0]`."""
    preset: str = ""
    """Whose habits `keys` follow, as the help says it; a name in `presets.PRESETS`."""
    theme: str = "tuimail-dark"
    """tuimail-dark, tuimail-light, ansi-dark or ansi-light (the terminal's own colours), or any theme of Textual."""
    preview: bool = True
    """The viewer shows the message under the cursor; else only one that is opened."""
    threads: bool = False
    """Lists are threaded, until the reader says otherwise; that is remembered."""
    advance: str = "next"
    """What comes after a message that was archived, thrown away or moved: "next", "previous", or the "list"."""
    now: Callable[[], float] = time.time
    """The clock, epoch seconds."""
    chord_delay: float = 0.6
    """Seconds after which the first key of a chord shows what may follow."""
    dwell: float = 0.08
    """Seconds the cursor must rest on a message before its text is asked for."""
    foresight: float = 0.3
    """Seconds that rows must rest before the first words of their texts are asked for."""
    search_rest: float = 0.5
    """Seconds without a key after which a search everywhere asks the servers, too."""
    repaint: float = 0.4
    """Least seconds between two repaints caused by a sync."""
    save_directory: Path | None = None
    """Where attachments are saved; None: the user's own folder for downloads."""
    asker: PasswordAsker | None = None
    """Where the network asks for a password; the app answers it while it runs."""
