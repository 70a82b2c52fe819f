"""Fixtures every room's tests may use."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers.dovecot import Dovecot


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    """A real Dovecot for the whole run (one for each xdist worker); take a fresh `dovecot.user()` in each test.

    Fails, and does not skip, where Dovecot is not installed: a green run has met a real server.
    """
    with Dovecot() as server:
        yield server
