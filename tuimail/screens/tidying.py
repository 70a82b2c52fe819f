"""When Python looks for garbage: while nobody waits.

A full collection looks at every object there is, and no key is answered meanwhile: 50 ms with what Textual alone
imports, 25 ms more while a thread reads the HTML of a very long mail. Documents make no cycles, so nothing is lost
by waiting for a quiet moment.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

QUIET = 1.0
"""Seconds without a key after which a full collection is felt by nobody."""
LOOK_EVERY = 2.0
"""Seconds between two looks whether it is quiet."""
ENOUGH = 1
"""Collections of the middle generation that make a full one worth it: each has seen 100,000 objects more."""
_NEVER = 1_000_000


class Tidying:
    """`start` when the first picture is painted, `catch` at each key, `look` now and then.

    Does nothing where collecting was never stopped: only the command line does that (see `tuimail.cli`).
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._key = clock()
        self._ours = False

    def start(self) -> None:
        """Collect again; what was imported for the first picture stays for ever and need not be looked at again."""
        if not gc.isenabled():
            gc.freeze()
            young, middle, _ = gc.get_threshold()
            gc.set_threshold(young, middle, _NEVER)
            gc.enable()
            self._ours = True

    def catch(self) -> None:
        """The user has just pressed a key or moved the mouse."""
        self._key = self._clock()

    def look(self) -> None:
        """Collect everything if it is quiet and there is something to be had."""
        if self._ours and self._clock() - self._key >= QUIET and gc.get_count()[2] >= ENOUGH:
            gc.collect()
