"""100,000 damaged streams in each run.

How they are counted: hypothesis makes 4 × 100 examples, each the seed of a random generator that makes 250 damaged
streams, and each of those is one case, played whole and in pieces (`exercise.swallow`). Hypothesis chooses and shrinks
the seed only; which of the 250 failed is said by the message, and `damaged` makes it again. The seeds of the runs
differ from one run to the next, so that the tests go on finding.
"""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.robust.exercise import STATES, swallow
from tests.robust.mutations import damaged
from tests.robust.seeds import SEEDS

GROUPS, EXAMPLES, STREAMS = 4, 100, 250
assert GROUPS * EXAMPLES * STREAMS == 100_000


@pytest.mark.parametrize("group", range(GROUPS))
def test_no_damage_does_more_than_end_the_connection(group: int) -> None:
    played = refused = 0

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.integers(0, 2**63))
    def live(seed: int) -> None:
        nonlocal played, refused
        chance = random.Random(seed * GROUPS + group)
        for number in range(STREAMS):
            stream, cuts = damaged(SEEDS, chance)
            state = number % len(STATES)
            try:
                outcome = swallow(stream, cuts, state)
            except Exception as error:
                error.add_note(f"the stream was {stream!r}, cut at {cuts}, in state {STATES[state].__name__}")
                raise
            played += 1
            refused += outcome[-1:] == ["refused"]

    live()
    assert played >= EXAMPLES * STREAMS
    assert refused < played / 2, "most streams must get past the framer, or the fuzz is shallow"
