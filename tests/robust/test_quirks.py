"""One test for each oddity of `quirks`: taken for what it is, or costing itself and nothing else."""

from __future__ import annotations

import pytest

from tests.protocol.streams import drain
from tests.robust.exercise import at_work, look_at, swallow
from tests.robust.quirks import GREETINGS, QUIRKS, Quirk
from tuimail.protocol.imap.connection import ImapMachine


@pytest.mark.parametrize("quirk", QUIRKS, ids=lambda quirk: f"{quirk.server}: {quirk.oddity}")
def test_an_odd_server_is_understood(quirk: Quirk) -> None:
    machine = at_work()
    machine.receive_data(quirk.said)
    assert tuple(drain(machine)) == quirk.means
    swallow(quirk.said, range(1, len(quirk.said)))


@pytest.mark.parametrize("quirk", GREETINGS, ids=lambda quirk: f"{quirk.server}: {quirk.oddity}")
def test_an_odd_greeting_is_a_greeting(quirk: Quirk) -> None:
    machine = ImapMachine()
    machine.receive_data(quirk.said)
    assert tuple(drain(machine)) == quirk.means
    for event in quirk.means:
        look_at(event)
