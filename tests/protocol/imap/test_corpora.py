"""Responses that other people recorded or made up: TUIMAIL_CORPORA names the folder they lie in."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

import pytest

from tests.protocol.streams import events_of, frames
from tuimail.protocol.errors import RemoteProtocolError
from tuimail.protocol.imap.bodystructure import read
from tuimail.protocol.imap.fastpath import read_quickly
from tuimail.protocol.imap.parser import parse
from tuimail.protocol.imap.responses import Fetch, Unparsed

CORPORA = Path(os.environ.get("TUIMAIL_CORPORA", ""))
pytestmark = [
    pytest.mark.corpora,
    pytest.mark.skipif("TUIMAIL_CORPORA" not in os.environ, reason="TUIMAIL_CORPORA is not set"),
]

FORGIVEN = {"test_invalid_fetch_msg_att_unknown_fails"}
"""Net::IMAP refuses a FETCH item it does not know; we keep it beside the others."""


def test_the_responses_of_net_imap_are_read() -> None:
    vectors = list(
        map(json.loads, (CORPORA / "net-imap-responses" / "responses.jsonl").read_text("utf-8").splitlines())
    )
    wrong = []
    for vector in vectors:
        try:
            events = events_of(base64.b64decode(vector["response_b64"]))
        except RemoteProtocolError:
            events = []
        understood = len(events) == 1 and not isinstance(events[0], Unparsed)
        if understood == bool(vector["must_fail"]):
            wrong.append(vector["name"])
    assert len(vectors) == 193
    assert set(wrong) <= FORGIVEN


def test_the_transcripts_of_mailkit_are_read_to_the_last_line() -> None:
    """Gmail, Exchange, Yahoo, Domino, QQ … as recorded; git gave them bare line feeds, their literals count CRLF."""
    transcripts = sorted((CORPORA / "mailkit-transcripts" / "Imap").rglob("*.txt"))
    assert len(transcripts) > 300
    fetches = 0
    for transcript in transcripts:
        stream = transcript.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        for frame in frames(stream):
            event = parse(frame)
            assert not isinstance(event, Unparsed), (transcript.name, event)
            if isinstance(event, Fetch):
                fetches += 1
                assert read_quickly(frame) in (None, event)
                list(read(event.bodystructure).walk())
    assert fetches > 300
