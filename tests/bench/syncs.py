"""A full header sync against the server's own speed: the same FETCH drained by a reader that parses nothing."""

from __future__ import annotations

import os
import shutil
import socket
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench.readers import Tuimail, Visit
from tests.bench.server import BenchDovecot
from tests.bench.table import Group, Row
from tuimail.net.fetching import HEADER_FIELDS

_FIELDS = b"BODY.PEEK[HEADER.FIELDS (%b)]" % " ".join(HEADER_FIELDS).encode()


def drain(user: str, port: int) -> float:
    """Seconds the server takes to deliver every header set of INBOX to somebody who does not look."""
    buffer = bytearray(1 << 20)
    with socket.create_connection(("127.0.0.1", port), 60) as line:
        line.recv(4096)
        for number, command in enumerate((b'LOGIN "%b" "test"' % user.encode(), b"EXAMINE INBOX")):
            line.sendall(b"a%d %b\r\n" % (number, command))
            _until(line, buffer, b"a%d OK" % number)
        begun = time.perf_counter()
        line.sendall(b"z UID FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE " + _FIELDS + b")\r\n")
        _until(line, buffer, b"z OK")
        return time.perf_counter() - begun


def _until(line: socket.socket, buffer: bytearray, end: bytes) -> None:
    tail = b""
    while b"\r\n" + end not in b"\r\n" + tail or not tail.endswith(b"\r\n"):
        got = line.recv_into(buffer)
        if not got:
            raise EOFError("The server hung up.")
        tail = (tail + buffer[max(0, got - 512) : got])[-512:]


def compare(
    server: BenchDovecot, homes: Path, count: int, repetitions: int, say: Callable[[str], None], *, small: bool = False
) -> Group:
    """`tuimail sync` of a fresh home beside the drain, interleaved; once as it is, and once with its pulls timed."""
    user = server.fill(count, small=small)
    drained = Row("the server alone: same FETCH, drained")
    stored, synced = Row("tuimail sync, of it: parsed and stored"), Row("tuimail sync, whole process")
    drain(user, server.port)  # the server's own index cache is warm from here on
    for _ in range(repetitions):
        drained.samples.append(drain(user, server.port))
        for row, timed in ((stored, True), (synced, False)):
            home = homes / f"tuimail-{user}-sync"
            shutil.rmtree(home, ignore_errors=True)
            home.mkdir(parents=True)
            seconds, megabytes, row.note = _sync(home, Visit(user, server.port, count), timed=timed)
            if row.note:
                return Group(f"Full header sync, {count:,} messages", [drained, stored, synced])
            row.samples.append(seconds)
            row.megabytes.append(megabytes)
        took = f"stored {stored.samples[-1]:.3f} s, whole process {synced.samples[-1]:.3f} s"
        say(f"sync of {count:,}: drain {drained.samples[-1]:.3f} s, {took}, {synced.megabytes[-1]:.0f} MB")
    return Group(f"Full header sync, {count:,} messages", [drained, stored, synced])


def _sync(home: Path, visit: Visit, *, timed: bool, limit: float = 300) -> tuple[float, float, str]:
    """Seconds, peak megabytes, and what went wrong ("" for nothing). timed: the seconds of its pulls alone."""
    reader = Tuimail()
    python, _, _, *options = reader.command(home)
    program = ["tests.bench.fetched", str(home / "seconds")] if timed else ["tuimail"]
    command = [python, "-m", *program, *options, "sync", reader.url(visit)]
    log = home / "output"
    begun = time.perf_counter()
    with log.open("wb") as out, Path(os.devnull).open("rb") as nothing:
        actions = [
            (os.POSIX_SPAWN_DUP2, nothing.fileno(), 0),
            (os.POSIX_SPAWN_DUP2, out.fileno(), 1),
            (os.POSIX_SPAWN_DUP2, out.fileno(), 2),
        ]
        pid = os.posix_spawn(command[0], command, reader.environment(home), file_actions=actions)
    ended, status, usage = 0, 0, None
    while not ended and time.perf_counter() - begun < limit:
        ended, status, usage = os.wait4(pid, os.WNOHANG)
        if not ended:
            time.sleep(0.005)
    if not ended or usage is None:
        os.kill(pid, 9)
        os.wait4(pid, 0)
        return 0.0, 0.0, f"tuimail sync did not end within {limit:.0f} s"
    seconds = time.perf_counter() - begun
    if timed and (home / "seconds").exists():
        seconds = float((home / "seconds").read_text())
    if os.waitstatus_to_exitcode(status):
        return 0.0, 0.0, " ".join(log.read_text(errors="replace").split())[-160:]
    return seconds, usage.ru_maxrss / 1024, ""
