"""A mailbox of conversations in a real store, on the screen: for a picture."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from tests.app import test_threads as store
from tests.app.test_threads import fill, seat

_ENGINE = "Re: Cards for the analytical engine"
_LETTERS = (
    ("INBOX", 5000, "<e1>", "", "Charles Babbage", _ENGINE[4:], 1),
    ("Sent", 4900, "<e2>", "<e1>", "Ada Lovelace", _ENGINE, 1),
    ("INBOX", 4800, "<e3>", "<e1> <e2>", "Charles Babbage", _ENGINE, 1),
    ("Archive", 4700, "<e4>", "<e1>", "Luigi Menabrea", _ENGINE, 1),
    ("INBOX", 200, "<e5>", "<e1> <e4>", "Mary Somerville", _ENGINE, 0),
    ("Sent", 190, "<e6>", "<e1> <e4> <e5>", "Ada Lovelace", _ENGINE, 1),
    ("INBOX", 60, "<e7>", "<e1> <e4> <e5> <e6>", "Mary Somerville", _ENGINE, 0),
    ("INBOX", 4000, "<n1>", "", "Johann Bernoulli", "Numbers, twice a week", 1),
    ("INBOX", 30, "<n2>", "<n1>", "Jakob", "Re: Numbers, twice a week", 0),
    ("INBOX", 1500, "<s1>", "", "Grace Hopper", "A moth in the relay", 5),
    ("INBOX", 1400, "<s2>", "<s1>", "Howard", "Re: A moth in the relay", 1),
    ("INBOX", 1300, "<s3>", "<s1> <s2>", "Grace Hopper", "Re: A moth in the relay", 1),
    ("INBOX", 10, "<l1>", "", "Katherine Johnson", "Friday's trajectory, checked by hand", 0),
    ("INBOX", 2500, "<p1>", "", "Hedy Lamarr", "Eighty-eight channels", 1),
    ("INBOX", 2600, "<p2>", "", "The library", "Two books are waiting for you", 1),
)


@asynccontextmanager
async def conversations(data: Path) -> AsyncIterator[Pilot[Any]]:
    """The list threaded, the longest conversation unfolded."""
    fill(data)
    db = sqlite3.connect(data / "mail.db", isolation_level=None)
    store.bring(db, _LETTERS)
    db.close()
    async with seat(data, (120, 24), threads=True) as here:
        await here.press("j", "j", "minus", "j", "j")
        yield here.pilot
