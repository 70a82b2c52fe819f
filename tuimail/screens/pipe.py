"""A message as sent into a command of the reader's own, what it says kept within limits."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Sequence

from tuimail.processes import end
from tuimail.records import Record

MOST_OUTPUT = 200_000
"""Octets of the command's answer that are kept; it is ended when it says more."""
TIME = 60.0
"""Seconds it may take."""

_FOR_A_SHELL = re.compile(r"""[|&;<>()$`\\"'*?\[\]#~=%{}!\n]""")


class Piped(Record):
    """How it ended. `output` is what the command wrote to both its outputs, not yet cleaned."""

    output: bytes
    trouble: str
    """"" or, in a sentence, what went wrong."""


def arguments(command: str) -> Sequence[str]:
    """The words themselves; through a shell only where the line needs one."""
    return ("/bin/sh", "-c", command) if _FOR_A_SHELL.search(command) else command.split()


async def pipe(data: bytes, command: str) -> Piped:
    """Run `command` with `data` as its input. Raises nothing; leaves no process behind, also when cancelled."""
    try:
        process = await asyncio.create_subprocess_exec(
            *arguments(command),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        return Piped(b"", f"{command.split()[0]} could not be started: {error.strerror}.")
    assert process.stdin is not None and process.stdout is not None
    feeding = asyncio.create_task(_feed(process.stdin, data))
    output = bytearray()
    trouble = ""
    try:
        async with asyncio.timeout(TIME):
            while len(output) <= MOST_OUTPUT and (piece := await process.stdout.read(65_536)):
                output += piece
            if len(output) > MOST_OUTPUT:
                trouble = f"The command said more than {MOST_OUTPUT:,} bytes and was ended."
            elif code := await process.wait():
                trouble = f"The command ended with {code}."
    except TimeoutError:
        trouble = f"The command took more than {TIME:.0f} seconds and was ended."
    finally:
        feeding.cancel()
        await end(process)
    return Piped(bytes(output[:MOST_OUTPUT]), trouble)


async def _feed(pipe: asyncio.StreamWriter, data: bytes) -> None:
    """A command need not read it all (`head -1`)."""
    with contextlib.suppress(ConnectionError):
        pipe.write(data)
        await pipe.drain()
        pipe.close()
        await pipe.wait_closed()
