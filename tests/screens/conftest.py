"""A still world for the screens: one time zone, one clock, no animation, colours on."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.snap import snap

__all__ = ["snap"]


@pytest.fixture(autouse=True)
def still_world(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.delenv("NO_COLOR", raising=False)
    # Textual reads TEXTUAL_ANIMATIONS when it is imported, which may have been long ago.
    monkeypatch.setattr("textual.constants.TEXTUAL_ANIMATIONS", "none")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()
