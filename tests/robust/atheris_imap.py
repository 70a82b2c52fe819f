"""Coverage-guided fuzzing of everything that reads a server's bytes; a script, not part of the test run.

    pip install atheris
    python tests/robust/atheris_imap.py -max_total_time=3300 -max_len=4096 CORPUS_DIR

The first octet chooses the state of the connection, the second where the stream is cut; the rest is the stream.
An empty CORPUS_DIR is filled with the seeds of the other fuzzer first. Any exception but RemoteProtocolError
(a broken law of `exercise.swallow` is an AssertionError) ends the run and is written to crash-*.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris  # type: ignore[import-untyped,import-not-found,unused-ignore]

sys.path.insert(0, str(Path(__file__).parents[2]))
with atheris.instrument_imports(include=["tuimail"]):
    from tests.robust.exercise import STATES, swallow
    from tests.robust.seeds import SEEDS


def one(data: bytes) -> None:
    """One input of libFuzzer."""
    if len(data) < 2:
        return
    stream = data[2:]
    step = data[1] or 1
    swallow(stream, range(step, len(stream), step), data[0])


def plant(directory: Path) -> None:
    """Fill an empty corpus."""
    directory.mkdir(parents=True, exist_ok=True)
    if not any(directory.iterdir()):
        for number, seed in enumerate(SEEDS):
            (directory / f"seed-{number}").write_bytes(bytes((number % len(STATES), 7)) + seed)


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        if not argument.startswith("-"):
            plant(Path(argument))
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
