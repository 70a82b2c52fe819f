"""POP3: listing a maildrop and its headers against a socket that only drains them, near and far.

`python -m tests.bench.pop USER PORT COUNT` is the measured process: it prints seconds from the login to the end of the
first fifty headers and of all, and its peak memory in MB.
"""

from __future__ import annotations

import asyncio
import resource
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable

from tests.bench.server import BenchDovecot, distance
from tests.bench.table import Group, Row
from tuimail.model import Account, Security
from tuimail.net.pop.login import open_pop

_SCREEN = 50
_FAR = 0.08
_FEW = 2_000
_END = b"\r\n.\r\n"


def drain(user: str, port: int, count: int) -> float:
    """Seconds the server takes to deliver LIST, UIDL and every TOP to somebody who does not look."""
    asked = [b"STAT", b"LIST", b"UIDL", *(b"TOP %d 0" % number for number in range(count, 0, -1))]
    buffer = bytearray(1 << 20)
    with socket.create_connection(("127.0.0.1", port), 60) as line:
        line.sendall(b"USER %b\r\nPASS test\r\n" % user.encode())
        heard = b""
        while heard.count(b"\r\n") < 3:
            heard += line.recv(4096)
        begun = time.perf_counter()
        asking = threading.Thread(target=line.sendall, args=(b"\r\n".join(asked) + b"\r\n",))
        asking.start()
        ends, tail = 0, b""
        while ends < count + 2:
            got = line.recv_into(buffer)
            if not got:
                raise EOFError("The server hung up.")
            piece = tail + buffer[:got]
            ends += piece.count(_END)
            tail = piece[-(len(_END) - 1) :]
        seconds = time.perf_counter() - begun
        asking.join()
    return seconds


def compare(server: BenchDovecot, repetitions: int, say: Callable[[str], None]) -> list[Group]:
    """Near: ten thousand; far: two thousand."""
    count = 10_000
    user = server.fill(count)
    drained, listed = Row("the server alone: same commands, drained"), Row("our session: listing and headers")
    drain(user, server.pop_port, count)
    for _ in range(repetitions):
        drained.samples.append(drain(user, server.pop_port, count))
        _, seconds, megabytes = _measured(user, server.pop_port, count)
        listed.samples.append(seconds)
        listed.megabytes.append(megabytes)
        say(f"POP3, {count:,} headers: drain {drained.samples[-1]:.3f} s, session {seconds:.3f} s, {megabytes:.0f} MB")
    user = server.fill(_FEW)
    first, everything = Row(f"the newest {_SCREEN} headers are here"), Row(f"all {_FEW:,} are")
    with distance(server.pop_port, _FAR) as port:
        for _ in range(repetitions):
            screen, seconds, _ = _measured(user, port, _FEW)
            first.samples.append(screen)
            first.note = f"{screen / _FAR:.1f} round trips behind the login and its CAPA"
            everything.samples.append(seconds)
            say(f"POP3, {_FAR * 1000:.0f} ms away: screen {screen:.3f} s, all {seconds:.3f} s")
    return [
        Group(f"POP3: listing and headers of {count:,} messages", [drained, listed]),
        Group(f"POP3: {_FEW:,} new messages, {_FAR * 1000:.0f} ms away", [first, everything]),
    ]


def _measured(user: str, port: int, count: int) -> tuple[float, float, float]:
    command = [sys.executable, "-m", "tests.bench.pop", user, str(port), str(count)]
    words = subprocess.run(command, check=True, capture_output=True, timeout=300).stdout.split()
    return float(words[0]), float(words[1]), float(words[2])


async def _measure(user: str, port: int, count: int) -> None:
    async def password() -> str:
        return "test"

    session = await open_pop(Account("bench", "127.0.0.1", port, user, Security.PLAIN), password)
    begun = time.perf_counter()
    screen = 0.0
    entries = await session.listing()
    came = 0
    async for _ in session.tops([entry.number for entry in reversed(entries)]):
        came += 1
        if came == _SCREEN:
            screen = time.perf_counter() - begun
    seconds = time.perf_counter() - begun
    await session.quit()
    assert came == count
    print(screen, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


if __name__ == "__main__":
    asyncio.run(_measure(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
