"""A number64 goes up to 2⁶³-1 (RFC 9051 §9), and so does SQLite; what servers write goes further, and stops no sync."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.fakes.imap_server import Conversation
from tests.robust.scenes import Scene

HUGE = [b"4294967295", b"9223372036854775807", b"18446744073709551615"]
"""The last one is how -1 looks where a server prints it without a sign."""
PLACES = [
    rb"(?<=RFC822.SIZE )\d+",
    rb"(?<=\* )\d+(?= EXISTS)",
    rb"(?<=\[UIDNEXT )\d+",
    rb"(?<=\[UIDVALIDITY )\d+",
    rb"(?<=MESSAGES )\d+",
    rb"(?<=UNSEEN )\d+",
    rb"(?<= UIDNEXT )\d+",
    rb"(?<= UIDVALIDITY )\d+",
    rb"(?<=HIGHESTMODSEQ )\d+",
    rb"(?<= SIZE )\d+",
]


class Boasting(Conversation):
    """Tells one kind of number wrongly."""

    place = huge = b""

    def write(self, octets: bytes) -> None:
        octets = octets.replace(b"* OK [UIDNEXT", b"* OK [HIGHESTMODSEQ 5] ok\r\n* OK [UIDNEXT")
        octets = octets.replace(b" UNSEEN ", b" SIZE 5 HIGHESTMODSEQ 5 UNSEEN ")
        super().write(re.sub(self.place, self.huge, octets))


@pytest.mark.parametrize("huge", HUGE)
@pytest.mark.parametrize("place", PLACES)
async def test_a_number_of_any_size_stops_no_sync(
    place: bytes, huge: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Boasting, "place", place)
    monkeypatch.setattr(Boasting, "huge", huge)
    scene = await Scene.fresh(tmp_path / "store", 2)
    scene.server.capabilities = [*scene.server.capabilities, "CONDSTORE", "LIST-STATUS"]
    monkeypatch.setattr(scene.server, "conversation", lambda reader, writer: Boasting(scene.server, reader, writer))
    await scene.sync()
    await scene.sync()
    (rows,) = await scene.database.write(lambda db: db.execute("SELECT count(*) FROM message").fetchone())
    assert rows == 2
    await scene.close()
