"""When to try again: at once after a healthy connection, later after failures, never with what was refused."""

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


def back_off(failures: int) -> float:
    """Seconds to wait after so many failures in a row; none after a connection that was healthy."""
    return random.uniform(0, min(BACK_OFF[1], BACK_OFF[0] * 2 ** min(failures, 16))) if failures else 0.0
