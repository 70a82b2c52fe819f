"""`python -m tests.bench`: measures everything against everything and prints one markdown table.

--quick stays small (10,000 messages, two repetitions, about two minutes); --big adds a mailbox of a million.
What is generated lies in .bench/ and is used again; remove the folder to start afresh.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from pathlib import Path

from tests.bench import attachment, bulk, feel, filtering, finding, pop, reading, syncs, threads
from tests.bench.server import BenchDovecot
from tests.bench.starts import Starts
from tests.bench.table import Group, markdown

_FOLDER = Path(".bench").resolve()
_FAR = 0.08
"""Seconds of the long round trip."""


def main() -> int:
    """Print the table; what is being done goes to stderr. Always 0: slowness is no failure."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="10,000 messages, two repetitions")
    parser.add_argument("--big", action="store_true", help="also 1,000,000 messages (2 GB in .bench, several minutes)")
    parser.add_argument(
        "--only",
        choices=("starts", "syncs", "feel", "reading", "attachment", "pop", "search", "filter", "threads", "bulk"),
        help="only this part",
    )
    parser.add_argument("--repetitions", type=int, default=0, metavar="N", help="normally 5, with --quick 2")
    options = parser.parse_args()
    repetitions = options.repetitions or (2 if options.quick else 5)
    size = 10_000 if options.quick else 100_000
    groups: list[Group] = []
    if options.only in (None, "reading"):
        groups += reading.compare(repetitions, _say)
    if options.only in (None, "search"):
        groups += finding.compare(size, repetitions, _say)
    if options.only in (None, "filter"):
        groups += filtering.compare(_FOLDER / "filtering", size, repetitions, _say)
    if options.only in (None, "bulk"):
        groups += bulk.compare(_FOLDER / "bulk", size, repetitions, _say)
    if options.only not in ("reading", "search", "filter", "bulk"):
        with BenchDovecot(_FOLDER / "homes") as server:
            groups += _at_a_server(server, options, size, repetitions)
    today, python, machine = time.strftime("%Y-%m-%d"), platform.python_version(), platform.platform()
    print(f"{today}, Python {python}, {os.cpu_count()} cores, {machine}")
    print("\nCompare within a block only: its rows were measured interleaved, in one run.\n")
    print(markdown(groups))
    return 0


def _at_a_server(server: BenchDovecot, options: argparse.Namespace, size: int, repetitions: int) -> list[Group]:
    groups: list[Group] = []
    readers = _FOLDER / "readers"
    if options.only in (None, "syncs"):
        groups.append(syncs.compare(server, readers, size, repetitions, _say))
    if options.only in (None, "attachment"):
        groups += attachment.compare(server, _FOLDER / "attachment", repetitions, _say)
    if options.only in (None, "pop"):
        groups += pop.compare(server, repetitions, _say)
    if options.only in (None, "threads"):
        groups += threads.compare(server, size, repetitions, _say)
    if options.only in (None, "feel"):
        groups += feel.compare(server, readers, size, _say)
    if options.only in (None, "starts"):
        starts = Starts(server, readers, _say)
        for count in (1_000,) if options.quick else (1_000, 10_000):
            groups += starts.compare(count, 0, repetitions)
        groups += starts.compare(size, 0, repetitions)
        groups += starts.compare(size, _FAR, repetitions)
        if options.big:
            groups += [starts.sizes((100_000, 1_000_000), repetitions)]
    return groups


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


sys.exit(main())
