"""`python -m tests.bench.fetched FILE ARGUMENTS…`: tuimail with these arguments; into FILE go the seconds of its pulls.

A pull is from the SELECT of a folder to its last row committed: a sync without the interpreter's start, the login, the
list of folders and the farewell.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from tuimail import cli
from tuimail.sync.pull import Pull


def main() -> int:
    """What tuimail returns. Nothing of it is changed but that pulls are timed."""
    file, seconds, run = Path(sys.argv[1]), [0.0], Pull.run

    async def timed(self: Pull, folder_id: int, *, thorough: bool = True) -> None:
        begun = time.perf_counter()
        await run(self, folder_id, thorough=thorough)
        seconds.append(time.perf_counter() - begun)

    Pull.run = timed  # type: ignore[method-assign]
    code = cli.main(sys.argv[2:])
    file.write_text(str(sum(seconds)))
    return code


if __name__ == "__main__":
    sys.exit(main())
