from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from tuimail.screens.tidying import ENOUGH, QUIET, Tidying


@pytest.fixture
def full() -> Iterator[list[int]]:
    """The full collections that were made; collecting is stopped, as it is at the start, and put right afterwards."""
    made: list[int] = []

    def note(phase: str, about: dict[str, int]) -> None:
        if phase == "start" and about["generation"] == 2:
            made.append(1)

    thresholds = gc.get_threshold()
    gc.disable()
    gc.callbacks.append(note)
    try:
        yield made
    finally:
        gc.callbacks.remove(note)
        gc.set_threshold(*thresholds)
        gc.unfreeze()
        gc.enable()


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def _work() -> list[list[int]]:
    """What makes Python look at its middle generation often enough, and would make it look at everything."""
    young, middle, _ = gc.get_threshold()
    return [[number] for number in range((young + 1) * (middle + 1) * (ENOUGH + 10))]


def test_no_full_collection_is_made_while_keys_come(full: list[int]) -> None:
    tidying = Tidying(clock := Clock())
    tidying.start()
    kept = _work()
    for _ in range(5):
        clock.now += QUIET / 2
        tidying.catch()
        tidying.look()
    assert not full
    assert len(kept) > 10_000


def test_in_a_quiet_moment_everything_is_collected_once(full: list[int]) -> None:
    tidying = Tidying(clock := Clock())
    tidying.start()
    kept = _work()
    clock.now += QUIET
    tidying.look()
    tidying.look()
    assert len(full) == 1
    assert kept


def test_what_was_there_at_the_first_picture_is_not_looked_at_again(full: list[int]) -> None:
    here: list[object] = [[]]
    Tidying().start()
    assert gc.isenabled()
    assert not any(one is here for one in gc.get_objects())


def test_where_collecting_was_not_stopped_nothing_is_changed(full: list[int]) -> None:
    gc.enable()
    before = gc.get_threshold()
    tidying = Tidying(clock := Clock())
    tidying.start()
    clock.now += 10 * QUIET
    tidying.look()
    assert gc.get_threshold() == before
    assert not gc.get_freeze_count()
