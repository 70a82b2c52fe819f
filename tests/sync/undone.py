"""A session to be killed: a hand that does anything whatever to a real server's mail, for ever.

Usage: python -m tests.sync.undone PORT USER DATA SEED. Says "ready" when it begins, and then what it deletes for good,
as `Hand.says`: a word and a subject on each line.
"""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import Callable
from pathlib import Path

from tests.sync.hand import Hand
from tests.sync.house import opened, until
from tuimail.mail import Mail
from tuimail.model import Role


def say(what: str, names: set[str]) -> None:
    for name in names:
        print(what, name, flush=True)


def hand_of(mail: Mail, rng: random.Random, says: Callable[[str, set[str]], None] = say) -> Hand:
    """One that acts on what Mail holds, and has it sent."""
    return Hand(mail._database, rng, mail._done, says=says)


async def act(rng: random.Random, hand: Hand) -> None:
    """One action, and sometimes a rest in which the server may hear of it."""
    await hand.act()
    if rng.random() < 0.1:
        await asyncio.sleep(rng.random() * 0.05)


async def main(port: int, user: str, data: Path, seed: str) -> None:
    rng = random.Random(seed)
    async with opened(user, port, data) as mail:
        await until(mail, lambda: mail.folders() and mail.folder_by_role(1, Role.ARCHIVE))
        print("ready", flush=True)
        hand = hand_of(mail, rng)
        while True:
            await act(rng, hand)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), sys.argv[4]))
