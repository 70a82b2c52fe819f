"""72,000 broken mails open: with TUIMAIL_MUTATIONS=all, which takes about a minute of one processor. Else an eighth of
them, another one each day."""

from __future__ import annotations

import os
import time

import pytest

from tests.content.mutations import mutations
from tests.content.samples import forbidden_in
from tuimail.content.headers import summarize
from tuimail.content.mime import html_source, parse, part_octets

TURNS = 8
PIECES = 8
"""Of one turn, run side by side by pytest-xdist."""
EACH = 72_000 // (TURNS * PIECES)
_TODAY = int(time.time()) // 86_400 % TURNS
_TURNS = range(TURNS) if os.environ.get("TUIMAIL_MUTATIONS") == "all" else (_TODAY,)
SLOWEST = 1.0


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [turn * PIECES + piece for turn in _TURNS for piece in range(PIECES)])
def test_a_broken_mail_opens(seed: int) -> None:
    for number, raw in enumerate(mutations(EACH, seed)):
        began = time.process_time()
        message = parse(raw, form=("", "plain", "html")[number % 3], charset=("", "", "", "koi8-r")[number % 4])
        heading = summarize(raw, 1_770_113_472)
        assert time.process_time() - began < SLOWEST, raw
        assert forbidden_in(message) == [], raw
        assert forbidden_in(heading) == [], raw
        html_source(raw)
        for shown in message.pieces[-2:]:
            part_octets(raw, shown.section)
