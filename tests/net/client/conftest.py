"""A Dovecot with everything on for the tests of the client."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers.dovecot import Dovecot


@pytest.fixture(scope="session")
def sharing() -> Iterator[Dovecot]:
    """With ACL, QUOTA, METADATA and a master user."""
    with Dovecot(sharing=True) as server:
        yield server
