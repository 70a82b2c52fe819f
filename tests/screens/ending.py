"""A tiny program for test_signals: runs the app over a FakeMail and proves that what stands after it still runs.

`python -m tests.screens.ending <file>` writes the exit code into the file when the app has ended.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tests.fakes.fake_mail import FakeMail
from tuimail.app import run_app


async def main() -> int:
    async with FakeMail() as mail:
        code = await run_app(mail)
        await asyncio.sleep(0.01)  # a LOGOUT takes a round trip: awaiting must still work here
    return code


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(str(asyncio.run(main())))
