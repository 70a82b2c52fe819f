"""A session to be killed: archives, flags and undoes against a real server, telling on stdout what is done.

Usage: python -m tests.sync.killed PORT USER DATA. Prints `did KIND SUBJECT` only after the verb has
returned, which is when the screen would show it as done.
"""

from __future__ import annotations

import asyncio
import random
import sys
from pathlib import Path

from tests.sync.house import folder, opened, until
from tuimail.model import Flag, Role


async def main(port: int, user: str, data: Path, seed: int) -> None:
    rng = random.Random(seed)
    async with opened(user, port, data) as mail:
        await until(mail, lambda: mail.folders() and mail.folder_by_role(1, Role.ARCHIVE))
        print("ready", flush=True)
        inbox = folder(mail, Role.INBOX)
        for _ in range(200):
            rows = mail.page(inbox.id, 0, 100)
            if not rows:
                break
            row = rng.choice(rows)
            kind = rng.random()
            if kind < 0.4:
                print(f"will archive {row.subject}", flush=True)
                await mail.archive([row.id])
                print(f"did archive {row.subject}", flush=True)
            elif kind < 0.8:
                add = Flag.FLAGGED not in row.flags
                verb = "star" if add else "unstar"
                print(f"will {verb} {row.subject}", flush=True)
                await mail.flag([row.id], *((Flag.FLAGGED, Flag.NONE) if add else (Flag.NONE, Flag.FLAGGED)))
                print(f"did {verb} {row.subject}", flush=True)
            else:
                print("will undo -", flush=True)
                await mail.undo()
                print("did undo -", flush=True)
            await asyncio.sleep(rng.random() * 0.01)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), int(sys.argv[4])))
