"""When to try again: at once after a healthy connection, later after failures, never with what was refused.

And when to look again: at once, unless a folder stirs each time it is looked at.
"""

from __future__ import annotations

import random

from tuimail.errors import InsecureConnection, LoginRefused, SecretUnavailable

BACK_OFF = (1.0, 300.0)
"""Seconds before the first and the longest before a later try to reconnect; full jitter between."""
BUSY = 30.0
"""Seconds before the next try where the server said "not now", as when somebody else is in a POP3 maildrop."""
HEALTHY = 60.0
"""A connection that lived this long is reconnected at once when it breaks."""
HOPELESS = (LoginRefused, InsecureConnection, SecretUnavailable)
"""The same secret, or the same certificate, would be refused again."""
SLOW = 5.0
"""Seconds without a word of a server that owes one, after which the reader is told."""
FEEL = 1.0
"""Seconds between two looks at that."""
CALM = 2.0
"""A folder that stirs after so many seconds or later is only in use."""
STIRS = 3
"""News in a row, each sooner than that, which are still fetched at once."""
REST = (0.1, 5.0)
"""Seconds not to watch after one more, doubled with each, and the most."""


def back_off(failures: int) -> float:
    """Seconds to wait after so many failures in a row; none after a connection that was healthy."""
    return random.uniform(0, min(BACK_OFF[1], BACK_OFF[0] * 2 ** min(failures, 16))) if failures else 0.0


class Restless:
    """Paces the watching of a folder where news follows on news: somebody's work on many messages, or a flood.

    Each look costs a SELECT and the reading of changes, so what comes in a row is taken together.
    """

    def __init__(self) -> None:
        self._stirs = 0

    def rest(self, waited: float) -> float:
        """Seconds to rest after news that came `waited` seconds after the watching began."""
        self._stirs = self._stirs + 1 if waited < CALM else 0
        return min(REST[1], REST[0] * 2.0 ** min(self._stirs - STIRS, 16)) if self._stirs >= STIRS else 0.0
