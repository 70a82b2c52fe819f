"""Thousands of broken mails open. TUIMAIL_MUTATIONS says how many (72,000 take about a minute and a half of one
processor), TUIMAIL_SEED which."""

from __future__ import annotations

import os
import time

import pytest

from tests.content.mutations import mutations
from tests.content.samples import forbidden_in
from tuimail.content.headers import summarize
from tuimail.content.mime import html_source, parse, part_octets

COUNT = int(os.environ.get("TUIMAIL_MUTATIONS", "3000"))
SEED = int(os.environ.get("TUIMAIL_SEED", "0"))
PIECES = 8
"""Run side by side by pytest-xdist."""
SLOWEST = 1.0


@pytest.mark.timeout(600)
@pytest.mark.parametrize("piece", range(PIECES))
def test_a_broken_mail_opens(piece: int) -> None:
    for number, raw in enumerate(mutations(COUNT // PIECES, SEED * PIECES + piece)):
        began = time.process_time()
        message = parse(raw, form=("", "plain", "html")[number % 3], charset=("", "", "", "koi8-r")[number % 4])
        heading = summarize(raw, 1_770_113_472)
        assert time.process_time() - began < SLOWEST, raw
        assert forbidden_in(message) == [], raw
        assert forbidden_in(heading) == [], raw
        html_source(raw)
        for shown in message.pieces[-2:]:
            part_octets(raw, shown.section)
