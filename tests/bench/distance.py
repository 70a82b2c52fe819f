"""`python -m tests.bench.distance PORT RTT`: the tests' proxy as a process; prints the port it listens on."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys

from tests.fakes.chaos import ChaosProxy


async def _serve(port: int, rtt: float) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with ChaosProxy("127.0.0.1", port, rtt=rtt) as proxy:
        print(proxy.port, flush=True)
        await stop.wait()


with contextlib.suppress(KeyboardInterrupt):
    asyncio.run(_serve(int(sys.argv[1]), float(sys.argv[2])))
