"""One gpg for all of these tests, in a home of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.gnupg import Gpg, own_gpg


@pytest.fixture(scope="session")
def gpg() -> Iterator[Gpg]:
    with tempfile.TemporaryDirectory(prefix="tm-gpg-", dir="/tmp") as short, own_gpg(Path(short) / "home") as found:
        yield found
